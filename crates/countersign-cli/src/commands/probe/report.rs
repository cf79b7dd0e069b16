//! The report of a probe: what is wrong, the worst first, what the endpoint does, and what is right.

use std::io::Write;

use serde_json::json;

use super::gravity::{Gravity, group};
use super::patterns::patterns;
use super::{Probed, Row};
use crate::failure::Result;
use crate::output;

pub(super) fn json(probed: &Probed, out: &mut dyn Write) -> Result<()> {
    let count = |matches: fn(&Row) -> bool| probed.rows.iter().filter(|row| matches(row)).count();
    let report = json!({
        "sent": count(|row| row.tried),
        "right": count(|row| row.right),
        "stopped": probed.stopped,
        "out_of_time": !probed.rows.iter().all(|row| row.tried),
        "patterns": patterns(&probed.rows),
        "rows": probed.rows,
    });
    output::json(out, &report)
}

pub(super) fn print(probed: &Probed, seconds: u32, verbose: bool, out: &mut dyn Write) -> Result<()> {
    let (Probed { rows, stopped }, width) = (probed, output::width());
    if let (Some(advice), Some(genuine)) = (stopped, rows.first()) {
        return print_end(genuine, advice, width, out);
    }
    for gravity in [Gravity::Critical, Gravity::Serious, Gravity::Minor] {
        let wrong: Vec<_> = rows.iter().filter(|row| row.gravity == Some(gravity)).collect();
        if !wrong.is_empty() {
            output::finding("", gravity.heading(), false, width, out)?;
        }
        for row in wrong {
            line(row, width, out)?;
        }
    }
    for sentence in patterns(rows) {
        output::labelled("", "the endpoint", sentence, width, out)?;
    }
    if verbose {
        for row in rows.iter().filter(|row| row.right) {
            line(row, width, out)?;
        }
    }
    for group in groups(rows) {
        writeln!(out, "{group}")?;
    }
    let untried: Vec<_> = rows.iter().filter(|row| !row.tried).map(|row| row.name).collect();
    if !untried.is_empty() {
        let text =
            format!("the {seconds} s of --timeout are over, so these are not tried: {}", untried.join(", "));
        output::labelled("", "out of time", &text, width, out)?;
    }
    let right = rows.iter().filter(|row| row.right).count();
    let all = format!("{right} of {} right", rows.len());
    Ok(writeln!(out, "{}", output::word(right == rows.len(), &all))?)
}

/// Prints why the probe ended after its first request.
fn print_end(genuine: &Row, advice: &str, width: usize, out: &mut dyn Write) -> Result<()> {
    output::finding("", "the endpoint does not take the genuine delivery", false, width, out)?;
    line(genuine, width, out)?;
    output::labelled("", "advice", advice, width, out)?;
    let why = "the probe ends here, because an endpoint that takes nothing refuses every forgery";
    output::sentence(why, width, out)
}

/// Prints one request: the expected status, the actual one, and the fault.
fn line(row: &Row, width: usize, out: &mut dyn Write) -> Result<()> {
    let got = match (row.status, &row.error) {
        (Some(status), _) => status.to_string(),
        (None, Some(error)) => error.clone(),
        (None, None) => "no answer".to_owned(),
    };
    let text = format!("expected {}, got {got}: {}", row.expected, row.description);
    output::row(&format!("  {}", row.name), 23, &text, width, out)
}

/// A line for each group: how many of its requests were answered right.
fn groups(rows: &[Row]) -> Vec<String> {
    let mut counts: Vec<(&str, usize, usize)> = Vec::new();
    for row in rows.iter().filter(|row| row.tried) {
        let name = group(row.name).map_or("others", |group| group.name);
        let one = usize::from(row.right);
        match counts.iter_mut().find(|(other, ..)| *other == name) {
            Some((_, right, all)) => (*right, *all) = (right.saturating_add(one), all.saturating_add(1)),
            None => counts.push((name, one, 1)),
        }
    }
    let line = |(name, right, all): (&str, usize, usize)| {
        format!("{}  {name}", output::word(right == all, &format!("{:8} right", format!("{right} of {all}"))))
    };
    counts.into_iter().map(line).collect()
}
