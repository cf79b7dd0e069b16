//! Secrets from variables and files, labelled with the names of those.

use std::path::Path;

use countersign::{Secret, Secrets};

use crate::cli::SecretArgs;
use crate::failure::{Failure, Result};

/// The set for a verdict: variables first, then files.
pub(crate) fn load(args: &SecretArgs) -> Result<Secrets> {
    let mut labelled = labelled(&args.secret_env, &args.secret_file)?.into_iter();
    let (label, current) = labelled.next().ok_or_else(|| {
        Failure::new("no secret: name a variable with --secret-env VAR or a file with --secret-file PATH")
    })?;
    let set = Secrets::new(&label, current)?;
    Ok(labelled.try_fold(set, |set, (label, secret)| set.also(&label, secret))?)
}

/// The current secret alone, to sign with.
pub(crate) fn current(args: &SecretArgs) -> Result<Secret> {
    load(args)?; // so that a mistake in the others shows here too
    let all = labelled(&args.secret_env, &args.secret_file)?;
    all.into_iter().next().map(|(_, secret)| secret).ok_or_else(|| Failure::new("no secret"))
}

/// Each secret with its label.
pub(crate) fn labelled(variables: &[String], files: &[impl AsRef<Path>]) -> Result<Vec<(String, Secret)>> {
    let variables = variables.iter().map(|name| Ok((name.clone(), Secret::from_env(name)?)));
    let files = files.iter().map(|path| Ok((label(path.as_ref()), Secret::from_file(path)?)));
    variables.chain(files).collect()
}

/// The file's name, or as much of its end as a label may hold.
fn label(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let printable = name.replace(char::is_control, "?");
    let cut = printable
        .char_indices()
        .map(|(start, _)| start)
        .find(|start| printable.len().saturating_sub(*start) <= Secrets::MAX_LABEL);
    printable.get(cut.unwrap_or(0)..).unwrap_or_default().to_owned()
}
