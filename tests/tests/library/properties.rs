//! Properties for any input, compared with oracles that share no code with the library.

use std::fmt;

use bytes::Bytes;
use countersign::testing::{SignedRequest, sign};
use countersign::{
    DecodeError, Massu, Rejection, Scheme, Secret, Verifier, VerifyError, Workspace, massu, workspace,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

fn secret() -> Secret {
    Secret::new("s").unwrap()
}

proptest! {
    #[test]
    fn a_body_in_any_chunks_gets_the_same_verdict(
        body in vec(any::<u8>(), 0..600),
        cuts in vec(any::<Index>(), 0..12),
        changed in proptest::option::of((any::<Index>(), 1..=255_u8)),
        limit in 0..700_usize,
    ) {
        let request = SignedRequest::new::<Workspace>(&secret(), body.clone());
        let mut sent = body.clone();
        let altered = match changed {
            Some((at, by)) if !sent.is_empty() => { sent[at.index(body.len())] ^= by; true }
            _ => false,
        };
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(sent.len() + 1)).collect();
        cuts.extend([0, sent.len()]);
        cuts.sort_unstable();

        let verifier = Verifier::<Workspace>::new(secret()).unwrap().body_limit(limit);
        let whole = verifier.verify::<workspace::Event>(request.headers(), sent.clone());
        let pieces = || {
            let mut incoming = verifier.begin(request.headers())?;
            for ends in cuts.windows(2) {
                incoming.update(Bytes::copy_from_slice(&sent[ends[0]..ends[1]]))?;
            }
            incoming.verify::<workspace::Event>()
        };
        match (whole, pieces()) {
            (Ok(whole), Ok(pieces)) => {
                prop_assert!(!altered && sent.len() <= limit);
                prop_assert_eq!(whole.body(), &sent);
                prop_assert_eq!(pieces.body(), &sent);
            }
            (Err(whole), Err(pieces)) => {
                prop_assert_eq!(whole.status(), if sent.len() > limit { 413 } else { 401 });
                prop_assert_eq!(whole, pieces);
            }
            (whole, pieces) => prop_assert!(false, "{whole:?}, {pieces:?}"),
        }
    }

    #[test]
    fn the_grammar_of_signatures_is_a_regular_expression(
        value in prop_oneof![
            "(sha256=){0,2}[0-9a-fA-F]{62,66}",
            "[sS][hH][aA]256[=:][0-9a-f]{64}",
            "sha(1|256|512)=[0-9a-f]{64}",
            "sha256=[0-9a-f]{31}.[0-9a-f]{32}",
            "[0-9a-f]{63}.",
            ".{0,80}",
        ],
        junk in proptest::option::of((any::<Index>(), any::<u8>())),
    ) {
        let mut value = value.into_bytes();
        if let Some((at, byte)) = junk {
            value.insert(at.index(value.len() + 1), byte);
        }
        for (scheme, grammar) in [
            (Scheme::sha256("h"), "^sha256=[0-9a-fA-F]{64}$"),
            (Scheme::hex("h"), "^[0-9a-fA-F]{64}$"),
        ] {
            let well_formed = std::str::from_utf8(&value)
                .is_ok_and(|text| regex_lite::Regex::new(grammar).unwrap().is_match(text));
            let verdict = scheme.verify(&secret(), "a body that no such tag is of", &value);
            prop_assert_eq!(verdict == Err(VerifyError::Mismatch), well_formed, "{:?}", value);
        }
    }

    #[test]
    fn a_tag_matches_its_own_secret_and_body_only(
        one in "[!-~]{1,80}", other in "[!-~]{1,80}", body in ".{0,200}", another in ".{0,200}",
    ) {
        let scheme = Scheme::hex("h");
        let value = sign(scheme, &Secret::new(&one).unwrap(), &body);
        let good = |secret: &str, body: &str| scheme.verify(&Secret::new(secret).unwrap(), body, &value).is_ok();
        prop_assert!(good(&one, &body));
        prop_assert_eq!(good(&other, &body), one == other);
        prop_assert_eq!(good(&one, &another), body == another);
    }

    #[test]
    fn envelopes_decode_as_serde_json_reads_them(text in object()) {
        assert_envelope(&text)?;
    }

    #[test]
    fn damaged_envelopes_decode_as_serde_json_reads_them(text in object(), at in any::<Index>(), with in "[\\[\\]{}\":,0-9a\\\\ ]{0,3}", off in 0..3_usize) {
        let at = at.index(text.len() + 1);
        let Some((before, after)) = text.split_at_checked(at) else { return Ok(()) };
        let Some(after) = after.get(off..) else { return Ok(()) };
        assert_envelope(&format!("{before}{with}{after}"))?;
    }

    #[test]
    fn no_bytes_crash_the_decoder(body in vec(any::<u8>(), 0..200)) {
        let request = SignedRequest::new::<Massu>(&secret(), body.clone());
        let verdict = Verifier::<Massu>::new(secret()).unwrap().verify::<massu::Event>(request.headers(), body);
        prop_assert!(matches!(verdict, Ok(_) | Err(Rejection::MalformedEnvelope(_))));
    }
}

/// JSON objects whose keys are those of the envelope, or similar ones.
fn object() -> impl Strategy<Value = String> {
    let key = select(vec!["type", "t\\u0079pe", "data", "d\\u0061ta", "timestamp", "id", "Type", "x", ""]);
    let value = select(vec![
        r#""session.completed""#,
        r#""new""#,
        r#""a\nb\u00e9""#,
        "null",
        "7",
        "-1.5e3",
        "true",
        "{}",
        r#"{"type":"inner","type":"inner"}"#,
        r#"[1, {"data": []} ,"]"]"#,
        r#""2026-02-15T10:30:00Z""#,
    ]);
    let space = select(vec!["", " ", "\n", "\r\n\t"]);
    vec((key, space.clone(), value, space), 0..6).prop_map(|pairs| {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(key, before, value, after)| format!("{after}\"{key}\"{before}:{before}{value}{after}"))
            .collect();
        format!("{{{}}}", pairs.join(","))
    })
}

/// All pairs of an object, with repeated keys.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// The expected event type and payload of a text as a body of Massu, or the class of its fault.
fn oracle(text: &str) -> Result<(String, Value), &'static str> {
    if serde_json::from_str::<Value>(text).is_err() {
        return Err("not JSON");
    }
    let Ok(Pairs(pairs)) = serde_json::from_str(text) else { return Err("not an object") };
    let all =
        |key: &str| pairs.iter().filter(|(name, _)| name == key).map(|(_, value)| value).collect::<Vec<_>>();
    if ["type", "data", "timestamp"].iter().any(|key| all(key).len() > 1) {
        return Err("twice");
    }
    let kind = *all("type").first().ok_or("no type")?;
    let kind = kind.as_str().ok_or("type is no string")?.to_owned();
    Ok((kind, all("data").first().map_or(Value::Null, |data| (*data).clone())))
}

fn assert_envelope(text: &str) -> Result<(), TestCaseError> {
    let request = SignedRequest::new::<Massu>(&secret(), text.to_owned());
    let verdict =
        Verifier::<Massu>::new(secret()).unwrap().verify::<massu::Event>(request.headers(), text.to_owned());
    let found = match verdict {
        Ok(event) => {
            let kind = event.event_type().to_owned();
            let data = match event.into_inner() {
                massu::Event::Unknown(unknown) => unknown.payload().parse(),
                massu::Event::SessionCompleted(data) => data.parse(),
                other => return Err(TestCaseError::fail(format!("{other:?}"))),
            };
            Ok((kind, data.map_err(|error| TestCaseError::fail(error.to_string()))?))
        }
        Err(Rejection::MalformedEnvelope(error)) => Err(match error {
            DecodeError::NotJson { .. } | DecodeError::TrailingBytes { .. } => "not JSON",
            DecodeError::NotObject => "not an object",
            DecodeError::DuplicateKey { .. } => "twice",
            DecodeError::MissingType { .. } => "no type",
            DecodeError::TypeNotString { .. } => "type is no string",
            other => return Err(TestCaseError::fail(other.to_string())),
        }),
        Err(other) => return Err(TestCaseError::fail(other.to_string())),
    };
    let expected = oracle(text);
    // A body that does not begin as an object is refused before its end is read.
    let either = found == Err("not an object") && expected == Err("not JSON");
    prop_assert!(found == expected || either, "{text}: {found:?}, not {expected:?}");
    Ok(())
}
