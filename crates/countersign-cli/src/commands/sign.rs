//! `countersign sign`

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use countersign::testing::sign;
use serde_json::json;

use crate::cli::Sign;
use crate::failure::{Failure, Result, Verdict};
use crate::http1::Target;
use crate::sender::Sender;
use crate::{input, output, secrets};

pub(crate) fn run(args: &Sign, out: &mut dyn Write) -> Result<Verdict> {
    let scheme = Sender::new(&args.sender)?.scheme();
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

/// A command for any POSIX shell. A body from standard input is not there any more when it runs, and so it stands in it.
fn curl(url: &str, header: &str, value: &str, path: Option<&Path>, body: &[u8]) -> Result<String> {
    let (pipe, data) = match path.filter(|path| *path != Path::new("-")) {
        None => (format!("printf -- '{}' | ", octal(body)), "@-".to_owned()),
        Some(path) => {
            // Control characters would not come through a terminal, nor through our own output.
            let text = path.to_str().filter(|text| !text.contains(char::is_control)).ok_or_else(|| {
                Failure::new("the file's name is not plain text; pass the body on standard input instead")
            })?;
            (String::new(), format!("@{text}"))
        }
    };
    // The name of a header may have quotes and pipes in it.
    let [url, data, header] = [quoted(url), quoted(&data), quoted(&format!("{header}: {value}"))];
    Ok(format!(
        "{pipe}curl --globoff --header 'content-type: application/json' --header {header} --data-binary {data} {url}"
    ))
}

/// In single quotes, where a shell leaves all but those alone.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// For the format of `printf`: what is not plain is an octal number of three digits.
fn octal(body: &[u8]) -> String {
    body.iter().fold(String::new(), |mut text, byte| {
        match byte {
            b'%' => text.push_str("%%"),
            b' '..=b'~' if !matches!(byte, b'\\' | b'\'') => text.push(char::from(*byte)),
            // A `String` takes whatever is written.
            _ => write!(text, "\\{byte:03o}").unwrap_or_default(),
        }
        text
    })
}
