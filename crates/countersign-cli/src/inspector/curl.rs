//! A delivery as a command for any POSIX shell. It has the true signature, or the endpoint would refuse it.

use std::fmt::Write as _;

use super::Setup;
use crate::commands::listen::Received;
use crate::commands::sign::{octal, quoted};
use crate::failure::{Failure, Result};
use crate::http1::{HeaderList, Target, passes_on};
use crate::output::clean;

pub(super) fn command(received: &Received, setup: &Setup) -> Result<String> {
    let request = &received.request;
    let mut command = format!("printf -- '{}' | curl --globoff", octal(&request.body));
    if request.method != "POST" {
        // Writing to a `String` cannot fail.
        write!(command, " --request {}", quoted(&request.method)).unwrap_or_default();
    }
    for header in headers(&request.headers)? {
        write!(command, " --header {}", quoted(&header)).unwrap_or_default();
    }
    let address = setup.forward.as_ref().map_or_else(
        || own_address(&setup.receiver, &request.path),
        |target| Ok(quoted(Target::url(target))),
    );
    write!(command, " --data-binary @- {}", address?).unwrap_or_default();
    Ok(command)
}

/// The arguments that lead to the listener. A target may be `user@example.org`, so it is never joined to the address of the listener:
/// curl would take another host from it.
fn own_address(receiver: &str, target: &str) -> Result<String> {
    if !is_plain(target) {
        return Err(Failure::new("the path is not plain text; save the request instead"));
    }
    let is_path = target.starts_with('/') && !target.contains('#') && !target.contains("/.");
    Ok(if is_path {
        quoted(&format!("{}{target}", receiver.trim_end_matches('/')))
    } else {
        format!("--request-target {} {}", quoted(target), quoted(receiver))
    })
}

/// Whether a terminal shows a text as it is.
fn is_plain(text: &str) -> bool {
    clean(text) == text
}

/// The headers as curl takes them: a header without a value ends in a semicolon.
fn headers(list: &HeaderList) -> Result<Vec<String>> {
    let is_kept = |name: &str| !name.eq_ignore_ascii_case("host") && passes_on(name);
    let kept = list.iter().filter(|(name, _)| is_kept(name)).map(|(name, value)| {
        let text = std::str::from_utf8(value).ok().filter(|text| is_plain(text));
        let text = text.ok_or_else(|| {
            Failure::new(format_args!("the header '{name}' is not plain text; save the request instead"))
        })?;
        Ok(if text.is_empty() { format!("{name};") } else { format!("{name}: {text}") })
    });
    // Otherwise curl would add the media type of a form.
    let has_type = list.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    kept.chain((!has_type).then(|| Ok("content-type:".to_owned()))).collect()
}
