//! The query of a handshake by `GET`.

use super::Refusal;

/// The decoded value of a parameter that must be sent exactly once.
///
/// If a parameter came twice, a proxy in front may have checked one value, and this service would take the other.
pub(super) fn only(query: &str, name: &'static str) -> Result<String, Refusal> {
    let mut only = None;
    for pair in query.split('&') {
        let (encoded, value) = pair.split_once('=').unwrap_or((pair, ""));
        // A name may be encoded too: `hub%2Emode` is `hub.mode`.
        let (found, value) = (decode(encoded)?, decode(value)?);
        if found == name && only.replace(value).is_some() {
            return Err(Refusal::RepeatedParameter { name });
        }
    }
    only.ok_or(Refusal::MissingParameter { name })
}

/// Decodes `%41` to `A` and `+` to a blank, as forms and query strings are encoded.
fn decode(encoded: &str) -> Result<String, Refusal> {
    let mut bytes = encoded.bytes();
    let mut decoded = Vec::with_capacity(encoded.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => escaped(&mut bytes).ok_or(Refusal::MalformedQuery)?,
            other => other,
        });
    }
    String::from_utf8(decoded).map_err(|_| Refusal::MalformedQuery)
}

/// The byte of the two hex digits that follow a percent sign.
fn escaped(digits: &mut impl Iterator<Item = u8>) -> Option<u8> {
    let mut byte = [0];
    hex::decode_to_slice([digits.next()?, digits.next()?], &mut byte).ok()?;
    Some(u8::from_be_bytes(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_other_parameters_are_ignored() {
        let query = "a&b=%41+%2B%c3%a9&c==&%64=1&&";
        assert_eq!(only(query, "a"), Ok(String::new()));
        assert_eq!(only(query, "b"), Ok("A +é".to_owned()));
        assert_eq!(only(query, "c"), Ok("=".to_owned()));
        assert_eq!(only(query, "d"), Ok("1".to_owned()));
    }

    #[test]
    fn a_parameter_occurs_exactly_once() {
        let name = "a";
        for query in ["", "b=a", "A=1", "a%00=1"] {
            assert_eq!(only(query, name), Err(Refusal::MissingParameter { name }), "{query}");
        }
        for query in ["a=1&a=1", "a=1&a", "a=1&%61=2"] {
            assert_eq!(only(query, name), Err(Refusal::RepeatedParameter { name }), "{query}");
        }
    }

    #[test]
    fn a_malformed_query_is_refused_wherever_the_fault_is() {
        for query in ["a=%", "a=%4", "a=%4g", "a=%+1", "a=%ff", "a=1&b=%", "a=1&%=2", "%c3=1&a=1"] {
            assert_eq!(only(query, "a"), Err(Refusal::MalformedQuery), "{query}");
        }
    }
}
