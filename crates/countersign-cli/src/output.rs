//! Lines for people and objects for machines.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::failure::Result;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// A word in green or red. Where there are no colours, the stream takes them away.
pub(crate) fn word(good: bool, word: &str) -> String {
    let style = if good { GOOD } else { BAD };
    format!("{style}{word}{style:#}")
}

/// One line of JSON.
pub(crate) fn json(out: &mut dyn Write, value: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// What somebody else wrote, for a terminal: no control character gets through.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
