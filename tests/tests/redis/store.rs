//! `RedisStore` on real servers.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use countersign::dedupe::{Claim, ClaimToken, DedupeStore, DeliveryKey};
use countersign::testing::check_store;
use countersign_redis::{ConfigError, RedisStore, StoreError};
use countersign_tests::redis_server::{Port, Server};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

const LEASE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn key() -> DeliveryKey {
    DeliveryKey::of_event("hook", "hook", "evt_1")
}

/// The time for an attempt at a server that answers. It is long, so that a busy machine does not look like an outage.
const PATIENCE: Duration = Duration::from_secs(2);

fn store(server: &Server) -> RedisStore {
    RedisStore::new(&server.url(), "billing").unwrap().timeout(PATIENCE)
}

async fn claimed(store: &RedisStore) -> ClaimToken {
    match store.claim(&key(), LEASE).await.unwrap() {
        Claim::Claimed(token) => token,
        other => panic!("{other:?}"),
    }
}

/// Opens the connection, and lets the server learn the scripts.
async fn warm_up(store: &RedisStore) {
    let token = claimed(store).await;
    store.release(&key(), &token).await.unwrap();
}

#[tokio::test]
async fn the_store_keeps_the_contract() {
    let server = Server::start().await;
    check_store(&store(&server), async |time| server.advance(time)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_a_hundred_claims_on_two_machines_succeeds() {
    let server = Server::start().await;
    let machines = [store(&server), store(&server)];
    let claims: Vec<_> = (0..100)
        .map(|n| {
            let store = machines[n % 2].clone();
            tokio::spawn(async move { store.claim(&key(), LEASE).await })
        })
        .collect();
    let mut winners = 0;
    for claim in claims {
        match claim.await.unwrap().unwrap() {
            Claim::Claimed(_) => winners += 1,
            Claim::InFlight { retry_after } => assert!(retry_after <= LEASE && retry_after > LEASE / 2),
            other => panic!("the delivery was not handled: {other:?}"),
        }
    }
    assert_eq!(winners, 1);
}

#[tokio::test]
async fn a_lease_ends_by_itself() {
    let server = Server::start().await;
    let store = store(&server);
    let lease = Duration::from_millis(50);
    let begun = Instant::now();
    assert!(matches!(store.claim(&key(), lease).await, Ok(Claim::Claimed(_))));
    while let Claim::InFlight { retry_after } = store.claim(&key(), lease).await.unwrap() {
        assert!(retry_after <= lease);
    }
    // The server counts whole milliseconds.
    assert!(begun.elapsed() + Duration::from_millis(1) >= lease, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn keys_and_values_on_the_server_are_as_documented() {
    let server = Server::start().await;
    let store = store(&server).prefix("webhooks").unwrap();
    let token = claimed(&store).await;
    let name = format!("webhooks:billing:{}", key());
    assert_eq!(server.run::<Vec<String>>("KEYS *"), std::slice::from_ref(&name));
    assert_eq!(
        server.run::<String>(&format!("GET {name}")),
        format!("{:032x}", u128::from_be_bytes(*token.as_bytes()))
    );
    store.complete(&key(), DAY).await.unwrap();
    assert_eq!(server.run::<String>(&format!("GET {name}")), "done");
    let left: u64 = server.run(&format!("PTTL {name}"));
    assert!((86_390_000..=86_400_000).contains(&left), "{left}");
    let bytes: u64 = server.run(&format!("MEMORY USAGE {name}"));
    assert!(bytes <= 250, "{bytes} bytes");

    assert_eq!(store.forget(&key()).await, Ok(true));
    assert_eq!(store.forget(&key()).await, Ok(false));
    claimed(&store).await;
}

#[tokio::test]
async fn two_services_on_one_server_never_share_a_delivery() {
    let server = Server::start().await;
    let (billing, crm) = (store(&server), RedisStore::new(&server.url(), "crm").unwrap());
    claimed(&billing).await;
    let token = claimed(&crm).await;
    billing.complete(&key(), DAY).await.unwrap();
    assert!(matches!(crm.claim(&key(), LEASE).await, Ok(Claim::InFlight { .. })));
    crm.release(&key(), &token).await.unwrap();
    claimed(&crm).await;
    assert_eq!(billing.claim(&key(), LEASE).await, Ok(Claim::Done));
    let mut names: Vec<String> = server.run("KEYS *");
    names.sort();
    assert_eq!(names, ["billing", "crm"].map(|service| format!("countersign:{service}:{}", key())));
}

#[tokio::test]
async fn a_verb_is_one_round_trip() {
    let server = Server::start().await;
    let store = store(&server);
    warm_up(&store).await;
    server.run::<()>("CONFIG RESETSTAT");
    let token = claimed(&store).await;
    store.release(&key(), &token).await.unwrap();
    store.complete(&key(), DAY).await.unwrap();
    assert_eq!((server.calls("evalsha"), server.calls("eval")), (2, 0));
    // The script of the claim sets once, and the completion sets once.
    assert_eq!(server.calls("set"), 2);
}

#[tokio::test]
async fn the_server_goes_away_and_comes_back() {
    let mut server = Server::start().await;
    let store = store(&server);
    claimed(&store).await;
    server.go_away();
    for _ in 0..3 {
        assert_eq!(store.claim(&key(), LEASE).await, Err(StoreError::Unreachable));
        assert_eq!(store.complete(&key(), DAY).await, Err(StoreError::Unreachable));
        assert_eq!(store.release(&key(), &ClaimToken::new([0; 16])).await, Err(StoreError::Unreachable));
    }
    // The server has lost all keys and scripts, and the first attempt succeeds.
    server.come_back().await;
    claimed(&store).await;
    store.complete(&key(), DAY).await.unwrap();
    assert_eq!(store.claim(&key(), LEASE).await, Ok(Claim::Done));
}

#[tokio::test]
async fn a_restart_between_two_verbs_is_not_noticed() {
    let mut server = Server::start().await;
    let store = store(&server);
    claimed(&store).await;
    server.go_away();
    server.come_back().await;
    store.complete(&key(), DAY).await.unwrap();
    assert_eq!(store.claim(&key(), LEASE).await, Ok(Claim::Done));
}

#[tokio::test]
async fn a_service_starts_before_its_server() {
    let mut server = Server::start().await;
    server.go_away();
    let store = store(&server);
    assert_eq!(store.ping().await, Err(StoreError::Unreachable));
    server.come_back().await;
    assert_eq!(store.ping().await, Ok(()));
    claimed(&store).await;
}

/// A server that refuses one connection, for its password or because there are too many, may accept the next one.
#[tokio::test]
async fn a_connection_that_was_refused_is_tried_again() {
    let mut server = Server::start().await;
    server.run::<()>("CONFIG SET requirepass hunter2");
    let store = RedisStore::new(&server.url().replace("redis://", "redis://:hunter2@"), "billing").unwrap();
    assert_eq!(store.ping().await, Ok(()));
    server.go_away();
    // The server comes back without a password, and refuses every password until one is set again.
    server.come_back().await;
    assert!(store.ping().await.is_err());
    server.run::<()>("CONFIG SET requirepass hunter2");
    assert_eq!(store.ping().await, Ok(()));
}

/// The name of the server may lead to another one, as it does after a failover. Only a new connection finds out.
#[tokio::test]
async fn a_server_that_became_read_only_is_left() {
    let server = Server::start().await;
    let store = store(&server);
    warm_up(&store).await;
    server.run::<()>("REPLICAOF 127.0.0.1 1");
    let before = clients(&server);
    let refused = Err(StoreError::Refused { code: "READONLY".to_owned() });
    assert_eq!(store.claim(&key(), LEASE).await, refused);
    server.run::<()>("REPLICAOF NO ONE");
    claimed(&store).await;
    assert_ne!(clients(&server), before);
}

/// The ids of the clients whose last command was a script.
fn clients(server: &Server) -> Vec<String> {
    let list: String = server.run("CLIENT LIST TYPE normal");
    let others = list.lines().filter(|line| line.contains("cmd=eval"));
    others.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// A proxy between a store and its server.
struct Between {
    url: String,
    connections: Arc<AtomicUsize>,
    silence: Arc<Notify>,
}

impl Between {
    async fn start(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let between = Self { url, connections: Arc::default(), silence: Arc::default() };
        let (address, silence) = (server.address(), Arc::clone(&between.silence));
        let connections = Arc::clone(&between.connections);
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                let (address, silence) = (address.clone(), Arc::clone(&silence));
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(address).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        () = silence.notified() => pending().await,
                    }
                });
            }
        });
        between
    }

    /// Forwards nothing on the open connections any more, and does not close them.
    fn fall_silent(&self) {
        self.silence.notify_waiters();
    }
}

#[tokio::test]
async fn a_connection_that_falls_silent_is_left() {
    let server = Server::start().await;
    let between = Between::start(&server).await;
    let store = RedisStore::new(&between.url, "billing").unwrap().timeout(PATIENCE);
    warm_up(&store).await;
    between.fall_silent();
    claimed(&store).await;
    assert_eq!(between.connections.load(Ordering::SeqCst), 2);
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Each worker of actix-web has a runtime of its own, and all workers share a store.
#[test]
fn a_runtime_that_ends_does_not_break_the_store_for_others() {
    let first = runtime();
    let server = first.block_on(Server::start());
    let store = store(&server);
    first.block_on(warm_up(&store));
    drop(first);
    runtime().block_on(claimed(&store));
}

/// A worker stands still if its handler blocks. The connection that it was opening would never be open.
#[test]
fn a_runtime_that_stands_still_does_not_block_others() {
    let (first, second) = (runtime(), runtime());
    let server = first.block_on(Server::start());
    let store = store(&server).timeout(Duration::from_millis(50));
    server.freeze(true);
    assert!(first.block_on(store.ping()).is_err());
    server.freeze(false);
    let begun = Instant::now();
    while second.block_on(store.ping()).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60));
    }
    drop(first);
}

#[tokio::test]
async fn a_full_server_refuses() {
    let server = Server::start_with(&["--maxmemory", "1", "--maxmemory-policy", "noeviction"]).await;
    let refused = StoreError::Refused { code: "OOM".to_owned() };
    assert_eq!(store(&server).claim(&key(), LEASE).await, Err(refused.clone()));
    assert_eq!(store(&server).ping().await, Err(refused));
}

/// A completion needs memory, so that a delivery that was claimed before the server was full is not recorded.
#[tokio::test]
async fn a_server_that_becomes_full_records_nothing() {
    let server = Server::start().await;
    let store = store(&server);
    let token = claimed(&store).await;
    server.run::<()>("CONFIG SET maxmemory 1");
    let refused = StoreError::Refused { code: "OOM".to_owned() };
    assert_eq!(store.complete(&key(), DAY).await, Err(refused));
    assert_eq!(store.release(&key(), &token).await, Ok(()));
}

#[tokio::test]
async fn a_ping_finds_each_command_that_is_forbidden() {
    let server = Server::start().await;
    let store = RedisStore::new(&server.url().replace("redis://", "redis://hook:pass@"), "billing").unwrap();
    server.run::<()>(
        "ACL SETUSER hook on >pass ~countersign:* +@connection +evalsha +eval +get +set +pttl +del",
    );
    assert_eq!(store.ping().await, Ok(()));
    let token = claimed(&store).await;
    store.release(&key(), &token).await.unwrap();
    store.complete(&key(), DAY).await.unwrap();
    for command in ["get", "set", "pttl", "del", "evalsha"] {
        server.run::<()>(&format!("ACL SETUSER hook -{command}"));
        let refused = store.ping().await;
        assert!(matches!(refused, Err(StoreError::Refused { .. })), "{command}: {refused:?}");
        server.run::<()>(&format!("ACL SETUSER hook +{command}"));
    }
    assert_eq!(store.ping().await, Ok(()));
    // The pings leave no key behind.
    assert_eq!(server.run::<usize>("DBSIZE"), 1);
}

#[tokio::test]
async fn a_password_is_asked_for_and_never_shown() {
    let server = Server::start().await;
    server.run::<()>("CONFIG SET requirepass hunter2");
    let url = |password: &str| server.url().replace("redis://", &format!("redis://:{password}@"));
    let right = RedisStore::new(&url("hunter2"), "billing").unwrap();
    assert_eq!(right.ping().await, Ok(()));
    let shown = format!("{right:?}");
    assert_eq!(shown, r#"RedisStore { prefix: "countersign", service: "billing", timeout: 500ms, .. }"#);
    let without = store(&server).ping().await;
    assert_eq!(without, Err(StoreError::Refused { code: "NOAUTH".to_owned() }));
    let wrong = RedisStore::new(&url("hunter3"), "billing").unwrap().ping().await;
    assert_eq!(wrong, Err(StoreError::WrongPassword));
    assert!(!format!("{wrong:?}").contains("hunter"), "{wrong:?}");
}

#[test]
fn settings_are_checked() {
    for url in ["", "localhost", "http://localhost", "redis://[", "redis://localhost/x"] {
        assert_eq!(RedisStore::new(url, "billing").unwrap_err(), ConfigError::UnusableUrl, "{url}");
    }
    let store = RedisStore::new("redis://localhost", "billing").unwrap();
    for prefix in ["a\nb".to_owned(), "x".repeat(129)] {
        assert_eq!(store.clone().prefix(&prefix).unwrap_err(), ConfigError::UnusablePrefix);
    }
    assert!(store.clone().prefix("").is_ok());
    assert!(store.prefix(&"x".repeat(128)).is_ok());
    // With a colon, a name could make the keys of another prefix and name.
    for service in ["", "a\nb", "\u{7f}", "bill:ing", &"x".repeat(65)] {
        let refused = RedisStore::new("redis://localhost", service).unwrap_err();
        assert_eq!(refused, ConfigError::UnusableService, "{service:?}");
    }
    assert!(RedisStore::new("redis://localhost", &"x".repeat(64)).is_ok());
}

#[tokio::test]
async fn tls_needs_nothing_but_its_feature() {
    // The server does not speak TLS, so that the handshake fails.
    let server = Server::start().await;
    let store = RedisStore::new(&server.url().replace("redis://", "rediss://"), "billing").unwrap();
    assert!(store.ping().await.is_err());
}

mod cluster {
    use tempfile::TempDir;

    use super::*;

    /// Some nodes, each with its share of the keys. Their configuration files are in the folder, which goes last.
    struct Cluster {
        servers: Vec<Server>,
        buses: Vec<Port>,
        folder: TempDir,
    }

    impl Cluster {
        async fn start(nodes: usize) -> Self {
            let mut cluster =
                Self { servers: Vec::new(), buses: Vec::new(), folder: TempDir::new().unwrap() };
            for node in 0..nodes {
                let port = Port::reserve();
                let bus = port.number.to_string();
                let file = format!("{bus}.conf");
                let server = Server::start_with(
                    &[
                        ["--cluster-enabled", "yes"],
                        ["--dir", cluster.folder.path().to_str().unwrap()],
                        ["--cluster-config-file", &file],
                        ["--cluster-port", &bus],
                        ["--cluster-require-full-coverage", "no"],
                    ]
                    .concat(),
                )
                .await;
                let [first, end] = [node, node + 1].map(|node| node * 16_384 / nodes);
                server.run::<()>(&format!("CLUSTER ADDSLOTSRANGE {first} {}", end - 1));
                if let Some(first) = cluster.servers.first() {
                    first.run::<()>(&format!("CLUSTER MEET {} {bus}", server.address().replace(':', " ")));
                }
                cluster.servers.push(server);
                cluster.buses.push(port);
            }
            cluster.ready().await;
            cluster
        }

        /// Waits until each node knows all others.
        async fn ready(&self) {
            let ready = |info: &str| info.contains("cluster_state:ok") && info.contains("slots_ok:16384\r\n");
            for server in &self.servers {
                while !ready(&server.run::<String>("CLUSTER INFO")) {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }

        fn store(&self) -> RedisStore {
            RedisStore::cluster(&[&self.servers[0].url()], "billing").unwrap().timeout(PATIENCE)
        }
    }

    #[tokio::test]
    async fn the_store_keeps_the_contract() {
        let cluster = Cluster::start(1).await;
        check_store(&cluster.store(), async |time| cluster.servers[0].advance(time)).await;
    }

    #[tokio::test]
    async fn a_cluster_goes_away_and_comes_back() {
        let mut cluster = Cluster::start(1).await;
        let store = cluster.store().timeout(Duration::from_secs(1));
        claimed(&store).await;
        cluster.servers[0].go_away();
        for _ in 0..3 {
            let answer = store.claim(&key(), LEASE).await;
            assert!(
                matches!(answer, Err(StoreError::Unreachable | StoreError::Timeout { .. })),
                "{answer:?}"
            );
        }
        cluster.servers[0].come_back().await;
        cluster.ready().await;
        claimed(&store).await;
    }

    #[test]
    fn a_runtime_that_ends_does_not_break_the_store_for_others() {
        let first = runtime();
        let cluster = first.block_on(Cluster::start(1));
        let store = cluster.store();
        first.block_on(warm_up(&store));
        drop(first);
        runtime().block_on(claimed(&store));
    }

    #[tokio::test]
    async fn a_node_that_does_not_answer_does_not_block_the_others() {
        let cluster = Cluster::start(2).await;
        let store = cluster.store().timeout(Duration::from_secs(1));
        let key = |n: usize| DeliveryKey::of_event("hook", "hook", &n.to_string());
        let node = |key: &DeliveryKey| {
            let slot: usize = cluster.servers[0].run(&format!("CLUSTER KEYSLOT countersign:billing:{key}"));
            slot / 8192
        };
        let [first, second] = [0, 1].map(|there| (0..).map(key).find(|key| node(key) == there).unwrap());
        for key in [&first, &second] {
            store.complete(key, DAY).await.unwrap();
        }
        cluster.servers[1].freeze(true);
        for _ in 0..3 {
            assert!(store.claim(&second, LEASE).await.is_err());
            assert_eq!(store.claim(&first, LEASE).await, Ok(Claim::Done));
        }
        cluster.servers[1].freeze(false);
        assert_eq!(store.claim(&second, LEASE).await, Ok(Claim::Done));
    }

    #[tokio::test]
    async fn a_delivery_is_free_when_a_stopped_node_goes_on() {
        let cluster = Cluster::start(1).await;
        let store = cluster.store().timeout(Duration::from_secs(1));
        warm_up(&store).await;
        cluster.servers[0].freeze(true);
        assert!(store.claim(&key(), LEASE).await.is_err());
        cluster.servers[0].freeze(false);
        let begun = Instant::now();
        while !matches!(store.claim(&key(), LEASE).await, Ok(Claim::Claimed(_))) {
            assert!(begun.elapsed() < LEASE / 2, "the claim is not withdrawn");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[test]
    fn a_cluster_needs_a_node() {
        assert_eq!(RedisStore::cluster(&[], "billing").unwrap_err(), ConfigError::UnusableUrl);
    }
}
