//! The network flows of a pod, a node or an address, and those around an event.
//!
//! A pod is known by the addresses that its kubelet reported for it, each from the first report of it to the next pod
//! that has it; a node by its name and by what the inventory knows; an event by the pod or node that made it, or the
//! address it came from. Flow records name addresses, not pods: one address can have been another's a minute before.

use std::net::IpAddr;

use datafusion::scalar::ScalarValue;
use futures::TryStreamExt;

use super::cut::Cut;
use super::inventory::extract;
use crate::error::{Error, Names};
use crate::identity::columns::Columns;
use crate::session::Session;

/// How far around an event its flows are looked for.
const AROUND_EVENT_MICROS: i64 = 10 * 60 * 1_000_000;

const OF_PODS: &str = "SELECT object_namespace AS namespace, object_name AS name,
    json_get_str(request_object, 'status', 'podIP') AS address, min(event_time) AS first
FROM k8s_audit
WHERE object_resource = 'pods' AND object_subresource = 'status' AND strpos(request_object, '\"podIP\"') > 0
    AND ($cluster IS NULL OR k8s_audit.cluster = $cluster)
    AND json_get_bool(request_object, 'spec', 'hostNetwork') IS NOT TRUE
GROUP BY 1, 2, 3 ORDER BY first";

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
        let is_it = |pod: &&Pod| pod.name == name && namespace.is_none_or(|namespace| pod.namespace == namespace);
        let own = pods.iter().filter(is_it).map(|pod| {
            let others = pods.iter().filter(|other| other.address == pod.address && other.first > pod.first);
            Meant { address: pod.address.clone(), from: Some(pod.first), until: others.map(|other| other.first).min() }
        });
        own.collect()
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

struct Pod {
    namespace: String,
    name: String,
    address: String,
    first: i64,
}

async fn pods(session: &Session, cut: &Cut) -> Result<Vec<Pod>, Error> {
    let failed = |error| Error::of(error, OF_PODS, Names::default());
    let parameters = vec![("cluster".to_owned(), ScalarValue::Utf8(cut.cluster.clone()))];
    let answer = session.sql(OF_PODS, parameters).await?;
    let batches: Vec<_> = answer.rows.try_collect().await.map_err(failed)?;
    let mut pods = Vec::new();
    for batch in batches {
        let columns = Columns(&batch);
        let texts = |name| columns.texts(name).map_err(failed);
        let (namespace, name, address) = (texts("namespace")?, texts("name")?, texts("address")?);
        let times = columns.times("first").map_err(failed)?;
        for row in 0..batch.num_rows() {
            let (Some(address), Some(first)) = (address.get(row), times.get(row)) else { continue };
            let [namespace, name] = [&namespace, &name].map(|texts| texts.get(row).unwrap_or_default());
            pods.push(Pod { namespace, name, address, first });
        }
    }
    Ok(pods)
}
