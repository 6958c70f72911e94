//! The time until which a token is valid, by the wall clock.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Later times have no form in RFC 3339.
const YEAR_10000: Duration = Duration::from_secs(253_402_300_800);

/// The time until which a token is valid, as the time since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Until(Duration);

impl Until {
    /// Parses a time as in RFC 3339, such as `2027-01-31T18:00:00+01:00`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if !text.is_ascii() {
            return None;
        }
        let text = text.to_ascii_uppercase();
        let (local, offset, is_ahead) = if let Some(local) = text.strip_suffix('Z') {
            (local, Duration::ZERO, false)
        } else {
            let (local, offset) = text.split_at_checked(text.len().checked_sub("+00:00".len())?)?;
            (local, parse_offset(offset.get(1..)?)?, is_ahead(offset)?)
        };
        // The parser overlooks what follows a 'Z', and a missing fraction.
        if local.contains('Z') || local.ends_with('.') {
            return None;
        }
        let local = humantime::parse_rfc3339(&format!("{local}Z")).ok()?.duration_since(UNIX_EPOCH).ok()?;
        let time = if is_ahead { local.checked_sub(offset)? } else { local + offset };
        (time < YEAR_10000).then_some(Until(time))
    }

    /// The time now.
    pub(in crate::web) fn now() -> Self {
        Until(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// Returns the whole seconds since 1970.
    pub(in crate::web) const fn seconds(self) -> u64 {
        self.0.as_secs()
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_rfc3339_seconds(UNIX_EPOCH + self.0).fmt(f)
    }
}

/// Whether a zone is ahead of UTC.
fn is_ahead(offset: &str) -> Option<bool> {
    match offset.as_bytes().first()? {
        b'+' => Some(true),
        b'-' => Some(false),
        _ => None,
    }
}

/// Parses `HH:MM`.
fn parse_offset(text: &str) -> Option<Duration> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| {
        let is_number = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u64>().ok().filter(|_| is_number)
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then(|| Duration::from_secs(60 * (60 * hours + minutes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_offsets_fractions_and_either_case() {
        for (text, seconds) in [
            ("2027-01-31T17:00:00Z", 1_801_414_800),
            ("2027-01-31t17:00:00z", 1_801_414_800),
            ("2027-01-31T18:00:00+01:00", 1_801_414_800),
            ("2027-01-31T11:30:00-05:30", 1_801_414_800),
            ("2027-01-31T17:00:00.999-00:00", 1_801_414_800),
            ("1970-01-01T00:00:00Z", 0),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(Until::parse(text).map(Until::seconds), Some(seconds), "{text}");
        }
        assert!(Until::parse("2027-01-31T17:00:00.5Z") > Until::parse("2027-01-31T17:00:00Z"));
        assert_eq!(Until::parse("2027-01-31T18:00:00+01:00").unwrap().to_string(), "2027-01-31T17:00:00Z");
    }

    #[test]
    fn rejects_what_is_not_a_time() {
        for text in [
            "",
            "Z",
            "+01:00",
            "tomorrow",
            "2027-01-31",
            "2027-01-31T17:00:00",
            "2027-01-31 17:00:00Z",
            "2027-01-31T17:00Z",
            "2027-02-29T17:00:00Z",
            "2027-01-31T24:00:00Z",
            "2027-01-31T17:00:00+24:00",
            "2027-01-31T17:00:00+1:00",
            "2027-01-31T17:00:00+01:60",
            "2027-01-31T17:00:00+0100",
            "2027-01-31T17:00:00++1:00",
            "2027-01-31T17:00:00ZZ",
            "2027-01-31T17:00:00.Z",
            "2027-01-31T17:00:00.x5Z",
            "2027-01-31T17:00:00Z+01:00",
            "1970-01-01T00:00:00+00:01",
            "2027-01-31T17:00:0٠Z",
            "9999-12-31T23:59:59-00:01",
        ] {
            assert_eq!(Until::parse(text), None, "{text}");
        }
    }
}
