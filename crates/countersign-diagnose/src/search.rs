//! The search: every key on every text, until one of them makes a tag that came.
//!
//! One search serves all schemes. A tag is compared as bytes, however it was written. A key is the bytes that are hashed, however its text
//! encodes them. A text is a body, in what stands around it. So the search multiplies tags, methods, keys and texts, the likely ones
//! first, and each mistake names the factor that it is in.

use zeroize::Zeroizing;

use crate::bytes::Bytes;
use crate::cause::header::Experiment as HeaderExperiment;
use crate::cause::text::Experiment as TextExperiment;
use crate::evidence::Evidence;
use crate::frame::{self, Frame, Room};
use crate::mac::Method;
use crate::rewritten::{LONGEST_TWICE, Rewritten, rewritten, rewritten_surely, rewritten_twice};
use crate::secret::{Key, exchanged};
use crate::signature::Signature;
use crate::verdict::hash_of;
use crate::{HeaderCause, SecretCause, TextCause};

/// Number of bytes that are hashed at most.
const BUDGET: usize = 256 * 1024 * 1024;

/// Longest body, in bytes, that is changed at the same time as the secret.
const LONGEST_WITH_KEYS: usize = 256 * 1024;

/// The cost of writing a body in another way, as a multiple of a hash.
const WRITING: usize = 4;

/// The cost of a hash besides the bytes of the body: four blocks and their padding.
const OVERHEAD: usize = 256;

/// Most spellings of the content of one body, so that they fit into memory.
const MAX_SPELLINGS: usize = 64;

/// The change that explains a tag.
pub(crate) struct Match<'s> {
    pub(crate) signature: &'s Signature<'s>,
    pub(crate) method: Method,
    /// Why it is not the method of the scheme.
    pub(crate) method_cause: Option<HeaderCause>,
    pub(crate) text: Vec<TextCause>,
    pub(crate) frame: Frame,
    pub(crate) body: Rewritten<'s>,
    pub(crate) key: Zeroizing<Vec<u8>>,
    pub(crate) secret_cause: Option<SecretCause>,
}

/// A search with its budget. No stage takes more than half of what is left, so that a large one starves none behind it.
pub(crate) struct Search<'s> {
    evidence: &'s Evidence<'s>,
    rooms: &'s [Room<'s>; 4],
    keys: &'s [Key],
    methods: Vec<Candidate<'s>>,
    budget: Budget,
}

/// The bytes that are left to hash.
struct Budget {
    left: usize,
    /// The number of them that the current stage leaves to the ones behind it.
    reserve: usize,
    /// Whether no stage was cut short.
    is_complete: bool,
}

/// A method, and the tags that it can have made.
struct Candidate<'s> {
    method: Method,
    cause: Option<HeaderCause>,
    claims: Vec<&'s Signature<'s>>,
}

/// A frame, and why it is not the scheme's.
type Framed = (Option<TextCause>, Frame);

/// A body to try, and the mistakes that lie between it and the one that came.
type Source<'s> = (Option<TextCause>, Rewritten<'s>);

/// The keys that a stage tries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Configured,
    Changed,
}

use Reach::{Changed, Configured};

/// The rooms for up to three atoms around the body.
pub(crate) fn rooms<'r>(evidence: &Evidence<'r>) -> [Room<'r>; 4] {
    [0, 1, 2, 3].map(|count| Room::new(evidence.request, count))
}

impl<'s> Search<'s> {
    pub(crate) fn new(evidence: &'s Evidence<'s>, rooms: &'s [Room<'s>; 4], keys: &'s [Key]) -> Self {
        Self {
            evidence,
            rooms,
            keys,
            methods: candidates(evidence),
            budget: Budget { left: BUDGET, reserve: 0, is_complete: true },
        }
    }

    /// The first change that explains a tag: no change, one of the secret, one of the text, one of each, two of the text.
    pub(crate) fn run(&mut self) -> Option<Match<'s>> {
        if self.methods.is_empty() {
            return None;
        }
        let (evidence, rooms) = (self.evidence, self.rooms);
        let own: Vec<Framed> = own(evidence, &rooms[0]);
        let own = || own.iter().cloned();
        let framed = |count: usize| move || rooms.get(count).into_iter().flat_map(frames);
        let came = || std::iter::once((None, (Vec::new(), Bytes::Borrowed(evidence.body))));
        let once = || rewritten(evidence).map(|body| (None, body));
        let surely = || rewritten_surely(evidence).map(|body| (None, body));
        let is_up_to = |longest: usize| evidence.body.len() <= longest;
        let short = || is_up_to(LONGEST_TWICE).then(once).into_iter().flatten();
        let medium = || is_up_to(LONGEST_WITH_KEYS).then(surely).into_iter().flatten();
        (self.stage(Configured, own, came()))
            .or_else(|| self.stage(Changed, own, came()))
            .or_else(|| self.swapped(own()))
            .or_else(|| self.stage(Configured, framed(1), came()))
            .or_else(|| self.stage(Configured, own, once()))
            .or_else(|| self.stage(Configured, own, contents(evidence)))
            .or_else(|| self.stage(Configured, own, rewritten_twice(evidence).map(|body| (None, body))))
            .or_else(|| self.stage(Changed, framed(1), came()))
            .or_else(|| self.stage(Configured, framed(2), came()))
            .or_else(|| self.stage(Configured, framed(1), contents(evidence)))
            .or_else(|| self.stage(Changed, own, medium()))
            .or_else(|| self.stage(Changed, own, contents(evidence)))
            .or_else(|| self.stage(Configured, own, rewritten_contents(evidence)))
            .or_else(|| self.stage(Configured, framed(3), came()))
            .or_else(|| self.stage(Configured, framed(1), short()))
            .or_else(|| self.stage(Changed, framed(2), came()))
    }

    /// Whether no stage was cut short.
    pub(crate) const fn is_complete(&self) -> bool {
        self.budget.is_complete
    }

    /// Whether there was a tag, a key and a text to try.
    pub(crate) fn has_tried(&self) -> bool {
        !self.methods.is_empty() && !self.keys.is_empty() && !frame::own(self.evidence.request).is_empty()
    }

    /// Tries the keys on each body in each frame.
    fn stage<F: Iterator<Item = Framed>>(
        &mut self,
        reach: Reach,
        frames: impl Fn() -> F,
        bodies: impl Iterator<Item = Source<'s>>,
    ) -> Option<Match<'s>> {
        let Self { evidence, keys, methods, budget, .. } = self;
        budget.reserve = budget.left / 2;
        let is_wanted = |key: &&Key| key.cause.is_none() == (reach == Configured);
        // A hash without a key is made once for each text.
        let no_key = (reach == Configured).then_some(None);
        let keys = no_key.into_iter().chain(keys.iter().filter(is_wanted).map(Some));
        let tries: Vec<(Option<&Key>, &Candidate<'s>)> = keys
            .flat_map(|key| {
                methods.iter().filter(move |method| method.is_for(key)).map(move |method| (key, method))
            })
            .collect();
        let is_long = evidence.body.len() > LONGEST_WITH_KEYS;
        for body in bodies {
            // A long body is not changed at the same time as the method, and no body is changed twice then.
            let changes = body.1.0.len();
            let is_alone = changes > 1 || is_long && changes > 0;
            if matches!(body.1.1, Bytes::Owned(_)) && !budget.pay(body.1.1.len().saturating_mul(WRITING)) {
                return None;
            }
            for framed in frames() {
                for (key, candidate) in tries.iter().filter(|(_, method)| !is_alone || method.cause.is_none())
                {
                    if !budget.pay(cost(&framed.1, &body.1.1)) {
                        return None;
                    }
                    if let Some(signature) = candidate.explains(*key, &framed.1, &body.1.1) {
                        return Some(candidate.matched(signature, *key, framed, body));
                    }
                }
            }
        }
        None
    }

    /// The key and the text exchanged.
    fn swapped(&self, own: impl Iterator<Item = Framed>) -> Option<Match<'s>> {
        let right = self.methods.first()?;
        let body = self.evidence.body;
        let configured = || self.keys.iter().filter(|key| key.cause.is_none()).flat_map(exchanged);
        own.flat_map(|framed| configured().map(move |text| (framed.clone(), text))).find_map(
            |(framed, (cause, text))| {
                let key = [&*framed.1.before, body, &framed.1.after].concat();
                let tag = right.method.tag(&key, [b"", &text, b""]);
                let signature = right.claims.iter().find(|claim| claim.is(&tag))?;
                let found =
                    right.matched(signature, None, framed, (None, (Vec::new(), Bytes::Borrowed(body))));
                Some(Match { secret_cause: Some(cause), ..found })
            },
        )
    }
}

impl Budget {
    /// Takes a cost. The result is false if the stage must not take that much.
    fn pay(&mut self, cost: usize) -> bool {
        let left = self.left.checked_sub(cost).filter(|left| *left >= self.reserve);
        self.is_complete &= left.is_some();
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}

impl Match<'_> {
    /// Whether the provider signs as the scheme says.
    pub(crate) fn is_by_the_scheme(&self) -> bool {
        self.method_cause.is_none() && self.text.is_empty() && self.secret_cause != Some(SecretCause::Swapped)
    }
}

impl<'s> Candidate<'s> {
    /// Whether the method is tried with this key, or without any.
    fn is_for(&self, key: Option<&Key>) -> bool {
        match (self.method, key) {
            (Method::Plain(_), key) => key.is_none(),
            (Method::Hmac(_), key) => key.is_some(),
            (_, key) => key.is_some_and(|key| key.cause.is_none()),
        }
    }

    fn explains(&self, key: Option<&Key>, frame: &Frame, body: &[u8]) -> Option<&'s Signature<'s>> {
        let bytes = key.map_or(&[][..], |key| &key.bytes);
        let tag = self.method.tag(bytes, [&frame.before, body, &frame.after]);
        self.claims.iter().copied().find(|claim| claim.is(&tag))
    }

    fn matched(
        &self,
        signature: &'s Signature<'s>,
        key: Option<&Key>,
        framed: Framed,
        body: Source<'s>,
    ) -> Match<'s> {
        Match {
            signature,
            method: self.method,
            method_cause: self.cause.clone(),
            text: framed.0.into_iter().chain(body.0).collect(),
            frame: framed.1,
            body: body.1,
            key: key.map(|key| key.bytes.clone()).unwrap_or_default(),
            secret_cause: key.and_then(|key| key.cause.clone()),
        }
    }
}

/// The number of bytes that one hash of this text takes from the budget.
fn cost(frame: &Frame, body: &[u8]) -> usize {
    [frame.before.len(), body.len(), frame.after.len()].into_iter().fold(OVERHEAD, usize::saturating_add)
}

/// The methods that can have made one of the tags, the right one first. By its length, a shorter tag may be the beginning of a right one.
/// A hash without a key counts only in the scheme's own header, because other headers have hashes for other purposes.
fn candidates<'s>(evidence: &'s Evidence<'s>) -> Vec<Candidate<'s>> {
    let request = evidence.request;
    let wrong = HeaderCause::experiments().filter_map(|experiment| match experiment {
        HeaderExperiment::MadeBy(name) => Some(name(request.scheme)),
        _ => None,
    });
    let right = Method::Hmac(hash_of(request.scheme));
    let methods =
        std::iter::once((None, right)).chain(wrong.flatten().map(|(cause, method)| (Some(cause), method)));
    let candidate = |(cause, method): (Option<HeaderCause>, Method)| {
        let has_key = !matches!(method, Method::Plain(_));
        let fits = |claim: &&Signature<'_>| (has_key || claim.is_own) && claim.fits(method, cause.is_none());
        let claims = request.signatures.iter().filter(fits).collect();
        Candidate { method, cause, claims }
    };
    methods.map(candidate).filter(|candidate| !candidate.claims.is_empty()).collect()
}

/// The frames of the scheme, and the body alone.
fn own(evidence: &Evidence<'_>, room: &Room<'_>) -> Vec<Framed> {
    let own = frame::own(evidence.request).into_iter().map(|frame| (None, frame));
    own.chain(frames(room)).collect()
}

/// The other frames in a room.
fn frames<'r>(room: &'r Room<'r>) -> impl Iterator<Item = Framed> {
    let made = TextCause::experiments().filter_map(move |experiment| match experiment {
        TextExperiment::Framed(make) => Some(make(room)),
        _ => None,
    });
    made.flatten().map(|(cause, frame)| (Some(cause), frame))
}

/// The contents of the body, and other texts in its place.
fn contents<'e>(evidence: &'e Evidence<'e>) -> impl Iterator<Item = Source<'e>> {
    let made = TextCause::experiments().filter_map(move |experiment| match experiment {
        TextExperiment::Content(make) => Some(make(evidence)),
        _ => None,
    });
    made.flatten().map(|(cause, body)| (Some(cause), (Vec::new(), body)))
}

/// The contents of the body, written in another way.
fn rewritten_contents<'e>(evidence: &'e Evidence<'e>) -> impl Iterator<Item = Source<'e>> {
    let is_short = |content: &[u8]| content.len() <= LONGEST_TWICE;
    let contents = contents(evidence).filter(move |(cause, (_, content))| {
        !matches!(cause, Some(TextCause::Hashed { .. })) && is_short(content)
    });
    contents.flat_map(move |(cause, (_, content))| {
        let inner = evidence.with_body(&content);
        let owned =
            |(causes, body): Rewritten<'_>| (cause.clone(), (causes, Bytes::Owned(body.into_owned())));
        rewritten(&inner).take(MAX_SPELLINGS).map(owned).collect::<Vec<_>>()
    })
}

#[cfg(test)]
mod tests {
    use countersign::Scheme;

    use super::*;
    use crate::json::Dialect;
    use crate::mac::Hash;
    use crate::request::{Header, Request};
    use crate::secret::keys;
    use crate::{BodyCause, SecretBytes};

    const SCHEME: Scheme = Scheme::hex("x-signature");

    /// Hands over a search for the tag that the method makes of the body, with the secret `key`.
    fn searching(method: Method, came: &[u8], signed: &[u8], test: impl FnOnce(&mut Search<'_>)) {
        let value = hex::encode(method.tag(b"key", [b"", signed, b""]));
        let header = Header { name: "x-signature", value: value.as_bytes() };
        let request = Request::new(&SCHEME, vec![header], None, came);
        let evidence = Evidence::new(&request, came);
        let rooms = rooms(&evidence);
        let keys = keys(&SecretBytes::new("key").unwrap(), SCHEME.key_encoding());
        test(&mut Search::new(&evidence, &rooms, &keys));
    }

    fn own() -> impl Iterator<Item = Framed> {
        std::iter::once((None, Frame::default()))
    }

    /// A body that a number of changes have made.
    fn changed<'s>(body: &[u8], changes: usize) -> std::iter::Once<Source<'s>> {
        std::iter::once((None, (vec![BodyCause::Retabbed; changes], Bytes::Owned(body.to_vec()))))
    }

    #[test]
    fn a_stage_takes_half_of_what_is_left() {
        let mut budget = Budget { left: 10, reserve: 4, is_complete: true };
        assert!(budget.pay(5) && budget.pay(1) && budget.is_complete);
        assert!(!budget.pay(1) && !budget.is_complete && budget.left == 4);
        assert!(budget.pay(0) && !budget.is_complete);

        searching(Method::Hmac(Hash::Sha256), b"came", b"another", |search| {
            search.budget.left = 100_000;
            let many = (0..1000).flat_map(|_| changed(b"x", 1));
            assert!(search.stage(Configured, own, many).is_none() && !search.is_complete());
            // The cost of one hash is 257 bytes here.
            assert!((50_000..50_257).contains(&search.budget.left), "{}", search.budget.left);
        });
    }

    #[test]
    fn a_hash_costs_its_text_and_its_blocks() {
        let frame = Frame { before: b"12".to_vec(), after: b"345".to_vec(), time: Vec::new() };
        assert_eq!(cost(&frame, b"6789"), 256 + 9);
    }

    #[test]
    fn each_stage_tries_its_own_keys() {
        searching(Method::Hmac(Hash::Sha256), b"x", b"x", |search| {
            assert!(search.stage(Changed, own, changed(b"x", 0)).is_none());
            assert!(search.stage(Configured, own, changed(b"x", 0)).is_some());
            assert!(search.is_complete() && search.has_tried());
        });
    }

    /// The tag is a hash without a key.
    #[test]
    fn another_method_is_tried_with_one_change_and_with_none_of_a_long_body() {
        for (length, changes, is_tried) in [
            (1, 0, true),
            (1, 1, true),
            (1, 2, false),
            (262_144, 1, true),
            (262_145, 0, true),
            (262_145, 1, false),
        ] {
            searching(Method::Plain(Hash::Sha256), &vec![b'x'; length], b"y", |search| {
                let found = search.stage(Configured, own, changed(b"y", changes));
                assert_eq!(found.is_some(), is_tried, "{length} bytes, {changes} changes");
            });
        }
    }

    #[test]
    fn a_content_is_written_in_other_ways() {
        let long = "x".repeat(LONGEST_TWICE);
        for (body, count) in [("{\"a\":{\"b\":1}}".to_owned(), 1), (format!("{{\"a\":\"{long}\"}}"), 0)] {
            let request = Request::new(&SCHEME, Vec::new(), None, &[]);
            let evidence = Evidence::new(&request, body.as_bytes());
            let spaced =
                BodyCause::Reserialised { dialect: Dialect::KEPT.layout(crate::json::Layout::Spaced) };
            let is_of = |source: &Source<'_>, path: &str| matches!(&source.0, Some(TextCause::Member { path: member }) if member == path);
            let made: Vec<_> = rewritten_contents(&evidence).filter(|source| is_of(source, "a")).collect();
            assert_eq!(
                made.iter().filter(|source| source.1.0 == [spaced.clone()]).count(),
                count,
                "{body:.20}"
            );
            assert!(
                rewritten_contents(&evidence)
                    .all(|source| !matches!(source.0, Some(TextCause::Hashed { .. })))
            );
        }
    }
}
