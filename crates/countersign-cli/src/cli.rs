//! The arguments. A secret is never an argument, because a process list shows arguments to everybody.

mod examples;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::{ArgGroup, Args, Parser, Subcommand};
use countersign::testing::ProviderInfo;

use crate::clock;
use crate::provider::{AnyName, Name};
use crate::scheme::SchemeArgs;

/// Sign, verify, send, probe, diagnose and listen to webhooks.
///
/// Exit code 0: valid, accepted or all right. 1: refused. 2: wrong usage, or a failure of a file or the network. 3: 'verify' found a valid
/// signature, but the body is no event of the provider.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Verify a signature against a body.
    ///
    /// Exit code 0: valid. 1: the signature is missing, wrong or too old, or the body is encoded. 2: wrong usage, or a file cannot be read.
    /// 3: the signature is valid, but the body is no event of the provider, because its envelope is malformed.
    #[command(after_help = examples::VERIFY)]
    Verify(Verify),
    /// Print the signature header for a body, and the headers of the signed time and id.
    #[command(after_help = examples::SIGN)]
    Sign(Sign),
    /// Deliver to an endpoint as the provider does.
    #[command(after_help = examples::SEND)]
    Send(Send),
    /// Send genuine and forged deliveries to an endpoint, and report its mistakes.
    ///
    /// Exit code 0: all answers are right. 1: some are wrong, or there was no time for all. 2: wrong usage, or the endpoint cannot be
    /// reached.
    #[command(after_help = examples::PROBE)]
    Probe(Probe),
    /// Say why a signature does not match.
    ///
    /// Exit code 0: the signature matches. 1: it does not. 2: wrong usage, or a file cannot be read.
    #[command(after_help = examples::DIAGNOSE)]
    Diagnose(Diagnose),
    /// Receive on 127.0.0.1: print, save and forward each delivery.
    #[command(after_help = examples::LISTEN)]
    Listen(Listen),
    /// List the built-in providers, or describe one.
    #[command(after_help = examples::PROVIDERS)]
    Providers(Providers),
    /// Print completions for a shell.
    #[command(after_help = examples::COMPLETIONS)]
    Completions(Completions),
}

/// The provider.
#[derive(Debug, Args)]
pub(crate) struct ProviderArgs {
    /// The provider; 'countersign providers' lists them
    #[arg(long, value_name = "NAME", value_parser = Name, hide_possible_values = true, conflicts_with = "SchemeArgs")]
    pub(crate) provider: Option<&'static ProviderInfo>,
    /// How many seconds the signed time may be away from now, in either direction; otherwise the provider's own tolerance
    #[arg(long, value_name = "SECONDS")]
    pub(crate) tolerance: Option<u64>,
    #[command(flatten)]
    pub(crate) scheme: SchemeArgs,
}

/// The clock.
#[derive(Debug, Args)]
pub(crate) struct ClockArgs {
    /// The time that counts as now: Unix seconds, or RFC 3339
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    pub(crate) at: Option<SystemTime>,
}

/// The secrets. The heading ends the one of the flags of a scheme, which stand in front.
#[derive(Debug, Args)]
#[command(next_help_heading = None::<&'static str>)]
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
#[command(group(ArgGroup::new("delivery").args(["signature", "request"]).required(true)))]
pub(crate) struct Delivery {
    /// Value of the signature header
    #[arg(long, value_name = "VALUE", conflicts_with = "request", allow_hyphen_values = true)]
    pub(crate) signature: Option<OsString>,
    /// Another header of the delivery, such as the signed time or id; repeat it for several
    #[arg(short = 'H', long, value_name = "NAME: VALUE", conflicts_with = "request", value_parser = with_header)]
    pub(crate) with_header: Vec<(String, Vec<u8>)>,
    #[command(flatten)]
    pub(crate) capture: Capture,
    /// File with the body; standard input if absent or '-'. With --request, the body of a capture that has none
    pub(crate) body: Option<PathBuf>,
}

/// More headers of a request that is sent.
#[derive(Debug, Args)]
pub(crate) struct More {
    /// Another header of the request, which replaces the one of this name; repeat it for several
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = with_header)]
    pub(crate) with_header: Vec<(String, Vec<u8>)>,
}

/// A captured request.
#[derive(Debug, Args)]
pub(crate) struct Capture {
    /// Captured request: raw HTTP, the output of 'curl -v' or of a tool for HTTP/2, a HAR file, or headers as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) request: Option<PathBuf>,
    /// The number of the request, if the capture has several; the first is 1
    #[arg(long, value_name = "N", requires = "request")]
    pub(crate) entry: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    #[command(flatten)]
    pub(crate) delivery: Delivery,
    #[command(flatten)]
    pub(crate) clock: ClockArgs,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(mut_arg("tolerance", |tolerance| tolerance.hide(true)))] // signing judges no time
pub(crate) struct Sign {
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    /// Print the value of the signature header alone
    #[arg(long, conflicts_with_all = ["curl", "json"])]
    pub(crate) value: bool,
    /// Print a curl command that delivers the body to URL
    #[arg(long, value_name = "URL", conflicts_with = "json")]
    pub(crate) curl: Option<String>,
    #[command(flatten)]
    pub(crate) clock: ClockArgs,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// File with the body; standard input if absent or '-'
    pub(crate) body: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(mut_arg("request", |request| request
    .help("Captured request to send again unchanged, instead of a new delivery; it takes the same forms as 'diagnose --request'")
    .conflicts_with_all(["ProviderArgs", "SchemeArgs", "SecretArgs", "event", "data", "forge", "at"])))]
pub(crate) struct Send {
    /// The endpoint: http:// or https://
    #[arg(required_unless_present = "forge")]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) capture: Capture,
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    /// The event type; see 'countersign providers NAME'
    #[arg(long)]
    pub(crate) event: Option<String>,
    /// The payload: JSON, or @FILE that holds it
    #[arg(long, value_name = "JSON|@FILE", conflicts_with = "body")]
    pub(crate) data: Option<String>,
    /// File with the whole body, '-' for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) body: Option<PathBuf>,
    /// File with the whole body, as with --body
    #[arg(value_name = "BODY", conflicts_with_all = ["body", "data"])]
    pub(crate) body_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) more: More,
    /// Send this forgery instead; 'help' lists them
    #[arg(long, value_name = "NAME")]
    pub(crate) forge: Option<String>,
    #[command(flatten)]
    pub(crate) clock: ClockArgs,
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
    /// The event type of the genuine deliveries; see 'countersign providers NAME'
    #[arg(long)]
    pub(crate) event: Option<String>,
    /// Their payload: JSON, or @FILE that holds it
    #[arg(long, value_name = "JSON|@FILE")]
    pub(crate) data: Option<String>,
    /// Their whole body, such as a form
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub(crate) body: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) more: More,
    /// The endpoint's body limit in bytes; otherwise the one of the provider, which is 1 MiB for most
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1024..=64 * 1024 * 1024))]
    pub(crate) limit: Option<u32>,
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
    /// The URL that the provider calls, because some providers sign it; otherwise the one of the captured request
    #[arg(long)]
    pub(crate) url: Option<String>,
    #[command(flatten)]
    pub(crate) clock: ClockArgs,
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
    /// Forward each request to this URL, refused ones too, and return its answer
    #[arg(long, value_name = "URL")]
    pub(crate) forward: Option<String>,
    /// Save each request in this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) save: Option<PathBuf>,
    /// Show the deliveries on a page for a browser on this machine, and print the page's address
    #[arg(long)]
    pub(crate) ui: bool,
    /// Port of the page on 127.0.0.1; 0 picks a free one
    #[arg(long, value_name = "PORT", default_value_t = 4401, requires = "ui")]
    pub(crate) ui_port: u16,
    /// Most bytes in a body; otherwise the provider's own limit, which is 1 MiB for most
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1024..=25 * 1024 * 1024))]
    pub(crate) limit: Option<u32>,
    /// Print the body of each request as well, up to 16 KiB of it
    #[arg(long)]
    pub(crate) body: bool,
    /// Stop after this number of requests
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// Print a line of JSON for each request
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Providers {
    /// The provider to describe, or a part of a name or of a header, to list those that have it
    #[arg(value_name = "NAME", value_parser = AnyName, hide_possible_values = true)]
    pub(crate) name: Option<String>,
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

impl Send {
    /// The file of the whole body.
    pub(crate) fn body(&self) -> Option<&Path> {
        self.body.as_deref().or(self.body_file.as_deref())
    }
}

/// Reads a header as it stands in a request.
fn with_header(text: &str) -> Result<(String, Vec<u8>), &'static str> {
    let header = text.split_once(':').map(|(name, value)| (name, value.trim_ascii()));
    header
        .filter(|(name, value)| {
            http::HeaderName::from_bytes(name.as_bytes()).is_ok() && !value.contains(char::is_control)
        })
        .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
        .ok_or("a header is 'NAME: VALUE'")
}
