//! Bodies and captured requests. Every byte is kept.

use std::fs;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;

use crate::captured::{self, Captured};
use crate::cli::{Capture, Delivery};
use crate::failure::{Failure, Result};
use crate::output;
use crate::provider::Provider;

/// Reads a file, or standard input if there is no path or the path is `-`.
pub(crate) fn bytes(path: Option<&Path>) -> Result<Vec<u8>> {
    match path.filter(|path| *path != Path::new("-")) {
        Some(path) => fs::read(path)
            .map_err(|error| Failure::new(format_args!("cannot read {}: {error}", path.display()))),
        None => {
            if io::stdin().is_terminal() {
                output::note("reading from this terminal; end with Ctrl-D, or name a file");
            }
            let mut bytes = Vec::new();
            io::stdin()
                .read_to_end(&mut bytes)
                .map_err(|error| Failure::new(format_args!("cannot read standard input: {error}")))?;
            Ok(bytes)
        }
    }
}

/// Reads a captured request, and its body if that is in a file of its own.
pub(crate) fn request(path: &Path, capture: &Capture, body: Option<&Path>) -> Result<Captured> {
    let raw = bytes(Some(path))?;
    let body = body.map(|body| bytes(Some(body))).transpose()?;
    captured::read(&raw, body, capture.entry).map_err(|failure| failure.about(&path.display().to_string()))
}

/// Reads the headers and the body of a delivery.
pub(crate) fn delivery(provider: &Provider, args: &Delivery) -> Result<Captured> {
    if let Some(path) = &args.capture.request {
        return request(path, &args.capture, args.body.as_deref());
    }
    let value = args.signature.as_ref().map(|value| value.as_encoded_bytes().to_vec()).unwrap_or_default();
    let signature = (provider.info.scheme.header().to_owned(), value);
    let headers = std::iter::once(signature).chain(args.with_header.iter().cloned());
    Ok(Captured::of_parts(headers.collect(), bytes(args.body.as_deref())?))
}
