//! A case: a delivery, the receiver's settings, and the expected result.

use std::path::Path;

use bytes::Bytes;
use countersign::{Secret, Secrets};
use serde::Deserialize;
use serde_json::{Map, Value};

/// One entry of `cases/*.json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The class of the fault, and the fault.
    pub name: String,
    /// The provider's name.
    pub provider: String,
    /// The receiver's body limit in bytes, if it is not the default.
    pub limit: Option<usize>,
    /// Labels and texts, the current one first.
    secrets: Vec<(String, String)>,
    headers: Vec<(String, Content)>,
    body: Content,
    /// The result that every door must show.
    pub expect: Expect,
}

/// The expected result of a case.
#[derive(Clone, Debug, Deserialize)]
pub struct Expect {
    /// The HTTP status.
    pub status: u16,
    /// The cause of a refusal, as `Debug` shows it.
    pub reason: Option<String>,
    /// Those fields of [`Seen`](crate::Seen) that the handler must see.
    #[serde(flatten)]
    pub seen: Map<String, Value>,
}

/// Bytes in a form that a person can read.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Hex { hex: String },
    Repeat { repeat: String, times: usize },
    Parts(Vec<Self>),
}

impl Content {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Hex { hex } => hex::decode(hex).unwrap(),
            Self::Repeat { repeat, times } => repeat.repeat(*times).into_bytes(),
            Self::Parts(parts) => parts.iter().flat_map(Self::bytes).collect(),
        }
    }
}

impl Case {
    /// All cases of all files.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
        let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
            .iter()
            .flat_map(|file| {
                let text = std::fs::read_to_string(file).unwrap();
                serde_json::from_str::<Vec<Self>>(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
            })
            .collect()
    }

    /// The receiver's secrets.
    #[must_use]
    pub fn secrets(&self) -> Secrets {
        let mut labelled =
            self.secrets.iter().map(|(label, text)| (label.as_str(), Secret::new(text).unwrap()));
        let (label, current) = labelled.next().unwrap();
        labelled.fold(Secrets::new(label, current).unwrap(), |secrets, (label, secret)| {
            secrets.also(label, secret).unwrap()
        })
    }

    /// The texts of the receiver's secrets.
    pub fn secret_texts(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(|(_, text)| text.as_str())
    }

    /// The receiver's secret, if it has exactly one.
    #[must_use]
    pub fn only_secret(&self) -> Option<Secret> {
        match self.secrets.as_slice() {
            [(_, text)] => Some(Secret::new(text).unwrap()),
            _ => None,
        }
    }

    /// Names and values in the order in which they are sent.
    #[must_use]
    pub fn headers(&self) -> Vec<(String, Vec<u8>)> {
        self.headers.iter().map(|(name, value)| (name.clone(), value.bytes())).collect()
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> Bytes {
        self.body.bytes().into()
    }
}
