//! A provider that is named at run time.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use countersign::testing::{Accepted, PROVIDERS, ProviderInfo};
use countersign::{Rejection, Scheme, Secrets};

use crate::cli::{FormatName, ProviderArgs};
use crate::failure::{Failure, Result};

/// The provider of the arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Provider {
    pub(crate) info: ProviderInfo,
}

/// Reads the name of a built-in provider.
pub(crate) fn by_name() -> impl TypedValueParser<Value = &'static ProviderInfo> {
    PossibleValuesParser::new(PROVIDERS.iter().map(|provider| provider.name))
        .try_map(|name| ProviderInfo::find(&name).ok_or("no built-in provider"))
}

impl Provider {
    pub(crate) fn new(args: &ProviderArgs) -> Result<Self> {
        match (args.provider, args.header.as_deref(), args.format) {
            (Some(info), _, _) => Ok(Self::built_in(info)),
            (None, Some(header), Some(format)) => Self::other(header, format),
            _ => Err(Failure::new(
                "no provider: name it with --provider, or name its header with --header and --format",
            )),
        }
    }

    pub(crate) const fn built_in(info: &ProviderInfo) -> Self {
        Self { info: *info }
    }

    fn other(header: &str, format: FormatName) -> Result<Self> {
        let valid = http::HeaderName::from_bytes(header.as_bytes()).map_err(|_| {
            Failure::new(format_args!("'{}' is not the name of a header", header.escape_debug()))
        })?;
        let scheme = match format {
            FormatName::Sha256 => Scheme::sha256(valid.as_str()),
            FormatName::Hex => Scheme::hex(valid.as_str()),
        };
        match scheme.fault() {
            None => Ok(Self { info: ProviderInfo::custom(scheme) }),
            Some(fault) => Err(Failure::new(fault)),
        }
    }

    /// Asks the library's own verifier.
    pub(crate) fn verify(
        &self,
        secrets: &Secrets,
        headers: &[(String, Vec<u8>)],
        body: &[u8],
        limit: usize,
    ) -> Result<std::result::Result<Accepted, Rejection>> {
        Ok(self.info.verify(secrets.clone(), limit, headers, body.to_vec())?)
    }

    /// The reason of a refusal in words, with the signature header as the request names it.
    pub(crate) fn reason(&self, rejection: &Rejection) -> String {
        match rejection {
            Rejection::InvalidSignature { reason, .. } => format!("{}: {reason}", self.info.scheme.header()),
            other => other.to_string(),
        }
    }
}
