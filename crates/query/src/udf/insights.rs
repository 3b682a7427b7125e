//! The functions that a translated Logs Insights query calls, as SQL calls them: `eksamine_insights::runtime` row by
//! row over Arrow arrays. What they mean is said there; here is only how they are wrapped.
//!
//! A function is one entry in the list of its group, a group one file and one line in [`GROUPS`].

mod addresses;
mod aggregates;
mod encodings;
mod fields;
mod numbers;
mod parse;
mod text;
mod times;
mod values;

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, plan_err};
use datafusion::logical_expr::{
    AggregateUDF, ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

pub use aggregates::AGGREGATES;
use values::{Builder, Column, Output, Row};

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Integer,
    Bool,
    Time,
    /// Any of these.
    Any,
}

/// What a function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    Text,
    Number,
    Integer,
    Bool,
    Time,
    Binary,
    Texts,
    Times,
}

/// What a function makes of an argument that is null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nulls {
    /// The answer is null.
    GiveNull,
    /// The answer is false.
    GiveFalse,
    /// The function sees to it.
    Seen,
}

/// A function made ready for one batch: it may keep what it compiled from one row for the next.
type Prepared = Box<dyn for<'a> FnMut(Row<'_, 'a>) -> Result<Output<'a>, String>>;

#[derive(Clone, Copy, Debug)]
enum Run {
    Plain(for<'a> fn(Row<'_, 'a>) -> Output<'a>),
    Prepared(fn() -> Prepared),
}

/// A function of Logs Insights in SQL.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    pub name: &'static str,
    pub arguments: &'static [(&'static str, Kind)],
    /// How many of the arguments must be given.
    pub required: usize,
    /// Whether the last argument may be given any number of times.
    pub repeats: bool,
    pub gives: Gives,
    pub about: &'static str,
    nulls: Nulls,
    run: Run,
}

impl Function {
    /// A function whose arguments must all be given and whose answer is null if one of them is.
    const fn new(
        name: &'static str,
        arguments: &'static [(&'static str, Kind)],
        gives: Gives,
        about: &'static str,
        run: for<'a> fn(Row<'_, 'a>) -> Output<'a>,
    ) -> Self {
        let (required, nulls, run) = (arguments.len(), Nulls::GiveNull, Run::Plain(run));
        Self { name, arguments, required, repeats: false, gives, about, nulls, run }
    }

    /// As [`Function::new`], for one that is made ready first.
    const fn prepared(
        name: &'static str,
        arguments: &'static [(&'static str, Kind)],
        gives: Gives,
        about: &'static str,
        make: fn() -> Prepared,
    ) -> Self {
        let (required, nulls, run) = (arguments.len(), Nulls::GiveNull, Run::Prepared(make));
        Self { name, arguments, required, repeats: false, gives, about, nulls, run }
    }

    /// A question that is answered with false where something is missing.
    const fn predicate(
        name: &'static str,
        arguments: &'static [(&'static str, Kind)],
        about: &'static str,
        run: for<'a> fn(Row<'_, 'a>) -> Output<'a>,
    ) -> Self {
        Self { nulls: Nulls::GiveFalse, ..Self::new(name, arguments, Gives::Bool, about, run) }
    }

    const fn required(self, required: usize) -> Self {
        Self { required, ..self }
    }

    const fn repeating(self) -> Self {
        Self { repeats: true, ..self }
    }

    const fn nulls(self, nulls: Nulls) -> Self {
        Self { nulls, ..self }
    }

    /// How it is called: `insights_trim(text[, characters])`.
    pub fn usage(&self) -> String {
        let mut usage = format!("{}(", self.name);
        for (at, (name, _)) in self.arguments.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            if at < self.required {
                usage += &format!("{comma}{name}");
            } else {
                usage += &format!("[{comma}{name}]");
            }
        }
        usage + if self.repeats { ", …)" } else { ")" }
    }

    /// What the argument at a position is; none past the last.
    fn kind(&self, position: usize) -> Option<Kind> {
        let last = self.arguments.last().filter(|_| self.repeats);
        self.arguments.get(position).or(last).map(|(_, kind)| *kind)
    }
}

/// The functions, by group, with the name of the group.
pub static GROUPS: [(&str, &[Function]); 7] = [
    ("fields", &fields::FUNCTIONS),
    ("numbers", &numbers::FUNCTIONS),
    ("text", &text::FUNCTIONS),
    ("parsing", &parse::FUNCTIONS),
    ("encodings", &encodings::FUNCTIONS),
    ("addresses", &addresses::FUNCTIONS),
    ("times", &times::FUNCTIONS),
];

pub fn functions() -> impl Iterator<Item = &'static Function> {
    GROUPS.iter().flat_map(|(_, functions)| functions.iter())
}

pub fn scalars() -> impl Iterator<Item = ScalarUDF> {
    functions().map(|function| ScalarUDF::new_from_impl(InsightsUdf::new(function)))
}

pub fn aggregates() -> impl Iterator<Item = AggregateUDF> {
    aggregates::all()
}

struct InsightsUdf {
    function: &'static Function,
    signature: Signature,
}

impl InsightsUdf {
    fn new(function: &'static Function) -> Self {
        Self { function, signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl fmt::Debug for InsightsUdf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.function.name)
    }
}

impl PartialEq for InsightsUdf {
    fn eq(&self, other: &Self) -> bool {
        self.function.name == other.function.name
    }
}

impl Eq for InsightsUdf {}

impl std::hash::Hash for InsightsUdf {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}

impl ScalarUDFImpl for InsightsUdf {
    fn name(&self) -> &str {
        self.function.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let function = self.function;
        if given.len() < function.required || (given.len() > function.arguments.len() && !function.repeats) {
            return plan_err!("`{}` is called as `{}`", function.name, function.usage());
        }
        let coerced = given.iter().enumerate().map(|(position, data_type)| {
            let kind = function.kind(position).unwrap_or(Kind::Any);
            let Some(data_type) = values::coerced(kind, data_type) else {
                let (position, usage) = (position + 1, function.usage());
                return plan_err!("argument {position} is of another type than `{usage}` takes there");
            };
            Ok(data_type)
        });
        coerced.collect()
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(values::data_type(self.function.gives))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let columns = arguments.args.iter().map(Column::new).collect::<Result<Vec<_>>>()?;
        let mut run = Ready::of(self.function.run);
        let nulls = self.function.nulls;
        let mut builder = Builder::new(self.function.gives, rows);
        let mut inputs = Vec::with_capacity(columns.len());
        for row in 0..rows {
            inputs.clear();
            inputs.extend(columns.iter().map(|column| column.value(row)));
            let row = Row::new(&inputs);
            let output = match nulls {
                Nulls::GiveNull if row.has_null() => Output::Null,
                Nulls::GiveFalse if row.has_null() => Output::Bool(false),
                _ => run.call(row).map_err(|error| exec_datafusion_err!("{error}"))?,
            };
            builder.push(output).map_err(|()| mismatch(self.function.name))?;
        }
        let array: ArrayRef = builder.finish();
        let expected = arguments.return_field.data_type();
        let array = if array.data_type() == expected { array } else { cast(&array, expected)? };
        Ok(ColumnarValue::Array(Arc::clone(&array)))
    }
}

enum Ready {
    Plain(for<'a> fn(Row<'_, 'a>) -> Output<'a>),
    Prepared(Prepared),
}

impl Ready {
    fn of(run: Run) -> Self {
        match run {
            Run::Plain(call) => Self::Plain(call),
            Run::Prepared(make) => Self::Prepared(make()),
        }
    }

    fn call<'a>(&mut self, row: Row<'_, 'a>) -> Result<Output<'a>, String> {
        match self {
            Self::Plain(call) => Ok(call(row)),
            Self::Prepared(call) => call(row),
        }
    }
}

fn mismatch(name: &str) -> DataFusionError {
    DataFusionError::Internal(format!("`{name}` gave another type than it says"))
}

/// Keeps what was made of some texts for as long as they stay the same, which constants do for a whole batch.
struct Kept<T> {
    of: Vec<String>,
    made: Option<T>,
}

impl<T> Kept<T> {
    fn new() -> Self {
        Self { of: Vec::new(), made: None }
    }

    /// What `make` makes of the texts.
    fn get<'t>(
        &mut self,
        texts: impl Iterator<Item = &'t str> + Clone,
        make: impl FnOnce() -> Result<T, String>,
    ) -> Result<&T, String> {
        let is_same = self.made.is_some() && self.of.iter().map(String::as_str).eq(texts.clone());
        if !is_same {
            self.made = None;
            self.of = texts.map(str::to_owned).collect();
        }
        let made = match self.made.take() {
            Some(made) => made,
            None => make()?,
        };
        Ok(self.made.insert(made))
    }
}

/// Tells the compiler what is wanted of a closure.
fn prepare(call: impl for<'a> FnMut(Row<'_, 'a>) -> Result<Output<'a>, String> + 'static) -> Prepared {
    Box::new(call)
}
