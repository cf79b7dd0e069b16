//! The request to stop.

use std::io;

/// Ready at the first SIGTERM or Ctrl-C. Both are caught from this call on, not from the first poll.
///
/// # Errors
///
/// The operating system does not let us catch them.
#[cfg(unix)]
pub fn stop_requested() -> io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}

/// Ready at the first Ctrl-C, which is caught from this call on.
///
/// # Errors
///
/// The operating system does not let us catch it.
#[cfg(windows)]
pub fn stop_requested() -> io::Result<impl Future<Output = ()> + Send> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
        tracing::info!("stopping");
    })
}
