//! Text made fit to be shown: hidden characters visible, HTML escaped, times in words.
//!
//! Responsible for the one list of characters that must not reach a reader as they are; the script of the page and the
//! command line, for terminals, go by the same list.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Characters that act, reorder, hide or break a line, as inclusive ranges of code points: controls, bidirectional
/// marks, overrides and isolates, zero-width and invisible characters, line separators, variation selectors, tags.
pub const HIDDEN_RANGES: [(u32, u32); 18] = [
    (0x0, 0x1f),
    (0x7f, 0x9f),
    (0xad, 0xad),
    (0x34f, 0x34f),
    (0x61c, 0x61c),
    (0x115f, 0x1160),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    (0x200b, 0x200f),
    (0x2028, 0x202e),
    (0x2060, 0x206f),
    (0x3164, 0x3164),
    (0xfe00, 0xfe0f),
    (0xfeff, 0xfeff),
    (0xffa0, 0xffa0),
    (0xfff0, 0xfffb),
    (0x1_d173, 0x1_d17a),
    (0xe_0000, 0xe_0fff),
];

/// Whether a character can act in a terminal, reorder or hide text, or break a line.
pub fn is_hidden(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    let point = u32::from(character);
    HIDDEN_RANGES.iter().any(|(first, last)| (*first..=*last).contains(&point))
}

/// Replaces each hidden character by a visible escape: `\n`, `\r`, `\t`, otherwise `\u{202e}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_hidden) else { return Cow::Borrowed(text) };
    let mut shown = String::with_capacity(text.len() + 16);
    shown.push_str(&text[..first]);
    for character in text[first..].chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if is_hidden(character) => {
                // Writing into a string cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
            }
            _ => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

/// Text for the inside of an element or of a quoted attribute: hidden characters visible, HTML's own escaped.
pub fn html(text: &str) -> String {
    let text = visible(text);
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// As [`html`], but line feeds stay: for text of several lines where they are kept.
pub fn lines(text: &str) -> String {
    text.split('\n').map(html).collect::<Vec<_>>().join("\n")
}

/// JSON for the inside of a `script` element: nothing in it can end the element, begin a comment or hide.
pub fn json_in_html(value: &serde_json::Value) -> String {
    let text = value.to_string();
    let mut escaped = String::with_capacity(text.len());
    // These stand in JSON only inside strings, where the escape means the same.
    for character in text.chars() {
        if matches!(character, '<' | '>' | '&') || is_hidden(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing into a string cannot fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// A moment in UTC, to the microsecond where it has any: `2024-05-14 14:08:31 UTC`. Moments that a calendar of four
/// digits for the year has no name for are given as microseconds.
pub fn moment(micros: i64) -> String {
    match jiff::Timestamp::from_microsecond(micros) {
        Ok(time) => time.to_string().replace('T', " ").replace('Z', " UTC"),
        Err(_) => format!("{micros} µs since 1970-01-01 UTC"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_become_visible_and_others_stay() {
        assert_eq!(visible("x\u{202e}gpj.exe\0\n"), "x\\u{202e}gpj.exe\\u{0}\\n");
        assert!(matches!(visible("naïve 日本語 \\ <b>"), Cow::Borrowed(_)));
    }

    #[test]
    fn the_short_way_for_ascii_says_what_the_list_says() {
        let listed = |point| HIDDEN_RANGES.iter().any(|(first, last)| (*first..=*last).contains(&point));
        assert!((0..0x80_u8).all(|byte| is_hidden(char::from(byte)) == listed(u32::from(byte))));
    }

    #[test]
    fn all_controls_are_hidden_characters() {
        let controls = (0..=0x0010_ffff).filter_map(char::from_u32).filter(|character| character.is_control());
        assert!(controls.chain(['\u{2028}', '\u{2029}']).all(is_hidden));
    }

    #[test]
    fn html_cannot_open_an_element_or_leave_an_attribute() {
        assert_eq!(html("<img src=x onerror='a'>&\""), "&lt;img src=x onerror=&#39;a&#39;&gt;&amp;&quot;");
    }

    #[test]
    fn json_cannot_end_its_element_and_reads_back_the_same() {
        let value = serde_json::json!({"log": "</script><!-- & \u{2028} \u{202e} \u{e0041}"});
        let text = json_in_html(&value);
        assert!(!text.contains(['<', '>', '&']) && !text.contains(is_hidden), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn moments_are_utc_and_exact() {
        assert_eq!(moment(1_715_695_711_000_000), "2024-05-14 14:08:31 UTC");
        assert_eq!(moment(1_715_695_711_120_004), "2024-05-14 14:08:31.120004 UTC");
        assert_eq!(moment(i64::MAX), "9223372036854775807 µs since 1970-01-01 UTC");
    }
}
