//! Functions of our own in SQL. All are pure. Those of the timeline have one file each and take and give text; those of
//! Logs Insights are in `insights`, one file for each group.

mod action_changes;
mod actor_kind;
mod address_kind;
mod authenticator;
mod aws_actor;
mod aws_cluster;
mod aws_identity;
mod aws_outcome;
mod aws_severity;
mod aws_summary;
mod aws_target;
mod cluster_config;
mod flow;
pub mod insights;
mod kubernetes_actor;
mod kubernetes_identity;
mod kubernetes_outcome;
mod kubernetes_severity;
mod kubernetes_summary;
mod phrase;

pub use aws_cluster::of_call as cluster_of_call;

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewArray, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

/// A function from texts to a text, none for null.
#[derive(Clone, Copy, Debug)]
pub struct TextFunction {
    pub name: &'static str,
    pub arguments: &'static [&'static str],
    pub about: &'static str,
    pub call: fn(&[Option<&str>]) -> Option<String>,
}

/// Every function of the timeline.
pub static FUNCTIONS: &[TextFunction] = &[
    address_kind::FUNCTION,
    action_changes::CHANGES,
    action_changes::WITHIN,
    authenticator::ACTION,
    authenticator::OUTCOME,
    authenticator::SEVERITY,
    authenticator::SUMMARY,
    aws_actor::FUNCTION,
    actor_kind::AWS,
    aws_severity::CATEGORY,
    aws_cluster::FUNCTION,
    aws_identity::FUNCTION,
    aws_outcome::FUNCTION,
    aws_severity::SEVERITY,
    aws_summary::FUNCTION,
    aws_target::FUNCTION,
    aws_severity::TECHNIQUE,
    authenticator::CONTROL_PLANE_PLACE,
    authenticator::CONTROL_PLANE_SUMMARY,
    flow::SUMMARY,
    flow::TARGET,
    kubernetes_actor::FUNCTION,
    actor_kind::KUBERNETES,
    kubernetes_severity::CATEGORY,
    kubernetes_identity::FUNCTION,
    kubernetes_outcome::FUNCTION,
    kubernetes_severity::SEVERITY,
    kubernetes_summary::FUNCTION,
    kubernetes_severity::TECHNIQUE,
    flow::RATE_SUMMARY,
];

/// Every scalar function of our own.
pub fn all() -> impl Iterator<Item = ScalarUDF> {
    let timeline = FUNCTIONS.iter().map(|function| ScalarUDF::new_from_impl(TextUdf::new(*function)));
    timeline.chain(insights::scalars())
}

#[derive(Debug)]
struct TextUdf {
    function: TextFunction,
    signature: Signature,
}

impl TextUdf {
    fn new(function: TextFunction) -> Self {
        let arguments = vec![DataType::Utf8View; function.arguments.len()];
        Self { function, signature: Signature::exact(arguments, Volatility::Immutable) }
    }
}

impl PartialEq for TextUdf {
    fn eq(&self, other: &Self) -> bool {
        self.function.name == other.function.name
    }
}

impl Eq for TextUdf {}

impl std::hash::Hash for TextUdf {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}

impl ScalarUDFImpl for TextUdf {
    fn name(&self) -> &str {
        self.function.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let columns: Vec<StringViewArray> =
            arguments.args.into_iter().map(|value| texts(value.into_array(rows)?)).collect::<Result<_>>()?;
        let mut builder = StringViewBuilder::with_capacity(rows);
        let mut values: Vec<Option<&str>> = Vec::with_capacity(columns.len());
        for row in 0..rows {
            values.clear();
            values.extend(columns.iter().map(|column| column.is_valid(row).then(|| column.value(row))));
            builder.append_option((self.function.call)(&values));
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish()) as ArrayRef))
    }
}

fn texts(array: ArrayRef) -> Result<StringViewArray> {
    let array = if *array.data_type() == DataType::Utf8View { array } else { cast(&array, &DataType::Utf8View)? };
    Ok(array.as_string_view().clone())
}

/// The argument at a position, or an empty text.
fn argument<'a>(arguments: &[Option<&'a str>], at: usize) -> &'a str {
    arguments.get(at).copied().flatten().unwrap_or("")
}

/// The text, if it is not empty.
fn filled(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
