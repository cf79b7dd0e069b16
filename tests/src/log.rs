//! A log in memory, which tests read.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tracing::Level;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::{DefaultFields, Format, Full};
use tracing_subscriber::fmt::{MakeWriter, SubscriberBuilder};

/// A log in memory. Its clones share their lines.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Takes the lines of the whole process from now on, down to this level. A process can do this once.
    pub fn of_process(level: Level) -> Self {
        let log = Self::default();
        tracing::subscriber::set_global_default(log.lines(level).finish()).unwrap();
        log
    }

    /// Takes the lines of this thread as text, down to this level, until the guard is dropped.
    #[must_use]
    pub fn of_thread(level: Level) -> (Self, DefaultGuard) {
        let log = Self::default();
        let guard = tracing::subscriber::set_default(log.lines(level).finish());
        (log, guard)
    }

    /// Takes the lines of this thread as JSON, down to this level, until the guard is dropped.
    #[must_use]
    pub fn json_of_thread(level: Level) -> (Self, DefaultGuard) {
        let log = Self::default();
        let subscriber = log.lines(level).json().flatten_event(true).finish();
        let guard = tracing::subscriber::set_default(subscriber);
        (log, guard)
    }

    /// The text since the last call.
    pub fn take(&self) -> String {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(std::mem::take(&mut log)).unwrap()
    }

    /// The lines of JSON since the last call.
    pub fn take_json(&self) -> Vec<Value> {
        self.take().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn lines(&self, level: Level) -> Builder {
        tracing_subscriber::fmt()
            .with_max_level(level)
            .with_target(false)
            .without_time()
            .with_writer(self.clone())
    }
}

type Builder = SubscriberBuilder<DefaultFields, Format<Full, ()>, LevelFilter, Log>;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
