//! `insights_pct(number, percent)`: the exact percentile, with linear interpolation between the two nearest values.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

use super::super::Kind;
use super::super::values::coerced;

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Percentile {
    signature: Signature,
}

impl Percentile {
    pub fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for Percentile {
    fn name(&self) -> &'static str {
        "insights_pct"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let coerced: Option<Vec<DataType>> = given.iter().map(|given| coerced(Kind::Number, given)).collect();
        match coerced {
            Some(coerced) if coerced.len() == 2 => Ok(coerced),
            _ => plan_err!("`insights_pct` is called as `insights_pct(number, percent)`"),
        }
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn accumulator(&self, _arguments: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::<Values>::default())
    }

    fn state_fields(&self, arguments: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let item = Field::new_list_field(DataType::Float64, true);
        let values = Field::new(format!("{}[values]", arguments.name), DataType::List(Arc::new(item)), true);
        let percent = Field::new(format!("{}[percent]", arguments.name), DataType::Float64, true);
        Ok(vec![Arc::new(values), Arc::new(percent)])
    }
}

#[derive(Debug, Default)]
struct Values {
    values: Vec<f64>,
    percent: Option<f64>,
}

impl Values {
    fn take(&mut self, values: &Float64Array) {
        // No order tells NaN from a number, so it counts as nothing.
        self.values.extend(values.iter().flatten().filter(|value| !value.is_nan()));
    }

    fn percentile(&mut self) -> Option<f64> {
        let share = self.percent? / 100.0;
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

impl Accumulator for Values {
    fn update_batch(&mut self, arguments: &[ArrayRef]) -> Result<()> {
        let [values, percents] = arguments else { return exec_err!("`insights_pct` takes two arguments") };
        let given = percents.as_primitive::<Float64Type>().iter().flatten().next();
        if let Some(percent) = given {
            if !(0.0..=100.0).contains(&percent) {
                return exec_err!("a percentile is from 0 to 100, not {percent}");
            }
            self.percent = Some(percent);
        }
        self.take(values.as_primitive::<Float64Type>());
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(self.percentile()))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.capacity() * size_of::<f64>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let values: Vec<ScalarValue> =
            std::mem::take(&mut self.values).into_iter().map(|value| ScalarValue::Float64(Some(value))).collect();
        let list = ScalarValue::List(ScalarValue::new_list_nullable(&values, &DataType::Float64));
        Ok(vec![list, ScalarValue::Float64(self.percent)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [lists, percents] = states else { return exec_err!("`insights_pct` has two states") };
        for list in lists.as_list::<i32>().iter().flatten() {
            self.take(list.as_primitive::<Float64Type>());
        }
        let percents = percents.as_primitive::<Float64Type>();
        self.percent = self.percent.or_else(|| percents.iter().flatten().next());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percentile(values: &[f64], percent: f64) -> Option<f64> {
        Values { values: values.to_vec(), percent: Some(percent) }.percentile()
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
