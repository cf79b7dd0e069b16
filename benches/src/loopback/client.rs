//! The client: it starts a server, sends requests, and reads the server's CPU time.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use ring::hmac;

use super::{BODY, PATH, by_hand};
use crate::event::{HEADER, body};

/// Connections to each server, each with one request under way.
const CONNECTIONS: usize = 8;
const REQUESTS: usize = 16 * CONNECTIONS;

/// A server in a process of its own.
pub(super) struct Server {
    process: Child,
    connections: Vec<TcpStream>,
}

impl Server {
    pub(super) fn start(framework: &str, receiver: &str) -> Self {
        let program = std::env::current_exe().unwrap();
        let mut command = Command::new(program);
        command.args(["serve", framework, receiver]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port: u16 = line.trim().parse().unwrap_or_else(|_| panic!("{framework}, {receiver}: no port"));
        let connect = |_| {
            let connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
            connection.set_nodelay(true).unwrap();
            connection
        };
        Self { process, connections: (0..CONNECTIONS).map(connect).collect() }
    }

    /// Sends the requests and reads the answers. Returns the CPU time of the server for each request, in nanoseconds.
    pub(super) fn batch(&mut self, requests: &[Vec<u8>]) -> f64 {
        let before = self.cpu_time();
        for group in requests.chunks(CONNECTIONS) {
            for (connection, request) in self.connections.iter_mut().zip(group) {
                connection.write_all(request).unwrap();
            }
            self.connections.iter_mut().zip(group).for_each(|(connection, _)| read_answer(connection));
        }
        // The server may still be on its way from the last answer to its rest.
        thread::sleep(Duration::from_micros(300));
        (self.cpu_time() - before) as f64 / requests.len() as f64
    }

    /// The time that all threads of the server have run, in nanoseconds. `/proc/PID/stat` counts in steps of 10 ms, and this file does not.
    fn cpu_time(&self) -> u64 {
        let folder = format!("/proc/{}/task", self.process.id());
        let of_thread = |thread: fs::DirEntry| {
            let text = fs::read_to_string(thread.path().join("schedstat")).unwrap();
            text.split(' ').next().unwrap().parse::<u64>().unwrap()
        };
        fs::read_dir(folder).unwrap().map(|thread| of_thread(thread.unwrap())).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server ends when its standard input does.
        drop(self.process.stdin.take());
        if let Err(error) = self.process.wait() {
            eprintln!("a server did not end: {error}");
        }
    }
}

/// Requests whose deliveries are new.
pub(super) fn requests(number: &mut u64) -> Vec<Vec<u8>> {
    let key = by_hand::key();
    (0..REQUESTS)
        .map(|_| {
            *number += 1;
            request(&key, &body(*number, BODY))
        })
        .collect()
}

fn request(key: &hmac::Key, body: &[u8]) -> Vec<u8> {
    let tag = hex::encode(hmac::sign(key, body));
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: hooks.example.com\r\nuser-agent: Acme-Hooks/1.0\r\naccept: */*\r\n\
         content-type: application/json\r\n{HEADER}: sha256={tag}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Reads an answer, which has no body.
fn read_answer(connection: &mut TcpStream) {
    let (mut buffer, mut filled) = ([0; 1024], 0);
    while !buffer[..filled].ends_with(b"\r\n\r\n") {
        let count = connection.read(&mut buffer[filled..]).unwrap();
        assert!(count > 0, "the server closed a connection");
        filled += count;
    }
    let answer = String::from_utf8_lossy(&buffer[..filled]);
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
}
