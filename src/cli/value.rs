//! Durations and positions as they are typed.

use std::time::Duration;

/// How long credentials from a shared secret are valid unless an option says otherwise.
pub(super) const TTL: &str = "480m";
/// The longest duration.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// The shortest interval between two rounds.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(200);

/// Parses `300ms`, `2s`, `1.5s` or `1m`.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let expected =
        || "expected a number and a unit, such as 300ms, 2s or 1m; the units are ms, s and m".to_owned();
    let unit = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(expected)?;
    let (number, unit) = text.split_at(unit);
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(expected());
    }
    let number: f64 = number.parse().map_err(|_| expected())?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "s" => number,
        "m" => number * 60.0,
        _ => return Err(expected()),
    };
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if duration >= Duration::from_millis(1) && duration <= LONGEST => Ok(duration),
        _ => Err("expected a duration from 1ms to 1440m".to_owned()),
    }
}

/// Parses the interval between two rounds, which spares the servers of other operators.
pub(super) fn parse_interval(text: &str) -> Result<Duration, String> {
    let interval = parse_duration(text)?;
    if interval >= SHORTEST_INTERVAL { Ok(interval) } else { Err("expected at least 200ms".to_owned()) }
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
        for (text, ms) in
            [("300ms", 300), ("2s", 2000), ("1m", 60_000), ("1.5s", 1500), ("1440m", 86_400_000)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in
            ["", "5", "s", "-1s", "+1s", "1h", "1 s", "0s", "0.1ms", "infs", "NaNs", "1e3s", "1441m", "1s1"]
        {
            assert!(parse_duration(text).is_err(), "{text}");
        }
        assert!(parse_duration("9999999999999999999999m").is_err());
    }

    #[test]
    fn rejects_an_interval_that_is_too_short() {
        assert_eq!(parse_interval("200ms"), Ok(Duration::from_millis(200)));
        assert!(parse_interval("199ms").is_err() && parse_interval("x").is_err());
    }
}
