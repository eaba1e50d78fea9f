//! A JSON reader that tolerates mistakes: one wrong character costs that character, not the whole document.
//!
//! All JSON from sites is read here. Text that follows RFC 8259 goes through `serde_json` alone. Any other text is read again by a lenient reader,
//! which knows the usual mistakes: half of a surrogate pair, raw control characters, unescaped quotes, wrong escapes, trailing, doubled and missing
//! commas, comments and CDATA marks, `NaN`, numbers out of range, unlimited nesting, text before and after the value, a missing end. Both readers
//! take linear time. If a name occurs twice in an object, the last value wins.

use std::iter::Peekable;
use std::str::CharIndices;

use serde_json::Map;
use serde_json::Number;
use serde_json::Value;

/// Maximum nesting of arrays and objects. Deeper values become null. It equals `serde_json`'s own limit, because deeper values could not be dropped
/// without recursion either.
pub const MAX_DEPTH: usize = 127;

/// Maximum length in bytes of an unquoted word whose value is kept. No number is longer.
const MAX_WORD: usize = 400;

/// A JSON document that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Json {
    /// The value.
    pub value: Value,
    /// The error of the strict reader, if the lenient one had to read the text.
    pub fault: Option<String>,
}

/// Reads JSON. Also accepts JSONP (`name({…});`), comment or CDATA marks around the value, and prefixes that stop scripts from loading it (`)]}',`).
///
/// ```
/// let json = tintinh::text::json::read(r#"{"title": "Chợ \ud83d Tết",}"#).unwrap();
/// assert_eq!(json.value["title"], "Chợ \u{fffd} Tết");
/// assert!(json.fault.is_some());
/// ```
///
/// # Errors
/// The reason in one line, if even the lenient reader finds no JSON.
pub fn read(text: &str) -> Result<Json, String> {
    let text = text.trim_start_matches(is_blank);
    let error = match serde_json::from_str(text) {
        Ok(value) => return Ok(Json { value, fault: None }),
        Err(error) => error,
    };
    let mended = beginning(text).map(|inner| Reader::new(inner).value(0));
    let value = mended.filter(|value| !is_empty(value)).ok_or_else(|| format!("no JSON: {error}"))?;
    Ok(Json { value, fault: Some(format!("JSON mended: {error}")) })
}

/// Whether a text begins like JSON, possibly after one of the accepted prefixes.
pub fn begins(text: &str) -> bool {
    beginning(text).is_some()
}

/// Whether a value that the lenient reader returned holds no data at all.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.values().all(is_empty),
        Value::Array(items) => items.iter().all(is_empty),
        Value::Null => true,
        _ => false,
    }
}

/// Returns the text from its first bracket on, or None if what precedes the bracket cannot precede JSON. Comment and CDATA marks, prefixes against
/// script inclusion, and the name of a function or variable can. A sentence that happens to contain brackets is not JSON.
fn beginning(text: &str) -> Option<&str> {
    const MARKS: &[&str] = &["<!--", "<![CDATA[", ")]}'", "\u{feff}", ";", ",", "&&&START&&&"];
    let mut rest = text;
    loop {
        rest = skip_blank(rest);
        let Some(behind) = MARKS.iter().find_map(|mark| rest.strip_prefix(mark)) else { break };
        rest = behind;
    }
    let at = rest.find(['{', '['])?;
    let (before, inner) = rest.split_at(at);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.' | ' ');
    let is_fit = match before.trim_end().chars().next_back() {
        None => true,
        Some('(') => before.len() < MAX_WORD,
        Some('=') => before.trim_end().trim_end_matches('=').chars().all(is_name),
        // `while(1);`, `for(;;);`
        Some(';') => before.len() < MAX_WORD && before.contains('('),
        Some(_) => false,
    };
    is_fit.then_some(inner)
}

/// Skips whitespace and comments at the beginning. If a comment only hides a CDATA mark from scripts, only the comment's opening is skipped, because
/// the value may follow on the same line.
fn skip_blank(text: &str) -> &str {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(is_blank);
        let hidden = |inner: &str| ["<![CDATA[", "]]>", "<!--", "-->"].iter().any(|mark| inner.starts_with(mark));
        rest = if let Some(inner) = rest.strip_prefix("/*") {
            let end = inner.find("*/").map_or(inner.len(), |at| at + 2);
            inner.get(end..).unwrap_or_default()
        } else if let Some(inner) = rest.strip_prefix("//") {
            let mark = inner.trim_start_matches([' ', '\t']);
            let end = inner.find('\n').unwrap_or(inner.len());
            if hidden(mark) { mark } else { inner.get(end..).unwrap_or_default() }
        } else {
            return rest;
        };
    }
}

/// Whether a character is whitespace between values. Includes characters that JSON does not allow there.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '\u{feff}'
}

/// A lenient reader and its position in the text.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Reader<'a> {
        Reader { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Returns the next character outside whitespace and comments, without consuming it.
    fn peek(&mut self) -> Option<char> {
        let rest = skip_blank(self.rest());
        self.at = self.text.len() - rest.len();
        rest.chars().next()
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }

    /// Reads a value. Returns null if there is none.
    fn value(&mut self, depth: usize) -> Value {
        match self.peek() {
            Some('{' | '[') if depth >= MAX_DEPTH => {
                self.skip_nested();
                Value::Null
            }
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some(quote @ ('"' | '\'')) => self.quoted(quote, false).map_or(Value::Null, Value::String),
            _ => word_value(self.word()),
        }
    }

    fn array(&mut self, depth: usize) -> Value {
        self.take('[');
        let mut items = Vec::new();
        while let Some(next) = self.peek() {
            match next {
                ']' => {
                    self.take(']');
                    break;
                }
                // The array was not closed.
                '}' => break,
                ',' | ':' => self.at += 1,
                _ => {
                    let begun = self.at;
                    let value = self.value(depth + 1);
                    // A string that is cut off by the end of the text does not count.
                    let cut = value.is_null() && self.at >= self.text.len();
                    items.extend((!cut).then_some(value));
                    self.go_on(begun);
                }
            }
        }
        Value::Array(items)
    }

    fn object(&mut self, depth: usize) -> Value {
        self.take('{');
        let mut fields = Map::new();
        while let Some(next) = self.peek() {
            match next {
                '}' => {
                    self.take('}');
                    break;
                }
                // The object was not closed.
                ']' => break,
                ',' | ':' => self.at += 1,
                _ => {
                    let begun = self.at;
                    let name = match next {
                        '"' | '\'' => self.quoted(next, true),
                        _ => Some(self.word().to_owned()),
                    };
                    if self.take(':') {
                        let value = self.value(depth + 1);
                        let cut = value.is_null() && self.at >= self.text.len();
                        if let Some(name) = name.filter(|_| !cut) {
                            fields.insert(name, value);
                        }
                    }
                    self.go_on(begun);
                }
            }
        }
        Value::Object(fields)
    }

    /// Skips one character if nothing was consumed since `begun`, so that every loop ends.
    fn go_on(&mut self, begun: usize) {
        if self.at == begun {
            self.at += self.rest().chars().next().map_or(0, char::len_utf8);
        }
    }

    /// Reads a string. None if the text ends before the string does.
    fn quoted(&mut self, quote: char, is_name: bool) -> Option<String> {
        let mut out = String::new();
        self.at += 1;
        let mut chars = self.rest().char_indices().peekable();
        let begun = self.at;
        while let Some((at, c)) = chars.next() {
            if c == '\\' {
                escaped(&mut chars, &mut out);
            } else if c == quote && closes(self.text.get(begun + at + 1..).unwrap_or_default(), is_name) {
                self.at = begun + at + 1;
                return Some(out);
            } else {
                out.push(c);
            }
        }
        self.at = self.text.len();
        None
    }

    /// Reads an unquoted word: a number, a constant or anything else.
    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| matches!(c, ',' | ':' | '{' | '}' | '[' | ']' | '"') || is_blank(c));
        let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        self.at += word.len();
        word
    }

    /// Skips an array or object with its contents.
    fn skip_nested(&mut self) {
        let mut open = 0_usize;
        while let Some(next) = self.peek() {
            match next {
                '"' => {
                    self.quoted('"', false);
                    continue;
                }
                '{' | '[' => open += 1,
                '}' | ']' => open -= 1,
                _ => {}
            }
            self.at += next.len_utf8();
            if open == 0 {
                return;
            }
        }
    }
}

/// Whether a quote before `behind` ends its string. It does if `behind` begins with something that may follow a string. Quotes inside a string are
/// often left unescaped.
fn closes(behind: &str, is_name: bool) -> bool {
    let next = behind.trim_start_matches(is_blank);
    let is_next_line = behind.get(..behind.len() - next.len()).unwrap_or_default().contains('\n');
    match next.chars().next() {
        None | Some('}' | ']') => true,
        Some(':') => is_name,
        // A comma inside a string is followed by a word; a comma between values is followed by a value or a name.
        Some(',') => {
            let value = next.get(1..).unwrap_or_default().trim_start_matches(is_blank);
            value.is_empty()
                || value.starts_with(['"', '\'', '{', '[', '}', ']', '-', ',', '/'])
                || value.starts_with(|c: char| c.is_ascii_digit())
                || ["true", "false", "null", "NaN"].iter().any(|word| value.starts_with(word))
                || value.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').starts_with(':')
        }
        // The comma is missing, or a comment follows.
        Some('"') => is_next_line,
        Some('/') => next.starts_with("//") || next.starts_with("/*"),
        Some(_) => false,
    }
}

/// Decodes one escape. Half of a surrogate pair becomes U+FFFD; an unknown escape becomes the character itself.
fn escaped(chars: &mut Peekable<CharIndices<'_>>, out: &mut String) {
    match chars.next().map(|(_, c)| c) {
        Some('n') => out.push('\n'),
        Some('t') => out.push('\t'),
        Some('r') => out.push('\r'),
        Some('b') => out.push('\u{8}'),
        Some('f') => out.push('\u{c}'),
        Some('x') => out.push(hex(chars, 2).and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)),
        Some('u') => unit(chars, out),
        // The string continues on the next line, as JavaScript allows.
        Some('\n') | None => {}
        Some(other) => out.push(other),
    }
}

/// Decodes a `\u` escape, together with the second half of its surrogate pair.
fn unit(chars: &mut Peekable<CharIndices<'_>>, out: &mut String) {
    let first = hex(chars, 4);
    let mut rest = chars.clone();
    let second = match first {
        Some(0xd800..=0xdbff) if rest.next_if(|(_, c)| *c == '\\').is_some() => rest
            .next_if(|(_, c)| *c == 'u')
            .and_then(|_| hex(&mut rest, 4))
            .filter(|low| (0xdc00..=0xdfff).contains(low)),
        _ => None,
    };
    let c = match (first, second) {
        (Some(high), Some(low)) => {
            *chars = rest;
            char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))
        }
        (first, _) => first.and_then(char::from_u32),
    };
    out.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
}

/// Reads a hexadecimal number with the given number of digits. If there are fewer, those are consumed anyway.
fn hex(chars: &mut Peekable<CharIndices<'_>>, digits: usize) -> Option<u32> {
    let mut number = 0;
    for _ in 0..digits {
        let (_, digit) = chars.next_if(|(_, c)| c.is_ascii_hexdigit())?;
        number = number * 16 + digit.to_digit(16)?;
    }
    Some(number)
}

/// Returns the value of a constant or number. Anything else is null, infinite numbers included.
fn word_value(word: &str) -> Value {
    match word {
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if word.len() > MAX_WORD => Value::Null,
        _ => {
            let plain = word.trim_start_matches('+');
            let exact = serde_json::from_str::<Number>(plain).ok();
            let begins = plain.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'));
            let about = || plain.parse().ok().filter(|_| begins).and_then(Number::from_f64);
            exact.or_else(about).map_or(Value::Null, Value::Number)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Value) {
        assert_eq!(read(text).map(|json| json.value), Ok(expect), "{text}");
    }

    #[test]
    fn sound_json_is_read_as_it_stands() {
        let json = read(" \u{feff}{\"a\": [1, \"\\ud83d\\ude00\", null], \"a\": 2}").unwrap();
        assert_eq!(json, Json { value: json!({"a": 2}), fault: None });
        assert_eq!(read("\"x\"").unwrap().value, "x");
    }

    #[test]
    fn half_a_pair_loses_itself_alone() {
        check(r#"["a\ud83db"]"#, json!(["a\u{fffd}b"]));
        check(r#"["a\ude00b"]"#, json!(["a\u{fffd}b"]));
        check(r#"["\ude00\ud83d"]"#, json!(["\u{fffd}\u{fffd}"]));
        check(r#"["\ud83d\ud83d\ude00"]"#, json!(["\u{fffd}😀"]));
        check(r#"["\ud83d\u0041", "\uD83D\n", "\ud83d\\u"]"#, json!(["\u{fffd}A", "\u{fffd}\n", "\u{fffd}\\u"]));
        check(r#"{"\udc00": {"b\ud800": 1}}"#, json!({"\u{fffd}": {"b\u{fffd}": 1}}));
    }

    #[test]
    fn wrong_signs_in_strings_are_borne_with() {
        check("[\"a\nb\u{1}c\", \"\\u0000\"]", json!(["a\nb\u{1}c", "\0"]));
        check(r#"["\'\x41\d\/\u12", "\uzz"]"#, json!(["'Ad/\u{fffd}", "\u{fffd}zz"]));
        check(r#"{"a": "Hội thi "Tay nghề", lần 2", "b": 1}"#, json!({"a": "Hội thi \"Tay nghề\", lần 2", "b": 1}));
        check(r#"{"a": "gọi: "x": y"}"#, json!({"a": "gọi: \"x\": y"}));
        check("{'a': 'b', c: 1}", json!({"a": "b", "c": 1}));
    }

    #[test]
    fn commas_are_borne_with() {
        check("[1,2,]", json!([1, 2]));
        check("{\"a\": [1,,2], \"b\": ,}", json!({"a": [1, 2], "b": null}));
        check("{\"a\": \"b\"\n \"c\": [\"d\"\n\"e\"]\n\"f\": 1}", json!({"a": "b", "c": ["d", "e"], "f": 1}));
        check("[{\"a\":1}{\"b\":2}]", json!([{"a": 1}, {"b": 2}]));
    }

    #[test]
    fn numbers_are_borne_with() {
        check("[NaN, Infinity, -Infinity, 1e999, undefined, 7]", json!([null, null, null, null, null, 7]));
        check("[+5, .5, 01, True,]", json!([5, 0.5, 1.0, true]));
    }

    #[test]
    fn what_stands_around_is_left_out() {
        for text in [
            "<!-- {\"a\":1} -->",
            "//<![CDATA[\n{\"a\":1}\n//]]>",
            "// <![CDATA[ {\"a\":1} // ]]>",
            "/* <![CDATA[ */ {\"a\":1} /* ]]> */",
            "/* [so] */ {\"a\": /* x */ 1 // y\n}",
            "{\"a\":1};",
            "{\"a\":1}, {\"b\":2}",
            "cb.x({\"a\":1});",
            "/**/ jQuery_1({\"a\":1})",
            "var x = {\"a\":1};",
            ")]}',\n{\"a\":1}",
            "while(1);{\"a\":1}",
            "for(;;);{\"a\":1}",
        ] {
            check(text, json!({"a": 1}));
        }
    }

    #[test]
    fn a_missing_end_loses_what_was_cut_alone() {
        check(r#"{"a": [{"id": 1, "b": "x"}, {"id": 2, "b": "y"#, json!({"a": [{"id": 1, "b": "x"}, {"id": 2}]}));
        check(r#"{"a": {"b": 1}, "c": [1, 2}"#, json!({"a": {"b": 1}, "c": [1, 2]}));
    }

    #[test]
    fn what_is_no_json_is_named() {
        for text in ["", "OK", "Error [x] of {y}", "<p>[1]</p>", "[", "{", "[x]", "{x}", &"[".repeat(100_000)] {
            assert!(read(text).is_err_and(|reason| reason.starts_with("no JSON: ")), "{text}");
        }
    }

    /// Values deeper than the limit become null, and the reader continues after them.
    #[test]
    fn depth_is_bounded() {
        let deep = |depth: usize| format!("{{\"a\":{}1{},\"b\":2}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(read(&deep(MAX_DEPTH - 1)).unwrap().fault, None);
        for depth in [MAX_DEPTH, MAX_DEPTH + 1, 200_000] {
            let json = read(&deep(depth)).unwrap();
            assert!(json.fault.is_some() && json.value["b"] == 2, "{depth}");
            let pointer = format!("/a{}", "/0".repeat(MAX_DEPTH - 1));
            assert_eq!(json.value.pointer(&pointer), Some(&Value::Null));
            assert_eq!(json.value.pointer(&format!("{pointer}/0")), None);
        }
    }
}
