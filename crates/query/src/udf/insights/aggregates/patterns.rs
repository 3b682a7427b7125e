//! `insights_patterns` and `insights_pattern_diff`: the patterns of all texts of a group, as a list of structs.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float64Builder, Int64Builder, ListBuilder, StringViewBuilder, StructBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err, internal_datafusion_err, internal_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};
use eksamine_insights::runtime::patterns::{Miner, Pattern};

use super::super::Kind as Argument;
use super::super::values::coerced;

/// The kinds of texts that a difference counts apart.
const CURRENT: usize = 0;
const PREVIOUS: usize = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Plain,
    Difference,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "insights_patterns",
            Self::Difference => "insights_pattern_diff",
        }
    }

    fn arguments(self) -> &'static [Argument] {
        match self {
            Self::Plain => &[Argument::Text],
            Self::Difference => &[Argument::Text, Argument::Bool],
        }
    }

    fn kinds_of_texts(self) -> usize {
        self.arguments().len()
    }

    fn fields(self) -> Fields {
        let field = |(name, data_type): &(&str, DataType)| Field::new(*name, data_type.clone(), true);
        let own: &[(&str, DataType)] = match self {
            Self::Plain => &[("ratio", DataType::Float64), ("sample_count", DataType::Int64)],
            Self::Difference => &[
                ("current_count", DataType::Int64),
                ("previous_count", DataType::Int64),
                ("difference", DataType::Int64),
                ("difference_percent", DataType::Float64),
            ],
        };
        let text = |name: &str| Field::new(name, DataType::Utf8View, true);
        std::iter::once(text("pattern")).chain(own.iter().map(field)).chain([text("severity")]).collect()
    }

    fn item(self) -> Field {
        Field::new_list_field(DataType::Struct(self.fields()), true)
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Patterns {
    kind: Kind,
    signature: Signature,
}

impl Patterns {
    pub fn new(kind: Kind) -> Self {
        Self { kind, signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for Patterns {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let wanted = self.kind.arguments();
        let coerced: Option<Vec<DataType>> =
            wanted.iter().zip(given).map(|(kind, given)| coerced(*kind, given)).collect();
        match coerced {
            Some(coerced) if given.len() == wanted.len() => Ok(coerced),
            _ => plan_err!("`{}` takes a text{}", self.name(), if wanted.len() > 1 { " and a boolean" } else { "" }),
        }
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::List(Arc::new(self.kind.item())))
    }

    fn accumulator(&self, _arguments: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Gathering { kind: self.kind, miner: Miner::new(self.kind.kinds_of_texts()) }))
    }

    fn state_fields(&self, arguments: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let list = |name: &str, data_type: DataType| {
            let item = Arc::new(Field::new_list_field(data_type, true));
            Arc::new(Field::new(format!("{}[{name}]", arguments.name), DataType::List(item), true))
        };
        let counts = ["current", "previous"].into_iter().take(self.kind.kinds_of_texts());
        Ok(std::iter::once(list("texts", DataType::Utf8View))
            .chain(counts.map(|name| list(name, DataType::Int64)))
            .collect())
    }
}

#[derive(Debug)]
struct Gathering {
    kind: Kind,
    miner: Miner,
}

impl Accumulator for Gathering {
    fn update_batch(&mut self, arguments: &[ArrayRef]) -> Result<()> {
        let Some(texts) = arguments.first() else { return exec_err!("`{}` takes a text", self.kind.name()) };
        let is_current = arguments.get(1).map(|flags| known(flags.as_boolean_opt(), flags)).transpose()?;
        for (row, text) in known(texts.as_string_view_opt(), texts)?.iter().enumerate() {
            let is_current = is_current.is_none_or(|flags| flags.is_valid(row) && flags.value(row));
            if let Some(text) = text {
                self.miner.add(text, if is_current { CURRENT } else { PREVIOUS });
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let patterns = self.miner.patterns();
        Ok(match self.kind {
            Kind::Plain => plain(&patterns),
            Kind::Difference => difference(patterns),
        })
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.miner.size_bytes()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let mut texts = ListBuilder::new(StringViewBuilder::new());
        let mut counts: Vec<_> =
            (0..self.kind.kinds_of_texts()).map(|_| ListBuilder::new(Int64Builder::new())).collect();
        for (masked, own) in self.miner.gathered() {
            texts.values().append_value(masked);
            for (builder, count) in counts.iter_mut().zip(own) {
                builder.values().append_value(count.cast_signed());
            }
        }
        texts.append(true);
        let mut states = vec![ScalarValue::List(Arc::new(texts.finish()))];
        for mut builder in counts {
            builder.append(true);
            states.push(ScalarValue::List(Arc::new(builder.finish())));
        }
        Ok(states)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some((texts, counts)) = states.split_first() else { return internal_err!("patterns have a state") };
        let texts = known(texts.as_list_opt::<i32>(), texts)?;
        for row in (0..texts.len()).filter(|row| texts.is_valid(*row)) {
            let texts = texts.value(row);
            let texts = known(texts.as_string_view_opt(), &texts)?;
            for (kind, counts) in counts.iter().enumerate() {
                let counts = known(counts.as_list_opt::<i32>(), counts)?.value(row);
                let counts = known(counts.as_primitive_opt::<Int64Type>(), &counts)?;
                for (text, count) in texts.iter().flatten().zip(counts.values()) {
                    self.miner.add_counted(text.to_owned(), kind, count.cast_unsigned());
                }
            }
        }
        Ok(())
    }
}

/// An array as it was declared to come.
fn known<'a, T>(array: Option<&'a T>, given: &ArrayRef) -> Result<&'a T> {
    array.ok_or_else(|| internal_datafusion_err!("an array of {} came where patterns are taken", given.data_type()))
}

fn plain(patterns: &[Pattern]) -> ScalarValue {
    let all: u64 = patterns.iter().map(Pattern::count).sum();
    list(Kind::Plain, patterns, |builder, pattern| {
        let count = pattern.count();
        append_number(builder, 1, Some(count as f64 / all as f64));
        append_count(builder, 2, count.cast_signed());
    })
}

fn difference(mut patterns: Vec<Pattern>) -> ScalarValue {
    let counts = |pattern: &Pattern| {
        let count = |kind: usize| pattern.counts.get(kind).copied().unwrap_or_default().cast_signed();
        (count(CURRENT), count(PREVIOUS))
    };
    let change = |pattern: &Pattern| {
        let (current, previous) = counts(pattern);
        current - previous
    };
    patterns.sort_by(|one, other| change(other).abs().cmp(&change(one).abs()).then_with(|| one.text.cmp(&other.text)));
    list(Kind::Difference, &patterns, |builder, pattern| {
        let (current, previous) = counts(pattern);
        append_count(builder, 1, current);
        append_count(builder, 2, previous);
        append_count(builder, 3, current - previous);
        let percent = (previous != 0).then(|| (current - previous) as f64 * 100.0 / previous as f64);
        append_number(builder, 4, percent);
    })
}

/// A list of patterns, with what `append` adds between their text and their severity.
fn list(kind: Kind, patterns: &[Pattern], append: impl Fn(&mut StructBuilder, &Pattern)) -> ScalarValue {
    let fields = kind.fields();
    let last = fields.len() - 1;
    let item = Arc::new(kind.item());
    let mut lists = ListBuilder::new(StructBuilder::from_fields(fields, patterns.len())).with_field(item);
    for pattern in patterns {
        let builder = lists.values();
        append_text(builder, 0, Some(&pattern.text));
        append(builder, pattern);
        append_text(builder, last, pattern.severity);
        builder.append(true);
    }
    lists.append(true);
    ScalarValue::List(Arc::new(lists.finish()))
}

// The builders of a struct are of the types of its fields, so that each is found.

fn append_text(builder: &mut StructBuilder, at: usize, text: Option<&str>) {
    if let Some(texts) = builder.field_builder::<StringViewBuilder>(at) {
        texts.append_option(text);
    }
}

fn append_count(builder: &mut StructBuilder, at: usize, count: i64) {
    if let Some(counts) = builder.field_builder::<Int64Builder>(at) {
        counts.append_value(count);
    }
}

fn append_number(builder: &mut StructBuilder, at: usize, number: Option<f64>) {
    if let Some(numbers) = builder.field_builder::<Float64Builder>(at) {
        numbers.append_option(number);
    }
}
