//! The command's reader of HTTP. The command is a program without a library, so its file is compiled here once more.

#[allow(dead_code, reason = "the command uses more of it than the target")]
#[path = "../../crates/countersign-cli/src/http1/read.rs"]
pub(crate) mod read;

/// Names and values.
pub(crate) type HeaderList = Vec<(String, Vec<u8>)>;

/// A request, as the reader makes it.
#[derive(Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderList,
    pub(crate) body: Vec<u8>,
}

/// An answer, as the reader makes it.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: HeaderList,
    pub(crate) body: Vec<u8>,
}
