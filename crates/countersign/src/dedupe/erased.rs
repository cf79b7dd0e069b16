//! A store without its type, so that the types of a user's layers and handlers do not name it.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::dedupe::{Claim, ClaimToken, DedupeStore, DeliveryKey};

pub(super) type StoreError = Box<dyn Error + Send + Sync>;

pub(super) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// [`DedupeStore`] with boxed futures and a boxed error. A trait whose methods return `impl Future` cannot be a trait object; this one can.
pub(super) trait ErasedStore: Send + Sync {
    fn claim<'a>(&'a self, key: &'a DeliveryKey, lease: Duration) -> Answer<'a, Claim>;
    fn complete<'a>(&'a self, key: &'a DeliveryKey, retention: Duration) -> Answer<'a, ()>;
    fn release<'a>(&'a self, key: &'a DeliveryKey, token: &'a ClaimToken) -> Answer<'a, ()>;
}

impl<S: DedupeStore> ErasedStore for S {
    fn claim<'a>(&'a self, key: &'a DeliveryKey, lease: Duration) -> Answer<'a, Claim> {
        Box::pin(async move { Ok(DedupeStore::claim(self, key, lease).await?) })
    }

    fn complete<'a>(&'a self, key: &'a DeliveryKey, retention: Duration) -> Answer<'a, ()> {
        Box::pin(async move { Ok(DedupeStore::complete(self, key, retention).await?) })
    }

    fn release<'a>(&'a self, key: &'a DeliveryKey, token: &'a ClaimToken) -> Answer<'a, ()> {
        Box::pin(async move { Ok(DedupeStore::release(self, key, token).await?) })
    }
}
