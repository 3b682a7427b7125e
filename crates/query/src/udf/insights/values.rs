//! Values on their way between Arrow arrays and the functions of Logs Insights.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryBuilder, BooleanArray, BooleanBuilder, Float64Array, Float64Builder, Int64Array,
    Int64Builder, ListBuilder, StringViewArray, StringViewBuilder, TimestampMicrosecondArray,
    TimestampMicrosecondBuilder,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::ColumnarValue;

use super::{Gives, Kind};

/// An argument of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input<'a> {
    Null,
    Text(&'a str),
    Number(f64),
    Integer(i64),
    Bool(bool),
    /// Microseconds since 1970.
    Time(i64),
}

/// The answer for one row.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<'a> {
    Null,
    Text(Cow<'a, str>),
    Number(f64),
    Integer(i64),
    Bool(bool),
    Time(i64),
    Binary(Vec<u8>),
    Texts(Vec<Option<Cow<'a, str>>>),
    Times(Vec<i64>),
}

impl<'a> Output<'a> {
    pub fn text(text: Option<impl Into<Cow<'a, str>>>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.into()))
    }

    pub fn number(number: Option<f64>) -> Self {
        number.map_or(Self::Null, Self::Number)
    }

    pub fn time(micros: Option<i64>) -> Self {
        micros.map_or(Self::Null, Self::Time)
    }
}

/// The arguments of one row. What is asked for as a type it is not is empty, 0 or false: types were made right before.
#[derive(Clone, Copy, Debug)]
pub struct Row<'r, 'a> {
    inputs: &'r [Input<'a>],
}

impl<'r, 'a> Row<'r, 'a> {
    pub fn new(inputs: &'r [Input<'a>]) -> Self {
        Self { inputs }
    }

    pub fn has_null(&self) -> bool {
        self.inputs.contains(&Input::Null)
    }

    pub fn value(&self, at: usize) -> Input<'a> {
        self.inputs.get(at).copied().unwrap_or(Input::Null)
    }

    pub fn some_text(&self, at: usize) -> Option<&'a str> {
        match self.value(at) {
            Input::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn text(&self, at: usize) -> &'a str {
        self.some_text(at).unwrap_or_default()
    }

    /// The texts from a position on.
    pub fn texts(&self, from: usize) -> impl Iterator<Item = &'a str> + Clone + use<'a, 'r> {
        let texts = |input: &Input<'a>| if let Input::Text(text) = input { *text } else { "" };
        self.inputs.get(from..).unwrap_or_default().iter().map(texts)
    }

    pub fn some_number(&self, at: usize) -> Option<f64> {
        match self.value(at) {
            Input::Number(number) => Some(number),
            Input::Integer(number) => Some(number as f64),
            _ => None,
        }
    }

    pub fn number(&self, at: usize) -> f64 {
        self.some_number(at).unwrap_or_default()
    }

    pub fn integer(&self, at: usize) -> i64 {
        if let Input::Integer(number) = self.value(at) { number } else { 0 }
    }

    pub fn is_true(&self, at: usize) -> bool {
        self.value(at) == Input::Bool(true)
    }

    pub fn micros(&self, at: usize) -> i64 {
        if let Input::Time(micros) = self.value(at) { micros } else { 0 }
    }
}

fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn texts_item() -> Field {
    Field::new_list_field(DataType::Utf8View, true)
}

fn times_item() -> Field {
    Field::new_list_field(time_type(), true)
}

/// The Arrow type of an answer.
pub fn data_type(gives: Gives) -> DataType {
    match gives {
        Gives::Text => DataType::Utf8View,
        Gives::Number => DataType::Float64,
        Gives::Integer => DataType::Int64,
        Gives::Bool => DataType::Boolean,
        Gives::Time => time_type(),
        Gives::Binary => DataType::Binary,
        Gives::Texts => DataType::List(Arc::new(texts_item())),
        Gives::Times => DataType::List(Arc::new(times_item())),
    }
}

/// The type that a given one becomes, so that it is of a kind; none if it can't be.
pub fn coerced(kind: Kind, given: &DataType) -> Option<DataType> {
    if let DataType::Dictionary(_, value) = given {
        return coerced(kind, value);
    }
    let natural = match given {
        DataType::Null => match kind {
            Kind::Text | Kind::Any => Kind::Text,
            other => other,
        },
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::Text,
        DataType::Boolean => Kind::Bool,
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Kind::Time,
        DataType::UInt64 => Kind::Number,
        integer if integer.is_integer() => Kind::Integer,
        number if number.is_numeric() => Kind::Number,
        _ => return None,
    };
    let wanted = match (kind, natural) {
        (Kind::Any, natural) => natural,
        (Kind::Number, Kind::Integer) => Kind::Number,
        (Kind::Integer, Kind::Number) if *given == DataType::UInt64 => Kind::Integer,
        (kind, natural) if kind == natural => kind,
        _ => return None,
    };
    Some(match wanted {
        Kind::Text | Kind::Any => DataType::Utf8View,
        Kind::Number => DataType::Float64,
        Kind::Integer => DataType::Int64,
        Kind::Bool => DataType::Boolean,
        Kind::Time => time_type(),
    })
}

/// An argument as it comes: an array, or one value for all rows.
pub struct Column {
    array: Typed,
    is_constant: bool,
}

enum Typed {
    Text(StringViewArray),
    Number(Float64Array),
    Integer(Int64Array),
    Bool(BooleanArray),
    Time(TimestampMicrosecondArray),
}

impl Column {
    pub fn new(value: &ColumnarValue) -> Result<Self> {
        let (array, is_constant) = match value {
            ColumnarValue::Array(array) => (Arc::clone(array), false),
            ColumnarValue::Scalar(scalar) => (scalar.to_array()?, true),
        };
        let array = match coerced(Kind::Any, array.data_type()) {
            Some(wanted) if wanted != *array.data_type() => cast(&array, &wanted)?,
            _ => array,
        };
        let array = match array.data_type() {
            DataType::Utf8View => Typed::Text(array.as_string_view().clone()),
            DataType::Float64 => Typed::Number(array.as_primitive::<Float64Type>().clone()),
            DataType::Int64 => Typed::Integer(array.as_primitive::<Int64Type>().clone()),
            DataType::Boolean => Typed::Bool(array.as_boolean().clone()),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                Typed::Time(array.as_primitive::<TimestampMicrosecondType>().clone())
            }
            other => return internal_err!("a value of type {other} can't be an argument here"),
        };
        Ok(Self { array, is_constant })
    }

    pub fn value(&self, row: usize) -> Input<'_> {
        let row = if self.is_constant { 0 } else { row };
        match &self.array {
            Typed::Text(array) if array.is_valid(row) => Input::Text(array.value(row)),
            Typed::Number(array) if array.is_valid(row) => Input::Number(array.value(row)),
            Typed::Integer(array) if array.is_valid(row) => Input::Integer(array.value(row)),
            Typed::Bool(array) if array.is_valid(row) => Input::Bool(array.value(row)),
            Typed::Time(array) if array.is_valid(row) => Input::Time(array.value(row)),
            _ => Input::Null,
        }
    }
}

/// An array of answers being built.
pub enum Builder {
    Text(StringViewBuilder),
    Number(Float64Builder),
    Integer(Int64Builder),
    Bool(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    Binary(BinaryBuilder),
    Texts(ListBuilder<StringViewBuilder>),
    Times(ListBuilder<TimestampMicrosecondBuilder>),
}

impl Builder {
    pub fn new(gives: Gives, rows: usize) -> Self {
        match gives {
            Gives::Text => Self::Text(StringViewBuilder::with_capacity(rows)),
            Gives::Number => Self::Number(Float64Builder::with_capacity(rows)),
            Gives::Integer => Self::Integer(Int64Builder::with_capacity(rows)),
            Gives::Bool => Self::Bool(BooleanBuilder::with_capacity(rows)),
            Gives::Time => Self::Time(TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC")),
            Gives::Binary => Self::Binary(BinaryBuilder::new()),
            Gives::Texts => Self::Texts(ListBuilder::new(StringViewBuilder::new()).with_field(texts_item())),
            Gives::Times => {
                let times = TimestampMicrosecondBuilder::new().with_timezone("UTC");
                Self::Times(ListBuilder::new(times).with_field(times_item()))
            }
        }
    }

    /// Adds an answer; an error if it is of another type.
    pub fn push(&mut self, output: Output<'_>) -> Result<(), ()> {
        match (self, output) {
            (Self::Text(builder), Output::Text(text)) => builder.append_value(text),
            (Self::Text(builder), Output::Null) => builder.append_null(),
            (Self::Number(builder), Output::Number(number)) => builder.append_value(number),
            (Self::Number(builder), Output::Null) => builder.append_null(),
            (Self::Integer(builder), Output::Integer(number)) => builder.append_value(number),
            (Self::Integer(builder), Output::Null) => builder.append_null(),
            (Self::Bool(builder), Output::Bool(value)) => builder.append_value(value),
            (Self::Bool(builder), Output::Null) => builder.append_null(),
            (Self::Time(builder), Output::Time(micros)) => builder.append_value(micros),
            (Self::Time(builder), Output::Null) => builder.append_null(),
            (Self::Binary(builder), Output::Binary(bytes)) => builder.append_value(bytes),
            (Self::Binary(builder), Output::Null) => builder.append_null(),
            (Self::Texts(builder), Output::Texts(texts)) => builder.append_value(texts),
            (Self::Texts(builder), Output::Null) => builder.append_null(),
            (Self::Times(builder), Output::Times(times)) => builder.append_value(times.into_iter().map(Some)),
            (Self::Times(builder), Output::Null) => builder.append_null(),
            _ => return Err(()),
        }
        Ok(())
    }

    pub fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut builder) => Arc::new(builder.finish()),
            Self::Number(mut builder) => Arc::new(builder.finish()),
            Self::Integer(mut builder) => Arc::new(builder.finish()),
            Self::Bool(mut builder) => Arc::new(builder.finish()),
            Self::Time(mut builder) => Arc::new(builder.finish()),
            Self::Binary(mut builder) => Arc::new(builder.finish()),
            Self::Texts(mut builder) => Arc::new(builder.finish()),
            Self::Times(mut builder) => Arc::new(builder.finish()),
        }
    }
}
