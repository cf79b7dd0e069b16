//! The search: every key with every body, until one of them made a tag that came.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use super::body::{Rewrite, rewrites};
use super::header::Claim;
use super::json::Json;
use super::secret::Candidate;
use super::{BodyCause, Cause, HeaderCause};
use crate::mac::Algorithm;

/// Bytes that are hashed at most. A search that would need more stops there.
pub(super) const BUDGET: usize = 256 * 1024 * 1024;

/// Bytes of rewritten bodies that are kept for the pairs: with a dozen keys each, more would not fit into the budget.
const MEMORY: usize = 16 * 1024 * 1024;

/// What a hash costs besides the body's bytes: four blocks and their padding.
const OVERHEAD: usize = 256;

/// What a search is made over.
pub(super) struct Search<'a> {
    pub(super) body: &'a [u8],
    pub(super) json: Option<Json<'a>>,
    pub(super) claims: &'a [Claim],
    pub(super) stamps: Vec<Vec<u8>>,
    pub(super) keys: Vec<Candidate>,
    pub(super) left: usize,
}

/// The budget is spent.
pub(super) struct Exhausted;

type Found = Result<Option<Vec<Cause>>, Exhausted>;

impl Search<'_> {
    /// The first change that explains a tag: none, one of the secret, one of the body, one of each. Those of the secret hash one body
    /// alone, and are over before the budget is.
    pub(super) fn run(self) -> Found {
        let (configured, changed): (Vec<_>, Vec<_>) = self.keys.iter().partition(|key| key.cause.is_none());
        let came = || std::iter::once((None, self.body));
        let mut kept = Kept { bodies: Vec::new(), room: MEMORY, dropped: false };
        let rewritten = distinct(self.body, rewrites(self.body, self.json.as_ref(), &self.stamps))
            .inspect(|(cause, body)| kept.keep(cause, body))
            .map(|(cause, body)| (Some(cause), body));

        let mut tried = Tried { claims: self.claims, left: self.left };
        let mut found = tried.pass(came(), &configured, true)?;
        if found.is_none() {
            found = tried.pass(came(), &changed, false)?;
        }
        if found.is_none() {
            found = tried.pass(rewritten, &configured, true)?;
        }
        if found.is_none() {
            found = tried.pass(kept.bodies, &changed, false)?;
        }
        if found.is_none() && kept.dropped { Err(Exhausted) } else { Ok(found) }
    }
}

/// Bodies for the pairs, since writing them costs more than hashing them.
struct Kept {
    bodies: Vec<(Option<BodyCause>, Vec<u8>)>,
    room: usize,
    dropped: bool,
}

impl Kept {
    fn keep(&mut self, cause: &BodyCause, body: &[u8]) {
        match self.room.checked_sub(body.len()) {
            Some(room) => {
                self.room = room;
                self.bodies.push((Some(cause.clone()), body.to_vec()));
            }
            None => self.dropped = true,
        }
    }
}

/// Leaves out what came as it is, and what was there before.
fn distinct<'a>(
    came: &[u8],
    rewrites: impl Iterator<Item = Rewrite<'a>>,
) -> impl Iterator<Item = Rewrite<'a>> {
    let hasher = RandomState::new();
    let mut seen = HashSet::from([hasher.hash_one(came)]);
    rewrites.filter(move |(_, body)| seen.insert(hasher.hash_one(body.as_ref())))
}

struct Tried<'a> {
    claims: &'a [Claim],
    left: usize,
}

impl Tried<'_> {
    fn pass(
        &mut self,
        bodies: impl IntoIterator<Item = (Option<BodyCause>, impl AsRef<[u8]>)>,
        keys: &[&Candidate],
        hashes: bool,
    ) -> Found {
        for (cause, body) in bodies {
            // A plain hash has no key, so that once for each body is enough.
            let plain = if hashes { self.one(PLAIN, &[], body.as_ref())? } else { None };
            if let Some(header) = plain {
                return Ok(Some(causes(header, cause, None)));
            }
            for key in keys {
                if let Some(header) = self.one(KEYED, &key.key, body.as_ref())? {
                    return Ok(Some(causes(header, cause, Some(key))));
                }
            }
        }
        Ok(None)
    }

    /// What is wrong with the header, if this key and this body made one of the tags in it.
    fn one(
        &mut self,
        kinds: [Kind; 3],
        key: &[u8],
        body: &[u8],
    ) -> Result<Option<Vec<HeaderCause>>, Exhausted> {
        for Kind { algorithm, bytes, cause } in kinds {
            // A shorter tag is thought to be a cut one of SHA-256, which is the right algorithm.
            let fits = |claim: &&Claim| {
                claim.tag.len() == bytes || (algorithm == Algorithm::HmacSha256 && claim.tag.len() < bytes)
            };
            let claims: Vec<&Claim> = self.claims.iter().filter(fits).collect();
            if claims.is_empty() {
                continue;
            }
            self.spend(body.len().saturating_add(OVERHEAD))?;
            let tags: Vec<&[u8]> = claims.iter().map(|claim| claim.tag.as_slice()).collect();
            if let Some(claim) = algorithm.made(key, body, &tags).and_then(|place| claims.get(place)) {
                let mut causes = claim.causes.clone();
                if let Some(cause) = cause {
                    // The prefix that names the other algorithm is right about it.
                    causes.retain(|cause| *cause != HeaderCause::PrefixMisspelt);
                    causes.push(cause);
                } else if claim.tag.len() < bytes
                    && !causes.iter().any(|cause| matches!(cause, HeaderCause::Truncated { .. }))
                {
                    causes.push(HeaderCause::Truncated { digits: claim.tag.len().saturating_mul(2) });
                }
                return Ok(Some(causes));
            }
        }
        Ok(None)
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Exhausted> {
        self.left = self.left.checked_sub(bytes).ok_or(Exhausted)?;
        Ok(())
    }
}

struct Kind {
    algorithm: Algorithm,
    bytes: usize,
    cause: Option<HeaderCause>,
}

const KEYED: [Kind; 3] = [
    Kind { algorithm: Algorithm::HmacSha256, bytes: 32, cause: None },
    Kind { algorithm: Algorithm::HmacSha1, bytes: 20, cause: Some(HeaderCause::Sha1) },
    Kind { algorithm: Algorithm::HmacSha512, bytes: 64, cause: Some(HeaderCause::Sha512) },
];

const PLAIN: [Kind; 3] = [
    Kind { algorithm: Algorithm::Sha256, bytes: 32, cause: Some(HeaderCause::PlainHash) },
    Kind { algorithm: Algorithm::Sha1, bytes: 20, cause: Some(HeaderCause::PlainHash) },
    Kind { algorithm: Algorithm::Sha512, bytes: 64, cause: Some(HeaderCause::PlainHash) },
];

fn causes(header: Vec<HeaderCause>, body: Option<BodyCause>, key: Option<&Candidate>) -> Vec<Cause> {
    // The styles of other families say themselves that something stands in front of the body.
    let styled = header.iter().any(|cause| {
        matches!(cause, HeaderCause::StandardWebhooks | HeaderCause::Stripe | HeaderCause::Slack)
    });
    let body = body.filter(|cause| !(styled && *cause == BodyCause::Stamped));
    let secret = key.and_then(|key| key.cause.clone());
    let header = header.into_iter().map(Cause::Header);
    header.chain(body.map(Cause::Body)).chain(secret.map(Cause::Secret)).collect()
}
