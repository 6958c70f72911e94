//! Who loses a token, or a room, loses it for requests that are under way as well, and nobody else loses anything.

use std::io::{BufReader, Write as _};
use std::thread;
use std::time::Duration;

use crate::support::http::{Answer, answer, request};
use crate::support::server::{ALICE, BOB, ICE, OWN, REACTION, Server, replace_tokens, wait_for};

const CAROL: &str = "token-of-carol-01234";

/// Sends a reaction, and its body only after `between`.
fn react_slowly(server: &Server, path: &str, token: &str, between: impl FnOnce()) -> Answer {
    let text = request("POST", path, token, r#"{"reaction":"👍"}"#);
    let (head, body) = text.split_at(text.find("\r\n\r\n").unwrap() + 4 + 5);
    let mut stream = server.connect();
    stream.write_all(head.as_bytes()).unwrap();
    // The head has to be there before the tokens change; later, it would prove nothing, but fail nothing.
    thread::sleep(Duration::from_millis(200));
    between();
    stream.write_all(body.as_bytes()).unwrap();
    answer(&mut BufReader::new(stream), false).unwrap()
}

#[test]
fn a_user_who_was_just_added_or_got_another_token_stays_in_the_call() {
    let server = Server::start();
    let both = format!("alice:{ALICE}\nbob:{BOB}\n");
    // Fewer reactions than a user may send in a burst.
    for round in 0..5 {
        let other = format!("token-number-{round}-of-carol");
        for (text, token) in [
            (both.clone(), ALICE),
            (format!("{both}carol:{CAROL}\n"), CAROL),
            (format!("{both}carol:{other}\n"), &*other),
        ] {
            replace_tokens(&server, &text);
            let mut listener = server.listen(token);
            // Longer than the server takes to remove who may not stay.
            thread::sleep(Duration::from_millis(40));
            assert_eq!(server.react(BOB, "👍").status, 200, "round {round}: {token} is not in the call");
            assert!(listener.next().is_some());
        }
    }
    server.has_metric("listeners", "0");
    // With the token from before, a user leaves.
    let mut listener = server.listen(ALICE);
    replace_tokens(&server, &format!("alice:another-token-of-alice\nbob:{BOB}\n"));
    server.has_metric("listeners", "0");
    assert_eq!(listener.next(), None);
}

#[test]
fn a_reaction_whose_body_arrives_after_the_revocation_is_rejected() {
    let server = Server::start();
    let mut of_bob = server.listen(BOB);
    for (change, status, code) in [
        ("", 401, "unauthorized"),
        ("alice:another-token-of-alice", 401, "unauthorized"),
        (&format!("alice:{ALICE} until=2020-01-01T00:00:00Z"), 401, "unauthorized"),
        (&format!("alice:{ALICE} rooms=t1/c2"), 403, "not-a-member"),
    ] {
        for path in [REACTION, OWN] {
            let _of_alice = server.listen(ALICE);
            let answer = react_slowly(&server, path, ALICE, || {
                replace_tokens(&server, &format!("{change}\nbob:{BOB}\n"));
                wait_for(
                    || (server.metric("listeners") == "1").then_some(()),
                    || "the end of alice's listener".to_owned(),
                );
            });
            // Without the room alice is in no call.
            let expected =
                if path == OWN && status == 403 { (404, "no-running-call") } else { (status, code) };
            assert_eq!(answer.error(expected.0), expected.1, "{path} after {change}");
            replace_tokens(&server, &format!("alice:{ALICE}\nbob:{BOB}\n"));
            assert_eq!(server.get(ICE, ALICE).status, 200);
        }
    }
    assert_eq!(react_slowly(&server, REACTION, ALICE, || {}).status, 200);
    assert!(of_bob.next().unwrap().contains("alice"));
    drop(server.listen(ALICE));
    assert_eq!(server.metric("reactions_total{result=\"accepted\"}"), "1", "the others were not delivered");
}
