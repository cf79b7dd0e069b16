//! The tables on the screen, and the same numbers as JSON.

use std::fs;
use std::io;

use serde_json::{Value, json};

use crate::measure::{Spread, Times};

/// Everything that was measured.
#[derive(Default)]
pub struct Report {
    tables: Vec<Value>,
    marks: Vec<Mark>,
}

/// A ratio with a limit.
struct Mark {
    name: String,
    at: String,
    limit: f64,
    ratio: Spread,
}

impl Mark {
    fn is_met(&self) -> bool {
        self.ratio.median <= self.limit
    }
}

impl Report {
    /// Prints a table: each candidate with its time, and with its ratio to `base`.
    pub fn table(&mut self, title: &str, at: &str, base: &str, times: &Times) {
        println!("\n{title}, {at}: {} rounds, load {}", times.rounds(), load());
        println!("{:<46} {:>11}  {:>7}  {:>15}", "", "ns a call", "ratio", "10 % to 90 %");
        let mut rows = Vec::new();
        for name in times.names() {
            let (time, ratio) = (times.of(name), times.ratio(name, base));
            let spread = format!("{:.2} to {:.2}", ratio.p10, ratio.p90);
            println!("{name:<46} {:>11.0}  {:>7.2}  {spread:>15}", time.median, ratio.median);
            rows.push(json!({ "name": name, "ns": time.median, "ratio": numbers(ratio) }));
        }
        self.tables.push(json!({ "title": title, "at": at, "base": base, "load": load(), "rows": rows }));
    }

    /// Notes a mark. The tables come first, and all marks follow them.
    pub fn mark(&mut self, name: &str, at: &str, limit: f64, ratio: Spread) {
        self.marks.push(Mark { name: name.to_owned(), at: at.to_owned(), limit, ratio });
    }

    pub fn print_marks(&self) {
        let (name, at, limit) = ("mark", "body", "limit");
        println!("\n{name:<76} {at:>7}  {limit:>5}  {:>7}  {:>15}  met", "median", "10 % to 90 %");
        for mark in &self.marks {
            let Mark { name, at, limit, ratio } = mark;
            let spread = format!("{:.2} to {:.2}", ratio.p10, ratio.p90);
            let met = if mark.is_met() { "yes" } else { "NO" };
            println!("{name:<76} {at:>7}  {limit:>5.2}  {:>7.3}  {spread:>15}  {met}", ratio.median);
        }
        let missed = self.marks.iter().filter(|mark| !mark.is_met()).count();
        println!("{missed} of {} marks missed; load {}; {}", self.marks.len(), load(), processor());
    }

    /// Writes all numbers for `chart.py`.
    pub fn write(&self, path: &str) -> io::Result<()> {
        let marks = self.marks.iter().map(|mark| {
            let Mark { name, at, limit, ratio } = mark;
            let (ratio, met) = (numbers(*ratio), mark.is_met());
            json!({ "name": name, "at": at, "limit": limit, "ratio": ratio, "met": met })
        });
        let marks: Vec<_> = marks.collect();
        let all = json!({ "processor": processor(), "tables": self.tables, "marks": marks });
        fs::write(path, format!("{all:#}\n"))
    }
}

fn numbers(spread: Spread) -> Value {
    let Spread { p10, median, p90 } = spread;
    json!({ "p10": p10, "median": median, "p90": p90 })
}

/// How many programs wanted to run in the last minute.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let sha = field("flags").is_some_and(|flags| flags.split(' ').any(|flag| flag == "sha_ni"));
    let threads = text.lines().filter(|line| line.starts_with("processor")).count();
    let name = field("model name").unwrap_or_else(|| "unknown processor".to_owned());
    format!("{name}, {threads} threads{}", if sha { ", SHA-NI" } else { "" })
}
