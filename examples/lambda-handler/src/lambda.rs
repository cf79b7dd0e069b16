//! A request and an answer, as API Gateway and function URLs write them in JSON.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// The parts of a request that matter here.
///
/// Headers that were sent twice arrive joined by a comma. Two signatures are then one malformed signature, which is refused.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LambdaRequest {
    pub(crate) headers: HashMap<String, String>,
    #[serde(default)]
    pub(crate) body: String,
    #[serde(default)]
    pub(crate) is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LambdaResponse {
    pub(crate) status_code: u16,
    pub(crate) headers: HashMap<&'static str, String>,
    pub(crate) body: &'static str,
}
