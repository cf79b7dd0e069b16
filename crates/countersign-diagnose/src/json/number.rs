//! The spelling of numbers in each dialect.

use std::fmt::Write as _;
use std::ops::Range;

use super::Numbers;

/// How a program writes a double with the fewest digits that name it.
struct Style {
    /// Exponents of the numbers that are written without an exponent.
    plain: Range<i32>,
    /// The text in front of an exponent, and in front of one below zero.
    e: [&'static str; 2],
    /// Fewest digits of an exponent.
    width: usize,
    /// The text behind an integer.
    whole: &'static str,
    /// The text behind an integer in front of an exponent.
    whole_mantissa: &'static str,
    minus_zero: &'static str,
    /// Integers that are doubles.
    doubles: Doubles,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Doubles {
    All,
    /// Those that do not fit into 64 bits.
    Large,
    No,
}

const JAVASCRIPT: Style = Style {
    plain: -6..21,
    e: ["e+", "e-"],
    width: 1,
    whole: "",
    whole_mantissa: "",
    minus_zero: "0",
    doubles: Doubles::All,
};
const PYTHON: Style =
    Style { plain: -4..16, width: 2, whole: ".0", minus_zero: "-0.0", doubles: Doubles::No, ..JAVASCRIPT };
const PHP: Style =
    Style { plain: -4..17, whole_mantissa: ".0", minus_zero: "-0", doubles: Doubles::Large, ..JAVASCRIPT };
const JAVA: Style = Style { plain: -3..7, e: ["E", "E-"], width: 1, whole_mantissa: ".0", ..PYTHON };

impl Numbers {
    /// The style of doubles. The result is `None` if numbers are no doubles.
    const fn style(self) -> Option<Style> {
        Some(match self {
            Self::Kept | Self::Decimal => return None,
            Self::JavaScript => JAVASCRIPT,
            Self::Go => Style { minus_zero: "-0", ..JAVASCRIPT },
            Self::Python => PYTHON,
            Self::Ruby => Style { whole_mantissa: ".0", ..PYTHON },
            Self::Php => PHP,
            Self::PhpFractions => Style { whole: ".0", minus_zero: "-0.0", ..PHP },
            Self::Java => JAVA,
            Self::JavaDoubles => Style { doubles: Doubles::All, ..JAVA },
            Self::DotNet => Style { plain: -5..15, e: ["E+", "E-"], ..PYTHON },
        })
    }
}

/// Writes a number. The result is `None` if the dialect cannot write it.
pub(super) fn write(numbers: Numbers, digits: &str, out: &mut String) -> Option<()> {
    let is_integer = !digits.contains(['.', 'e', 'E']);
    let Some(style) = numbers.style() else {
        if numbers == Numbers::Kept {
            out.push_str(digits);
            return Some(());
        }
        return decimal(digits, out);
    };
    // A double holds an integer of up to 15 digits exactly. Most numbers are such, and a copy of them is far faster.
    let is_short = digits.len() <= 15 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_kept = match style.doubles {
        Doubles::All => is_short && style.whole.is_empty(),
        Doubles::Large => digits.parse::<i64>().is_ok(),
        Doubles::No => true,
    };
    if is_integer && is_kept {
        out.push_str(if digits == "-0" { "0" } else { digits });
        return Some(());
    }
    double(digits, out, &style)
}

fn double(digits: &str, out: &mut String, style: &Style) -> Option<()> {
    let value: f64 = digits.parse().ok().filter(|value: &f64| value.is_finite())?;
    if value == 0.0 && value.is_sign_negative() {
        out.push_str(style.minus_zero);
        return Some(());
    }
    // The standard library finds the fewest digits, and the dialect sets the point.
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    if style.plain.contains(&exponent) {
        return plain(mantissa, exponent, style.whole, out);
    }
    let [above, below] = style.e;
    let e = if exponent.is_negative() { below } else { above };
    let point = if mantissa.contains('.') { "" } else { style.whole_mantissa };
    write!(out, "{mantissa}{point}{e}{:0width$}", exponent.unsigned_abs(), width = style.width).ok()
}

/// Writes the number without an exponent. The `suffix` follows an integer.
fn plain(mantissa: &str, exponent: i32, suffix: &str, out: &mut String) -> Option<()> {
    let bare = mantissa.trim_start_matches('-');
    out.push_str(if bare.len() < mantissa.len() { "-" } else { "" });
    let significant = bare.replace('.', "");
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

/// Longest exponent that is written out, so that the text stays short.
const MAX_ZEROS: i32 = 400;

/// Writes all digits that are there without an exponent, and zero without a sign.
fn decimal(digits: &str, out: &mut String) -> Option<()> {
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let is_zero = !mantissa.contains(|digit: char| ('1'..='9').contains(&digit));
    let bare = mantissa.trim_start_matches('-');
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
    let exponent: i32 = exponent.parse().ok().filter(|exponent: &i32| exponent.abs() <= MAX_ZEROS)?;
    out.push_str(if mantissa.starts_with('-') && !is_zero { "-" } else { "" });
    let shift = usize::try_from(exponent.unsigned_abs()).ok()?;
    if exponent >= 0 {
        let (moved, rest) = fraction.split_at_checked(shift).unwrap_or((fraction, ""));
        let zeros = "0".repeat(shift.saturating_sub(moved.len()));
        let all = format!("{whole}{moved}{zeros}");
        let all = Some(all.trim_start_matches('0')).filter(|all| !all.is_empty()).unwrap_or("0");
        return write!(out, "{all}{}{rest}", if rest.is_empty() { "" } else { "." }).ok();
    }
    let padded = format!("{}{whole}", "0".repeat(shift));
    let (start, moved) = padded.split_at_checked(padded.len().checked_sub(shift)?)?;
    let start = Some(start.trim_start_matches('0')).filter(|start| !start.is_empty()).unwrap_or("0");
    write!(out, "{start}.{moved}{fraction}").ok()
}
