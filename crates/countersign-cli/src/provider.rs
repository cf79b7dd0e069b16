//! A provider that is named at run time.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use countersign::testing::{Accepted, PROVIDERS, ProviderInfo, Sample, Samples};
use countersign::{Format, Raw, Rejection, Scheme, Secrets};

use crate::cli::{FormatName, ProviderArgs};
use crate::failure::{Failure, Result};

/// The provider of the arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Provider {
    pub(crate) info: ProviderInfo,
    is_built_in: bool,
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
        Self { info: *info, is_built_in: true }
    }

    fn other(header: &str, format: FormatName) -> Result<Self> {
        let valid = http::HeaderName::from_bytes(header.as_bytes()).map_err(|_| {
            Failure::new(format_args!("'{}' is not the name of a header", header.escape_debug()))
        })?;
        // A scheme is a constant of a program. This name lives as long as the process.
        let header: &'static str = String::leak(valid.as_str().to_owned());
        let (mut info, scheme) = match format {
            FormatName::Sha256 => (ProviderInfo::new::<Raw<OtherSha256>>(), Scheme::sha256(header)),
            FormatName::Hex => (ProviderInfo::new::<Raw<OtherHex>>(), Scheme::hex(header)),
        };
        info.scheme = scheme;
        Ok(Self { info, is_built_in: false })
    }

    /// Asks the library's own verifier.
    pub(crate) fn verify(
        &self,
        secrets: &Secrets,
        headers: &[(String, Vec<u8>)],
        body: &[u8],
        limit: usize,
    ) -> Result<std::result::Result<Accepted, Rejection>> {
        let renamed;
        let headers = if self.is_built_in {
            headers
        } else {
            renamed = self.renamed(headers);
            &renamed
        };
        Ok(self.info.verify(secrets.clone(), limit, headers, body.to_vec())?)
    }

    /// The headers, with the placeholder as the name of the signature header.
    fn renamed(&self, headers: &[(String, Vec<u8>)]) -> Vec<(String, Vec<u8>)> {
        let signature = self.info.scheme.header();
        headers
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case(PLACEHOLDER))
            .map(|(name, value)| {
                let name = if name.eq_ignore_ascii_case(signature) { PLACEHOLDER } else { name };
                (name.to_owned(), value.clone())
            })
            .collect()
    }

    /// The reason of a refusal in words, with the signature header as the request names it.
    pub(crate) fn reason(&self, rejection: &Rejection) -> String {
        match rejection {
            Rejection::InvalidSignature { reason, .. } => format!("{}: {reason}", self.info.scheme.header()),
            other => other.to_string(),
        }
    }
}

/// The prefix of a scheme's tags.
pub(crate) fn prefix(scheme: &Scheme) -> &'static str {
    match scheme.format() {
        Format::Hex => "",
        _ => "sha256=",
    }
}

/// The header of the two types below. Requests get it in the place of the header that the arguments name.
const PLACEHOLDER: &str = "x-countersign-other";

struct OtherSha256;
struct OtherHex;

impl countersign::Provider for OtherSha256 {
    const NAME: &'static str = "other";
    const SCHEME: Scheme = Scheme::sha256(PLACEHOLDER);
}

impl countersign::Provider for OtherHex {
    const NAME: &'static str = "other";
    const SCHEME: Scheme = Scheme::hex(PLACEHOLDER);
}

impl Samples for OtherSha256 {
    const SAMPLES: &'static [Sample] = &[];
}

impl Samples for OtherHex {
    const SAMPLES: &'static [Sample] = &[];
}
