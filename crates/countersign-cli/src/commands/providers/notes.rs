//! The docs of a provider as plain text. They are written in Markdown for docs.rs.

/// The paragraphs, each in one line and without the marks of Markdown.
pub(super) fn paragraphs(docs: &str) -> Vec<String> {
    let lines: Vec<&str> = docs.lines().map(str::trim).collect();
    let paragraphs = lines.split(|line| line.is_empty()).filter(|paragraph| !paragraph.is_empty());
    paragraphs.map(|paragraph| plain(&paragraph.join(" "))).collect()
}

/// Removes the marks of code and of links. The address of a link follows its text, unless it leads into the library's own docs.
fn plain(markdown: &str) -> String {
    let mut text = markdown.replace('`', "");
    while let Some((before, rest)) = text.split_once("](crate::") {
        let (_, after) = rest.split_once(')').unwrap_or((rest, ""));
        text = format!("{before}]{after}");
    }
    let text = text.replace("](", " (");
    let mut link_is_open = false;
    let keep = |character: &char| match character {
        '[' => {
            link_is_open = true;
            false
        }
        ']' if link_is_open => {
            link_is_open = false;
            false
        }
        _ => true,
    };
    text.chars().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_of_markdown_are_removed() {
        let docs = " Acme. It sends `X-Acme: <hex>`.\n\n Read [`Envelope::new`], [`Raw`](crate::Raw) and\n [the page](https://a.b).\n";
        assert_eq!(
            paragraphs(docs),
            ["Acme. It sends X-Acme: <hex>.", "Read Envelope::new, Raw and the page (https://a.b)."]
        );
        assert!(paragraphs("").is_empty());
    }
}
