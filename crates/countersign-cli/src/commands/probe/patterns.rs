//! The mistakes of an endpoint in sentences, as far as its wrong answers show them.

use super::Row;

/// The answers of an endpoint.
#[derive(Clone, Copy)]
struct Answers<'a>(&'a [Row]);

impl Answers<'_> {
    /// Whether the request is a forgery, and the endpoint took it.
    fn took(self, name: &str) -> bool {
        self.0.iter().any(|row| row.name == name && row.is_taken() && !row.right)
    }

    /// Whether the request is genuine, and the endpoint did not take it.
    fn refused(self, name: &str) -> bool {
        self.0.iter().any(|row| row.name == name && row.tried && row.expected == "2xx" && !row.right)
    }

    fn took_all(self, names: &[&str]) -> bool {
        names.iter().all(|name| self.took(name))
    }

    fn took_any(self, names: &[&str]) -> bool {
        names.iter().any(|name| self.took(name))
    }

    fn status(self, name: &str) -> Option<u16> {
        self.0.iter().find(|row| row.name == name)?.status
    }

    fn takes_everything(self) -> bool {
        self.took_all(&["unsigned", "other-secret", "body-bit-flipped"])
    }
}

/// One pattern: the sentence, and whether the answers show it.
struct Pattern {
    says: &'static str,
    shows: fn(Answers<'_>) -> bool,
}

/// The sentences that hold for these answers.
pub(super) fn patterns(rows: &[Row]) -> Vec<&'static str> {
    let answers = Answers(rows);
    if answers.takes_everything() {
        return vec![
            "it checks no signature at all: is the check switched off, or does the route have none?",
        ];
    }
    PATTERNS.iter().filter(|pattern| (pattern.shows)(answers)).map(|pattern| pattern.says).collect()
}

/// The commonest mistakes.
#[rustfmt::skip]
const PATTERNS: &[Pattern] = &[
    Pattern {
        says: "it does not check when the header is missing: refuse a request without a signature",
        shows: |it| it.took("unsigned"),
    },
    Pattern {
        says: "it does not check when the header is empty: refuse an empty signature",
        shows: |it| it.took("empty-signature") && !it.took_any(&["unsigned", "one-digit"]),
    },
    Pattern {
        says: "it looks for a signature and does not compare it: any tag of the right form passes",
        shows: |it| !it.took("unsigned") && it.took_all(&["zero-tag", "other-secret"]),
    },
    Pattern {
        says: "it compares with a prefix: a part of the tag passes, so compare whole tags of equal length",
        shows: |it| !it.took("zero-tag") && it.took_any(&["one-digit", "half-tag"]),
    },
    Pattern {
        says: "its key is empty: is the secret set where the endpoint runs?",
        shows: |it| !it.took("other-secret") && it.took("empty-secret"),
    },
    Pattern {
        says: "it compares a hash that has no key: use an HMAC with the secret",
        shows: |it| !it.took("other-secret") && it.took("hash-without-key"),
    },
    Pattern {
        says: "it does not hash the body: a changed body passes",
        shows: |it| !it.took("other-secret") && it.took("body-bit-flipped"),
    },
    Pattern {
        says: "it hashes an empty body: something has read the body before the check",
        shows: |it| !it.took("other-secret") && it.took("empty-body-signed"),
    },
    Pattern {
        says: "it re-serialises the JSON: hash the bytes that came, before anything parses them",
        shows: |it| !it.took("body-bit-flipped") && (it.refused("beyond-ascii") || it.took_all(&["body-with-newline", "body-with-space"])),
    },
    Pattern {
        says: "it strips white space from the body before it hashes it: hash the bytes that came",
        shows: |it| !it.refused("beyond-ascii") && it.took("body-with-newline") != it.took("body-with-space"),
    },
    Pattern {
        says: "it lets the header choose the algorithm: accept the provider's alone",
        shows: |it| !it.took("other-secret") && it.took_any(&["sha1", "sha512"]),
    },
    Pattern {
        says: "it does not check how old the signed time is: a captured delivery can be sent again",
        shows: |it| !it.took("other-secret") && it.took_any(&["time-too-old", "time-from-the-future"]),
    },
    Pattern {
        says: "it takes one of several signature headers and ignores the others",
        shows: |it| !it.took("zero-tag") && it.took_any(&["right-then-wrong", "wrong-then-right"]),
    },
    Pattern {
        says: "it takes bare digits as well as the provider's own format, because it strips the prefix wherever it finds one",
        shows: |it| !it.took("zero-tag") && it.took("other-format"),
    },
    Pattern {
        says: "it compares hex digits as text: capital digits are the same tag",
        shows: |it| it.refused("digits-in-capitals"),
    },
    Pattern {
        says: "it does not read a body without a Content-Length",
        shows: |it| it.refused("chunked"),
    },
    Pattern {
        says: "it refuses a repeat: a provider sends a delivery again until it sees a 2xx, so answer a repeat with 2xx too",
        shows: |it| it.refused("repeat") && !it.refused("genuine-after-all"),
    },
    Pattern {
        says: "its body limit is below the one of this probe: --limit BYTES names the one that is meant",
        shows: |it| it.refused("limit") && it.status("limit") == Some(413),
    },
    Pattern {
        says: "it has no body limit: anybody can make it read large bodies",
        shows: |it| it.took_any(&["over-limit", "over-limit-chunked"]),
    },
    Pattern {
        says: "something limits its requests: the answers with the status 429 say nothing about the check",
        shows: |it| it.0.iter().any(|row| row.status == Some(429)),
    },
    Pattern {
        says: "it fails at a malformed signature instead of refusing it: answer 401, since a provider sends again after a 5xx",
        shows: |it| it.0.iter().any(|row| row.expected == "4xx" && row.status.is_some_and(|status| status >= 500)),
    },
];
