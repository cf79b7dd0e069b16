//! Two Redis servers, a master and its replica. The services reach the master by one address, as they would by a name.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use countersign_tests::redis_server::Server;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::outages::Outages;

/// The servers, and the outages of the pair.
pub(crate) struct Redis {
    master: Server,
    replica: Server,
    forwarder: Forwarder,
    pub(crate) outages: Arc<Outages>,
}

/// The soak fails if Redis takes longer to carry out a command.
const PATIENCE: Duration = Duration::from_secs(60);

/// Redis is asked this often whether it is ready.
const PAUSE: Duration = Duration::from_millis(5);

impl Redis {
    /// Starts both servers. They keep their data in this folder.
    pub(crate) async fn start(folder: &Path) -> Self {
        let (master, replica) = (server(&folder.join("a")).await, server(&folder.join("b")).await);
        let forwarder = Forwarder::start(&master).await;
        let redis = Self { master, replica, forwarder, outages: Arc::default() };
        redis.replicate();
        redis.wait_for_replica().await;
        redis
    }

    /// The URL for the services.
    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.forwarder.address)
    }

    /// Kills the master, and starts it again after this time. It then reads what it had written.
    pub(crate) async fn kill(&mut self, down: Duration) {
        self.wait_for_replica().await;
        self.outages.begin();
        self.master.go_away();
        sleep(down).await;
        self.master.come_back().await;
        self.wait_for("a master that has read its file", || {
            self.master.run::<String>("INFO persistence").contains("\r\nloading:0\r\n")
        })
        .await;
        self.outages.end();
    }

    /// Stops the master, with its connections open, for this time.
    pub(crate) async fn freeze(&mut self, down: Duration) {
        self.outages.begin();
        self.master.freeze(true);
        sleep(down).await;
        self.master.freeze(false);
        self.outages.end();
    }

    /// Lets the master and the replica change places. `FAILOVER` waits until the replica has all writes.
    pub(crate) async fn fail_over(&mut self) {
        self.wait_for_replica().await;
        self.outages.begin();
        self.master.run::<()>("FAILOVER");
        self.wait_for("a new master", || role(&self.replica) == "master").await;
        self.forwarder.lead_to(&self.replica);
        self.wait_for("an old master that follows", || role(&self.master) == "slave").await;
        self.outages.end();
        std::mem::swap(&mut self.master, &mut self.replica);
        self.wait_for_replica().await;
    }

    fn replicate(&self) {
        let address = self.master.address().replace(':', " ");
        self.replica.run::<()>(&format!("REPLICAOF {address}"));
    }

    async fn wait_for_replica(&self) {
        let is_linked =
            || self.replica.run::<String>("INFO replication").contains("\r\nmaster_link_status:up\r\n");
        self.wait_for("a replica that follows its master", is_linked).await;
    }

    async fn wait_for(&self, missing: &str, ready: impl Fn() -> bool) {
        let begun = Instant::now();
        while !ready() {
            assert!(begun.elapsed() < PATIENCE, "{missing}");
            sleep(PAUSE).await;
        }
    }
}

async fn server(folder: &Path) -> Server {
    std::fs::create_dir(folder).unwrap();
    let folder = folder.to_str().unwrap();
    // A write is on the disk before it is answered.
    let durable = ["--appendonly", "yes", "--appendfsync", "always", "--dir", folder];
    Server::start_with(&[&durable[..], &["--repl-diskless-sync-delay", "0"]].concat()).await
}

fn role(server: &Server) -> String {
    let info: String = server.run("INFO replication");
    info.lines().find_map(|line| line.strip_prefix("role:")).unwrap().to_owned()
}

/// An address that leads to the master of the moment. The store knows no sentinel: its documentation asks for a name that leads to the
/// new master.
struct Forwarder {
    address: SocketAddr,
    target: Arc<Mutex<String>>,
}

impl Forwarder {
    async fn start(target: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let target = Arc::new(Mutex::new(target.address()));
        let current = Arc::clone(&target);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let target = current.lock().unwrap().clone();
                tokio::spawn(forward(stream, target));
            }
        });
        Self { address, target }
    }

    /// Leads new connections to this server. The others stay, as they do when a name changes.
    fn lead_to(&self, server: &Server) {
        *self.target.lock().unwrap() = server.address();
    }
}

/// Ends when either side does.
async fn forward(mut client: TcpStream, target: String) {
    if let Ok(mut server) = TcpStream::connect(target).await {
        client.set_nodelay(true).ok();
        server.set_nodelay(true).ok();
        copy_bidirectional(&mut client, &mut server).await.ok();
    }
}
