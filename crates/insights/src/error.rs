//! What is wrong with a query, and where.

use std::fmt;

/// A piece of the query's text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// From the beginning of this one to the end of the other.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end.max(self.start) }
    }
}

/// A query that can't be translated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Where it is, in bytes of the query's text.
    pub span: Span,
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What translation gives, or why it gives nothing. The error is boxed, since it is larger than most answers.
pub type Result<T> = std::result::Result<T, Box<Error>>;

impl Error {
    pub fn new(span: Span, message: impl Into<String>) -> Box<Self> {
        Box::new(Self { span, message: message.into(), hint: None })
    }

    #[must_use]
    pub fn hint(mut self: Box<Self>, hint: impl Into<String>) -> Box<Self> {
        self.hint = Some(hint.into());
        self
    }

    /// With the nearest of the names as a hint, or all of them if none is near.
    #[must_use]
    pub fn nearest<'n>(self: Box<Self>, name: &str, names: impl Iterator<Item = &'n str> + Clone) -> Box<Self> {
        if let Some(near) = nearest(name, names.clone()) {
            return self.hint(format!("did you mean `{near}`?"));
        }
        let mut all: Vec<&str> = names.collect();
        all.sort_unstable();
        all.dedup();
        if all.is_empty() || all.len() > 60 {
            return self;
        }
        self.hint(format!("there are {}", all.join(", ")))
    }
}

/// The name that is most like this one, if one is like it: the same but for case, or a slip or two away.
pub fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    // Distances of long texts cost their product, and nobody mistypes a name of that length.
    if name.len() > 200 {
        return None;
    }
    let wanted = name.to_lowercase();
    let allowed = (wanted.chars().count() / 3).clamp(1, 3);
    let scored = names.map(|candidate| (strsim::osa_distance(&wanted, &candidate.to_lowercase()), candidate));
    scored.filter(|(distance, _)| *distance <= allowed).min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// A list for people: `a`, `b` and `c`.
pub(crate) struct Listed<'a, T>(pub &'a [T]);

impl<T: fmt::Display> fmt::Display for Listed<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.0.iter().enumerate() {
            let before = match index {
                0 => "",
                _ if index + 1 == self.0.len() => " and ",
                _ => ", ",
            };
            write!(formatter, "{before}`{item}`")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        let names = ["responseStatus.code", "objectRef.resource", "verb"];
        assert_eq!(nearest("objectref.resource", names.into_iter()), Some("objectRef.resource"));
        assert_eq!(nearest("reponseStatus.code", names.into_iter()), Some("responseStatus.code"));
        assert_eq!(nearest("bytes", names.into_iter()), None);
    }
}
