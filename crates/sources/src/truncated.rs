//! Audit events that CloudWatch cut at its size limit: `{"kind":"Event", … "uid":"a3[Truncated...]`.
//!
//! The readable part is made well-formed by dropping the member that was cut and closing what is open. The raw text
//! is not touched by this; only the typed columns are read from the repaired copy.

const MARK: &str = "[Truncated...]";

/// Whether CloudWatch cut the record.
pub fn is_cut(record: &str) -> bool {
    record.trim_end().ends_with(MARK)
}

/// A well-formed copy of the readable part, if the record bears CloudWatch's mark.
pub fn repair(record: &str) -> Option<String> {
    let cut = record.trim_end().strip_suffix(MARK)?;
    let mut open = Vec::new();
    // After each complete member of the containers still open: where it ends, and how many are open there.
    let mut safe: Option<(usize, usize)> = None;
    let mut in_string = false;
    let mut escaped = false;
    for (at, byte) in cut.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                open.push(if byte == b'{' { '}' } else { ']' });
                safe = Some((at + 1, open.len()));
            }
            b'}' | b']' => {
                open.pop()?;
                safe = Some((at + 1, open.len()));
            }
            b',' => safe = Some((at, open.len())),
            _ => {}
        }
    }
    let (end, depth) = safe?;
    let mut repaired = cut.get(..end)?.to_owned();
    repaired.extend(open.get(..depth)?.iter().rev());
    Some(repaired)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(record: &str) -> serde_json::Value {
        serde_json::from_str(&repair(record).unwrap()).unwrap()
    }

    #[test]
    fn the_readable_part_stays() {
        let value = repaired(r#"{"a":1,"b":{"c":[1,{"d":"x"},{"e":"y[Truncated...]"#);
        assert_eq!(value, serde_json::json!({"a":1,"b":{"c":[1,{"d":"x"},{}]}}));
        assert_eq!(repaired(r#"{"a":"x\"},{","b":"\[Truncated...]"#), serde_json::json!({"a": "x\"},{"}));
        assert_eq!(repaired("{\"a\":tr[Truncated...]\n"), serde_json::json!({}));
    }

    #[test]
    fn every_cut_gives_well_formed_json() {
        let whole = r#"{"k":"v","list":[1,2,{"x":null}],"o":{"é":"\u00e9","n":-1.5e3},"t":true}"#;
        for end in (1..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
            let cut = format!("{}{MARK}", &whole[..end]);
            repaired(&cut);
        }
    }

    #[test]
    fn any_depth_is_closed_again() {
        for opener in ["[", "{\"a\":"] {
            let repaired = repair(&format!("{}{MARK}", opener.repeat(100_000))).unwrap();
            let ends = |bracket: char| repaired.matches(bracket).count();
            assert_eq!((ends('['), ends('{')), (ends(']'), ends('}')));
            serde_json::from_str::<serde::de::IgnoredAny>(&repaired).unwrap();
        }
    }

    #[test]
    fn only_the_mark_makes_it_truncated() {
        assert_eq!(repair(r#"{"a":1"#), None);
        assert_eq!(repair("}[Truncated...]"), None);
    }
}
