//! The mistakes that a scheme can have.

use std::time::Duration;

use super::{Scheme, TimeSource, TimeUnit};

/// The longest tolerance. A longer one would hardly stop a replay.
pub(crate) const LONGEST_TOLERANCE: Duration = Duration::from_secs(24 * 60 * 60);

impl Scheme {
    /// The first mistake in the scheme, and the advice to mend it. `None` if the scheme makes sense.
    ///
    /// A constant scheme is checked at compile time. This is for a scheme that comes from a configuration. A verifier of
    /// [`Custom`](crate::Custom), [`verify`](Self::verify) and [`verify_request`](Self::verify_request) check it too.
    ///
    /// ```
    /// use countersign::{Part, Scheme};
    ///
    /// let scheme = Scheme::hex("x-signature").signed(&[Part::Text("v0:"), Part::Timestamp, Part::Text(":"), Part::Body]);
    /// assert_eq!(scheme.fault(), Some("the time is signed, but its source is unknown: add .timestamp(…)"));
    /// ```
    #[must_use]
    pub const fn fault(&self) -> Option<&'static str> {
        if self.is_value {
            return Some(
                "the scheme of Custom is known only at run time: use Verifier::<Custom>::for_scheme",
            );
        }
        if self.too_long.is_some() {
            return self.too_long;
        }
        if self.signed.facts.fault.is_some() {
            return self.signed.facts.fault;
        }
        if !is_token(self.header()) {
            return Some("the name of the signature header is not the name of an HTTP header");
        }
        if let Some(fault) = self.value_fault() {
            return Some(fault);
        }
        match self.signed_fault() {
            Some(fault) => Some(fault),
            None => self.name_fault(),
        }
    }

    /// Stops the compilation if the scheme has a mistake.
    #[doc(hidden)]
    #[allow(clippy::panic, reason = "it runs at compile time")]
    pub const fn assert_valid(&self) {
        if let Some(fault) = self.fault() {
            panic!("{}", fault)
        }
    }

    /// The mistakes in the format of the header's value.
    const fn value_fault(&self) -> Option<&'static str> {
        let prefix = self.prefix.as_bytes();
        let entry = match &self.timestamp {
            Some(timestamp) => timestamp.entry_prefix(),
            None => None,
        };
        if !is_printable(prefix) {
            return Some("the prefix of a tag has a character that is not printable ASCII");
        }
        let Some(separator) = self.separator else {
            return if entry.is_some() {
                Some("a time in an entry needs a list of entries: add .list(…)")
            } else {
                None
            };
        };
        if !is_separator(separator) {
            return Some("the separator of a list can be part of a tag: use a comma, a semicolon or a blank");
        }
        if prefix.is_empty() || contains(prefix, separator) || starts_with(prefix, b" ") {
            return Some(
                "the entries of a list need a prefix, which neither holds the separator nor begins with a blank",
            );
        }
        match entry {
            Some(entry) => self.entry_fault(entry, separator),
            None => None,
        }
    }

    /// The mistakes in the entry of the time, which begins with `entry`.
    const fn entry_fault(&self, entry: &[u8], separator: u8) -> Option<&'static str> {
        let prefix = self.prefix.as_bytes();
        let is_rfc3339 = matches!(&self.timestamp, Some(time) if matches!(time.unit(), TimeUnit::Rfc3339));
        if entry.is_empty() || contains(entry, separator) || !is_printable(entry) || starts_with(entry, b" ")
        {
            return Some(
                "the entry of the time needs a prefix, which neither holds the separator nor begins with a blank",
            );
        }
        if is_rfc3339 && matches!(separator, b':' | b'.') {
            return Some(
                "the separator of a list can be part of the time: use a comma, a semicolon or a blank",
            );
        }
        if starts_with(entry, prefix) || starts_with(prefix, entry) {
            return Some(
                "the prefixes of the time and of the tags must differ, and neither may begin with the other",
            );
        }
        None
    }

    /// The mistakes in the signed text.
    const fn signed_fault(&self) -> Option<&'static str> {
        let facts = &self.signed.facts;
        if !facts.has_body {
            return Some("the body is not signed: add Part::Body to the signed text");
        }
        if let Some(id) = self.id_header()
            && !is_token(id)
        {
            return Some("the name of the id's header is not the name of an HTTP header");
        }
        let Some(timestamp) = &self.timestamp else {
            return if facts.has_time {
                Some("the time is signed, but its source is unknown: add .timestamp(…)")
            } else {
                None
            };
        };
        if timestamp.is_too_long {
            return Some("the name of a signed time has at most 64 bytes");
        }
        if timestamp.default_tolerance().as_secs() > LONGEST_TOLERANCE.as_secs() {
            return Some("the tolerance of a signed time is at most one day");
        }
        match timestamp.source() {
            TimeSource::Body(_) if facts.has_time => {
                Some("the time is in the body, which is signed as a whole: remove Part::Timestamp")
            }
            TimeSource::Body(path) if path.is_empty() => Some("the time in the body needs a key"),
            TimeSource::Body(_) => None,
            _ if !facts.has_time => Some("the time is not signed: add Part::Timestamp to the signed text"),
            TimeSource::Header(name) if !is_token(name) => {
                Some("the name of the time's header is not the name of an HTTP header")
            }
            _ if facts.is_id_before_time && !matches!(timestamp.unit(), TimeUnit::Rfc3339) => {
                Some("a fixed text or an RFC 3339 time must follow the id, so that the id has an end")
            }
            _ => None,
        }
    }

    /// The mistake that one header is meant to be two.
    const fn name_fault(&self) -> Option<&'static str> {
        let time = match &self.timestamp {
            Some(timestamp) => match timestamp.source() {
                TimeSource::Header(name) => name,
                _ => "",
            },
            None => "",
        };
        let id = match self.id_header() {
            Some(name) => name,
            None => "",
        };
        let header = self.header();
        let is_twice = header.eq_ignore_ascii_case(time)
            || header.eq_ignore_ascii_case(id)
            || !id.is_empty() && id.eq_ignore_ascii_case(time);
        if is_twice {
            Some(
                "two of the signature, the time and the id are in one header: each needs a header of its own",
            )
        } else {
            None
        }
    }
}

/// Whether a text is a token of HTTP (RFC 9110, section 5.6.2). Every name of a header is one.
const fn is_token(text: &str) -> bool {
    let mut bytes = text.as_bytes();
    let is_empty = bytes.is_empty();
    while let [byte, rest @ ..] = bytes {
        if !(byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
            ))
        {
            return false;
        }
        bytes = rest;
    }
    !is_empty
}

const fn is_printable(mut bytes: &[u8]) -> bool {
    while let [byte, rest @ ..] = bytes {
        if !matches!(byte, b' '..=b'~') {
            return false;
        }
        bytes = rest;
    }
    true
}

/// Whether a byte can separate entries. It must not be a character of a tag in any encoding.
const fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'!' | b'#'..=b'&' | b'*' | b',' | b'.' | b':' | b';' | b'|' | b'~')
}

const fn contains(mut bytes: &[u8], wanted: u8) -> bool {
    while let [byte, rest @ ..] = bytes {
        if *byte == wanted {
            return true;
        }
        bytes = rest;
    }
    false
}

const fn starts_with(mut text: &[u8], mut start: &[u8]) -> bool {
    while let [wanted, others @ ..] = start {
        match text {
            [byte, rest @ ..] if *byte == *wanted => text = rest,
            _ => return false,
        }
        start = others;
    }
    true
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::{Part, Secret, Timestamp, VerifyError};

    #[test]
    fn a_scheme_with_a_mistake_accepts_no_signature() {
        // Python's hmac signed `evt_1{}` with the key `s`.
        let tag = "3a554a0d5587766093cec31f3fe66d4eaaad81db1532957322400e2654d684a8";
        let (secret, now) = (Secret::new("s").unwrap(), SystemTime::UNIX_EPOCH);
        let headers = [("x-signature", tag), ("x-time", "0"), ("x-id", "evt_")];
        let plain = Scheme::hex("x-signature");
        assert_eq!(plain.verify_request(&secret, &headers, "evt_1{}", now), Ok(()));
        for (scheme, body) in [
            // Nobody signs this time, so a forger could write a new one for ever.
            (plain.timestamp(Timestamp::header("x-time")), "evt_1{}"),
            // Nothing tells where the id ends, so bytes could move from the id to the body.
            (plain.signed(&[Part::Id("x-id"), Part::Body]), "1{}"),
            (plain.signed(&[]), "evt_1{}"),
            // The text that is too long would be left out.
            (plain.signed(&[Part::Text(&"a".repeat(193)), Part::Body]), "evt_1{}"),
            (plain.prefix(&"a".repeat(33)), "evt_1{}"),
        ] {
            let refused = Err(VerifyError::UnusableScheme { fault: scheme.fault().unwrap() });
            assert_eq!(scheme.verify_request(&secret, &headers, body, now), refused, "{scheme:?}");
            assert_eq!(scheme.verify(&secret, body, tag), refused, "{scheme:?}");
        }
    }

    #[test]
    fn a_text_of_any_length_and_script_is_kept_whole_or_is_a_fault() {
        // Miri would take minutes for every length.
        let step = if cfg!(miri) { 32 } else { 1 };
        let lengths = (0..=260).step_by(step);
        for text in
            ["a", "é", "€", "😀"].iter().flat_map(|letter| lengths.clone().map(|count| letter.repeat(count)))
        {
            let fits = |most| (1..=most).contains(&text.len());
            let parts = [Part::Text(&text), Part::Body, Part::Text("é"), Part::Text(&text)];
            let scheme = Scheme::hex("x-signature").signed(&parts);
            // The pool of texts has 192 bytes, and `é` has 2 of them.
            assert_eq!(scheme.fault().is_none(), fits(95), "{text}");
            assert!(scheme.fault().is_some() || scheme.parts().eq(parts), "{text}");
            assert_eq!(scheme.parts().count(), 4);

            let is_name = text.is_ascii() && fits(64);
            let is_prefix = text.is_ascii() && text.len() <= 32;
            for (scheme, is_good) in [
                (Scheme::base64(&text), is_name),
                (Scheme::hex("x-signature").prefix(&text), is_prefix),
                (Scheme::hex("x-signature").list(b',', &text), is_prefix && !text.is_empty()),
                (Scheme::hex("x-signature").signed(&[Part::Id(&text), Part::Text("."), Part::Body]), is_name),
                (timed(Timestamp::header(&text)), is_name),
                (timed(Timestamp::entry(&text)).list(b',', "v1="), is_name),
                (Scheme::hex("x-signature").timestamp(Timestamp::body(&text)), fits(64)),
            ] {
                assert_eq!(scheme.fault().is_none(), is_good, "{text}: {scheme:?}");
            }
        }
    }

    fn timed(time: Timestamp) -> Scheme {
        Scheme::hex("x-signature").timestamp(time).signed(&[Part::Timestamp, Part::Body])
    }
}
