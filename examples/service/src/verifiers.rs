//! The verifiers, from the environment.

use std::env;
use std::time::Duration;

use countersign::{Hook, Massu, Muchaw, Mutx, Provider, Secret, Secrets, Verifier, Workspace};

use crate::ServiceError;

/// A verifier for each provider that has a secret. It is made once: clones share their secrets, and the memory that their bodies may
/// hold together.
#[derive(Clone, Debug)]
pub struct Verifiers {
    /// `MASSU_WEBHOOK_SECRET`.
    pub massu: Option<Verifier<Massu>>,
    /// `HOOK_WEBHOOK_SECRET`.
    pub hook: Option<Verifier<Hook>>,
    /// `MUTX_WEBHOOK_SECRET`.
    pub mutx: Option<Verifier<Mutx>>,
    /// `MUCHAW_WEBHOOK_SECRET`.
    pub muchaw: Option<Verifier<Muchaw>>,
    /// `WORKSPACE_WEBHOOK_SECRET`.
    pub workspace: Option<Verifier<Workspace>>,
}

impl Verifiers {
    pub(crate) fn from_env(read_timeout: Duration, total: Option<usize>) -> Result<Self, ServiceError> {
        let verifiers = Self {
            massu: verifier(read_timeout, total)?,
            hook: verifier(read_timeout, total)?,
            mutx: verifier(read_timeout, total)?,
            muchaw: verifier(read_timeout, total)?,
            workspace: verifier(read_timeout, total)?,
        };
        let Self { massu, hook, mutx, muchaw, workspace } = &verifiers;
        let any = massu.is_some() || hook.is_some() || mutx.is_some() || muchaw.is_some();
        if any || workspace.is_some() { Ok(verifiers) } else { Err(ServiceError::NoSecret) }
    }
}

fn verifier<P: Provider>(
    read_timeout: Duration,
    total: Option<usize>,
) -> Result<Option<Verifier<P>>, ServiceError> {
    let Some(secrets) = secrets::<P>()? else {
        tracing::info!(provider = P::NAME, "no secret, no route");
        return Ok(None);
    };
    tracing::info!(provider = P::NAME, ?secrets, "receiving");
    let verifier = Verifier::new(secrets)?.read_timeout(read_timeout);
    Ok(Some(match total {
        Some(limit) => verifier.total_body_limit(limit),
        None => verifier,
    }))
}

/// The secrets of a provider, the current one first.
fn secrets<P: Provider>() -> Result<Option<Secrets>, ServiceError> {
    let name = format!("{}_WEBHOOK_SECRET", P::NAME.to_uppercase());
    match (secret(&name)?, secret(&format!("{name}_PREVIOUS"))?) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(ServiceError::PreviousAlone { name }),
        (Some(current), None) => Ok(Some(Secrets::new("current", current)?)),
        (Some(current), Some(previous)) => {
            Ok(Some(Secrets::new("current", current)?.also("previous", previous)?))
        }
    }
}

/// One secret, from the variable or from the file that the variable with `_FILE` names. Set, but blank, is an error.
fn secret(name: &str) -> Result<Option<Secret>, ServiceError> {
    let file_name = format!("{name}_FILE");
    match (env::var_os(name), env::var_os(&file_name)) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(ServiceError::SetTwice { name: name.to_owned() }),
        (Some(_), None) => Ok(Some(Secret::from_env(name)?)),
        (None, Some(path)) => Secret::from_file(path)
            .map(Some)
            .map_err(|fault| ServiceError::SecretFile { name: file_name, fault }),
    }
}
