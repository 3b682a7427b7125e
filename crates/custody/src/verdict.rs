//! The words for what a verification found. A verdict is about one object, or about a span of time for which objects
//! are lacking; why it was given is told beside it, in a sentence.

/// What became of an object, or of a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Its bytes are those that CloudTrail signed, and it lies where CloudTrail put it.
    Valid,
    /// Its bytes are those that CloudTrail signed, and it lies elsewhere: in another bucket, or under another prefix.
    Relocated,
    /// Its bytes, or its signature, are not those of CloudTrail, or it is another object than its name says.
    Altered,
    /// A digest names it, and it is not there.
    Missing,
    /// It is there, and no digest that can be believed names it.
    Unattested,
    /// A digest whose public key is not among those given.
    UnknownKey,
    /// A span of time without digests.
    Gap,
    /// It could not be read, so nothing can be said.
    Unread,
}

/// All of them, in the order in which they are counted out.
pub const VERDICTS: [Verdict; 8] = [
    Verdict::Valid,
    Verdict::Relocated,
    Verdict::Altered,
    Verdict::Missing,
    Verdict::Unattested,
    Verdict::UnknownKey,
    Verdict::Gap,
    Verdict::Unread,
];

impl Verdict {
    /// The word in a column: `valid`, `unknown_key`, …
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Relocated => "relocated",
            Self::Altered => "altered",
            Self::Missing => "missing",
            Self::Unattested => "unattested",
            Self::UnknownKey => "unknown_key",
            Self::Gap => "gap",
            Self::Unread => "unread",
        }
    }

    /// The words in a sentence.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Relocated => "relocated but valid",
            Self::UnknownKey => "of an unknown key",
            Self::Unread => "not read",
            other => other.word(),
        }
    }

    /// Whether the bytes are proved to be those that CloudTrail signed.
    pub fn is_proved(self) -> bool {
        matches!(self, Self::Valid | Self::Relocated)
    }
}

/// What a verdict is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Digest,
    Log,
    /// Any object, where it is not asked what it is.
    Object,
    /// A span of time.
    Span,
}

impl Subject {
    /// The word in a column.
    pub fn word(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Log => "log",
            Self::Object => "object",
            Self::Span => "span",
        }
    }
}
