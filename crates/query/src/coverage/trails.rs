//! Which clusters a trail covers that records all regions and signs what it delivers.
//!
//! A trail is known by the digest objects that lie in the archive, one chain for each account and region, or by the
//! calls that made or changed it. What neither shows is not shown: that is said, and it counts as not covered. Where the
//! digests were verified, it counts what came of that.

use datafusion::arrow::array::RecordBatch;

use super::finding::{Finding, numbers, texts};
use super::stream::Stream;

/// What is shown of one cluster's trail.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClusterCover {
    pub cluster: String,
    pub account_id: Option<String>,
    pub region: Option<String>,
    pub is_covered: bool,
    /// By what, or why not.
    pub what: String,
}

/// A trail in an account and region, as `trails.sql` tells of it.
struct Trail {
    account_id: Option<String>,
    /// None for trails that only calls show: they name no region but their own.
    region: Option<String>,
    name: String,
    is_multi_region: bool,
    is_validated: bool,
    digests: i64,
    /// Of the digests, those that were verified; and of these those that are not proved.
    checked: i64,
    unproved: i64,
    /// Log files of the account and region that are not as they were delivered.
    altered_logs: i64,
}

impl Trail {
    /// What a verification found against it.
    fn objection(&self, account: &str, region: &str) -> Option<String> {
        let Self { name, checked, unproved, altered_logs, .. } = self;
        match (*unproved, *altered_logs) {
            (0, 0) => None,
            (0, logs) => Some(format!("log files of {account} in {region} were altered: {logs}")),
            _ => Some(format!("digests of trail {name} in {region} that are not proved: {unproved} of {checked}")),
        }
    }
}

pub(super) fn covers(
    clusters: &[RecordBatch],
    trails: &[RecordBatch],
    streams: &[Stream],
    findings: &[Finding],
) -> Vec<ClusterCover> {
    let trails: Vec<Trail> = trails.iter().flat_map(trails_of).collect();
    let mut places: Vec<(String, Option<String>, Option<String>)> = Vec::new();
    for batch in clusters {
        let (names, accounts, regions) = (texts(batch, "cluster"), texts(batch, "account_id"), texts(batch, "region"));
        for ((name, account), region) in names.into_iter().zip(accounts).zip(regions) {
            places.extend(name.map(|name| (name, account, region)));
        }
    }
    // Clusters that only their own logs show.
    for stream in streams.iter().filter(|stream| stream.source != "guardduty") {
        let Some(name) = &stream.cluster else { continue };
        if !places.iter().any(|(known, _, _)| known == name) {
            places.push((name.clone(), stream.account_id.clone(), None));
        }
    }
    places.sort();
    places.dedup();
    places.into_iter().map(|place| cover(place, &trails, findings)).collect()
}

fn cover(place: (String, Option<String>, Option<String>), trails: &[Trail], findings: &[Finding]) -> ClusterCover {
    let (cluster, account_id, region) = place;
    let (is_covered, what) = match (&account_id, &region) {
        (Some(account), Some(region)) => judged(account, region, trails, findings),
        _ => (false, "no AWS call tells the account and region of the cluster".to_owned()),
    };
    ClusterCover { cluster, account_id, region, is_covered, what }
}

fn judged(account: &str, region: &str, trails: &[Trail], findings: &[Finding]) -> (bool, String) {
    let here = |trail: &&Trail| {
        trail.account_id.as_deref() == Some(account)
            && (trail.region.as_deref() == Some(region) || (trail.region.is_none() && trail.is_multi_region))
    };
    let own: Vec<&Trail> = trails.iter().filter(here).collect();
    let Some(best) = own.iter().max_by_key(|trail| {
        (trail.is_multi_region && trail.is_validated, trail.digests > 0, trail.unproved == 0, trail.digests)
    }) else {
        return (false, format!("nothing in the archive shows a trail that signs its files for {account} in {region}"));
    };
    if !best.is_multi_region {
        return (false, format!("digests of trail {} are there for {region} only", best.name));
    }
    if !best.is_validated {
        return (false, format!("trail {} was made without log file validation", best.name));
    }
    let stopped = findings.iter().any(|finding| {
        let names_it = finding.what.contains(&format!(" {} was ", best.name));
        let is_stop = finding.what.contains("was stopped") || finding.what.contains("was deleted");
        finding.check == "trail_changed" && names_it && is_stop && finding.until.is_none()
    });
    if stopped {
        return (false, format!("trail {} was stopped, and nothing shows that it was started again", best.name));
    }
    if let Some(objection) = best.objection(account, region) {
        return (false, objection);
    }
    let shown = match (best.digests, best.checked) {
        (0, _) => "as the call that made it says",
        (_, 0) => "its digests are in the archive",
        (digests, checked) if checked < digests => {
            "its digests are in the archive, and valid as far as they were verified"
        }
        _ => "its digests are valid",
    };
    (true, format!("trail {} records all regions and signs its files: {shown}", best.name))
}

fn trails_of(batch: &RecordBatch) -> Vec<Trail> {
    let (accounts, regions, names) = (texts(batch, "account_id"), texts(batch, "region"), texts(batch, "trail"));
    let (multi, validated) = (numbers(batch, "multi_region"), numbers(batch, "validated"));
    let (digests, checked) = (numbers(batch, "digests"), numbers(batch, "checked"));
    let (unproved, altered_logs) = (numbers(batch, "unproved"), numbers(batch, "altered_logs"));
    let number = |column: &[Option<i64>], row: usize| column.get(row).copied().flatten().unwrap_or(0);
    let is = |column: &[Option<i64>], row: usize| number(column, row) > 0;
    let trail = |row: usize| {
        Some(Trail {
            account_id: accounts.get(row).cloned().flatten(),
            region: regions.get(row).cloned().flatten(),
            name: names.get(row).cloned().flatten()?,
            is_multi_region: is(&multi, row),
            is_validated: is(&validated, row),
            digests: number(&digests, row),
            checked: number(&checked, row),
            unproved: number(&unproved, row),
            altered_logs: number(&altered_logs, row),
        })
    };
    (0..batch.num_rows()).filter_map(trail).collect()
}

pub(super) fn indicator(covers: &[ClusterCover]) -> String {
    if covers.is_empty() {
        return "no cluster is named in this archive".to_owned();
    }
    let covered = covers.iter().filter(|cover| cover.is_covered).count();
    let all = covers.len();
    let noun = if all == 1 { "cluster is" } else { "clusters are" };
    let share = (covered * 100) as f64 / all as f64;
    let mut text = format!(
        "{covered} of {all} {noun} shown to be covered by a multi-region trail with log file validation ({share:.0} %)"
    );
    let others: Vec<&str> =
        covers.iter().filter(|cover| !cover.is_covered).map(|cover| cover.cluster.as_str()).collect();
    if !others.is_empty() {
        text += &format!("; not: {}", others.join(", "));
    }
    text
}
