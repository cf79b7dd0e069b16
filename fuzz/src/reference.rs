//! A second implementation of the rules of every scheme, slow and plain. It reads the facts of a scheme from its getters, and takes nothing
//! else from the library.
//!
//! A reason is written as `Debug` shows it, without the durations of a time outside the tolerance.

use countersign::scheme::{Encoding, TimeSource, TimeUnit};
use countersign::{Algorithm, KeyEncoding, Part, Scheme, Timestamp};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::calendar;
use crate::object::Object;

/// Names and values, as they were sent.
pub type Headers = [(String, Vec<u8>)];

/// The reasons that depend on the whole body.
pub const AFTER_THE_BODY: [&str; 3] = ["Mismatch", "TooOld", "FromTheFuture"];

/// The verdict on a request at `now`, in Unix seconds. `key` is `None` if the secret is no key for the scheme.
pub fn expected(
    scheme: &Scheme,
    key: Option<&[u8]>,
    headers: &Headers,
    body: &[u8],
    now: u64,
) -> Result<(), String> {
    let claims = claims(scheme, headers)?;
    let right = mac(scheme, key.ok_or("UnusableSecret")?, &signed_text(scheme, &claims.texts, body));
    if !claims.tags.contains(&right) {
        return Err("Mismatch".to_owned());
    }
    let time = match scheme.signed_time().map(Timestamp::source) {
        Some(TimeSource::Body(path)) => Some(time_in_body(scheme, body, path)?),
        _ => claims.time,
    };
    let Some(time) = time else { return Ok(()) };
    let distance = i128::from(now) * calendar::SECOND - time;
    let tolerance = i128::try_from(scheme.signed_time().unwrap().default_tolerance().as_nanos()).unwrap();
    match distance {
        _ if distance > tolerance => Err("TooOld".to_owned()),
        _ if distance < -tolerance => Err("FromTheFuture".to_owned()),
        _ => Ok(()),
    }
}

/// The claims of a request.
struct Claims {
    tags: Vec<Vec<u8>>,
    texts: Texts,
    /// The time, in nanoseconds since 1970.
    time: Option<i128>,
}

/// The parts of the signed text that are in headers. A part that the scheme does not sign is empty.
pub struct Texts {
    /// The time, as it was sent.
    pub time: Vec<u8>,
    /// The id.
    pub id: Vec<u8>,
}

struct Time {
    text: Vec<u8>,
    nanos: i128,
}

/// Reads the headers of a request.
fn claims(scheme: &Scheme, headers: &Headers) -> Result<Claims, String> {
    let value = only(headers, scheme.header(), "")?;
    let (tags, mut time) = parse(scheme, &value)?;
    if let Some(TimeSource::Header(name)) = scheme.signed_time().map(Timestamp::source) {
        time = Some(read_time(scheme, &only(headers, name, "Time")?)?);
    }
    let id = match scheme.id_header() {
        Some(name) => checked_id(scheme, only(headers, name, "Id")?)?,
        None => Vec::new(),
    };
    let nanos = time.as_ref().map(|time| time.nanos);
    Ok(Claims {
        tags,
        texts: Texts { time: time.map(|time| time.text).unwrap_or_default(), id },
        time: nanos,
    })
}

fn only(headers: &Headers, name: &str, what: &str) -> Result<Vec<u8>, String> {
    let values: Vec<_> = headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)).collect();
    match values[..] {
        [(_, value)] => Ok(value.clone()),
        [] => Err(format!("Missing{what}")),
        _ => Err(format!("Repeated{what}")),
    }
}

type Signature = (Vec<Vec<u8>>, Option<Time>);

fn parse(scheme: &Scheme, value: &[u8]) -> Result<Signature, String> {
    let prefix = scheme.tag_prefix().as_bytes();
    let Some(separator) = scheme.separator() else {
        if !value.starts_with(prefix) {
            return Err("Prefix".to_owned());
        }
        return Ok((vec![tag(scheme, &value[prefix.len()..])?], None));
    };
    let (mut tags, mut time) = (Vec::new(), None);
    let time_prefix = match scheme.signed_time().map(Timestamp::source) {
        Some(TimeSource::Entry(prefix)) => Some(prefix.as_bytes()),
        _ => None,
    };
    for entry in value.split(|byte| *byte == separator) {
        let mut entry = entry.to_vec();
        while [Some(&b' '), Some(&b'\t')].contains(&entry.first()) {
            entry.remove(0);
        }
        while [Some(&b' '), Some(&b'\t')].contains(&entry.last()) {
            entry.pop();
        }
        if time_prefix.is_some_and(|prefix| entry.starts_with(prefix)) {
            let mut text = entry[time_prefix.unwrap().len()..].to_vec();
            if separator == b' ' && text.last() == Some(&b',') {
                text.pop();
            }
            let read = read_time(scheme, &text)?;
            if time.is_some() {
                return Err("RepeatedTime".to_owned());
            }
            time = Some(read);
        } else if entry.starts_with(prefix) && tags.len() < 8 {
            let mut digits = entry[prefix.len()..].to_vec();
            if separator == b' ' && digits.last() == Some(&b',') {
                digits.pop();
            }
            tags.push(tag(scheme, &digits)?);
        }
    }
    if time_prefix.is_some() && time.is_none() {
        return Err("MissingTime".to_owned());
    }
    if tags.is_empty() { Err("NoEntry".to_owned()) } else { Ok((tags, time)) }
}

/// Decodes a tag, and encodes it again to see whether this is its spelling.
fn tag(scheme: &Scheme, text: &[u8]) -> Result<Vec<u8>, String> {
    let zeros = vec![0; scheme.mac_algorithm().tag_bytes()];
    if text.len() != encode(scheme.encoding(), &zeros).len() {
        return Err(format!("Length {{ found: {} }}", text.len()));
    }
    let is_hex = scheme.encoding() == Encoding::Hex;
    let (bits_each, alphabet) = if is_hex { (4, &HEX[..]) } else { (6, alphabet(scheme.encoding())) };
    let lower = |byte: u8| if is_hex { byte.to_ascii_lowercase() } else { byte };
    let text: Vec<u8> = text.iter().map(|byte| lower(*byte)).collect();
    let bare: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'=').collect();
    let bytes = digits(bits_each, alphabet, &bare).ok_or("Digit")?;
    let is_right = bytes.len() == zeros.len() && encode(scheme.encoding(), &bytes).as_bytes() == text;
    if is_right { Ok(bytes) } else { Err("Digit".to_owned()) }
}

/// The whole bytes that these digits make. The bits that are left over count for nothing.
fn digits(bits_each: usize, alphabet: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let (mut bytes, mut value, mut bits) = (Vec::new(), 0, 0);
    for byte in text {
        value = (value << bits_each | alphabet.iter().position(|digit| digit == byte)?) & 0xffff;
        bits += bits_each;
        if bits >= 8 {
            bits -= 8;
            bytes.push((value >> bits & 0xff) as u8);
        }
    }
    Some(bytes)
}

const HEX: &[u8; 16] = b"0123456789abcdef";
const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn alphabet(encoding: Encoding) -> &'static [u8] {
    if encoding == Encoding::Base64 { STANDARD } else { URL_SAFE }
}

/// Encodes a tag.
pub fn encode(encoding: Encoding, bytes: &[u8]) -> String {
    if encoding == Encoding::Hex {
        return bytes
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .map(|digit| char::from(HEX[usize::from(digit)]))
            .collect();
    }
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let value =
            three.iter().fold(0, |value, byte| value << 8 | usize::from(*byte)) << (8 * (3 - three.len()));
        // Three bytes are four digits, and fewer bytes are one digit more than bytes.
        text.extend((0..=three.len()).map(|at| char::from(alphabet(encoding)[value >> (18 - 6 * at) & 63])));
    }
    while encoding == Encoding::Base64 && !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

fn read_time(scheme: &Scheme, text: &[u8]) -> Result<Time, String> {
    let unit = scheme.signed_time().unwrap().unit();
    let nanos = match unit {
        TimeUnit::Rfc3339 => calendar::rfc3339(text),
        TimeUnit::Millis => calendar::number(text)
            .map(|number| (number, calendar::SECOND / 1000, 13))
            .and_then(|time| unix(scheme, text, time)),
        _ => calendar::number(text)
            .map(|number| (number, calendar::SECOND, 10))
            .and_then(|time| unix(scheme, text, time)),
    };
    nanos.map(|nanos| Time { text: text.to_vec(), nanos }).ok_or("MalformedTime".to_owned())
}

/// The time in a JSON body: a number, or a string if it is in RFC 3339.
fn time_in_body(scheme: &Scheme, body: &[u8], path: &str) -> Result<i128, String> {
    let malformed = || "MalformedTime".to_owned();
    let object = serde_json::from_slice::<Object>(body).map_err(|_| malformed())?;
    let found = object.at(path).map_err(|_| malformed())?.ok_or("MissingTime")?;
    let mut text = found.get();
    if scheme.signed_time().unwrap().unit() == TimeUnit::Rfc3339 {
        text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).ok_or_else(malformed)?;
    }
    Ok(read_time(scheme, text.as_bytes())?.nanos)
}

/// A Unix time that touches another part or a digit has its usual length.
fn unix(scheme: &Scheme, text: &[u8], (number, unit, usual): (i128, i128, usize)) -> Option<i128> {
    let parts: Vec<_> = scheme.parts().collect();
    let at = parts.iter().position(|part| *part == Part::Timestamp);
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let touches = at.is_some_and(|at| {
        let before = at.checked_sub(1).is_some_and(|before| match parts[before] {
            Part::Text(text) => is_digit(text.as_bytes().last()),
            _ => true,
        });
        before
            || match parts.get(at + 1) {
                Some(Part::Text(text)) => is_digit(text.as_bytes().first()),
                Some(_) => true,
                None => false,
            }
    });
    if touches && (text.len() != usual || text[0] == b'0') {
        return None;
    }
    // The standard library's clock counts seconds in 64 bits.
    (number <= i128::from(i64::MAX) || unit < calendar::SECOND && number <= i128::from(u64::MAX))
        .then(|| number * unit)
}

fn checked_id(scheme: &Scheme, id: Vec<u8>) -> Result<Vec<u8>, String> {
    let banned = banned_in_id(scheme);
    let is_sound = !id.is_empty()
        && id.len() <= 256
        && id.iter().all(|byte| (b'!'..=b'~').contains(byte) && *byte != banned);
    if is_sound { Ok(id) } else { Err("MalformedId".to_owned()) }
}

/// The character that ends the id in the signed text.
pub fn banned_in_id(scheme: &Scheme) -> u8 {
    let parts: Vec<_> = scheme.parts().collect();
    let at = parts.iter().position(|part| matches!(part, Part::Id(_))).unwrap();
    match parts[at + 1] {
        Part::Text(text) => text.as_bytes()[0],
        _ => b':',
    }
}

/// The texts of the time and the id, unchecked. If a header is there several times, its first value counts.
pub fn texts(scheme: &Scheme, headers: &Headers) -> Texts {
    let header = |name: &str| {
        headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    };
    let time = match scheme.signed_time().map(Timestamp::source) {
        Some(TimeSource::Header(name)) => header(name),
        Some(TimeSource::Entry(prefix)) => header(scheme.header()).and_then(|value| {
            let mut entries = value.split(|byte| Some(*byte) == scheme.separator()).map(<[u8]>::trim_ascii);
            entries.find_map(|entry| entry.strip_prefix(prefix.as_bytes())).map(<[u8]>::to_vec)
        }),
        _ => None,
    };
    Texts { time: time.unwrap_or_default(), id: scheme.id_header().and_then(header).unwrap_or_default() }
}

/// The text that is signed.
pub fn signed_text(scheme: &Scheme, texts: &Texts, body: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for part in scheme.parts() {
        match part {
            Part::Text(fixed) => text.extend(fixed.as_bytes()),
            Part::Timestamp => text.extend(&texts.time),
            Part::Id(_) => text.extend(&texts.id),
            Part::Body => text.extend(body),
            other => panic!("{other:?}"),
        }
    }
    text
}

/// The key that a scheme makes of a secret's text. `None` if it makes none.
pub fn key(scheme: &Scheme, secret: &str) -> Option<Vec<u8>> {
    let key = match scheme.key_encoding() {
        KeyEncoding::Base64 { strip } => base64_key(secret.strip_prefix(strip)?),
        KeyEncoding::Hex { strip } => {
            let text = secret.strip_prefix(strip)?.to_ascii_lowercase();
            Some(digits(4, HEX, text.as_bytes())?).filter(|_| text.len() % 2 == 0)
        }
        _ => Some(secret.as_bytes().to_vec()),
    };
    // Zeros are the key that an empty key is padded to.
    key.filter(|key| key.iter().any(|byte| *byte != 0))
}

/// Base64 with padding has one spelling for each key.
fn base64_key(text: &str) -> Option<Vec<u8>> {
    let key = digits(6, STANDARD, text.trim_end_matches('=').as_bytes())?;
    (encode(Encoding::Base64, &key) == text).then_some(key)
}

/// HMAC as RFC 2104 writes it.
pub fn mac(scheme: &Scheme, key: &[u8], text: &[u8]) -> Vec<u8> {
    let hash = |bytes: &[u8]| match scheme.mac_algorithm() {
        Algorithm::HmacSha1 => Sha1::digest(bytes).to_vec(),
        Algorithm::HmacSha256 => Sha256::digest(bytes).to_vec(),
        Algorithm::HmacSha512 => Sha512::digest(bytes).to_vec(),
        other => panic!("{other:?}"),
    };
    let block = if scheme.mac_algorithm() == Algorithm::HmacSha512 { 128 } else { 64 };
    let mut key = if key.len() > block { hash(key) } else { key.to_vec() };
    key.resize(block, 0);
    let padded = |pad: u8| key.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
    hash(&[padded(0x5c), hash(&[padded(0x36), text.to_vec()].concat())].concat())
}
