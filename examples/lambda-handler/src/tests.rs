use countersign::Secret;
use countersign::testing::{Samples, SignedRequest, forgeries};

use super::*;

const BODY: &str = Massu::SAMPLES[0].body;

fn secret() -> Secret {
    Secret::new("whsec_abc123").unwrap()
}

/// The request as Lambda gets it: headers of one name are joined.
fn lambda(request: &SignedRequest, is_base64_encoded: bool) -> LambdaRequest {
    let mut headers = HashMap::<String, String>::new();
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value);
        headers
            .entry(name.to_lowercase())
            .and_modify(|joined| *joined += &format!(",{value}"))
            .or_insert(value.into());
    }
    let body = if is_base64_encoded {
        BASE64_STANDARD.encode(request.body())
    } else {
        String::from_utf8(request.body().to_vec()).unwrap()
    };
    LambdaRequest { headers, body, is_base64_encoded }
}

fn answer(request: LambdaRequest) -> LambdaResponse {
    handle(&Verifier::new(secret()).unwrap(), request)
}

#[test]
fn a_genuine_delivery_is_handled_as_text_and_in_base64() {
    let genuine = SignedRequest::new::<Massu>(&secret(), BODY);
    for is_base64_encoded in [false, true] {
        assert_eq!(answer(lambda(&genuine, is_base64_encoded)).status_code, 204);
    }
}

#[test]
fn a_forgery_is_refused() {
    for forgery in forgeries::<Massu>(&secret(), BODY) {
        let answer = answer(lambda(forgery.request(), true));
        assert_eq!((answer.status_code, answer.body), (401, r#"{"error":"invalid signature"}"#), "{forgery}");
        assert_eq!(answer.headers["www-authenticate"], "Signature");
    }
}

#[test]
fn a_body_that_is_no_base64_is_refused() {
    let mut request = lambda(&SignedRequest::new::<Massu>(&secret(), BODY), true);
    request.body.push('*');
    assert_eq!(answer(request).status_code, 408);
}

#[test]
fn an_event_is_read_and_an_answer_is_written_as_aws_does() {
    let event =
        r#"{"version":"2.0","rawPath":"/","headers":{"host":"x"},"body":"e30=","isBase64Encoded":true}"#;
    let answer = serde_json::to_value(answer(serde_json::from_str(event).unwrap())).unwrap();
    assert_eq!(answer["statusCode"], 401);
    assert_eq!(answer["headers"]["content-type"], "application/json");
}
