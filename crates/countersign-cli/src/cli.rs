//! The arguments. Secrets are not among them: a process list shows those to everybody.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Sign, verify, send, probe, diagnose and listen to webhooks.
///
/// Exit code 0: valid, accepted, all right. 1: refused. 2: wrong usage, or a file or network that fails.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Verify a signature against a body.
    Verify(Verify),
    /// Print the signature header for a body.
    Sign(Sign),
    /// Deliver to an endpoint as the sender does.
    Send(Send),
    /// Send an endpoint genuine and forged deliveries, and report what it gets wrong.
    Probe(Probe),
    /// Say why a signature does not match.
    Diagnose(Diagnose),
    /// Receive on 127.0.0.1: print, save and forward each delivery.
    Listen(Listen),
    /// List the built-in senders, or describe one.
    Providers(Providers),
    /// Print completions for a shell.
    Completions(Completions),
}

/// A built-in sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProviderName {
    Massu,
    Hook,
    Mutx,
    Muchaw,
    Workspace,
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// sha256= and 64 hex digits
    Sha256,
    /// 64 hex digits
    Hex,
}

/// Who sends.
#[derive(Debug, Args)]
pub(crate) struct SenderArgs {
    /// The sender
    #[arg(long, value_enum, required_unless_present = "header", conflicts_with = "header")]
    pub(crate) provider: Option<ProviderName>,
    /// The signature header of any other sender, instead of --provider
    #[arg(long, value_name = "NAME", requires = "format")]
    pub(crate) header: Option<String>,
    /// How that header's value is written
    #[arg(long, value_enum, requires = "header")]
    pub(crate) format: Option<FormatName>,
}

/// With which secrets.
#[derive(Debug, Args)]
pub(crate) struct SecretArgs {
    /// Environment variable that holds a secret; repeat it for a rotation, the current one first
    #[arg(long, value_name = "VAR")]
    pub(crate) secret_env: Vec<String>,
    /// File that holds a secret, after those of --secret-env: any bytes, without exactly one final newline; refused if white
    /// space is left at an end
    #[arg(long, value_name = "PATH")]
    pub(crate) secret_file: Vec<PathBuf>,
}

/// What came: a captured request, or a signature and a body.
#[derive(Debug, Args)]
pub(crate) struct Came {
    /// Value of the signature header
    #[arg(
        long,
        value_name = "VALUE",
        required_unless_present = "request",
        conflicts_with = "request",
        allow_hyphen_values = true
    )]
    pub(crate) signature: Option<OsString>,
    /// Raw HTTP request (request line, headers, body) instead of signature and body
    #[arg(long, value_name = "FILE", conflicts_with = "body")]
    pub(crate) request: Option<PathBuf>,
    /// File with the body; standard input if absent or '-'
    pub(crate) body: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) sender: SenderArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    #[command(flatten)]
    pub(crate) came: Came,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    #[command(flatten)]
    pub(crate) sender: SenderArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    /// Print the value alone
    #[arg(long, conflicts_with_all = ["curl", "json"])]
    pub(crate) value: bool,
    /// Print a curl command that delivers the body to URL
    #[arg(long, value_name = "URL", conflicts_with = "json")]
    pub(crate) curl: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// File with the body; standard input if absent or '-'
    pub(crate) body: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Send {
    /// Where to: http:// or https://
    pub(crate) url: String,
    /// Raw HTTP request to send again as it is, instead of a new delivery
    #[arg(long, value_name = "FILE", conflicts_with_all = ["provider", "header", "secret_env", "secret_file", "event", "data", "body", "forge"])]
    pub(crate) request: Option<PathBuf>,
    /// The sender
    #[arg(long, value_enum, required_unless_present_any = ["header", "request"], conflicts_with = "header")]
    pub(crate) provider: Option<ProviderName>,
    /// The signature header of any other sender, instead of --provider
    #[arg(long, value_name = "NAME", requires = "format")]
    pub(crate) header: Option<String>,
    /// How that header's value is written
    #[arg(long, value_enum, requires = "header")]
    pub(crate) format: Option<FormatName>,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    /// The event's name; see 'countersign providers NAME'
    #[arg(long, conflicts_with = "body")]
    pub(crate) event: Option<String>,
    /// The event's data: JSON, or @FILE that holds it
    #[arg(long, value_name = "JSON|@FILE", conflicts_with = "body")]
    pub(crate) data: Option<String>,
    /// File with the whole body, '-' for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) body: Option<PathBuf>,
    /// Send this forgery instead; 'help' lists them
    #[arg(long, value_name = "KIND")]
    pub(crate) forge: Option<String>,
    /// How often
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) repeat: u32,
    /// Print JSON, a line for each answer
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Probe {
    /// The endpoint: http:// or https://
    pub(crate) url: String,
    #[command(flatten)]
    pub(crate) sender: SenderArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    /// Largest body in bytes that the endpoint takes
    #[arg(long, value_name = "BYTES", default_value_t = 1024 * 1024, value_parser = clap::value_parser!(u32).range(1024..=16 * 1024 * 1024))]
    pub(crate) limit: u32,
    /// Most seconds for all requests together; what is left then is not tried, and the verdict is not good
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) timeout: u32,
    /// Print what is right as well
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Diagnose {
    #[command(flatten)]
    pub(crate) sender: SenderArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    /// Environment variable with the secret of another sender or endpoint, tried as a mistake
    #[arg(long, value_name = "VAR")]
    pub(crate) other_secret_env: Vec<String>,
    /// File with the secret of another sender or endpoint, tried as a mistake
    #[arg(long, value_name = "PATH")]
    pub(crate) other_secret_file: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) came: Came,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Listen {
    #[command(flatten)]
    pub(crate) sender: SenderArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    /// Port on 127.0.0.1; 0 for any that is free
    #[arg(long, default_value_t = 4400)]
    pub(crate) port: u16,
    /// Pass each request on to this URL, and its answer back
    #[arg(long, value_name = "URL")]
    pub(crate) forward: Option<String>,
    /// Save each request in this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) save: Option<PathBuf>,
    /// Stop after so many requests
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// Print JSON, a line for each request
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Providers {
    /// The sender to describe
    #[arg(value_enum)]
    pub(crate) name: Option<ProviderName>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
