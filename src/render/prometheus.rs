//! Metrics in the text format of Prometheus.

use std::fmt::{Display, Write as _};

/// A text of metrics, each in one piece and without time stamps, as the textfile collector of node_exporter needs it.
#[derive(Default)]
pub struct Exposition {
    /// What was written so far.
    pub text: String,
}

impl Exposition {
    /// Begins the gauge `cowork_calls_NAME`.
    pub fn gauge<'a>(&'a mut self, name: &'a str, help: &str) -> Samples<'a> {
        self.begin(name, "gauge", help)
    }

    /// Begins the counter `cowork_calls_NAME`.
    pub fn counter<'a>(&'a mut self, name: &'a str, help: &str) -> Samples<'a> {
        self.begin(name, "counter", help)
    }

    fn begin<'a>(&'a mut self, name: &'a str, kind: &str, help: &str) -> Samples<'a> {
        let _ = writeln!(self.text, "# HELP cowork_calls_{name} {help}\n# TYPE cowork_calls_{name} {kind}");
        Samples { text: &mut self.text, name }
    }
}

/// The samples of one metric.
pub struct Samples<'a> {
    text: &'a mut String,
    name: &'a str,
}

impl Samples<'_> {
    /// Adds a sample without labels.
    pub fn value(&mut self, value: impl Display) {
        let _ = writeln!(self.text, "cowork_calls_{} {value}", self.name);
    }

    /// Adds a sample with these labels. To Prometheus an empty label is the same as none.
    pub fn labelled(&mut self, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<_> =
            labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
        let _ = writeln!(self.text, "cowork_calls_{}{{{}}} {value}", self.name, labels.join(","));
    }
}

/// Escapes the three characters that have a meaning in the value of a label.
fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', "\\n")
}
