//! Checks answers of the Web API against its description, `openapi.json`.

use serde_json::{Value, json};

use super::http::Answer;

pub(crate) fn document() -> Value {
    serde_json::from_str(include_str!("../../src/web/openapi.json")).unwrap()
}

/// Checks an answer against the document. An answer outside its paths, such as 404 and 405, has the form of all errors.
#[track_caller]
pub(crate) fn check(method: &str, path: &str, answer: &Answer) {
    let document = document();
    // The path of a whole URL.
    let path = path.strip_prefix("http://").map_or(path, |rest| &rest[rest.find('/').unwrap()..]);
    // HTTP itself rejects an invalid request before it is routed.
    if answer.header("content-type").is_empty() || method == "HEAD" {
        return;
    }
    let operation = pattern(&document, path)
        .map(|pattern| document["paths"][pattern][method.to_ascii_lowercase()].clone());
    let Some(operation) = operation.filter(Value::is_object) else {
        assert!(
            matches!(answer.status, 400 | 401 | 404 | 405 | 421),
            "{method} {path} is not described: {answer:?}"
        );
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

/// The path of the document that matches a path.
pub(crate) fn pattern<'a>(document: &'a Value, path: &str) -> Option<&'a str> {
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

/// Checks a value against a schema, as far as the document uses schemas; schemathesis checks the rest.
#[track_caller]
fn conforms(document: &Value, schema: &Value, value: &Value, at: &str) {
    let schema = resolve(document, schema);
    if let Some(kind) = schema["type"].as_str() {
        let fits = match kind {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_u64(),
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
