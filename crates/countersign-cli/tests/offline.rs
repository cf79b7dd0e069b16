//! Commands without an endpoint: verify, sign, diagnose, providers and completions. More of them are in `tests/sessions`.
#![allow(
    clippy::too_many_lines,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    missing_docs,
    unreachable_pub,
    reason = "a test may fail loudly, in its helpers too"
)]

mod support;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;

use countersign::testing::PROVIDERS;
use serde_json::Value;
use support::{SECRET, Scratch, countersign, error, piped, text};

const BODY: &[u8] = br#"{"id":"evt_1","type":"user.deleted","created_at":"2026-01-15T12:30:00Z","data":{}}"#;

const NODE: &str = "const c=require('crypto'),fs=require('fs');const [key,body]=process.argv.slice(1).map(f=>fs.readFileSync(f));process.stdout.write(c.createHmac('sha256',key).update(body).digest('hex'))";
const PYTHON: &str = "import hmac,sys;key,body=(open(f,'rb').read() for f in sys.argv[1:]);print(hmac.new(key,body,'sha256').hexdigest(),end='')";

/// The tag of another implementation.
fn tag(language: &str, secret: &Path, body: &Path) -> String {
    let mut command = match language {
        "node" => Command::new("node"),
        _ => Command::new("python3"),
    };
    let (flag, code) = if language == "node" { ("-e", NODE) } else { ("-c", PYTHON) };
    text(&command.args([flag, code]).args([secret, body]).output().unwrap())
}

fn secrets_and_bodies() -> Vec<(Vec<u8>, Vec<u8>)> {
    let all: Vec<u8> = (0..=255).collect();
    // A secret in a file must not end in white space. The secret of all bytes begins with NUL and ends in 0xff.
    vec![
        (SECRET.into(), BODY.to_vec()),
        (all.clone(), all.repeat(3)),
        (b"\xff\x00k".to_vec(), Vec::new()),
        (SECRET.into(), vec![b'\n'; 100_000]),
    ]
}

#[test]
fn sign_makes_the_signatures_of_node_and_python() {
    let scratch = Scratch::new("sign");
    for (secret, body) in secrets_and_bodies() {
        let (secret, body) = (scratch.file("secret", secret), scratch.file("body", body));
        // The catalogue has a test of its own.
        for provider in PROVIDERS.iter().filter(|provider| provider.docs.is_none()) {
            let prefix = provider.scheme.tag_prefix();
            let mut sign = countersign(["sign", "--provider", provider.name, "--value", "--secret-file"]);
            let value = text(&sign.arg(&secret).arg(&body).output().unwrap());
            for language in ["node", "python"] {
                assert_eq!(value, format!("{prefix}{}\n", tag(language, &secret, &body)));
            }
        }
    }
}

#[test]
fn signatures_of_node_and_python_are_valid() {
    let scratch = Scratch::new("verify");
    for (secret, body) in secrets_and_bodies() {
        let (secret, body) = (scratch.file("secret", secret), scratch.file("body", body));
        for language in ["node", "python"] {
            let value = format!("sha256={}", tag(language, &secret, &body));
            let mut verify =
                countersign(["verify", "--provider", "workspace", "--signature", &value, "--secret-file"]);
            let output = verify.arg(&secret).arg(&body).output().unwrap();
            assert_eq!(
                (output.status.code(), text(&output)),
                (Some(0), "valid: signed with secret\n".to_owned())
            );
        }
    }
}

fn value(provider: &str, body: &[u8]) -> String {
    text(&piped(countersign(["sign", "--provider", provider, "--secret-env", "S", "--value"]), body))
        .trim()
        .to_owned()
}

#[test]
fn a_captured_request_is_verified() {
    let scratch = Scratch::new("request");
    let signature = value("hook", BODY);
    let head = format!("POST /x HTTP/1.1\r\nHost: a\r\nX-Webhook-Signature: {signature}\r\n");
    let mut chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n5;x=y\r\n").into_bytes();
    chunked.extend_from_slice(&BODY[..5]);
    chunked.extend_from_slice(format!("\r\n{:X}\r\n", BODY.len() - 5).as_bytes());
    chunked.extend_from_slice(&BODY[5..]);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    let whole = [format!("{head}Content-Length: {}\r\n\r\n", BODY.len()).as_bytes(), BODY].concat();
    let cases = [
        ("whole", whole.clone(), 0),
        (
            "lines of an editor",
            String::from_utf8(whole.clone()).unwrap().replace("\r\n", "\n").into_bytes(),
            0,
        ),
        ("chunked", chunked, 0),
        (
            "a sign before the length of a chunk",
            [
                format!("{head}Transfer-Encoding: chunked\r\n\r\n+{:x}\r\n", BODY.len()).as_bytes(),
                BODY,
                b"\r\n0\r\n\r\n",
            ]
            .concat(),
            1,
        ),
        ("an extra newline", [whole.as_slice(), b"\n"].concat(), 1),
        ("twice", [format!("{head}X-Webhook-Signature: {signature}\r\n\r\n").as_bytes(), BODY].concat(), 1),
        ("encoded", [format!("{head}Content-Encoding: gzip\r\n\r\n").as_bytes(), BODY].concat(), 1),
        ("cut", whole[..whole.len() - 1].to_vec(), 1),
        ("no empty line", head.clone().into_bytes(), 1),
        ("no HTTP", b"{}\r\n\r\n".to_vec(), 2),
        ("empty", Vec::new(), 2),
    ];
    for (name, raw, code) in cases {
        let file = scratch.file("request", raw);
        let mut verify = countersign(["verify", "--provider", "hook", "--secret-env", "S", "--request"]);
        let output = verify.arg(file).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{name}: {}{}", text(&output), error(&output));
    }
}

/// Runs the command that `sign --curl` prints in a shell. Returns a line for each argument of curl, and then the body.
fn ran_by_a_shell(more: &[&str], body: &[u8]) -> Vec<u8> {
    let sign = ["sign", "--secret-env", "S", "--curl", "http://127.0.0.1:1/?a='b'"];
    let command = text(&piped(countersign(sign.iter().chain(more)), body));
    let script = format!("curl() {{ printf '%s\\n' \"$@\"; cat; }}\n{command}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{script}");
    output.stdout
}

#[test]
fn every_argument_of_a_curl_command_is_quoted() {
    let header = "a'|touch|'b$`c";
    let provider = ["--header", header, "--format", "hex"];
    let value = value("hook", b"-n %s\\");
    assert_eq!(
        String::from_utf8(ran_by_a_shell(&provider, b"-n %s\\")).unwrap(),
        format!(
            "--globoff\n--header\ncontent-type: application/json\n--header\n{header}: {value}\n--data-binary\n@-\nhttp://127.0.0.1:1/?a='b'\n-n %s\\"
        )
    );
    for body in [b"--".as_slice(), b"-1", b"%d\n'\"", b"\x00\x007"] {
        assert!(ran_by_a_shell(&provider, body).ends_with(&[b"\n", body].concat()), "{body:?}");
    }
    let scratch = Scratch::new("quoted");
    let mut sign =
        countersign(["sign", "--provider", "hook", "--secret-env", "S", "--curl", "http://127.0.0.1:1/"]);
    let output = sign.arg(scratch.file("red \x1b[31m", "{}")).output().unwrap();
    assert_eq!(
        (output.status.code(), error(&output).as_str()),
        (Some(2), "error: the file's name is not plain text; pass the body on standard input instead\n")
    );
}

#[test]
fn diagnose_refuses_the_secrets_that_verify_refuses() {
    let scratch = Scratch::new("refused");
    let signature = value("massu", b"{}");
    let refused = |command: &str, flag: &str, secret: &OsStr, variable: Option<&OsStr>| {
        let mut command = countersign([command, "--provider", "massu", "--signature", &signature, flag]);
        command.arg(secret).env_remove("REFUSED").envs(variable.map(|value| ("REFUSED", value)));
        let output = piped(command, b"{}");
        (output.status.code(), error(&output))
    };
    let same = |flag: &str, secret: &OsStr, variable: Option<&OsStr>| {
        let verdict = refused("verify", flag, secret, variable);
        assert_eq!(refused("diagnose", flag, secret, variable), verdict, "{variable:?}");
        verdict
    };
    let large = [b'a'; 64 * 1024 + 1];
    let contents = [
        b"".as_slice(),
        b"\n",
        b" ",
        b" s",
        b"s\n\n",
        b"\0",
        b"whsec_",
        b"v1,whsec_",
        b"${NAME}",
        b"\xe2\x80\x8b",
        b"\xef\xbb\xbfs",
        b"\xff\xfes\0",
        b"\xfe\xff\0s",
        b"\xff ",
        &large,
    ];
    for content in contents {
        let file = scratch.file("secret", content);
        let (code, message) = same("--secret-file", file.as_os_str(), None);
        assert!(code == Some(2) && message.starts_with("error: "), "{content:?}: {message}");
        // A variable cannot contain a zero byte.
        if !content.contains(&0) {
            let (code, message) =
                same("--secret-env", OsStr::new("REFUSED"), Some(OsStr::from_bytes(content)));
            assert!(code == Some(2) && message.starts_with("error: REFUSED"), "{content:?}: {message}");
        }
    }
    assert_eq!(same("--secret-env", OsStr::new("REFUSED"), None).0, Some(2));
    assert_eq!(same("--secret-file", scratch.path().as_os_str(), None).0, Some(2));
    assert_eq!(same("--secret-file", scratch.path().join("missing").as_os_str(), None).0, Some(2));
    let file = scratch.file("secret", [b'a'; 64 * 1024]);
    assert_eq!(same("--secret-file", file.as_os_str(), None), (Some(1), String::new()));
}

#[test]
fn a_secret_that_its_provider_encodes_is_decoded_or_refused() {
    let scratch = Scratch::new("encoded");
    let value = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let refused = |command: &str, file: &Path| {
        let mut command = countersign([command, "--provider", "svix", "--signature", value, "--secret-file"]);
        let output = piped(
            {
                command.arg(file);
                command
            },
            b"{}",
        );
        (output.status.code(), error(&output))
    };
    for (content, fault) in [
        (
            b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".as_slice(),
            "secret: secret does not begin with 'whsec_', as the secrets of this provider do\n",
        ),
        (
            b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
            "secret: secret is not base64 with padding after its prefix\n",
        ),
        (b"whsec_\xff\xff", "secret: secret is not base64 with padding after its prefix\n"),
    ] {
        let file = scratch.file("secret", content);
        for command in ["verify", "diagnose"] {
            assert_eq!(refused(command, &file), (Some(2), format!("error: {fault}")), "{command}");
        }
    }
    let file = scratch.file("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
    assert_eq!(refused("verify", &file), (Some(1), String::new()));
}

#[test]
fn a_secret_can_come_through_a_pipe() {
    let scratch = Scratch::new("pipe");
    let body = scratch.file("body", "{}");
    let run = |command: &[&str]| {
        let mut command = countersign(command);
        command.args(["--provider", "massu", "--secret-file", "/dev/stdin"]).arg(&body);
        text(&piped(command, SECRET.as_bytes())).trim().to_owned()
    };
    let signature = run(&["sign", "--value"]);
    assert_eq!(signature, value("massu", b"{}"));
    assert_eq!(run(&["diagnose", "--signature", &signature]), "the signature matches");
}

#[test]
fn a_pipeline_verifies_what_it_signs() {
    let script = r#"printf %s "$BODY" | "$0" verify --provider muchaw --secret-env S --signature "$(printf %s "$BODY" | "$0" sign --provider muchaw --secret-env S --value)""#;
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_countersign")]).env("S", SECRET);
    let output = command.env("BODY", r#"{"event":"message.read","data":{}}"#).output().unwrap();
    assert_eq!(text(&output), "valid: message.read, signed with S\n");
    // The output is no terminal, so it has no colours.
    assert!(!output.stdout.contains(&0x1b));
}

#[test]
fn an_event_type_with_a_line_break_is_refused() {
    let send = ["send", "http://127.0.0.1:1", "--provider", "massu", "--secret-env", "S", "--event"];
    let output = countersign(send.iter().chain(&["a\r\nb: c"])).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        error(&output),
        "error: an event type has no control characters; see 'countersign providers NAME'\n"
    );
}

#[test]
fn every_built_in_provider_is_listed() {
    let names: Vec<&str> = PROVIDERS.iter().map(|provider| provider.name).collect();
    let list = text(&countersign(["providers"]).output().unwrap());
    let listed: Vec<&str> = list.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(listed, names);
    let json = countersign(["providers", "--json"]).output().unwrap();
    let json: Vec<Value> = serde_json::from_slice(&json.stdout).unwrap();
    let listed: Vec<&str> = json.iter().map(|provider| provider["name"].as_str().unwrap()).collect();
    assert_eq!(listed, names);
    for name in names {
        let description = text(&countersign(["providers", name]).output().unwrap());
        assert!(description.starts_with(&format!("name        {name}\n")), "{description}");
    }
}

#[test]
fn shells_complete() {
    for (shell, sign) in [
        ("bash", "complete -F _countersign"),
        ("zsh", "#compdef countersign"),
        ("fish", "complete -c countersign"),
    ] {
        let script = text(&countersign(["completions", shell]).output().unwrap());
        assert!(script.contains(sign), "{shell}");
        assert!(
            script.contains("probe")
                && script.contains("standard-webhooks")
                && script.contains("timestamp-header")
        );
    }
}
