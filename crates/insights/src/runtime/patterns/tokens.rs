//! Texts cut into tokens, and tokens that vary by nature replaced by placeholders.

use std::fmt::Write;
use std::net::IpAddr;

/// Stands before and after the name of a placeholder. Log texts hardly ever hold it; one that does only looks like a
/// placeholder, and nothing is lost by it.
const MARK: char = '\u{1}';
const ANY: &str = "Token";

/// A word, a placeholder, or separators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    text: String,
}

impl Token {
    /// The placeholder for whatever differs.
    pub fn any() -> Self {
        Self { text: placeholder(ANY) }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is more than separators.
    pub fn is_content(&self) -> bool {
        self.text.chars().any(|character| !is_separator(character))
    }
}

fn placeholder(name: &str) -> String {
    format!("{MARK}{name}{MARK}")
}

fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            ',' | ';' | '=' | '"' | '\'' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '<' | '>' | ':' | '&' | '?'
        )
}

/// A text cut between separators and what stands between them.
pub fn cut(text: &str) -> Vec<Token> {
    pieces(text).map(|piece| Token { text: piece.to_owned() }).collect()
}

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let kind = is_separator(first);
        let end = rest.find(|character| is_separator(character) != kind).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

/// A text with placeholders for what varies by nature, as many tokens of it as are looked at.
pub fn masked(text: &str, most_tokens: usize) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    for _ in 0..most_tokens {
        // Times and IPv6 addresses hold separators, so they are looked for first.
        if let Some((name, length)) = with_separators(rest, masked.chars().next_back()) {
            masked += &placeholder(name);
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        let Some(piece) = pieces(rest).next() else { return masked };
        match kind(piece) {
            Some(name) => masked += &placeholder(name),
            None => masked += piece,
        }
        rest = rest.get(piece.len()..).unwrap_or_default();
    }
    if !rest.is_empty() {
        masked += " …";
    }
    masked
}

/// A time or an address at the beginning of a text that is no rest of a word.
fn with_separators(text: &str, before: Option<char>) -> Option<(&'static str, usize)> {
    if before.is_some_and(|character| !is_separator(character) && character != MARK) {
        return None;
    }
    let first = text.bytes().next()?;
    if !first.is_ascii_hexdigit() && first != b':' {
        return None;
    }
    if let Some(length) = time_length(text) {
        return Some(("Time", length));
    }
    let is_part = |character: char| character.is_ascii_hexdigit() || matches!(character, ':' | '.');
    let candidate = text.get(..text.find(|character| !is_part(character)).unwrap_or(text.len()))?;
    let candidate = candidate.trim_end_matches(['.', ':']);
    let is_address = candidate.matches(':').count() >= 2 && candidate.parse::<IpAddr>().is_ok();
    is_address.then_some(("IPAddress", candidate.len()))
}

/// The length of a time such as `2024-05-14`, `2024-05-14T14:00:00.123Z` or `14:00:00`.
fn time_length(text: &str) -> Option<usize> {
    let date = shaped(text, "0000-00-00").or_else(|| shaped(text, "0000/00/00"));
    let mut length = 0;
    if let Some(date) = date {
        length = date;
        let after = text.get(length..)?;
        let Some(clock) = after.strip_prefix(['T', ' ']).and_then(|clock| shaped(clock, "00:00:00")) else {
            return ends(text, length).then_some(length);
        };
        length += 1 + clock;
    } else {
        length += shaped(text, "00:00:00")?;
    }
    let rest = text.get(length..)?;
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        length += if digits > 0 { digits + 1 } else { 0 };
    }
    let rest = text.get(length..)?;
    if rest.starts_with('Z') {
        length += 1;
    } else if let Some(offset) = rest.strip_prefix(['+', '-']) {
        length += shaped(offset, "00:00").or_else(|| shaped(offset, "0000")).map_or(0, |offset| offset + 1);
    }
    ends(text, length).then_some(length)
}

/// Whether a text begins in a shape in which `0` stands for any digit; gives the length.
fn shaped(text: &str, shape: &str) -> Option<usize> {
    let found = text.as_bytes().get(..shape.len())?;
    let fits = |(byte, wanted): (&u8, u8)| if wanted == b'0' { byte.is_ascii_digit() } else { *byte == wanted };
    found.iter().zip(shape.bytes()).all(fits).then_some(shape.len())
}

/// Whether a word could end at a byte.
fn ends(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|rest| rest.chars().next()).is_none_or(|next| !next.is_alphanumeric())
}

/// What a word without separators is by its look.
fn kind(word: &str) -> Option<&'static str> {
    let word = word.trim_end_matches(['.', ',']);
    if !word.bytes().any(|byte| byte.is_ascii_digit()) && !is_long_hex(word) {
        return None;
    }
    if super::super::numbers::looks_numeric(word) {
        return Some("Number");
    }
    if word.parse::<IpAddr>().is_ok() {
        return Some("IPAddress");
    }
    if is_uuid(word) {
        return Some("UUID");
    }
    if is_long_hex(word) {
        return Some("Hex");
    }
    // Words that begin with digits are measures and ids; words that only hold a digit may well be names.
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_mostly_digits = word.starts_with(|first: char| first.is_ascii_digit()) || digits * 2 > word.len();
    is_mostly_digits.then_some(ANY)
}

fn is_uuid(word: &str) -> bool {
    let lengths = word.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn is_long_hex(word: &str) -> bool {
    let digits = word.strip_prefix("0x").unwrap_or(word);
    (digits.len() >= 16 || digits.len() < word.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The text of a pattern, its placeholders numbered from 1.
pub fn numbered(tokens: &[Token]) -> String {
    let masked: String = tokens.iter().map(Token::text).collect();
    let mut text = String::with_capacity(masked.len());
    let mut number = 0;
    for (at, part) in masked.split(MARK).enumerate() {
        if at % 2 == 1 {
            number += 1;
            let _ = write!(text, "<{part}-{number}>");
        } else {
            text += part;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn masks(text: &str, expected: &str) {
        assert_eq!(numbered(&cut(&masked(text, 100))), expected, "{text}");
    }

    #[test]
    fn times_addresses_ids_and_numbers_are_told_apart() {
        masks("at 2024-05-14 14:00:00,123 and 14:00:00", "at <Time-1> and <Time-2>");
        masks("[2024-05-14T14:00:00.1+02:00]", "[<Time-1>]");
        masks("from 192.0.2.7:443 to 2001:db8::1", "from <IPAddress-1>:<Number-2> to <IPAddress-3>");
        masks("id=550e8400-e29b-41d4-a716-446655440000;", "id=<UUID-1>;");
        masks("sha 9f86d081884c7d659a2feaa0c55ad015", "sha <Hex-1>");
        masks("{\"code\":401,\"verb\":\"get\"}", "{\"code\":<Number-1>,\"verb\":\"get\"}");
        masks("took 25ms by pod-7f in v1", "took <Token-1> by pod-7f in v1");
        masks("", "");
        masks("::", "::");
    }

    #[test]
    fn long_texts_are_cut_and_say_so() {
        assert_eq!(masked("a b c d", 3), "a b …");
    }
}
