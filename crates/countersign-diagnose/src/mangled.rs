//! The texts that shells, settings files, screens and forms make of a secret, and the secrets that they were made of.

use crate::encoding::{from_form_text, from_percent};
use crate::text::{with_entities, without_entities};

/// Fewest bytes of a part of a text that may be the secret.
const MIN_PART: usize = 6;

/// Most parts of a text that are tried.
const MAX_PARTS: usize = 24;

/// Longest text, in bytes, whose parts are tried.
const MAX_TEXT: usize = 4096;

/// The words in a text that is more than the secret: a file of settings, JSON, a list, a header, a line with a comment.
pub(crate) fn parts(secret: &[u8]) -> Vec<Vec<u8>> {
    let is_between = |byte: &u8| byte.is_ascii_whitespace() || b",;\"'`{}[]()<>".contains(byte);
    let named = |word: &[u8]| {
        let end = word.iter().position(|byte| b"=:".contains(byte))?;
        word.get(end.saturating_add(1)..).map(<[u8]>::to_vec)
    };
    let words = secret.split(is_between).filter(|_| secret.len() <= MAX_TEXT);
    let found = words.flat_map(|word| [Some(word.to_vec()), named(word)]).flatten();
    found.filter(|part| part.len() >= MIN_PART && part != secret).take(MAX_PARTS).collect()
}

/// The secret without the signs that no screen shows, and without typographic quotes.
pub(crate) fn visible(secret: &[u8]) -> Option<Vec<u8>> {
    let is_lost = |sign: char| {
        sign.is_control()
            || matches!(
                sign,
                '\u{a0}' | '\u{ad}' | '\u{200b}'
                    ..='\u{200f}' | '\u{2060}' | '\u{feff}' | '“' | '”' | '‘' | '’'
            )
    };
    let text = std::str::from_utf8(secret).ok().filter(|text| text.contains(is_lost))?;
    Some(text.replace(is_lost, "").trim().as_bytes().to_vec())
}

/// The secret with its backslash escapes resolved, and without white space that this makes at its ends.
pub(crate) fn unescaped(secret: &[u8]) -> Vec<Vec<u8>> {
    let Some(text) = std::str::from_utf8(secret).ok().filter(|text| text.contains('\\')) else {
        return Vec::new();
    };
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    [plain.trim(), &plain].map(|text| text.as_bytes().to_vec()).to_vec()
}

/// The secret with `\n` in two characters: in place of each line break, and at its end.
pub(crate) fn with_escapes(secret: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(secret);
    let inside = text.contains('\n').then(|| text.replace('\n', "\\n").into_bytes());
    inside.into_iter().chain([[secret, b"\\n"].concat()]).collect()
}

/// The secret with this text in place of another. `None` if it does not have the other.
pub(crate) fn replaced(secret: &[u8], from: &str, to: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(secret).ok().filter(|text| text.contains(from))?;
    Some(text.replace(from, to).into_bytes())
}

/// The secret without `$name`, `${name}` and `$1`, as a shell expands variables that are not set.
pub(crate) fn expanded(secret: &[u8]) -> Option<Vec<u8>> {
    let (first, rest) = std::str::from_utf8(secret).ok()?.split_once('$')?;
    let mut text = first.to_owned();
    for part in rest.split('$') {
        let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let behind = match part.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((_, behind)) => behind,
            // A shell has one digit in such a name.
            None if part.starts_with(|first: char| first.is_ascii_digit()) => {
                part.get(1..).unwrap_or_default()
            }
            None => part.trim_start_matches(is_name),
        };
        text.push_str(behind);
    }
    Some(text.into_bytes())
}

/// The secret up to the first `#`.
pub(crate) fn uncommented(secret: &[u8]) -> Option<Vec<u8>> {
    let end = secret.iter().position(|byte| *byte == b'#')?;
    secret.get(..end).map(<[u8]>::trim_ascii_end).filter(|text| !text.is_empty()).map(<[u8]>::to_vec)
}

pub(crate) fn without_html(secret: &[u8]) -> Option<Vec<u8>> {
    without_entities(secret).map(String::into_bytes)
}

pub(crate) fn with_html(secret: &[u8]) -> Vec<Vec<u8>> {
    let has_special = secret.iter().any(|byte| b"&<>\"'".contains(byte));
    let all = if has_special { with_entities(secret) } else { Vec::new() };
    all.into_iter().map(String::into_bytes).collect()
}

/// The secret without the `=` at its end.
pub(crate) fn unpadded(secret: &[u8]) -> Option<Vec<u8>> {
    let end = secret.iter().rposition(|byte| *byte != b'=')?;
    secret.get(..=end).map(<[u8]>::to_vec)
}

/// The secret with percent escapes decoded, and with a blank for `+`.
pub(crate) fn decoded(secret: &[u8]) -> Vec<Vec<u8>> {
    [from_percent(secret), from_form_text(secret)].into_iter().flatten().collect()
}

/// The secret with percent escapes, and with `+` for a blank.
pub(crate) fn escaped(secret: &[u8]) -> Vec<Vec<u8>> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    if secret.iter().all(|byte| is_plain(*byte)) {
        return Vec::new();
    }
    let escape =
        |byte: &u8| if is_plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    let escaped: String = secret.iter().map(escape).collect();
    vec![escaped.replace("%20", "+").into_bytes(), escaped.into_bytes()]
}

/// A text of hex digits with dashes, such as a UUID: its digits alone, and their bytes.
pub(crate) fn without_dashes(secret: &[u8]) -> Vec<Vec<u8>> {
    let digits: Vec<u8> = secret.iter().copied().filter(|byte| !b"-{}".contains(byte)).collect();
    let bytes = hex::decode(&digits).ok().filter(|_| digits.len() < secret.len());
    bytes.into_iter().flat_map(|bytes| [digits.clone(), bytes]).collect()
}

/// One half of a secret that is there twice.
pub(crate) fn half(secret: &[u8]) -> Option<Vec<u8>> {
    let (first, second) = secret.split_at_checked(secret.len() / 2)?;
    (first == second).then(|| first.to_vec())
}

/// The beginnings of a secret, of the lengths that columns, forms and hashes have, with their lengths.
pub(crate) fn beginnings(secret: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    const LENGTHS: [usize; 13] = [16, 20, 24, 32, 36, 40, 50, 64, 72, 100, 128, 255, 256];
    LENGTHS.into_iter().filter_map(|length| Some((length, secret.get(..length)?.to_vec())))
}

/// The text that the base64 of it encodes, as it is and without white space at its ends.
pub(crate) fn encoded_text(decoded: Option<Vec<u8>>) -> Vec<Vec<u8>> {
    let is_text = |text: &Vec<u8>| {
        text.trim_ascii().iter().all(|byte| matches!(byte, b' '..=b'~')) && text.len() >= MIN_PART
    };
    let text = decoded.filter(is_text);
    text.into_iter().flat_map(|text| [text.trim_ascii().to_vec(), text.clone()]).collect()
}

/// The beginnings of the API keys and tokens that people take for the secret of a webhook.
const API_KEYS: [&str; 20] = [
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "rk_test_",
    "pk_live_",
    "pk_test_",
    "we_",
    "xoxb-",
    "xoxp-",
    "xapp-",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "shpat_",
    "shpca_",
    "lin_api_",
    "eyJ",
    "-----BEGIN",
];

/// The beginning of a secret that is an API key or another token.
pub(crate) fn api_key(secret: &[u8]) -> Option<&'static str> {
    API_KEYS.into_iter().find(|start| secret.trim_ascii_start().starts_with(start.as_bytes()))
}

/// Whether a secret is a text that stands for one.
pub(crate) fn is_placeholder(secret: &[u8]) -> bool {
    const WHOLE: [&str; 8] = ["undefined", "null", "none", "nil", "changeme", "secret", "true", "false"];
    const STARTS: [&str; 9] = ["{{", "${", "$(", "<your", "your-", "your_", "<secret", "xxx", "process.env"];
    const INSIDE: [&str; 4] = ["your_secret", "your-secret", "secret_here", "secret-here"];
    let text = String::from_utf8_lossy(secret).trim().to_ascii_lowercase();
    WHOLE.contains(&text.as_str())
        || STARTS.iter().any(|start| text.starts_with(start))
        || INSIDE.iter().any(|part| text.contains(part))
}

/// The texts that languages print for a value that is not set.
pub(crate) const UNSET: [&str; 7] = ["undefined", "null", "None", "nil", "NaN", "false", "[object Object]"];
