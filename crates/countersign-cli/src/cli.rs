//! The arguments. A secret is never an argument, because a process list shows arguments to everybody.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use countersign::testing::ProviderInfo;

use crate::provider::by_name;

/// Sign, verify, send, probe, diagnose and listen to webhooks.
///
/// Exit code 0: valid, accepted or all right. 1: refused. 2: wrong usage, or a failure of a file or the network.
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
    /// Deliver to an endpoint as the provider does.
    Send(Send),
    /// Send genuine and forged deliveries to an endpoint, and report its mistakes.
    Probe(Probe),
    /// Say why a signature does not match.
    Diagnose(Diagnose),
    /// Receive on 127.0.0.1: print, save and forward each delivery.
    Listen(Listen),
    /// List the built-in providers, or describe one.
    Providers(Providers),
    /// Print completions for a shell.
    Completions(Completions),
}

/// The format of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// sha256= and 64 hex digits
    Sha256,
    /// 64 hex digits
    Hex,
}

/// The provider.
#[derive(Debug, Args)]
pub(crate) struct ProviderArgs {
    /// The provider
    #[arg(long, value_parser = by_name(), required_unless_present = "header", conflicts_with = "header")]
    pub(crate) provider: Option<&'static ProviderInfo>,
    /// The signature header of any other provider, instead of --provider
    #[arg(long, value_name = "NAME", requires = "format")]
    pub(crate) header: Option<String>,
    /// The format of that header's value
    #[arg(long, value_enum, requires = "header")]
    pub(crate) format: Option<FormatName>,
}

/// The secrets.
#[derive(Debug, Args)]
pub(crate) struct SecretArgs {
    /// Environment variable that holds a secret; repeat it for a rotation, the current one first
    #[arg(long, value_name = "VAR")]
    pub(crate) secret_env: Vec<String>,
    /// File that holds a secret of any bytes. One final newline is not part of it. Other white space at an end is refused. Files come
    /// after the variables of --secret-env
    #[arg(long, value_name = "PATH")]
    pub(crate) secret_file: Vec<PathBuf>,
}

/// A delivery: a captured request, or a signature and a body.
#[derive(Debug, Args)]
pub(crate) struct Delivery {
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
    pub(crate) provider: ProviderArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    #[command(flatten)]
    pub(crate) delivery: Delivery,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
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
    /// The endpoint: http:// or https://
    pub(crate) url: String,
    /// Raw HTTP request to send again unchanged, instead of a new delivery
    #[arg(long, value_name = "FILE", conflicts_with_all = ["provider", "header", "secret_env", "secret_file", "event", "data", "body", "forge"])]
    pub(crate) request: Option<PathBuf>,
    /// The provider
    #[arg(long, value_parser = by_name(), required_unless_present_any = ["header", "request"], conflicts_with = "header")]
    pub(crate) provider: Option<&'static ProviderInfo>,
    /// The signature header of any other provider, instead of --provider
    #[arg(long, value_name = "NAME", requires = "format")]
    pub(crate) header: Option<String>,
    /// The format of that header's value
    #[arg(long, value_enum, requires = "header")]
    pub(crate) format: Option<FormatName>,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    /// The event type; see 'countersign providers NAME'
    #[arg(long, conflicts_with = "body")]
    pub(crate) event: Option<String>,
    /// The payload: JSON, or @FILE that holds it
    #[arg(long, value_name = "JSON|@FILE", conflicts_with = "body")]
    pub(crate) data: Option<String>,
    /// File with the whole body, '-' for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) body: Option<PathBuf>,
    /// Send this forgery instead; 'help' lists them
    #[arg(long, value_name = "NAME")]
    pub(crate) forge: Option<String>,
    /// Number of deliveries
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) repeat: u32,
    /// Print a line of JSON for each answer
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Probe {
    /// The endpoint: http:// or https://
    pub(crate) url: String,
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    /// The endpoint's body limit in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 1024 * 1024, value_parser = clap::value_parser!(u32).range(1024..=16 * 1024 * 1024))]
    pub(crate) limit: u32,
    /// Most seconds for all requests together. A request that has no time left is not tried, and the exit code is 1
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) timeout: u32,
    /// Print the right answers as well
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Diagnose {
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    /// Environment variable with the secret of another provider or endpoint, which may have been used by mistake
    #[arg(long, value_name = "VAR")]
    pub(crate) other_secret_env: Vec<String>,
    /// File with the secret of another provider or endpoint, which may have been used by mistake
    #[arg(long, value_name = "PATH")]
    pub(crate) other_secret_file: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) delivery: Delivery,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Listen {
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    /// Port on 127.0.0.1; 0 picks a free one
    #[arg(long, default_value_t = 4400)]
    pub(crate) port: u16,
    /// Forward each request to this URL, and return its answer
    #[arg(long, value_name = "URL")]
    pub(crate) forward: Option<String>,
    /// Save each request in this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) save: Option<PathBuf>,
    /// Stop after this number of requests
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// Print a line of JSON for each request
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Providers {
    /// The provider to describe
    #[arg(value_parser = by_name())]
    pub(crate) name: Option<&'static ProviderInfo>,
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
