//! The walk of a record as logs write it: JSON without anything odd where columns lie, gone through once, checking as it
//! goes. Most of what an ingest reads goes through here.
//!
//! Whatever is unusual, and whatever is wrong, gives none, and the parser is asked: what is read here is read exactly as
//! the parser would.

use super::{Node, Slot};
use crate::column::Kind;
use crate::envelope::scan::{Special, special};

/// Nesting of values that are only stepped over. The parser steps over any.
const MOST_LEVELS: u32 = 64;

/// Fills the slots of a record that is one usual JSON object. After none, slots may be filled in part.
pub fn walk<'a>(root: &Node, record: &'a str, slots: &mut [Slot<'a>]) -> Option<()> {
    let mut reader = Reader { text: record, bytes: record.as_bytes(), at: 0 };
    reader.space();
    reader.object(root, slots)?;
    reader.space();
    (reader.at == reader.bytes.len()).then_some(())
}

/// The same of a record that a text begins with. Returns the record's length.
pub fn walk_first<'a>(root: &Node, text: &'a str, slots: &mut [Slot<'a>]) -> Option<usize> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0 };
    reader.object(root, slots)?;
    Some(reader.at)
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// An object and the columns within it.
    fn object(&mut self, node: &Node, slots: &mut [Slot<'a>]) -> Option<()> {
        self.take(b'{')?;
        self.space();
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            let key = self.plain()?;
            self.colon()?;
            match node.child(key).and_then(|index| node.children.get(index)) {
                Some((_, child)) if child.column.is_none() => self.inside(child, slots)?,
                Some((_, child)) => self.keep(child, slots)?,
                None => self.value()?,
            }
            self.space();
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
            self.space();
        }
    }

    /// An array and the columns that are elements of it.
    fn array(&mut self, node: &Node, slots: &mut [Slot<'a>]) -> Option<()> {
        self.take(b'[')?;
        self.space();
        if self.peek()? == b']' {
            self.at += 1;
            return Some(());
        }
        for position in 0.. {
            match node.elements.iter().find(|(wanted, _)| *wanted == position) {
                Some((_, index)) => self.keep(&node.children.get(*index)?.1, slots)?,
                None => self.value()?,
            }
            self.space();
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
            self.space();
        }
        None
    }

    /// A value that is a column, and may have columns within it.
    fn keep(&mut self, child: &Node, slots: &mut [Slot<'a>]) -> Option<()> {
        let start = self.at;
        let (column, kind) = child.column?;
        match self.peek()? {
            b'"' if kind == Kind::Text => {
                let slot = slots.get_mut(column)?;
                if let Some(text) = self.plain() {
                    *slot = Slot::Text(text);
                    return Some(());
                }
                self.at = start;
                self.string()?;
            }
            b'{' if !child.children.is_empty() => self.object(child, slots)?,
            b'[' if !child.children.is_empty() => self.array(child, slots)?,
            _ => self.value()?,
        }
        *slots.get_mut(column)? = Slot::Json(self.text.get(start..self.at)?);
        Some(())
    }

    /// A value that is no column, but has columns within it. Of texts and numbers there the parser has more to say.
    fn inside(&mut self, child: &Node, slots: &mut [Slot<'a>]) -> Option<()> {
        match self.peek()? {
            b'{' => self.object(child, slots),
            b'[' => self.array(child, slots),
            b'"' => self.plain().map(drop),
            _ => self.literal(),
        }
    }

    /// Steps over a value of any kind.
    fn value(&mut self) -> Option<()> {
        // A bit for each level that is open: whether it is an object.
        let (mut open, mut levels) = (0_u64, 0);
        loop {
            let is_open = match self.peek()? {
                b'"' => {
                    self.string()?;
                    false
                }
                byte @ (b'{' | b'[') => {
                    self.at += 1;
                    if levels == MOST_LEVELS {
                        return None;
                    }
                    (open, levels) = (open << 1 | u64::from(byte == b'{'), levels + 1);
                    self.space();
                    true
                }
                b'-' | b'0'..=b'9' => {
                    self.number()?;
                    false
                }
                _ => {
                    self.literal()?;
                    false
                }
            };
            if !self.close(is_open, &mut open, &mut levels)? {
                return Some(());
            }
            if open & 1 == 1 {
                self.string()?;
                self.colon()?;
            }
        }
    }

    /// Steps over what closes values, and the comma before the next one. Whether another follows.
    fn close(&mut self, mut is_first: bool, open: &mut u64, levels: &mut u32) -> Option<bool> {
        loop {
            if *levels == 0 {
                return Some(false);
            }
            self.space();
            match self.peek()? {
                b'}' if *open & 1 == 1 => {}
                b']' if *open & 1 == 0 => {}
                b',' if !is_first => {
                    self.at += 1;
                    self.space();
                    return Some(true);
                }
                _ => return is_first.then_some(true),
            }
            self.at += 1;
            (*open, *levels, is_first) = (*open >> 1, *levels - 1, false);
        }
    }

    fn colon(&mut self) -> Option<()> {
        self.space();
        self.take(b':')?;
        self.space();
        Some(())
    }

    /// A string without escapes.
    fn plain(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let start = self.at;
        match special(self.bytes, start) {
            Some((end, Special::Quote)) => {
                self.at = end + 1;
                self.text.get(start..end)
            }
            _ => None,
        }
    }

    fn string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            let (at, special) = special(self.bytes, self.at)?;
            self.at = match special {
                Special::Quote => {
                    self.at = at + 1;
                    return Some(());
                }
                Special::Backslash => match self.bytes.get(at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at + 2,
                    b'u' if self.bytes.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => at + 6,
                    _ => return None,
                },
                Special::Control => return None,
            };
        }
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        self.at += usize::from(self.peek()? == b'-');
        let start = self.at;
        let leading_zero = self.peek()? == b'0';
        self.digits()?;
        if leading_zero && self.at > start + 1 {
            return None;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn literal(&mut self) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        let word = [&b"null"[..], b"true", b"false"].into_iter().find(|word| rest.starts_with(word))?;
        self.at += word.len();
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{PathTree, walk as parse};
    use super::walk;
    use crate::column::Table;
    use crate::extract::Slot;

    fn table(name: &str) -> &'static Table {
        crate::tables().find(|table| table.name == name).unwrap()
    }

    /// The slots as they are read here, and as the parser fills them; none where either has no answer.
    fn both<'a>(table: &'static Table, record: &'a str) -> (Option<Vec<Slot<'a>>>, Option<Vec<Slot<'a>>>) {
        let paths = PathTree::of(table);
        let mut own = vec![Slot::Missing; table.columns.len()];
        let mut parsed = own.clone();
        let read = walk(&paths.root, record, &mut own);
        let parse = parse(&paths.root, record, &mut parsed).ok();
        (read.map(|()| own), parse.map(|()| parsed))
    }

    const AUDIT: &str = r#" {"auditID":"a","user":{"username":"u","extra":{"arn":["x","y"],"sessionName":[]}},
        "sourceIPs":["192.0.2.1" , "192.0.2.2"],"objectRef":{},"unknown":{"a":[1,-0.5e+3,{"b":[[],{}]}],"c":"\u00e9\"\\"},
        "responseStatus":{"code":200,"reason":null},"requestObject":{"spec":{"a":[true,false,null]}},"verb":"get"} "#;

    #[test]
    fn a_usual_record_is_read_as_the_parser_reads_it() {
        let trail = r#"{"eventID":"1","userIdentity":{"type":"Role","sessionContext":{"sessionIssuer":{"arn":"a"},
            "attributes":{"mfaAuthenticated":"false"}}},"requestParameters":null,"resources":[{"ARN":"b"}],"eventID":"2"}"#;
        for (name, record) in [("k8s_audit", AUDIT), ("cloudtrail", trail), ("cloudtrail", "{}"), ("k8s_audit", AUDIT)]
        {
            let (own, parsed) = both(table(name), record);
            assert!(own.is_some(), "{record}");
            assert_eq!(own, parsed, "{record}");
        }
    }

    #[test]
    fn what_is_wrong_or_odd_is_left_to_the_parser() {
        for record in [
            "",
            "[]",
            "null",
            "{",
            "{}x",
            "{,}",
            r#"{"a":1,}"#,
            r#"{"a":[1,]}"#,
            r#"{"a":[,1]}"#,
            r#"{"a":{"b"}}"#,
            r#"{"a":{"b":1]}"#,
            r#"{"a" 1}"#,
            r#"{"a":01}"#,
            r#"{"a":1.}"#,
            r#"{"a":-}"#,
            r#"{"a":+1}"#,
            r#"{"a":nul}"#,
            r#"{"a":"\q"}"#,
            r#"{"a":"\u12g4"}"#,
            "{\"a\":\"\t\"}",
            r#"{"a":"b}"#,
            r#"{"audit\u0049D":"a"}"#,
            r#"{"user":1e999}"#,
            r#"{"user":"\ud800"}"#,
        ] {
            assert_eq!(both(table("k8s_audit"), record).0, None, "{record}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(65), "]".repeat(65));
        assert_eq!(both(table("k8s_audit"), &deep).0, None);
        let less = format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
        assert!(both(table("k8s_audit"), &less).0.is_some());
    }

    fn json() -> impl Strategy<Value = String> {
        const SCALARS: [&str; 12] =
            ["null", "true", "0", "-1.5e3", "\"\"", "\"a\\n\"", "\"\\ud800\"", "1e999", "01", "nul", "\"\u{1}\"", "é"];
        const KEYS: [&str; 15] = [
            "auditID",
            "user",
            "extra",
            "arn",
            "username",
            "sourceIPs",
            "objectRef",
            "annotations",
            "responseStatus",
            "code",
            "zz",
            "a\\u0062",
            "verb",
            "0",
            "sessionName",
        ];
        let leaf = prop_oneof![20 => prop::sample::select(&SCALARS[..6]), 1 => prop::sample::select(&SCALARS[6..])]
            .prop_map(str::to_owned);
        leaf.prop_recursive(5, 60, 6, move |inner| {
            let between = prop_oneof![20 => Just(","), 3 => Just(" ,\n"), 1 => Just(""), 1 => Just(",,")];
            let member =
                (prop::sample::select(&KEYS[..]), inner.clone()).prop_map(|(key, value)| format!("\"{key}\":{value}"));
            prop_oneof![
                (prop::collection::vec(inner, 0..4), between.clone())
                    .prop_map(|(items, between)| format!("[{}]", items.join(between))),
                (prop::collection::vec(member, 0..6), between)
                    .prop_map(|(members, between)| format!("{{{}}}", members.join(between))),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn nothing_is_read_here_that_the_parser_reads_otherwise(record in json()) {
            let (own, parsed) = both(table("k8s_audit"), &record);
            if own.is_some() {
                prop_assert_eq!(own, parsed);
            }
        }

        #[test]
        fn no_changed_byte_is_read_otherwise(at in 0..AUDIT.len(), byte in 0_u8..128) {
            let mut bytes = AUDIT.as_bytes().to_vec();
            bytes[at] = byte;
            let record = String::from_utf8(bytes).unwrap();
            let (own, parsed) = both(table("k8s_audit"), &record);
            if own.is_some() {
                prop_assert_eq!(own, parsed);
            }
        }
    }
}
