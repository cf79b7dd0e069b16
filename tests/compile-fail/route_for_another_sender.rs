use axum::extract::FromRequest;
use countersign::{Massu, Verified, Verifier, mutx};

fn extracts<S, E: FromRequest<S>>() {}

fn main() {
    extracts::<Verifier<Massu>, Verified<mutx::Event>>();
}
