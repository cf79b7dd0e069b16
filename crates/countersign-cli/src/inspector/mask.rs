//! Values of headers without their tags and secrets. The page shows where a tag stands and how long it is, and never the whole of it.

use std::fmt::Write as _;

/// Shortest run of characters that may be a tag or a secret. A time has 10 or 13 digits, and stays.
const SHORTEST: usize = 16;

/// Characters of a run that stay visible, so that two tags can be told apart.
const VISIBLE: usize = 6;

/// Parts of the names of headers that may hold something secret.
const SECRET: [&str; 8] =
    ["signature", "hmac", "authorization", "cookie", "token", "secret", "api-key", "apikey"];

/// The value of a header for the page.
pub(super) fn masked(name: &str, value: &[u8], signature_header: &str) -> String {
    let text = String::from_utf8_lossy(value);
    let lower = name.to_ascii_lowercase();
    let is_secret = lower == signature_header || SECRET.iter().any(|part| lower.contains(part));
    if is_secret { without_runs(&text) } else { text.into_owned() }
}

/// Shortens each long run of the characters of hex and base64.
fn without_runs(text: &str) -> String {
    let (mut out, mut run) = (String::new(), String::new());
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '_' | '-') {
            run.push(character);
        } else {
            end(&mut out, &mut run);
            out.push(character);
        }
    }
    end(&mut out, &mut run);
    out
}

fn end(out: &mut String, run: &mut String) {
    if run.len() < SHORTEST {
        out.push_str(run);
    } else {
        let start: String = run.chars().take(VISIBLE).collect();
        // Writing to a `String` cannot fail.
        write!(out, "{start}… ({} characters)", run.len()).unwrap_or_default();
    }
    run.clear();
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
            (
                "authorization",
                "Bearer abcdefghijklmnopqrstuvwxyz".to_owned(),
                "Bearer abcdef… (26 characters)",
            ),
            ("x-github-delivery", hex.to_owned(), hex),
            ("x-mac", String::new(), ""),
        ] {
            assert_eq!(masked(name, value.as_bytes(), "x-mac"), seen, "{name}");
        }
        assert_eq!(masked("x-mac", b"\xff\xfe", "x-mac"), "\u{fffd}\u{fffd}");
    }
}
