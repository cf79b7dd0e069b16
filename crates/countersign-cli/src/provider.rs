//! A sender that is known at run time only, where the library has a type for each.

use std::time::SystemTime;

use countersign::testing::{Sample, Samples};
use countersign::{
    DedupeBy, Envelope, Event, Headers, Hook, Massu, Muchaw, Mutx, Provider, Raw, Rejection, Scheme, Secrets,
    Verifier, Workspace, hook, massu, muchaw, mutx,
};

use crate::cli::{FormatName, ProviderName, SenderArgs};
use crate::failure::{Failure, Result};

/// Whoever sends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sender {
    BuiltIn(ProviderName),
    Other(Scheme),
}

/// What the library knows of a sender.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) name: &'static str,
    pub(crate) scheme: Scheme,
    pub(crate) envelope: Option<Envelope>,
    pub(crate) event_header: Option<&'static str>,
    pub(crate) delivery_header: Option<&'static str>,
    pub(crate) retry_horizon: Option<std::time::Duration>,
    pub(crate) dedupe_by: DedupeBy,
    pub(crate) samples: &'static [Sample],
}

/// What a verified delivery says.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) event: Option<String>,
    pub(crate) event_id: Option<String>,
    pub(crate) occurred_at: Option<SystemTime>,
    pub(crate) secret: String,
}

impl Sender {
    pub(crate) fn new(args: &SenderArgs) -> Result<Self> {
        Self::of(args.provider, args.header.as_deref(), args.format)
    }

    pub(crate) fn of(
        provider: Option<ProviderName>,
        header: Option<&str>,
        format: Option<FormatName>,
    ) -> Result<Self> {
        match (provider, header, format) {
            (Some(name), _, _) => Ok(Self::BuiltIn(name)),
            (None, Some(header), Some(format)) => Ok(Self::Other(scheme(header, format)?)),
            _ => Err(Failure::new(
                "no sender: name it with --provider, or its header with --header and --format",
            )),
        }
    }

    pub(crate) fn facts(&self) -> Facts {
        match self {
            Self::BuiltIn(ProviderName::Massu) => facts::<Massu>(),
            Self::BuiltIn(ProviderName::Hook) => facts::<Hook>(),
            Self::BuiltIn(ProviderName::Mutx) => facts::<Mutx>(),
            Self::BuiltIn(ProviderName::Muchaw) => facts::<Muchaw>(),
            Self::BuiltIn(ProviderName::Workspace) => facts::<Workspace>(),
            Self::Other(scheme) => Facts { scheme: *scheme, ..facts::<OtherSha256>() },
        }
    }

    pub(crate) fn scheme(&self) -> Scheme {
        self.facts().scheme
    }

    /// The verdict of the library's own verifier.
    pub(crate) fn verify(
        &self,
        secrets: &Secrets,
        headers: &[(String, Vec<u8>)],
        body: &[u8],
        limit: usize,
    ) -> Result<std::result::Result<Accepted, Rejection>> {
        match self {
            Self::BuiltIn(ProviderName::Massu) => verify::<massu::Event>(secrets, headers, body, limit),
            Self::BuiltIn(ProviderName::Hook) => verify::<hook::Event>(secrets, headers, body, limit),
            Self::BuiltIn(ProviderName::Mutx) => verify::<mutx::Event>(secrets, headers, body, limit),
            Self::BuiltIn(ProviderName::Muchaw) => verify::<muchaw::Event>(secrets, headers, body, limit),
            Self::BuiltIn(ProviderName::Workspace) => verify::<Raw<Workspace>>(secrets, headers, body, limit),
            Self::Other(scheme) => {
                let renamed = Renamed { headers, header: scheme.header() };
                match scheme.format() {
                    countersign::Format::Hex => verify::<Raw<OtherHex>>(secrets, &renamed, body, limit),
                    _ => verify::<Raw<OtherSha256>>(secrets, &renamed, body, limit),
                }
            }
        }
    }

    /// A refusal in words, with the header as it is called on the wire.
    pub(crate) fn reason(&self, rejection: &Rejection) -> String {
        match rejection {
            Rejection::InvalidSignature { reason, .. } => format!("{}: {reason}", self.scheme().header()),
            other => other.to_string(),
        }
    }
}

fn scheme(header: &str, format: FormatName) -> Result<Scheme> {
    let valid = http::HeaderName::from_bytes(header.as_bytes())
        .map_err(|_| Failure::new(format_args!("'{}' is not the name of a header", header.escape_debug())))?;
    // A scheme is a constant of a program. This one is, from here to the end of the process.
    let header: &'static str = String::leak(valid.as_str().to_owned());
    Ok(match format {
        FormatName::Sha256 => Scheme::sha256(header),
        FormatName::Hex => Scheme::hex(header),
    })
}

fn facts<P: Samples>() -> Facts {
    Facts {
        name: P::NAME,
        scheme: P::SCHEME,
        envelope: P::ENVELOPE,
        event_header: P::EVENT_HEADER,
        delivery_header: P::DELIVERY_HEADER,
        retry_horizon: P::RETRY_HORIZON,
        dedupe_by: P::DEDUPE_BY,
        samples: P::SAMPLES,
    }
}

fn verify<E: Event>(
    secrets: &Secrets,
    headers: &(impl Headers + ?Sized),
    body: &[u8],
    limit: usize,
) -> Result<std::result::Result<Accepted, Rejection>> {
    let verifier = Verifier::<E::Provider>::new(secrets.clone()).map_err(Failure::new)?.body_limit(limit);
    let verdict = verifier.verify::<E>(headers, body.to_vec());
    Ok(verdict.map(|verified| Accepted {
        event: Event::event_type(&*verified).map(str::to_owned),
        event_id: verified.event_id().map(str::to_owned),
        occurred_at: verified.occurred_at(),
        secret: verified.secret_label().to_owned(),
    }))
}

/// What `OtherSha256` and `OtherHex` ask for, and `Renamed` answers with the header that was named on the command line.
const PLACEHOLDER: &str = "x-countersign-other";

struct Renamed<'a> {
    headers: &'a [(String, Vec<u8>)],
    header: &'static str,
}

impl Headers for Renamed<'_> {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers.values(if name == PLACEHOLDER { self.header } else { name })
    }
}

struct OtherSha256;
struct OtherHex;

impl Provider for OtherSha256 {
    const NAME: &'static str = "other";
    const SCHEME: Scheme = Scheme::sha256(PLACEHOLDER);
}

impl Provider for OtherHex {
    const NAME: &'static str = "other";
    const SCHEME: Scheme = Scheme::hex(PLACEHOLDER);
}

impl Samples for OtherSha256 {
    const SAMPLES: &'static [Sample] = &[];
}
