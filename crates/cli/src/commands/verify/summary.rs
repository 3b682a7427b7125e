//! What a verification found, in words: a few lines for each chain, one for all of it, and what to do about keys.

use std::fmt::Write as _;

use eksamine_custody::{ChainSummary, Counts, Recheck, Report, Settings, Verdict};
use jiff::Timestamp;

use crate::numbers::{counted, grouped};
use crate::terminal::sanitise;

/// How many places that could not be listed, and how many keys, are named.
const MOST_NAMED: usize = 5;

pub fn text(report: &Report, pace: &str) -> String {
    let mut text = String::new();
    for chain in &report.chains {
        text += &of_chain(chain);
    }
    text += &of_unlisted(&report.unlisted);
    let mut whole = vec![of_digests(&report.digests()), of_logs(&report.logs())];
    if report.gaps() > 0 {
        whole.push(counted(report.gaps(), "gap"));
    }
    let _ = writeln!(text, "in all {}, in {pace}", whole.join("; "));
    text
}

/// Of an archive that was read again.
pub fn of_recheck(report: &Recheck, pace: &str) -> String {
    let text = of_unlisted(&report.unlisted);
    format!("{text}in all {}, in {pace}\n", of(&report.objects, "object"))
}

fn of_unlisted(unlisted: &[(String, String)]) -> String {
    let mut text = String::new();
    for (place, why) in unlisted.iter().take(MOST_NAMED) {
        let _ = writeln!(text, "could not be listed: `{}`: {}", sanitise(place), sanitise(why));
    }
    if unlisted.len() > MOST_NAMED {
        let _ = writeln!(text, "and {} more", unlisted.len() - MOST_NAMED);
    }
    text
}

fn of_chain(chain: &ChainSummary) -> String {
    let mut text = place(chain);
    if let Some(trail) = &chain.trail {
        let _ = write!(text, ", trail {}", sanitise(trail));
        if let Some(home) = chain.home_region.as_deref().filter(|home| *home != chain.region) {
            let _ = write!(text, " of {}", sanitise(home));
        }
        if chain.is_backfill {
            text += ", backfill";
        }
        if let Some((from, to)) = chain.first_micros.and_then(instant).zip(chain.last_micros.and_then(instant)) {
            let _ = write!(text, ", {from} to {to}");
        }
    } else {
        text += ", of no digest";
    }
    text += "\n";
    if chain.digests.total() > 0 {
        let _ = writeln!(text, "  {}", of_digests(&chain.digests));
    }
    if chain.logs.total() > 0 {
        let _ = writeln!(text, "  {}", of_logs(&chain.logs));
    }
    if chain.gaps > 0 {
        let _ = writeln!(text, "  {}", counted(chain.gaps, "gap"));
    }
    text
}

fn place(chain: &ChainSummary) -> String {
    let known = |name: &str, otherwise: &str| sanitise(if name.is_empty() { otherwise } else { name }).into_owned();
    let (account, region) = (known(&chain.account, "account unknown"), known(&chain.region, "region unknown"));
    match &chain.organization {
        Some(organization) => format!("{}/{account} {region}", sanitise(organization)),
        None => format!("{account} {region}"),
    }
}

fn of_digests(counts: &Counts) -> String {
    of(counts, "digest")
}

fn of_logs(counts: &Counts) -> String {
    of(counts, "log file")
}

/// `6 digests, all valid`; `10 log files: 9 valid, 1 altered`.
fn of(counts: &Counts, noun: &str) -> String {
    let total = counts.total();
    let many = counted(total, noun);
    let some: Vec<(Verdict, u64)> = counts.iter().filter(|(_, count)| *count > 0).collect();
    match some.as_slice() {
        [] => many,
        [(verdict, 1)] => format!("{many}, {}", verdict.phrase()),
        [(verdict, _)] => format!("{many}, all {}", verdict.phrase()),
        several => {
            let parts: Vec<String> =
                several.iter().map(|(verdict, count)| format!("{} {}", grouped(*count), verdict.phrase())).collect();
            format!("{many}: {}", parts.join(", "))
        }
    }
}

/// What to do about keys that were not given.
pub fn notes(report: &Report, settings: &Settings) -> Vec<String> {
    let mut notes = Vec::new();
    if report.unknown_keys.is_empty() {
        return notes;
    }
    if settings.key_source.is_some() {
        let names: Vec<String> =
            report.unknown_keys.keys().take(MOST_NAMED).map(|name| format!("`{}`", sanitise(name))).collect();
        let more = report.unknown_keys.len().saturating_sub(MOST_NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        notes.push(format!("\nhint: CloudTrail was asked, and knows no key of fingerprint {}{more}", names.join(", ")));
        return notes;
    }
    let none = if settings.keys.is_empty() { "no public keys were given" } else { "public keys are lacking" };
    notes.push(format!("\nhint: {none}; save them with the network of AWS, and give each file with `--keys`:"));
    let mut regions: Vec<&String> = report.unknown_keys.values().flatten().collect();
    regions.sort();
    regions.dedup();
    for region in regions.iter().take(MOST_NAMED) {
        let chains = report.chains.iter().filter(|chain| chain.region == **region && chain.trail.is_some());
        let first = chains.clone().filter_map(|chain| chain.first_micros).min().and_then(instant);
        let last = chains.filter_map(|chain| chain.last_micros).max().and_then(instant);
        let (Some(first), Some(last)) = (first, last) else { continue };
        notes.push(format!(
            "  aws cloudtrail list-public-keys --region {region} --start-time {first} --end-time {last} \
             > keys-{region}.json"
        ));
    }
    if regions.len() > MOST_NAMED {
        notes.push(format!("  and likewise for {} more regions", regions.len() - MOST_NAMED));
    }
    notes
}

fn instant(micros: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(micros).ok()
}
