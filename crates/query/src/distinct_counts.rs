//! Counting different values beside all values, `count(DISTINCT address), count(*) … GROUP BY key`, in two steps: each
//! value of each group once with its count, and then those.
//!
//! In one step the engine keeps a set of values for each group, and a hundred thousand groups take gigabytes. It knows
//! the two steps itself, but not beside `count`. Not responsible for questions without GROUP BY, and none that would
//! come out otherwise: a sum of fractions depends on the order of its terms, so sums are left alone.

use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result};
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, Projection};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// The rule.
#[derive(Debug)]
pub struct DistinctCounts;

/// The column of the first step that holds the values to be counted. No table and no query is likely to have its like.
const VALUE: &str = "counted value";

/// What one of the functions becomes in the second step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// `count(DISTINCT value)`: the values of the first step that are not null.
    Different,
    /// `count(…)`: the sum of what the first step has counted.
    All,
    /// `min` and `max`, of those of the first step.
    Extreme,
}

/// What this function is here, or none if it can't be told in two steps.
fn part(function: &Expr) -> Option<Part> {
    let Expr::AggregateFunction(AggregateFunction { func, params }) = function else { return None };
    if params.filter.is_some() || !params.order_by.is_empty() || params.args.len() != 1 {
        return None;
    }
    match (func.name(), params.distinct) {
        ("count", true) => Some(Part::Different),
        ("count", false) => Some(Part::All),
        // The least of the different values is the least of all.
        ("min" | "max", _) => Some(Part::Extreme),
        _ => None,
    }
}

/// The parts of an aggregation that is worth two steps, and the value whose different ones are counted.
fn parts(aggregate: &Aggregate) -> Option<(Vec<Part>, Expr)> {
    if aggregate.group_expr.is_empty() || matches!(aggregate.group_expr.first(), Some(Expr::GroupingSet(_))) {
        return None;
    }
    let parts: Vec<Part> = aggregate.aggr_expr.iter().map(part).collect::<Option<_>>()?;
    if !parts.contains(&Part::All) {
        return None;
    }
    let counted = aggregate.aggr_expr.iter().zip(&parts).filter(|(_, part)| **part == Part::Different);
    let mut values = counted.filter_map(|(function, _)| argument(function));
    let value = values.next()?;
    values.all(|other| other == value).then(|| (parts, value.clone()))
}

fn argument(function: &Expr) -> Option<&Expr> {
    match function {
        Expr::AggregateFunction(AggregateFunction { params, .. }) => params.args.first(),
        _ => None,
    }
}

impl OptimizerRule for DistinctCounts {
    fn name(&self) -> &'static str {
        "distinct_counts"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = plan else { return Ok(Transformed::no(plan)) };
        match parts(&aggregate) {
            Some((parts, value)) => Ok(Transformed::yes(in_two_steps(&aggregate, &parts, value)?)),
            None => Ok(Transformed::no(LogicalPlan::Aggregate(aggregate))),
        }
    }
}

fn in_two_steps(aggregate: &Aggregate, parts: &[Part], value: Expr) -> Result<LogicalPlan> {
    let name = |index: usize| format!("step one, {index}");
    let mut groups = aggregate.group_expr.clone();
    groups.push(value.alias(VALUE));
    let own = aggregate.aggr_expr.iter().zip(parts).enumerate().filter(|(_, (_, part))| **part != Part::Different);
    let own = own.map(|(index, (function, _))| function.clone().alias(name(index))).collect();
    let first = Arc::new(LogicalPlan::Aggregate(Aggregate::try_new(Arc::clone(&aggregate.input), groups, own)?));

    let keys =
        (0..aggregate.group_expr.len()).map(|index| Expr::Column(Column::from(first.schema().qualified_field(index))));
    let keys: Vec<Expr> = keys.collect();
    let totals = aggregate.aggr_expr.iter().zip(parts).enumerate().map(|(index, (function, part))| {
        let of_first = || Expr::Column(Column::from_name(name(index)));
        match (part, function) {
            (Part::Different, _) => with_argument(function, Expr::Column(Column::from_name(VALUE))),
            (Part::Extreme, _) => with_argument(function, of_first()),
            (Part::All, _) => Expr::AggregateFunction(AggregateFunction::new_udf(
                sum_udaf(),
                vec![of_first()],
                false,
                None,
                Vec::new(),
                None,
            )),
        }
    });
    let second = LogicalPlan::Aggregate(Aggregate::try_new(first, keys, totals.collect())?);

    // Under the names that it had.
    let named = aggregate.schema.iter().enumerate().map(|(index, (qualifier, field))| {
        let column = Column::from(second.schema().qualified_field(index));
        if column.relation.as_ref() == qualifier && column.name == *field.name() {
            return Expr::Column(column);
        }
        Expr::Column(column).alias_qualified(qualifier.cloned(), field.name())
    });
    let named = named.collect();
    Ok(LogicalPlan::Projection(Projection::try_new(named, Arc::new(second))?))
}

/// The same function of another value, of which there is each once only.
fn with_argument(function: &Expr, argument: Expr) -> Expr {
    let Expr::AggregateFunction(AggregateFunction { func, params }) = function else { return function.clone() };
    let params = AggregateFunctionParams { args: vec![argument], distinct: false, ..params.clone() };
    Expr::AggregateFunction(AggregateFunction { func: Arc::clone(func), params })
}
