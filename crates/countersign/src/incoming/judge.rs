//! The decisions about a request: its headers first, and then its whole body.

use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use bytes::Bytes;

use crate::claim::Claim;
use crate::custom::SchemeOf;
use crate::event::Facts;
use crate::headers::{Found, Names};
use crate::keys::Label;
use crate::verified::Delivery;
use crate::verifier::Settings;
use crate::{Event, Headers, Message, Provider, Rejection, Unsigned, Verified, VerifyError, report};

/// The parts of a verifier that decide about a request.
pub(crate) struct Judge<'a, P> {
    pub(crate) scheme: &'a SchemeOf<P>,
    pub(crate) tenant: Option<&'a Arc<str>>,
    pub(crate) settings: &'a Settings,
}

impl<P: Provider> Judge<'_, P> {
    /// Checks the headers. The signature header is checked first, so that an unsigned request learns nothing about the limits.
    #[inline]
    pub(crate) fn headers(&self, headers: &(impl Headers + ?Sized)) -> Result<Claim, Rejection> {
        let found = Found::read(headers, Names::of(self.scheme));
        match Claim::read(self.scheme, &found) {
            Ok(claim) => self.check(&found).map(|()| claim).map_err(|rejection| self.refused(rejection)),
            Err(reason) => Err(self.refuse(reason)),
        }
    }

    /// Logs a refusal, and returns it. Each refusal is logged by the function that decides it, because a caller would have to look at a
    /// verdict and then move it. A verdict is large.
    pub(crate) fn refused(&self, rejection: Rejection) -> Rejection {
        report::refused(P::NAME, self.tenant.map(|tenant| &**tenant), rejection)
    }

    fn refuse(&self, reason: VerifyError) -> Rejection {
        self.refused(self.scheme.refuse(reason))
    }

    /// Checks the headers about the body.
    #[inline]
    fn check(&self, found: &Found<'_>) -> Result<(), Rejection> {
        // An encoded body is never decoded: the handler must get the bytes that were verified, and a small body must not become a large
        // one.
        if found.is_encoded {
            return Err(Rejection::ContentEncoding);
        }
        // A smaller length is not trusted: the real bytes are counted as they arrive.
        let limit = self.settings.body_limit;
        if found.declared_length > limit {
            return Err(Rejection::BodyTooLarge { limit });
        }
        Ok(())
    }

    /// Checks a whole body and decodes its event. `matching` is the label of the key that made one of the claimed tags. The claim is
    /// borrowed and not moved, because it is large.
    #[inline]
    pub(crate) fn body<E: Event<Provider = P>>(
        &self,
        claim: &mut Claim,
        matching: Option<&Label>,
        body: Bytes,
        unsigned: Unsigned,
    ) -> Result<Verified<E>, Rejection> {
        let scheme = self.scheme;
        // An unknown tenant is refused only after the hash. Otherwise the time of the answer would tell whether the tenant exists.
        if self.settings.unknown_tenant {
            return Err(self.refuse(VerifyError::UnknownTenant));
        }
        let secret_label = *matching.ok_or_else(|| self.refuse(VerifyError::Mismatch))?;
        let tolerance = self.settings.tolerance.or(scheme.tolerance());
        let sent_at = claim
            .check_time(scheme, &body, tolerance, self.settings.clock)
            .map_err(|reason| self.refuse(reason))?;

        // From here on the body is authentic.
        let (envelope, facts) = (const { &P::ENVELOPE }.as_ref(), OnceLock::new());
        let event = E::decode(Message::new(envelope, &body, unsigned.event()).leaving(&facts))
            .map_err(|error| self.refused(Rejection::MalformedEnvelope(error)))?;
        let find = || facts.get_or_init(|| Facts::read(envelope, &body));
        check_age(self.settings, || find().time(envelope)).map_err(|rejection| self.refused(rejection))?;
        report::accepted(&event, self.tenant, secret_label, body.len(), || {
            claim.id().or_else(|| find().id())
        });
        // The delivery is made in its place, because it is large too.
        Ok(Verified {
            event,
            delivery: Delivery {
                body,
                envelope,
                signed_id: claim.take_id(),
                facts,
                sent_at,
                secret_label,
                tenant: self.tenant.cloned(),
                #[cfg(feature = "async")]
                route: None,
                unsigned,
            },
        })
    }
}

/// Refuses an event that is older than the limit, or whose time cannot be read.
#[inline]
fn check_age(settings: &Settings, occurred_at: impl FnOnce() -> Option<SystemTime>) -> Result<(), Rejection> {
    let Some(max_age) = settings.max_age else { return Ok(()) };
    let now = (settings.clock)();
    // `duration_since` fails for a time in the future. Such an event is not old.
    let age = occurred_at().map(|then| now.duration_since(then).unwrap_or_default());
    if age.is_none_or(|age| age > max_age) {
        return Err(Rejection::StaleEvent { age, max_age });
    }
    Ok(())
}
