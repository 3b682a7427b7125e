//! What a lake offers to a query: its tables as plain data, and how each of them looks as a log group.
//!
//! The caller lists names, kinds and upstream paths; what a table means as a log group (where its stream's name comes
//! from, whether its records are JSON) stands here, since it is a matter of the language and not of the lake.

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An instant, microseconds UTC.
    Time,
    Text,
    /// JSON text as it stood in the record.
    Json,
    Int,
    Float,
    Bool,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    /// Where the value stands in the upstream record: keys, or array positions as digits. Empty for a computed column.
    pub path: Vec<String>,
}

/// A table that can be asked as a log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
}

/// A table of values by which `lookup` and `cidrlookup` enrich rows. The caller registers it under its name, all
/// columns as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    pub name: String,
    pub columns: Vec<String>,
}

/// What a table is as a log group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    pub table: &'static str,
    /// Whether records are JSON, so that every path into them is a field.
    pub json: bool,
    /// Whether its events came through CloudWatch Logs and have its timestamp, stream and group.
    pub cloudwatch: bool,
    /// The SQL text that names the stream where none is known.
    pub stream: Option<&'static str>,
    /// What its streams' names begin with.
    pub streams: &'static [&'static str],
    /// What `@log` says where no log group is known.
    pub log: &'static str,
    /// Whether rows tell their cluster.
    pub cluster: bool,
    /// A Json column with fields that have no column of their own.
    pub rest: Option<&'static str>,
}

/// Every table that is a log group, those of an EKS cluster's group first.
pub(crate) static ROLES: [Role; 7] = [
    Role {
        table: "k8s_audit",
        json: true,
        cloudwatch: true,
        stream: Some("'kube-apiserver-audit'"),
        streams: &["kube-apiserver-audit"],
        log: "eks",
        cluster: true,
        rest: None,
    },
    Role {
        table: "authenticator",
        json: false,
        cloudwatch: true,
        stream: Some("'authenticator'"),
        streams: &["authenticator"],
        log: "eks",
        cluster: true,
        rest: Some("fields"),
    },
    Role {
        table: "control_plane",
        json: false,
        cloudwatch: true,
        stream: Some("component"),
        streams: &["kube-apiserver", "kube-controller-manager", "kube-scheduler", "cloud-controller-manager"],
        log: "eks",
        cluster: true,
        rest: Some("fields"),
    },
    plain("cloudtrail", true, "cloudtrail", None),
    plain("vpc_flow", false, "vpc-flow", Some("other_fields")),
    plain("guardduty", true, "guardduty", None),
    plain("cloudtrail_insight", true, "cloudtrail-insight", None),
];

const fn plain(table: &'static str, json: bool, log: &'static str, rest: Option<&'static str>) -> Role {
    Role { table, json, cloudwatch: false, stream: None, streams: &[], log, cluster: false, rest }
}

/// The tables that an EKS cluster's log group is made of.
pub(crate) const EKS: [&str; 3] = ["k8s_audit", "authenticator", "control_plane"];

impl Table {
    pub(crate) fn role(&self) -> Option<&'static Role> {
        ROLES.iter().find(|role| role.table == self.name)
    }

    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The column that holds the value at a path of the record.
    pub(crate) fn at(&self, path: &[String]) -> Option<&Column> {
        self.columns.iter().find(|column| !column.path.is_empty() && column.path == path)
    }

    /// The Json column that holds the most of a path, and what is left of the path.
    pub(crate) fn above<'p>(&self, path: &'p [String]) -> Option<(&Column, &'p [String])> {
        let holds = |column: &&Column| {
            column.kind == Kind::Json
                && !column.path.is_empty()
                && path.starts_with(&column.path)
                && path != column.path
        };
        let column = self.columns.iter().filter(holds).max_by_key(|column| column.path.len())?;
        Some((column, path.get(column.path.len()..)?))
    }

    /// Fields as people write them: dotted upstream paths, and what flow logs are called in CloudWatch.
    pub(crate) fn field_names(&self) -> impl Iterator<Item = String> + '_ {
        self.columns.iter().filter(|column| !column.path.is_empty()).flat_map(|column| {
            let dotted = column.path.iter().map(|segment| crate::sql::segment(segment)).collect::<Vec<_>>().join(".");
            let camel = (self.name == "vpc_flow").then(|| camel(column)).flatten();
            [Some(dotted), camel].into_iter().flatten()
        })
    }
}

/// The name CloudWatch discovers a flow log's field by: `srcAddr`, `interfaceId`, `startTime`; of later fields the same
/// manner.
pub(crate) fn camel(column: &Column) -> Option<String> {
    let name = column.path.first()?;
    match name.as_str() {
        "start" => return Some("startTime".to_owned()),
        "end" => return Some("endTime".to_owned()),
        _ => {}
    }
    let parted = name.replace("srcaddr", "src-addr").replace("dstaddr", "dst-addr");
    let parted = parted.replace("srcport", "src-port").replace("dstport", "dst-port");
    let mut words = parted.split('-');
    let mut camel = words.next()?.to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    Some(camel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flow_log_fields_have_the_names_of_cloudwatch() {
        let named = |path: &str| {
            camel(&Column { name: path.replace('-', "_"), kind: Kind::Text, path: vec![path.to_owned()] }).unwrap()
        };
        let upstream = ["account-id", "end", "interface-id", "log-status", "start", "dstaddr", "dstport", "srcaddr"];
        let names = ["accountId", "endTime", "interfaceId", "logStatus", "startTime", "dstAddr", "dstPort", "srcAddr"];
        assert_eq!(upstream.map(named), names);
        assert_eq!(named("pkt-srcaddr"), "pktSrcAddr");
        assert_eq!(named("bytes"), "bytes");
    }
}
