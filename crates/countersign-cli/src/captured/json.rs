//! Requests in JSON: HAR files, the events of cloud functions, and the dumps of frameworks and tools.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Captured, Head, are_headers};
use crate::http1::HeaderList;
use crate::payload::json::{Object, compact, object};

/// The keys of each part of a request, the usual ones first.
const HEADERS: [&str; 4] = ["headers", "rawHeaders", "multiValueHeaders", "header"];
const BODIES: [&str; 8] = ["rawBody", "raw_body", "bodyRaw", "body", "content", "text", "data", "payload"];
/// The keys of an object that has a request in it.
const WRAPPERS: [&str; 4] = ["req", "event", "data", "detail"];
/// Most objects around a request. Each is read again, so many of them would take much time and memory.
const MAX_WRAPPERS: usize = 4;
const METHODS: [&str; 3] = ["method", "httpMethod", "verb"];
const PATHS: [&str; 4] = ["url", "path", "rawPath", "originalUrl"];

/// The requests in a text that begins with JSON. `None` if there are none.
pub(super) fn requests(raw: &[u8]) -> Option<Vec<Captured>> {
    if !raw.trim_ascii_start().starts_with(b"{") && !raw.trim_ascii_start().starts_with(b"[") {
        return None;
    }
    let mut values = serde_json::Deserializer::from_slice(raw).into_iter::<&RawValue>();
    let json = values.next()?.ok()?.get();
    let rest = raw.get(values.byte_offset()..).unwrap_or_default();
    let list = object(json).and_then(|file| entries(&file)).unwrap_or_else(|| json.to_owned());
    if let Ok(entries) = serde_json::from_str::<Vec<&RawValue>>(&list) {
        let found: Vec<_> = entries.iter().filter_map(|entry| request(&object(entry.get())?, 0)).collect();
        return Some(found).filter(|found| !found.is_empty());
    }
    let mut only = request(&object(json)?, 0)?;
    if only.request.body.is_empty() {
        // A dump of the headers may have the body behind it.
        let line_end = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        only.request.body = rest.get(line_end..).unwrap_or_default().to_vec();
        only.drop_answer();
        only.drop_line_end();
    }
    Some(vec![only])
}

/// The list of requests in a HAR file, or in the answer of a tool that records requests.
fn entries(file: &Object) -> Option<String> {
    let log = file.member("log").and_then(|json| object(&json));
    let list = |key: &str| file.member(key).filter(|json| json.starts_with('['));
    (log.as_ref().and_then(|log| log.member("entries")))
        .or_else(|| list("requests"))
        .or_else(|| list("data"))
        .or_else(|| list("item"))
        .or_else(|| list("Records"))
}

/// The request in an object. `around` is the number of objects that it is in.
fn request(dump: &Object, around: usize) -> Option<Captured> {
    let inner = |key: &str| dump.member(key).and_then(|json| object(&json));
    let has_headers = |dump: &Object| HEADERS.iter().any(|key| dump.member(key).is_some());
    // Any other object may have such a key for something else.
    let wrapper =
        WRAPPERS.iter().filter_map(|key| inner(key)).find(|inner| !has_headers(dump) && has_headers(inner));
    let inner = wrapper.or_else(|| inner("request")).filter(|_| around < MAX_WRAPPERS);
    if let Some(found) = inner.and_then(|inner| request(&inner, around.saturating_add(1))) {
        return Some(found);
    }
    if let Some(raw) = dump.member("raw").and_then(|json| serde_json::from_str::<String>(&json).ok()) {
        // A tunnel records the bytes.
        let bytes = STANDARD.decode(raw).unwrap_or_default();
        if let Some(captured) = super::text::requests(&bytes).pop() {
            return Some(captured);
        }
    }
    let member = |keys: &[&str]| keys.iter().find_map(|key| dump.member(key).filter(|json| json != "null"));
    let Some(list) = member(&HEADERS).and_then(|json| headers(&json)) else {
        // All of it may be the headers.
        let all = headers(&dump.to_string())?;
        return are_headers(&all).then(|| Captured::new(all, b""));
    };
    let is_base64 = ["isBase64Encoded", "is_base64_encoded"]
        .iter()
        .any(|key| dump.member(key).as_deref() == Some("true"));
    let mut captured = Captured::new(Vec::new(), b"");
    if let Some(post) = member(&["postData"]).and_then(|json| object(&json)) {
        // A HAR file.
        let is_base64 = post.member("encoding").as_deref() == Some("\"base64\"");
        captured.set_body(&post.member("text").unwrap_or_default(), is_base64);
    } else if let Some(json) = member(&BODIES) {
        captured.set_body(&json, is_base64);
    }
    // The members of a dump say more than its pseudo-headers.
    captured.add_headers(list);
    if let Some(method) = member(&METHODS).and_then(|json| serde_json::from_str(&json).ok()) {
        captured.request.method = method;
    }
    if let Some(url) = member(&PATHS).and_then(|json| serde_json::from_str::<String>(&json).ok()) {
        captured.set_target(&url);
    }
    Some(captured)
}

impl Captured {
    /// Sets the body from its JSON: a text, a buffer, or JSON that somebody has parsed.
    fn set_body(&mut self, json: &str, is_base64: bool) {
        if let Ok(text) = serde_json::from_str::<String>(json) {
            let decoded = if is_base64 { STANDARD.decode(&text).ok() } else { None };
            self.request.body = decoded.unwrap_or_else(|| text.into_bytes());
            return;
        }
        let parts = object(json);
        let part = |key: &str| parts.as_ref()?.member(key);
        if let Some(bytes) = part("data").filter(|_| part("type").as_deref() == Some("\"Buffer\"")) {
            // A buffer of Node as JSON.
            self.request.body = serde_json::from_str(&bytes).unwrap_or_default();
            return;
        }
        if let Some(text) = part("raw").and_then(|raw| serde_json::from_str::<String>(&raw).ok()) {
            // A collection of Postman.
            self.request.body = text.into_bytes();
            return;
        }
        self.notes.push(
            "the body is parsed in this file, so the bytes that came are lost; it is taken as JSON without white space"
                .to_owned(),
        );
        self.request.body = compact(json).into_bytes();
    }
}

/// Headers as an object, as pairs, as objects with a name and a value, or as names and values in turn.
fn headers(json: &str) -> Option<HeaderList> {
    let mut head = Head::default();
    match serde_json::from_str(json).ok()? {
        Value::Object(all) => {
            for (name, value) in all {
                add(&mut head, &name, &value)?;
            }
        }
        Value::Array(all) if all.iter().all(Value::is_string) => {
            for pair in all.chunks(2) {
                add(&mut head, pair.first()?.as_str()?, pair.get(1)?)?;
            }
        }
        Value::Array(all) => {
            for header in &all {
                let name = header.get("name").or_else(|| header.get("key")).or_else(|| header.get(0))?;
                add(&mut head, name.as_str()?, header.get("value").or_else(|| header.get(1))?)?;
            }
        }
        _ => return None,
    }
    (!head.headers.is_empty()).then_some(head.headers)
}

/// Adds a header for each value. `None` if it is none.
fn add(head: &mut Head, name: &str, value: &Value) -> Option<()> {
    http::HeaderName::from_bytes(name.trim_start_matches(':').as_bytes()).ok()?;
    match value {
        Value::Array(all) => all.iter().try_for_each(|value| add(head, name, value)),
        Value::Null => Some(()),
        Value::Object(_) => None,
        Value::String(text) => head.add(name, text.trim_ascii()),
        other => head.add(name, &other.to_string()),
    }
}
