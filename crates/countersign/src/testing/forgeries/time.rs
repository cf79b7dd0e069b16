//! Forgeries with a wrong signed time or a wrong signed id.

use std::time::{Duration, SystemTime};

use super::forge::{Forge, Made};
use crate::Timestamp;
use crate::event::find_text;
use crate::scheme::TimeSource;
use crate::signer::{Draft, text_of};

/// A time with the right signature.
impl Forge {
    pub(super) fn too_old(&self) -> Made {
        self.timed_at(self.now.checked_sub(self.too_far()?)?)
    }

    pub(super) fn too_new(&self) -> Made {
        // A text in whole seconds drops the fraction, and the time would then be nearer to the clock. So the time is rounded up first.
        let fraction = self.now.duration_since(SystemTime::UNIX_EPOCH).ok()?.subsec_nanos();
        let fill = Duration::from_nanos(u64::from(1_000_000_000_u32.checked_sub(fraction)? % 1_000_000_000));
        self.timed_at(self.now.checked_add(fill)?.checked_add(self.too_far()?)?)
    }

    fn too_far(&self) -> Option<Duration> {
        self.scheme.signed_time()?.default_tolerance().checked_add(self.margin)
    }

    /// Signs another time. Some times have no text: those before 1970, and those after the year 9999.
    fn timed_at(&self, time: SystemTime) -> Made {
        if time < SystemTime::UNIX_EPOCH || jiff::Timestamp::try_from(time).is_err() {
            return None;
        }
        self.timed(&text_of(time, self.scheme.signed_time()?.unit()))
    }

    /// Signs another text as the time.
    pub(super) fn timed(&self, text: &str) -> Made {
        if let TimeSource::Body(path) = self.scheme.signed_time()?.source() {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            let json = if is_number { text.to_owned() } else { format!("\"{text}\"") };
            return self.signed(&self.draft, replaced(&self.body, path, &json)?);
        }
        let draft = Draft { time: text.to_owned(), ..self.draft.clone() };
        self.signed(&draft, self.body.clone())
    }
}

/// The body with another text in the place of its time. `None` if the body has no time.
fn replaced(body: &[u8], path: &str, json: &str) -> Option<Vec<u8>> {
    let found = find_text(body, path).ok()??;
    // The text that was found is a part of the body, so the addresses tell its place.
    let start = found.as_ptr().addr().checked_sub(body.as_ptr().addr())?;
    let end = start.checked_add(found.len())?;
    Some([body.get(..start)?, json.as_bytes(), body.get(end..)?].concat())
}

/// A time without a right signature, or in a wrong place.
impl Forge {
    /// The right tag beside another spelling of the same time.
    pub(super) fn respelled(&self, text: String) -> Made {
        self.kept_tag(&Draft { time: text, ..self.draft.clone() }, self.body.clone())
    }

    pub(super) fn time_with_blank(&self) -> Made {
        let (first, rest) = self.draft.time.split_at_checked(self.draft.time.len() / 2)?;
        self.respelled(format!("{first} {rest}"))
    }

    /// Adds a zero after the point: `1700000000.0`, `2026-01-15T12:30:00.0Z`.
    pub(super) fn time_with_fraction(&self) -> Made {
        let time = self.draft.time.trim_end_matches('Z');
        let point = if time.contains('.') { "" } else { "." };
        self.respelled(format!("{time}{point}0{}", self.draft.time.get(time.len()..)?))
    }

    pub(super) fn time_with_offset(&self) -> Made {
        self.respelled(format!("{}+00:00", self.draft.time.strip_suffix('Z')?))
    }

    pub(super) fn time_missing(&self) -> Made {
        match self.scheme.signed_time()?.source() {
            TimeSource::Header(name) => Some(self.genuine.clone().without(name)),
            TimeSource::Entry(_) => self.value(format!("{}{}", self.scheme.tag_prefix(), self.text)),
            TimeSource::Body(_) => self.signed(&self.draft, "{}"),
        }
    }

    pub(super) fn time_twice(&self) -> Made {
        match self.scheme.signed_time()?.source() {
            TimeSource::Header(name) => Some(self.genuine.clone().header(name, self.draft.time.as_str())),
            TimeSource::Entry(prefix) => {
                let separator = char::from(self.scheme.separator()?);
                self.value(format!("{prefix}{}{separator}{}", self.draft.time, self.draft.value(&self.text)))
            }
            TimeSource::Body(path) => self.signed(&self.draft, with_key_twice(&self.body, path)?),
        }
    }
}

/// The body with the first key of the path twice. `None` if the body has no time.
fn with_key_twice(body: &[u8], path: &str) -> Option<Vec<u8>> {
    find_text(body, path).ok()??;
    let key = path.split('.').next().and_then(|key| serde_json::to_string(key).ok())?;
    let inside = body.iter().position(|byte| *byte == b'{')?.checked_add(1)?;
    Some([body.get(..inside)?, key.as_bytes(), b":0,", body.get(inside..)?].concat())
}

/// Ids.
impl Forge {
    /// The id of another delivery.
    pub(super) fn other_id(&self) -> Made {
        let other = Draft::new(self.scheme, &[&self.body, b"x".as_slice()].concat(), self.now, None);
        self.kept_tag(&Draft { id: other.id, ..self.draft.clone() }, self.body.clone())
    }

    pub(super) fn id_missing(&self) -> Made {
        Some(self.genuine.clone().without(self.scheme.id_header()?))
    }

    pub(super) fn id_twice(&self) -> Made {
        Some(self.genuine.clone().header(self.scheme.id_header()?, self.draft.id.as_str()))
    }

    /// An empty id with the right signature.
    pub(super) fn id_empty(&self) -> Made {
        self.signed(&Draft { id: String::new(), ..self.draft.clone() }, self.body.clone())
    }
}

/// Whether the time is in a header or an entry. The same signature can then stand beside another spelling of the time.
pub(super) fn has_time_beside_body(time: Option<&Timestamp>) -> bool {
    time.is_some_and(|time| !matches!(time.source(), TimeSource::Body(_)))
}
