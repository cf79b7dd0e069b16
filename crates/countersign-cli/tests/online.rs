//! Commands with an endpoint: send, probe, listen, and the curl command of sign.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    missing_docs,
    unreachable_pub,
    reason = "a test may fail loudly, in its helpers too"
)]

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use axum::{Router, http::StatusCode, routing::post};
use countersign::{Hook, Mutx, Secret, Verified, Verifier, hook, mutx};
use serde_json::Value;
use support::{Receiver, SECRET, Scratch, countersign, error, piped, text, without_proxy};

fn send(url: &str, provider: &str, more: &[&str]) -> Output {
    countersign(["send", url, "--provider", provider, "--secret-env", "S"].iter().chain(more))
        .output()
        .unwrap()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

#[test]
fn the_receivers_of_the_documents_accept_deliveries() {
    for (file, provider, event) in [
        ("massu.mjs", "massu", "security.alert"),
        ("hook.mjs", "hook", "user.updated"),
        ("muchaw.mjs", "muchaw", "number.banned"),
        ("mutx.mjs", "mutx", "agent.status"),
        ("documented.py", "hook", "payment.failed"),
        ("documented.py", "mutx", "agent.crashed"),
        ("documented.py", "workspace", ""),
    ] {
        let receiver = Receiver::of(file, provider);
        let sample = send(&receiver.url, provider, &[]);
        assert_eq!(code(&sample), Some(0), "{file} {provider}: {}", text(&sample));
        assert!(text(&sample).starts_with("200 OK in "));
        if !event.is_empty() {
            assert_eq!(
                code(&send(
                    &receiver.url,
                    provider,
                    &["--event", event, "--data", "{\"a\":[1]}", "--repeat", "2"]
                )),
                Some(0)
            );
        }
        let forged = send(&receiver.url, provider, &["--forge", "other-secret", "--json"]);
        assert_eq!(code(&forged), Some(1));
        let answer: Value = serde_json::from_slice(&forged.stdout).unwrap();
        assert_eq!(answer["status"], 401);
    }
}

#[test]
fn a_whole_body_comes_with_an_event_type_in_a_header() {
    let scratch = Scratch::new("event-of-body");
    let body = scratch.file("body", "a=b");
    let mut listener = Receiver::start(countersign([
        "listen",
        "--provider",
        "github",
        "--secret-env",
        "S",
        "--port",
        "0",
        "--count",
        "1",
    ]));
    let sent = send(&listener.url, "github", &["--event", "push", "--body", body.to_str().unwrap()]);
    assert_eq!(code(&sent), Some(0), "{}", error(&sent));
    assert!(listener.line().contains(" valid: push, "));
}

#[test]
fn a_probe_ends_and_explains_if_the_genuine_delivery_is_refused() {
    let scratch = Scratch::new("stopped");
    let form = scratch.file("form", "a=b");
    let probe = |status: &str, more: &[&str]| {
        let answer = format!("HTTP/1.1 {status}\r\nLocation: https://a.test/\u{202e}\r\n\r\n").into_bytes();
        let url = endpoint(move |_| answer.clone());
        let command = ["probe", &url, "--provider", "github", "--secret-env", "S"];
        let output = countersign(command.iter().chain(more)).output().unwrap();
        assert_eq!((code(&output), error(&output).as_str()), (Some(1), ""));
        text(&output)
    };
    for (status, more, advice) in [
        ("401 No", [].as_slice(), "is it the secret or the scheme?"),
        ("404 No", &[], "is the path right?"),
        ("405 No", &[], "does this path take POST?"),
        ("307 Go", &[], "it redirects to https://a.test/\u{fffd};"),
        ("500 Oh", &[], "the endpoint fails at a genuine delivery"),
        ("502 Oh", &[], "does the service behind this proxy run?"),
        ("400 No", &[], "name an event that the endpoint takes"),
        ("400 No", &["--event", "push"], "give the payload that the endpoint takes"),
        ("400 No", &["--event", "push", "--data", "{}"], "is this event what the endpoint takes?"),
        ("422 No", &["--body", form.to_str().unwrap()], "is this body what the endpoint takes?"),
    ] {
        let said = probe(status, more);
        let line = format!("expected 2xx, got {}: a delivery as the provider makes it\n", &status[..3]);
        assert!(said.contains(&line) && said.contains(&format!("advice: {advice}")), "{status}: {said}");
        assert!(said.ends_with("an endpoint that takes nothing refuses every forgery\n"), "{said}");
    }
    let url = endpoint(|_| b"HTTP/1.1 404 No\r\n\r\n".to_vec());
    let output =
        countersign(["probe", &url, "--provider", "hook", "--secret-env", "S", "--json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["sent"], &report["right"]), (&1.into(), &0.into()));
    assert_eq!(report["stopped"], "is the path right?");
}

#[test]
fn a_probe_sends_any_body_and_any_header() {
    let scratch = Scratch::new("form");
    let body = scratch.file("form", "command=%2Fdeploy&text=now");
    let listen = ["listen", "--provider", "slack", "--secret-env", "S", "--port", "0", "--save"];
    let saved = scratch.path().join("saved");
    let listener = Receiver::start(countersign(listen.iter().chain(&[saved.to_str().unwrap()])));
    let mut probe =
        countersign(["probe", &listener.url, "--provider", "slack", "--secret-env", "S", "--body"]);
    probe.arg(&body).args(["-H", "Content-Type: application/x-www-form-urlencoded", "-H", "X-Team: a"]);
    let output = probe.output().unwrap();
    assert_eq!(code(&output), Some(0), "{}{}", text(&output), error(&output));
    let raw = std::fs::read_to_string(saved.join("0001.http")).unwrap();
    assert!(
        raw.contains("\r\nContent-Type: application/x-www-form-urlencoded\r\n")
            && raw.contains("\r\nX-Team: a\r\n")
    );
    assert!(
        !raw.contains("application/json") && raw.ends_with("\r\n\r\ncommand=%2Fdeploy&text=now"),
        "{raw}"
    );
}

#[test]
fn the_forgeries_are_listed() {
    // The list needs neither an endpoint nor a secret.
    let list = |more: &[&str]| {
        let output = countersign(["send", "--forge", "help"].iter().chain(more)).output().unwrap();
        assert_eq!(code(&output), Some(0), "{}", error(&output));
        text(&output)
    };
    assert!(
        list(&[])
            .contains("\nprefix-in-capitals     the prefix in capitals, as SHA256= instead of sha256=\n")
    );
    assert!(list(&["--provider", "svix"]).contains("\nkey-not-decoded        signed with the secret's text"));
    let listed: Value = serde_json::from_str(&list(&["--json"])).unwrap();
    assert_eq!(listed[0]["name"], "unsigned");
    // Nothing can listen on port 0.
    let output = send("http://127.0.0.1:0/", "hook", &["--forge", "none"]);
    assert_eq!(code(&output), Some(2));
    assert_eq!(error(&output), "error: no forgery 'none'; 'countersign send --forge help' lists them\n");
    let output = send("http://127.0.0.1:0/", "hook", &[]);
    assert_eq!(code(&output), Some(2));
    assert!(error(&output).contains("does the endpoint run, and is the URL right?"), "{}", error(&output));
}

/// A receiver that uses the library.
fn right() -> String {
    let secret = Secret::new(SECRET).unwrap();
    let hooks = Router::new()
        .route("/hook", post(|_: Verified<hook::Event>| async { StatusCode::NO_CONTENT }))
        .with_state(Verifier::<Hook>::new(secret.clone()).unwrap());
    let mutx = Router::new()
        .route("/mutx", post(|_: Verified<mutx::Event>| async { StatusCode::NO_CONTENT }))
        .with_state(Verifier::<Mutx>::new(secret).unwrap());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, hooks.merge(mutx)).await.unwrap();
        });
    });
    format!("http://{address}")
}

#[test]
fn a_probe_passes_on_a_correct_receiver() {
    let url = right();
    for provider in ["hook", "mutx"] {
        let output = countersign([
            "probe",
            &format!("{url}/{provider}"),
            "--provider",
            provider,
            "--secret-env",
            "S",
            "-v",
        ])
        .output()
        .unwrap();
        assert_eq!(code(&output), Some(0), "{}", text(&output));
        let lines = text(&output);
        let sent: usize = lines.split(' ').nth(1).unwrap().parse().unwrap();
        assert!(lines.ends_with(&format!("{sent} of {sent} right\n")));
        assert_eq!(
            lines.matches(": expected").count() + lines.matches(" expected ").count(),
            sent,
            "{lines}"
        );
        assert!(
            lines.contains("\n6 of 6   right  genuine deliveries\n6 of 6   right  unsigned requests\n"),
            "{lines}"
        );
    }
}

#[test]
fn a_probe_names_the_mistakes_of_a_broken_receiver() {
    let receiver = Receiver::of("broken.py", "");
    let output =
        countersign(["probe", &receiver.url, "--provider", "workspace", "--secret-env", "S", "--json"])
            .output()
            .unwrap();
    assert_eq!(code(&output), Some(1), "{}{}", text(&output), error(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let wrong = |expected: &str| -> Vec<&str> {
        let rows = report["rows"].as_array().unwrap().iter();
        rows.filter(|row| row["right"] == false && row["expected"] == expected)
            .map(|row| row["name"].as_str().unwrap())
            .collect()
    };
    // It accepts bare hex and the first of two headers. It hashes its own JSON of the body. It has no limit.
    let taken = wrong("4xx");
    for name in [
        "other-format",
        "signature-twice",
        "right-then-wrong",
        "body-with-newline",
        "body-with-space",
        "over-limit",
    ] {
        assert!(taken.contains(&name), "{name} is not among {taken:?}");
    }
    assert!(
        !taken.contains(&"unsigned")
            && !taken.contains(&"other-secret")
            && !taken.contains(&"wrong-then-right")
    );
    // It cannot read chunks. It compares the digits as text. It hashes its own JSON of the body.
    assert_eq!(wrong("2xx"), ["chunked", "digits-in-capitals", "beyond-ascii"]);
}

#[test]
fn a_probe_says_what_a_broken_receiver_does() {
    let receiver = Receiver::of("broken.py", "");
    let probe = ["probe", &receiver.url, "--provider", "workspace", "--secret-env", "S"];
    let lines = text(&countersign(probe).output().unwrap());
    for line in [
        "  other-format         expected 4xx, got 200: the right tag in the format of other providers",
        "  digits-in-capitals   expected 2xx, got 401: ",
        "the endpoint: it re-serialises the JSON: hash the bytes that came",
        "the endpoint: it does not read a body without a Content-Length\n",
        "the endpoint: it has no body limit",
    ] {
        assert!(lines.contains(line), "{line} is not in\n{lines}");
    }
    assert!(!lines.contains("critical"), "{lines}");
}

/// An endpoint that answers each connection by its number, and closes it.
fn endpoint(answer: impl Fn(usize) -> Vec<u8> + Send + 'static) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let _read = stream.read(&mut [0; 64 * 1024]).unwrap();
            // The client may have closed the connection.
            stream.write_all(&answer(number)).ok();
        }
    });
    url
}

#[test]
fn a_probe_tells_a_failure_from_a_refusal() {
    // It accepts the first request. Then it hangs up, redirects, fails and refuses in turn.
    let url = endpoint(|number| {
        let status = ["", "307 Go", "500 Oh", "403 No"][number % 4];
        let status = if number == 0 { "204 Yes" } else { status };
        if status.is_empty() { Vec::new() } else { format!("HTTP/1.1 {status}\r\n\r\n").into_bytes() }
    });
    let output = countersign(["probe", &url, "--provider", "hook", "--secret-env", "S"]).output().unwrap();
    assert_eq!(code(&output), Some(1));
    let lines = text(&output);
    for line in [
        "repeat               expected 2xx, got 307: ",
        "chunked              expected 2xx, got 500: ",
        "digits-in-capitals   expected 2xx, got 403: ",
        "beyond-ascii         expected 2xx, got no answer from http",
        "unsigned             expected 4xx, got 307: ",
        "empty-signature      expected 4xx, got 500: ",
    ] {
        assert!(lines.contains(line), "{line} is not in\n{lines}");
    }
}

#[test]
fn a_redirect_is_named() {
    let url = endpoint(|_| {
        b"HTTP/1.1 301 Moved\r\nLocation: https://a.test/hook\r\nContent-Length: 0\r\n\r\n".to_vec()
    });
    let output = send(&url, "hook", &[]);
    assert_eq!(code(&output), Some(1));
    assert!(
        text(&output).ends_with("\nit redirects to https://a.test/hook, and many providers do not follow\n")
    );
}

#[test]
fn an_endless_answer_is_an_error() {
    for head in [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
    ] {
        let url = endpoint(move |_| [head.as_bytes(), &b"a: b\r\n".repeat(2_000_000)].concat());
        let output = send(&url, "hook", &[]);
        assert_eq!(code(&output), Some(2), "{head}");
        assert!(error(&output).ends_with(": message is too large\n"), "{}", error(&output));
    }
}

#[test]
fn many_silent_connections_do_not_delay_a_delivery() {
    let mut listener = listen(&[]);
    // The system queues 128 connections for a slow program.
    let crowd: Vec<TcpStream> = (0..100).map(|_| connect(&listener)).collect();
    assert_eq!(code(&send(&listener.url, "massu", &[])), Some(0));
    assert!(listener.threads() < 300);
    drop(crowd);
    // On a slow machine, some silent connections may have timed out before.
    while !listener.line().contains(" valid: ") {}
}

fn connect(listener: &Receiver) -> TcpStream {
    let address = listener.url.strip_prefix("http://").unwrap().strip_suffix("/hook").unwrap();
    TcpStream::connect(address).unwrap()
}

/// Reads until the connection is closed. A reset is an error.
fn answer(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_refused_client_with_a_large_body_sees_the_answer() {
    let listener = listen(&[]);
    let body = vec![b'x'; 5_000_000];
    let head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len());
    let bytes = [head.as_bytes(), &body].concat();
    let ask = || -> std::io::Result<String> {
        let (mut stream, mut answer) = (connect(&listener), String::new());
        stream.write_all(&bytes)?;
        stream.read_to_string(&mut answer).map(|_| answer)
    };
    for _ in 0..5 {
        // A refused body is read for two seconds. A busy machine may need longer to send it.
        let answer = (0..10).find_map(|_| {
            let (begun, answer) = (Instant::now(), ask());
            (answer.is_ok() || begun.elapsed() < Duration::from_secs(2)).then_some(answer)
        });
        let is_413 = |answer: &str| answer.starts_with("HTTP/1.1 413 Content Too Large\r\n");
        assert!(matches!(&answer, Some(Ok(answer)) if is_413(answer)), "{answer:?}");
    }
}

#[test]
fn a_refusal_has_the_headers_of_a_service() {
    let listener = listen(&[]);
    let mut stream = connect(&listener);
    stream.write_all(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n").unwrap();
    assert_eq!(
        answer(stream),
        "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\nwww-authenticate: Signature\r\n\
         connection: close\r\ncontent-length: 29\r\n\r\n{\"error\":\"invalid signature\"}"
    );
}

#[test]
fn an_unsigned_body_is_not_searched() {
    let mut listener = listen(&["--json"]);
    // A large body with many characters that providers write in different ways. A search would run out of memory.
    let body = format!(r#"{{"a": "{}"}}"#, "é/<\\u00e9".repeat(80_000));
    let mut ask = |header: &str, body: &str| {
        let mut stream = connect(&listener);
        let length = body.len();
        write!(stream, "POST / HTTP/1.1\r\n{header}\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        assert!(answer(stream).starts_with("HTTP/1.1 401 "));
        serde_json::from_str::<Value>(&listener.line()).unwrap()["diagnosis"].take()
    };
    let unsigned = ask("X-Other: 1", &body);
    assert_eq!(unsigned["causes"][0]["name"], "header-missing", "{unsigned}");
    assert_eq!(unsigned["complete"], true, "{unsigned}");
    assert!(unsigned["suspicions"].is_null(), "{unsigned}");
    // The SHA-1 tag of this body in another provider's header. It is searched for.
    let elsewhere = ask("X-Hub-Signature: sha1=205d9b79bcc779bd36121006c1f235b76b2b43a2", "{}");
    assert_eq!(elsewhere["explained"], true, "{elsewhere}");
    // The right tag, in a header whose name does not say that it is one.
    let tag = "6cbbcdf2c8016ca85b50543b19e8e121ef16137967bdfa3ce660972922bafaeb";
    let hidden = ask(&format!("X-Digest: sha256={tag}"), "{}");
    assert_eq!(hidden["explained"], true, "{hidden}");
}

fn listen(more: &[&str]) -> Receiver {
    let args = ["listen", "--provider", "massu", "--secret-env", "S", "--port", "0"];
    Receiver::start(countersign(args.iter().chain(more)))
}

#[test]
fn a_delivery_is_received_saved_verified_and_sent_again() {
    let scratch = Scratch::new("listen");
    let directory = scratch.path().join("saved");
    let mut listener = listen(&["--save", directory.to_str().unwrap()]);
    assert!(listener.first_line.ends_with("for x-massu-signature-256; end with Ctrl-C\n"));
    assert_eq!(code(&send(&listener.url, "massu", &["--event", "security.alert"])), Some(0));
    let line = listener.line();
    assert!(
        line.contains(" POST /hook valid: security.alert, 20")
            && line.contains("signed with S, ")
            && line.contains("0001.http"),
        "{line}"
    );

    assert_eq!(code(&send(&listener.url, "massu", &["--forge", "body-with-newline"])), Some(1));
    assert!(listener.line().contains(" refused: x-massu-signature-256: signature does not match the body, "));
    assert_eq!(listener.line(), "  the body ends in a newline that was not signed\n");
    assert!(listener.line().starts_with("    repair: "));
    // The body has the length of its header, so it came as it was sent.
    assert_eq!(listener.line(), "    by: the provider, as the sender\n");

    let saved = directory.join("0001.http");
    let verify = countersign(
        ["verify", "--provider", "massu", "--secret-env", "S", "--request"]
            .map(Into::into)
            .iter()
            .chain([&saved.clone().into_os_string()]),
    )
    .output()
    .unwrap();
    assert_eq!(code(&verify), Some(0), "{}", text(&verify));
    let replay = countersign(["send", &listener.url, "--request", saved.to_str().unwrap()]).output().unwrap();
    assert_eq!(code(&replay), Some(0), "{}", error(&replay));
    assert!(listener.line().contains(" valid: security.alert"));
    let again = |name: &str| std::fs::read(directory.join(name)).unwrap();
    let body = |raw: &[u8]| raw.windows(4).position(|w| w == b"\r\n\r\n").map(|at| raw[at..].to_vec());
    assert_eq!(body(&again("0001.http")), body(&again("0003.http")));
}

#[test]
fn a_body_is_printed_and_its_limit_can_be_set() {
    let mut listener = listen(&["--body", "--limit", "2000000"]);
    let scratch = Scratch::new("body");
    let send = |body: &str| {
        let body = scratch.file("body", body);
        code(&send(&listener.url, "massu", &["--body", body.to_str().unwrap()]))
    };
    let at = r#""timestamp":"2026-01-15T12:30:00Z""#;
    let body = format!("{{\"type\":\"brand.new\",{at},\n\t\"data\":{{\"a\":\"\u{202e}\u{7f}\"}}}}");
    assert_eq!(send(&body), Some(0));
    let large = format!("{{\"type\":\"brand.new\",{at},\"data\":\"{}\"}}", "x".repeat(1_900_000));
    assert_eq!(send(&large), Some(0));
    assert_eq!(send(&"x".repeat(2_000_001)), Some(1));
    assert!(listener.line().contains(" POST /hook valid: brand.new, 2026-01-15T12:30:00Z, "));
    assert_eq!(listener.line(), "  the event type is none that the provider's documents name\n");
    assert_eq!(listener.line(), format!("  | {{\"type\":\"brand.new\",{at},\n"));
    assert_eq!(listener.line(), "  |     \"data\":{\"a\":\"\u{fffd}\u{fffd}\"}}\n");
    assert!(listener.line().contains(" valid: brand.new"));
    listener.line();
    assert_eq!(listener.line().len(), 16 * 1024 + 5);
    assert!(listener.line().ends_with(" bytes more\n"));
    assert_eq!(
        listener.line(),
        "broken: message is too large: over 2000000 bytes; --limit BYTES allows more\n"
    );
}

#[test]
fn every_byte_arrives_unchanged() {
    let all: Vec<u8> = (0..=255).collect();
    let scratch = Scratch::new("bytes");
    let (secret, body) = (scratch.file("secret", &all), scratch.file("body", all.repeat(300)));
    let [secret, body] = [secret.to_str().unwrap(), body.to_str().unwrap()];
    let provider = ["--header", "x-acme", "--format", "hex", "--secret-file", secret];
    let start = |more: &[&str]| {
        Receiver::start(countersign(["listen", "--port", "0", "--json"].iter().chain(&provider).chain(more)))
    };
    let mut last = start(&[]);
    let saved = scratch.path().join("saved");
    let mut first = start(&["--forward", &last.url, "--save", saved.to_str().unwrap()]);
    let output = countersign(["send", &first.url, "--body", body].iter().chain(&provider)).output().unwrap();
    assert_eq!(code(&output), Some(0), "{}{}", text(&output), error(&output));
    for line in [first.line(), last.line()] {
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&line["valid"], &line["bytes"], &line["status"], &line["secret"]),
            (&true.into(), &76800.into(), &204.into(), &"secret".into())
        );
    }
    assert!(std::fs::read(saved.join("0001.http")).unwrap().ends_with(&all.repeat(300)));
}

#[test]
fn the_answer_of_the_endpoint_is_returned() {
    let receiver = Receiver::of("hook.mjs", "hook");
    let args =
        ["listen", "--provider", "hook", "--secret-env", "S", "--port", "0", "--forward", &receiver.url];
    let mut listener = Receiver::start(countersign(args));
    let output = send(&listener.url, "hook", &[]);
    assert!(
        text(&output).starts_with("200 OK in ") && text(&output).ends_with("\nOK\n"),
        "{}",
        text(&output)
    );
    assert!(listener.line().contains(" valid: user.created, evt_"));
    let output = send(&listener.url, "hook", &["--forge", "unsigned"]);
    assert!(text(&output).ends_with("\nInvalid signature\n"));

    // Nothing can listen on port 0.
    let args = ["listen", "--provider", "hook", "--secret-env", "S", "--port", "0", "--forward"];
    let listener = Receiver::start(countersign(args.iter().chain(&["http://127.0.0.1:0/hook"])));
    assert!(text(&send(&listener.url, "hook", &[])).starts_with("502 Bad Gateway in "));
}

#[test]
fn a_shell_runs_the_curl_command_unchanged() {
    let scratch = Scratch::new("curl");
    let all: Vec<u8> = (0..=255).collect();
    let named = scratch.file("it's a body", &all);
    let mut listener = listen(&["--json"]);
    let url = format!("{}?a=b&c='d'%20[1]", listener.url).replace('\'', "%27");
    let sign = ["sign", "--provider", "massu", "--secret-env", "S", "--curl", &url];
    // The body is authentic, but no JSON.
    for command in [
        text(&piped(countersign(sign), &all)),
        text(&countersign(sign.iter().chain([&named.to_str().unwrap()])).output().unwrap()),
    ] {
        let ran =
            without_proxy("sh").args(["-c", &format!("{} --silent", command.trim_end())]).output().unwrap();
        assert_eq!(String::from_utf8(ran.stdout).unwrap(), r#"{"error":"malformed payload"}"#, "{command}");
        let line: Value = serde_json::from_str(&listener.line()).unwrap();
        assert_eq!((&line["bytes"], &line["diagnosis"]["valid"]), (&256.into(), &true.into()));
    }
}

#[test]
fn a_malformed_request_is_answered_and_printed() {
    let mut listener = listen(&["--count", "3"]);
    let mut ask = |raw: &[u8], answer: &str, noted: &str| {
        let mut stream = connect(&listener);
        stream.write_all(raw).unwrap();
        let mut got = Vec::new();
        stream.read_to_end(&mut got).unwrap();
        assert!(got.starts_with(answer.as_bytes()), "{}", String::from_utf8_lossy(&got));
        assert_eq!(listener.line(), noted);
    };
    ask(
        b"nonsense\r\n\r\n",
        "HTTP/1.1 400 ",
        "broken: not HTTP/1: its first line or a header is not well formed\n",
    );
    ask(
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        "HTTP/1.1 413 ",
        "broken: message is too large: over 1048576 bytes; --limit BYTES allows more\n",
    );
    ask(
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 400 ",
        "broken: not HTTP/1: its first line or a header is not well formed\n",
    );
    assert_eq!(listener.line(), "", "it ends after three");
}

/// An endpoint with a certificate of its own.
const TLS: &str = "
import http.server, ssl, sys
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers['content-length']))
        self.send_response(204)
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(('127.0.0.1', 0), Receiver)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
";

#[test]
fn https_needs_a_certificate_that_the_system_trusts() {
    let scratch = Scratch::new("tls");
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = scratch.file("certificate", made.cert.pem());
    let key = scratch.file("key", made.signing_key.serialize_pem());
    let mut command = Command::new("python3");
    command.args(["-c", TLS]).args([&certificate, &key]).stderr(std::process::Stdio::null());
    let receiver = Receiver::start(command);
    let url = receiver.url.replace("http://", "https://");
    let send = || countersign(["send", &url, "--provider", "mutx", "--secret-env", "S"]);
    let trusted = send().env("SSL_CERT_FILE", &certificate).output().unwrap();
    assert_eq!(code(&trusted), Some(0), "{}", error(&trusted));
    let stranger = send().env("SSL_CERT_FILE", scratch.file("none", "")).output().unwrap();
    assert_eq!(code(&stranger), Some(2));
    assert!(error(&stranger).contains("certificate"), "{}", error(&stranger));
}

/// A scheme by flags: a list with a signed time in milliseconds, a signed id, and a key in base64.
const FLAGS: &str = "--header X-Acme-Signature --encoding base64url --algorithm sha512 --list ; --prefix v1= --timestamp-header X-Acme-Time --timestamp-unit ms --id-header X-Acme-Id --key-encoding base64 --strip whsec_ --signed {id}.{timestamp}.{body}";

#[test]
fn a_probe_passes_on_listen_for_each_kind_of_scheme() {
    let built_in = [
        "meta", "shopify", "vercel", "paystack", "linear", "circleci", "stripe", "slack", "twitch", "box",
        "paddle", "sanity", "svix",
    ];
    let schemes =
        built_in.map(|name| vec!["--provider", name]).into_iter().chain([FLAGS.split(' ').collect()]);
    for scheme in schemes {
        let args = |first: &'static [&'static str]| {
            first.iter().copied().chain(scheme.clone()).chain(["--secret-env", "S"])
        };
        let mut listener = Receiver::start(countersign(args(&["listen", "--port", "0"])));
        let sent = countersign(args(&["send"]).chain([listener.url.as_str()])).output().unwrap();
        assert_eq!(code(&sent), Some(0), "{scheme:?}: {}{}", text(&sent), error(&sent));
        assert!(listener.line().contains(" valid: "), "{scheme:?}");
        let probed = countersign(args(&["probe", "--timeout", "600"]).chain([listener.url.as_str()]))
            .output()
            .unwrap();
        assert_eq!(code(&probed), Some(0), "{scheme:?}: {}{}", text(&probed), error(&probed));
    }
}

#[test]
fn an_event_is_sent_where_its_provider_has_it() {
    for (provider, event, data, line) in [
        ("github", "push", r#"{"ref":"x"}"#, " valid: push, signed with S, "),
        ("stripe", "charge.failed", "{}", " valid: charge.failed, evt_"),
        ("slack", "message", r#"{"text":"x"}"#, " valid: message, evt_"),
        ("svix", "user.created", "{}", " valid: user.created, msg_"),
        ("shopify", "orders/create", "{}", " valid: orders/create, signed with S, "),
    ] {
        let args = ["listen", "--provider", provider, "--secret-env", "S", "--port", "0", "--count", "2"];
        let mut listener = Receiver::start(countersign(args));
        let sent = send(&listener.url, provider, &["--event", event, "--data", data]);
        assert_eq!(code(&sent), Some(0), "{provider}: {}{}", text(&sent), error(&sent));
        let seen = listener.line();
        assert!(seen.contains(line), "{provider}: {seen}");
        // Nothing is known of a body without an event type but its signature.
        assert_eq!(code(&send(&listener.url, provider, &[])), Some(0), "{provider}");
        assert!(listener.line().contains(" valid: "), "{provider}");
    }
}

#[test]
fn a_delivery_that_was_signed_long_ago_is_refused_and_diagnosed() {
    let args = ["listen", "--provider", "stripe", "--secret-env", "S", "--port", "0"];
    let mut listener = Receiver::start(countersign(args));
    let sent = send(&listener.url, "stripe", &["--at", "2026-01-15T12:30:00Z"]);
    assert_eq!(code(&sent), Some(1));
    assert!(
        listener.line().contains(" refused: stripe-signature: signed time is older than the tolerance by ")
    );
    assert_eq!(listener.line(), "  the signature matches, but not its time\n");
    assert!(listener.line().starts_with("  the signed time is too old, by "));
}
