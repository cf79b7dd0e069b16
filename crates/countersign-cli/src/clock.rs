//! The clock of the command. `--at` sets it, so that a captured delivery can be verified as of the time at which it came.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

/// The time of `--at`. It is one for the whole process, because a verifier takes its clock as a plain function.
static AT: OnceLock<SystemTime> = OnceLock::new();

/// Stops the clock at this time. A second call has no effect.
pub(crate) fn stop_at(time: SystemTime) {
    AT.get_or_init(|| time);
}

/// The time of `--at`, or the present time.
pub(crate) fn now() -> SystemTime {
    AT.get().copied().unwrap_or_else(SystemTime::now)
}

/// Reads Unix seconds, or a time in RFC 3339.
pub(crate) fn parse(text: &str) -> Result<SystemTime, &'static str> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let time = if is_number {
        // `jiff` ends with the year 9999, so it refuses milliseconds that were meant as seconds.
        text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).map(SystemTime::from)
    } else {
        text.parse::<Timestamp>().ok().map(SystemTime::from)
    };
    time.filter(|time| time.duration_since(SystemTime::UNIX_EPOCH).is_ok())
        .ok_or("a time is Unix seconds, such as 1768480200, or RFC 3339, such as 2026-01-15T12:30:00Z")
}

/// A time as RFC 3339. `None` beyond the year 9999.
pub(crate) fn rfc3339(time: SystemTime) -> Option<String> {
    Timestamp::try_from(time).ok().map(|time| time.to_string())
}

/// A time as RFC 3339 with milliseconds.
pub(crate) fn rfc3339_millis(time: SystemTime) -> String {
    Timestamp::try_from(time).map(|time| format!("{time:.3}")).unwrap_or_default()
}

/// A time as RFC 3339 with whole seconds.
pub(crate) fn rfc3339_seconds(time: SystemTime) -> String {
    Timestamp::try_from(time).map(|time| format!("{time:.0}")).unwrap_or_default()
}

/// The time since 1970. A time before counts as 1970.
pub(crate) fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_unix_seconds_or_rfc_3339() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_768_480_200);
        for text in ["1768480200", "2026-01-15T12:30:00Z", "2026-01-15T13:30:00+01:00"] {
            assert_eq!(parse(text), Ok(time), "{text}");
        }
        assert_eq!(rfc3339(time).as_deref(), Some("2026-01-15T12:30:00Z"));
        assert_eq!(rfc3339_millis(time), "2026-01-15T12:30:00.000Z");
        assert_eq!(since_1970(time).as_secs(), 1_768_480_200);
        for text in [
            "",
            "-1",
            "+1",
            "1.5",
            "1768480200000",
            "99999999999999999999",
            "yesterday",
            "2026-01-15",
            "1969-12-31T23:59:59Z",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
