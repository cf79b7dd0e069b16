//! Bodies and captured requests. Every byte is kept.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use crate::cli::Delivery;
use crate::failure::{Failure, Result};
use crate::http1::{self, HeaderList, Request};
use crate::provider::Provider;

/// Reads a file, or standard input if there is no path or the path is `-`.
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

/// Reads a request that `listen --save` wrote, or that was captured on the wire.
pub(crate) fn request(path: &Path) -> Result<Request> {
    let raw = bytes(Some(path))?;
    http1::request_from_bytes(&raw).map_err(|error| {
        Failure::new(format_args!(
            "{}: {error}; a raw HTTP request is a request line, headers, an empty line and the body",
            path.display()
        ))
    })
}

/// Reads the headers and the body of a delivery.
pub(crate) fn delivery(provider: &Provider, args: &Delivery) -> Result<(HeaderList, Vec<u8>)> {
    if let Some(path) = &args.request {
        let request = request(path)?;
        return Ok((request.headers, request.body));
    }
    let value = args.signature.as_ref().map(|value| value.as_encoded_bytes().to_vec()).unwrap_or_default();
    let signature = (provider.info.scheme.header().to_owned(), value);
    let headers = std::iter::once(signature).chain(args.with_header.iter().cloned());
    Ok((headers.collect(), bytes(args.body.as_deref())?))
}
