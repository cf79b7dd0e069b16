//! Times and ids that other families sign in front of the body.

use countersign::{Headers, Scheme};

use crate::signature::known;
use crate::value::stripe_time;

/// Number of times that are tried.
const MAX_TIMES: usize = 8;

/// Longest header value, in bytes, that is taken for a time or an id.
const MAX_BYTES: usize = 64;

/// Headers of a time. Two more are made from the name of the signature header.
const TIMES: [&str; 8] = [
    "webhook-timestamp",
    "svix-timestamp",
    "x-slack-request-timestamp",
    "x-webhook-timestamp",
    "x-signature-timestamp",
    "x-request-timestamp",
    "x-timestamp",
    "timestamp",
];

/// The texts that may have been signed in front of the body, by the times and the id in the headers.
pub(crate) fn stamps(scheme: &Scheme, headers: &(impl Headers + ?Sized)) -> Vec<Vec<u8>> {
    let own = scheme.header().to_ascii_lowercase();
    let beside = ["timestamp", "request-timestamp"]
        .map(|name| own.replace("signature-256", name).replace("signature", name));
    let names = TIMES.into_iter().chain(beside.iter().map(String::as_str));
    let first =
        |name: &str| headers.values(name).next().filter(|value| value.len() <= MAX_BYTES).map(<[u8]>::to_vec);
    let mut times: Vec<Vec<u8>> = names.filter(|name| *name != own).filter_map(first).collect();
    let listed = |header: &str| headers.values(header).find_map(stripe_time).map(<[u8]>::to_vec);
    times.extend(known().filter_map(listed).chain(listed(scheme.header())));
    times.dedup();
    times.truncate(MAX_TIMES);
    let id = first("webhook-id").or_else(|| first("svix-id"));
    times.iter().flat_map(|time| stamps_of(time, id.as_deref())).collect()
}

fn stamps_of(time: &[u8], id: Option<&[u8]>) -> Vec<Vec<u8>> {
    let mut stamps =
        vec![[time, b"."].concat(), [b"v0:", time, b":"].concat(), time.to_vec(), [time, b":"].concat()];
    stamps.extend(id.map(|id| [id, b".", time, b"."].concat()));
    stamps
}
