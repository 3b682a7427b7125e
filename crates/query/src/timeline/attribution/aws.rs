//! Which cluster an AWS call concerns: one that it names, else what the rules say.

use std::collections::{BTreeMap, BTreeSet};

use super::super::inventory::{Confidence, extract};
use super::rules::BY_SESSION_ONLY;
use super::{Concern, Event, Lookup, Things};
use crate::udf::cluster_of_call;

/// The arguments of `aws_concern`, in order.
const SOURCE: usize = 0;
const NAME: usize = 1;
const REQUEST: usize = 2;
const RESPONSE: usize = 3;
const RESOURCES: usize = 4;
const KEY: usize = 5;
const MINTED: usize = 6;
const ARN: usize = 7;
const SUBJECT: usize = 8;
const INVOKED_BY: usize = 9;
const ACCOUNT: usize = 10;
const REGION: usize = 11;
const PROVIDER: usize = 12;

/// The role sessions that are EKS itself, by the beginning of the role's name.
const SERVICE_ROLES: &str = "AWSServiceRoleForAmazonEKS";

pub fn concern(lookup: &Lookup, of: &[&str; 13]) -> Option<Concern> {
    let of = &looked_at(of);
    let named = |reason| Concern { confidence: Confidence::Certain, reason, shared_with: BTreeSet::new() };
    if let Some(cluster) = cluster_of_call(of[SOURCE], of[NAME], of[REQUEST], of[RESPONSE]) {
        // A call that names another cluster is not in this one's timeline, whoever made it.
        return (cluster == lookup.cluster).then(|| named("names the cluster"));
    }
    let mut tagged = tagged(&lookup.things, of);
    if tagged.remove(&lookup.cluster) {
        let confidence = if tagged.is_empty() { Confidence::Certain } else { Confidence::Ambiguous };
        return Some(Concern { confidence, reason: "carries the tag of the cluster", shared_with: tagged });
    }
    if !tagged.is_empty() {
        return None;
    }
    let mut event = event(of);
    // The issuer of its token says whose account took a role, whichever clusters share the role.
    if event.service == "sts" && lookup.is_of_others(of[PROVIDER]) {
        event.texts.clear();
    }
    if !lookup.subject_counts(of[PROVIDER]) {
        event.subject = "";
    }
    lookup.best(&event)
}

/// The clusters that a call concerns: each of which [`concern`] says something, with the lookups of all clusters.
pub fn clusters_of<'a>(lookups: &'a BTreeMap<String, Lookup>, of: &[&str; 13]) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let Some(things) = lookups.values().next().map(|lookup| &lookup.things) else { return found };
    each_candidate(things, of, &mut |cluster| {
        if let Some((cluster, _)) = lookups.get_key_value(cluster) {
            found.insert(cluster.as_str());
        }
    });
    found.retain(|cluster| lookups.get(*cluster).is_some_and(|lookup| concern(lookup, of).is_some()));
    found
}

/// Tells the clusters that a call can concern, some of them more than once.
fn each_candidate(things: &Things, of: &[&str; 13], take: &mut dyn FnMut(&str)) {
    let of = &looked_at(of);
    if let Some(cluster) = cluster_of_call(of[SOURCE], of[NAME], of[REQUEST], of[RESPONSE]) {
        return take(&cluster);
    }
    let tagged = tagged(things, of);
    if tagged.is_empty() {
        things.each_owner(&event(of), take);
    } else {
        for cluster in &tagged {
            take(cluster);
        }
    }
}

/// What of a call is looked at: where only who made it counts, nothing that it says.
fn looked_at<'a>(of: &[&'a str; 13]) -> [&'a str; 13] {
    let mut of = *of;
    if BY_SESSION_ONLY.contains(&service(&of)) {
        for said in [REQUEST, RESPONSE, RESOURCES, MINTED, PROVIDER] {
            of[said] = "";
        }
    }
    of
}

fn service<'a>(of: &[&'a str; 13]) -> &'a str {
    of[SOURCE].strip_suffix(".amazonaws.com").unwrap_or(of[SOURCE])
}

/// The clusters whose tags a call carries.
fn tagged(things: &Things, of: &[&str; 13]) -> BTreeSet<String> {
    let mut tagged = BTreeSet::new();
    let texts = [of[REQUEST], of[RESPONSE]];
    if texts.iter().any(|text| extract::may_be_tagged(text)) {
        for text in texts {
            extract::tagged(&extract::parsed(text), &mut |name| {
                if things.clusters.contains(name) {
                    tagged.insert(name.to_owned());
                }
            });
        }
    }
    tagged
}

/// What the rules look at.
fn event<'a>(of: &[&'a str; 13]) -> Event<'a> {
    let service = service(of);
    let by_eks = extract::role_name(of[ARN]).starts_with(SERVICE_ROLES)
        || matches!(of[INVOKED_BY], "eks.amazonaws.com" | "eks-nodegroup.amazonaws.com" | "eks-fargate.amazonaws.com");
    let mut texts = vec![of[REQUEST], of[RESPONSE], of[RESOURCES]];
    if service == "sts" {
        texts.push(of[PROVIDER]);
    }
    // The subject of a token says which service account it is of, but many clusters have one of that name; so it counts
    // only where the issuer of the token does not tell.
    let is_service_account = of[SUBJECT].starts_with("system:serviceaccount:");
    Event {
        service,
        action: of[NAME],
        account: of[ACCOUNT],
        region: of[REGION],
        key: of[KEY],
        minted: of[MINTED],
        session: extract::session_name(of[ARN]).unwrap_or(""),
        subject: if is_service_account { of[SUBJECT] } else { "" },
        is_eks_itself: by_eks,
        texts,
    }
}
