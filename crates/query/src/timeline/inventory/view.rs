//! The table `inventory` of SQL: what belongs to each cluster, a row for each thing, with the event that shows it, so
//! that the reason of a row of a timeline can be followed to its proof.
//!
//! Responsible for names and types of its columns. What is in it is the kept inventory's.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::Result;
use datafusion::datasource::ViewTable;
use datafusion::functions::expr_fn::nullif;
use datafusion::logical_expr::{Expr, cast, col, lit};
use datafusion::prelude::SessionContext;

use super::store::CLUSTER;
use crate::derived::KeptTable;

/// The table's name.
pub const TABLE: &str = "inventory";

/// What the table is.
pub const ABOUT: &str = "what belongs to each cluster, as the logs show it, with the event that shows it; worked out \
                         once for each state of the lake";

/// The columns, in order.
pub const COLUMNS: [(&str, &str); 9] = [
    ("cluster", "the cluster"),
    (
        "kind",
        "what the thing is: `account`, `region`, `vpc`, `subnet`, `security_group`, `interface`, `instance`, `address` \
         (of a node), `pod_address`, `launch_template`, `auto_scaling_group`, `load_balancer`, `volume`, `role`, \
         `principal` (a role or user that may log in), `issuer` (of tokens), `key` (of KMS), `log_group`, \
         `service_account`; and access keys: `login_key`, `step_key` (with which one that logged in was taken), \
         `pod_key`, `pod_chain_key`, `node_key`",
    ),
    ("value", "its id, name or address"),
    ("account_id", "the AWS account, where a name means something only in one, as that of a role does"),
    (
        "confidence",
        "`certain`: the logs show that it belongs; `likely`: only this cluster fits; `ambiguous`: several fit",
    ),
    (
        "event_time",
        "time of the first event that shows it, of an access key when it was handed out; null where many show it \
         (`account`, `region`, `service_account`, `login_key`) and one of them is named",
    ),
    (
        "event_id",
        "that event: `event_id` of a call, `audit_id` of a request; null of `log_group`, whose name is made of the \
         cluster's, and of a `login_key` that only lines of the authenticator show",
    ),
    ("source_uri", "the object it was read from"),
    ("source_record", "position among the records of the object, counted from 0"),
];

/// The table over the kept one.
pub fn view(context: &SessionContext, kept: Arc<KeptTable>) -> Result<ViewTable> {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let known = |name: &str| nullif(col(name), lit(""));
    let own: [Expr; COLUMNS.len()] = [
        col("cluster"),
        col("kind"),
        col("value"),
        known("account"),
        col("confidence"),
        cast(col("time"), instant),
        known("event_id"),
        known("source_uri"),
        col("source_record"),
    ];
    let named = own.into_iter().zip(COLUMNS).map(|(column, (name, _))| column.alias(name));
    let rows = context.read_table(kept)?.filter(col("kind").not_eq(lit(CLUSTER)))?.select(named)?;
    Ok(ViewTable::new(rows.into_unoptimized_plan(), None))
}
