//! Secrets from text, bytes, environment variables and files.

use std::fs;
use std::path::PathBuf;

use countersign::{ConfigError, Massu, Scheme, Secret, Secrets, Verified, Verifier, massu, testing};
use tempfile::TempDir;

/// Whether two secrets are the same key. A test can find out nothing else about a secret.
fn same(one: &Secret, other: &str) -> bool {
    let scheme = Scheme::hex("x-signature");
    scheme.verify(&Secret::from_bytes(other).unwrap(), "body", testing::sign(scheme, one, "body")).is_ok()
}

fn file(folder: &TempDir, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join("secret");
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn texts_that_are_mistakes_are_refused() {
    for (text, fault) in [
        ("", ConfigError::EmptySecret),
        (" ", ConfigError::BlankSecret),
        ("\n", ConfigError::BlankSecret),
        ("\t \r\n", ConfigError::BlankSecret),
        ("\u{3000}\u{a0}", ConfigError::BlankSecret),
        (" s", ConfigError::SurroundingWhiteSpace),
        ("s ", ConfigError::SurroundingWhiteSpace),
        ("s\n", ConfigError::SurroundingWhiteSpace),
        ("s\r\n", ConfigError::SurroundingWhiteSpace),
        ("s\u{a0}", ConfigError::SurroundingWhiteSpace),
        ("\u{feff}", ConfigError::ByteOrderMark),
        ("\u{feff}s", ConfigError::ByteOrderMark),
        ("\u{200b}", ConfigError::InvisibleSecret),
        ("\u{200c}\u{200d}\u{2060}\u{feff}", ConfigError::InvisibleSecret),
        (" \u{200b}\n", ConfigError::InvisibleSecret),
        ("whsec_", ConfigError::BarePrefix),
        ("v1,whsec_", ConfigError::BarePrefix),
        ("whsec_\u{200b}", ConfigError::BarePrefix),
        ("whsec_ ", ConfigError::SurroundingWhiteSpace),
        ("${MASSU_WEBHOOK_SECRET}", ConfigError::UnexpandedVariable),
        ("whsec_${UNSET}", ConfigError::UnexpandedVariable),
        ("v1,whsec_${_1}", ConfigError::UnexpandedVariable),
        ("${UNSET:-}", ConfigError::UnexpandedVariable),
        ("whsec_${UNSET:?not set}", ConfigError::UnexpandedVariable),
        ("\0", ConfigError::ZeroSecret),
        ("\0\0\0\0\0\0\0\0", ConfigError::ZeroSecret),
    ] {
        assert_eq!(Secret::new(text).err(), Some(fault.clone()), "{text:?}");
        let within =
            |origin: &str| ConfigError::Within { origin: origin.to_owned(), fault: Box::new(fault.clone()) };
        // A variable cannot hold NUL. Every other text is refused there too, with the variable's name.
        if !text.contains('\0') {
            temp_env::with_var("COUNTERSIGN_REFUSED", Some(text), || {
                assert_eq!(
                    Secret::from_env("COUNTERSIGN_REFUSED").err(),
                    Some(within("COUNTERSIGN_REFUSED"))
                );
            });
        }
    }
    assert_eq!(Secret::from_bytes([]).err(), Some(ConfigError::EmptySecret));
    assert_eq!(Secret::from_bytes([0; 100]).err(), Some(ConfigError::ZeroSecret));
}

#[test]
fn the_whole_text_is_the_key() {
    let long = "long".repeat(100_000);
    for text in [
        "whsec_abc123",
        "\"quoted\"",
        "two words",
        "Grüße",
        "a\0b",
        "x",
        &long,
        // These look like mistakes, and a provider may show them as secrets.
        "whsec",
        "whsec_x",
        "v1,",
        "whsec_whsec_",
        "$NAME",
        "{{NAME}}",
        "${}",
        "${1}",
        "${a b}",
        "${NAME}x",
        "x${NAME}",
        "a\u{200b}",
    ] {
        assert!(same(&Secret::new(text).unwrap(), text), "{text:?}");
    }
    assert!(!same(&Secret::new("whsec_abc123").unwrap(), "abc123"));
    assert!(same(&Secret::from_bytes(" \n").unwrap(), " \n"), "bytes are taken as they are");
}

#[test]
fn from_a_variable() {
    temp_env::with_var("COUNTERSIGN_SET", Some("whsec_abc123"), || {
        assert!(same(&Secret::from_env("COUNTERSIGN_SET").unwrap(), "whsec_abc123"));
    });
    for name in ["COUNTERSIGN_UNSET", "", "A=B", "A\0B"] {
        let error = Secret::from_env(name).unwrap_err();
        assert_eq!(error, ConfigError::UnsetVariable { name: name.to_owned() });
    }
}

#[test]
fn from_a_file() {
    let folder = TempDir::new().unwrap();
    for (content, secret) in [
        ("whsec_abc123", "whsec_abc123"),
        ("whsec_abc123\n", "whsec_abc123"),
        ("whsec_abc123\r\n", "whsec_abc123"),
        ("\"whsec_abc123\"\n", "\"whsec_abc123\""),
        ("two\nlines\n", "two\nlines"),
    ] {
        assert!(same(&Secret::from_file(file(&folder, content)).unwrap(), secret), "{content:?}");
    }
    let not_text = Secret::from_file(file(&folder, b"\xff\xfd\n")).unwrap();
    let scheme = Scheme::hex("x-signature");
    let key = Secret::from_bytes(b"\xff\xfd").unwrap();
    assert!(scheme.verify(&key, "", testing::sign(scheme, &not_text, "")).is_ok());
}

#[test]
fn the_refusal_of_utf_16_names_utf_16() {
    let folder = TempDir::new().unwrap();
    let units = "whsec_abc123\r\n".encode_utf16();
    let little: Vec<u8> = units.clone().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units.flat_map(u16::to_be_bytes).collect();
    for content in [&[b"\xff\xfe", &*little].concat(), &[b"\xfe\xff", &*big].concat(), &b"\xff\xfe".to_vec()]
    {
        let path = file(&folder, content);
        assert_eq!(
            Secret::from_file(&path).unwrap_err().to_string(),
            format!(
                "{}: secret begins with a UTF-16 byte order mark; save it as UTF-8 without one",
                path.display()
            )
        );
    }
}

#[test]
#[cfg(unix)] // on other systems the value of a variable is always Unicode
fn a_variable_that_holds_utf_16_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    // A variable cannot hold NUL, and most texts in UTF-16 have one.
    let value = std::ffi::OsStr::from_bytes(b"\xff\xfe\x41\x42");
    temp_env::with_var("COUNTERSIGN_UTF_16", Some(value), || {
        let fault = Box::new(ConfigError::Utf16);
        let expected = ConfigError::Within { origin: "COUNTERSIGN_UTF_16".to_owned(), fault };
        assert_eq!(Secret::from_env("COUNTERSIGN_UTF_16").err(), Some(expected));
    });
}

#[test]
fn a_file_is_read_up_to_64_kib() {
    let folder = TempDir::new().unwrap();
    for size in [65_535, 65_536] {
        let text = "x".repeat(size);
        assert!(same(&Secret::from_file(file(&folder, &text)).unwrap(), &text), "{size}");
    }
    for (size, end) in [(65_536, "\n"), (65_537, ""), (1 << 20, "")] {
        let path = file(&folder, "x".repeat(size) + end);
        assert_eq!(
            Secret::from_file(&path).unwrap_err().to_string(),
            format!("{}: secret is larger than 65536 bytes", path.display())
        );
    }
}

#[test]
fn a_variable_is_taken_up_to_64_kib() {
    for (size, accepted) in [(65_536, true), (65_537, false)] {
        temp_env::with_var("COUNTERSIGN_LARGE", Some("x".repeat(size)), || {
            let error = Secret::from_env("COUNTERSIGN_LARGE").err().map(|error| error.to_string());
            let expected = "COUNTERSIGN_LARGE: secret is larger than 65536 bytes".to_owned();
            assert_eq!(error, (!accepted).then_some(expected), "{size}");
        });
    }
}

#[test]
#[cfg(unix)] // it has a file without an end
fn a_file_without_an_end_is_refused() {
    let error = Secret::from_file("/dev/zero").unwrap_err();
    assert_eq!(error.to_string(), "/dev/zero: secret is larger than 65536 bytes");
}

#[test]
fn a_file_without_a_secret_is_refused() {
    let folder = TempDir::new().unwrap();
    for (content, fault) in [
        ("", ConfigError::EmptySecret),
        ("\n", ConfigError::EmptySecret),
        ("\r\n", ConfigError::EmptySecret),
        ("\n\n", ConfigError::BlankSecret),
        ("\r", ConfigError::BlankSecret),
        ("s\n\n", ConfigError::SurroundingWhiteSpace),
        ("s\r\n\r\n", ConfigError::SurroundingWhiteSpace),
        ("s\n\r", ConfigError::SurroundingWhiteSpace),
        ("s \n", ConfigError::SurroundingWhiteSpace),
        ("\u{feff}s\n", ConfigError::ByteOrderMark),
        ("\u{feff}\u{200b}\n", ConfigError::ByteOrderMark),
        ("\u{200b}\n", ConfigError::InvisibleSecret),
        ("whsec_\n", ConfigError::BarePrefix),
        ("v1,whsec_\r\n", ConfigError::BarePrefix),
        ("whsec_${UNSET}\n", ConfigError::UnexpandedVariable),
        ("\0\0\0\0", ConfigError::ZeroSecret),
        ("\0\0\0\0\n", ConfigError::ZeroSecret),
    ] {
        let path = file(&folder, content);
        let expected = ConfigError::Within { origin: path.display().to_string(), fault: Box::new(fault) };
        assert_eq!(Secret::from_file(&path).err(), Some(expected), "{content:?}");
    }
    let missing = folder.path().join("none");
    assert_eq!(
        Secret::from_file(&missing).unwrap_err().to_string(),
        format!("cannot read {}: entity not found", missing.display())
    );
    assert_eq!(
        Secret::from_file(folder.path()).unwrap_err().to_string(),
        format!("cannot read {}: is a directory", folder.path().display())
    );
}

#[test]
fn sets_of_secrets() {
    let secret = || Secret::new("s").unwrap();
    for label in ["", "a\nb", "\u{1b}[31m", "\u{7f}", "\u{85}", &"l".repeat(65)] {
        assert_eq!(Secrets::new(label, secret()).err(), Some(ConfigError::UnusableLabel), "{label:?}");
        let also = Secrets::from(secret()).also(label, secret());
        assert_eq!(also.err(), Some(ConfigError::UnusableLabel), "{label:?}");
    }
    let taken = Secrets::new("a", secret()).unwrap().also("a", secret());
    assert_eq!(taken.err(), Some(ConfigError::RepeatedLabel { label: "a".to_owned() }));

    let mut eight = Secrets::new(&"l".repeat(64), secret()).unwrap();
    for number in 2..=8 {
        eight = eight.also(&number.to_string(), secret()).unwrap();
    }
    assert_eq!(eight.labels().count(), Secrets::MAX);
    assert_eq!(eight.also("9", secret()).err(), Some(ConfigError::TooManySecrets));
    assert_eq!(Secrets::from(secret()).labels().collect::<Vec<_>>(), ["current"]);
}

#[test]
fn a_reload_that_fails_keeps_the_old_secrets() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "old");
    let verifier = Verifier::<Massu>::new(Secret::from_file(&path).unwrap()).unwrap();
    let reload = || Secret::from_file(&path).map(|secret| verifier.replace_secrets(secret).unwrap());
    let accepts = |text: &str| {
        let request = testing::SignedRequest::new::<Massu>(&Secret::new(text).unwrap(), r#"{"type":"a"}"#);
        let verdict: Result<Verified<massu::Event>, _> =
            verifier.verify(request.headers(), request.body().clone());
        verdict.is_ok()
    };
    file(&folder, "");
    assert!(reload().is_err());
    fs::remove_file(&path).unwrap();
    assert!(reload().is_err());
    assert!(accepts("old"));

    file(&folder, "new\n");
    reload().unwrap();
    assert!(accepts("new") && !accepts("old"));
}
