//! The files of the page, and the headers of every answer.

use http::HeaderValue;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};

/// A file: its path, its media type and its content.
pub(super) type Asset = (&'static str, &'static str, &'static str);

const SCRIPT: &str = "text/javascript; charset=utf-8";

pub(super) const ASSETS: [Asset; 11] = [
    ("", "text/html; charset=utf-8", include_str!("page/index.html")),
    ("icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
    ("page.css", "text/css; charset=utf-8", include_str!("page/page.css")),
    ("main.js", SCRIPT, include_str!("page/main.js")),
    ("list.js", SCRIPT, include_str!("page/list.js")),
    ("detail.js", SCRIPT, include_str!("page/detail.js")),
    ("diff.js", SCRIPT, include_str!("page/diff.js")),
    ("bytes.js", SCRIPT, include_str!("page/bytes.js")),
    ("send.js", SCRIPT, include_str!("page/send.js")),
    ("tree.js", SCRIPT, include_str!("page/tree.js")),
    ("dom.js", SCRIPT, include_str!("page/dom.js")),
];

/// The browser loads nothing but these files, and never turns text into markup or a script.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// The headers of every answer. No other server learns the token in the address, because the browser sends no referrer.
pub(super) fn safety() -> [(HeaderName, HeaderValue); 6] {
    let value = HeaderValue::from_static;
    [
        (CONTENT_SECURITY_POLICY, value(POLICY)),
        (X_CONTENT_TYPE_OPTIONS, value("nosniff")),
        (REFERRER_POLICY, value("no-referrer")),
        (CACHE_CONTROL, value("no-store")),
        (HeaderName::from_static("cross-origin-resource-policy"), value("same-origin")),
        (HeaderName::from_static("cross-origin-opener-policy"), value("same-origin")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_small_and_asks_no_other_host() {
        let bytes: usize = ASSETS.iter().map(|(_, _, content)| content.len()).sum();
        assert!(bytes <= 60 * 1024, "{bytes} bytes");
        for (path, _, content) in ASSETS {
            let content = content.replace("http://www.w3.org/2000/svg", "");
            assert!(!content.contains("://"), "{path}");
        }
    }
}
