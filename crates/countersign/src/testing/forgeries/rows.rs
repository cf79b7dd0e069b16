//! The values of single rows of the table. Python's `hmac` and Node's `Buffer` made the expected ones.

use super::*;
use crate::{Hook, KeyEncoding, Part, Timestamp};

const NOW: u64 = 1_700_000_000;
const TAG: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap()
}

/// The signature header and the body of a row, if the scheme has it.
fn row(
    scheme: Scheme,
    secret: &Secret,
    body: &'static str,
    now: u64,
    name: &str,
) -> Option<(String, String)> {
    let list = forgeries_with_at(scheme, secret, body, at(now));
    let request = list.into_iter().find(|forgery| forgery.name() == name)?.into_request();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let header = request.headers().iter().find(|(name, _)| name == scheme.header());
    Some((header.map(|(_, value)| text(value)).unwrap_or_default(), text(request.body())))
}

#[test]
fn a_row_has_the_value_that_its_description_says() {
    let secret = Secret::new("It's a Secret to Everybody").unwrap();
    let (half, rest) = TAG.split_at(32);
    let (named, bare) = (Scheme::sha256("signature"), Scheme::hex("signature"));
    for (scheme, name, value) in [
        (named, "prefix-alone", "sha256=".to_owned()),
        (named, "zero-tag", format!("sha256={}", "0".repeat(64))),
        (named, "prefix-in-capitals", format!("SHA256={TAG}")),
        (named, "prefix-with-colon", format!("sha256:{TAG}")),
        (named, "prefix-twice", format!("sha256=sha256={TAG}")),
        (named, "space-before", format!("sha256= {TAG}")),
        (named, "half-tag", format!("sha256={half}")),
        (named, "hex-with-dash", format!("sha256={half}-{rest}")),
        (
            named,
            "hash-without-key",
            "sha256=dffd6021bb2bd5b0af676290809ec3a53191dd81c7f70a4b28688a362182986f".to_owned(),
        ),
        (bare, "prefix-alone", "sha256=".to_owned()),
        (bare, "prefix-in-capitals", format!("SHA256={TAG}")),
        (bare, "prefix-twice", format!("sha256=sha256={TAG}")),
    ] {
        let made = row(scheme, &secret, "Hello, World!", NOW, name);
        assert_eq!(made, Some((value, "Hello, World!".to_owned())), "{name}");
    }
    let cut = row(named, &secret, "Hello, World!", NOW, "body-cut");
    assert_eq!(cut, Some((format!("sha256={TAG}"), "Hello,".to_owned())));
}

#[test]
fn a_key_is_decoded_as_a_lenient_receiver_decodes_it() {
    let (of_69bfbf, of_69b71d) = (
        "1f81bae0987fde598f923da545af65a4e45694e794cf6763a34a40801e88f5b3",
        "05323f56de9c5d0c48ed8a7435daed3b6a6c4fe5245b33bc0f7daf16702b95bc",
    );
    for (text, tag) in [
        ("ab-_", of_69bfbf),
        ("ab+/", of_69bfbf),
        ("whsec_ab+/", of_69bfbf),
        ("abcd", of_69b71d),
        ("ab.cd", of_69b71d),
        ("abcd1", of_69b71d),
    ] {
        let made = row(Scheme::hex("signature"), &Secret::new(text).unwrap(), "{}", NOW, "key-from-base64");
        assert_eq!(made.map(|(value, _)| value).as_deref(), Some(tag), "{text}");
    }
    // The text of these bytes is `6b6579`.
    let scheme = Scheme::hex("signature").key(KeyEncoding::Hex { strip: "" });
    let made = row(scheme, &Secret::from_bytes("key").unwrap(), "{}", NOW, "key-not-decoded");
    let expected = "ca97c93f80bde96cc66ac7eb4b5720ddab5309b51753dc8450e5e4a5eb2a1810";
    assert_eq!(made.map(|(value, _)| value).as_deref(), Some(expected));
}

#[test]
fn a_time_is_too_old_from_1970_on() {
    let scheme =
        Scheme::hex("signature").timestamp(Timestamp::header("time")).signed(&[Part::Timestamp, Part::Body]);
    let secret = Secret::new("s").unwrap();
    // The tolerance is 300 seconds, and the margin is one.
    assert!(row(scheme, &secret, "{}", 301, "time-too-old").is_some());
    assert!(row(scheme, &secret, "{}", 300, "time-too-old").is_none());
}

#[test]
fn a_time_in_the_body_stands_there_twice() {
    let scheme = Scheme::hex("signature").timestamp(Timestamp::body("t"));
    let secret = Secret::new("s").unwrap();
    let body = |body| row(scheme, &secret, body, NOW, "time-twice").map(|(_, body)| body);
    assert_eq!(body(r#" {"t":1700000000}"#).as_deref(), Some(r#" {"t":0,"t":1700000000}"#));
    assert_eq!(body(r#"{"a":1}"#), None);
}

#[test]
fn a_fraction_is_added_unless_it_would_be_another_entry() {
    let signed = [Part::Timestamp, Part::Text(":"), Part::Body];
    let entry = |separator| {
        Scheme::hex("signature").list(separator, "v1=").timestamp(Timestamp::entry("t=")).signed(&signed)
    };
    let header = |separator| {
        Scheme::hex("signature").list(separator, "v1=").timestamp(Timestamp::header("time")).signed(&signed)
    };
    let secret = Secret::new("s").unwrap();
    for (scheme, expected) in
        [(entry(b','), true), (entry(b'.'), false), (header(b','), true), (header(b'.'), true)]
    {
        let made = row(scheme, &secret, "{}", NOW, "time-with-fraction");
        assert_eq!(made.is_some(), expected, "{scheme:?}");
    }
}

#[test]
fn the_forgeries_of_a_provider_are_those_of_its_scheme() {
    let secret = Secret::new("s").unwrap();
    let shown = |list: Vec<Forgery>| {
        let parts = |forgery: &Forgery| {
            (forgery.name, forgery.request.headers().to_vec(), forgery.request.body().clone())
        };
        list.iter().map(parts).collect::<Vec<_>>()
    };
    let of_provider = shown(forgeries_at::<Hook>(&secret, "{}", at(NOW)));
    assert_eq!(of_provider, shown(forgeries_with_at(Hook::SCHEME, &secret, "{}", at(NOW))));
    assert!(!of_provider.is_empty());
}
