//! The inspector: `listen --ui` shows its deliveries in a browser on this machine.
//!
//! `listen` reports each delivery and each answer. The store keeps them, a page reads them, and nothing leaves the machine.

mod actions;
mod assets;
mod claims;
mod curl;
mod delivery;
mod detail;
mod diff;
mod guard;
mod live;
mod mask;
mod routes;
mod serve;
mod store;
mod text;
mod view;

use std::sync::Arc;

use countersign::Secret;
use countersign::testing::ProviderInfo;
use serde::Serialize;
use tokio::sync::Semaphore;

use self::actions::Listed;
pub(crate) use self::actions::ask;
pub(crate) use self::delivery::{Answered, Answerer, Got};
use self::guard::Guard;
use self::live::Pages;
pub(crate) use self::serve::serve;
use self::store::Store;
use crate::cli::Listen;
use crate::commands::listen::Received;
use crate::commands::sign::quoted;
use crate::failure::Result;
use crate::http1::Target;

/// Most requests of the pages to the forward target at the same time.
const SENDING: usize = 8;

/// Most searches and comparisons for the pages at the same time.
const WORKING: usize = 4;

/// The settings of `listen` that the page needs.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) provider: ProviderInfo,
    /// The current secret, which signs samples.
    pub(crate) secret: Secret,
    pub(crate) forward: Option<Target>,
    /// The address of the receiver.
    pub(crate) receiver: String,
    /// The options that name the provider and the secrets, for a command to copy.
    pub(crate) options: String,
}

#[derive(Debug)]
pub(crate) struct Inspector {
    setup: Setup,
    store: Store,
    guard: Guard,
    pages: Pages,
    /// Places for requests to the forward target.
    sending: Arc<Semaphore>,
    /// Places for other work that blocks.
    working: Arc<Semaphore>,
}

/// The facts that do not change while the page is open.
#[derive(Serialize)]
struct About<'a> {
    address: &'a str,
    provider: &'static str,
    forward: Option<&'a str>,
    command: String,
    /// Whether a sample can be of a chosen event type, and the types that are known.
    has_types: bool,
    event_types: Vec<&'static str>,
    forgeries: Vec<Listed>,
}

/// The options that name the provider and the secrets again, for a command in another terminal.
pub(crate) fn options(args: &Listen) -> String {
    let provider = args.provider.provider.map(|provider| ("--provider", provider.name.to_owned()));
    let header = args.provider.scheme.header.clone().map(|header| ("--header", format!("{header} …")));
    let variables = args.secrets.secret_env.iter().map(|name| ("--secret-env", name.clone()));
    let files =
        args.secrets.secret_file.iter().map(|path| ("--secret-file", for_shell(&path.display().to_string())));
    let all = provider.or(header).into_iter().chain(variables.chain(files).next());
    all.map(|(option, value)| format!("{option} {value}")).collect::<Vec<_>>().join(" ")
}

/// A shell takes these characters as they are. Others are put in quotes.
fn for_shell(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "/._-".contains(character);
    if text.chars().all(is_plain) { text.to_owned() } else { quoted(text) }
}

impl Inspector {
    /// An inspector whose page is at this port.
    pub(crate) fn new(setup: Setup, port: u16) -> Result<Self> {
        let places = |most| Arc::new(Semaphore::new(most));
        let (sending, working) = (places(SENDING), places(WORKING));
        Ok(Self {
            setup,
            store: Store::default(),
            guard: Guard::new(port)?,
            pages: Pages::default(),
            sending,
            working,
        })
    }

    /// The address for the browser, with its token.
    pub(crate) fn address(&self) -> String {
        self.guard.address()
    }

    /// Shows a delivery, and returns its number.
    pub(crate) fn received(&self, received: Arc<Received>) -> u64 {
        self.store.add(&self.setup.provider, received)
    }

    /// Shows the answer to a delivery.
    pub(crate) fn answered(&self, number: u64, answered: Answered) {
        self.store.answer(number, answered);
    }

    fn about(&self) -> Result<About<'_>> {
        let Setup { provider, secret, forward, receiver, options } = &self.setup;
        Ok(About {
            address: receiver,
            provider: provider.name,
            forward: forward.as_ref().map(Target::url),
            command: format!("countersign send {receiver} {options}"),
            has_types: provider.envelope.is_some_and(|envelope| envelope.is_typed()),
            event_types: provider.samples.iter().filter_map(|sample| sample.event_type).collect(),
            forgeries: actions::forgeries(provider, secret)?,
        })
    }
}

#[cfg(test)]
mod tests;
