//! A `redis-server` for a test. It has a port of its own and no persistence.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::net::TcpSocket;

use crate::live::signal;

/// A running `redis-server`. It is killed when it is dropped.
#[derive(Debug)]
pub struct Server {
    port: Port,
    arguments: Vec<String>,
    process: Option<Child>,
}

/// A port of this machine that no other program gets, even while no server listens on it.
///
/// The socket is bound and never listens. With `SO_REUSEADDR`, Linux lets one server listen on the same port, and gives the port to no
/// program that asks for a free port.
#[derive(Debug)]
pub struct Port {
    _socket: TcpSocket,
    pub number: u16,
}

impl Port {
    pub fn reserve() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let number = socket.local_addr().unwrap().port();
        Self { _socket: socket, number }
    }
}

impl Server {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub async fn start_with(arguments: &[&str]) -> Self {
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        for _ in 0..10 {
            let mut server = Self { port: Port::reserve(), arguments: arguments.clone(), process: None };
            if server.is_started().await {
                return server;
            }
        }
        panic!("redis-server ends on each of ten ports")
    }

    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.number)
    }

    /// Kills it, as a crash would.
    pub fn go_away(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts it on the same port, empty.
    pub async fn come_back(&mut self) {
        assert!(self.is_started().await, "redis-server ended");
    }

    /// Starts it and waits until it answers. Returns false if it ends instead.
    async fn is_started(&mut self) -> bool {
        let mut process = Command::new("redis-server")
            // A locale that is not installed would end it.
            .env("LC_ALL", "C")
            .args(["--port", &self.port.number.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(std::env::temp_dir())
            .args(&self.arguments)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        while process.try_wait().unwrap().is_none() {
            if self.process_id() == Some(process.id()) {
                self.process = Some(process);
                return true;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        false
    }

    /// The id of the process that answers on the port, which may be another server.
    fn process_id(&self) -> Option<u32> {
        let mut connection = redis::Client::open(self.url()).unwrap().get_connection().ok()?;
        let info: String = redis::cmd("INFO").arg("server").query(&mut connection).ok()?;
        info.lines().find_map(|line| line.strip_prefix("process_id:"))?.parse().ok()
    }

    /// Stops it with its connections open (`SIGSTOP`), or lets it go on.
    #[track_caller]
    pub fn freeze(&self, frozen: bool) {
        signal(self.process.as_ref().unwrap(), if frozen { "STOP" } else { "CONT" });
    }

    /// Runs a command on a connection of its own.
    pub fn run<T: redis::FromRedisValue>(&self, command: &str) -> T {
        let mut connection = redis::Client::open(self.url()).unwrap().get_connection().unwrap();
        let mut words = command.split(' ');
        redis::cmd(words.next().unwrap()).arg(words.collect::<Vec<_>>()).query(&mut connection).unwrap()
    }

    /// How often it ran a command since its statistics were reset. Commands in scripts count.
    pub fn calls(&self, command: &str) -> usize {
        let stats: String = self.run("INFO commandstats");
        let name = format!("cmdstat_{command}:calls=");
        let calls = stats.lines().find_map(|line| line.strip_prefix(&name)?.split(',').next());
        calls.map_or(0, |calls| calls.parse().unwrap())
    }

    /// Moves the expiry of all keys nearer by this time.
    pub fn advance(&self, time: Duration) {
        let script = redis::Script::new(
            "for _, key in ipairs(redis.call('KEYS', '*')) do
                 redis.call('PEXPIRE', key, redis.call('PTTL', key) - ARGV[1])
             end",
        );
        let mut connection = redis::Client::open(self.url()).unwrap().get_connection().unwrap();
        script.arg(u64::try_from(time.as_millis()).unwrap()).invoke::<()>(&mut connection).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.go_away();
    }
}
