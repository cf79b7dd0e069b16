//! The scheme of a provider that is not built in, from the flags.

use std::time::Duration;

use clap::{Args, ValueEnum};
use countersign::scheme::{Encoding, TimeUnit};
use countersign::{Algorithm, KeyEncoding, Part, Scheme, Timestamp};

use crate::failure::{Failure, Result};

mod template;

use self::template::Piece;

/// How a provider signs that is not built in.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Any other provider, instead of --provider")]
pub(crate) struct SchemeArgs {
    /// Its signature header
    #[arg(long, value_name = "NAME", requires = "form", value_parser = name_alone)]
    pub(crate) header: Option<String>,
    /// The usual format of that header's value, in place of --encoding and --prefix
    #[arg(long, value_enum, requires = "header", conflicts_with = "prefix", group = "form")]
    format: Option<FormatName>,
    /// The encoding of a tag
    #[arg(long, value_enum, requires = "header", group = "form")]
    encoding: Option<EncodingName>,
    /// The text in front of each tag, such as 'v1='
    #[arg(long, value_name = "TEXT", requires = "header", allow_hyphen_values = true)]
    prefix: Option<String>,
    /// The value is a list with this separator: a comma, a semicolon or a blank. Entries with the prefix are tags
    #[arg(long, value_name = "SEPARATOR", requires = "header", value_parser = separator)]
    list: Option<u8>,
    /// The hash of the HMAC
    #[arg(long, value_enum, requires = "header")]
    algorithm: Option<AlgorithmName>,
    /// The way from a secret's text to the key
    #[arg(long, value_name = "ENCODING", value_enum, requires = "header")]
    key_encoding: Option<KeyName>,
    /// The text in front of an encoded key, such as 'whsec_'. A secret without it is refused
    #[arg(long, value_name = "TEXT", requires = "key_encoding", allow_hyphen_values = true)]
    strip: Option<String>,
    /// The signed text: '{timestamp}.{body}', or with {id}. Everything else is fixed text, and '{{' is a brace
    #[arg(long, value_name = "TEXT", requires = "header", allow_hyphen_values = true)]
    signed: Option<String>,
    /// The header of the signed time
    #[arg(long, value_name = "NAME", requires = "header", group = "time")]
    timestamp_header: Option<String>,
    /// The prefix of the list's entry that is the signed time, such as 't='
    #[arg(long, value_name = "PREFIX", requires = "header", group = "time", allow_hyphen_values = true)]
    timestamp_entry: Option<String>,
    /// The path of the time in the JSON body, such as 'event.at'
    #[arg(long, value_name = "PATH", requires = "header", group = "time", allow_hyphen_values = true)]
    timestamp_body: Option<String>,
    /// The unit of the signed time
    #[arg(long, value_name = "UNIT", value_enum, requires = "time")]
    timestamp_unit: Option<UnitName>,
    /// The header of the signed id
    #[arg(long, value_name = "NAME", requires = "header")]
    id_header: Option<String>,
}

/// The format of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// sha256= and 64 hex digits
    Sha256,
    /// 64 hex digits
    Hex,
}

/// The encoding of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EncodingName {
    /// Hex digits, in either case
    Hex,
    /// Base64 with padding
    Base64,
    /// Base64 for URLs, without padding
    Base64url,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AlgorithmName {
    Sha256,
    Sha1,
    Sha512,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KeyName {
    /// The key is the whole text
    Text,
    /// The key is decoded from base64
    Base64,
    /// The key is decoded from hex
    Hex,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum UnitName {
    /// Unix seconds
    S,
    /// Unix milliseconds
    Ms,
    /// A text such as 2026-01-15T12:30:00Z
    Rfc3339,
}

/// Reads the name of a header. Other tools add a header with an option of this name.
fn name_alone(text: &str) -> Result<String, &'static str> {
    if text.contains(':') {
        return Err("it takes the name of the signature header alone; another header is -H 'NAME: VALUE'");
    }
    Ok(text.to_owned())
}

fn separator(text: &str) -> Result<u8, &'static str> {
    match text.as_bytes() {
        [byte] => Ok(*byte),
        _ => Err("a separator is one character: ',', ';' or ' '"),
    }
}

impl SchemeArgs {
    /// The scheme of these flags. `None` without --header.
    pub(crate) fn scheme(&self) -> Result<Option<Scheme>> {
        let Some(header) = self.header.as_deref() else { return Ok(None) };
        if http::HeaderName::from_bytes(header.as_bytes()).is_err() {
            return Err(Failure::new(format_args!(
                "'{}' is not the name of a header",
                header.escape_debug()
            )));
        }
        let scheme = self.value(&header.to_ascii_lowercase());
        let scheme = scheme.algorithm(self.algorithm()).key(self.key()?);
        let scheme = self.timestamp().map_or(scheme, |timestamp| scheme.timestamp(timestamp));
        let scheme = self.with_signed_text(scheme)?;
        check(&scheme)?;
        Ok(Some(scheme))
    }

    /// The format of the header's value.
    fn value(&self, header: &str) -> Scheme {
        let scheme = match (self.format, self.encoding) {
            (Some(FormatName::Sha256), _) => Scheme::sha256(header),
            (None, Some(EncodingName::Base64)) => Scheme::base64(header),
            (None, Some(EncodingName::Base64url)) => Scheme::base64url(header),
            _ => Scheme::hex(header),
        };
        let prefix = self.prefix.as_deref().unwrap_or(scheme.tag_prefix()).to_owned();
        match self.list {
            Some(separator) => scheme.list(separator, &prefix),
            None => scheme.prefix(&prefix),
        }
    }

    const fn algorithm(&self) -> Algorithm {
        match self.algorithm {
            Some(AlgorithmName::Sha1) => Algorithm::HmacSha1,
            Some(AlgorithmName::Sha512) => Algorithm::HmacSha512,
            Some(AlgorithmName::Sha256) | None => Algorithm::HmacSha256,
        }
    }

    fn key(&self) -> Result<KeyEncoding<'_>> {
        let strip = self.strip.as_deref().unwrap_or_default();
        match self.key_encoding {
            Some(KeyName::Base64) => Ok(KeyEncoding::Base64 { strip }),
            Some(KeyName::Hex) => Ok(KeyEncoding::Hex { strip }),
            Some(KeyName::Text) | None if self.strip.is_none() => Ok(KeyEncoding::Text),
            _ => Err(Failure::new("--strip needs an encoded key: --key-encoding base64 or hex")),
        }
    }

    fn timestamp(&self) -> Option<Timestamp> {
        let header = self.timestamp_header.as_ref().map(|name| Timestamp::header(&name.to_ascii_lowercase()));
        let entry = || self.timestamp_entry.as_deref().map(Timestamp::entry);
        let body = || self.timestamp_body.as_deref().map(Timestamp::body);
        let timestamp = header.or_else(entry).or_else(body)?;
        Some(match self.timestamp_unit {
            Some(UnitName::Ms) => timestamp.millis(),
            Some(UnitName::Rfc3339) => timestamp.rfc3339(),
            Some(UnitName::S) | None => timestamp,
        })
    }

    fn with_signed_text(&self, scheme: Scheme) -> Result<Scheme> {
        let pieces = match self.signed.as_deref() {
            Some(text) => template::pieces(text)?,
            None => vec![Piece::Body],
        };
        let id_header = match (&self.id_header, pieces.contains(&Piece::Id)) {
            (Some(name), true) => name.to_ascii_lowercase(),
            (None, false) => String::new(),
            (Some(_), false) => return Err(Failure::new("the id is not signed: add {id} to --signed")),
            (None, true) => {
                return Err(Failure::new(
                    "the id is signed, but its header is unknown: add --id-header NAME",
                ));
            }
        };
        let parts: Vec<Part<'_>> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Part::Text(text),
                Piece::Timestamp => Part::Timestamp,
                Piece::Id => Part::Id(&id_header),
                Piece::Body => Part::Body,
            })
            .collect();
        Ok(scheme.signed(&parts))
    }
}

/// The same scheme with another tolerance of its signed time.
pub(crate) fn with_tolerance(scheme: Scheme, seconds: u64) -> Result<Scheme> {
    let timestamp = scheme
        .signed_time()
        .ok_or_else(|| Failure::new("--tolerance needs a signed time, and this provider signs none"))?;
    let scheme = scheme.timestamp(timestamp.tolerance(Duration::from_secs(seconds)));
    check(&scheme)?;
    Ok(scheme)
}

/// Tells the first mistake of a scheme. The library's advice names functions, but the user of a command needs flags.
fn check(scheme: &Scheme) -> Result<()> {
    const FLAGS: [(&str, &str); 6] = [
        ("add .timestamp(…)", "add --timestamp-header, --timestamp-entry or --timestamp-body"),
        ("add .list(…)", "add --list"),
        ("to the signed text", "to --signed"),
        ("Part::Body", "{body}"),
        ("Part::Id", "{id}"),
        ("Part::Timestamp", "{timestamp}"),
    ];
    let Some(fault) = scheme.fault() else { return Ok(()) };
    Err(Failure::new(FLAGS.iter().fold(fault.to_owned(), |text, (call, flag)| text.replace(call, flag))))
}

/// The hash of the HMAC, in words.
pub(crate) const fn algorithm_in_words(scheme: &Scheme) -> &'static str {
    match scheme.mac_algorithm() {
        Algorithm::HmacSha1 => "HMAC-SHA1",
        Algorithm::HmacSha512 => "HMAC-SHA512",
        _ => "HMAC-SHA256",
    }
}

/// The way from a secret's text to the key, in words.
pub(crate) fn key_in_words(scheme: &Scheme) -> String {
    let decoded = |name: &str, strip: &str| match strip {
        "" => format!("the secret's text, decoded from {name}"),
        _ => format!("the secret's text after '{strip}', decoded from {name}"),
    };
    match scheme.key_encoding() {
        KeyEncoding::Base64 { strip } => decoded("base64", strip),
        KeyEncoding::Hex { strip } => decoded("hex", strip),
        _ => "the secret's text".to_owned(),
    }
}

/// The form of the header's value, in words.
pub(crate) fn value_in_words(scheme: &Scheme) -> String {
    let bytes = scheme.mac_algorithm().tag_bytes();
    let tag = match scheme.encoding() {
        Encoding::Base64 => format!("<{} characters of base64>", bytes.div_ceil(3).saturating_mul(4)),
        Encoding::Base64Url => format!("<{} characters of base64url>", bytes.saturating_mul(8).div_ceil(6)),
        _ => format!("<{} hex digits>", bytes.saturating_mul(2)),
    };
    let entry = format!("{}{tag}", scheme.tag_prefix());
    match scheme.separator().map(char::from) {
        None => entry,
        Some(' ') => format!("{entry}, in a list with blanks"),
        Some(separator) => format!("{entry}, in a list with '{separator}'"),
    }
}

/// The signed text, in the words of `--signed`.
pub(crate) fn signed_in_words(scheme: &Scheme) -> String {
    let words = scheme.parts().map(|part| match part {
        Part::Text(text) => text.replace('{', "{{"),
        Part::Timestamp => "{timestamp}".to_owned(),
        Part::Id(_) => "{id}".to_owned(),
        _ => "{body}".to_owned(),
    });
    words.collect()
}

/// The unit of a signed time, in words.
pub(crate) const fn unit_in_words(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Seconds => "Unix seconds",
        TimeUnit::Millis => "Unix milliseconds",
        _ => "RFC 3339",
    }
}

#[cfg(test)]
mod tests;
