//! A probe as JSON: one document, or a line for each row as it is measured. Both are streamed, so that ten thousand
//! rows need no buffer.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use crate::probe::report::{Report, Row, Summary};

/// Writes a row of a report, on one line.
pub fn row(row: &Row, out: &mut impl Write) -> io::Result<()> {
    line(row, out)
}

/// Generic over the writer, since there are some 250 writes for each row.
fn line(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Writes a report, `{"results":[…],"summary":…}`, with `"warnings":[…]` about the settings if there are any.
pub fn document(report: &Report, warnings: &[Value], out: &mut impl Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Document<'a> {
        #[serde(flatten)]
        report: &'a Report,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        warnings: &'a [Value],
    }
    line(&Document { report, warnings }, out)
}

/// Returns a report as a part of another document.
pub fn value(report: &Report) -> Value {
    serde_json::to_value(report).unwrap_or_default()
}

/// Writes the last line, `{"summary":…,"revised":[…]}`, with `warnings` as in a document. `revised` has the rows, in the
/// order of the list, that changed when all were known: a comparison added a warning, or they were skipped after all.
pub fn end(report: &Report, warnings: &[Value], out: &mut impl Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct End<'a> {
        summary: &'a Summary,
        revised: Vec<&'a Row>,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        warnings: &'a [Value],
    }
    let revised = report.results.iter().filter(|row| row.revised).collect();
    line(&End { summary: &report.summary, revised, warnings }, out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::address::Kind;
    use crate::probe::report::{Status, Transport};

    fn text(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut bytes = Vec::new();
        write(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn lines_have_the_rows_of_the_document_and_the_end_has_the_revised_ones() {
        let mut changed = Row::new("stun:b:1".into(), Kind::Stun, Transport::Udp);
        changed.revised = true;
        let results = vec![Row::new("stun:a:1".into(), Kind::Stun, Transport::Udp), changed];
        assert!(results.iter().all(|row| row.status == Status::Skipped));
        let summary = Summary { ok: 0, failed: 0, skipped: 2, duration_ms: 1.5, gathering_ms: Some(100.0) };
        let report = Report { results, summary, is_interrupted: false };

        let document = text(|out| document(&report, &[], out));
        let lines: Vec<String> = report.results.iter().map(|row| text(|out| line(row, out))).collect();
        let end = text(|out| super::end(&report, &[], out));
        assert!(lines.iter().all(|line| line.matches('\n').count() == 1 && line.ends_with("}\n")));
        let rows = lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join(",");
        let summary = r#""summary":{"ok":0,"failed":0,"skipped":2,"duration_ms":1.5,"gathering_ms":100.0}"#;
        assert_eq!(document, format!("{{\"results\":[{rows}],{summary}}}\n"));
        assert_eq!(end, format!("{{{summary},\"revised\":[{}]}}\n", lines[1].trim_end()));
        let warned = text(|out| super::document(&report, &[json!({"code": "x"})], out));
        assert_eq!(warned, document.replace("}\n", ",\"warnings\":[{\"code\":\"x\"}]}\n"));
    }
}
