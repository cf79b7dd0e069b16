//! Secrets from where people keep them.

use std::fs;
use std::path::PathBuf;

use countersign::{ConfigError, Massu, Scheme, Secret, Secrets, Verified, Verifier, massu, testing};
use tempfile::TempDir;

/// Whether two secrets are the same key: the only thing that can be asked of a secret.
fn same(one: &Secret, other: &str) -> bool {
    let scheme = Scheme::hex("");
    scheme.verify(&Secret::from_bytes(other).unwrap(), "body", testing::sign(scheme, one, "body")).is_ok()
}

fn file(folder: &TempDir, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join("secret");
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn what_is_no_secret() {
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
        ("\0", ConfigError::ZeroSecret),
        ("\0\0\0\0\0\0\0\0", ConfigError::ZeroSecret),
    ] {
        assert_eq!(Secret::new(text).err(), Some(fault.clone()), "{text:?}");
        let within =
            |origin: &str| ConfigError::Within { origin: origin.to_owned(), fault: Box::new(fault.clone()) };
        // A variable cannot hold NUL; everything else is refused there too, with its name.
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
    for text in ["whsec_abc123", "\"quoted\"", "two words", "Grüße", "a\0b", "x", &"long".repeat(1000)] {
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
    let not_text = Secret::from_file(file(&folder, b"\xff\xfe\n")).unwrap();
    let scheme = Scheme::hex("");
    let key = Secret::from_bytes(b"\xff\xfe").unwrap();
    assert!(scheme.verify(&key, "", testing::sign(scheme, &not_text, "")).is_ok());
}

#[test]
fn from_a_file_that_holds_none() {
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
fn a_reload_that_fails_leaves_the_old_set() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "old");
    let verifier = Verifier::<Massu>::new(Secret::from_file(&path).unwrap());
    let reload = || Secret::from_file(&path).map(|secret| verifier.replace_secrets(secret));
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
