//! A parsed text as languages print it when somebody signs it without writing JSON again.

use crate::json::{Dialect, Json, Numbers, Order, Token, unescape};
use crate::text::ways;

/// A language that prints a parsed JSON text in a way of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// `str(dict)`: `{'a': True, 'b': None}`.
    Python,
    /// `Hash#inspect` before Ruby 3.4: `{"a"=>true, "b"=>nil}`.
    Ruby,
    /// `Hash#inspect` since Ruby 3.4: `{"a" => true, "b" => nil}`.
    Ruby34,
    /// `Map.toString()`: `{a=true, b=null}`.
    Java,
    /// `fmt.Sprint(map)`: `map[a:true b:<nil>]`.
    Go,
    /// `String(object)`: `[object Object]`.
    JavaScript,
    /// The text of an array: `Array`.
    Php,
    /// `util.inspect(object)`: `{ a: true, b: 'x' }`. It is recognised, and not written.
    Node,
    /// `repr(bytes)`: `b'{"a":1}'`.
    PythonBytes,
}

impl Language {
    /// The ones that are written, of which the likely ones come first.
    const ALL: [Self; 8] = [
        Self::Python,
        Self::JavaScript,
        Self::PythonBytes,
        Self::Ruby,
        Self::Ruby34,
        Self::Java,
        Self::Go,
        Self::Php,
    ];
}

impl std::fmt::Display for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Python => "Python's str(dict)",
            Self::Ruby | Self::Ruby34 => "Ruby's inspect",
            Self::Java => "Java's toString()",
            Self::Go => "Go's fmt",
            Self::JavaScript => "JavaScript's String(object)",
            Self::Php => "PHP's text of an array",
            Self::Node => "Node's util.inspect",
            Self::PythonBytes => "Python's str(bytes)",
        })
    }
}

/// The marks between the values.
struct Marks {
    object: [&'static str; 2],
    array: [&'static str; 2],
    colon: &'static str,
    comma: &'static str,
    /// True, false and null.
    words: [&'static str; 3],
    numbers: Numbers,
}

/// The text in each language.
pub(crate) fn dumps<'j>(json: &'j Json<'_>) -> impl Iterator<Item = (Language, String)> + 'j {
    let ways = ways(Language::ALL.len(), 3, json.text().as_bytes());
    Language::ALL.into_iter().take(ways).filter_map(|language| Some((language, dump(json, language)?)))
}

fn dump(json: &Json<'_>, language: Language) -> Option<String> {
    const JSON: [&str; 3] = ["true", "false", "null"];
    let python = Marks {
        object: ["{", "}"],
        array: ["[", "]"],
        colon: ": ",
        comma: ", ",
        words: ["True", "False", "None"],
        numbers: Numbers::Python,
    };
    let ruby = |colon| Marks { colon, words: ["true", "false", "nil"], numbers: Numbers::Ruby, ..python };
    let marks = match language {
        Language::Python => python,
        Language::Ruby => ruby("=>"),
        Language::Ruby34 => ruby(" => "),
        Language::Java => Marks { colon: "=", words: JSON, numbers: Numbers::Java, ..python },
        Language::Go => Marks {
            object: ["map[", "]"],
            colon: ":",
            comma: " ",
            words: ["true", "false", "<nil>"],
            numbers: Numbers::Go,
            ..python
        },
        Language::JavaScript => return json.is_nested()[0].then(|| "[object Object]".to_owned()),
        Language::Node => return None,
        Language::PythonBytes => return Some(python_bytes(json.text())),
        Language::Php => return json.is_nested().contains(&true).then(|| "Array".to_owned()),
    };
    // Go sorts the keys of a map.
    let order = if language == Language::Go { Order::Sorted } else { Order::Kept };
    let text = json.write(Dialect::MINIFIED.order(order).numbers(marks.numbers))?;
    let mut out = String::with_capacity(text.len());
    Json::parse(text.as_bytes())?
        .spans()
        .try_for_each(|(token, _)| write(token, language, &marks, &mut out))?;
    Some(out)
}

fn write(token: Token<'_>, language: Language, marks: &Marks, out: &mut String) -> Option<()> {
    let ([open_object, close_object], [open_array, close_array]) = (marks.object, marks.array);
    let [yes, no, nothing] = marks.words;
    match token {
        Token::Open('{') => out.push_str(open_object),
        Token::Open(_) => out.push_str(open_array),
        Token::Close('}') => out.push_str(close_object),
        Token::Close(_) => out.push_str(close_array),
        Token::Comma => out.push_str(marks.comma),
        Token::Colon => out.push_str(marks.colon),
        Token::Number(digits) => out.push_str(digits),
        Token::Word("true") => out.push_str(yes),
        Token::Word("false") => out.push_str(no),
        Token::Word(_) => out.push_str(nothing),
        Token::Text(content) => {
            let text: String = unescape(content).map(char::from_u32).collect::<Option<_>>()?;
            match language {
                Language::Python => python(&text, out),
                Language::Ruby | Language::Ruby34 => ruby(&text, out),
                _ => out.push_str(&text),
            }
        }
    }
    Some(())
}

/// `repr` of Python. It prefers apostrophes.
fn python(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            _ if character == quote => out.extend(['\\', quote]),
            _ if is_unprintable(character) => {
                let code = u32::from(character);
                let digits = if code < 0x100 { format!("\\x{code:02x}") } else { format!("\\u{code:04x}") };
                out.push_str(&digits);
            }
            _ => out.push(character),
        }
    }
    out.push(quote);
}

/// `String#inspect` of Ruby.
fn ruby(text: &str, out: &mut String) {
    out.push('"');
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '#' if matches!(characters.peek(), Some('{' | '$' | '@')) => out.push_str("\\#"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push_str("\\e"),
            '\u{7f}' => out.push_str("\\x7F"),
            _ if is_unprintable(character) => out.push_str(&format!("\\u{:04X}", u32::from(character))),
            _ => out.push(character),
        }
    }
    out.push('"');
}

/// `repr` of Python's bytes.
fn python_bytes(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = format!("b{quote}");
    for byte in text.bytes() {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'\\' => out.push_str("\\\\"),
            _ if char::from(byte) == quote => out.extend(['\\', quote]),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(quote);
    out
}

/// The text of Python's bytes.
fn bytes_of_python(text: &str) -> Option<String> {
    let quoted = text.trim_end().strip_prefix('b')?;
    let quote = quoted.chars().next().filter(|quote| "'\"".contains(*quote))?;
    let inner = quoted.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'\\' => match bytes.next()? {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'x' => {
                    let mut digit =
                        || char::from(bytes.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                    (digit()? << 4) | digit()?
                }
                other => other,
            },
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

/// Control characters, and spaces that are not the usual one.
fn is_unprintable(character: char) -> bool {
    character.is_control() || (character.is_whitespace() && character != ' ') || character == '\u{feff}'
}

/// How languages begin the text of an object that is no JSON: JavaScript, Go, PHP (`print_r`, `var_export`, `var_dump`), Python, Ruby.
const PRINTED: [&[u8]; 11] = [
    b"[object ",
    b"map[",
    b"Array",
    b"array (",
    b"array(",
    b"stdClass Object",
    b"(object)",
    b"object(",
    b"OrderedDict(",
    b"#<",
    b"<QueryDict",
];

/// Whether the text is what a language prints for an object. Its values cannot be read from it, or not all.
pub(crate) fn is_printed(body: &[u8]) -> bool {
    let java = body.strip_prefix(b"{").and_then(|members| {
        let end = members.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')?;
        members.get(end)
    });
    let node = body.strip_prefix(b"{").is_some_and(|members| {
        let members = members.trim_ascii_start();
        let end = members.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
        end.filter(|end| *end > 0).is_some_and(|end| members.get(end) == Some(&b':'))
    });
    PRINTED.iter().any(|start| body.starts_with(start)) || java == Some(&b'=') || node
}

/// JSON from a text that Python, Ruby or Node printed. It is only tried, so anything else may come out of another text.
pub(crate) fn undumped(body: &[u8]) -> Option<(Language, String)> {
    let text = std::str::from_utf8(body).ok()?;
    if let Some(text) = bytes_of_python(text) {
        return Some((Language::PythonBytes, text));
    }
    let mut language = if text.contains("=>") { Language::Ruby } else { Language::Python };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => quoted(rest, first, &mut out)?,
            _ if first.is_ascii_alphabetic() || first == '_' => match bare_key(rest) {
                Some(key) => {
                    language = Language::Node;
                    out.push_str(&format!("\"{key}\""));
                    key.len()
                }
                None => word(rest, &mut out),
            },
            '=' if rest.starts_with("=>") => {
                out.push(':');
                2
            }
            _ => {
                out.push(first);
                first.len_utf8()
            }
        };
        rest = rest.get(length..)?;
    }
    let json = Json::parse(out.as_bytes())?;
    // A text that is JSON already was not printed by either.
    let is_changed = Json::parse(body).is_none();
    is_changed.then(|| json.write(Dialect::MINIFIED)).flatten().map(|json| (language, json))
}

/// A key without quotes, as JavaScript prints it.
fn bare_key(text: &str) -> Option<&str> {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && !"_$".contains(letter))?;
    let (key, rest) = text.split_at_checked(end)?;
    rest.starts_with(':').then_some(key)
}

/// Copies a word, and returns its length.
fn word(text: &str, out: &mut String) -> usize {
    let end = text.find(|letter: char| !letter.is_ascii_alphabetic() && letter != '_').unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default();
    out.push_str(match word {
        "True" => "true",
        "False" => "false",
        "None" | "nil" | "undefined" => "null",
        other => other,
    });
    end
}

/// Copies a string in quotes as one of JSON, and returns its length.
fn quoted(text: &str, quote: char, out: &mut String) -> Option<usize> {
    let mut characters = text.char_indices().skip(1);
    out.push('"');
    loop {
        let (place, character) = characters.next()?;
        match character {
            _ if character == quote => {
                out.push('"');
                return place.checked_add(1);
            }
            '"' => out.push_str("\\\""),
            '\\' => match characters.next()?.1 {
                escaped @ ('\'' | '#') => out.push(escaped),
                'x' => {
                    out.push_str("\\u00");
                    out.extend([characters.next()?.1, characters.next()?.1]);
                }
                'e' => out.push_str("\\u001b"),
                'a' => out.push_str("\\u0007"),
                'v' => out.push_str("\\u000b"),
                other => out.extend(['\\', other]),
            },
            _ => out.push(character),
        }
    }
}
