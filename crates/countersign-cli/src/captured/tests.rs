use super::*;

const BODY: &str = r#"{"a":"> b"}"#;

/// The request as text, and its notes.
fn seen(raw: &[u8], entry: Option<usize>) -> (String, Vec<String>) {
    match read(raw, None, entry) {
        Err(failure) => (failure.message().to_owned(), Vec::new()),
        Ok(Captured { request, notes, .. }) => {
            let headers = request.headers.iter().map(|(name, value)| {
                format!("{}: {}; ", name.to_lowercase(), String::from_utf8_lossy(value))
            });
            let body = String::from_utf8_lossy(&request.body);
            (format!("{} {} {}{body}", request.method, request.path, headers.collect::<String>()), notes)
        }
    }
}

/// The same request in each form. `BODY` is the body, and `"BODY"` is its text as JSON.
#[rustfmt::skip]
const FORMS: &[(&str, &str)] = &[
    ("raw", "POST /hook?a=b HTTP/1.1\r\nHost: h.test\r\nX-Sig: sha256=00\r\n\r\nBODY"),
    ("an editor's line ends", "\n\nPOST /hook?a=b HTTP/1.1\nHost: h.test\nX-Sig:  sha256=00 \n\nBODY"),
    ("a byte order mark", "\u{feff}POST /hook?a=b HTTP/1.1\nHost: h.test\nX-Sig: sha256=00\n\nBODY"),
    ("a header in two lines", "POST /hook?a=b HTTP/1.1\nHost: h.test\nX-Sig:\n  sha256=00\n\nBODY"),
    ("no version", "POST /hook?a=b\nHost: h.test\nX-Sig: sha256=00\n\nBODY"),
    ("HTTP/2 in a first line", "POST /hook?a=b HTTP/2\nhost: h.test\nx-sig: sha256=00\n\nBODY"),
    ("pseudo-headers", ":method: POST\n:path: /hook?a=b\n:scheme: https\n:authority: h.test\nx-sig: sha256=00\n\nBODY"),
    ("curl", "* Host h.test:443 was resolved.\n*   Trying 127.0.0.1:443...\n* [HTTP/2] [1] [:method: POST]\n* [HTTP/2] [1] [x-sig: sha256=00]\n\
              > POST /hook?a=b HTTP/2\r\n> Host: h.test\r\n> X-Sig: sha256=00\r\n> \r\n} [11 bytes data]\n\
              100    11    0     0  100    11      0     90 --:--:-- --:--:-- --:--:--    90\n* upload completely sent off: 11 bytes\nBODY"),
    ("curl in a session of a shell", "$ curl -v https://h.test/hook?a=b\n\n> POST /hook?a=b HTTP/1.1\n> Host: h.test\n> X-Sig: sha256=00\n>\nBODY"),
    ("a body behind curl's mark", "> POST /hook?a=b HTTP/1.1\n> Host: h.test\n> X-Sig: sha256=00\n> \n> BODY"),
    ("a body behind a tool's block", "[  0.012] send HEADERS frame <length=80>\n          :method: POST\n          :path: /hook?a=b\n          :authority: h.test\n          x-sig: sha256=00\n[  0.013] send DATA frame <length=11>\n          ; END_STREAM\n\nBODY"),
    ("curl's lines of HTTP/2", "* [HTTP/2] [1] [:method: POST]\n* [HTTP/2] [1] [:path: /hook?a=b]\n* [HTTP/2] [1] [:authority: h.test]\n* [HTTP/2] [1] [x-sig: sha256=00]\n\nBODY"),
    ("a dump of headers and then the body", "{\":path\":\"/hook?a=b\",\"host\":\"h.test\",\"x-sig\":[\"sha256=00\"]}\nBODY"),
    ("an object of Node", "{\n  ':path': '/hook?a=b',\n  host: 'h.test',\n  'x-sig': 'sha256=00'\n}\nBODY"),
    ("an object of Node with a list", "[Object: null prototype] { ':path': \"/hook?a=b\", host: 'h.test', 'x-sig': [ 'sha256=00' ] }\nBODY"),
    ("a dict of Python", "{':path': '/hook?a=b', 'Host': 'h.test', 'X-Sig': 'sha256=00'}\nBODY"),
    ("a dict of Python and bytes", "{':path': '/hook?a=b', 'Host': 'h.test', 'X-Sig': 'sha256=00'}\nb'BODY'"),
    ("the headers of Flask", "EnvironHeaders([(':path', '/hook?a=b'), ('Host', 'h.test'), ('X-Sig', 'sha256=00')])\nBODY"),
    ("the headers of ASGI", "[(b':path', b'/hook?a=b'), (b'host', b'h.test'), (b'x-sig', b'sha256=00')]\nBODY"),
    ("the headers of Starlette", "Headers({':path': '/hook?a=b', 'host': 'h.test', 'x-sig': 'sha256=00'})\nBODY"),
    ("a hash of Ruby", "{\":path\"=>\"/hook?a=b\", \"host\"=>\"h.test\", \"x-sig\"=>\"sha256=00\"}\nBODY"),
    ("print_r of PHP", "Array\n(\n    [:path] => /hook?a=b\n    [Host] => h.test\n    [X-Sig] => sha256=00\n)\nBODY"),
    ("var_dump of PHP", "array(3) {\n  [\":path\"]=>\n  string(9) \"/hook?a=b\"\n  [\"Host\"]=>\n  string(6) \"h.test\"\n  [\"X-Sig\"]=>\n  string(9) \"sha256=00\"\n}\nBODY"),
    ("a header of Go", "http.Header{\":path\":[]string{\"/hook?a=b\"}, \"Host\":[]string{\"h.test\"}, \"X-Sig\":[]string{\"sha256=00\"}}\nBODY"),
    ("a map of Java", "{:path=[/hook?a=b], host=[h.test], x-sig=[sha256=00]}\nBODY"),
    ("a map of Node", "Map(3) {\n  ':path' => '/hook?a=b',\n  'host' => 'h.test',\n  'x-sig' => 'sha256=00'\n}\nBODY"),
    ("a label and a buffer of Node", "headers: {\n  ':path': '/hook?a=b',\n  host: 'h.test',\n  'x-sig': 'sha256=00'\n}\nbody: <Buffer 7b 22 61 22 3a 22 3e 20 62 22 7d>\n"),
    ("a call of fetch", "fetch(\"/\", {\"headers\": {\":path\": \"/hook?a=b\", \"host\": \"h.test\", \"x-sig\": \"sha256=00\"},\n  \"body\": \"BODY\",\n  \"method\": \"POST\"})"),
    ("a log", "2026-01-10T10:00:00Z web.1: POST /hook?a=b HTTP/1.1\n2026-01-10T10:00:01Z web.1: Host: h.test\n2026-01-10T10:00:01Z web.1: X-Sig: sha256=00\n2026-01-10T10:00:01Z web.1:\n2026-01-10T10:00:01Z web.1: BODY"),
    ("a trace of curl", "== Info:   Trying 127.0.0.1:80...\n=> Send header, 56 bytes (0x38)\n0000: POST /hook?a=b HTTP/1.1\n0019: Host: h.test\n0027: X-Sig: sha2\n0032: 56=00\n0039: \n=> Send data, 11 bytes (0xb)\n0000: BODY\n<= Recv header, 24 bytes (0x18)\n0000: HTTP/1.1 401\n"),
    ("a command of curl", "$ curl -v -X POST '/hook?a=b' \\\n  -H 'Host: h.test' \\\n  -H 'X-Sig: sha256=00' --compressed \\\n  --data-raw 'BODY'\n* Trying\n"),
    ("a command of Windows", "curl \"/hook?a=b\" ^\n  -H \"Host: h.test\" ^\n  -H \"X-Sig: sha256=00\" ^\n  -d \"{\\\"a\\\":\\\"> b\\\"}\""),
    ("a command with a string of ANSI C", "curl --request POST --url '/hook?a=b' --header 'Host: h.test' --header=\"X-Sig: sha256=00\" --data-binary $'{\"a\":\"\\u003e b\"}'"),
    ("a tunnel", r#"{"requests":[{"request":{"method":"POST","headers":{},"raw":"UE9TVCAvaG9vaz9hPWIgSFRUUC8xLjENCkhvc3Q6IGgudGVzdA0KWC1TaWc6IHNoYTI1Nj0wMA0KDQp7ImEiOiI+IGIifQ=="}}]}"#),
    ("a list of a service", r#"{"data":[{"method":"POST","content":"BODY","headers":{"host":["h.test"],"x-sig":["sha256=00"]},"url":"/hook?a=b"}],"total":1}"#),
    ("a request in a log", r#"{"level":30,"req":{"method":"POST","url":"/hook?a=b","headers":{"host":"h.test","x-sig":"sha256=00"},"body":"BODY"},"msg":"x"}"#),
    ("a collection of Postman", r#"{"item":[{"request":{"method":"POST","header":[{"key":":path","value":"/hook?a=b"},{"key":"Host","value":"h.test"},{"key":"X-Sig","value":"sha256=00"}],"body":{"mode":"raw","raw":"BODY"}}}]}"#),
    ("HAR", r#"{"log":{"entries":[{"request":{"method":"GET","url":"https://h.test/","headers":[{"name":"a","value":"b"}]}},
              {"request":{"method":"POST","url":"https://h.test/hook?a=b","headers":[{"name":":authority","value":"h.test"},{"name":"X-Sig","value":"sha256=00"}],
               "postData":{"mimeType":"application/json","text":"BODY"}}}]}}"#),
    ("HAR in base64", r#"{"log":{"entries":[{"request":{"method":"POST","url":"https://h.test/hook?a=b","headers":[{"name":"Host","value":"h.test"},{"name":"X-Sig","value":"sha256=00"}],
               "postData":{"text":"eyJhIjoiPiBiIn0=","encoding":"base64"}}}]}}"#),
    ("a cloud function", r#"{"httpMethod":"POST","path":"/hook?a=b","headers":{"Host":"h.test","X-Sig":"sha256=00"},"body":"eyJhIjoiPiBiIn0=","isBase64Encoded":true}"#),
    ("Node's raw headers", r#"{"method":"POST","url":"/hook?a=b","rawHeaders":["Host","h.test","X-Sig","sha256=00"],"body":"BODY"}"#),
    ("Node's buffer", r#"{"method":"POST","url":"/hook?a=b","headers":[["Host","h.test"],["X-Sig","sha256=00"]],"body":{"type":"Buffer","data":[123,34,97,34,58,34,62,32,98,34,125]}}"#),
];

#[test]
fn each_form_is_the_same_request() {
    for (name, form) in FORMS {
        let raw = form.replace("\"BODY\"", &serde_json::to_string(BODY).unwrap()).replace("BODY", BODY);
        let expected = format!("POST /hook?a=b host: h.test; x-sig: sha256=00; {BODY}");
        assert_eq!(seen(raw.as_bytes(), None), (expected, vec![]), "{name}:\n{raw}");
    }
}

#[test]
fn tools_for_http2_print_heads_alone() {
    let expected = "POST /hook host: h.test; x-sig: sha256=00; ";
    let client = "[  0.010] Connected\nThe negotiated protocol: h2\n[  0.012] recv SETTINGS frame <length=30, flags=0x00, stream_id=0>\n          (niv=5)\n          [SETTINGS_MAX_CONCURRENT_STREAMS(0x03):100]\n[  0.012] send HEADERS frame <length=80, flags=0x24, stream_id=13>\n          ; END_HEADERS | PRIORITY\n          (padlen=0, dep_stream_id=11, weight=16, exclusive=0)\n          ; Open new stream\n          :method: POST\n          :path: /hook\n          :scheme: https\n          :authority: h.test\n          x-sig: sha256=00\n[  0.013] send DATA frame <length=11, flags=0x01, stream_id=13>\n          ; END_STREAM\n[  0.014] recv (stream_id=13) :status: 401\n[  0.014] recv (stream_id=13) server: x\n";
    let server = "[id=1] [  2.042] recv (stream_id=13) :method: POST\n[id=1] [  2.042] recv (stream_id=13) :path: /hook\n[id=1] [  2.042] recv (stream_id=13) :authority: h.test\n[id=1] [  2.042] recv (stream_id=13) x-sig: sha256=00\n[id=1] [  2.042] recv HEADERS frame <length=80, flags=0x24, stream_id=13>\n          ; END_HEADERS\n";
    for raw in [client, server] {
        assert_eq!(seen(raw.as_bytes(), None).0, expected, "{raw}");
    }
}

#[test]
fn a_capture_says_what_does_not_fit() {
    let head = "POST / HTTP/1.1\r\nX-Sig: 00\r\n";
    for (raw, body, note) in [
        ("Content-Length: 11\r\n\r\n{}", "{}", "the body has 2 bytes, but the Content-Length is 11"),
        ("Content-Length: 1\r\n\r\n{}", "{}", "the body has 2 bytes, but the Content-Length is 1"),
        ("Content-Length: 11\r\n\r\n", "", "the capture has no body, but the Content-Length is 11"),
        ("Content-Length: 11", "", "the capture has no body, but the Content-Length is 11"),
        ("Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}", "{}", "not HTTP/1: it has two lengths"),
        ("Transfer-Encoding: chunked\r\n\r\n{}", "{}", "the headers say 'Transfer-Encoding: chunked', but"),
        (
            "Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n",
            "+2\r\n{}\r\n0\r\n\r\n",
            "the headers say",
        ),
        ("Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nab", "{}", "2 bytes after the last chunk"),
        ("\r\n2\r\n{}\r\n0\r\n\r\n", "{}", "the body still has the chunks"),
        ("Content-Length: 2\r\n\r\n{}\n\n\nHTTP/1.1 401 Unauthorized\n\nno\n", "{}", "what follows the body"),
        ("\r\n{}\n```\n", "{}", "what follows the body"),
        ("no header\r\nA : b\r\n\r\n{}", "{}", "2 lines among the headers are no headers"),
    ] {
        let raw = format!("{head}{raw}");
        let captured = read(raw.as_bytes(), None, None).unwrap();
        assert_eq!(String::from_utf8_lossy(&captured.request.body), body, "{raw}");
        assert!(captured.notes[0].starts_with(note), "{raw}: {:?}", captured.notes);
    }
    let without_line = seen(b"Host: a\nX-Sig: 00\n\n{}", None);
    assert_eq!(
        without_line,
        ("POST / host: a; x-sig: 00; {}".to_owned(), vec!["the capture has no request line".to_owned()])
    );
    let parsed = seen(br#"{"headers":{"x-sig":"00"},"body":{"a": [1, 2.0]}}"#, None);
    assert_eq!(parsed.0, r#"POST / x-sig: 00; {"a":[1,2.0]}"#);
    assert!(parsed.1[0].starts_with("the body is parsed in this file"));
}

/// A body that looks like the end of a quotation, an answer, a log, a trace of curl, and the output of curl.
const DISGUISED: &str =
    "{\n```\nHTTP/1.1 200 OK\napp | POST /a HTTP/1.1\n=> Send header\n0000: a\n> POST /b HTTP/1.1\n}";

#[test]
fn a_body_whose_end_is_known_may_look_like_anything() {
    let json = serde_json::to_string(DISGUISED).unwrap();
    let length = DISGUISED.len();
    let chunks = format!("{length:x}\r\n{DISGUISED}\r\n0\r\n\r\n");
    for raw in [
        format!("POST / HTTP/1.1\nX-Sig: 00\nContent-Length: {length}\n\n{DISGUISED}"),
        format!(
            "POST / HTTP/1.1\nX-Sig: 00\nContent-Length: {length}\n\n{DISGUISED}\n\nHTTP/1.1 401 Unauthorized\n\nno"
        ),
        format!("POST / HTTP/1.1\nX-Sig: 00\nTransfer-Encoding: chunked\n\n{chunks}"),
        format!(r#"{{"headers":{{"x-sig":"00"}},"body":{json}}}"#),
        format!("{{'x-sig': '00'}}\nbody: {json}"),
        format!("{{'x-sig': '00', 'x-b': 'app | POST /a HTTP/1.1'}}\nbody: {json}"),
    ] {
        let captured = read(raw.as_bytes(), None, None).unwrap();
        assert_eq!(String::from_utf8_lossy(&captured.request.body), DISGUISED, "{raw}");
    }
    let own_file = read(b"POST / HTTP/1.1\nX-Sig: 00\n\n", Some(DISGUISED.into()), None).unwrap();
    assert_eq!(String::from_utf8_lossy(&own_file.request.body), DISGUISED);
}

#[test]
fn the_declared_length_says_what_the_line_end_behind_a_body_is() {
    for (end, length, body) in
        [("\n", 2, "{}"), ("\r\n", 2, "{}"), ("\r\n", 3, "{}\r"), ("\r\n", 4, "{}\r\n")]
    {
        let raw = format!("{{'x-sig': '00', 'content-length': '{length}'}}\n{{}}{end}");
        let captured = read(raw.as_bytes(), None, None).unwrap();
        assert_eq!(String::from_utf8_lossy(&captured.request.body), body, "{raw:?}");
    }
}

#[test]
fn an_answer_is_no_body() {
    for length in ["", "Content-Length: 0\n"] {
        let raw = format!("POST / HTTP/1.1\nX-Sig: 00\n{length}\nHTTP/1.1 401 Unauthorized\n\nno");
        assert_eq!(read(raw.as_bytes(), None, None).unwrap().request.body, b"", "{raw}");
    }
}

#[test]
fn objects_in_objects_take_no_more_time_and_memory_than_their_text() {
    let nested = |depth: usize| {
        let (open, close) = (r#"{"request":"#.repeat(depth), "}".repeat(depth));
        seen(format!(r#"{open}{{"headers":{{"x-sig":"00"}}}}{close}"#).as_bytes(), None).0
    };
    assert_eq!(nested(4), "POST / x-sig: 00; ");
    assert!(nested(100_000).starts_with("no request is in it"));
}

#[test]
fn a_name_with_many_values_makes_no_head_that_is_too_long() {
    for times in [1, 2] {
        let name = format!("x-{}", "y".repeat(HEAD_LIMIT / 2));
        let values = ["\"1\""; 2][..times].join(", ");
        for text in [
            format!(r#"{{"headers": {{"{name}": [{values}]}}, "body": ""}}"#),
            format!(r#"{{"headers": {{"{name}": [[{values}]]}}, "body": ""}}"#),
            format!(r#"http.Header{{"{name}":[]string{{{values}}}}}"#),
        ] {
            assert_eq!(read(text.as_bytes(), None, None).is_ok(), times == 1, "{times} of {}", text.len());
        }
    }
}

#[test]
fn a_capture_of_several_requests_needs_a_choice() {
    let two = "> POST /a HTTP/1.1\n> A: 1\n>\n< HTTP/1.1 401\n> POST /b HTTP/1.1\n> A: 2\n>\n";
    assert_eq!(seen(two.as_bytes(), None).0, "choose a request with --entry N:\n  1  POST /a\n  2  POST /b");
    assert_eq!(seen(two.as_bytes(), Some(2)).0, "POST /b a: 2; ");
    assert!(seen(two.as_bytes(), Some(3)).0.starts_with("choose a request"));
    assert!(seen(two.as_bytes(), Some(0)).0.starts_with("choose a request"));
    // Somebody has pasted the body where curl sent it.
    let pasted = "* a\n> POST / HTTP/1.1\n> Content-Length: 2\n>\n{}\n* b\n< HTTP/1.1 401\n<\n{ [5 bytes data]\nnope\n";
    assert_eq!(seen(pasted.as_bytes(), None), ("POST / content-length: 2; {}".to_owned(), vec![]));
    // A redirect turned the delivery into a GET.
    let redirected = "> POST /a HTTP/1.1\n> A: 1\n>\n< HTTP/1.1 301\n> GET /b HTTP/1.1\n> A: 2\n>\n";
    assert_eq!(seen(redirected.as_bytes(), None).0, "POST /a a: 1; ");
}

#[test]
fn the_whole_url_is_kept_if_it_is_known() {
    for (raw, target) in [
        (":method: POST\n:scheme: https\n:path: /a?b=%20\n:authority: h.test\n\n", "https://h.test/a?b=%20"),
        (":method: POST\n:path: /a\n\n", "/a"),
        ("POST http://h.test/a?b HTTP/1.1\nHost: h.test\n\n", "http://h.test/a?b"),
        (r#"{"url":"https://h.test/a","headers":{":path":"/a","x-sig":"0"}}"#, "https://h.test/a"),
        (r#"{"requests":[{"request":{"method":"POST","url":"/a","headers":{"x-sig":"0"}}}]}"#, "/a"),
        (r#"{"headers":{"x-sig":"0"}}"#, "/"),
    ] {
        let captured = read(raw.as_bytes(), None, None).unwrap();
        assert_eq!(captured.target, target);
        assert!(target.ends_with(&captured.request.path), "{raw}");
    }
}

#[test]
fn what_is_no_request_is_refused() {
    for raw in [
        "",
        "\n\n",
        "{}\r\n\r\n",
        r#"{"type":"x","data":{}}"#,
        "[]",
        "[1]",
        "hello",
        "{\"log\":{\"entries\":[]}}",
    ] {
        let (message, _) = seen(raw.as_bytes(), None);
        assert!(message.starts_with("no request is in it"), "{raw}: {message}");
    }
    let body = read(b"POST / HTTP/1.1\nContent-Length: 2\n\n", Some(b"{}".to_vec()), None).unwrap();
    assert_eq!((body.request.body, body.notes), (b"{}".to_vec(), vec![]));
}

#[test]
fn a_capture_may_end_or_change_anywhere() {
    for (name, form) in FORMS {
        for at in 0..form.len() {
            let mut raw = form.as_bytes().to_vec();
            raw[at] = raw[at].wrapping_add(u8::try_from(at % 251).unwrap());
            for raw in [&raw, &raw[..at]] {
                // Anything may come out, but nothing with more bytes than went in.
                if let Ok(captured) = read(raw, None, None) {
                    assert!(captured.request.body.len() <= raw.len(), "{name}, {at}");
                }
            }
        }
    }
}
