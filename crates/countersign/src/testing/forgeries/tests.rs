//! Rows under schemes of any kind. The tests of the whole project try them under the providers' schemes.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::scheme::{TimeSource, TimeUnit};
use crate::signer::Draft;
use crate::testing::request::{key, sign};
use crate::{Algorithm, KeyEncoding, Part, Timestamp, Verifier};

const SECRET: &str = "whsec_abcd1234";

const BODY: &str = r#"{"t":1700000000}"#;

const TWITCH: Scheme = Scheme::sha256("signature").timestamp(Timestamp::header("time").rfc3339()).signed(&[
    Part::Id("id"),
    Part::Timestamp,
    Part::Body,
]);

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap()
}

/// The names of the forgeries that a receiver lets in.
fn let_in(scheme: Scheme, accepts: impl Fn(&SignedRequest) -> bool) -> Vec<&'static str> {
    let secret = Secret::new(SECRET).unwrap();
    let list = forgeries_with_at(scheme, &secret, BODY, at(1_700_000_000));
    list.iter().filter(|forgery| accepts(forgery.request())).map(Forgery::name).collect()
}

fn header(request: &SignedRequest, name: &str) -> Option<String> {
    let value = request.headers().iter().find(|(other, _)| other == name)?.1.clone();
    Some(String::from_utf8_lossy(&value).into_owned())
}

/// A receiver that checks the tag and nothing else. It takes the first header of a name.
fn has_right_tag(scheme: Scheme, request: &SignedRequest) -> bool {
    let key = key(&scheme, &Secret::new(SECRET).unwrap());
    let text = |name| header(request, name).unwrap_or_default();
    let draft = Draft { scheme, time: text("time"), id: text("id") };
    let tag = draft.tag(&key, request.body());
    header(request, "signature").is_some_and(|value| value == draft.value(&draft.encoded(&tag)))
}

#[test]
fn a_receiver_that_checks_the_tag_alone_lets_in_wrong_times_and_moved_bytes() {
    let expected = [
        "signature-twice",
        "right-then-wrong",
        "time-too-old",
        "time-from-the-future",
        "time-is-a-word",
        "time-twice",
        "id-twice",
        "id-empty",
        "id-byte-in-time",
        "time-byte-in-id",
        "time-byte-in-body",
        "body-byte-in-time",
    ];
    assert_eq!(let_in(TWITCH, |request| has_right_tag(TWITCH, request)), expected);
    let reversed =
        Scheme::hex("signature").timestamp(Timestamp::header("time")).signed(&[Part::Body, Part::Timestamp]);
    let taken = let_in(reversed, |request| has_right_tag(reversed, request));
    assert!(taken.ends_with(&["time-twice", "time-byte-in-body", "body-byte-in-time"]), "{taken:?}");
}

#[test]
fn a_receiver_of_any_time_lets_in_wrong_times_alone() {
    let secret = Secret::new(SECRET).unwrap();
    for scheme in [TWITCH, Scheme::hex("signature").timestamp(Timestamp::body("t"))] {
        for (now, name) in [(1_699_999_699, "time-too-old"), (1_700_000_301, "time-from-the-future")] {
            let taken = let_in(scheme, |request| {
                scheme.verify_request(&secret, request.headers(), request.body(), at(now)).is_ok()
            });
            assert_eq!(taken, [name]);
        }
    }
}

#[test]
fn a_receiver_with_another_reading_of_the_key_lets_in_one_row() {
    let scheme = Scheme::hex("signature");
    let (strip, bare) = ("whsec_", "");
    for (own, other, row) in [
        (KeyEncoding::Text, KeyEncoding::Base64 { strip }, "key-from-base64"),
        (KeyEncoding::Base64 { strip }, KeyEncoding::Text, "key-with-prefix"),
    ] {
        let secret = Secret::new(SECRET).unwrap();
        let reads = |request: &SignedRequest| {
            scheme.key(other).verify_request(&secret, request.headers(), request.body(), at(0)).is_ok()
        };
        assert_eq!(let_in(scheme.key(own), reads), [row]);
    }
    for (own, other, row) in [
        (KeyEncoding::Text, KeyEncoding::Hex { strip: bare }, "key-from-hex"),
        (KeyEncoding::Hex { strip: bare }, KeyEncoding::Text, "key-not-decoded"),
        (KeyEncoding::Base64 { strip: bare }, KeyEncoding::Text, "key-not-decoded"),
    ] {
        let secret = Secret::new("abcd1234").unwrap();
        let list = forgeries_with_at(scheme.key(own), &secret, "{}", at(0));
        let reads = |request: &SignedRequest| {
            scheme.key(other).verify_request(&secret, request.headers(), request.body(), at(0)).is_ok()
        };
        let taken: Vec<_> =
            list.iter().filter(|forgery| reads(forgery.request())).map(Forgery::name).collect();
        assert_eq!(taken, [row]);
    }
}

#[test]
fn a_receiver_with_a_lenient_decoder_lets_in_other_spellings_of_base64() {
    let scheme = Scheme::base64("signature");
    let bytes = |text: &str| {
        let text = text.trim_end_matches('=').replace('-', "+").replace('_', "/");
        tag::FORGIVING.decode(text).ok()
    };
    let right = bytes(&sign(scheme, &Secret::new(SECRET).unwrap(), BODY));
    let taken = let_in(scheme, |request| {
        request.body() == BODY && header(request, "signature").is_some_and(|text| bytes(&text) == right)
    });
    let twice = ["signature-twice", "right-then-wrong"];
    let spellings = ["base64url", "base64-unpadded", "base64-overpadded", "base64-stray-bits"];
    assert_eq!(taken, [twice.as_slice(), &spellings].concat());
}

#[test]
fn a_time_is_outside_of_the_tolerance_although_its_text_has_whole_seconds() {
    let (secret, now) = (Secret::new("s").unwrap(), at(1_700_000_000) + Duration::from_millis(999));
    let scheme =
        Scheme::hex("signature").timestamp(Timestamp::header("time")).signed(&[Part::Timestamp, Part::Body]);
    let list = forgeries_with_at(scheme, &secret, "{}", now);
    let time = |name| {
        let forgery = list.iter().find(|forgery| forgery.name() == name).unwrap();
        header(forgery.request(), "time").unwrap()
    };
    assert_eq!((&*time("time-too-old"), &*time("time-from-the-future")), ("1699999699", "1700000302"));
    assert_eq!((&*time("time-with-zero"), &*time("time-with-space")), ("01700000000", "17000 00000"));
}

#[test]
fn each_row_has_a_name_of_its_own_and_some_scheme() {
    let names: Vec<_> = table::names().collect();
    let unique: BTreeSet<_> = names.iter().copied().collect();
    assert_eq!(names.len(), unique.len());
    let stripe = Scheme::base64("signature")
        .list(b',', "v1=")
        .key(KeyEncoding::Base64 { strip: "whsec_" })
        .signed(&[Part::Timestamp, Part::Body]);
    let found: BTreeSet<_> = [
        TWITCH,
        stripe.timestamp(Timestamp::entry("t=")),
        Scheme::base64url("signature").algorithm(Algorithm::HmacSha512),
    ]
    .into_iter()
    .flat_map(|scheme| let_in(scheme, |_| true))
    .collect();
    assert_eq!(found, unique);
}

/// Prefixes that a row of the table uses itself, and unusual ones.
fn prefix() -> impl Strategy<Value = String> {
    let known = [
        "",
        "sha256=",
        "SHA256=",
        "sha256:",
        "sha1=",
        "sha512=",
        "none=",
        "v1=",
        "v0=",
        "v1,",
        "sha256=sha256=",
        "sha256= ",
        "\"",
        "\"\"",
        "=",
        " ",
        "0",
        "x",
        "test_signature",
    ];
    prop_oneof![select(known.to_vec()).prop_map(str::to_owned), "[ -~]{0,4}"]
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    let header = select(vec!["time", "id", "signature", "content-type"]).prop_map(Timestamp::header);
    let entry = select(vec!["t=", "t", "none=", "sha1=", "sha256="]).prop_map(Timestamp::entry);
    let body = select(vec!["t", "a.t"]).prop_map(Timestamp::body);
    let tolerance = select(vec![0, 1, 500, 300_000, 86_400_000]).prop_map(Duration::from_millis);
    let unit = select(vec![TimeUnit::Seconds, TimeUnit::Millis, TimeUnit::Rfc3339]);
    (prop_oneof![header, entry, body], unit, tolerance).prop_map(|(timestamp, unit, tolerance)| match unit {
        TimeUnit::Seconds => timestamp.tolerance(tolerance),
        TimeUnit::Millis => timestamp.millis().tolerance(tolerance),
        TimeUnit::Rfc3339 => timestamp.rfc3339().tolerance(tolerance),
    })
}

/// Signed texts with every seam, and unusual literals.
fn signed(timestamp: Option<Timestamp>) -> impl Strategy<Value = Vec<Part<'static>>> {
    let id = select(vec!["id", "id", "id", "time", "signature", "x-signature"]).prop_map(Part::Id);
    let literal =
        || option::weighted(0.4, select(vec![".", ":", "v0:", "0", "1", "m", "_", "Z"]).prop_map(Part::Text));
    let time =
        timestamp.filter(|time| !matches!(time.source(), TimeSource::Body(_))).map(|_| Part::Timestamp);
    let order = option::weighted(0.5, id).prop_flat_map(move |id| {
        let parts: Vec<_> = id.into_iter().chain(time).chain([Part::Body]).collect();
        Just(parts).prop_shuffle()
    });
    (order, [literal(), literal(), literal(), literal()]).prop_map(|(order, literals)| {
        let slots = order.into_iter().map(Some).chain([None]);
        literals.into_iter().zip(slots).flat_map(|(literal, part)| literal.into_iter().chain(part)).collect()
    })
}

fn scheme() -> impl Strategy<Value = Scheme> {
    let start = select(vec![Scheme::hex, Scheme::base64, Scheme::base64url]).prop_flat_map(|start| {
        select(vec!["signature", "X-Hub-Signature-256", "Content-Type"]).prop_map(start)
    });
    let separator = option::of(select(b" ,;:.|&".to_vec()));
    let algorithm = select(vec![Algorithm::HmacSha256, Algorithm::HmacSha1, Algorithm::HmacSha512]);
    let strip = || select(vec!["", "whsec_", "-", "AAAA"]);
    let key = prop_oneof![
        Just(KeyEncoding::Text),
        strip().prop_map(|strip| KeyEncoding::Base64 { strip }),
        strip().prop_map(|strip| KeyEncoding::Hex { strip }),
    ];
    let timed = option::weighted(0.7, timestamp())
        .prop_flat_map(|timestamp| signed(timestamp).prop_map(move |parts| (timestamp, parts)));
    (start, prefix(), separator, algorithm, key, timed)
        .prop_map(|(scheme, prefix, separator, algorithm, key, (timestamp, parts))| {
            let scheme = match separator {
                Some(separator) => scheme.list(separator, &prefix),
                None => scheme.prefix(&prefix),
            };
            let scheme = scheme.algorithm(algorithm).key(key).signed(&parts);
            timestamp.map_or(scheme, |timestamp| scheme.timestamp(timestamp))
        })
        .prop_filter("the scheme has a fault", |scheme| scheme.fault().is_none())
}

fn secret(scheme: Scheme) -> impl Strategy<Value = Secret> {
    let bytes = prop_oneof![
        vec(any::<u8>(), 1..150),
        vec(select(vec![0, b'a', b'_']), 1..8),
        "(whsec_)?[A-Za-z0-9+/=_-]{1,90}".prop_map(String::into_bytes),
    ];
    (bytes, any::<bool>()).prop_filter_map("no key", move |(bytes, is_key)| {
        let secret = match scheme.key_encoding() {
            _ if is_key => Secret::from_bytes(bytes),
            KeyEncoding::Text => Secret::new(String::from_utf8(bytes).ok()?),
            KeyEncoding::Base64 { strip } => Secret::new(format!("{strip}{}", STANDARD.encode(&bytes))),
            KeyEncoding::Hex { strip } => Secret::new(format!("{strip}{}", hex::encode(bytes))),
        };
        secret.ok().filter(|secret| secret.to_key(&scheme).is_ok())
    })
}

/// Times at which a text changes its length, and ordinary ones.
fn now() -> impl Strategy<Value = SystemTime> {
    let edges = [0, 1, 299, 301, 86_401, 999_999_999, 1_000_000_000, 9_999_999_999, 253_402_207_000, 1 << 62];
    let seconds = prop_oneof![select(edges.to_vec()), 1_000_000_000..9_000_000_000_u64, Just(1_700_000_000)];
    (seconds, 0..1_000_000_000_u32, proptest::bool::weighted(0.9)).prop_map(|(seconds, nanos, is_after)| {
        let (epoch, distance) = (SystemTime::UNIX_EPOCH, Duration::new(seconds, nanos));
        if is_after { epoch.checked_add(distance) } else { epoch.checked_sub(distance) }.unwrap()
    })
}

/// A body of the provider, or any other bytes.
fn body(scheme: Scheme, now: SystemTime) -> impl Strategy<Value = Vec<u8>> {
    let time = Draft::new(scheme, b"", now, None).time;
    let is_number = time.bytes().all(|byte| byte.is_ascii_digit()) && !time.is_empty();
    let time = if is_number { time } else { format!("\"{time}\"") };
    let body = match scheme.signed_time().map(Timestamp::source) {
        Some(TimeSource::Body("t")) => format!(" {{\"t\": {time}}}"),
        Some(TimeSource::Body(_)) => format!("{{\"t\":1,\"a\":{{\"b\":[],\"t\":{time} }}}}"),
        _ => "{}".to_owned(),
    };
    prop_oneof![3 => Just(body.into_bytes()), 1 => vec(any::<u8>(), 0..60), 1 => "[0-9]{1,12}".prop_map(String::into_bytes)]
}

/// Whether the provider of the scheme can make deliveries at all.
fn is_usable(scheme: &Scheme, now: SystemTime) -> bool {
    let time = scheme.signed_time().map(Timestamp::source);
    let time_header = if let Some(TimeSource::Header(name)) = time { Some(name) } else { None };
    let names: Vec<_> = [Some("content-type"), Some(scheme.header()), scheme.id_header(), time_header]
        .into_iter()
        .flatten()
        .map(str::to_ascii_lowercase)
        .collect();
    let is_unique = names.iter().collect::<BTreeSet<_>>().len() == names.len();
    // A time with points and colons cannot stand in a list of them.
    let is_whole =
        !matches!(time, Some(TimeSource::Entry(_))) || !matches!(scheme.separator(), Some(b'.' | b':'));
    let is_ordinary = (at(1_000_000_000)..at(9_000_000_000)).contains(&now);
    is_unique
        && is_whole
        && is_ordinary
        && scheme.tolerance().is_none_or(|tolerance| tolerance >= Duration::from_secs(1))
}

fn case() -> impl Strategy<Value = (Scheme, Secret, SystemTime, Vec<u8>)> {
    (scheme(), now())
        .prop_flat_map(|(scheme, now)| (Just(scheme), secret(scheme), Just(now), body(scheme, now)))
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn no_row_makes_a_request_that_a_scheme_accepts((scheme, secret, now, body) in case()) {
        Verifier::<crate::Custom>::for_scheme(scheme, secret.clone()).unwrap();
        let verdict = |request: &SignedRequest| scheme.verify_request(&secret, request.headers(), request.body(), now);
        let genuine = SignedRequest::with_scheme_at(scheme, &secret, body.clone(), now, None);
        let has_time = !matches!(scheme.signed_time().map(Timestamp::source), Some(TimeSource::Body(_)));
        if is_usable(&scheme, now) && (has_time || body.windows(4).any(|key| key == b"\"t\":")) {
            prop_assert_eq!(verdict(&genuine), Ok(()));
        }
        for forgery in forgeries_with_at(scheme, &secret, body, now) {
            let request = forgery.request();
            prop_assert!(verdict(request).is_err(), "{forgery}: {:?} {:?}", request.headers(), request.body());
            prop_assert!(request.headers() != genuine.headers() || request.body() != genuine.body(), "{forgery}");
        }
    }
}
