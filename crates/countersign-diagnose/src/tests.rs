//! The outcomes of experiments, in lists. Each input has a line with `<`, and each outcome a line with `>`. `WRITE_LISTS=1` writes the
//! outcomes anew.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use countersign::providers::{Linear, Stripe, Svix};
use countersign::{Algorithm, KeyEncoding, Part, Provider as _, Scheme, Timestamp};

use crate::bytes::Bytes;
use crate::cause::Outcomes;
use crate::cause::body::Experiment as BodyExperiment;
use crate::cause::secret::Experiment as SecretExperiment;
use crate::cause::text::Experiment as TextExperiment;
use crate::encoding::hex_byte;
use crate::evidence::Evidence;
use crate::request::{Header, Request};
use crate::rewritten::rewritten_twice;
use crate::search::rooms;
use crate::secret::keys;
use crate::signature::Signature;
use crate::{BodyCause, Diagnose, HeaderCause, SecretBytes, SecretCause, TextCause};

/// Most outcomes of one input that are listed.
const MOST: usize = 40;

const SCHEME: Scheme = Scheme::hex("x-signature");

#[test]
fn bodies() {
    check("bodies.txt", |cause, body| {
        let tag = "0".repeat(64);
        let header = Header { name: "x-signature", value: tag.as_bytes() };
        let request = Request::new(&SCHEME, vec![header], None, &[]);
        let evidence = Evidence::new(&request, body);
        let json = evidence.json.as_ref();
        let made =
            of(cause, BodyCause::NAMES, BodyCause::experiments()).filter_map(|experiment| match experiment {
                BodyExperiment::Signed(make) => Some(make(&evidence)),
                BodyExperiment::Parsed(make) | BodyExperiment::Guessed(make) => Some(make(json?)),
                BodyExperiment::Seen(look) | BodyExperiment::Suspected(look) => Some(held(look(&evidence))),
            });
        let made = made.flatten();
        made.map(|(cause, body)| outcome(&format!("{cause:?}"), &cause.fact(), &body)).collect()
    });
}

#[test]
fn contents() {
    check("contents.txt", |cause, body| {
        let request = Request::new(&SCHEME, Vec::new(), None, &[]);
        let evidence = Evidence::new(&request, body);
        let made =
            of(cause, TextCause::NAMES, TextCause::experiments()).filter_map(|experiment| match experiment {
                TextExperiment::Content(make) => Some(make(&evidence)),
                TextExperiment::Framed(_) | TextExperiment::Suspected(_) => None,
            });
        let made = made.flatten();
        made.map(|(cause, body)| outcome(&format!("{cause:?}"), &cause.fact(), &body)).collect()
    });
}

/// The secret stands behind its encoding.
#[test]
fn secrets() {
    check("secrets.txt", |cause, input| {
        let (encoding, secret) = halves(input, b": ");
        let encoding = match &*String::from_utf8_lossy(encoding) {
            "text" => KeyEncoding::Text,
            "base64" => KeyEncoding::Base64 { strip: "" },
            "whsec" => KeyEncoding::Base64 { strip: "whsec_" },
            "hex" => KeyEncoding::Hex { strip: "" },
            "hex_" => KeyEncoding::Hex { strip: "hex_" },
            other => panic!("no encoding {other}"),
        };
        let keys = keys(&SecretBytes::new(secret).unwrap(), encoding).into_iter();
        let looks = SecretCause::experiments().filter_map(|experiment| match experiment {
            SecretExperiment::Suspected(look) => Some(held(look(secret))),
            _ => None,
        });
        let made = keys.filter_map(|key| Some((key.cause?, Cow::Owned(key.bytes.to_vec()))));
        let made = made.chain(looks.flatten()).filter(|(made, _)| made.as_str() == cause);
        made.map(|(cause, key)| outcome(&format!("{cause:?}"), &cause.fact(), &key)).collect()
    });
}

/// The texts around the body, with the separator `.` alone. An input is the number of atoms, the method, the URL and the headers.
#[test]
fn frames() {
    check("frames.txt", |cause, input| {
        let input = String::from_utf8_lossy(input).into_owned();
        let mut parts = input.split(" | ");
        let (scheme, count) = parts.next().unwrap().split_once(' ').unwrap();
        let (scheme, count): (_, usize) = (scheme_of(scheme), count.parse().unwrap());
        let line = parts.next().unwrap();
        let headers: Vec<(&str, &str)> = parts.filter_map(|header| header.split_once(": ")).collect();
        let headers = headers.iter().map(|(name, value)| Header { name, value: value.as_bytes() }).collect();
        let request = Request::new(&scheme, headers, line.split_once(' '), b"");
        let evidence = Evidence::new(&request, b"");
        let rooms = rooms(&evidence);
        let made =
            of(cause, TextCause::NAMES, TextCause::experiments()).filter_map(|experiment| match experiment {
                TextExperiment::Framed(make) => Some(make(&rooms[count])),
                TextExperiment::Content(_) | TextExperiment::Suspected(_) => None,
            });
        let made: Vec<_> = made.flatten().collect();
        let written = made.iter().map(|(cause, frame)| {
            let template = match cause {
                TextCause::Stamped { template } | TextCause::Requested { template } => template,
                _ => "",
            };
            let text = [frame.before.as_slice(), b"[body]", &frame.after].concat();
            (template, format!("{template} {}", escaped(&text)))
        });
        let is_dotted = |template: &str| template.matches("}.{").count() + 1 == template.matches('{').count();
        let dotted = written.filter(|(template, _)| !template.starts_with('{') || is_dotted(template));
        std::iter::once(format!("{} in all", made.len())).chain(dotted.map(|(_, line)| line)).collect()
    });
}

/// The tags in a header, each with its spelling and its causes. The scheme stands in front of the header.
#[test]
fn headers() {
    check("headers.txt", |scheme, input| {
        let scheme = scheme_of(scheme);
        let (name, value) = halves(input, b": ");
        let request = match (name, std::str::from_utf8(value)) {
            (b"body", _) => Request::new(&scheme, Vec::new(), None, value),
            (b"url", Ok(url)) => Request::new(&scheme, Vec::new(), Some(("POST", url)), b""),
            (name, _) => {
                let header = Header { name: std::str::from_utf8(name).unwrap(), value };
                Request::new(&scheme, vec![header], None, &[])
            }
        };
        let written = |signature: &Signature<'_>| {
            let causes: Vec<&str> = signature.causes.iter().map(HeaderCause::as_str).collect();
            format!("{} {:?} {}", escaped(&signature.tag), signature.spelling, causes.join(" "))
        };
        request.signatures.iter().map(written).collect()
    });
}

/// Two changes of a body: their number, the bytes of all these bodies, and the first ones.
#[test]
fn twice() {
    check("twice.txt", |_, body| {
        let request = Request::new(&SCHEME, Vec::new(), None, &[]);
        let evidence = Evidence::new(&request, body);
        let made: Vec<_> = rewritten_twice(&evidence).collect();
        let bytes: usize = made.iter().map(|(_, body)| body.len()).sum();
        let written = made.iter().take(MOST - 1).map(|(causes, body)| {
            let causes: Vec<&str> = causes.iter().map(BodyCause::as_str).collect();
            format!("{} {}", causes.join(" "), escaped(body))
        });
        std::iter::once(format!("{} with {bytes} bytes", made.len())).chain(written).collect()
    });
}

fn scheme_of(name: &str) -> Scheme {
    match name {
        "hex" => SCHEME,
        "sha256=" => Scheme::sha256("x-signature"),
        "base64" => Scheme::base64("x-signature"),
        "stripe" => Stripe::SCHEME,
        "svix" => Svix::SCHEME,
        "linear" => Linear::SCHEME,
        "base64url" => Scheme::base64url("x-signature"),
        "sha512" => SCHEME.algorithm(Algorithm::HmacSha512),
        "hex key" => SCHEME.key(KeyEncoding::Hex { strip: "" }),
        "whsec key" => SCHEME.key(KeyEncoding::Base64 { strip: "whsec_" }),
        "millis" => SCHEME.timestamp(Timestamp::header("x-time").millis()).signed(&[
            Part::Timestamp,
            Part::Text("."),
            Part::Body,
        ]),
        other => panic!("no scheme {other}"),
    }
}

/// Whole diagnoses: of the seconds since the deliveries were signed, the secrets, the body and the headers. Python's `hmac` made the tags.
#[test]
fn diagnoses() {
    check("diagnoses.txt", |scheme, input| {
        let input = String::from_utf8_lossy(input).into_owned();
        let mut parts = input.split(" | ");
        let mut next = || parts.next().unwrap();
        let (seconds, secrets, body): (i64, _, _) = (next().parse().unwrap(), next(), next());
        let headers: Vec<(&str, &str)> = parts.filter_map(|header| header.split_once(": ")).collect();
        let now =
            SystemTime::UNIX_EPOCH + Duration::from_secs(1_768_480_200_u64.saturating_add_signed(seconds));
        let secrets = secrets.split(' ').map(|secret| SecretBytes::new(secret).unwrap());
        let diagnosis = Diagnose::new(&scheme_of(scheme), secrets).at(now).run(&headers, body.as_bytes());
        diagnosis.to_string().lines().map(str::to_owned).collect()
    });
}

/// The outcomes of an experiment that only looks.
fn held<'e, C: 'e>(looks: Outcomes<'e, C, ()>) -> Outcomes<'e, C, Bytes<'e>> {
    Box::new(looks.map(|(cause, ())| (cause, Bytes::Borrowed(b"holds"))))
}

/// An outcome in a line. The fact of the cause is in it if it is not always the same.
fn outcome(cause: &str, fact: &str, text: &[u8]) -> String {
    if cause.contains('{') { format!("({fact}) {}", escaped(text)) } else { escaped(text) }
}

/// Compares the outcomes of a list with those that `make` makes of each input. A line without a mark names the experiment.
fn check(name: &str, make: impl Fn(&str, &[u8]) -> Vec<String>) {
    let path = format!("{}/src/tests/{name}", env!("CARGO_MANIFEST_DIR"));
    let listed = std::fs::read_to_string(&path).unwrap();
    let (mut made, mut cause) = (String::new(), "");
    for line in listed.lines().filter(|line| !line.starts_with('>')) {
        made.push_str(&format!("{line}\n"));
        match line.strip_prefix("< ") {
            Some(input) => {
                let outcomes = make(cause, &unescaped(input));
                outcomes.iter().take(MOST).for_each(|outcome| made.push_str(&format!("> {outcome}\n")));
                if outcomes.len() > MOST {
                    made.push_str(&format!("> {} in all\n", outcomes.len()));
                }
            }
            None => cause = line,
        }
    }
    if std::env::var_os("WRITE_LISTS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    for (number, (made, listed)) in (1..).zip(made.lines().zip(listed.lines())) {
        assert_eq!(made, listed, "line {number} of {name}");
    }
    assert_eq!(made.len(), listed.len(), "{name}");
}

/// The experiments of one cause.
fn of<E>(cause: &str, names: &[&str], experiments: impl Iterator<Item = E>) -> impl Iterator<Item = E> {
    assert!(names.contains(&cause), "no cause {cause}");
    names.iter().zip(experiments).filter(move |(name, _)| **name == cause).map(|(_, experiment)| experiment)
}

fn halves<'t>(text: &'t [u8], between: &[u8]) -> (&'t [u8], &'t [u8]) {
    let place = text.windows(between.len()).position(|window| window == between).unwrap();
    let (first, second) = text.split_at(place);
    (first, &second[between.len()..])
}

/// Bytes in a line: backslashes, control characters and bytes that are no UTF-8 as `\xhh`.
fn escaped(bytes: &[u8]) -> String {
    let hex = |byte: u8| format!("\\x{byte:02x}");
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '\n' => out.push_str("\\n"),
                '\\' => out.push_str("\\\\"),
                _ if letter.is_control() || letter == '\u{feff}' => {
                    letter.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| out.push_str(&hex(byte)));
                }
                _ => out.push(letter),
            }
        }
        chunk.invalid().iter().for_each(|byte| out.push_str(&hex(*byte)));
    }
    if bytes.len() <= 400 {
        return out;
    }
    let letters: Vec<char> = out.chars().collect();
    let text = |letters: &[char]| letters.iter().collect::<String>();
    let (first, last) =
        (text(letters.first_chunk::<100>().unwrap()), text(letters.last_chunk::<40>().unwrap()));
    format!("{first}…{last} ({} bytes)", bytes.len())
}

/// Bytes of a line. `\*3(ab)` is `ababab`.
fn unescaped(line: &str) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), line.bytes());
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'\\' => match rest.next().unwrap() {
                b'n' => b'\n',
                b'*' => {
                    let repeated: Vec<u8> = rest.by_ref().take_while(|byte| *byte != b')').collect();
                    let (times, text) = halves(&repeated, b"(");
                    let (times, text) =
                        (std::str::from_utf8(times).unwrap(), std::str::from_utf8(text).unwrap());
                    out.extend(unescaped(text).repeat(times.parse().unwrap()));
                    continue;
                }
                b'x' => hex_byte(&mut rest).unwrap(),
                other => other,
            },
            _ => byte,
        });
    }
    out
}
