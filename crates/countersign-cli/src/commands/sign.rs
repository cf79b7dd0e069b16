//! `countersign sign`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use countersign::{Custom, Signer};
use serde_json::json;

use crate::cli::Sign;
use crate::failure::{Failure, Result, Verdict};
use crate::http1::Target;
use crate::provider::Provider;
use crate::{clock, input, output, secrets};

pub(crate) fn run(args: &Sign, out: &mut dyn Write) -> Result<Verdict> {
    let scheme = Provider::new(&args.provider)?.info.scheme;
    let secret = secrets::current(&args.secrets, &scheme)?;
    let body = input::bytes(args.body.as_deref())?;
    let headers = Signer::<Custom>::for_scheme(scheme, &secret)?.sign_at(&body, clock::now());
    let header = scheme.header();
    let value = headers.iter().find(|(name, _)| name == header).map(|(_, value)| value.as_str());
    if args.json {
        let all: BTreeMap<_, _> = headers.iter().cloned().collect();
        output::json(out, &json!({ "header": header, "value": value, "headers": all }))?;
    } else if args.value {
        writeln!(out, "{}", value.unwrap_or_default())?;
    } else if let Some(url) = &args.curl {
        Target::new(url)?;
        writeln!(out, "{}", curl(url, &headers, args.body.as_deref(), &body)?)?;
    } else {
        for (name, value) in &headers {
            writeln!(out, "{name}: {value}")?;
        }
    }
    Ok(Verdict::Good)
}

/// Makes a command for any POSIX shell. A body from standard input has been consumed, so the command contains it.
fn curl(url: &str, headers: &[(String, String)], path: Option<&Path>, body: &[u8]) -> Result<String> {
    let (pipe, data) = match path.filter(|path| *path != Path::new("-")) {
        None => (format!("printf -- '{}' | ", octal(body)), "@-".to_owned()),
        Some(path) => {
            // Neither a terminal nor the output of this command lets control characters through.
            let text = path.to_str().filter(|text| !text.contains(char::is_control)).ok_or_else(|| {
                Failure::new("the file's name is not plain text; pass the body on standard input instead")
            })?;
            (String::new(), format!("@{text}"))
        }
    };
    // The name of a header may contain quotes and pipes.
    let header =
        |(name, value): &(String, String)| format!(" --header {}", quoted(&format!("{name}: {value}")));
    let headers: String = headers.iter().map(header).collect();
    let (url, data) = (quoted(url), quoted(&data));
    Ok(format!(
        "{pipe}curl --globoff --header 'content-type: application/json'{headers} --data-binary {data} {url}"
    ))
}

/// Puts a text in single quotes. A shell changes nothing between them, so only single quotes are escaped.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Escapes a body for the format of `printf`. A byte that is not plain becomes an octal number of three digits.
pub(crate) fn octal(body: &[u8]) -> String {
    body.iter().fold(String::new(), |mut text, byte| {
        match byte {
            b'%' => text.push_str("%%"),
            b' '..=b'~' if !matches!(byte, b'\\' | b'\'') => text.push(char::from(*byte)),
            // Writing to a `String` cannot fail.
            _ => write!(text, "\\{byte:03o}").unwrap_or_default(),
        }
        text
    })
}
