//! Any body of a request to the Web API: a reaction that the rules of the settings judge, or an error with a remedy.

use cowork_calls::config::emoji::Emoji;
use cowork_calls::text::clean;
use cowork_calls::web::body::{HINT, reaction};

pub(crate) fn check(data: &[u8]) {
    match reaction(data) {
        Ok(text) => {
            // It came as JSON writes it, and what it says is judged as a word of the command line is.
            let written = serde_json::json!({ "reaction": text }).to_string();
            assert_eq!(reaction(written.as_bytes()).ok().as_deref(), Some(&*text));
            if let Err(error) = Emoji::parse(&text) {
                let message = error.to_string();
                assert_eq!(clean(&message), message, "{message:?}");
            }
        }
        Err(error) => {
            let message = error.to_string();
            assert_eq!(clean(&message), message, "{message:?}");
            assert!(reaction(HINT.trim_start_matches("send ").as_bytes()).is_ok());
        }
    }
}
