//! A parsed text as languages print it when somebody signs it without writing JSON again.

use crate::json::{Dialect, Json, Numbers, Order, Token, unescape};
use crate::text::ways;

mod read;

pub(crate) use read::{is_printed, undumped};

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
                out.push_str(&match u8::try_from(code) {
                    Ok(byte) => format!("\\x{byte:02x}"),
                    Err(_) => format!("\\u{code:04x}"),
                });
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

/// Control characters, and spaces that are not the usual one.
fn is_unprintable(character: char) -> bool {
    character.is_control() || (character.is_whitespace() && character != ' ') || character == '\u{feff}'
}
