//! The forms in which programs print the bytes of a request with something around them: UTF-16, a trace of curl, a log.

use super::text::request_line;

/// The UTF-8 of a file in UTF-16, as PowerShell writes the output of a program.
pub(super) fn from_utf16(raw: &[u8]) -> Option<Vec<u8>> {
    let (units, order): (_, fn([u8; 2]) -> u16) = match raw {
        [0xff, 0xfe, units @ ..] => (units, u16::from_le_bytes),
        [0xfe, 0xff, units @ ..] => (units, u16::from_be_bytes),
        _ => return None,
    };
    let units: Vec<u16> = units.as_chunks::<2>().0.iter().copied().map(order).collect();
    Some(String::from_utf16(&units).ok()?.into_bytes())
}

/// A trace that is read line by line.
#[derive(Default)]
struct Trace {
    sent: Vec<u8>,
    /// The place at which the current block begins.
    start: usize,
    is_sent: bool,
    is_head: bool,
}

/// The bytes that `curl --trace-ascii` or `curl --trace` says that it has sent.
pub(super) fn of_trace(raw: &[u8]) -> Option<Vec<u8>> {
    let mut trace = Trace::default();
    for line in raw.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match block(line) {
            Some(kind) => trace.begin(kind),
            None if trace.is_sent => trace.add(line),
            None => {}
        }
    }
    (!trace.sent.is_empty()).then_some(trace.sent)
}

impl Trace {
    fn begin(&mut self, kind: &[u8]) {
        let is_head = kind.starts_with(b"=> Send header");
        self.is_sent = is_head || kind.starts_with(b"=> Send data");
        if self.is_sent {
            while self.is_head && !is_head && !self.sent.ends_with(b"\r\n\r\n") {
                self.sent.extend_from_slice(b"\r\n");
            }
            self.is_head = is_head;
            self.start = self.sent.len();
        }
    }

    /// Adds the bytes of a line: `0000: POST / HTTP/1.1`, `0000: 50 4f 53 54 … POST`.
    fn add(&mut self, line: &[u8]) {
        let split = line.iter().position(|byte| *byte == b':').and_then(|colon| line.split_at_checked(colon));
        let Some((place, text)) = split else { return };
        let place = std::str::from_utf8(place).ok().filter(|place| place.len() >= 4);
        let Some(place) = place.and_then(|place| usize::from_str_radix(place, 16).ok()) else { return };
        let text = text.strip_prefix(b": ").unwrap_or_default();
        // curl breaks a long line without a line end in the data. The place of a line tells which it is.
        if self.sent.len().saturating_sub(self.start).saturating_add(2) == place {
            self.sent.extend_from_slice(b"\r\n");
        }
        match dumped(text) {
            Some(bytes) => self.sent.extend_from_slice(&bytes),
            None => self.sent.extend_from_slice(text),
        }
    }
}

/// The beginning of a block of a trace. A time may stand in front of it.
fn block(line: &[u8]) -> Option<&[u8]> {
    const STARTS: [&[u8]; 3] = [b"=> Send ", b"<= Recv ", b"== Info"];
    let head = line.get(..40).unwrap_or(line);
    let place = |start: &[u8]| head.windows(start.len()).position(|window| window == start);
    STARTS.iter().find_map(|start| line.get(place(start)?..))
}

/// The bytes of a line of hex: up to 16 pairs in 48 columns, and as many characters.
fn dumped(line: &[u8]) -> Option<Vec<u8>> {
    let (pairs, characters) = line.split_at_checked(48)?;
    let digits: Vec<u8> = pairs.iter().copied().filter(|byte| *byte != b' ').collect();
    hex::decode(digits).ok().filter(|bytes| bytes.len() == characters.len())
}

/// The lines of a request without what a log writes in front of each: a time, the name of a program.
pub(super) fn of_log(raw: &[u8]) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = raw.split_inclusive(|byte| *byte == b'\n').collect();
    let (first, width) = lines.iter().enumerate().find_map(|(number, line)| Some((number, front(line)?)))?;
    let prefix = lines.get(first)?.get(..width)?;
    let is_same = |line: &[u8]| {
        line.len() >= width
            && prefix.iter().zip(line).all(|(a, b)| a == b || a.is_ascii_digit() && b.is_ascii_digit())
    };
    // An empty line loses the blank at its end.
    let rest = |line: &'_ [u8]| {
        let blank = width.saturating_sub(1);
        is_same(line)
            .then_some(width)
            .or_else(|| (line.len() >= blank && line.get(blank..)?.trim_ascii().is_empty()).then_some(blank))
    };
    let request = lines.iter().skip(first).map_while(|line| line.get(rest(line)?..));
    Some(request.collect::<Vec<_>>().concat())
}

/// The number of bytes in front of a request line that names its version.
fn front(line: &[u8]) -> Option<usize> {
    let line = line.trim_ascii_end();
    let is_method = |word: &[u8]| word.len() > 2 && word.iter().all(u8::is_ascii_uppercase);
    let is_version = |word: &[u8]| {
        let number = word.strip_prefix(b"HTTP/").filter(|number| !number.is_empty());
        number.is_some_and(|number| number.iter().all(|sign| sign.is_ascii_digit() || *sign == b'.'))
    };
    let has_version = line.rsplit(|byte| *byte == b' ').next().is_some_and(is_version);
    let starts =
        line.iter().enumerate().filter(|(_, byte)| **byte == b' ').map(|(place, _)| place.saturating_add(1));
    let begins = |start: &usize| {
        let rest = line.get(*start..).unwrap_or_default();
        rest.split(|byte| *byte == b' ').next().is_some_and(is_method) && request_line(rest).is_some()
    };
    starts.filter(|start| has_version && line.get(..*start) != Some(b"> ")).find(begins)
}
