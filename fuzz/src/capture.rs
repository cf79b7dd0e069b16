//! The command's reader of captured requests.
//!
//! Input: a byte that picks a form of [`FORMS`], two bytes that choose the text around the request, and a request. If the first byte picks no
//! form, the rest is the capture itself, or pieces of one that are repeated.

mod forms;
mod objects;

use forms::{FORMS, Form};

use crate::command::source::captured;
use crate::http1::{HEAD_LIMIT, HeaderList, Request};
use crate::input::Input;

/// The longest capture that repeats a piece, in bytes. A reader that takes more time for each repetition would take very long.
const MOST: usize = 1 << 16;

/// The reader ends, and returns no more than the length of the capture allows. A request that is written in any form is read as it was.
pub fn run(input: &[u8]) {
    let mut input = Input::new(input);
    let form = usize::from(input.byte());
    match FORMS.get(form) {
        Some(form) => check_form(form, &mut input),
        None if form % 8 == 7 => check_any(&repeated(&mut input), None),
        None => check_any(input.rest(), [None, Some(1), Some(2)].get(form % 8).copied().flatten()),
    }
}

fn check_any(raw: &[u8], entry: Option<usize>) {
    match captured::read(raw, None, entry) {
        Ok(captured) => {
            // UTF-8 is up to one and a half times as long as UTF-16. A name with many values is repeated.
            let most = raw.len() * 3 / 2;
            let headers = captured.request.headers.iter().map(|(name, value)| name.len() + value.len());
            let (head, body) = (headers.sum::<usize>(), captured.request.body.len());
            assert!(head <= most.max(HEAD_LIMIT) && body <= most, "{head} and {body} bytes of {}", raw.len());
        }
        Err(failure) => assert!(!failure.message().is_empty()),
    }
    // A body in a file of its own is the body, unless the headers say that it is in chunks.
    if let Ok(captured) = captured::read(raw, Some(b"{}\n```\nHTTP/1.1 401 X\n".to_vec()), entry) {
        assert_eq!(captured.request.body, b"{}\n```\nHTTP/1.1 401 X\n");
    }
}

/// A text with a piece in its middle that is repeated up to the longest capture.
fn repeated(input: &mut Input<'_>) -> Vec<u8> {
    let (start, piece) = (input.bytes(), input.bytes());
    let times = usize::from(input.short()).min(MOST / piece.len().max(1));
    [start, &piece.repeat(times), input.rest()].concat()
}

fn check_form(form: &Form, input: &mut Input<'_>) {
    let around = input.short();
    let Some(sent) = request(form, input) else { return };
    let mut raw = (form.write)(&sent, around);
    if around >> 15 == 1
        && let Ok(text) = std::str::from_utf8(&raw)
    {
        raw = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    }
    let read = captured::read(&raw, None, Some((form.entry)(around)));
    let shown = || format!("{}: {sent:?}\n{}", form.name, String::from_utf8_lossy(&raw));
    let read = read.unwrap_or_else(|failure| panic!("{}\n{}", failure.message(), shown())).request;
    assert_eq!(sorted(read), sorted(sent.clone()), "{}", shown());
}

/// The request with its headers in the order of their names, because some forms lose their order. It has no header of a transfer coding,
/// because it is not in chunks any more.
fn sorted(mut request: Request) -> Request {
    request.headers.retain(|(name, _)| name != "Transfer-Encoding");
    request.headers.sort();
    request
}

/// A request that the form can carry.
fn request(form: &Form, input: &mut Input<'_>) -> Option<Request> {
    let method = (*input.pick(&["POST", "PUT", "GET", "PATCH"])).to_owned();
    let is_in_path = |byte: &u8| byte.is_ascii_alphanumeric() || b"/?=&%._~-".contains(byte);
    let path = [b"/", &*input.bytes().iter().copied().filter(is_in_path).collect::<Vec<_>>()].concat();
    let path = String::from_utf8(path).expect("ASCII");
    let mut headers: HeaderList = vec![("X-Signature".to_owned(), value(input))];
    for _ in 0..input.below(4) {
        let name = match input.byte() {
            0 => input.text().chars().filter(char::is_ascii_alphanumeric).collect(),
            number => (*["host", "User-Agent", "x_a", "accept"].get(usize::from(number % 4))?).to_owned(),
        };
        if !name.is_empty() && headers.iter().all(|(other, _)| !other.eq_ignore_ascii_case(&name)) {
            headers.push((name, value(input)));
        }
    }
    let has_length = input.flag();
    let body = input.rest().to_vec();
    if has_length {
        headers.push(("Content-Length".to_owned(), body.len().to_string().into_bytes()));
    }
    (form.carries)(&body, has_length).then_some(Request { method, path, headers, body })
}

fn value(input: &mut Input<'_>) -> Vec<u8> {
    let visible = input.bytes().iter().copied().filter(|byte| (b' '..=b'~').contains(byte));
    visible.collect::<Vec<_>>().trim_ascii().to_vec()
}
