//! A `curl` command, as a browser copies it and as people type it.

use super::Captured;
use super::escapes::escaped;
use crate::http1::HeaderList;

/// The request that a `curl` command would send. The prompt of a shell may stand in front of it.
pub(super) fn request(raw: &[u8]) -> Option<Captured> {
    let text = std::str::from_utf8(raw).ok()?.trim_start();
    let text = text.trim_start_matches(['$', '>', '%', '#', ' ']);
    let rest = text.strip_prefix("curl").or_else(|| text.strip_prefix("curl.exe"))?;
    if !rest.starts_with([' ', '\t', '\\']) {
        return None;
    }
    let mut command = Command::default();
    let mut words = words(rest).into_iter();
    while let Some(word) = words.next() {
        command.add(&word, &mut words);
    }
    Some(command.captured())
}

/// A command that is read word by word.
#[derive(Default)]
struct Command {
    method: Option<String>,
    url: Option<String>,
    headers: HeaderList,
    data: Vec<String>,
    /// The name of a file with the body.
    file: Option<String>,
}

/// The options without a value that people put between the others.
const FLAGS: [&str; 14] = [
    "--compressed",
    "--location",
    "--insecure",
    "--silent",
    "--verbose",
    "--include",
    "--get",
    "--fail",
    "--show-error",
    "--http1.1",
    "--http2",
    "--globoff",
    "--path-as-is",
    "--fail-with-body",
];

impl Command {
    fn add(&mut self, word: &str, words: &mut impl Iterator<Item = String>) {
        let (option, glued) = match word.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (option, Some(value.to_owned())),
            _ if word.starts_with("--") || !word.starts_with('-') || !word.is_char_boundary(2) => {
                (word, None)
            }
            // `-XPOST`
            _ => word.split_at_checked(2).map_or((word, None), |(option, value)| {
                (option, (!value.is_empty()).then(|| value.to_owned()))
            }),
        };
        if !option.starts_with('-') {
            self.url.get_or_insert_with(|| word.to_owned());
            return;
        }
        let is_flag = FLAGS.contains(&option)
            || matches!(option, "-v" | "-s" | "-S" | "-i" | "-k" | "-L" | "-f" | "-g" | "-G");
        if is_flag {
            return;
        }
        let Some(value) = glued.or_else(|| words.next()) else { return };
        match option {
            "-X" | "--request" => self.method = Some(value),
            "--url" => self.url = Some(value),
            "-H" | "--header" => {
                self.headers.extend(
                    value
                        .split_once(':')
                        .map(|(name, value)| (name.trim().to_owned(), value.trim().as_bytes().to_vec())),
                );
            }
            "-d" | "--data" | "--data-ascii" | "--data-binary" if value.starts_with('@') => {
                self.file = Some(value);
            }
            "-d" | "--data" | "--data-ascii" | "--data-raw" | "--data-binary" | "--json" => {
                self.data.push(value);
            }
            _ => {}
        }
    }

    fn captured(self) -> Captured {
        let mut captured = Captured::new(self.headers, self.data.join("&").as_bytes());
        captured.set_target(self.url.as_deref().unwrap_or("/"));
        captured.request.method = self.method.unwrap_or_else(|| "POST".to_owned());
        if self.file.is_some() {
            captured.notes.push(
                "the command sends a file, and the file is not in this capture; it can follow --request FILE"
                    .to_owned(),
            );
        }
        captured
    }
}

/// The words of a shell's command line, up to its end.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' | '|' => break,
            ' ' | '\t' | '\r' => words.extend(word.take()),
            // The line goes on, in a shell of Unix and in that of Windows.
            '\\' | '^' => match characters.next() {
                Some('\n') => {}
                Some('\r') => {
                    characters.next_if_eq(&'\n');
                }
                Some(escaped) => word.get_or_insert_default().push(escaped),
                None => {}
            },
            '\'' => quoted(&mut characters, '\'', Escapes::None, word.get_or_insert_default()),
            '"' => quoted(&mut characters, '"', Escapes::Few, word.get_or_insert_default()),
            '$' if characters.next_if_eq(&'\'').is_some() => {
                quoted(&mut characters, '\'', Escapes::All, word.get_or_insert_default());
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    words.into_iter().chain(word).collect()
}

/// The backslash escapes that a shell resolves between quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    None,
    Few,
    All,
}

/// Adds the text up to the closing quote.
fn quoted(characters: &mut impl Iterator<Item = char>, quote: char, escapes: Escapes, word: &mut String) {
    while let Some(character) = characters.next() {
        match character {
            _ if character == quote => return,
            '\\' if escapes != Escapes::None => match (escapes, characters.next()) {
                (Escapes::All, Some(sign)) => word.extend(escaped(sign, characters)),
                (Escapes::Few, Some(other @ ('"' | '\\' | '$' | '`'))) => {
                    word.push(other);
                }
                (_, Some(other)) => word.extend(['\\', other]),
                (_, None) => {}
            },
            _ => word.push(character),
        }
    }
}
