//! The spelling of numbers in each dialect.

use std::fmt::Write as _;

use super::Numbers;

/// Writes a number. The result is `None` if the dialect cannot write it.
pub(super) fn write(numbers: Numbers, digits: &str, out: &mut String) -> Option<()> {
    match numbers {
        Numbers::Kept => out.push_str(digits),
        // Python has integers without bounds, and none of them is minus zero.
        Numbers::Python if !digits.contains(['.', 'e', 'E']) => {
            out.push_str(if digits == "-0" { "0" } else { digits });
        }
        Numbers::Python => double(digits, out, -4..16, 2, ".0")?,
        // A double holds an integer of up to 15 digits exactly. Most numbers are such, and a copy of them is far faster.
        Numbers::JavaScript if digits.len() <= 15 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            out.push_str(digits);
        }
        Numbers::JavaScript => double(digits, out, -6..21, 1, "")?,
    }
    Some(())
}

/// Writes a double with the fewest digits that name it. A number whose exponent is in `plain` is written without an exponent. Other
/// exponents have at least `width` digits. The `suffix` follows an integer.
fn double(
    digits: &str,
    out: &mut String,
    plain: std::ops::Range<i32>,
    width: usize,
    suffix: &str,
) -> Option<()> {
    let value: f64 = digits.parse().ok().filter(|value: &f64| value.is_finite())?;
    if value == 0.0 {
        let minus = if value.is_sign_negative() && !suffix.is_empty() { "-" } else { "" };
        return write!(out, "{minus}0{suffix}").ok();
    }
    // The standard library finds the fewest digits, and the dialect sets the point.
    let scientific = format!("{:e}", value.abs());
    let (mantissa, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    if value < 0.0 {
        out.push('-');
    }
    if !plain.contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return write!(out, "{mantissa}e{sign}{:0width$}", exponent.unsigned_abs()).ok();
    }
    let significant = mantissa.replace('.', "");
    match usize::try_from(exponent) {
        Err(_) => {
            let zeros = usize::try_from(exponent.unsigned_abs().saturating_sub(1)).ok()?;
            write!(out, "0.{}{significant}", "0".repeat(zeros)).ok()
        }
        Ok(exponent) => {
            let whole = exponent.saturating_add(1);
            match significant.split_at_checked(whole) {
                Some((whole, fraction)) if !fraction.is_empty() => write!(out, "{whole}.{fraction}").ok(),
                _ => write!(out, "{significant:0<whole$}{suffix}").ok(),
            }
        }
    }
}
