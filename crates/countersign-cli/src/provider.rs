//! A provider that is named at run time.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};
use countersign::testing::{Accepted, PROVIDERS, ProviderInfo};
use countersign::{Rejection, Secrets};

use crate::cli::ProviderArgs;
use crate::clock;
use crate::failure::{Failure, Result};
use crate::scheme::with_tolerance;

/// The provider of the arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Provider {
    pub(crate) info: ProviderInfo,
}

/// Reads the name of a built-in provider. Shells complete it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name;

impl TypedValueParser for Name {
    type Value = &'static ProviderInfo;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<Self::Value, Error> {
        let found = value.to_str().and_then(|name| ProviderInfo::find(&name.to_ascii_lowercase()));
        // clap would list all names, which are some seventy.
        found.ok_or_else(|| {
            let name = value.to_string_lossy();
            let message = format!(
                "no built-in provider '{}'; 'countersign providers' lists them, and --header with --encoding describes any other\n",
                name.escape_debug()
            );
            Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(PROVIDERS.iter().map(|provider| PossibleValue::new(provider.name))))
    }
}

/// Reads any text. Shells complete it as the name of a built-in provider.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnyName;

impl TypedValueParser for AnyName {
    type Value = String;

    fn parse_ref(&self, _: &Command, _: Option<&Arg>, value: &OsStr) -> Result<Self::Value, Error> {
        Ok(value.to_string_lossy().into_owned())
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Name.possible_values().map(|names| Box::new(names.collect::<Vec<_>>().into_iter()) as Box<_>)
    }
}

impl Provider {
    pub(crate) fn new(args: &ProviderArgs) -> Result<Self> {
        let mut info = match (args.provider, args.scheme.scheme()?) {
            (Some(info), _) => *info,
            (None, Some(scheme)) => ProviderInfo::custom(scheme),
            (None, None) => {
                return Err(Failure::new(
                    "no provider: name it with --provider, or name its header with --header and --encoding",
                ));
            }
        };
        if let Some(seconds) = args.tolerance {
            info.scheme = with_tolerance(info.scheme, seconds)?;
        }
        Ok(Self { info })
    }

    #[cfg(test)]
    pub(crate) const fn built_in(info: &ProviderInfo) -> Self {
        Self { info: *info }
    }

    /// Asks the library's own verifier.
    pub(crate) fn verify(
        &self,
        secrets: &Secrets,
        headers: &[(String, Vec<u8>)],
        body: &[u8],
        limit: usize,
    ) -> Result<std::result::Result<Accepted, Rejection>> {
        Ok(self.info.verify(secrets.clone(), limit, clock::now, headers, body.to_vec())?)
    }
}
