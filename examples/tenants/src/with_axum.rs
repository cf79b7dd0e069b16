//! The receiver in axum.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::{Router, post};
use axum::{Extension, RequestPartsExt as _};
use countersign::axum::Resolve;
use countersign::dedupe::Dedupe;
use countersign::{Hook, Rejection, Verified, Verifier, VerifyMiddleware, hook};

use crate::app::App;

impl Resolve<Hook> for App {
    async fn resolve(&self, parts: &mut Parts) -> Result<Option<Verifier<Hook>>, Rejection> {
        let Path(tenant) = parts.extract::<Path<String>>().await.map_err(Rejection::lookup_failed)?;
        self.verifier_of(&tenant).await
    }

    /// An unknown tenant has the same limits as all others.
    fn template(&self) -> Option<Verifier<Hook>> {
        Some(self.shared_settings())
    }
}

pub(crate) fn router(app: App, dedupe: Dedupe) -> Router {
    let verify = VerifyMiddleware::<hook::Event, _>::resolving(app.clone()).dedupe(dedupe);
    Router::new().route("/hooks/{tenant}", post(hook).layer(verify)).with_state(app)
}

/// The event is an `Extension` that the middleware has left. The extractor `Verified` would look up the tenant again.
async fn hook(State(app): State<App>, Extension(event): Extension<Verified<hook::Event>>) -> StatusCode {
    StatusCode::from_u16(app.handle(&event)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
