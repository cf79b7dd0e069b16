//! Redis stops in the middle of a delivery, over real sockets and in both frameworks.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use countersign::dedupe::{Dedupe, Outcome};
use countersign::testing::SignedRequest;
use countersign::{Massu, Secret, Verifier};
use countersign_redis::RedisStore;
use countersign_tests::receiver::{Act, FRAMEWORKS, Framework, Handler, Parts, serve};
use countersign_tests::redis_server::Server;
use countersign_tests::tcp::{Connection, request};

const MASSU: &str = "/massu";
const UNAVAILABLE: &str = r#"{"error":"temporarily unavailable"}"#;
/// The time after which a wait fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A receiver that remembers its deliveries on a Redis of its own.
struct Receiver {
    server: Server,
    address: SocketAddr,
    handler: Handler,
    outcomes: mpsc::Receiver<Outcome>,
}

impl Receiver {
    fn start(framework: Framework) -> Self {
        let server = wait(Server::start());
        // The default is short enough for a busy machine to look like an outage.
        let store = RedisStore::new(&server.url(), "receiver").unwrap().timeout(Duration::from_secs(2));
        let dedupe = Dedupe::new(store);
        let secret = Secret::new("whsec_outage").unwrap();
        let handler = Handler::default();
        let outcomes = handler.outcomes();
        let parts = Parts {
            massu: Verifier::new(secret.clone()).unwrap(),
            mutx: Verifier::new(secret).unwrap(),
            dedupe,
            equal_bodies: false,
            handler: handler.clone(),
        };
        let address = serve(framework, &parts);
        let receiver = Self { server, address, handler, outcomes };
        // The server learns the scripts. A failed handler releases its delivery.
        receiver.handler.will(Act::Answer(500));
        assert_eq!(receiver.post(0), (500, String::new()));
        assert_eq!(receiver.outcome(), Outcome::Failed);
        receiver
    }

    fn post(&self, n: usize) -> (u16, String) {
        self.send(n).answer().unwrap().brief()
    }

    fn send(&self, n: usize) -> Connection {
        send(self.address, n)
    }

    fn outcome(&self) -> Outcome {
        self.outcomes.recv_timeout(PATIENCE).unwrap()
    }
}

fn send(address: SocketAddr, n: usize) -> Connection {
    let body = format!(
        r#"{{"type":"session.completed","data":{{"n":{n}}},"timestamp":"2026-02-15T10:30:00.000Z"}}"#
    );
    let signed = SignedRequest::new::<Massu>(&Secret::new("whsec_outage").unwrap(), body);
    let headers: Vec<_> =
        signed.headers().iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
    let mut connection = Connection::open(address);
    connection.send(request(MASSU, &headers, signed.body())).unwrap();
    connection
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[track_caller]
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// The provider is asked to send the delivery again. Its next attempt succeeds at once, because no lease is left.
#[test]
fn a_delivery_that_arrives_while_redis_is_stopped_is_handled_at_its_next_attempt() {
    const DELIVERIES: usize = 10;
    for framework in FRAMEWORKS {
        let receiver = Receiver::start(framework);
        receiver.server.freeze(true);
        let attempts: Vec<_> = (0..DELIVERIES)
            .map(|n| {
                let address = receiver.address;
                thread::spawn(move || send(address, n).answer().unwrap().brief())
            })
            .collect();
        for attempt in attempts {
            assert_eq!(attempt.join().unwrap(), (503, UNAVAILABLE.to_owned()));
            assert_eq!(receiver.outcome(), Outcome::Refused { reason: "store_unavailable" });
        }
        receiver.server.freeze(false);
        let begun = Instant::now();
        for n in 0..DELIVERIES {
            // Redis first executes the commands that it was sent. A claim that is not withdrawn holds for 30 seconds.
            while receiver.post(n) != (200, String::new()) {
                assert!(begun.elapsed() < Duration::from_secs(20), "delivery {n} is held");
                thread::sleep(Duration::from_millis(5));
            }
        }
        assert_eq!(receiver.handler.begun(), DELIVERIES + 1);
    }
}

/// The provider gets the 2xx of the handler, and no store has recorded it.
#[test]
fn a_success_is_answered_and_unrecorded_if_redis_stops_before_it_is_recorded() {
    for framework in FRAMEWORKS {
        let receiver = Receiver::start(framework);
        receiver.handler.will(Act::WhenTold(202));
        let mut connection = receiver.send(1);
        until("the handler does not begin", || receiver.handler.begun() == 2);
        receiver.server.freeze(true);
        thread::sleep(Duration::from_millis(100));
        receiver.handler.tell();
        assert_eq!(connection.answer().unwrap().brief(), (202, String::new()));
        assert_eq!(receiver.outcome(), Outcome::Unrecorded);
        receiver.server.freeze(false);
    }
}
