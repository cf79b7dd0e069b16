//! The time that a provider signs.

use std::time::{Duration, SystemTime};

use super::text::Text;

/// The signed time of a provider: its place, its unit, and its tolerance.
///
/// The provider signs the time at which it sends a delivery. A delivery is refused if this time is further from now than the tolerance, in
/// either direction. So somebody who has captured a delivery can send it again only for that long.
///
/// ```
/// use countersign::Timestamp;
///
/// const SLACK: Timestamp = Timestamp::header("x-slack-request-timestamp"); //   Unix seconds, within 5 minutes
/// const STRIPE: Timestamp = Timestamp::entry("t="); //                          Stripe-Signature: t=1492774577,v1=…
/// const LINEAR: Timestamp = Timestamp::body("webhookTimestamp").millis(); //    {"webhookTimestamp":1676056940508,…}
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp {
    place: Place,
    name: Text<64>,
    unit: TimeUnit,
    tolerance: Duration,
    pub(super) is_too_long: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Header,
    Entry,
    Body,
}

/// The place of a signed time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeSource<'a> {
    /// A header with this name.
    Header(&'a str),
    /// The entry of the signature header that begins with this prefix.
    Entry(&'a str),
    /// The value at this path of the JSON body.
    Body(&'a str),
}

/// The unit of a signed time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeUnit {
    /// Seconds since 1970-01-01T00:00:00Z, in decimal digits alone.
    Seconds,
    /// Milliseconds since 1970-01-01T00:00:00Z, in decimal digits alone.
    Millis,
    /// A time as RFC 3339 writes it: `2026-01-15T12:30:00Z`.
    Rfc3339,
}

impl Timestamp {
    /// The longest text of a signed time: RFC 3339 with nine digits of a fraction and an offset.
    pub(crate) const MAX_BYTES: usize = 35;

    /// The time is the value of a header.
    #[must_use]
    pub const fn header(name: &str) -> Self {
        Self::at(Place::Header, name)
    }

    /// The time is an entry of the signature header, after this prefix. The scheme needs a [`list`](crate::Scheme::list).
    #[must_use]
    pub const fn entry(prefix: &str) -> Self {
        Self::at(Place::Entry, prefix)
    }

    /// The time is in the JSON body, at this key or path of keys (`event.sent_at`). It is signed with the body.
    #[must_use]
    pub const fn body(path: &str) -> Self {
        Self::at(Place::Body, path)
    }

    const fn at(place: Place, name: &str) -> Self {
        let (name, is_too_long) = match Text::new(name) {
            Some(name) => (name, false),
            None => (Text::EMPTY, true),
        };
        Self { place, name, unit: TimeUnit::Seconds, tolerance: Duration::from_secs(300), is_too_long }
    }

    /// The time is in Unix milliseconds. Default: Unix seconds.
    #[must_use]
    pub const fn millis(self) -> Self {
        Self { unit: TimeUnit::Millis, ..self }
    }

    /// The time is text in RFC 3339. Default: Unix seconds.
    #[must_use]
    pub const fn rfc3339(self) -> Self {
        Self { unit: TimeUnit::Rfc3339, ..self }
    }

    /// Sets how far from now the time may be, in either direction: at most one day. Default: 5 minutes.
    /// [`Verifier::tolerance`](crate::Verifier::tolerance) overrides it.
    #[must_use]
    pub const fn tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// The place of the time.
    #[must_use]
    pub const fn source(&self) -> TimeSource<'_> {
        let name = self.name.as_str();
        match self.place {
            Place::Header => TimeSource::Header(name),
            Place::Entry => TimeSource::Entry(name),
            Place::Body => TimeSource::Body(name),
        }
    }

    /// The header of the time. `None` if the time is not in a header.
    pub(super) const fn header_text(&self) -> Option<&Text<64>> {
        match self.place {
            Place::Header => Some(&self.name),
            Place::Entry | Place::Body => None,
        }
    }

    /// The prefix of the time's entry. `None` if the time is not in an entry.
    pub(crate) const fn entry_prefix(&self) -> Option<&[u8]> {
        match self.place {
            Place::Entry => Some(self.name.as_bytes()),
            Place::Header | Place::Body => None,
        }
    }

    /// The path of the time in the body. `None` if the time is not in the body.
    pub(crate) const fn body_path(&self) -> Option<&str> {
        match self.place {
            Place::Body => Some(self.name.as_str()),
            Place::Header | Place::Entry => None,
        }
    }

    /// The unit of the time.
    #[must_use]
    pub const fn unit(&self) -> TimeUnit {
        self.unit
    }

    /// How far from now the time may be, in either direction, unless the verifier says otherwise.
    #[must_use]
    pub const fn default_tolerance(&self) -> Duration {
        self.tolerance
    }
}

impl TimeUnit {
    /// Reads a time. It accepts one strict form, because the text was signed as it stands: a parser that skips a sign or a blank accepts
    /// texts that another program reads in another way.
    ///
    /// `is_exact` asks for the usual number of digits: 10 for seconds, 13 for milliseconds.
    pub(crate) fn read(self, text: &[u8], is_exact: bool) -> Option<SystemTime> {
        match self {
            Self::Seconds => number(text, is_exact.then_some(10)).map(Duration::from_secs),
            Self::Millis => number(text, is_exact.then_some(13)).map(Duration::from_millis),
            Self::Rfc3339 => return rfc3339(text),
        }
        .and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since))
    }
}

/// Reads 1 to 20 digits, or exactly `digits` without a leading zero.
fn number(text: &[u8], digits: Option<usize>) -> Option<u64> {
    if digits.is_some_and(|digits| text.len() != digits || text.starts_with(b"0")) {
        return None;
    }
    if text.is_empty() || text.len() > 20 {
        return None;
    }
    text.iter().try_fold(0_u64, |number, byte| {
        let digit = char::from(*byte).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

/// Reads `YYYY-MM-DDTHH:MM:SS`, an optional fraction of 1 to 9 digits, and `Z` or an offset `±hh:mm`.
///
/// The form is checked here, because jiff also reads lower case, blanks and shorter forms. The time begins with a year of exactly four
/// digits, so no digit of the text before it can become part of the time.
fn rfc3339(text: &[u8]) -> Option<SystemTime> {
    let seconds = strip_form(text, b"0000-00-00T00:00:00")?;
    let zone = match seconds.strip_prefix(b".") {
        Some(fraction) => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            fraction.get(digits..).filter(|_| (1..=9).contains(&digits))?
        }
        None => seconds,
    };
    let is_offset =
        [b"+00:00", b"-00:00"].iter().any(|form| strip_form(zone, *form).is_some_and(<[u8]>::is_empty));
    // jiff also accepts offsets of more than a day.
    let is_zone = zone == b"Z" || is_offset && zone.get(1..3).is_some_and(|hours| hours <= b"23".as_slice());
    let text = std::str::from_utf8(text).ok().filter(|_| is_zone)?;
    system_time(text)
}

/// The rest of the text after a form. A `0` of the form stands for any digit, and every other byte for itself.
fn strip_form<'a>(text: &'a [u8], form: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = text.split_at_checked(form.len())?;
    let fits = |(byte, form): (&u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form };
    start.iter().zip(form).all(fits).then_some(rest)
}

/// Reads a time in RFC 3339, or in another format that jiff reads. The last 26 hours of the year 9999 are out of jiff's range. A leap
/// second counts as the second before it.
pub(crate) fn system_time(text: &str) -> Option<SystemTime> {
    let since_epoch = text.parse::<jiff::Timestamp>().ok()?.as_duration();
    let distance = since_epoch.unsigned_abs();
    if since_epoch.is_negative() {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(time: Option<SystemTime>) -> Option<u64> {
        time.map(|time| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs())
    }

    #[test]
    fn a_unix_time_is_digits_alone() {
        let read = |text: &str| seconds(TimeUnit::Seconds.read(text.as_bytes(), false));
        assert_eq!(read("1649367553"), Some(1_649_367_553));
        assert_eq!(read("0"), Some(0));
        assert_eq!(read("0001649367553"), Some(1_649_367_553));
        for refused in
            ["", "+1649367553", "-1", " 1649367553", "1649367553 ", "1649367553.5", "1e9", "１", "0x1"]
        {
            assert_eq!(read(refused), None, "{refused:?}");
        }
        // Numbers beyond u64, and beyond what a `SystemTime` holds.
        for huge in
            ["18446744073709551615", "18446744073709551616", "99999999999999999999", "000000000000000000001"]
        {
            assert_eq!(read(huge), None, "{huge:?}");
        }
        assert_eq!(seconds(TimeUnit::Millis.read(b"1649367553999", false)), Some(1_649_367_553));
        assert!(TimeUnit::Millis.read(b"18446744073709551615", false).is_some());
    }

    #[test]
    fn a_time_that_touches_its_neighbour_has_the_usual_number_of_digits() {
        let exact = |unit: TimeUnit, text: &str| unit.read(text.as_bytes(), true).is_some();
        assert!(exact(TimeUnit::Seconds, "1649367553"));
        assert!(exact(TimeUnit::Millis, "1649367553000"));
        for refused in ["164936755", "16493675530", "0649367553", "1649367553000"] {
            assert!(!exact(TimeUnit::Seconds, refused), "{refused:?}");
        }
        for refused in ["1649367553", "164936755300", "16493675530000", "0649367553000"] {
            assert!(!exact(TimeUnit::Millis, refused), "{refused:?}");
        }
    }

    #[test]
    fn an_rfc_3339_time_has_its_full_form() {
        let read = |text: &str| TimeUnit::Rfc3339.read(text.as_bytes(), true);
        assert_eq!(seconds(read("2021-02-19T23:47:00.123456789Z")), Some(1_613_778_420));
        assert_eq!(seconds(read("2020-01-01T00:00:00-07:00")), Some(1_577_862_000));
        assert!(read("0000-01-01T00:00:00Z").is_some());
        assert!(read("2016-12-31T23:59:60Z").is_some());
        for refused in [
            "",
            "2020-01-01",
            "2020-01-01T00:00:00",
            "2020-01-01t00:00:00Z",
            "2020-01-01T00:00:00z",
            "2020-01-01 00:00:00Z",
            "2020-01-01T00:00:00.Z",
            "2020-01-01T00:00:00.1234567890Z",
            "2020-01-01T00:00:00ZZ",
            "2020-01-01T00:00:00+0000",
            "2020-01-01T00:00:00+00:00Z",
            "2020-01-01T00:00:00Z[UTC]",
            "12020-01-01T00:00:00Z",
            "+12020-01-01T00:00:00Z",
            "2020-13-01T00:00:00Z",
            "2020-01-01T25:00:00Z",
            "2020-01-01T00:00Z",
            "2020-01-01T00:00:00+24:00",
            "2020-01-01T00:00:00-00:60",
            "1577862000",
            "２020-01-01T00:00:00Z",
        ] {
            assert_eq!(read(refused), None, "{refused:?}");
        }
    }
}
