//! The vectors that providers publish, through every door.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use countersign::{Algorithm, Scheme};
use countersign_tests::catalogue::{Delivery, file};
use serde::Deserialize;

use crate::doors::{self, ENTRIES, Outcome};

#[derive(Debug, Deserialize)]
struct Vector {
    provider: String,
    secret: String,
    body: String,
    headers: BTreeMap<String, String>,
    /// The clock to verify at, in Unix seconds.
    signed_at: Option<u64>,
    valid: bool,
    source: String,
}

impl Vector {
    fn all() -> Vec<Self> {
        file("vectors.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn delivery(&self) -> Delivery {
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes()));
        Delivery {
            secret: self.secret.clone(),
            now: UNIX_EPOCH + Duration::from_secs(self.signed_at.unwrap_or_default()),
            headers: headers.collect(),
            body: self.body.clone().into(),
        }
    }

    #[track_caller]
    fn check(&self, outcome: &Outcome) {
        assert_eq!(matches!(outcome, Outcome::Accepted(_)), self.valid, "{}: {outcome:?}", self.source);
    }
}

#[tokio::test]
async fn every_published_vector_through_every_door() {
    let mut count = 0;
    for vector in Vector::all() {
        let Some(entry) = ENTRIES.iter().find(|entry| entry.name == vector.provider) else { continue };
        for door in entry.doors {
            vector.check(&(door.run)(&vector.delivery()).await.unwrap());
        }
        count += 1;
    }
    assert_eq!(count, 21);
}

/// A project of Convoy can choose this scheme instead of the catalogued one.
#[test]
fn the_published_vector_of_hmac_sha512_in_base64() {
    let vector =
        Vector::all().into_iter().find(|vector| vector.provider == "convoy-simple-sha512-base64").unwrap();
    let scheme = Scheme::base64("x-convoy-signature").algorithm(Algorithm::HmacSha512);
    vector.check(&doors::scheme(&scheme, &vector.delivery()));
}
