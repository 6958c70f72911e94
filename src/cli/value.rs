//! Durations, numbers and positions as they are typed.

use std::ops::RangeInclusive;
use std::time::Duration;

/// How long credentials from a shared secret are valid unless an option says otherwise.
pub(super) const TTL: &str = "8h";
/// The longest duration; the event loop takes no more than 24 days.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The shortest duration.
const SHORTEST: Duration = Duration::from_millis(1);
/// The shortest interval between two rounds.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(200);
/// How long media may be sent.
const MEDIA: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(600);
/// The rates of video, in bit/s.
const RATES: RangeInclusive<f64> = 100_000.0..=20_000_000.0;
/// The units of rates, with their size in bit/s.
const RATE_UNITS: [(&str, f64); 2] = [("k", 1e3), ("M", 1e6)];
/// The units, with their length in milliseconds.
const UNITS: [(&str, f64); 5] =
    [("ms", 1.0), ("s", 1000.0), ("m", 60_000.0), ("h", 3_600_000.0), ("d", 86_400_000.0)];

/// Parses `300ms`, `2s`, `1.5s`, `1m`, `8h` or `2d`.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    parse_within(SHORTEST..=LONGEST, "expected a duration from 1ms to 7d", text)
}

/// Parses a duration in this range.
fn parse_within(range: RangeInclusive<Duration>, expected: &str, text: &str) -> Result<Duration, String> {
    let (amount, length) = split(text, &UNITS).ok_or_else(|| {
        "expected a number and a unit, such as 300ms, 2s or 1h; the units are ms, s, m, h and d".to_owned()
    })?;
    match Duration::try_from_secs_f64(amount * length / 1000.0) {
        Ok(duration) if range.contains(&duration) => Ok(duration),
        _ => Err(expected.to_owned()),
    }
}

/// The number before the unit, which may be negative, and the size of the unit.
fn split(text: &str, units: &[(&str, f64)]) -> Option<(f64, f64)> {
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let (_, size) = units.iter().find(|(name, _)| *name == unit)?;
    let digits = number.strip_prefix('-').unwrap_or(number);
    let amount = digits.starts_with(|c: char| c.is_ascii_digit()).then(|| number.parse().ok())??;
    Some((amount, *size))
}

/// The duration that was probably meant by one with another unit or none: `5s` for `5`, `5 s` and `5sec`.
pub(super) fn similar_duration(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = match unit.trim_start().to_ascii_lowercase() {
        unit if unit.is_empty() => "s",
        unit if unit.starts_with("ms") || unit.starts_with("mil") => "ms",
        // As in 1h30m, of which the first part alone would be another duration.
        unit if unit.contains(|c: char| c.is_ascii_digit()) => return None,
        unit => UNITS.iter().map(|(name, _)| *name).find(|name| name.len() == 1 && unit.starts_with(name))?,
    };
    let duration = format!("{number}{unit}");
    parse_duration(&duration).is_ok().then_some(duration)
}

/// Parses the interval between two rounds, which spares the servers of other operators.
pub(super) fn parse_interval(text: &str) -> Result<Duration, String> {
    let interval = parse_duration(text)?;
    if interval >= SHORTEST_INTERVAL { Ok(interval) } else { Err("expected at least 200ms".to_owned()) }
}

/// Parses how long media is sent.
pub(super) fn parse_media_duration(text: &str) -> Result<Duration, String> {
    parse_within(MEDIA, "expected a duration from 1s to 10m", text)
}

/// Parses a rate such as `1500k` or `1.5M`, in bit/s.
pub(super) fn parse_rate(text: &str) -> Result<u32, String> {
    let (amount, size) = split(text, &RATE_UNITS)
        .ok_or_else(|| "expected a rate in bit/s, such as 1500k or 2M; the units are k and M".to_owned())?;
    let rate = amount * size;
    if RATES.contains(&rate) {
        Ok(rate.round() as u32)
    } else {
        Err("expected a rate from 100k to 20M".to_owned())
    }
}

/// The rate that was probably meant by one with another unit or none: `1500k` for `1500` and `1500kbps`, `2M` for `2m`.
pub(super) fn similar_rate(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim_start().to_ascii_lowercase();
    let units = RATE_UNITS.iter().map(|(name, _)| *name);
    let meant = units.filter(|name| unit.is_empty() || unit.starts_with(&name.to_ascii_lowercase()));
    meant.map(|name| format!("{number}{name}")).find(|rate| parse_rate(rate).is_ok())
}

/// Returns the parser of a number in this range.
pub(super) fn number(range: RangeInclusive<u32>) -> impl Fn(&str) -> Result<u32, String> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("expected a number from {} to {}", range.start(), range.end()))
    }
}

/// Parses a position in a list. A number too large to parse is out of range like any other.
pub fn parse_position(text: &str) -> Result<usize, String> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err("expected a position, counted from 1".to_owned());
    }
    Ok(text.parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        for (text, ms) in [
            ("300ms", 300),
            ("2s", 2000),
            ("1m", 60_000),
            ("1.5s", 1500),
            ("1440m", 86_400_000),
            ("1h", 3_600_000),
            ("0.5h", 1_800_000),
            ("2d", 172_800_000),
            ("7d", 604_800_000),
            ("1ms", 1),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "5", "s", "+1s", "1w", "1H", "1 s", "infs", "NaNs", "1e3s", "1s1", "--json", "-s"] {
            assert!(parse_duration(text).unwrap_err().starts_with("expected a number and a unit"), "{text}");
        }
        for text in ["0s", "-1s", "-0.5h", "0.1ms", "7.1d", "169h", "9999999999999999999999d"] {
            assert_eq!(parse_duration(text).unwrap_err(), "expected a duration from 1ms to 7d", "{text}");
        }
    }

    #[test]
    fn a_similar_duration_has_the_unit_that_was_meant() {
        for (text, similar) in [
            ("5", Some("5s")),
            ("0.5", Some("0.5s")),
            ("5 s", Some("5s")),
            ("5sec", Some("5s")),
            ("5S", Some("5s")),
            ("5min", Some("5m")),
            ("300millis", Some("300ms")),
            ("300 MS", Some("300ms")),
            ("2hours", Some("2h")),
            ("1day", Some("1d")),
            ("0", None),
            ("9999999", None),
            ("1h30m", None),
            ("5w", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(similar_duration(text).as_deref(), similar, "{text}");
        }
    }

    #[test]
    fn rejects_an_interval_that_is_too_short() {
        assert_eq!(parse_interval("200ms"), Ok(Duration::from_millis(200)));
        assert!(parse_interval("199ms").is_err() && parse_interval("x").is_err());
    }

    #[test]
    fn media_is_sent_for_at_most_ten_minutes() {
        assert_eq!(parse_media_duration("1s"), Ok(Duration::from_secs(1)));
        assert_eq!(parse_media_duration("10m"), Ok(Duration::from_secs(600)));
        for text in ["0s", "-1s", "999ms", "601s", "1h", "8d"] {
            assert_eq!(
                parse_media_duration(text).unwrap_err(),
                "expected a duration from 1s to 10m",
                "{text}"
            );
        }
        assert!(parse_media_duration("10").unwrap_err().starts_with("expected a number and a unit"));
    }

    #[test]
    fn a_rate_has_a_number_and_a_unit() {
        for (text, rate) in [
            ("100k", 100_000),
            ("1500k", 1_500_000),
            ("1.5M", 1_500_000),
            ("2M", 2_000_000),
            ("20M", 20_000_000),
        ] {
            assert_eq!(parse_rate(text), Ok(rate), "{text}");
        }
        for text in ["", "1500", "k", "2m", "2 M", "2Mbit", "1G", "+2M", "--json"] {
            assert!(parse_rate(text).unwrap_err().starts_with("expected a rate in bit/s"), "{text}");
        }
        for text in ["99k", "0k", "-2M", "20.1M", "20001k", "99999999999999999999M"] {
            assert_eq!(parse_rate(text).unwrap_err(), "expected a rate from 100k to 20M", "{text}");
        }
    }

    #[test]
    fn a_similar_rate_has_the_unit_that_was_meant() {
        for (text, similar) in [
            ("1500", Some("1500k")),
            ("2", Some("2M")),
            ("1500K", Some("1500k")),
            ("1500 k", Some("1500k")),
            ("1500kbps", Some("1500k")),
            ("2m", Some("2M")),
            ("2Mbit/s", Some("2M")),
            ("1.5Mbps", Some("1.5M")),
            ("2G", None),
            ("0", None),
            ("fast", None),
            ("", None),
        ] {
            assert_eq!(similar_rate(text).as_deref(), similar, "{text}");
        }
    }

    #[test]
    fn a_number_must_be_in_its_range() {
        let parse = number(1..=10_000);
        assert_eq!((parse("1"), parse("10000")), (Ok(1), Ok(10_000)));
        for text in ["0", "10001", "-1", "x", "", "1.5", "99999999999"] {
            assert_eq!(parse(text).unwrap_err(), "expected a number from 1 to 10000", "{text}");
        }
    }
}
