//! A receiver as a function of AWS Lambda: the whole request arrives at once, and its body may be in base64.
//!
//! The program reads one event from stdin and prints the answer, as Lambda would:
//!
//! ```sh
//! MASSU_WEBHOOK_SECRET=whsec_abc123 cargo run -p lambda-handler < event.json
//! ```
//!
//! A function in AWS calls `handle` from the crate `lambda_runtime`. To handle each delivery once, it also calls `Dedupe::handle`
//! with a store that all its instances share, such as `RedisStore`: the memory of one instance is not the memory of the next.

mod lambda;

use std::collections::HashMap;
use std::error::Error;
use std::io;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use countersign::{Massu, Rejection, Verified, Verifier, massu};
use lambda::{LambdaRequest, LambdaResponse};

fn main() -> Result<(), Box<dyn Error>> {
    let verifier = Verifier::from_env("MASSU_WEBHOOK_SECRET")?;
    let request = serde_json::from_reader(io::stdin())?;
    Ok(serde_json::to_writer(io::stdout(), &handle(&verifier, request))?)
}

fn handle(verifier: &Verifier<Massu>, request: LambdaRequest) -> LambdaResponse {
    match receive(verifier, request) {
        // The work of a service begins here: a queue takes the event, for example.
        Ok(_event) => LambdaResponse { status_code: 204, headers: HashMap::new(), body: "" },
        Err(rejection) => LambdaResponse {
            status_code: rejection.status(),
            headers: rejection.answer().headers().map(|(name, value)| (name, value.into_owned())).collect(),
            body: rejection.body(),
        },
    }
}

/// The bytes that were signed are the decoded ones.
fn receive(verifier: &Verifier<Massu>, request: LambdaRequest) -> Result<Verified<massu::Event>, Rejection> {
    let LambdaRequest { headers, body, is_base64_encoded } = request;
    let decoded = is_base64_encoded.then(|| BASE64_STANDARD.decode(&body));
    // A body that is no base64 is broken. It never comes from AWS.
    let body = decoded.unwrap_or_else(|| Ok(body.into_bytes())).map_err(|_| Rejection::BodyIncomplete)?;
    verifier.verify(&headers, body)
}

#[cfg(test)]
mod tests;
