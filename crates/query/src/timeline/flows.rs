//! The network flows of a pod, a node or an address, those around an event, and who had the address a flow came from.
//!
//! Flow records name addresses, not pods: one address can have been another's a minute before. Whose an address was,
//! and when, is in `holders`, from what `gather` finds; `named` are the functions of SQL that tell it, `table` is
//! all of it as a table. An event is known
//! by the pod or node that made it, or the address it came from.

mod gather;
mod holders;
mod named;
pub(crate) mod table;

use std::net::IpAddr;

use datafusion::scalar::ScalarValue;
use futures::TryStreamExt;

use super::cut::Cut;
use super::inventory::{Inventory, extract};
use crate::error::{Error, Names};
use crate::identity::columns::Columns;
use crate::session::Session;
use holders::{Holders, Kind, Tenure};

/// How far around an event its flows are looked for.
const AROUND_EVENT_MICROS: i64 = 10 * 60 * 1_000_000;

const ANY_FLOWS: &str = "SELECT table_name FROM parts WHERE table_name = 'vpc_flow' LIMIT 1";

const OF_EVENT: &str = "SELECT event_time AS first, source_ip AS address, object_namespace AS namespace,
    CASE WHEN object_resource = 'pods' THEN object_name END AS name,
    json_as_text(user_extra, 'authentication.kubernetes.io/pod-name', 0) AS pod,
    split_part(user_name, ':', 3) AS user_namespace
FROM k8s_audit WHERE audit_id = $of
UNION ALL
SELECT event_time, source_ip_address, NULL, NULL, NULL, NULL FROM cloudtrail WHERE event_id = $of";

/// An address, and when it was meant.
struct Meant {
    address: String,
    from: Option<i64>,
    until: Option<i64>,
}

/// The functions that name who had the address of a flow, for the timeline of a cluster.
pub async fn functions(
    session: &Session,
    cluster: &str,
    inventory: &Inventory,
) -> Result<[datafusion::logical_expr::ScalarUDF; 2], Error> {
    let answer = session.sql(ANY_FLOWS, Vec::new()).await?;
    let failed = |error| Error::of(error, ANY_FLOWS, Names::default());
    let parts: Vec<_> = answer.rows.try_collect().await.map_err(failed)?;
    // Without flows nobody asks.
    let mut tenures = Vec::new();
    if parts.iter().any(|batch| batch.num_rows() > 0) {
        tenures = gather::of_session(session, &session.derived).await?;
    }
    Ok(named::functions(Holders::of_cluster(tenures, cluster, inventory)))
}

/// Who had an address and when, in words, the first that had it first: `pod payments/api-0 of demo, from … until …`.
pub async fn held(session: &Session, address: &str) -> Result<Vec<String>, Error> {
    let mut own = gather::of_session(session, &session.derived).await?;
    own.retain(|one| one.address == address);
    own.sort_by(|one, other| (one.from, &one.id, &one.cluster).cmp(&(other.from, &other.id, &other.cluster)));
    Ok(own.iter().map(Tenure::told).collect())
}

/// The conditions that leave the flows of something.
pub async fn conditions(
    session: &Session,
    cut: &Cut,
    of: &str,
    parameters: &mut Vec<(String, ScalarValue)>,
) -> Result<Vec<String>, Error> {
    let mut all = meant(session, cut, of).await?;
    if all.is_empty() {
        return Err(Error::NoSuchPlace { name: of.to_owned() });
    }
    all.sort_by(|one, other| (&one.address, one.from).cmp(&(&other.address, other.from)));
    let mut parts = Vec::new();
    for (index, meant) in all.iter().enumerate() {
        let name = format!("flow{index}");
        let mut part = format!("(address = ${name} OR regexp_replace(target, ':[0-9]+$', '') = ${name})");
        parameters.push((name.clone(), ScalarValue::from(meant.address.as_str())));
        let instant = |micros| ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()));
        for (end, sign, micros) in [("from", ">=", meant.from), ("until", "<", meant.until)] {
            if let Some(micros) = micros {
                part += &format!(" AND time {sign} ${name}{end}");
                parameters.push((format!("{name}{end}"), instant(micros)));
            }
        }
        parts.push(part);
    }
    Ok(vec!["plane = 'network'".to_owned(), parts.join(" OR ")])
}

async fn meant(session: &Session, cut: &Cut, of: &str) -> Result<Vec<Meant>, Error> {
    let at = |address: String| Meant { address, from: None, until: None };
    if of.parse::<IpAddr>().is_ok() {
        return Ok(vec![at(of.to_owned())]);
    }
    if let Some(address) = extract::address_of_node(of) {
        return Ok(vec![at(address)]);
    }
    let pods = pods(session, cut).await?;
    let of_pod = |namespace: Option<&str>, name: &str| -> Vec<Meant> {
        let is_it = |pod: &&Tenure| match (namespace, pod.id.split_once('/')) {
            (Some(namespace), Some(own)) => own == (namespace, name),
            (None, Some((_, own))) => own == name,
            (_, None) => false,
        };
        let own = pods.iter().filter(is_it);
        own.map(|pod| Meant { address: pod.address.clone(), from: pod.from, until: pod.until }).collect()
    };
    let (namespace, name) = of.split_once('/').map_or((None, of), |(namespace, name)| (Some(namespace), name));
    let found = of_pod(namespace, name);
    if !found.is_empty() {
        return Ok(found);
    }
    let mut all = Vec::new();
    let parameters = vec![("of".to_owned(), ScalarValue::from(of))];
    let failed = |error| Error::of(error, OF_EVENT, Names::default());
    let answer = session.sql(OF_EVENT, parameters).await?;
    let batches: Vec<_> = answer.rows.try_collect().await.map_err(failed)?;
    for batch in batches {
        let columns = Columns(&batch);
        let texts = |name| columns.texts(name).map_err(failed);
        let (address, namespace, name) = (texts("address")?, texts("namespace")?, texts("name")?);
        let (pod, user_namespace) = (texts("pod")?, texts("user_namespace")?);
        let times = columns.times("first").map_err(failed)?;
        for row in 0..batch.num_rows() {
            let Some(time) = times.get(row) else { continue };
            let mut own: Vec<Meant> = Vec::new();
            if let Some(name) = name.text(row) {
                own.extend(of_pod(namespace.text(row), name));
            }
            if let Some(pod) = pod.text(row) {
                own.extend(of_pod(user_namespace.text(row), pod));
            }
            if let Some(address) = address.get(row).filter(|address| address.parse::<IpAddr>().is_ok()) {
                own.push(at(address));
            }
            all.extend(own.into_iter().map(|meant| Meant {
                from: Some(meant.from.unwrap_or(i64::MIN).max(time - AROUND_EVENT_MICROS)),
                until: Some(meant.until.unwrap_or(i64::MAX).min(time + AROUND_EVENT_MICROS)),
                ..meant
            }));
        }
    }
    Ok(all)
}

/// The addresses of the pods of the cluster that is asked for, or of all.
async fn pods(session: &Session, cut: &Cut) -> Result<Vec<Tenure>, Error> {
    let all = gather::of_session(session, &session.derived).await?;
    let is_asked = |one: &Tenure| one.kind == Kind::Pod && (cut.cluster.is_none() || one.cluster == cut.cluster);
    Ok(all.into_iter().filter(is_asked).collect())
}
