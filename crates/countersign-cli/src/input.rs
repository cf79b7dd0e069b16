//! Bodies and captured requests, byte for byte.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use crate::cli::Came;
use crate::failure::{Failure, Result};
use crate::http1::{self, HeaderList, Request};
use crate::sender::Sender;

/// A file, or standard input if there is none or it is `-`.
pub(crate) fn bytes(path: Option<&Path>) -> Result<Vec<u8>> {
    match path.filter(|path| *path != Path::new("-")) {
        Some(path) => fs::read(path)
            .map_err(|error| Failure::new(format_args!("cannot read {}: {error}", path.display()))),
        None => {
            let mut bytes = Vec::new();
            io::stdin()
                .read_to_end(&mut bytes)
                .map_err(|error| Failure::new(format_args!("cannot read standard input: {error}")))?;
            Ok(bytes)
        }
    }
}

/// A request as `listen --save` writes it, or as it was captured on the wire.
pub(crate) fn request(path: &Path) -> Result<Request> {
    let raw = bytes(Some(path))?;
    http1::request_from_bytes(&raw).map_err(|error| {
        Failure::new(format_args!(
            "{}: {error}; a raw HTTP request is a request line, headers, an empty line and the body",
            path.display()
        ))
    })
}

/// Headers and body of what came.
pub(crate) fn came(sender: &Sender, came: &Came) -> Result<(HeaderList, Vec<u8>)> {
    if let Some(path) = &came.request {
        let request = request(path)?;
        return Ok((request.headers, request.body));
    }
    let value = came.signature.as_ref().map(|value| value.as_encoded_bytes().to_vec()).unwrap_or_default();
    Ok((vec![(sender.scheme().header().to_owned(), value)], bytes(came.body.as_deref())?))
}
