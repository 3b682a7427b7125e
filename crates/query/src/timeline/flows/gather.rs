//! The tenures of a lake's addresses, gathered by SQL once for each state of the lake and kept.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::prelude::SessionContext;
use serde_json::Value;

use super::super::inventory::extract;
use super::holders::{Kind, Tenure};
use crate::derived::{Derived, Holding};
use crate::error::{Error, Names};
use crate::identity::columns::Columns;
use crate::session::Session;

/// Version of what is gathered and of the form it is kept in.
const HOLDING: Holding = Holding { name: "addresses", version: 1, ending: "ndjson" };

/// The last line of the kept file.
const END: &str = "\"end\"";

/// Cluster, namespace and name of a pod.
type PodName = (String, String, String);

/// Whose every address was: kept from before, or gathered now and kept.
pub async fn of_session(session: &Session, derived: &Derived) -> Result<Vec<Tenure>, Error> {
    of_context(session.context(), derived).await.map_err(|error| Error::of(error, "", Names::default()))
}

/// The same within a question.
pub async fn of_context(context: &SessionContext, derived: &Derived) -> Result<Vec<Tenure>> {
    if let Some(kept) = kept(derived) {
        return Ok(kept);
    }
    let all = gather(context).await?;
    // That it can't be kept means only that it is gathered again.
    let _ = derived.keep(&HOLDING, |file| {
        for tenure in &all {
            serde_json::to_writer(&mut *file, tenure)?;
            file.write_all(b"\n")?;
        }
        writeln!(file, "{END}")
    });
    Ok(all)
}

/// What was kept; none where it is not whole.
fn kept(derived: &Derived) -> Option<Vec<Tenure>> {
    let file = std::fs::File::open(derived.path(&HOLDING)).ok()?;
    let mut all = Vec::new();
    for line in BufReader::new(file).lines() {
        let line = line.ok()?;
        if line == END {
            return Some(all);
        }
        all.push(serde_json::from_str(&line).ok()?);
    }
    None
}

async fn gather(context: &SessionContext) -> Result<Vec<Tenure>> {
    let mut all = pods(context).await?;
    for batch in ask(context, include_str!("nodes.sql")).await? {
        nodes(&batch, &mut all)?;
    }
    let mut machines = Machines::default();
    for batch in ask(context, include_str!("interfaces.sql")).await? {
        let columns = Columns(&batch);
        let (name, request) = (columns.texts("event_name")?, columns.texts("request_parameters")?);
        let (answer, times) = (columns.texts("response_elements")?, columns.times("first")?);
        for row in 0..batch.num_rows() {
            let parsed = |text: Option<&str>| extract::parsed(text.unwrap_or_default());
            machines.call(
                name.text(row).unwrap_or_default(),
                &parsed(request.text(row)),
                &parsed(answer.text(row)),
                times.get(row),
            );
        }
    }
    all.append(&mut machines.tenures);
    Ok(all)
}

async fn ask(context: &SessionContext, sql: &str) -> Result<Vec<RecordBatch>> {
    context.sql(sql).await?.collect().await
}

/// Pods, each from the first report of an address to the end of the pod or, where no log tells that, to the next pod of
/// the cluster that has the address.
async fn pods(context: &SessionContext) -> Result<Vec<Tenure>> {
    let mut deleted: HashMap<PodName, Vec<i64>> = HashMap::new();
    for batch in ask(context, include_str!("pods_deleted.sql")).await? {
        let columns = Columns(&batch);
        let names = [columns.texts("cluster")?, columns.texts("namespace")?, columns.texts("name")?];
        let times = columns.times("first")?;
        for row in 0..batch.num_rows() {
            let [cluster, namespace, name] = names.each_ref().map(|texts| texts.get(row).unwrap_or_default());
            deleted.entry((cluster, namespace, name)).or_default().extend(times.get(row));
        }
    }
    let mut found: Vec<(PodName, String, i64, i64)> = Vec::new();
    for batch in ask(context, include_str!("pods.sql")).await? {
        let columns = Columns(&batch);
        let names = [columns.texts("cluster")?, columns.texts("namespace")?, columns.texts("name")?];
        let address = columns.texts("address")?;
        let (first, last) = (columns.times("first")?, columns.times("last")?);
        for row in 0..batch.num_rows() {
            let (Some(address), Some(first), Some(last)) = (address.get(row), first.get(row), last.get(row)) else {
                continue;
            };
            let [cluster, namespace, name] = names.each_ref().map(|texts| texts.get(row).unwrap_or_default());
            found.push(((cluster, namespace, name), address, first, last));
        }
    }
    // Of one address in one cluster, in the order of time.
    found.sort_by(|a, b| (&a.0.0, &a.1, a.2, &a.0, a.3).cmp(&(&b.0.0, &b.1, b.2, &b.0, b.3)));
    let ends: Vec<Option<i64>> = found
        .iter()
        .enumerate()
        .map(|(at, (pod, address, first, last))| {
            let next = found.get(at + 1).filter(|next| (&next.0.0, &next.1) == (&pod.0, address)).map(|next| next.2);
            let gone = deleted.get(pod).into_iter().flatten().copied().filter(|time| time >= first);
            // Asked to go, a pod has a while; of its kubelet's word that it is gone there is no later report.
            let gone = gone.filter(|time| next.is_none_or(|next| *time <= next)).max().map(|time| time.max(*last));
            gone.or(next)
        })
        .collect();
    let tenures = found.into_iter().zip(ends).map(|(((cluster, namespace, name), address, first, _), until)| Tenure {
        address,
        kind: Kind::Pod,
        cluster: Some(cluster),
        id: format!("{namespace}/{name}"),
        also: None,
        from: Some(first),
        until,
    });
    Ok(tenures.collect())
}

fn nodes(batch: &RecordBatch, all: &mut Vec<Tenure>) -> Result<()> {
    let columns = Columns(batch);
    let [cluster, name, instance] = [columns.texts("cluster")?, columns.texts("name")?, columns.texts("instance")?];
    let (first, last) = (columns.times("first")?, columns.times("last")?);
    for row in 0..batch.num_rows() {
        let Some(name) = name.get(row) else { continue };
        let Some(address) = extract::address_of_node(&name) else { continue };
        all.push(Tenure {
            address,
            kind: Kind::Node,
            cluster: cluster.get(row),
            id: name,
            also: instance.get(row),
            from: first.get(row),
            until: last.get(row),
        });
    }
    Ok(())
}

/// Instances and interfaces, by calls in the order of time.
#[derive(Default)]
struct Machines {
    tenures: Vec<Tenure>,
    /// Positions of tenures that have not ended, by id.
    open: HashMap<String, Vec<usize>>,
}

impl Machines {
    fn call(&mut self, name: &str, request: &Value, answer: &Value, time: Option<i64>) {
        match name {
            "RunInstances" => {
                for one in list(answer, "/instancesSet/items") {
                    self.begin(Kind::Instance, one, "instanceId", "privateDnsName", time);
                    for interface in list(one, "/networkInterfaceSet/items") {
                        self.begin(Kind::Interface, interface, "networkInterfaceId", "description", time);
                    }
                }
            }
            "CreateNetworkInterface" => {
                let made = answer.get("networkInterface").unwrap_or(&Value::Null);
                self.begin(Kind::Interface, made, "networkInterfaceId", "description", time);
            }
            "AssignPrivateIpAddresses" => {
                let id = text(answer, "networkInterfaceId").or_else(|| text(request, "networkInterfaceId"));
                let assigned = "/assignedPrivateIpAddressesSet/assignedPrivateIpAddressSetType";
                let own = list(answer, assigned).chain(list(request, "/privateIpAddressesSet/item"));
                for address in own.filter_map(|one| text(one, "privateIpAddress")) {
                    self.add(Kind::Interface, id, address, None, time);
                }
            }
            "UnassignPrivateIpAddresses" => {
                let gone: Vec<&str> = list(request, "/privateIpAddressesSet/item")
                    .filter_map(|one| text(one, "privateIpAddress"))
                    .collect();
                self.end(text(request, "networkInterfaceId"), time, |address| gone.contains(&address));
            }
            "DeleteNetworkInterface" => self.end(text(request, "networkInterfaceId"), time, |_| true),
            "TerminateInstances" => {
                for one in list(request, "/instancesSet/items") {
                    self.end(text(one, "instanceId"), time, |_| true);
                }
            }
            _ => {}
        }
    }

    /// Takes the addresses of an instance or interface.
    fn begin(&mut self, kind: Kind, made: &Value, id: &str, also: &str, time: Option<i64>) {
        let (id, also) = (text(made, id), text(made, also));
        let more = list(made, "/privateIpAddressesSet/item").filter_map(|one| text(one, "privateIpAddress"));
        for address in text(made, "privateIpAddress").into_iter().chain(more) {
            self.add(kind, id, address, also, time);
        }
    }

    fn add(&mut self, kind: Kind, id: Option<&str>, address: &str, also: Option<&str>, time: Option<i64>) {
        let Some(id) = id else { return };
        let open = self.open.entry(id.to_owned()).or_default();
        if open.iter().any(|at| self.tenures.get(*at).is_some_and(|known| known.address == address)) {
            return;
        }
        open.push(self.tenures.len());
        self.tenures.push(Tenure {
            address: address.to_owned(),
            kind,
            cluster: None,
            id: id.to_owned(),
            also: also.map(str::to_owned),
            from: time,
            until: None,
        });
    }

    fn end(&mut self, id: Option<&str>, time: Option<i64>, is_gone: impl Fn(&str) -> bool) {
        let Some(open) = id.and_then(|id| self.open.get_mut(id)) else { return };
        open.retain(|at| {
            let Some(tenure) = self.tenures.get_mut(*at) else { return false };
            if is_gone(&tenure.address) {
                tenure.until = time;
                return false;
            }
            true
        });
    }
}

fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, member: &str) -> Option<&'a str> {
    value.get(member).and_then(Value::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn addresses_of_interfaces_begin_and_end_with_calls() {
        let mut machines = Machines::default();
        let item = |address: &str| json!({"item": [{"privateIpAddress": address}]});
        let made = json!({"networkInterface": {"networkInterfaceId": "eni-1", "privateIpAddress": "10.0.0.1"}});
        machines.call("CreateNetworkInterface", &Value::Null, &made, Some(1));
        let asked = json!({"networkInterfaceId": "eni-1", "privateIpAddressesSet": item("10.0.0.2")});
        machines.call("AssignPrivateIpAddresses", &asked, &Value::Null, Some(2));
        machines.call("UnassignPrivateIpAddresses", &asked, &Value::Null, Some(3));
        machines.call("DeleteNetworkInterface", &json!({"networkInterfaceId": "eni-1"}), &Value::Null, Some(4));
        let spans: Vec<_> = machines.tenures.iter().map(|one| (one.address.as_str(), one.from, one.until)).collect();
        assert_eq!(spans, [("10.0.0.1", Some(1), Some(4)), ("10.0.0.2", Some(2), Some(3))]);
    }
}
