//! Functions on text. Positions and lengths are counted in code points from 0.

/// Which ends of a text are trimmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    Left,
    Right,
    Both,
}

/// Cuts white space, or characters of a set, from the ends.
pub fn trim<'a>(text: &'a str, set: Option<&str>, ends: Ends) -> &'a str {
    let cut = |character: char| set.map_or_else(|| character.is_whitespace(), |set| set.contains(character));
    match ends {
        Ends::Left => text.trim_start_matches(cut),
        Ends::Right => text.trim_end_matches(cut),
        Ends::Both => text.trim_matches(cut),
    }
}

/// The length in code points.
pub fn length(text: &str) -> f64 {
    text.chars().count() as f64
}

/// A part of a text. A start before the text is its beginning; a length below 0 is none.
pub fn substring(text: &str, start: f64, length: Option<f64>) -> &str {
    let begin = byte_of(text, start);
    let rest = text.get(begin..).unwrap_or_default();
    match length {
        Some(length) => rest.get(..byte_of(rest, length)).unwrap_or_default(),
        None => rest,
    }
}

/// The byte at which a code point begins, or the end of the text.
fn byte_of(text: &str, position: f64) -> usize {
    // The cast ends at the bounds, and what is no number becomes 0.
    let position = position.floor() as usize;
    text.char_indices().nth(position).map_or(text.len(), |(byte, _)| byte)
}

/// Replaces every occurrence. Nothing is found by an empty text.
pub fn replace(text: &str, wanted: &str, with: &str) -> String {
    if wanted.is_empty() { text.to_owned() } else { text.replace(wanted, with) }
}

/// How letters are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Matters,
    Ignored,
}

pub fn contains(text: &str, wanted: &str, case: Case) -> bool {
    match case {
        Case::Matters => memchr::memmem::find(text.as_bytes(), wanted.as_bytes()).is_some(),
        Case::Ignored => text.to_lowercase().contains(&wanted.to_lowercase()),
    }
}

/// The parts between separators, as a JSON array; none for an empty separator.
pub fn split(text: &str, separator: &str) -> Option<String> {
    (!separator.is_empty()).then(|| super::json::array_of(text.split(separator)))
}

pub fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

/// Whether a text stands for true as a condition: `true`, or a number other than 0.
pub fn is_true(text: &str) -> bool {
    text == "true" || super::numbers::number(text).is_some_and(|number| number != 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trimming_takes_a_set_of_characters() {
        assert_eq!(trim("xyZxyfooxyZ", Some("xyZ"), Ends::Left), "fooxyZ");
        assert_eq!(trim("xyZfooxyxyZ", Some("xyZ"), Ends::Right), "xyZfoo");
        assert_eq!(trim("xyZxyfooxyxyZ", Some("xyZ"), Ends::Both), "foo");
        assert_eq!(trim(" \t a \n", None, Ends::Both), "a");
        assert_eq!(trim("aaa", Some(""), Ends::Both), "aaa");
    }

    #[test]
    fn positions_are_counted_from_0_in_code_points() {
        assert_eq!(substring("xyZfooxyZ", 3.0, Some(3.0)), "foo");
        assert_eq!(substring("xyZfooxyZ", 3.0, None), "fooxyZ");
        assert_eq!(substring("日本語", 1.0, Some(1.0)), "本");
        assert_eq!(substring("abc", -2.0, Some(2.0)), "ab");
        assert_eq!(substring("abc", 1.0, Some(-1.0)), "");
        assert_eq!(substring("abc", 9.0, None), "");
        assert_eq!(substring("abc", 1.9, Some(1e300)), "bc");
        assert!((length("日本語") - 3.0).abs() < f64::EPSILON);
    }

    #[test]
    fn texts_are_searched_replaced_and_split() {
        assert!(contains("Forbidden", "bid", Case::Matters));
        assert!(!contains("Forbidden", "BID", Case::Matters));
        assert!(contains("Forbidden", "BID", Case::Ignored));
        assert!(contains("", "", Case::Matters));
        assert_eq!(replace("a-b-c", "-", "+"), "a+b+c");
        assert_eq!(replace("abc", "", "+"), "abc");
        assert_eq!(split("a,b,,c", ",").as_deref(), Some(r#"["a","b","","c"]"#));
        assert_eq!(split("abc", ""), None);
    }

    #[test]
    fn truth_is_a_number_or_the_word() {
        for (text, expected) in
            [("true", true), ("1", true), ("-0.5", true), ("0", false), ("0.0", false), ("yes", false)]
        {
            assert_eq!(is_true(text), expected, "{text}");
        }
    }
}
