//! The claims of a request's headers: the tags, the signed time and the signed id. They are read before the body.

use std::time::{Duration, SystemTime};

use crate::event::find_text;
use crate::headers::{Found, Once};
use crate::mac::{Key, Mac, Tags};
use crate::scheme::{Piece, Text, TimeUnit};
use crate::{Scheme, Timestamp, VerifyError, signature};

/// The claims of one request. They are untrusted until a tag matches.
#[derive(Clone)]
pub(crate) struct Claim {
    tags: Tags,
    time: Option<SignedTime>,
    id: Option<Box<str>>,
}

/// A signed time: the text that was sent and is hashed, and its value.
#[derive(Clone, Copy)]
pub(crate) struct SignedTime {
    text: Text<{ Timestamp::MAX_BYTES }>,
    value: SystemTime,
}

/// The longest signed id, in bytes.
const MAX_ID: usize = 256;

impl Claim {
    /// Reads all claims of a request.
    #[inline]
    pub(crate) fn read(scheme: &Scheme, found: &Found<'_>) -> Result<Self, VerifyError> {
        let signature = signature::parse(scheme, found.signature.only()?)?;
        let time = match scheme.time_header_text() {
            Some(_) => Some(time_in_header(scheme, found.time)?),
            None => signature.time,
        };
        let id = scheme.id_header_text().map(|_| signed_id(scheme, found.id)).transpose()?;
        Ok(Self { tags: signature.tags, time, id })
    }

    /// Reads the claims of a scheme whose only header is the signature header.
    #[inline]
    pub(crate) fn of_value(scheme: &Scheme, value: &[u8]) -> Result<Self, VerifyError> {
        let signature = signature::parse(scheme, value)?;
        if scheme.time_header_text().is_some() {
            return Err(VerifyError::MissingTime);
        }
        if scheme.id_header_text().is_some() {
            return Err(VerifyError::MissingId);
        }
        Ok(Self { tags: signature.tags, time: signature.time, id: None })
    }

    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Takes the signed id out, once it has been hashed.
    #[inline]
    pub(crate) const fn take_id(&mut self) -> Option<Box<str>> {
        self.id.take()
    }

    pub(crate) const fn tags(&self) -> &Tags {
        &self.tags
    }

    /// Hashes the parts before the body.
    #[inline]
    pub(crate) fn hash_front(&self, scheme: &Scheme, mac: &mut Mac) {
        if scheme.signs_body_alone() {
            return;
        }
        let front = scheme.pieces().take_while(|piece| !matches!(piece, Piece::Body));
        front.for_each(|piece| mac.update(self.bytes(piece)));
    }

    /// Hashes the parts after the body.
    #[inline]
    pub(crate) fn hash_back(&self, scheme: &Scheme, mac: &mut Mac) {
        if scheme.signs_body_alone() {
            return;
        }
        let back = scheme.pieces().skip_while(|piece| !matches!(piece, Piece::Body));
        back.for_each(|piece| mac.update(self.bytes(piece)));
    }

    /// The bytes of a part other than the body.
    #[inline]
    fn bytes<'a>(&'a self, piece: Piece<'a>) -> &'a [u8] {
        match piece {
            Piece::Text(text) => text,
            Piece::Timestamp => self.time.as_ref().map_or(&[], |time| time.text.as_bytes()),
            Piece::Id => self.id.as_deref().unwrap_or_default().as_bytes(),
            Piece::Body => &[],
        }
    }

    /// Whether this key made one of the tags for this body.
    #[inline]
    pub(crate) fn matches(&self, scheme: &Scheme, key: &Key, body: &[u8]) -> bool {
        let mut mac = key.start();
        self.hash_front(scheme, &mut mac);
        mac.update(body);
        self.hash_back(scheme, &mut mac);
        mac.matches(&self.tags)
    }

    /// Checks the signed time of a delivery whose signature has matched. Returns the time, if the scheme signs one.
    ///
    /// The time is checked after the signature, so that no log line reports a time that nobody signed.
    #[inline]
    pub(crate) fn check_time(
        &self,
        scheme: &Scheme,
        body: &[u8],
        tolerance: Option<Duration>,
        now: impl FnOnce() -> SystemTime,
    ) -> Result<Option<SystemTime>, VerifyError> {
        let Some(timestamp) = scheme.signed_time() else { return Ok(None) };
        let time = match timestamp.body_path() {
            Some(path) => time_in_body(scheme, body, path)?,
            None => self.time.as_ref().ok_or(VerifyError::MissingTime)?.value,
        };
        let now = now();
        let (distance, is_past) = match now.duration_since(time) {
            Ok(age) => (age, true),
            Err(ahead) => (ahead.duration(), false),
        };
        match distance.checked_sub(tolerance.unwrap_or_default()) {
            Some(by) if !by.is_zero() && is_past => Err(VerifyError::TooOld { by }),
            Some(by) if !by.is_zero() => Err(VerifyError::FromTheFuture { by }),
            _ => Ok(Some(time)),
        }
    }
}

impl SignedTime {
    /// Reads a time in the form that the scheme asks for.
    pub(crate) fn read(scheme: &Scheme, text: &[u8]) -> Result<Self, VerifyError> {
        let read = || {
            let value = scheme.read_time(text)?;
            Some(Self { text: Text::of_ascii(text)?, value })
        };
        read().ok_or(VerifyError::MalformedTime)
    }
}

fn time_in_header(scheme: &Scheme, time: Once<'_>) -> Result<SignedTime, VerifyError> {
    let value = time.only().map_err(|fault| match fault {
        VerifyError::Repeated => VerifyError::RepeatedTime,
        _ => VerifyError::MissingTime,
    })?;
    SignedTime::read(scheme, value)
}

/// The time in a JSON body. A Unix time is a number, and an RFC 3339 time is a string.
fn time_in_body(scheme: &Scheme, body: &[u8], path: &str) -> Result<SystemTime, VerifyError> {
    let found =
        find_text(body, path).map_err(|_| VerifyError::MalformedTime)?.ok_or(VerifyError::MissingTime)?;
    let is_text = matches!(scheme.signed_time().map(Timestamp::unit), Some(TimeUnit::Rfc3339));
    let text = if is_text {
        found.strip_prefix('"').and_then(|text| text.strip_suffix('"')).ok_or(VerifyError::MalformedTime)?
    } else {
        found
    };
    scheme.read_time(text.as_bytes()).ok_or(VerifyError::MalformedTime)
}

/// Reads the signed id. Its form must show where it ends in the signed text. So it does not contain the first byte of the fixed text after
/// it. If an RFC 3339 time follows directly, it has no colon, because the first colon of the signed text must be the time's.
fn signed_id(scheme: &Scheme, id: Once<'_>) -> Result<Box<str>, VerifyError> {
    let value = id.only().map_err(|fault| match fault {
        VerifyError::Repeated => VerifyError::RepeatedId,
        _ => VerifyError::MissingId,
    })?;
    let is_sound = (1..=MAX_ID).contains(&value.len())
        && value.iter().all(u8::is_ascii_graphic)
        && scheme.byte_after_id().is_none_or(|next| !value.contains(&next))
        && !(scheme.is_id_before_time() && value.contains(&b':'));
    let id = std::str::from_utf8(value).ok().filter(|_| is_sound);
    id.map(Box::from).ok_or(VerifyError::MalformedId)
}

#[cfg(test)]
mod tests;
