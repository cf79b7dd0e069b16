//! Handshakes in both frameworks: the status, the headers and the body of each answer.

use actix_web::body::to_bytes;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpRequest, HttpResponse, web};
use axum::body::Body;
use axum::extract::RawQuery;
use axum::http::Request;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{Router, get};
use countersign::handshake::{self, Refusal, Reply};
use countersign::providers::Slack;
use countersign::testing::SignedRequest;
use countersign::{Raw, Secret, Verified, Verifier};
use tower::ServiceExt as _;

const TOKEN: &str = "a verify token";
const QUERY: &str = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=a+verify+token";
const HANDSHAKE: &str = r#"{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd"}"#;

/// Status, content type, `X-Content-Type-Options` and body.
type Answer = (u16, String, String, String);

fn answer(status: u16, content_type: &str, options: &str, body: &str) -> Answer {
    (status, content_type.to_owned(), options.to_owned(), body.to_owned())
}

fn text(body: &str) -> Answer {
    answer(200, "text/plain", "nosniff", body)
}

fn refused() -> Answer {
    answer(403, "application/json", "", r#"{"error":"handshake refused"}"#)
}

fn secret() -> Secret {
    Secret::new("whsec_handshake").unwrap()
}

fn signed(body: &'static str) -> SignedRequest {
    SignedRequest::new::<Slack>(&secret(), body)
}

async fn axum(request: Request<Body>) -> Answer {
    async fn hook(event: Verified<Raw<Slack>>) -> Result<Response, Refusal> {
        let reply = handshake::slack(&event)?;
        Ok(reply.map_or_else(|| "an ordinary delivery".into_response(), Reply::into_response))
    }
    async fn meta(RawQuery(query): RawQuery) -> Result<Reply, Refusal> {
        handshake::meta(query.as_deref().unwrap_or_default(), &Secret::new(TOKEN).unwrap())
    }
    let app = Router::new().route("/", get(meta).post(hook)).with_state(Verifier::new(secret()).unwrap());
    let response = app.oneshot(request).await.unwrap();
    let header = |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let (status, content_type, options) =
        (response.status().as_u16(), header("content-type"), header("x-content-type-options"));
    let body = axum::body::to_bytes(response.into_body(), 1024).await.unwrap();
    (status, content_type, options, String::from_utf8(body.to_vec()).unwrap())
}

async fn actix(request: TestRequest) -> Answer {
    async fn hook(event: Verified<Raw<Slack>>) -> Result<HttpResponse, Refusal> {
        let reply = handshake::slack(&event)?;
        Ok(reply.map_or_else(|| HttpResponse::Ok().body("an ordinary delivery"), HttpResponse::from))
    }
    async fn meta(request: HttpRequest) -> Result<Reply, Refusal> {
        handshake::meta(request.query_string(), &Secret::new(TOKEN).unwrap())
    }
    let app = App::new()
        .app_data(web::Data::new(Verifier::<Slack>::new(secret()).unwrap()))
        .route("/", web::post().to(hook))
        .route("/", web::get().to(meta));
    let response = call_service(&init_service(app).await, request.to_request()).await;
    let header = |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let (status, content_type, options) =
        (response.status().as_u16(), header("content-type"), header("x-content-type-options"));
    let body = to_bytes(response.into_body()).await.unwrap();
    (status, content_type, options, String::from_utf8(body.to_vec()).unwrap())
}

#[actix_web::test]
async fn a_handshake_by_get_is_answered_alike() {
    for (query, expected) in [
        (QUERY.to_owned(), text("1158201444")),
        (QUERY.replace("token=a", "token=b"), refused()),
        (QUERY.replace("1158201444", "%3Cscript%3E"), refused()),
        (format!("{QUERY}&hub.challenge=1"), refused()),
        (String::new(), refused()),
    ] {
        let path = format!("/?{query}");
        assert_eq!(axum(Request::get(&path).body(Body::empty()).unwrap()).await, expected, "{path}");
        assert_eq!(actix(TestRequest::get().uri(&path)).await, expected, "{path}");
    }
    assert_eq!(axum(Request::get("/").body(Body::empty()).unwrap()).await, refused());
}

#[actix_web::test]
async fn a_signed_handshake_is_verified_and_then_answered_alike() {
    let unusable = r#"{"type":"url_verification","challenge":"<script>"}"#;
    for (body, expected) in [(HANDSHAKE, text("3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd")), (unusable, refused())] {
        assert_eq!(axum(signed(body).into_axum("/").unwrap()).await, expected, "{body}");
        assert_eq!(actix(signed(body).into_actix().uri("/")).await, expected, "{body}");
    }
    let ordinary = signed("{}");
    assert_eq!(axum(ordinary.clone().into_axum("/").unwrap()).await.3, "an ordinary delivery");
    assert_eq!(actix(ordinary.into_actix().uri("/")).await.3, "an ordinary delivery");
}

#[actix_web::test]
async fn a_handshake_without_a_genuine_signature_gets_the_answer_of_a_forgery() {
    let forged = signed("{}").with_body(HANDSHAKE);
    let unsigned = forged.clone().without("x-slack-signature");
    let invalid = answer(401, "application/json", "", r#"{"error":"invalid signature"}"#);
    for request in [forged, unsigned] {
        assert_eq!(axum(request.clone().into_axum("/").unwrap()).await, invalid);
        assert_eq!(actix(request.into_actix().uri("/")).await, invalid);
    }
}
