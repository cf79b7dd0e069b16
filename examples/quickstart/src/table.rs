//! The table, in colours. `anstream` removes them if the output is no terminal, or if `NO_COLOR` is set.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use crate::deliveries::{Delivery, Outcome};

const BOLD: Style = Style::new().bold();
const ACCEPTED: Style = AnsiColor::Green.on_default();
const REFUSED: Style = AnsiColor::Yellow.on_default();
const WRONG: Style = AnsiColor::Red.on_default().bold();

/// All deliveries, and the time that they took.
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
    pub(crate) elapsed: Duration,
}

/// A delivery and its outcome.
pub(crate) struct Row {
    pub(crate) delivery: Delivery,
    pub(crate) outcome: Outcome,
}

impl Table {
    pub(crate) fn wrong(&self) -> usize {
        self.rows.iter().filter(|row| !row.is_right()).count()
    }
}

impl Row {
    fn is_right(&self) -> bool {
        self.outcome == self.delivery.expected
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let [provider, delivery, answer, handler] =
            ["PROVIDER", "DELIVERY", "ANSWER", "NOTES OF THE HANDLER"];
        writeln!(f, "  {BOLD}{provider:<10} {delivery:<24} {answer:<22} {handler}{BOLD:#}")?;
        for group in self.rows.chunk_by(|one, next| one.delivery.provider == next.delivery.provider) {
            writeln!(f)?;
            for (index, row) in group.iter().enumerate() {
                write_row(f, if index == 0 { row.delivery.provider } else { "" }, row)?;
            }
        }
        writeln!(f)?;
        write_summary(f, self)
    }
}

fn write_row(f: &mut Formatter<'_>, provider: &str, row: &Row) -> fmt::Result {
    let Row { delivery, outcome } = row;
    let (mark, style) = match (row.is_right(), outcome.status) {
        (true, 200) => ("✓", ACCEPTED),
        (true, _) => ("✓", REFUSED),
        (false, _) => ("✗", WRONG),
    };
    let (what, answer, saw) = (&delivery.what, outcome.answer(), outcome.saw());
    writeln!(
        f,
        "{style}{mark}{style:#} {BOLD}{provider:<10}{BOLD:#} {what:<24} {style}{answer:<22}{style:#} {saw}"
    )?;
    if !row.is_right() {
        let (answer, saw) = (delivery.expected.answer(), delivery.expected.saw());
        writeln!(f, "  {:<35} {WRONG}{answer:<22} {saw}{WRONG:#}", "it should have been:")?;
    }
    Ok(())
}

fn write_summary(f: &mut Formatter<'_>, table: &Table) -> fmt::Result {
    let (all, wrong, seconds) = (table.rows.len(), table.wrong(), table.elapsed.as_secs_f64());
    if wrong > 0 {
        return writeln!(
            f,
            "{WRONG}✗ {wrong} of {all} deliveries were not answered as they should.{WRONG:#}"
        );
    }
    writeln!(
        f,
        "{ACCEPTED}✓{ACCEPTED:#} {BOLD}{all} deliveries, all answered as they should in {seconds:.2} s{BOLD:#}"
    )
}

impl Outcome {
    /// `200 OK`, or `401 invalid signature`, which is the text in the JSON of a refusal.
    fn answer(&self) -> String {
        let refusal = self.body.strip_prefix(r#"{"error":""#).and_then(|rest| rest.strip_suffix(r#""}"#));
        match (self.status, &*self.body) {
            (200, "") => "200 OK".to_owned(),
            (status, body) => format!("{status} {}", refusal.unwrap_or(body)),
        }
    }

    fn saw(&self) -> String {
        if self.notes.is_empty() { "nothing".to_owned() } else { self.notes.join(" | ") }
    }
}

#[cfg(test)]
mod tests {
    use countersign::testing::SignedRequest;
    use countersign::{Massu, Secret};

    use super::*;

    fn outcome(status: u16, body: &str, notes: &[&str]) -> Outcome {
        Outcome { status, body: body.to_owned(), notes: notes.iter().map(|&note| note.to_owned()).collect() }
    }

    fn table(outcome: Outcome, expected: Outcome) -> Table {
        let request = SignedRequest::new::<Massu>(&Secret::new("secret").unwrap(), "{}");
        let delivery = Delivery { provider: "massu", what: "unsigned".to_owned(), request, expected };
        Table { rows: vec![Row { delivery, outcome }], elapsed: Duration::from_millis(30) }
    }

    #[test]
    fn any_difference_is_wrong_and_is_shown() {
        let refused = || outcome(401, r#"{"error":"invalid signature"}"#, &[]);
        for other in [
            outcome(403, r#"{"error":"invalid signature"}"#, &[]),
            outcome(401, r#"{"error":"no signature"}"#, &[]),
            outcome(401, r#"{"error":"invalid signature"}"#, &["it ran all the same"]),
        ] {
            let table = table(other, refused());
            assert_eq!(table.wrong(), 1);
            let text = anstream::adapter::strip_str(&table.to_string()).to_string();
            assert!(text.contains("\n✗ massu"), "{text}");
            assert!(text.contains("it should have been:                401 invalid signature"), "{text}");
            assert!(text.ends_with("✗ 1 of 1 deliveries were not answered as they should.\n"), "{text}");
        }
    }

    #[test]
    fn a_right_answer_is_a_line() {
        let right = || outcome(200, "", &["Raw"]);
        let text = anstream::adapter::strip_str(&table(right(), right()).to_string()).to_string();
        assert!(
            text.contains("✓ massu      unsigned                 200 OK                 Raw\n"),
            "{text}"
        );
        assert!(text.ends_with("✓ 1 deliveries, all answered as they should in 0.03 s\n"), "{text}");
    }
}
