//! What an object's key says before a byte is fetched: account, region, day, and whether it is a log at all.

use jiff::civil::Date;

/// Facts read from a key. What a key does not say stays unknown, and the unknown is never pruned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyFacts {
    pub account: Option<String>,
    pub region: Option<String>,
    /// The folder that names the kind of log: `CloudTrail`, `vpcflowlogs`, `GuardDuty`.
    pub service: Option<String>,
    /// The day of delivery. Events are older than their delivery by minutes, so a day also holds the last events of
    /// the day before.
    pub day: Option<Date>,
    pub digest: bool,
}

impl KeyFacts {
    pub fn of(key: &str) -> Self {
        let parts: Vec<&str> = key.split('/').collect();
        let (name, folders) = parts.split_last().map_or(("", &[][..]), |(name, folders)| (*name, folders));
        let mut facts = Self { day: day_of_folders(folders), ..Self::default() };
        if let Some(logs) = folders.iter().position(|part| *part == "AWSLogs") {
            let mut rest = folders.get(logs + 1..).unwrap_or_default();
            if rest.first().is_some_and(|part| part.starts_with("o-")) {
                rest = rest.get(1..).unwrap_or_default();
            }
            facts.account = rest.first().filter(|part| is_account(part)).map(|part| (*part).to_owned());
            facts.region = rest.get(2).filter(|part| is_region(part)).map(|part| (*part).to_owned());
            facts.service = rest.get(1).filter(|_| facts.account.is_some()).map(|part| (*part).to_owned());
            facts.digest = rest.get(1) == Some(&"CloudTrail-Digest");
        }
        facts.add_file_name(name);
        facts
    }

    /// `111122223333_CloudTrail_us-east-1_20240514T1405Z_….json.gz`: the name says it all, in any folder.
    fn add_file_name(&mut self, name: &str) {
        let mut fields = name.split('_');
        let (Some(account), Some(kind), Some(region), Some(time)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return;
        };
        if !is_account(account) || !kind.starts_with("CloudTrail") {
            return;
        }
        self.digest |= kind == "CloudTrail-Digest";
        self.account.get_or_insert_with(|| account.to_owned());
        self.service.get_or_insert_with(|| kind.to_owned());
        if is_region(region) {
            self.region.get_or_insert_with(|| region.to_owned());
        }
        if self.day.is_none() {
            self.day = time.get(..8).and_then(|day| Date::strptime("%Y%m%d", day).ok());
        }
    }
}

/// Which objects are wanted, by what their keys say.
#[derive(Clone, Debug, Default)]
pub struct KeyFilter {
    pub accounts: Vec<String>,
    pub regions: Vec<String>,
    /// First and last day of the events wanted.
    pub since: Option<Date>,
    pub until: Option<Date>,
}

impl KeyFilter {
    pub fn wants(&self, facts: &KeyFacts) -> bool {
        let listed = |wanted: &[String], known: &Option<String>| match known {
            Some(known) => wanted.is_empty() || wanted.contains(known),
            None => true,
        };
        listed(&self.accounts, &facts.account) && listed(&self.regions, &facts.region) && self.wants_day(facts.day)
    }

    fn wants_day(&self, day: Option<Date>) -> bool {
        let Some(day) = day else { return true };
        // Delivery follows the event, so the day after the last one still holds events of it.
        let last = self.until.map(|until| until.tomorrow().unwrap_or(until));
        self.since.is_none_or(|since| day >= since) && last.is_none_or(|last| day <= last)
    }

    /// Whether anything below a folder can be wanted. `folder` ends in `/`.
    pub fn wants_folder(&self, folder: &str) -> bool {
        let facts = KeyFacts::of(folder);
        let same = |wanted: &[String], known: &Option<String>| {
            wanted.is_empty() || known.as_ref().is_none_or(|known| wanted.contains(known))
        };
        same(&self.accounts, &facts.account) && same(&self.regions, &facts.region) && self.wants_day(facts.day)
    }
}

/// The first run of folders `YYYY/MM/DD`.
fn day_of_folders(folders: &[&str]) -> Option<Date> {
    folders.windows(3).find_map(|window| match window {
        [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2 => {
            Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
        }
        _ => None,
    })
}

/// Whether a part of a key has the form of an account: twelve digits.
pub fn is_account(part: &str) -> bool {
    part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a part of a key has the form of a region: `us-east-1`, `us-gov-west-1`, `ap-southeast-2`.
pub fn is_region(part: &str) -> bool {
    let mut pieces = part.split('-');
    let first = pieces.next().is_some_and(|area| matches!(area.len(), 2..=3) && is_lower(area));
    let last =
        pieces.next_back().is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    first && last && pieces.clone().count() > 0 && pieces.all(is_lower)
}

fn is_lower(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn facts(key: &str) -> (Option<String>, Option<String>, Option<Date>, bool) {
        let facts = KeyFacts::of(key);
        (facts.account, facts.region, facts.day, facts.digest)
    }

    #[test]
    fn every_layout_of_cloudtrail_is_understood() {
        let expected = (Some("111122223333".into()), Some("us-gov-west-1".into()), Some(date(2024, 5, 14)), false);
        for key in [
            "AWSLogs/111122223333/CloudTrail/us-gov-west-1/2024/05/14/111122223333_CloudTrail_us-gov-west-1_20240514T1405Z_x.json.gz",
            "pre/fix/AWSLogs/o-exampleorg1/111122223333/CloudTrail/us-gov-west-1/2024/05/14/x.json.gz",
            "copied/111122223333_CloudTrail_us-gov-west-1_20240514T1405Z_x.json",
        ] {
            assert_eq!(facts(key), expected, "{key}");
        }
        assert!(KeyFacts::of("AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2024/05/14/x.json.gz").digest);
    }

    #[test]
    fn the_service_is_the_folder_below_the_account() {
        let service = |key: &str| KeyFacts::of(key).service;
        let day = "us-east-1/2024/05/14/x";
        assert_eq!(service(&format!("AWSLogs/111122223333/vpcflowlogs/{day}")).as_deref(), Some("vpcflowlogs"));
        assert_eq!(service(&format!("p/AWSLogs/o-x/111122223333/GuardDuty/{day}")).as_deref(), Some("GuardDuty"));
        let named = "copied/111122223333_CloudTrail_us-east-1_20240514T1405Z_x.json";
        assert_eq!(service(named).as_deref(), Some("CloudTrail"));
        assert_eq!(service("AWSLogs/x/y/z"), None);
    }

    #[test]
    fn other_layouts_give_what_they_have() {
        assert_eq!(facts("firehose/demo/2024/05/14/14/x"), (None, None, Some(date(2024, 5, 14)), false));
        assert_eq!(facts("exports/0c9a/kube-apiserver-audit-00/000000.gz"), (None, None, None, false));
        assert_eq!(facts("a/2024/13/41/x"), (None, None, None, false));
    }

    #[test]
    fn the_unknown_is_never_pruned() {
        let filter = KeyFilter {
            accounts: vec!["111122223333".into()],
            regions: vec!["us-east-1".into()],
            since: Some(date(2024, 5, 14)),
            until: Some(date(2024, 5, 14)),
        };
        assert!(filter.wants(&KeyFacts::of("exports/x.gz")));
        let key = |region: &str, day: &str| format!("AWSLogs/111122223333/CloudTrail/{region}/2024/05/{day}/x.json.gz");
        assert!(filter.wants(&KeyFacts::of(&key("us-east-1", "14"))));
        assert!(filter.wants(&KeyFacts::of(&key("us-east-1", "15"))), "late deliveries");
        assert!(!filter.wants(&KeyFacts::of(&key("us-east-1", "13"))));
        assert!(!filter.wants(&KeyFacts::of(&key("us-east-1", "16"))));
        assert!(!filter.wants(&KeyFacts::of(&key("eu-west-1", "14"))));
        assert!(!filter.wants_folder("AWSLogs/444455556666/"));
        assert!(filter.wants_folder("AWSLogs/111122223333/CloudTrail/us-east-1/2024/05/"));
        assert!(!filter.wants_folder("AWSLogs/111122223333/CloudTrail/us-east-1/2024/05/13/"));
    }
}
