//! The inventory as it is kept in the lake's folder: a line for each cluster and each thing, fields divided by tabs. What
//! tells that a key is not wanted comes first, since there can be hundreds of thousands.

use std::fmt::Write;

use super::{Confidence, Inventory, Item, Keys, Kind, Proof};

/// The last line: a file that was cut is without it.
const END: &str = "end";

pub fn print(inventory: &Inventory) -> String {
    let mut text = String::new();
    for cluster in &inventory.clusters {
        let _ = writeln!(text, "cluster\t{}", escaped(cluster));
    }
    for item in inventory.items() {
        let Proof { time, event_id, source_uri, source_record } = &item.proof;
        let number = |number: Option<i64>| number.map_or_else(String::new, |number| number.to_string());
        let _ = writeln!(
            text,
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            item.kind.name(),
            number(*time),
            item.confidence.name(),
            escaped(&item.cluster),
            escaped(&item.value),
            escaped(&item.account),
            escaped(event_id),
            // Keys are many, and their events have ids.
            if item.kind.is_key() { String::new() } else { escaped(source_uri) },
            number(source_record.filter(|_| !item.kind.is_key())),
        );
    }
    text + END + "\n"
}

/// The inventory of a text, with the keys that are wanted; none where it is no whole inventory.
pub fn parse(text: &str, keys: Keys) -> Option<Inventory> {
    let mut inventory = Inventory::default();
    let mut lines = text.lines();
    for line in lines.by_ref() {
        if line == END {
            return lines.next().is_none().then_some(inventory);
        }
        let mut fields = line.split('\t');
        let mut next = || fields.next();
        let kind = next()?;
        if kind == "cluster" {
            inventory.clusters.insert(unescaped(next()?));
            continue;
        }
        let kind = Kind::from_name(kind)?;
        let number = |text: &str| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
        let time = number(next()?)?;
        if kind.is_key() && !keys.wants(time) {
            continue;
        }
        let (confidence, cluster, value, account) = (next()?, next()?, next()?, next()?);
        let (event_id, source_uri, source_record) = (next()?, next()?, next()?);
        if next().is_some() {
            return None;
        }
        let proof = Proof {
            time,
            event_id: unescaped(event_id),
            source_uri: unescaped(source_uri),
            source_record: number(source_record)?,
        };
        inventory.add(Item {
            cluster: unescaped(cluster),
            kind,
            value: unescaped(value),
            account: unescaped(account),
            confidence: Confidence::from_name(confidence)?,
            proof,
        });
    }
    None
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}

fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, if character == '\\' { characters.next() } else { None }) {
            ('\\', Some('t')) => plain.push('\t'),
            ('\\', Some('n')) => plain.push('\n'),
            ('\\', Some('r')) => plain.push('\r'),
            ('\\', Some(other)) | (other, _) => plain.push(other),
        }
    }
    plain
}
