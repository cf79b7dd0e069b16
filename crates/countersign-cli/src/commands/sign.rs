//! `countersign sign`

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use countersign::testing::sign;
use serde_json::json;

use crate::cli::Sign;
use crate::failure::{Failure, Result, Verdict};
use crate::http1::Target;
use crate::provider::Provider;
use crate::{input, output, secrets};

pub(crate) fn run(args: &Sign, out: &mut dyn Write) -> Result<Verdict> {
    let scheme = Provider::new(&args.provider)?.info.scheme;
    let secret = secrets::current(&args.secrets)?;
    let body = input::bytes(args.body.as_deref())?;
    let value = sign(scheme, &secret, &body);
    let header = scheme.header();
    if args.json {
        output::json(out, &json!({ "header": header, "value": value }))?;
    } else if args.value {
        writeln!(out, "{value}")?;
    } else if let Some(url) = &args.curl {
        Target::new(url)?;
        writeln!(out, "{}", curl(url, header, &value, args.body.as_deref(), &body)?)?;
    } else {
        writeln!(out, "{header}: {value}")?;
    }
    Ok(Verdict::Good)
}

/// Makes a command for any POSIX shell. A body from standard input has been consumed, so the command contains it.
fn curl(url: &str, header: &str, value: &str, path: Option<&Path>, body: &[u8]) -> Result<String> {
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
    let [url, data, header] = [quoted(url), quoted(&data), quoted(&format!("{header}: {value}"))];
    Ok(format!(
        "{pipe}curl --globoff --header 'content-type: application/json' --header {header} --data-binary {data} {url}"
    ))
}

/// Puts a text in single quotes. A shell changes nothing between them, so only single quotes are escaped.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Escapes a body for the format of `printf`. A byte that is not plain becomes an octal number of three digits.
fn octal(body: &[u8]) -> String {
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
