//! The live list, as server-sent events.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::BodyExt as _;
use http_body_util::channel::{Channel, Sender};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::Inspector;
use super::routes::{Body, with_body};
use super::store::Place;
use super::view::Changes;

/// The pause after each update, so that a burst of deliveries is a few updates.
const PAUSE: Duration = Duration::from_millis(50);

/// The time after which a quiet connection is written to. The write fails if the page is gone.
const QUIET: Duration = Duration::from_secs(5);

/// Pages that are live at the same time. A browser opens six connections to one address, and needs some of them for everything else.
const LIVE: usize = 4;

/// The live pages, the oldest first. Each waits for the end of its turn.
#[derive(Debug, Default)]
pub(super) struct Pages(Mutex<VecDeque<oneshot::Sender<()>>>);

/// All deliveries, and then each change as it happens, until the page is closed or newer pages have taken its place.
pub(super) fn response(inspector: Arc<Inspector>) -> Response<Body> {
    let (mut sender, body) = Channel::new(1);
    let turn = inspector.pages.turn();
    tokio::spawn(async move {
        tokio::select! {
            () = feed(&inspector, &mut sender) => {}
            // The page says so, and asks again when somebody looks at it. The write to a page that has stopped reading ends with a timeout.
            _ = turn => {
                timeout(QUIET, sender.send_data(Bytes::from_static(b"event: replaced\ndata:\n\n"))).await.ok();
            }
        }
    });
    with_body("text/event-stream", body.boxed_unsync())
}

async fn feed(inspector: &Inspector, page: &mut Sender<Bytes>) {
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

impl Pages {
    /// A turn for one more page. It ends when [`LIVE`] newer pages are live.
    fn turn(&self) -> oneshot::Receiver<()> {
        let (end, turn) = oneshot::channel();
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.retain(|page| !page.is_closed());
        pages.push_back(end);
        if pages.len() > LIVE {
            pages.pop_front();
        }
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_page_makes_room_and_a_closed_one_counts_no_more() {
        let pages = Pages::default();
        let mut turns: Vec<_> = (0..LIVE).map(|_| pages.turn()).collect();
        turns.remove(1);
        turns.push(pages.turn());
        assert!(turns.iter_mut().all(|turn| turn.try_recv() == Err(oneshot::error::TryRecvError::Empty)));
        turns.push(pages.turn());
        let ended = turns.iter_mut().map(|turn| turn.try_recv() == Err(oneshot::error::TryRecvError::Closed));
        assert_eq!(ended.collect::<Vec<_>>(), [true, false, false, false, false]);
    }
}
