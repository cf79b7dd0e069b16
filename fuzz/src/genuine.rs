//! Genuine deliveries of any scheme, and their nearest forgeries.
//!
//! Input: a [`Plan`], a key, the distance of the time, an id, the changes, lengths of chunks, and a body.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use countersign::scheme::{Encoding, TimeSource, TimeUnit};
use countersign::testing::SignedRequest;
use countersign::{Custom, KeyEncoding, Raw, Rejection, Scheme, Timestamp, Verified, Verifier};

use crate::input::Input;
use crate::plan::Plan;
use crate::reference::{banned_in_id, encode};
use crate::schemes::Signer;
use crate::seams;

/// A genuine delivery is accepted in any chunks. It is refused if one bit is changed, if bytes move from one part of the signed text to
/// another, and under another key.
pub fn run(input: &[u8]) {
    judge(input);
}

/// Whether the input describes a delivery that is accepted.
pub fn judge(input: &[u8]) -> bool {
    let mut input = Input::new(input);
    let scheme = Plan::read(&mut input).scheme();
    if scheme.fault().is_some() {
        return false;
    }
    let Some(signer) = signer(scheme, &mut input) else { return false };
    let Some(verifier) = signer.verifier() else { return false };
    let changes = [input.short(), input.short(), input.short()];
    let lengths = [input.byte(), input.byte(), input.byte()];
    let genuine = Delivery::signed(&signer, &mut input);

    assert_eq!(signer.expected(&genuine.headers, &genuine.body), Ok(()), "{scheme:?}");
    assert_eq!(signer.verdict(&genuine.headers, &genuine.body), Ok(()), "{scheme:?}");
    genuine.assert_accepted(verifier.verify(&genuine.headers, genuine.body.clone()));
    genuine.assert_accepted(in_chunks(&verifier, &genuine, lengths));

    let changed = genuine.with_changed_bit(&scheme, usize::from(changes[0]));
    let verdict = verifier.verify::<Raw<Custom>>(&changed.headers, changed.body.clone());
    assert_eq!(verdict.is_ok(), changed.same_tag, "{scheme:?}: {changed:?}");
    assert_eq!(in_chunks(&verifier, &changed, lengths).is_ok(), changed.same_tag, "{scheme:?}: {changed:?}");

    if let Some((headers, body)) =
        seams::moved(&scheme, &genuine.headers, &genuine.body, usize::from(changes[1]))
    {
        assert!(signer.verdict(&headers, &body).is_err(), "{scheme:?}: {headers:?} {body:?}");
    }
    assert_other_key(&signer, &genuine, usize::from(changes[2]));
    true
}

/// A secret in the spelling that the scheme asks for, or a key.
fn signer(scheme: Scheme, input: &mut Input<'_>) -> Option<Signer> {
    let is_text = input.flag();
    let key = input.bytes();
    if !is_text {
        return Signer::of_key(scheme, key);
    }
    let text = match scheme.key_encoding() {
        KeyEncoding::Base64 { strip } => format!("{strip}{}", encode(Encoding::Base64, key)),
        KeyEncoding::Hex { strip } => format!("{strip}{}", encode(Encoding::Hex, key)),
        _ => String::from_utf8_lossy(key).into_owned(),
    };
    Signer::of_text(scheme, &text)
}

fn assert_other_key(signer: &Signer, genuine: &Delivery, bit: usize) {
    let mut key = signer.key().unwrap_or_default().to_vec();
    let at = bit / 8 % key.len();
    key[at] ^= 1 << (bit % 8);
    if let Some(other) = Signer::of_key(signer.scheme, &key) {
        assert_eq!(other.verdict(&genuine.headers, &genuine.body), Err("Mismatch".to_owned()));
    }
}

fn in_chunks(
    verifier: &Verifier<Custom>,
    delivery: &Delivery,
    lengths: [u8; 3],
) -> Result<Verified<Raw<Custom>>, Rejection> {
    let mut rest = delivery.body.clone();
    let mut incoming = verifier.begin(&delivery.headers)?;
    for length in lengths {
        incoming.update(rest.split_to(usize::from(length).min(rest.len())))?;
    }
    incoming.update(rest)?;
    incoming.verify()
}

#[derive(Debug)]
struct Delivery {
    headers: Vec<(String, Vec<u8>)>,
    body: Bytes,
    time: Option<SystemTime>,
    id: Option<String>,
    /// Whether it is changed in nothing but the case of a hex digit.
    same_tag: bool,
}

impl Delivery {
    /// A delivery that the library has signed.
    fn signed(signer: &Signer, input: &mut Input<'_>) -> Self {
        let scheme = signer.scheme;
        let tolerance = scheme.signed_time().map_or(0, |time| time.default_tolerance().as_secs());
        let distance = Duration::from_secs(u64::from(input.short()) * 2 % (tolerance + 1));
        let time = if input.flag() { crate::now() + distance } else { crate::now() - distance };
        let id = scheme.id_header().map(|_| legal_id(&scheme, input.bytes()));
        let body = match scheme.signed_time().map(Timestamp::source) {
            Some(TimeSource::Body(path)) => with_time(path, &spelled(&scheme, time), input.rest()),
            _ => Bytes::copy_from_slice(input.rest()),
        };
        let request = SignedRequest::with_scheme_at(scheme, &signer.secret, body, time, id.as_deref());
        Self {
            headers: request.headers().iter().filter(|(name, _)| name != "content-type").cloned().collect(),
            body: request.body().clone(),
            time: scheme.signed_time().map(|_| time),
            id,
            same_tag: false,
        }
    }

    #[track_caller]
    fn assert_accepted(&self, verdict: Result<Verified<Raw<Custom>>, Rejection>) {
        let verified = verdict.expect("a genuine delivery");
        assert_eq!(verified.body(), &self.body);
        assert_eq!(verified.sent_at(), self.time);
        assert_eq!(verified.event_id(), self.id.as_deref());
    }

    /// The delivery with another value of one bit of its headers or its body.
    fn with_changed_bit(&self, scheme: &Scheme, bit: usize) -> Self {
        let mut headers = self.headers.clone();
        let mut body = self.body.to_vec();
        let mut fields: Vec<_> =
            headers.iter_mut().map(|(name, value)| (&**name, value)).chain([("", &mut body)]).collect();
        let mut at = bit / 8 % fields.iter().map(|(_, value)| value.len()).sum::<usize>();
        let field = fields.iter().position(|(_, value)| {
            let is_here = at < value.len();
            at -= if is_here { 0 } else { value.len() };
            is_here
        });
        let (name, value) = &mut fields[field.expect("a place within the fields")];
        let before = value[at];
        value[at] ^= 1 << (bit % 8);
        // The tag stands at the end of the value.
        let is_digit = *name == scheme.header()
            && scheme.encoding() == Encoding::Hex
            && value.len() - at <= scheme.mac_algorithm().tag_bytes() * 2;
        let same_tag = is_digit && before.eq_ignore_ascii_case(&value[at]);
        Self { headers, body: body.into(), time: self.time, id: self.id.clone(), same_tag }
    }
}

/// An id that the scheme can carry.
fn legal_id(scheme: &Scheme, bytes: &[u8]) -> String {
    let banned = banned_in_id(scheme);
    let legal = |byte: u8| (b'!'..=b'~').contains(&byte) && byte != banned;
    let id: String = bytes.iter().copied().filter(|byte| legal(*byte)).map(char::from).collect();
    match id.as_str() {
        "" if banned == b'x' => "y".to_owned(),
        "" => "x".to_owned(),
        _ => id,
    }
}

/// The time as a JSON body has it.
fn spelled(scheme: &Scheme, time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).expect("a time after 1970");
    match scheme.signed_time().map(Timestamp::unit) {
        Some(TimeUnit::Millis) => since.as_millis().to_string(),
        Some(TimeUnit::Rfc3339) => {
            let day = if time < crate::now() { "2025-12-31" } else { "2026-01-01" };
            let of_day = since.as_secs() % 86_400;
            // A day later is the only time of another day.
            let day = if since.as_secs() == crate::NOW + 86_400 { "2026-01-02" } else { day };
            format!("\"{day}T{:02}:{:02}:{:02}Z\"", of_day / 3600, of_day / 60 % 60, of_day % 60)
        }
        _ => since.as_secs().to_string(),
    }
}

/// A body that has the time at this path.
fn with_time(path: &str, time: &str, content: &[u8]) -> Bytes {
    let object = path.rsplit('.').fold(time.to_owned(), |inner, key| {
        let [key, other] = [key.to_owned(), format!("not {key}")].map(serde_json::Value::from);
        format!("{{{other}: {content:?}, {key}: {inner}}}")
    });
    object.into()
}
