//! Only the page itself may ask. It shows real payloads, and its actions send requests.
//!
//! Any web page in a browser on this machine can send requests to 127.0.0.1. With DNS rebinding, it can even read the answers. So a request
//! must have the address of the inspector as its `Host`, no other page as its `Origin`, and the token, which only the terminal shows.

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName, Method};
use subtle::ConstantTimeEq as _;

use crate::failure::{Failure, Result};

/// Bytes of the token.
const TOKEN: usize = 16;

#[derive(Debug)]
pub(super) struct Guard {
    /// The token in hex.
    token: String,
    /// The port, as it stands behind the name of the host.
    port: String,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The `Host` is not the address of the inspector.
    Host,
    /// Another page sent it.
    Origin,
    /// The path does not begin with the token.
    Token,
}

impl Guard {
    /// A guard with a new random token.
    pub(super) fn new(port: u16) -> Result<Self> {
        let mut bytes = [0; TOKEN];
        getrandom::fill(&mut bytes)
            .map_err(|error| Failure::new(format_args!("the system has no random number: {error}")))?;
        Ok(Self { token: bytes.iter().map(|byte| format!("{byte:02x}")).collect(), port: suffix(port) })
    }

    /// The address for the browser.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1{}/{}/", self.port, self.token)
    }

    /// The path behind the token, without a slash at its start. `None` if the path ends with the token.
    pub(super) fn check<'p>(
        &self,
        method: &Method,
        path: &'p str,
        headers: &HeaderMap,
    ) -> Result<Option<&'p str>, Refusal> {
        let host = only(headers, &HOST).ok_or(Refusal::Host)?;
        if !["127.0.0.1", "localhost"].iter().any(|name| host.strip_prefix(name) == Some(&self.port)) {
            return Err(Refusal::Host);
        }
        let is_own = |origin: &str| origin.strip_prefix("http://") == Some(host);
        // A browser may leave out the origin of a page's own reading requests. It always names the one of an action.
        let is_reading = *method == Method::GET || *method == Method::HEAD;
        if !only(headers, &ORIGIN).map_or(is_reading && !headers.contains_key(ORIGIN), is_own) {
            return Err(Refusal::Origin);
        }
        let path = path.strip_prefix('/').unwrap_or(path);
        let (token, rest) = path.split_once('/').map_or((path, None), |(token, rest)| (token, Some(rest)));
        if bool::from(token.as_bytes().ct_eq(self.token.as_bytes())) { Ok(rest) } else { Err(Refusal::Token) }
    }
}

/// A browser leaves out the port of its protocol, in the address, in the host and in the origin.
fn suffix(port: u16) -> String {
    if port == 80 { String::new() } else { format!(":{port}") }
}

/// The value of a header that comes once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

impl Refusal {
    /// The reason, for a person who looks at the answer.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "open the inspector by the address that the listener printed",
            Self::Origin => "another web page must not use the inspector",
            Self::Token => "the address lacks the token; open the address that the listener printed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_the_page_itself_may_ask() {
        let guard = Guard { token: "ab12".to_owned(), port: suffix(4401) };
        let (host, own) = (("host", "127.0.0.1:4401"), ("origin", "http://127.0.0.1:4401"));
        let (get, post) = (Method::GET, Method::POST);
        for (method, path, list, expected) in [
            (&get, "/ab12/", vec![host], Ok(Some(""))),
            (&get, "/ab12", vec![host], Ok(None)),
            (&get, "/ab12/deliveries/1", vec![host, own], Ok(Some("deliveries/1"))),
            (&post, "/ab12/clear", vec![host, own], Ok(Some("clear"))),
            (
                &post,
                "/ab12/clear",
                vec![("host", "localhost:4401"), ("origin", "http://localhost:4401")],
                Ok(Some("clear")),
            ),
            (&get, "/ab12/", vec![], Err(Refusal::Host)),
            (&get, "/ab12/", vec![host, host], Err(Refusal::Host)),
            (&get, "/ab12/", vec![("host", "evil.example:4401")], Err(Refusal::Host)),
            (&get, "/ab12/", vec![("host", "127.0.0.1")], Err(Refusal::Host)),
            (&get, "/ab12/", vec![("host", "127.0.0.1:4400")], Err(Refusal::Host)),
            (&get, "/ab12/", vec![("host", "127.0.0.1:4401.evil.example")], Err(Refusal::Host)),
            (&get, "/ab12/", vec![("host", "[::1]:4401")], Err(Refusal::Host)),
            (&post, "/ab12/clear", vec![host], Err(Refusal::Origin)),
            (&post, "/ab12/clear", vec![host, own, own], Err(Refusal::Origin)),
            (&get, "/ab12/", vec![host, own, own], Err(Refusal::Origin)),
            (&post, "/ab12/clear", vec![host, ("origin", "null")], Err(Refusal::Origin)),
            (&get, "/ab12/", vec![host, ("origin", "https://evil.example")], Err(Refusal::Origin)),
            (&get, "/ab12/", vec![host, ("origin", "https://127.0.0.1:4401")], Err(Refusal::Origin)),
            (&get, "/ab12/", vec![host, ("origin", "http://127.0.0.1:4400")], Err(Refusal::Origin)),
            (&post, "/ab12/clear", vec![host, ("origin", "http://localhost:4401")], Err(Refusal::Origin)),
            (&get, "/", vec![host], Err(Refusal::Token)),
            (&get, "/page.css", vec![host], Err(Refusal::Token)),
            (&get, "/ab1/", vec![host], Err(Refusal::Token)),
            (&get, "/ab123/", vec![host], Err(Refusal::Token)),
            (&get, "/AB12/", vec![host], Err(Refusal::Token)),
            (&get, "//ab12/", vec![host], Err(Refusal::Token)),
            (&get, "*", vec![host], Err(Refusal::Token)),
        ] {
            assert_eq!(guard.check(method, path, &headers(&list)), expected, "{method} {path} {list:?}");
        }
    }

    #[test]
    fn a_browser_leaves_out_port_80() {
        let guard = Guard { token: "ab12".to_owned(), port: suffix(80) };
        assert_eq!(guard.address(), "http://127.0.0.1/ab12/");
        let check = |host, origin| {
            let headers = headers(&[("host", host), ("origin", origin)]);
            guard.check(&Method::POST, "/ab12/clear", &headers)
        };
        assert_eq!(check("127.0.0.1", "http://127.0.0.1"), Ok(Some("clear")));
        assert_eq!(check("127.0.0.1.evil.example", "http://127.0.0.1.evil.example"), Err(Refusal::Host));
        assert_eq!(check("127.0.0.1", "http://127.0.0.1:8080"), Err(Refusal::Origin));
    }

    #[test]
    fn each_token_is_new_and_has_128_bits() {
        let (one, other) = (Guard::new(1).unwrap(), Guard::new(1).unwrap());
        assert_eq!(one.token.len(), 32);
        assert_ne!(one.token, other.token);
        assert_eq!(one.address(), format!("http://127.0.0.1:1/{}/", one.token));
    }
}
