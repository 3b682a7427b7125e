//! `flow_actor` and `flow_actor_kind`: who had the address that a flow came from, for the flows of one cluster.
//! Registered anew for each timeline, like the functions of the attribution.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use super::holders::Holders;

/// What a function tells of who had an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Told {
    Name,
    Kind,
}

/// Both functions, of one cluster. Arguments: address, begin and end of the flow.
pub fn functions(holders: Holders) -> [ScalarUDF; 2] {
    let holders = Arc::new(holders);
    [("flow_actor", Told::Name), ("flow_actor_kind", Told::Kind)].map(|(name, told)| {
        let signature = Signature::new(TypeSignature::Any(3), Volatility::Immutable);
        ScalarUDF::new_from_impl(FlowActor { name, told, signature, holders: Arc::clone(&holders) })
    })
}

#[derive(Debug)]
struct FlowActor {
    name: &'static str,
    told: Told,
    signature: Signature,
    holders: Arc<Holders>,
}

impl PartialEq for FlowActor {
    fn eq(&self, other: &Self) -> bool {
        self.told == other.told && Arc::ptr_eq(&self.holders, &other.holders)
    }
}

impl Eq for FlowActor {}

impl Hash for FlowActor {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.told.hash(state);
    }
}

impl ScalarUDFImpl for FlowActor {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let [address, begin, end] = <[ColumnarValue; 3]>::try_from(arguments.args)
            .map_err(|_| DataFusionError::Internal(format!("`{}` takes three arguments", self.name)))?;
        let address = cast(&address.into_array(rows)?, &DataType::Utf8View)?;
        let address = address.as_string_view();
        let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let [begin, end] =
            [begin, end].map(|times| Ok::<_, DataFusionError>(cast(&times.into_array(rows)?, &instant)?));
        let (begin, end) = (begin?, end?);
        let (begin, end) =
            (begin.as_primitive::<TimestampMicrosecondType>(), end.as_primitive::<TimestampMicrosecondType>());
        let mut builder = StringViewBuilder::with_capacity(rows);
        for row in 0..rows {
            let is_known = address.is_valid(row) && begin.is_valid(row);
            let held = is_known.then(|| {
                let from = begin.value(row);
                let until = if end.is_valid(row) { end.value(row) } else { from };
                self.holders.at(address.value(row), from, until)
            });
            match (held.flatten(), self.told) {
                (Some(held), Told::Name) => builder.append_value(held.name),
                (Some(held), Told::Kind) => builder.append_value(held.kind),
                (None, Told::Name) => builder.append_null(),
                (None, Told::Kind) => builder.append_value("unknown"),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish()) as ArrayRef))
    }
}
