//! What `eksamine ingest --dry-run` says: what would be read, how much, of which days and from where. It knows the
//! listing and the manifest, no byte of an object, and so does not say what the objects are.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use eksamine_ingest::{KeyFacts, Plan, Wanted, common_folder, prefix_of};
use jiff::civil::Date;

use crate::numbers::{bytes, counted};
use crate::prose::fitted;
use crate::summary;
use crate::terminal::sanitise;

/// How many archived objects are named.
const ARCHIVED_NAMED: usize = 3;

/// Objects that have something in common.
#[derive(Default)]
struct Group {
    objects: u64,
    size_bytes: u64,
    /// First and last, of those whose keys name one.
    days: Option<(Date, Date)>,
    undated: u64,
}

impl Group {
    fn add(&mut self, wanted: &Wanted) {
        self.objects += 1;
        self.size_bytes += wanted.object.size_bytes;
        match wanted.day {
            Some(day) => {
                let (first, last) = self.days.unwrap_or((day, day));
                self.days = Some((first.min(day), last.max(day)));
            }
            None => self.undated += 1,
        }
    }

    /// `2 objects, 1.5 KiB`
    fn size(&self) -> String {
        format!("{}, {}", counted(self.objects, "object"), bytes(self.size_bytes))
    }

    /// `2024-05-13 to 2024-05-14`
    fn span(&self) -> Option<String> {
        self.days.map(|(first, last)| if first == last { first.to_string() } else { format!("{first} to {last}") })
    }
}

pub fn text(plan: &Plan) -> String {
    let mut all = Group::default();
    plan.wanted.iter().for_each(|wanted| all.add(wanted));
    let mut text = format!("would read {} ({})\n", counted(all.objects, "object"), bytes(all.size_bytes));
    if let Some(span) = all.span() {
        let undated = match all.undated {
            0 => String::new(),
            undated => format!("; {} of no day", counted(undated, "object")),
        };
        let _ = writeln!(text, "{}", fitted(&format!("  days in the keys: {span}{undated}"), 4));
    }
    text += &part_line("logs", &plan.wanted, |facts| facts.service);
    text += &part_line("accounts", &plan.wanted, |facts| facts.account);
    text += &part_line("regions", &plan.wanted, |facts| facts.region);
    text += &prefixes(&plan.wanted);
    text += &archived(&plan.wanted);
    if plan.digests > 0 {
        let line = format!("of these, {}", summary::kept_as_proof(plan.digests, plan.digest_bytes));
        let _ = writeln!(text, "{}", fitted(&line, 2));
    }
    for line in summary::left_out(&summary::LeftOut::of_plan(plan)) {
        let _ = writeln!(text, "{}", fitted(&line, 2));
    }
    for (place, why) in &plan.unlisted {
        let _ = writeln!(text, "{}", fitted(&format!("can't list {}: {}", sanitise(place), sanitise(why)), 2));
    }
    text
}

/// `  accounts: 111122223333 (2 objects, 1.5 KiB), not in the key (1 object, 3 B)`; nothing where no key names one.
fn part_line(noun: &str, wanted: &[Wanted], part: fn(KeyFacts) -> Option<String>) -> String {
    let mut groups: BTreeMap<Option<String>, Group> = BTreeMap::new();
    for wanted in wanted {
        groups.entry(part(KeyFacts::of(&wanted.object.key))).or_default().add(wanted);
    }
    let unnamed = groups.remove(&None);
    if groups.is_empty() {
        return String::new();
    }
    let named = groups.iter().filter_map(|(name, group)| Some((name.as_deref()?, group)));
    let mut told: Vec<String> = named.map(|(name, group)| format!("{} ({})", sanitise(name), group.size())).collect();
    told.extend(unnamed.map(|group| format!("not in the key ({})", group.size())));
    fitted(&format!("  {noun}: {}", told.join(", ")), 4) + "\n"
}

/// A line for each prefix, in their order.
fn prefixes(wanted: &[Wanted]) -> String {
    let root = common_folder(wanted.iter().map(|wanted| wanted.object.uri.as_str()));
    let mut groups: BTreeMap<&str, Group> = BTreeMap::new();
    for wanted in wanted {
        groups.entry(prefix_of(&wanted.object.uri, root)).or_default().add(wanted);
    }
    let lines = groups.iter().map(|(prefix, group)| {
        let span = group.span().map(|span| format!(", {span}")).unwrap_or_default();
        fitted(&format!("  {}  {}{span}", sanitise(prefix), group.size()), 6) + "\n"
    });
    lines.collect()
}

/// What the listing says lies in an archive tier.
fn archived(wanted: &[Wanted]) -> String {
    let mut tiers: BTreeMap<&str, Group> = BTreeMap::new();
    let mut named = Vec::new();
    for wanted in wanted {
        if let Some(tier) = wanted.archive_tier() {
            tiers.entry(tier).or_default().add(wanted);
            named.push(wanted.object.uri.as_str());
        }
    }
    let mut text = String::new();
    for (tier, group) in tiers {
        let line = format!(
            "of these, {} ({}) in {tier}: to be restored before they can be read",
            counted(group.objects, "object"),
            bytes(group.size_bytes)
        );
        let _ = writeln!(text, "{}", fitted(&line, 2));
    }
    for uri in named.iter().take(ARCHIVED_NAMED) {
        let _ = writeln!(text, "  {}", sanitise(uri));
    }
    if named.len() > ARCHIVED_NAMED {
        let _ = writeln!(text, "  and {} more", named.len() - ARCHIVED_NAMED);
    }
    text
}
