//! A delivery as a command for any POSIX shell. It has the true signature, or the endpoint would refuse it.

use std::fmt::Write as _;

use super::Setup;
use crate::commands::listen::Received;
use crate::commands::sign::{octal, quoted};
use crate::failure::{Failure, Result};
use crate::http1::{HeaderList, Target, passes_on};

pub(super) fn command(received: &Received, setup: &Setup) -> Result<String> {
    let request = &received.request;
    let own = || format!("{}{}", setup.receiver.trim_end_matches('/'), request.path);
    let url = setup.forward.as_ref().map_or_else(own, |target| Target::url(target).to_owned());
    let mut command = format!("printf -- '{}' | curl --globoff", octal(&request.body));
    if request.method != "POST" {
        // Writing to a `String` cannot fail.
        write!(command, " --request {}", quoted(&request.method)).unwrap_or_default();
    }
    for header in headers(&request.headers)? {
        write!(command, " --header {}", quoted(&header)).unwrap_or_default();
    }
    write!(command, " --data-binary @- {}", quoted(&url)).unwrap_or_default();
    Ok(command)
}

/// The headers as curl takes them: a header without a value ends in a semicolon.
fn headers(list: &HeaderList) -> Result<Vec<String>> {
    let is_kept = |name: &str| !name.eq_ignore_ascii_case("host") && passes_on(name);
    let kept = list.iter().filter(|(name, _)| is_kept(name)).map(|(name, value)| {
        let text = std::str::from_utf8(value).ok().filter(|text| !text.contains(char::is_control));
        let text = text.ok_or_else(|| {
            Failure::new(format_args!("the header '{name}' is not plain text; save the request instead"))
        })?;
        Ok(if text.is_empty() { format!("{name};") } else { format!("{name}: {text}") })
    });
    // Otherwise curl would add the media type of a form.
    let has_type = list.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    kept.chain((!has_type).then(|| Ok("content-type:".to_owned()))).collect()
}
