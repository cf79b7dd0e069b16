//! The receiver in actix-web.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use countersign::actix::Resolve;
use countersign::dedupe::Dedupe;
use countersign::{Hook, Rejection, Verified, Verifier, VerifyMiddleware, hook};

use crate::app::App;

impl Resolve<Hook> for App {
    async fn resolve(&self, request: &HttpRequest) -> Result<Option<Verifier<Hook>>, Rejection> {
        self.verifier_of(request.match_info().query("tenant")).await
    }

    /// An unknown tenant has the same limits as all others.
    fn template(&self) -> Option<Verifier<Hook>> {
        Some(self.shared_settings())
    }
}

/// Adds the route to an app. Each worker calls it with a clone of the same state and of the same store.
pub(crate) fn configure(config: &mut web::ServiceConfig, app: App, dedupe: Dedupe) {
    let verify = VerifyMiddleware::<hook::Event, _>::resolving(app.clone()).dedupe(dedupe);
    let resource = web::resource("/hooks/{tenant}").wrap(verify).route(web::post().to(hook));
    config.app_data(web::Data::new(app)).service(resource);
}

/// The extractor takes the event that the middleware has verified.
async fn hook(app: web::Data<App>, event: Verified<hook::Event>) -> HttpResponse {
    let status = StatusCode::from_u16(app.handle(&event));
    HttpResponse::new(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
}
