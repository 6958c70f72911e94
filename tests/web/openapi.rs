//! `openapi.json` describes what there is: its paths are the routes, and answers are as it says.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::http::{Answer, request};
use super::server::{ALICE, BOB, EVENTS, ICE, OWN, REACTION, Server};

fn document() -> Value {
    serde_json::from_str(include_str!("../../src/web/openapi.json")).unwrap()
}

/// Holds an answer against the document. What belongs to no path, such as 404 and 405, has the form of all errors.
#[track_caller]
pub(crate) fn check(method: &str, path: &str, answer: &Answer) {
    let document = document();
    // HTTP itself refuses what is no request before there is any route.
    if answer.header("content-type").is_empty() || method == "HEAD" {
        return;
    }
    let operation = pattern(&document, path)
        .map(|pattern| document["paths"][pattern][method.to_ascii_lowercase()].clone());
    let Some(operation) = operation.filter(Value::is_object) else {
        assert!(matches!(answer.status, 401 | 404 | 405), "{method} {path} is not described: {answer:?}");
        return conforms(&document, &json!({"$ref": "#/components/schemas/Error"}), &answer.json(), path);
    };
    let found = &operation["responses"][answer.status.to_string()];
    let described = resolve(&document, found);
    assert!(described.is_object(), "{method} {path} does not describe {answer:?}");
    let kind = answer.header("content-type").split(';').next().unwrap();
    let content = &described["content"][kind];
    assert!(content.is_object(), "{method} {path} does not describe {kind}");
    if kind == "application/json" {
        conforms(&document, &content["schema"], &answer.json(), path);
    }
    for (name, _) in described["headers"].as_object().into_iter().flatten() {
        assert!(!answer.header(&name.to_ascii_lowercase()).is_empty(), "{name} is missing: {answer:?}");
    }
}

/// The path of the document that a path belongs to.
fn pattern<'a>(document: &'a Value, path: &str) -> Option<&'a str> {
    let parts =
        |path: &str| path.split('?').next().unwrap().split('/').map(str::to_owned).collect::<Vec<_>>();
    let own = parts(path);
    let fits = |pattern: &str| {
        let pattern = parts(pattern);
        pattern.len() == own.len() && pattern.iter().zip(&own).all(|(a, b)| a.starts_with('{') || a == b)
    };
    document["paths"].as_object().unwrap().keys().map(String::as_str).find(|pattern| fits(pattern))
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(place) => document.pointer(place.strip_prefix('#').unwrap()).unwrap(),
        None => value,
    }
}

/// Holds a value against a schema, as far as the document uses schemas; schemathesis looks at the rest.
#[track_caller]
fn conforms(document: &Value, schema: &Value, value: &Value, at: &str) {
    let schema = resolve(document, schema);
    if let Some(kind) = schema["type"].as_str() {
        let fits = match kind {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            other => panic!("{at}: the type {other}"),
        };
        assert!(fits, "{at}: {value} is no {kind}");
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        conforms(document, part, value, at);
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(name.as_str().unwrap()).is_some(), "{at}: {value} lacks {name}");
    }
    if let Some(allowed) = schema["enum"].as_array() {
        assert!(allowed.contains(value), "{at}: {value} is none of {allowed:?}");
    }
    for item in value.as_array().into_iter().flatten() {
        conforms(document, &schema["items"], item, at);
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        let at = format!("{at}.{name}");
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(schema), _) => conforms(document, schema, inner, &at),
            (None, Value::Bool(false)) => panic!("{at} is not described"),
            (None, schema) => conforms(document, schema, inner, &at),
        }
    }
}

#[test]
fn its_paths_are_the_routes() {
    let source = include_str!("../../src/web/routes.rs");
    let routes: BTreeSet<_> =
        source.split(".route(").skip(1).map(|rest| rest.split('"').nth(1).unwrap().to_owned()).collect();
    let document = document();
    let described: BTreeSet<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(routes, described);
    assert!(routes.len() >= 8);
}

#[test]
fn the_server_gives_the_document_away() {
    assert_eq!(Server::start().get("/openapi.json", "").json(), document());
}

#[test]
fn every_answer_that_it_describes_can_be_had() {
    let server = Server::with("", "--max-listeners 1");
    let long = "x".repeat(17 * 1024);
    let good = r#"{"reaction":":tada:"}"#;
    let text_body = request("POST", REACTION, ALICE, good).replace("application/json", "text/plain");
    let mut seen = BTreeSet::new();
    let mut see = |method: &str, path: &str, answer: Answer| {
        let document = document();
        seen.insert(format!("{method} {} {}", pattern(&document, path).unwrap(), answer.status));
    };
    for path in ["/", "/healthz", "/metrics", "/openapi.json"] {
        see("get", path, server.get(path, ""));
    }
    for path in [REACTION, OWN, ICE, EVENTS] {
        see("get", path, server.get(path, "nobody's"));
    }
    for path in [REACTION, OWN, ICE] {
        see("get", path, server.get(path, ALICE));
    }
    for path in [REACTION, EVENTS] {
        let bad = path.replace("t1", "%00");
        see("get", &bad, server.get(&bad, ALICE));
    }
    for path in [REACTION, OWN] {
        for (token, body) in
            [("", good), (ALICE, "{"), (ALICE, good), (ALICE, &*long), (ALICE, r#"{"reaction":"x"}"#)]
        {
            see("post", path, server.post(path, token, body));
        }
        see("post", path, server.raw(&text_body.replace(REACTION, path)));
    }
    let _listener = server.listen(BOB);
    see("get", EVENTS, server.get(EVENTS, ALICE));
    see("post", REACTION, server.post(REACTION, ALICE, good));
    see("post", OWN, server.post(OWN, BOB, good));

    let mut described = BTreeSet::new();
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap().iter().filter(|(_, o)| o.is_object()) {
            let statuses = operation["responses"].as_object().unwrap().keys();
            described.extend(statuses.map(|status| format!("{method} {path} {status}")));
        }
    }
    // Those that take a while, or only come as the server ends: other tests have them.
    let elsewhere =
        |line: &String| line.ends_with(" 408") || line.ends_with("/ice 503") || line.ends_with("/events 200");
    described.retain(|line| !elsewhere(line));
    assert_eq!(seen, described);
}
