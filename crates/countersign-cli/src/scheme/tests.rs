use clap::{CommandFactory as _, Parser};

use super::*;

#[derive(Debug, Parser)]
struct Flags {
    #[command(flatten)]
    scheme: SchemeArgs,
}

fn scheme(flags: &[&str]) -> Result<Scheme, String> {
    let parsed = Flags::try_parse_from(["test", "--header", "X-A"].iter().chain(flags))
        .map_err(|error| error.to_string())?;
    match parsed.scheme.scheme() {
        Ok(scheme) => Ok(scheme.unwrap()),
        Err(Failure::Message(message)) => Err(message),
        Err(Failure::OutputClosed) => Err("closed".to_owned()),
    }
}

#[test]
fn the_flags_make_the_schemes_of_constants() {
    Flags::command().debug_assert();
    assert_eq!(scheme(&["--format", "sha256"]), Ok(Scheme::sha256("x-a")));
    assert_eq!(scheme(&["--format", "hex"]), Ok(Scheme::hex("x-a")));
    assert_eq!(
        scheme(&["--encoding", "base64url", "--algorithm", "sha1"]),
        Ok(Scheme::base64url("x-a").algorithm(Algorithm::HmacSha1))
    );
    let slack = Scheme::hex("x-a").prefix("v0=").timestamp(Timestamp::header("x-t")).signed(&[
        Part::Text("v0:"),
        Part::Timestamp,
        Part::Text(":"),
        Part::Body,
    ]);
    assert_eq!(
        scheme(&[
            "--encoding",
            "hex",
            "--prefix",
            "v0=",
            "--timestamp-header",
            "X-T",
            "--signed",
            "v0:{timestamp}:{body}"
        ]),
        Ok(slack)
    );
}

#[test]
fn the_flags_make_lists() {
    let stripe = Scheme::hex("x-a").list(b',', "v1=").timestamp(Timestamp::entry("t=").millis()).signed(&[
        Part::Timestamp,
        Part::Text("."),
        Part::Body,
    ]);
    let flags = [
        "--encoding",
        "hex",
        "--prefix",
        "v1=",
        "--list",
        ",",
        "--timestamp-entry",
        "t=",
        "--timestamp-unit",
        "ms",
        "--signed",
        "{timestamp}.{body}",
    ];
    assert_eq!(scheme(&flags), Ok(stripe));
    let standard = Scheme::base64("x-a")
        .list(b' ', "v1,")
        .key(KeyEncoding::Base64 { strip: "whsec_" })
        .timestamp(Timestamp::header("x-t"))
        .signed(&[Part::Id("x-i"), Part::Text("."), Part::Timestamp, Part::Text("."), Part::Body]);
    let flags = "--encoding base64 --prefix v1, --key-encoding base64 --strip whsec_ --timestamp-header x-t --id-header x-i --signed {id}.{timestamp}.{body} --list";
    let flags: Vec<&str> = flags.split(' ').chain([" "]).collect();
    assert_eq!(scheme(&flags), Ok(standard));
}

#[test]
fn the_flags_make_a_signed_time_in_the_body() {
    let linear = Scheme::hex("x-a").timestamp(Timestamp::body("sent.at").rfc3339());
    assert_eq!(
        scheme(&["--format", "hex", "--timestamp-body", "sent.at", "--timestamp-unit", "rfc3339"]),
        Ok(linear)
    );
    let tolerant = with_tolerance(linear, 60).unwrap();
    assert_eq!(tolerant.signed_time().unwrap().default_tolerance(), Duration::from_secs(60));
}

#[test]
fn a_mistake_is_told_in_the_words_of_the_flags() {
    let told = |flags: &[&str], words: &str| {
        let message = scheme(&[["--encoding", "hex"].as_slice(), flags].concat()).unwrap_err();
        assert!(message.contains(words), "{flags:?}: {message}");
        assert!(
            !message.contains("Part::") && !message.contains(".timestamp(") && !message.contains(".list("),
            "{message}"
        );
    };
    told(
        &["--signed", "{timestamp}.{body}"],
        "its source is unknown: add --timestamp-header, --timestamp-entry or --timestamp-body",
    );
    told(&["--timestamp-header", "x-t"], "the time is not signed: add {timestamp} to --signed");
    told(&["--timestamp-body", "t", "--timestamp-header", "x"], "cannot be used with");
    told(&["--timestamp-body", "t", "--signed", "{timestamp}{body}"], "remove {timestamp}");
    told(&["--timestamp-entry", "t=", "--signed", "{timestamp}.{body}"], "add --list");
    told(&["--signed", "v0:"], "the body is not signed: add {body} to --signed");
    told(&["--signed", "{body}{body}"], "keep one {body}");
    told(&["--signed", "{id}.{body}"], "add --id-header NAME");
    told(&["--id-header", "x-i"], "add {id} to --signed");
    told(&["--id-header", "x-i", "--signed", "{id}{body}"], "must follow the id");
    told(&["--id-header", "x-i", "--signed", "{id}.{id}.{body}"], "two ids are signed: keep one {id}");
    told(&["--signed", "{url}{body}"], "unknown place");
    told(&["--list", ","], "need a prefix");
    told(&["--list", ", "], "one character");
    told(&["--list", "a", "--prefix", "v1="], "use a comma");
    told(&["--strip", "whsec_"], "--key-encoding");
    told(&["--strip", "whsec_", "--key-encoding", "text"], "--strip needs an encoded key");
    told(&["--timestamp-unit", "ms"], "--timestamp-header");
    told(&["--format", "hex"], "cannot be used with");
    told(&["--prefix", &"v".repeat(33)], "at most 32 bytes");
    assert!(with_tolerance(Scheme::hex("x-a"), 60).is_err());
    assert!(with_tolerance(Scheme::hex("x-a").timestamp(Timestamp::body("t")), 86_401).is_err());
}

#[test]
fn the_words_of_a_scheme_are_the_flags() {
    let text = "a{{b}:{timestamp}.{id}.{body}}";
    let scheme = scheme(&[
        "--encoding",
        "base64",
        "--timestamp-header",
        "x-t",
        "--id-header",
        "x-i",
        "--signed",
        text,
    ])
    .unwrap();
    assert_eq!(signed_in_words(&scheme), text);
    assert_eq!(value_in_words(&scheme), "<44 characters of base64>");
    assert_eq!(value_in_words(&Scheme::base64url("x-a")), "<43 characters of base64url>");
    assert_eq!(key_in_words(&scheme), "the secret's text");
}

#[test]
fn a_whole_header_is_no_name() {
    let error = Flags::try_parse_from(["test", "--header", "X-A: b", "--format", "hex"]).unwrap_err();
    assert!(error.to_string().contains("another header is -H 'NAME: VALUE'"), "{error}");
}
