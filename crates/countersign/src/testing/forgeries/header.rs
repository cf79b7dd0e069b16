//! Forgeries with a right tag in a wrong header, under a wrong prefix or in a wrong list.

use super::forge::{Forge, Made};
use crate::Scheme;

/// Whether a tag after this label is a tag of the scheme. A label that contains the separator of a list ends an entry.
pub(super) fn is_own_label(scheme: &Scheme, label: &str) -> bool {
    let entry = match scheme.separator() {
        Some(separator) => label.rsplit(char::from(separator)).next().unwrap_or_default().trim_start(),
        None => label,
    };
    entry == scheme.tag_prefix()
}

impl Forge {
    /// The scheme's prefix. A scheme without one gets `sha256=`, which is wrong for it.
    fn prefix(&self) -> &str {
        match self.scheme.tag_prefix() {
            "" => "sha256=",
            prefix => prefix,
        }
    }

    pub(super) fn unsigned(&self) -> Made {
        Some(self.genuine.clone().without(self.scheme.header()))
    }

    /// The right tag after another label.
    pub(super) fn labelled(&self, label: &str) -> Made {
        self.entry(&format!("{label}{}", self.text))
    }

    pub(super) fn prefix_alone(&self) -> Made {
        self.entry(self.prefix())
    }

    pub(super) fn other_format(&self) -> Made {
        self.labelled(if self.scheme.tag_prefix().is_empty() { "sha256=" } else { "" })
    }

    pub(super) fn prefix_in_capitals(&self) -> Made {
        self.labelled(&self.prefix().to_ascii_uppercase())
    }

    pub(super) fn prefix_with_colon(&self) -> Made {
        self.labelled(&self.prefix().replace('=', ":"))
    }

    pub(super) fn prefix_twice(&self) -> Made {
        self.labelled(&self.prefix().repeat(2))
    }

    pub(super) fn space_before(&self) -> Made {
        self.labelled(&format!("{} ", self.prefix()))
    }

    pub(super) fn quoted(&self) -> Made {
        self.value(format!("\"{}\"", self.draft.value(&self.text)))
    }

    pub(super) fn other_header(&self) -> Made {
        let free = |header: &&str| !header.eq_ignore_ascii_case(self.scheme.header());
        let header = ["x-hub-signature-256", "x-signature"].into_iter().find(free)?;
        Some(self.unsigned()?.header(header, self.draft.value(&self.text)))
    }

    /// Two signature headers.
    pub(super) fn two_headers(&self, [first, second]: [&str; 2]) -> Made {
        let [first, second] = [first, second].map(|text| self.draft.value(text));
        let header = self.scheme.header();
        Some(self.unsigned()?.header(header, first).header(header, second))
    }

    /// Two signatures in one header, as if every scheme had a list.
    pub(super) fn two_values(&self, first: &str, between: &str) -> Made {
        let [first, second] = [first, &self.text].map(|text| self.draft.value(text));
        self.value(format!("{first}{between}{second}"))
    }

    /// The right tag in an entry of another version: `v2=` instead of `v1=`.
    pub(super) fn other_version(&self) -> Made {
        let prefix = self.scheme.tag_prefix();
        let other = |digit: char| if digit == '1' { '2' } else { '1' };
        let label = match prefix.rfind(|c: char| c.is_ascii_digit()) {
            None => format!("x{prefix}"),
            Some(place) => {
                prefix.char_indices().map(|(at, c)| if at == place { other(c) } else { c }).collect()
            }
        };
        self.labelled(&label)
    }

    /// Eight wrong tags and a right one.
    pub(super) fn ninth_entry(&self) -> Made {
        let (prefix, separator) = (self.scheme.tag_prefix(), char::from(self.scheme.separator()?));
        let wrong = format!("{prefix}{}{separator}", self.zeros());
        self.entry(&format!("{}{prefix}{}", wrong.repeat(8), self.text))
    }

    /// A tag of zeros.
    pub(super) fn zeros(&self) -> String {
        self.draft.encoded(&vec![0; self.tag.len()])
    }
}
