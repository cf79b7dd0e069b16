//! Times of the reference.

/// Nanoseconds in a second.
pub const SECOND: i128 = 1_000_000_000;

/// Reads 1 to 20 digits.
pub fn number(text: &[u8]) -> Option<i128> {
    if text.is_empty() || text.len() > 20 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.iter().fold(0, |number, digit| number * 10 + i128::from(digit - b'0')))
}

/// Reads `YYYY-MM-DDTHH:MM:SS[.1-9 digits](Z|±hh:mm)`, as nanoseconds since 1970.
pub fn rfc3339(text: &[u8]) -> Option<i128> {
    let mut rest = Rest(text);
    let year = rest.digits(4)?;
    let month = rest.then(b'-')?.digits(2)?;
    let day = rest.then(b'-')?.digits(2)?;
    let hour = rest.then(b'T')?.digits(2)?;
    let minute = rest.then(b':')?.digits(2)?;
    // A leap second is the second before it.
    let second = rest.then(b':')?.digits(2).filter(|second| *second <= 60)?.min(59);
    let fraction = if rest.then(b'.').is_some() { rest.fraction()? } else { 0 };
    let offset = rest.offset()?;
    if !rest.0.is_empty()
        || !(1..=12).contains(&month)
        || day < 1
        || day > days_of_month(year, month)
        || hour > 23
        || minute > 59
    {
        return None;
    }
    let minutes = (days_since_1970(year, month, day) * 24 + hour) * 60 + minute - offset;
    let seconds = minutes * 60 + second;
    // The library's calendar ends 26 hours before the end of the year 9999, so that every zone can be shown.
    let end = (days_since_1970(9999, 12, 31) * 24 - 2) * 3600;
    (seconds < end).then_some(seconds * SECOND + fraction)
}

/// The bytes that are left.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn digits(&mut self, count: usize) -> Option<i128> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        number(digits)
    }

    fn then(&mut self, byte: u8) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(self)
    }

    fn fraction(&mut self) -> Option<i128> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = self.digits(count).filter(|_| count <= 9)?;
        Some((count..9).fold(digits, |fraction, _| fraction * 10))
    }

    /// Minutes to the east.
    fn offset(&mut self) -> Option<i128> {
        if self.then(b'Z').is_some() {
            return Some(0);
        }
        let sign = if self.then(b'+').is_some() { 1 } else { self.then(b'-').map(|_| -1)? };
        let hours = self.digits(2)?;
        let minutes = self.then(b':')?.digits(2)?;
        (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
    }
}

fn is_leap(year: i128) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_month(year: i128, month: i128) -> i128 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i128::from(is_leap(year)),
        _ => 31,
    }
}

fn days_since_1970(year: i128, month: i128, day: i128) -> i128 {
    let days_of_year = |year| 365 + i128::from(is_leap(year));
    let years: i128 =
        (1970..year).map(days_of_year).sum::<i128>() - (year..1970).map(days_of_year).sum::<i128>();
    years + (1..month).map(|month| days_of_month(year, month)).sum::<i128>() + day - 1
}
