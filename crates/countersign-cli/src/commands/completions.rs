//! `countersign completions bash > /etc/bash_completion.d/countersign`

use std::io::Write;

use clap::CommandFactory as _;

use crate::cli::{Cli, Completions};
use crate::failure::{Result, Verdict};

pub(crate) fn run(args: &Completions, out: &mut dyn Write) -> Result<Verdict> {
    // The generator panics if it cannot write, so it writes to memory. Then a closed pipe is an ordinary error here.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "countersign", &mut script);
    out.write_all(&script)?;
    Ok(Verdict::Good)
}
