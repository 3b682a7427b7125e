//! Aggregates that need all numbers at once: `insights_pct(number, percent)`, the exact percentile with linear
//! interpolation between the two nearest values, and `insights_histogram(number, ranges)`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue, exec_err, internal_datafusion_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};
use eksamine_insights::runtime::histogram::histogram;

use super::super::Kind as Argument;
use super::super::values::coerced;

/// What is made of the numbers, with a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Percentile,
    Histogram,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Percentile => "insights_pct",
            Self::Histogram => "insights_histogram",
        }
    }

    fn usage(self) -> &'static str {
        match self {
            Self::Percentile => "insights_pct(number, percent)",
            Self::Histogram => "insights_histogram(number, ranges)",
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Numbers {
    kind: Kind,
    signature: Signature,
}

impl Numbers {
    pub fn new(kind: Kind) -> Self {
        Self { kind, signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for Numbers {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let coerced: Option<Vec<DataType>> = given.iter().map(|given| coerced(Argument::Number, given)).collect();
        match coerced {
            Some(coerced) if coerced.len() == 2 => Ok(coerced),
            _ => plan_err!("`{}` is called as `{}`", self.name(), self.kind.usage()),
        }
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(match self.kind {
            Kind::Percentile => DataType::Float64,
            Kind::Histogram => DataType::Utf8View,
        })
    }

    fn accumulator(&self, _arguments: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Gathered { kind: self.kind, values: Vec::new(), parameter: None }))
    }

    fn state_fields(&self, arguments: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let item = Field::new_list_field(DataType::Float64, true);
        let values = Field::new(format!("{}[values]", arguments.name), DataType::List(Arc::new(item)), true);
        let parameter = Field::new(format!("{}[parameter]", arguments.name), DataType::Float64, true);
        Ok(vec![Arc::new(values), Arc::new(parameter)])
    }
}

#[derive(Debug)]
struct Gathered {
    kind: Kind,
    values: Vec<f64>,
    parameter: Option<f64>,
}

impl Gathered {
    fn take(&mut self, values: &Float64Array) {
        // No order tells NaN from a number, so it counts as nothing.
        self.values.extend(values.iter().flatten().filter(|value| !value.is_nan()));
    }

    fn percentile(&mut self) -> Option<f64> {
        let share = self.parameter? / 100.0;
        let last = self.values.len().checked_sub(1)?;
        let rank = share * last as f64;
        let (below, part) = (rank.floor(), rank.fract());
        let (_, lower, above) = self.values.select_nth_unstable_by(below as usize, f64::total_cmp);
        let lower = *lower;
        if part == 0.0 {
            return Some(lower);
        }
        let upper = above.iter().copied().min_by(f64::total_cmp)?;
        Some(lower + (upper - lower) * part)
    }
}

impl Accumulator for Gathered {
    fn update_batch(&mut self, arguments: &[ArrayRef]) -> Result<()> {
        let [values, parameters] = arguments else { return exec_err!("`{}` takes two arguments", self.kind.name()) };
        let given = doubles(parameters)?.iter().flatten().next();
        if let Some(parameter) = given {
            if self.kind == Kind::Percentile && !(0.0..=100.0).contains(&parameter) {
                return exec_err!("a percentile is from 0 to 100, not {parameter}");
            }
            if self.kind == Kind::Histogram && !(1.0..=1000.0).contains(&parameter) {
                return exec_err!("a histogram has from 1 to 1000 ranges, not {parameter}");
            }
            self.parameter = Some(parameter);
        }
        self.take(doubles(values)?);
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(match self.kind {
            Kind::Percentile => ScalarValue::Float64(self.percentile()),
            Kind::Histogram => {
                let counts = self.parameter.and_then(|ranges| histogram(&self.values, ranges as usize));
                ScalarValue::Utf8View(counts)
            }
        })
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.capacity() * size_of::<f64>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let values: Vec<ScalarValue> =
            std::mem::take(&mut self.values).into_iter().map(|value| ScalarValue::Float64(Some(value))).collect();
        let list = ScalarValue::List(ScalarValue::new_list_nullable(&values, &DataType::Float64));
        Ok(vec![list, ScalarValue::Float64(self.parameter)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [lists, parameters] = states else { return exec_err!("`{}` has two states", self.kind.name()) };
        let lists = lists.as_list_opt::<i32>();
        let lists = lists.ok_or_else(|| internal_datafusion_err!("the state of `{}` is no list", self.kind.name()))?;
        for list in lists.iter().flatten() {
            self.take(doubles(&list)?);
        }
        let parameters = doubles(parameters)?;
        self.parameter = self.parameter.or_else(|| parameters.iter().flatten().next());
        Ok(())
    }
}

/// An array as numbers, of which the engine was told that it has to make them.
fn doubles(array: &ArrayRef) -> Result<&Float64Array> {
    let doubles = array.as_primitive_opt::<Float64Type>();
    doubles.ok_or_else(|| internal_datafusion_err!("an array of {} came where numbers are taken", array.data_type()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percentile(values: &[f64], percent: f64) -> Option<f64> {
        Gathered { kind: Kind::Percentile, values: values.to_vec(), parameter: Some(percent) }.percentile()
    }

    #[test]
    fn percentiles_are_interpolated_exactly() {
        assert_eq!(percentile(&[], 50.0), None);
        assert_eq!(percentile(&[7.0], 99.0), Some(7.0));
        assert_eq!(percentile(&[4.0, 1.0, 3.0, 2.0], 50.0), Some(2.5));
        assert_eq!(percentile(&[4.0, 1.0, 3.0, 2.0], 0.0), Some(1.0));
        assert_eq!(percentile(&[4.0, 1.0, 3.0, 2.0], 100.0), Some(4.0));
        assert_eq!(percentile(&[10.0, 20.0], 25.0), Some(12.5));
    }
}
