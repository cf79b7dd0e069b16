//! Secrets from variables and files. The label of a secret is the name of its variable or file.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use countersign::{ConfigError, Custom, KeyEncoding, Scheme, Secret, Secrets, Verifier};
use countersign_diagnose::SecretBytes;
use zeroize::Zeroizing;

use crate::cli::SecretArgs;
use crate::failure::{Failure, Result};

/// Reads the secrets for a verdict, first from the variables and then from the files.
pub(crate) fn load(args: &SecretArgs) -> Result<Secrets> {
    set(labelled(&args.secret_env, &args.secret_file)?)
}

/// Secrets for every use.
pub(crate) struct Loaded {
    /// For a verdict.
    pub(crate) secrets: Secrets,
    /// The current one, for a signature.
    pub(crate) current: Secret,
    /// For a diagnosis.
    pub(crate) bytes: Vec<SecretBytes>,
}

/// Reads the same secrets, and returns their bytes as well for a diagnosis.
pub(crate) fn load_with_bytes(args: &SecretArgs, scheme: &Scheme) -> Result<Loaded> {
    let read = read_all(&args.secret_env, &args.secret_file)?;
    read.iter().try_for_each(|read| read.check_text(scheme))?;
    let current = read.first().map(|read| read.secret.clone());
    let (secrets, bytes) = read.into_iter().map(|read| ((read.label, read.secret), read.bytes)).unzip();
    let secrets = set(secrets)?;
    check(&secrets, scheme)?;
    let current = current.ok_or_else(|| Failure::new("no secret"))?;
    Ok(Loaded { secrets, current, bytes })
}

/// Reads the secrets of other endpoints, with their labels.
pub(crate) fn labelled_bytes(
    variables: &[String],
    files: &[impl AsRef<Path>],
) -> Result<Vec<(String, SecretBytes)>> {
    Ok(read_all(variables, files)?.into_iter().map(|read| (read.label, read.bytes)).collect())
}

fn set(labelled: Vec<(String, Secret)>) -> Result<Secrets> {
    let mut labelled = labelled.into_iter();
    let (label, current) = labelled.next().ok_or_else(|| {
        Failure::new("no secret: name a variable with --secret-env VAR or a file with --secret-file PATH")
    })?;
    let set = Secrets::new(&label, current)?;
    Ok(labelled.try_fold(set, |set, (label, secret)| set.also(&label, secret))?)
}

/// The current secret, which signs. The others are read and checked too, so that a mistake in them is found.
pub(crate) fn current(args: &SecretArgs, scheme: &Scheme) -> Result<Secret> {
    let labelled = labelled(&args.secret_env, &args.secret_file)?;
    let current = labelled.first().map(|(_, secret)| secret.clone());
    check(&set(labelled)?, scheme)?;
    current.ok_or_else(|| Failure::new("no secret"))
}

/// A secret that the scheme takes, for what is never sent.
pub(crate) fn example(scheme: &Scheme) -> Result<Secret> {
    let text = match scheme.key_encoding() {
        KeyEncoding::Base64 { strip } => format!("{strip}{}", "AAAA".repeat(8)),
        KeyEncoding::Hex { strip } => format!("{strip}{}", "00".repeat(32)),
        _ => "an example secret".to_owned(),
    };
    Ok(Secret::new(text)?)
}

/// Refuses secrets that are no keys for the scheme.
pub(crate) fn check(secrets: &Secrets, scheme: &Scheme) -> Result<()> {
    Ok(Verifier::<Custom>::for_scheme(*scheme, secrets.clone()).map(drop)?)
}

/// Reads each secret with its label.
fn labelled(variables: &[String], files: &[impl AsRef<Path>]) -> Result<Vec<(String, Secret)>> {
    let variables = variables.iter().map(|name| {
        check_variable(name)?;
        Ok((name.clone(), Secret::from_env(name)?))
    });
    let files = files.iter().map(|path| {
        let path = path.as_ref();
        let secret = Secret::from_file(path).map_err(|error| in_words_of_the_system(path, error))?;
        Ok((label(path), secret))
    });
    variables.chain(files).collect()
}

/// Refuses a variable that is not set. If its name may be a secret that was given by mistake, the message does not repeat it.
fn check_variable(name: &str) -> Result<()> {
    if std::env::var_os(name).is_some() {
        return Ok(());
    }
    let is_usual = |byte: u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_');
    Err(if name.len() <= LONGEST_NAME && name.bytes().all(is_usual) {
        Failure::new(ConfigError::UnsetVariable { name: name.to_owned() })
    } else {
        Failure::new(
            "the environment variable of --secret-env is not set; the option takes the name of a variable, and never a secret",
        )
    })
}

/// The library tells only the kind of an error. The system's words for it are those of other files.
fn in_words_of_the_system(path: &Path, error: ConfigError) -> Failure {
    match (&error, read_file(path)) {
        (ConfigError::UnreadableFile { .. }, Err(error)) => unreadable(path, &error),
        _ => Failure::new(error),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format_args!("cannot read {}: {error}", path.display()))
}

/// The file's name, or the end of it if it is too long for a label.
fn label(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let printable = name.replace(char::is_control, "?");
    let cut = printable
        .char_indices()
        .map(|(start, _)| start)
        .find(|start| printable.len().saturating_sub(*start) <= Secrets::MAX_LABEL);
    printable.get(cut.unwrap_or(0)..).unwrap_or_default().to_owned()
}

/// A secret for the verdict and for the diagnosis. It is read once, because a pipe can be read only once.
struct ReadSecret {
    label: String,
    secret: Secret,
    bytes: SecretBytes,
    is_text: bool,
}

/// Longest name of a variable, in bytes, that a message repeats.
const LONGEST_NAME: usize = 40;

/// Largest secret file that the library accepts, in bytes.
const MAX_BYTES: usize = 64 * 1024;

fn read_all(variables: &[String], files: &[impl AsRef<Path>]) -> Result<Vec<ReadSecret>> {
    let variables = variables.iter().map(|name| {
        check_variable(name)?;
        let value = std::env::var_os(name).map(|value| Zeroizing::new(value.into_encoded_bytes()));
        let value = value.ok_or_else(|| ConfigError::UnsetVariable { name: name.clone() })?;
        Ok(ReadSecret::new(name.clone(), &value, name)?)
    });
    let files = files.iter().map(|path| {
        let path = path.as_ref();
        let content = read_file(path).map_err(|error| unreadable(path, &error))?;
        let line = content.strip_suffix(b"\n").unwrap_or(&content);
        let line = if line.len() < content.len() { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        // A file that is too large was not read to its end, so its last line end is unknown.
        let line = if content.len() > MAX_BYTES { &content } else { line };
        Ok(ReadSecret::new(label(path), line, &path.display().to_string())?)
    });
    variables.chain(files).collect()
}

/// Reads up to one byte more than the limit, so that a larger file is noticed.
fn read_file(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // A vector that grows would leave copies in memory that are not wiped.
    let mut content = Zeroizing::new(Vec::with_capacity(MAX_BYTES.saturating_add(2)));
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(most).read_to_end(&mut content)?;
    Ok(content)
}

impl ReadSecret {
    /// Checks the bytes as the library checks the bytes of a variable or a file.
    fn new(label: String, raw: &[u8], origin: &str) -> Result<Self, ConfigError> {
        let check = || {
            if raw.len() > MAX_BYTES {
                return Err(ConfigError::SecretTooLarge { limit: MAX_BYTES });
            }
            if raw.starts_with(b"\xff\xfe") || raw.starts_with(b"\xfe\xff") {
                return Err(ConfigError::Utf16);
            }
            match String::from_utf8_lossy(raw) {
                Cow::Borrowed(text) => Secret::new(text),
                // The checks see U+FFFD in the place of bytes that are not UTF-8. The key keeps the bytes.
                Cow::Owned(text) => Secret::new(&*Zeroizing::new(text)).and_then(|_| Secret::from_bytes(raw)),
            }
        };
        let checked = check().and_then(|secret| Ok((secret, SecretBytes::new(raw)?)));
        let (secret, bytes) = checked
            .map_err(|fault| ConfigError::Within { origin: origin.to_owned(), fault: Box::new(fault) })?;
        Ok(Self { label, secret, bytes, is_text: std::str::from_utf8(raw).is_ok() })
    }

    /// Refuses bytes that are no text, if the scheme decodes a text.
    fn check_text(&self, scheme: &Scheme) -> Result<(), ConfigError> {
        let fault = match scheme.key_encoding() {
            KeyEncoding::Base64 { .. } => ConfigError::NotBase64,
            KeyEncoding::Hex { .. } => ConfigError::NotHex,
            _ => return Ok(()),
        };
        let within = |fault| ConfigError::Within { origin: self.label.clone(), fault: Box::new(fault) };
        if self.is_text { Ok(()) } else { Err(within(fault)) }
    }
}
