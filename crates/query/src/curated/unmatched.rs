//! Why an answer has no rows, where that is the name that was asked for: a curated query whose `cluster` is like no
//! cluster there is. It is a pattern, and an empty answer may be the one that was hoped for, so this is a note and no
//! error.

use datafusion::arrow::array::{Scalar, StringArray};
use datafusion::arrow::compute::like;
use datafusion::scalar::ScalarValue;
use futures::TryStreamExt;

use super::{ParameterKind, Query};
use crate::coverage::texts;
use crate::error::{Error, Names};
use crate::session::Session;
use crate::timeline;

/// The parameter that is a LIKE pattern for names of clusters, in every query that has it.
const CLUSTER: &str = "cluster";

const OF_TABLE: &str =
    "SELECT DISTINCT cluster FROM parts WHERE table_name = $table AND cluster IS NOT NULL ORDER BY 1";

/// What to say of an answer without rows, if no cluster is like the pattern that was given: in the table that is asked,
/// or where that is not divided by cluster, in the whole lake.
pub async fn unmatched(session: &Session, query: &Query, given: &[(String, String)]) -> Result<Option<String>, Error> {
    let is_taken = query.parameters.iter().any(|own| own.name == CLUSTER && own.kind == ParameterKind::Text);
    let pattern = given.iter().rev().find(|(name, _)| name == CLUSTER).filter(|_| is_taken);
    let Some((_, pattern)) = pattern else { return Ok(None) };
    let parameters = vec![("table".to_owned(), ScalarValue::from(query.table))];
    let batches: Vec<_> = session.sql(OF_TABLE, parameters).await?.rows.try_collect().await.map_err(Error::of_rows)?;
    let own: Vec<String> = batches.iter().flat_map(|batch| texts(batch, "cluster")).flatten().collect();
    let (place, known) = if own.is_empty() {
        ("this lake".to_owned(), timeline::clusters(session).await?)
    } else {
        (format!("the table `{}`", query.table), own)
    };
    let names = StringArray::from_iter_values(&known);
    let pattern_column = Scalar::new(StringArray::from_iter_values([pattern]));
    let matches = like(&names, &pattern_column).map_err(|error| Error::of(error.into(), "", Names::default()))?;
    if matches.true_count() > 0 {
        return Ok(None);
    }
    Ok(Some(format!("no cluster in {place} is like `{pattern}`: {}", timeline::known_clusters(pattern, &known))))
}
