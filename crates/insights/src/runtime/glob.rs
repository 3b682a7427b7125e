//! The glob of `parse`: literal text with `*` for what is wanted.
//!
//! The text before the first `*` may stand anywhere, and the first place counts. Each `*` takes as little as lets the
//! next literal follow; a `*` at the end takes everything. What follows the last literal does not matter.

/// A glob, ready to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    /// The text before the first `*`, then that after each.
    literals: Vec<String>,
}

impl Glob {
    pub fn new(pattern: &str) -> Self {
        Self { literals: pattern.split('*').map(str::to_owned).collect() }
    }

    /// How many `*` it has.
    pub fn captures(&self) -> usize {
        self.literals.len().saturating_sub(1)
    }

    /// What the `*` at a position (from 0) takes; none if the text does not match.
    pub fn capture<'a>(&self, text: &'a str, position: usize) -> Option<&'a str> {
        let (first, rest) = self.literals.split_first()?;
        let mut at = text.find(first.as_str())? + first.len();
        let mut captured = None;
        for (index, literal) in rest.iter().enumerate() {
            let remaining = text.get(at..)?;
            let is_last = index + 1 == rest.len();
            let length =
                if is_last && literal.is_empty() { remaining.len() } else { remaining.find(literal.as_str())? };
            if index == position {
                captured = remaining.get(..length);
            }
            at += length + literal.len();
        }
        captured
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn parsed(pattern: &str, text: &str) -> Vec<Option<String>> {
        let glob = Glob::new(pattern);
        (0..glob.captures()).map(|at| glob.capture(text, at).map(str::to_owned)).collect()
    }

    #[track_caller]
    fn gives(pattern: &str, text: &str, expected: &[&str]) {
        let expected: Vec<_> = expected.iter().map(|text| Some((*text).to_owned())).collect();
        assert_eq!(parsed(pattern, text), expected, "{pattern} on {text}");
    }

    #[test]
    fn the_documented_line_is_taken_apart() {
        let line = r#"25 May 2019 10:24:39,474 [ERROR] {"user":"alice"} user=Mary, method:get, latency:25"#;
        gives("user=*, method:*, latency:*", line, &["Mary", "get", "25"]);
        gives("[*] {*}", line, &["ERROR", r#""user":"alice""#]);
    }

    #[test]
    fn each_star_takes_as_little_as_it_can_and_the_last_takes_all() {
        gives("a*b*", "xxa1b2b3", &["1", "2b3"]);
        gives("*b", "1b2b", &["1"]);
        gives("*", "all of\nit", &["all of\nit"]);
        gives("a**", "abc", &["", "bc"]);
        gives("é*ü", "aéxü", &["x"]);
        gives("*", "", &[""]);
    }

    #[test]
    fn what_does_not_match_gives_nothing_at_all() {
        assert_eq!(parsed("user=*, id=*;", "user=a, id=b"), [None, None]);
        assert_eq!(parsed("x*", "abc"), [None]);
    }

    #[test]
    fn the_first_place_counts() {
        gives("k=*;", "k=1;k=2;", &["1"]);
    }
}
