//! Arbitrary lines of the token file: a user, who is the same with the hash of the token, or an error that quotes nothing.

use cowork_calls::web::tokens::line::{Line, TokenHash, parse_line};

pub(crate) fn check(data: &[u8]) {
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(line) = std::str::from_utf8(line) else { continue };
        let Some((name, rest)) = line.split_once(':') else {
            assert!(parse_line(line).is_err());
            continue;
        };
        let (token, options) = rest.trim().split_once([' ', '\t']).unwrap_or((rest.trim(), ""));
        match parse_line(line) {
            Ok(found) => {
                assert_eq!(found.name, name.trim());
                let hashed = format!("{name}:{} {options}", found.hash);
                assert_eq!(
                    Line { is_hashed: true, is_short: false, ..found.clone() },
                    parse_line(&hashed).unwrap()
                );
                assert_eq!(TokenHash::of(token).is_ok_and(|hash| hash == found.hash), !found.is_hashed);
            }
            Err(error) => assert!(token.len() < 16 || !error.to_string().contains(token)),
        }
    }
}
