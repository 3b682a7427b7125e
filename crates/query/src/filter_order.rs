//! The order in which the conditions of a filter are asked: as they are written, but those that need little to be read
//! before those that need much, and a whole number that is asked for before all.
//!
//! A scan reads the columns of one condition after the other, and those of the next only for the rows that are left. So
//! whoever writes the condition that few rows meet first is served fast. The engine's own order, by the size of columns,
//! knows nothing of that: `verb IN (…)` goes before `object_resource = 'clusterroles'`, and all of both is read. But a
//! look into the records themselves, or a call of a function, is never worth asking first. Not responsible for which
//! conditions reach the scan.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, ExprSchema, Result};
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{BinaryExpr, Expr, Filter, LogicalPlan, Operator};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

use crate::catalog::JSON_MARK;

/// The rule.
#[derive(Debug)]
pub struct FilterOrder;

/// The column with the records themselves.
const RAW: &str = "raw";

/// Functions that cost no more than an operator.
const LIGHT: [&str; 2] = ["coalesce", "arrow_cast"];

/// What it takes to ask a condition, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Effort {
    /// One whole number is asked for: little to read, and few rows have it.
    Number,
    Columns,
    Functions,
    /// Columns that hold JSON text, which are most of a record.
    Records,
    Subquery,
}

impl OptimizerRule for FilterOrder {
    fn name(&self) -> &'static str {
        "filter_order"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Filter(filter) = plan else { return Ok(Transformed::no(plan)) };
        let conditions = split_conjunction(&filter.predicate);
        let efforts: Vec<Effort> =
            conditions.iter().map(|condition| effort(condition, filter.input.schema())).collect::<Result<_>>()?;
        if efforts.is_sorted() {
            return Ok(Transformed::no(LogicalPlan::Filter(filter)));
        }
        let mut ordered: Vec<(Effort, Expr)> = efforts.into_iter().zip(conditions.into_iter().cloned()).collect();
        ordered.sort_by_key(|(effort, _)| *effort);
        let Some(predicate) = conjunction(ordered.into_iter().map(|(_, condition)| condition)) else {
            return Ok(Transformed::no(LogicalPlan::Filter(filter)));
        };
        Ok(Transformed::yes(LogicalPlan::Filter(Filter::try_new(predicate, Arc::clone(&filter.input))?)))
    }
}

fn effort(condition: &Expr, schema: &DFSchema) -> Result<Effort> {
    if is_one_number(condition, schema) {
        return Ok(Effort::Number);
    }
    let mut most = Effort::Columns;
    condition.apply(|part| {
        let own = match part {
            Expr::Column(column) => {
                let is_json =
                    schema.field_from_column(column).is_ok_and(|field| field.metadata().contains_key(JSON_MARK));
                if is_json || column.name == RAW { Effort::Records } else { Effort::Columns }
            }
            Expr::ScalarFunction(call) if !LIGHT.contains(&call.name()) => Effort::Functions,
            Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_) => Effort::Subquery,
            _ => Effort::Columns,
        };
        most = most.max(own);
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(most)
}

/// Whether the condition is that a column of whole numbers has one value.
fn is_one_number(condition: &Expr, schema: &DFSchema) -> bool {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = condition else { return false };
    let (Expr::Column(column), Expr::Literal(..)) = (left.as_ref(), right.as_ref()) else { return false };
    schema.field_from_column(column).is_ok_and(|field| field.data_type().is_integer())
}
