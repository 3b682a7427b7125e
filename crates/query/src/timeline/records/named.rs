//! The function of SQL that tells which row of a timeline a record is of, so that the scan of a table leaves out all
//! other records before it reads them.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

/// The name of the function.
pub const NAME: &str = "timeline_row";

/// Where a record lies: object and version of the object, by the numbers of their names, and position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    pub uri: u32,
    pub version: u32,
    pub record: i64,
}

/// The rows that are wanted, by the place of their record.
pub struct Wanted {
    /// The number of each name.
    pub names: Arc<HashMap<Box<str>, u32>>,
    pub rows: HashMap<Place, u32>,
}

impl Wanted {
    fn row(&self, uri: &str, version: &str, record: i64) -> Option<u32> {
        let (uri, version) = (*self.names.get(uri)?, *self.names.get(version)?);
        self.rows.get(&Place { uri, version, record }).copied()
    }
}

/// The function: from object, hash of its version and position to the number of a row, or null. Registered for one
/// reading.
pub fn function(wanted: Arc<Wanted>) -> ScalarUDF {
    let arguments = vec![DataType::Utf8View, DataType::Utf8View, DataType::Int64];
    let signature = Signature::exact(arguments, Volatility::Immutable);
    ScalarUDF::new_from_impl(RowUdf { signature, wanted })
}

struct RowUdf {
    signature: Signature,
    wanted: Arc<Wanted>,
}

impl std::fmt::Debug for RowUdf {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RowUdf").finish_non_exhaustive()
    }
}

impl PartialEq for RowUdf {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.wanted, &other.wanted)
    }
}

impl Eq for RowUdf {}

impl Hash for RowUdf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        NAME.hash(state);
    }
}

impl ScalarUDFImpl for RowUdf {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::UInt32)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let columns: Vec<ArrayRef> =
            arguments.args.into_iter().map(|argument| argument.into_array(rows)).collect::<Result<_>>()?;
        let [uris, versions, records] = columns.as_slice() else { return Ok(ColumnarValue::Array(none(rows))) };
        let (uris, versions) = (cast(uris, &DataType::Utf8View)?, cast(versions, &DataType::Utf8View)?);
        let (uris, versions) = (uris.as_string_view(), versions.as_string_view());
        let records = records.as_primitive::<Int64Type>();
        let row = |at: usize| {
            let is_whole = uris.is_valid(at) && versions.is_valid(at) && records.is_valid(at);
            self.wanted.row(uris.value(at), versions.value(at), records.value(at)).filter(|_| is_whole)
        };
        Ok(ColumnarValue::Array(Arc::new((0..rows).map(row).collect::<UInt32Array>())))
    }
}

fn none(rows: usize) -> ArrayRef {
    Arc::new(UInt32Array::new_null(rows))
}
