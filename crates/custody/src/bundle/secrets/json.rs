//! Walks a JSON text and names the place of each key and value, without building anything. Text that is cut or broken is
//! walked as far as its tokens can be told apart; nothing recurses.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    Key,
    /// A string; its span is without the quotes.
    Text,
    /// A number, `true`, `false`, `null`, or what is no JSON at all.
    Bare,
}

/// One step of the way to a value. Keys are as they stand in the text, with their escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// The way to a value, and a number for each place on it.
pub struct Path<'p, 'a> {
    pub steps: &'p [Step<'a>],
    /// For each step the number of the place that it leads to.
    numbers: &'p [u64],
}

/// Steps of a way that are looked at and written out. The records that become rows nest no deeper than this.
const MOST_STEPS: usize = 160;

impl<'a> Path<'_, 'a> {
    /// The last name on the way, through the positions of a list.
    pub fn name(&self) -> &'a str {
        let names = self.steps.iter().rev().filter_map(|step| match step {
            Step::Key(key) => Some(*key),
            Step::Index(_) => None,
        });
        names.take(1).next().unwrap_or_default()
    }

    /// The name of a step, if it is one.
    pub fn key(&self, at: usize) -> Option<&'a str> {
        match self.steps.get(at) {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// The name of a step, counted from the end.
    pub fn key_from_end(&self, back: usize) -> Option<&'a str> {
        self.key(self.steps.len().checked_sub(back + 1)?)
    }

    /// The numbers of the places on the way, the root first, the value itself last.
    pub fn places(&self) -> impl DoubleEndedIterator<Item = u64> + '_ {
        let numbers = self.numbers.get(..self.numbers.len().min(MOST_STEPS)).unwrap_or_default();
        std::iter::once(ROOT).chain(numbers.iter().copied())
    }

    /// The number of the object or list that holds the value.
    pub fn holder(&self) -> u64 {
        self.numbers.len().checked_sub(2).and_then(|at| self.numbers.get(at)).copied().unwrap_or(ROOT)
    }

    /// As RFC 6901 writes it, with the escapes of the text; on one line whatever stands in it.
    pub fn pointer(&self) -> String {
        self.pointer_with(&HashMap::new())
    }

    /// The same with other names for some.
    pub fn pointer_with(&self, others: &HashMap<&str, String>) -> String {
        let mut pointer = String::new();
        for step in self.steps.iter().take(MOST_STEPS) {
            pointer.push('/');
            match step {
                Step::Key(key) => {
                    let key = others.get(key).map_or(*key, String::as_str).replace('~', "~0").replace('/', "~1");
                    pointer.push_str(&key.replace(char::is_control, "\u{fffd}"));
                }
                Step::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }

    /// The pointer, if somebody will ask for it.
    pub fn pointer_later(&self) -> impl Fn() -> String + '_ {
        || self.pointer()
    }
}

const ROOT: u64 = 0xcbf2_9ce4_8422_2325;

/// The number of a place within another: FNV-1a over the way to it. A made-up collision redacts too much, not too little.
fn number(of: u64, step: &Step<'_>) -> u64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    match step {
        Step::Key(key) => key.bytes().fold(mix(of, b'k'), mix),
        Step::Index(index) => index.to_le_bytes().into_iter().fold(mix(of, b'i'), mix),
    }
}

/// What a token means. The text of a string that is cut in an escape stays as it is.
pub fn decoded(token: Token, inside: &str) -> Cow<'_, str> {
    if token == Token::Bare || !inside.contains('\\') {
        return Cow::Borrowed(inside);
    }
    serde_json::from_str(&format!("\"{inside}\"")).map_or(Cow::Borrowed(inside), Cow::Owned)
}

/// Calls `visit` for each key and each value that is no object or list, with the way to it.
pub fn scan<'a>(text: &'a str, visit: &mut dyn FnMut(&Path<'_, 'a>, Token, Range<usize>)) {
    let mut walk = Walk { steps: Vec::new(), numbers: Vec::new(), open: Vec::new() };
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => {
                walk.open.push(if *byte == b'{' { Open::Object(Part::Key) } else { Open::List });
                if *byte == b'[' {
                    walk.enter(Step::Index(0));
                }
                at += 1;
            }
            b'}' | b']' => {
                walk.close();
                at += 1;
            }
            b',' => {
                walk.comma();
                at += 1;
            }
            b':' | b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'"' => {
                let end = end_of_string(bytes, at + 1);
                let span = at + 1..end;
                if let Some(Open::Object(part @ Part::Key)) = walk.open.last_mut() {
                    *part = Part::Value;
                    walk.enter(Step::Key(text.get(span.clone()).unwrap_or_default()));
                    visit(&walk.path(), Token::Key, span);
                } else {
                    visit(&walk.path(), Token::Text, span);
                }
                at = end + 1;
            }
            _ => {
                let rest = bytes.get(at..).unwrap_or_default();
                let ends = |byte: &u8| {
                    matches!(byte, b',' | b':' | b'"' | b'{' | b'}' | b'[' | b']') || byte.is_ascii_whitespace()
                };
                let length = rest.iter().position(ends).unwrap_or(rest.len());
                visit(&walk.path(), Token::Bare, at..at + length);
                at += length;
            }
        }
    }
}

/// The position of the closing quote, or of the end of the text.
fn end_of_string(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found;
        if bytes.get(at) == Some(&b'"') {
            return at;
        }
        at += 2;
    }
    bytes.len()
}

enum Open {
    Object(Part),
    List,
}

/// Which half of a member comes next.
enum Part {
    Key,
    Value,
}

struct Walk<'a> {
    steps: Vec<Step<'a>>,
    numbers: Vec<u64>,
    open: Vec<Open>,
}

impl<'a> Walk<'a> {
    fn path(&self) -> Path<'_, 'a> {
        Path { steps: &self.steps, numbers: &self.numbers }
    }

    fn enter(&mut self, step: Step<'a>) {
        let holder = self.numbers.last().copied().unwrap_or(ROOT);
        self.numbers.push(number(holder, &step));
        self.steps.push(step);
    }

    fn leave(&mut self) -> Option<Step<'a>> {
        self.numbers.pop();
        self.steps.pop()
    }

    fn comma(&mut self) {
        match self.open.last_mut() {
            Some(Open::Object(part @ Part::Value)) => {
                *part = Part::Key;
                self.leave();
            }
            Some(Open::List) => {
                let next = match self.leave() {
                    Some(Step::Index(index)) => index + 1,
                    _ => 0,
                };
                self.enter(Step::Index(next));
            }
            Some(Open::Object(Part::Key)) | None => {}
        }
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Open::Object(Part::Value) | Open::List) => {
                self.leave();
            }
            Some(Open::Object(Part::Key)) | None => {}
        }
    }
}
