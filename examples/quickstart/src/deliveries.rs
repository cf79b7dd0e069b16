//! The deliveries of the providers, and the outcome that each must have.

use countersign::testing::{Sample, Samples, SignedRequest, sign};
use countersign::{ConfigError, Secret};

/// A request to the receiver.
pub(crate) struct Delivery {
    pub(crate) provider: &'static str,
    pub(crate) what: String,
    pub(crate) request: SignedRequest,
    pub(crate) expected: Outcome,
}

/// The outcome of a delivery: the whole answer, and all that the handler noted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) notes: Vec<String>,
}

/// The events whose payload a handler reads, and the note that it makes of their samples.
const READ: [(&str, &str); 4] = [
    ("session.completed", "session synced: {}"),
    ("user.created", "welcome John Doe <john@example.com>"),
    ("agent.crashed", "agent_123 crashed: out of memory"),
    ("message.received", "text from 5511888880000"),
];

/// An event type that no provider documents.
const UNKNOWN: &str = "something.new";

/// Each documented event of a provider, an unknown one, and four deliveries that must be refused.
pub(crate) fn deliveries<P: Samples>(secret: &Secret) -> Result<Vec<Delivery>, ConfigError> {
    let mut all: Vec<_> = P::SAMPLES.iter().map(|sample| documented::<P>(secret, *sample)).collect();
    if let Some(sample) = P::SAMPLES.first() {
        all.push(unknown::<P>(secret, *sample));
        all.extend(forgeries::<P>(secret, sample.body)?);
    }
    Ok(all)
}

fn documented<P: Samples>(secret: &Secret, sample: Sample) -> Delivery {
    let Some(event_type) = sample.event_type else {
        return accepted::<P>(secret, "any event", sample.body, raw(sample.body));
    };
    let read = READ.iter().find(|(read, _)| *read == event_type);
    let note = read.map_or_else(|| format!("{}(..)", variant(event_type)), |(_, note)| (*note).to_owned());
    accepted::<P>(secret, event_type, sample.body, note)
}

/// An authentic event that this version does not know. The handler gets it all the same.
fn unknown<P: Samples>(secret: &Secret, sample: Sample) -> Delivery {
    let (body, note) = match sample.event_type {
        Some(event_type) => (sample.body.replace(event_type, UNKNOWN), format!("unknown: {UNKNOWN}")),
        None => {
            let body = format!(r#"{{"event":"{UNKNOWN}"}}"#);
            (body.clone(), raw(&body))
        }
    };
    accepted::<P>(secret, "an unknown event", &body, note)
}

fn forgeries<P: Samples>(secret: &Secret, body: &'static str) -> Result<[Delivery; 4], ConfigError> {
    let header = P::SCHEME.header();
    let genuine = SignedRequest::new::<P>(secret, body);
    let one_space_more = body.replacen('{', "{ ", 1);
    let again = sign(P::SCHEME, secret, body);
    Ok([
        refused::<P>("unsigned", genuine.clone().without(header)),
        refused::<P>("forged: another secret", SignedRequest::new::<P>(&Secret::new("a guess")?, body)),
        refused::<P>("altered after signing", genuine.clone().with_body(one_space_more)),
        refused::<P>("signature sent twice", genuine.header(header, again)),
    ])
}

fn accepted<P: Samples>(secret: &Secret, what: &str, body: &str, note: String) -> Delivery {
    Delivery {
        provider: P::NAME,
        what: what.to_owned(),
        request: SignedRequest::new::<P>(secret, body.to_owned()),
        expected: Outcome { status: 200, body: String::new(), notes: vec![note] },
    }
}

/// A forgery. The answer to each is the same, and the handler does not run.
fn refused<P: Samples>(what: &str, request: SignedRequest) -> Delivery {
    Delivery {
        provider: P::NAME,
        what: what.to_owned(),
        request,
        expected: Outcome {
            status: 401,
            body: r#"{"error":"invalid signature"}"#.to_owned(),
            notes: Vec::new(),
        },
    }
}

fn raw(body: &str) -> String {
    format!("raw: {body}")
}

/// `deployment.rolled_back` is `DeploymentRolledBack` in the enum.
fn variant(event_type: &str) -> String {
    let capitalised = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    event_type.split(['.', '_']).map(capitalised).collect()
}
