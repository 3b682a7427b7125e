//! Conditions of `queries/severity.tsv`: a place, an operator and a value.

use serde_json::Value;

use super::Facts;

/// Most members of a request that one condition looks at; a body made to be searched without end is left unfinished.
const MOST_MEMBERS: usize = 20_000;

/// `request.spec.type = NodePort`
pub struct Condition {
    place: Place,
    test: Test,
}

enum Place {
    Namespace,
    Name,
    User,
    Outcome,
    Request(Vec<Step>),
}

enum Step {
    Member(&'static str),
    Any,
    Deep,
}

enum Test {
    Equals(&'static str),
    Contains(&'static str),
    Exists,
    Missing,
}

/// A request that is parsed when the first condition asks for it, and once.
pub struct Request<'a> {
    text: &'a str,
    parsed: Option<Value>,
}

impl<'a> Request<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, parsed: None }
    }

    fn value(&mut self) -> &Value {
        self.parsed.get_or_insert_with(|| serde_json::from_str(self.text).unwrap_or(Value::Null))
    }
}

impl Condition {
    /// Reads a condition; none where it is no condition.
    pub fn parse(text: &'static str) -> Option<Self> {
        let (place, rest) = text.split_once(' ')?;
        let test = match rest.split_once(' ') {
            Some(("=", value)) => Test::Equals(value),
            Some(("contains", value)) => Test::Contains(value),
            None if rest == "exists" => Test::Exists,
            None if rest == "missing" => Test::Missing,
            _ => return None,
        };
        let place = match place {
            "namespace" => Place::Namespace,
            "name" => Place::Name,
            "user" => Place::User,
            "outcome" => Place::Outcome,
            _ => {
                let path = place.strip_prefix("request.")?;
                Place::Request(
                    path.split('.')
                        .map(|step| match step {
                            "*" => Step::Any,
                            "**" => Step::Deep,
                            member => Step::Member(member),
                        })
                        .collect(),
                )
            }
        };
        Some(Self { place, test })
    }

    pub fn holds(&self, facts: &Facts<'_>, request: &mut Request<'_>) -> bool {
        let text = match &self.place {
            Place::Namespace => facts.namespace,
            Place::Name => facts.name,
            Place::User => facts.user,
            Place::Outcome => facts.outcome,
            Place::Request(path) => {
                let mut left = MOST_MEMBERS;
                let found = any(request.value(), path, &mut left, &|value| self.test.fits(value));
                return found != matches!(self.test, Test::Missing);
            }
        };
        match self.test {
            Test::Equals(value) => text == value,
            Test::Contains(value) => text.contains(value),
            Test::Exists => !text.is_empty(),
            Test::Missing => text.is_empty(),
        }
    }
}

impl Test {
    fn fits(&self, value: &Value) -> bool {
        match self {
            Self::Equals(wanted) => match value {
                Value::String(text) => text == wanted,
                Value::Bool(flag) => (if *flag { "true" } else { "false" }) == *wanted,
                Value::Number(number) => number.to_string() == *wanted,
                _ => false,
            },
            Self::Contains(wanted) => match value {
                Value::String(text) => text.contains(wanted) || spaceless(text).contains(wanted),
                _ => false,
            },
            Self::Exists | Self::Missing => !value.is_null(),
        }
    }
}

/// Policies are JSON in a text, with blanks where their writer liked them.
fn spaceless(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

/// Whether any member at the path fits.
fn any(value: &Value, path: &[Step], left: &mut usize, fits: &dyn Fn(&Value) -> bool) -> bool {
    if *left == 0 {
        return false;
    }
    *left -= 1;
    let Some((step, rest)) = path.split_first() else { return fits(value) };
    match step {
        Step::Member(name) => value.get(name).is_some_and(|member| any(member, rest, left, fits)),
        Step::Any => members(value).any(|member| any(member, rest, left, fits)),
        Step::Deep => any(value, rest, left, fits) || members(value).any(|member| any(member, path, left, fits)),
    }
}

fn members(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(members) => Box::new(members.values()),
        _ => Box::new(std::iter::empty()),
    }
}
