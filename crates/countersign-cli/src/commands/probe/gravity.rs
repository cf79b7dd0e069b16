//! How bad a wrong answer is, and the group that a request belongs to.

use serde::Serialize;

/// The gravity of a wrong answer, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Gravity {
    Critical,
    Serious,
    Minor,
}

/// Requests that test the same part of an endpoint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) name: &'static str,
    gravity: Gravity,
    members: &'static [&'static str],
}

use Gravity::{Critical, Minor, Serious};

impl Gravity {
    /// The heading of its findings.
    pub(super) const fn heading(self) -> &'static str {
        match self {
            Critical => "critical: anybody can forge or change a delivery",
            Serious => {
                "serious: deliveries can be lost, repeated or forged in some cases, or memory can run out"
            }
            Minor => "minor: the endpoint is not exact",
        }
    }
}

/// The group of a request.
pub(super) fn group(name: &str) -> Option<&'static Group> {
    GROUPS.iter().find(|group| group.members.contains(&name))
}

/// The gravity of a wrong answer to a request of this name. `taken`: the request was accepted, or it is genuine and was refused. Otherwise
/// a forgery was refused with a wrong status.
pub(super) fn gravity(name: &str, taken: bool) -> Gravity {
    if taken { group(name).map_or(Serious, |group| group.gravity) } else { Minor }
}

/// All groups. Two rows of different gravity may have the same name.
#[rustfmt::skip]
const GROUPS: &[Group] = &[
    Group { name: "genuine deliveries", gravity: Serious, members: &["genuine", "repeat", "chunked", "beyond-ascii", "genuine-after-all"] },
    Group { name: "genuine deliveries", gravity: Minor, members: &["digits-in-capitals"] },
    Group { name: "unsigned requests", gravity: Critical, members: &["unsigned", "empty-signature", "prefix-alone", "zero-tag", "word-for-signature", "high-bytes"] },
    Group { name: "other keys", gravity: Critical, members: &["other-secret", "empty-secret", "hash-without-key", "upside-down"] },
    Group { name: "other keys", gravity: Serious, members: &["half-secret", "key-from-base64", "key-from-hex", "key-not-decoded", "key-with-prefix"] },
    Group { name: "changed bodies", gravity: Critical, members: &["body-bit-flipped", "body-twice", "body-cut", "empty-body-signed"] },
    Group { name: "changed bodies", gravity: Serious, members: &["body-with-newline", "body-with-space", "body-alone-signed"] },
    Group { name: "cut tags", gravity: Critical, members: &["one-digit"] },
    Group { name: "cut tags", gravity: Serious, members: &["half-tag", "one-digit-short", "one-byte-short", "hex-with-letter-g"] },
    Group { name: "other algorithms", gravity: Serious, members: &["sha1", "sha512", "sha1-as-own", "sha256-as-own", "sha512-as-sha256", "sha512-cut"] },
    Group { name: "signed times and ids", gravity: Serious, members: &["time-too-old", "time-from-the-future", "time-is-a-word", "time-missing", "other-id", "id-missing", "id-byte-in-time", "time-byte-in-id", "time-byte-in-body", "body-byte-in-time"] },
    Group { name: "signed times and ids", gravity: Minor, members: &["time-twice", "time-with-zero", "time-with-plus", "time-with-space", "time-with-fraction", "time-with-offset", "id-twice", "id-empty"] },
    Group { name: "bodies around the limit", gravity: Serious, members: &["limit", "over-limit", "over-limit-chunked"] },
    Group { name: "several signatures", gravity: Minor, members: &["other-header", "signature-twice", "right-then-wrong", "wrong-then-right", "list-of-two", "right-among-others", "other-version", "ninth-entry"] },
    Group { name: "spellings of a signature", gravity: Minor, members: &["other-format", "prefix-in-capitals", "prefix-with-colon", "prefix-twice", "algorithm-none", "sha1-label", "one-digit-long", "one-byte-long", "hex-with-0x", "hex-with-dash", "space-before", "space-within", "quoted", "hex", "base64", "base64url", "base64-unpadded", "base64-overpadded", "base64-stray-bits"] },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use countersign::Secret;
    use countersign::testing::{PROVIDERS, forgeries_with};

    use super::*;

    #[test]
    fn every_forgery_is_in_one_group() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let names: HashSet<_> = PROVIDERS
            .iter()
            .flat_map(|provider| forgeries_with(provider.scheme, &secret, "{}"))
            .map(|forgery| forgery.name())
            .collect();
        assert!(names.len() > 60);
        for name in names {
            let groups = GROUPS.iter().filter(|group| group.members.contains(&name)).count();
            assert_eq!(groups, 1, "{name}");
        }
    }
}
