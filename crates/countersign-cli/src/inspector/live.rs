//! The live list, as server-sent events.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::BodyExt as _;
use http_body_util::channel::{Channel, Sender};
use tokio::time::{sleep, timeout};

use super::Inspector;
use super::routes::{Body, with_body};
use super::store::Place;
use super::view::Changes;

/// The pause after each update, so that a burst of deliveries is a few updates.
const PAUSE: Duration = Duration::from_millis(50);

/// The time after which a quiet connection is written to. The write fails if the page is gone.
const QUIET: Duration = Duration::from_secs(15);

/// All deliveries, and then each change as it happens, until the page is closed.
pub(super) fn response(inspector: Arc<Inspector>) -> Response<Body> {
    let (sender, body) = Channel::new(1);
    tokio::spawn(feed(inspector, sender));
    with_body("text/event-stream", body.boxed_unsync())
}

async fn feed(inspector: Arc<Inspector>, mut page: Sender<Bytes>) {
    let mut changes = inspector.store.watch();
    let mut place = Place::default();
    loop {
        if place.is_at_end() {
            changes.mark_unchanged();
        }
        let update = inspector.store.next(&mut place);
        let rows = Changes::new(&inspector.setup.provider, &update, !place.is_at_end());
        // A page that stops reading must not keep deliveries that were dropped.
        drop(update);
        let Ok(json) = serde_json::to_string(&rows) else {
            return;
        };
        drop(rows);
        if page.send_data(format!("data: {json}\n\n").into()).await.is_err() {
            return;
        }
        if !place.is_at_end() {
            continue;
        }
        sleep(PAUSE).await;
        while timeout(QUIET, changes.changed()).await.is_err() {
            if page.send_data(Bytes::from_static(b":\n\n")).await.is_err() {
                return;
            }
        }
    }
}
