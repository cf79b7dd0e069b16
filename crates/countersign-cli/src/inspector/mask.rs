//! Values of headers without their tags and secrets. The page shows where a tag stands and how long it is, and never the whole of it.

use std::fmt::Write as _;

use countersign::testing::PROVIDERS;

use crate::http1::HeaderList;

/// Longest run of characters that stays, such as `sha256` or `v1`.
const LONGEST: usize = 8;

/// Digits of a time in milliseconds. They stay.
const TIME: usize = 13;

/// Characters of a tag that stay visible, so that two tags can be told apart.
const VISIBLE: usize = 6;

/// Characters of short runs that stay visible in a value. A tag with a `:` after each byte is made of short runs.
const MOST: usize = 24;

/// Most parts of tags, and most parts of secrets, that are searched for in an answer.
const PARTS: usize = 32;

/// Parts of the names of headers that may hold a tag.
const TAG: [&str; 4] = ["signature", "hmac", "digest", "-sig"];

/// Parts of the names of headers that may hold a secret.
const SECRET: [&str; 9] = [
    "authorization",
    "cookie",
    "token",
    "secret",
    "api-key",
    "apikey",
    "access-key",
    "password",
    "credential",
];

/// The ways in which a value is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Tag,
    Secret,
}

/// The value of a header for the page.
pub(super) fn masked(name: &str, value: &[u8], signature_header: &str) -> String {
    let text = String::from_utf8_lossy(value);
    match kind(name, signature_header) {
        Kind::Plain => text.into_owned(),
        Kind::Tag => without_tags(&text),
        Kind::Secret if text.is_empty() => String::new(),
        Kind::Secret => format!("… ({} characters)", text.chars().count()),
    }
}

/// The bytes of an answer without the tags and the secrets of its request. An endpoint may send back each header that it gets.
pub(super) fn without_echo(headers: &HeaderList, signature_header: &str, answer: &[u8]) -> Vec<u8> {
    let mut answer = answer.to_vec();
    // The shortest part that is searched for, and how much of it stays. A shorter part may be a word that has nothing to do with the header.
    for (hidden, shortest, visible) in [(Kind::Tag, 16, VISIBLE), (Kind::Secret, 7, 0)] {
        let values = headers.iter().filter(|(name, _)| kind(name, signature_header) == hidden);
        let parts = values.flat_map(|(_, value)| value.split(|byte| !is_of_tag(char::from(*byte))));
        for part in parts.filter(|part| part.len() >= shortest).take(PARTS) {
            while let Some(place) = answer.windows(part.len()).position(|window| window == part) {
                let end = place.saturating_add(part.len());
                answer.splice(place.saturating_add(visible)..end, "…".bytes());
            }
        }
    }
    answer
}

fn kind(name: &str, signature_header: &str) -> Kind {
    let lower = name.to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    // The listener may be set up for another provider than the one that delivers.
    let is_of_a_provider = || PROVIDERS.iter().any(|provider| provider.scheme.header() == lower);
    match () {
        () if lower == signature_header => Kind::Tag,
        () if has(&SECRET) => Kind::Secret,
        () if has(&TAG) || is_of_a_provider() => Kind::Tag,
        () => Kind::Plain,
    }
}

/// Whether a character may be a digit of hex or of base64.
const fn is_of_tag(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '_' | '-')
}

/// Shortens each long run of the characters of hex and base64, and leaves out everything behind many short ones.
pub(super) fn without_tags(text: &str) -> String {
    let (mut out, mut left) = (String::new(), MOST);
    for piece in text.split_inclusive(|character| !is_of_tag(character)) {
        let run = piece.trim_end_matches(|character| !is_of_tag(character));
        let is_time = run.len() <= TIME && run.bytes().all(|byte| byte.is_ascii_digit());
        if run.len() > LONGEST && !is_time {
            let start: String = run.chars().take(VISIBLE).collect();
            // Writing to a `String` cannot fail.
            write!(out, "{start}… ({} characters)", run.len()).unwrap_or_default();
        } else if let Some(less) = left.checked_sub(run.len()) {
            left = less;
            out.push_str(run);
        } else {
            out.push('…');
            break;
        }
        out.extend(piece.chars().skip(run.len()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_secrets_are_masked_and_times_stay() {
        let hex = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        for (name, value, seen) in [
            ("X-Hub-Signature-256", format!("sha256={hex}"), "sha256=757107… (64 characters)"),
            (
                "stripe-signature",
                format!("t=1768480200,v1={hex},v0={hex}"),
                "t=1768480200,v1=757107… (64 characters),v0=757107… (64 characters)",
            ),
            ("X-Mac", hex.to_owned(), "757107… (64 characters)"),
            (
                "webhook-signature",
                "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=".to_owned(),
                "v1,K5oZfz… (43 characters)=",
            ),
            ("authorization", "Bearer abcdefghijklmnopqrstuvwxyz".to_owned(), "… (33 characters)"),
            ("cookie", "id=1".to_owned(), "… (4 characters)"),
            ("X-Gitlab-Token", "hunter2".to_owned(), "… (7 characters)"),
            ("x-gitlab-token", String::new(), ""),
            // The signature of a provider that the listener is not set up for.
            ("X-Airtable-Content-MAC", "bXkgdGFnIGlzIGEgdGFnIGk=".to_owned(), "bXkgdG… (23 characters)="),
            ("x-mac", "whsec_abc".to_owned(), "whsec_… (9 characters)"),
            ("x-mac", "t=1768480200123,id=12345678".to_owned(), "t=1768480200123,id=12345678"),
            (
                "x-mac",
                "75:71:07:ea:0e:b2:50:9f:c2:11:22:1c:ce:98:4b:8a".to_owned(),
                "75:71:07:ea:0e:b2:50:9f:c2:11:22:1c:…",
            ),
            ("x-github-delivery", hex.to_owned(), hex),
            ("x-mac", String::new(), ""),
        ] {
            assert_eq!(masked(name, value.as_bytes(), "x-mac"), seen, "{name}");
        }
        assert_eq!(masked("x-mac", b"\xff\xfe", "x-mac"), "\u{fffd}\u{fffd}");
    }

    #[test]
    fn an_answer_that_sends_headers_back_has_no_tag() {
        let tag = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let cookies = (0..100).map(|number| format!("name_{number}=of-a-long-value_{number}; ")).collect();
        let headers = [
            ("authorization", "Bearer hunter2".to_owned()),
            ("cookie", cookies),
            ("X-Mac", format!("sha256={tag}")),
            ("x-id", "1".repeat(40)),
        ];
        let headers: HeaderList =
            headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())).collect();
        let answer = format!(
            "\u{e9}{{\"x-mac\":\"sha256={tag}\",\"again\":\"{tag}{tag}\"}} Bearer {}",
            "1".repeat(40)
        );
        let sent_back = [answer.as_bytes(), b" hunter2\xff"].concat();
        let shown = without_echo(&headers, "x-mac", &sent_back);
        let expected = format!("{} …\u{fffd}", answer.replace(tag, "757107…"));
        assert_eq!(String::from_utf8_lossy(&shown), expected);
    }
}
