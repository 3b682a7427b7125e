//! Which cluster a Kubernetes record belongs to: from the log group, else from the user's mapping, else from the
//! key, else the key's prefix itself, marked as assumed.

/// A cluster's name and whether it is only assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    pub name: String,
    pub assumed: bool,
}

/// The user's `--cluster NAME=KEY-PREFIX` mappings. The longest prefix that fits a key wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterMap {
    entries: Vec<(String, String)>,
}

impl ClusterMap {
    pub fn insert(&mut self, name: &str, key_prefix: &str) {
        self.entries.push((key_prefix.to_owned(), name.to_owned()));
        self.entries.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
    }

    fn find(&self, key: &str) -> Option<&str> {
        self.entries.iter().find(|(prefix, _)| key.starts_with(prefix.as_str())).map(|(_, name)| name.as_str())
    }
}

/// Resolves the cluster of the records of one object, or of one log group within it.
pub fn resolve(log_group: Option<&str>, map: &ClusterMap, key: &str) -> Cluster {
    let known = log_group.and_then(of_log_group).or_else(|| map.find(key)).or_else(|| of_key(key));
    match known {
        Some(name) => Cluster { name: name.to_owned(), assumed: false },
        None => Cluster { name: prefix_of(key).to_owned(), assumed: true },
    }
}

/// `/aws/eks/NAME/cluster` is the log group EKS writes to.
pub fn of_log_group(log_group: &str) -> Option<&str> {
    log_group.strip_prefix("/aws/eks/")?.strip_suffix("/cluster").filter(|name| is_name(name))
}

/// Names in a key that follow the log group: `…/aws/eks/NAME/cluster/…`, `…/aws-eks-NAME-cluster/…`, or a folder
/// `cluster=NAME`.
fn of_key(key: &str) -> Option<&str> {
    let parts: Vec<&str> = key.split('/').collect();
    let by_path =
        parts.windows(4).find(|w| matches!(w, ["aws", "eks", name, "cluster"] if is_name(name))).map(|w| w[2]);
    let folders = parts.split_last().map_or(&[][..], |(_, folders)| folders);
    let by_folder = || folders.iter().find_map(|part| part.strip_prefix("aws-eks-")?.strip_suffix("-cluster"));
    let by_hive = || folders.iter().find_map(|part| part.strip_prefix("cluster="));
    by_path.or_else(by_folder).or_else(by_hive).filter(|name| is_name(name))
}

/// The part of a key before dates, export tasks and log streams: the nearest thing to a name it has.
fn prefix_of(key: &str) -> &str {
    let folder = key.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut end = 0;
    for part in folder.split('/') {
        if is_date_part(part) || is_task_id(part) || crate::source::of_log_stream(part).is_some() {
            break;
        }
        end += part.len() + usize::from(end > 0);
    }
    match folder.get(..end) {
        Some("") | None => "unknown",
        Some(prefix) => prefix,
    }
}

fn is_date_part(part: &str) -> bool {
    matches!(part.len(), 2 | 4) && part.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_task_id(part: &str) -> bool {
    part.len() == 36 && part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// EKS cluster names: letters, digits, hyphens and underscores, at most 100.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 100
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(log_group: Option<&str>, key: &str) -> (String, bool) {
        let mut map = ClusterMap::default();
        map.insert("mapped", "k8s/one/");
        map.insert("deeper", "k8s/one/two/");
        let cluster = resolve(log_group, &map, key);
        (cluster.name, cluster.assumed)
    }

    #[test]
    fn the_log_group_comes_first() {
        assert_eq!(resolved(Some("/aws/eks/demo/cluster"), "k8s/one/x.gz"), ("demo".into(), false));
        assert_eq!(resolved(Some("/aws/lambda/demo"), "k8s/one/x.gz"), ("mapped".into(), false));
    }

    #[test]
    fn the_longest_mapping_wins() {
        assert_eq!(resolved(None, "k8s/one/two/x.gz"), ("deeper".into(), false));
    }

    #[test]
    fn a_key_can_carry_the_log_group() {
        assert_eq!(resolved(None, "exports/aws-eks-demo-cluster/x.gz"), ("demo".into(), false));
        assert_eq!(resolved(None, "a/aws/eks/demo/cluster/x.gz"), ("demo".into(), false));
        assert_eq!(resolved(None, "lake/cluster=demo/x.gz"), ("demo".into(), false));
    }

    #[test]
    fn else_the_prefix_is_assumed() {
        let task = "0c9ad4b5-5b9f-4a7a-8d0e-3d6f2f0a1b2c";
        let key = format!("logs/prod/{task}/kube-apiserver-audit-00ff/000000.gz");
        assert_eq!(resolved(None, &key), ("logs/prod".into(), true));
        assert_eq!(resolved(None, "fire/hose/2024/05/14/x"), ("fire/hose".into(), true));
        assert_eq!(resolved(None, "audit.log"), ("unknown".into(), true));
    }
}
