//! A real `redis-server` for each test: on a free port of this machine, without persistence, stopped when dropped.

#![allow(dead_code, reason = "not every program that includes this uses all of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(crate) struct Server {
    port: u16,
    arguments: Vec<String>,
    process: Option<Child>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub(crate) async fn start_with(arguments: &[&str]) -> Self {
        let port = free_port();
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let mut server = Self { port, arguments, process: None };
        server.come_back().await;
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Kills it, as a crash would.
    pub(crate) fn go_away(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts it on the same port, empty.
    pub(crate) async fn come_back(&mut self) {
        let port = self.port.to_string();
        let directory = std::env::temp_dir();
        let mut process = Command::new("redis-server")
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"])
            .arg(directory)
            .args(&self.arguments)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        while redis::Client::open(self.url()).unwrap().get_connection().is_err() {
            assert_eq!(process.try_wait().unwrap(), None, "redis-server ended");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.process = Some(process);
    }

    /// Stops answering, with its connections open (`SIGSTOP`), or goes on.
    pub(crate) fn freeze(&self, frozen: bool) {
        let signal = if frozen { "-STOP" } else { "-CONT" };
        let id = self.process.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Runs a command on a connection of its own.
    pub(crate) fn run<T: redis::FromRedisValue>(&self, command: &str) -> T {
        let mut connection = redis::Client::open(self.url()).unwrap().get_connection().unwrap();
        let mut words = command.split(' ');
        redis::cmd(words.next().unwrap()).arg(words.collect::<Vec<_>>()).query(&mut connection).unwrap()
    }

    /// Lets time pass for all keys, as the server counts it.
    pub(crate) fn advance(&self, time: Duration) {
        let script = redis::Script::new(
            "for _, key in ipairs(redis.call('KEYS', '*')) do
                 redis.call('PEXPIRE', key, redis.call('PTTL', key) - ARGV[1])
             end",
        );
        let mut connection = redis::Client::open(self.url()).unwrap().get_connection().unwrap();
        script.arg(u64::try_from(time.as_millis()).unwrap()).invoke::<()>(&mut connection).unwrap();
    }
}

/// Free again at once, and it stays so: systems hand out others first.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.go_away();
    }
}
