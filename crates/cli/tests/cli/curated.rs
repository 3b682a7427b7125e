//! `eksamine query`: the list, the explanation, the parameters, and every query of `queries/` on the story.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Room, bucket, story_lake, workspace};

/// The files of `queries/`, by name, with their table.
fn queries() -> BTreeMap<String, (String, PathBuf)> {
    let mut queries = BTreeMap::new();
    for folder in std::fs::read_dir(workspace().join("queries")).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let table = folder.file_name().unwrap().to_str().unwrap().to_owned();
        for file in std::fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            queries.insert(name, (table.clone(), path));
        }
    }
    assert!(queries.len() > 20);
    queries
}

#[test]
fn all_are_listed() {
    let list = Room::new().run(&["query"]).expect(0).quiet().stdout;
    for (name, (table, _)) in queries() {
        assert!(list.contains(&format!("\n  {name} ")), "{name} in\n{list}");
        assert!(list.contains(&format!("{table}:\n")), "{table} in\n{list}");
    }
    let readme = std::fs::read_to_string(workspace().join("README.md")).unwrap();
    assert!(readme.contains(&format!("one of the {} curated queries", queries().len())), "the README counts otherwise");
}

/// The names in a list, in its order.
fn listed(list: &str) -> Vec<&str> {
    list.lines().filter_map(|line| line.strip_prefix("  ")).filter_map(|line| line.split(' ').next()).collect()
}

#[test]
fn words_find_queries_the_best_first() {
    let room = Room::new();
    let found = |words: &str| room.run(&["query", "--search", words]).expect(0).quiet().stdout;
    let secrets = found("denied secrets");
    assert_eq!(listed(&secrets)[0], "secrets-denied-then-read", "{secrets}");
    assert!(secrets.contains("(k8s_audit)"), "{secrets}");
    assert_eq!(listed(&found("GetSecretValue"))[0], "secret-values-read");
    assert_eq!(listed(&found("t1611")), ["privileged-workloads"]);
    let narrowed = room.run(&["query", "-s", "secrets", "--table", "cloudtrail"]).expect(0).quiet().stdout;
    assert!(!narrowed.contains("(k8s_audit)") && listed(&narrowed).contains(&"secret-values-read"), "{narrowed}");
    room.run(&["query", "--search", "xyzzy"]).fails(&["no curated query speaks of `xyzzy`\n\nhint: "]);
}

#[test]
fn queries_are_listed_by_table_and_by_technique() {
    let room = Room::new();
    let of_table = room.run(&["query", "--table", "guardduty"]).expect(0).quiet().stdout;
    let expected: Vec<String> =
        queries().into_iter().filter(|(_, (table, _))| table == "guardduty").map(|(name, _)| name).collect();
    assert_eq!(listed(&of_table), expected);
    assert!(of_table.starts_with("guardduty:\n"), "{of_table}");

    let all = room.run(&["query", "--mitre"]).expect(0).quiet().stdout;
    let heading =
        "T1609 Container Administration Command <https://attack.mitre.org/techniques/T1609/>:\n  exec-into-pods ";
    assert!(all.contains(heading), "{all}");
    let ids: Vec<&str> =
        all.lines().filter(|line| line.starts_with('T')).filter_map(|line| line.split(' ').next()).collect();
    assert!(ids.len() > 20 && ids.is_sorted(), "{ids:?}");
    let parent = room.run(&["query", "--mitre", "t1552"]).expect(0).quiet().stdout;
    assert!(parent.starts_with("T1552.005 ") && parent.contains("\nT1552.007 "), "{parent}");

    room.run(&["query", "--mitre", "T9999"]).fails(&["has the technique `T9999`", "hint: `eksamine query --mitre`"]);
    room.run(&["query", "--table", "guarduty"]).fails(&["there is no table `guarduty`", "did you mean `guardduty`?"]);
    room.run(&["query", "--table", "objects"]).fails(&["about the table `objects`"]);
}

#[test]
fn programs_read_the_list_too() {
    let room = Room::new();
    let rows = room.run(&["query", "--format", "ndjson"]).expect(0).quiet().lines();
    assert_eq!(rows.len(), queries().len());
    let row = rows.iter().find(|row| row["name"] == "exec-into-pods").unwrap();
    assert_eq!((&row["table_name"], &row["technique"]), (&"k8s_audit".into(), &"T1609".into()));
    assert_eq!(row["technique_link"], "https://attack.mitre.org/techniques/T1609/");
    assert_eq!(row["parameters"][1]["name"], "limit");
    assert_eq!((&row["parameters"][1]["type"], &row["parameters"][1]["default"]), (&"int".into(), &"1000".into()));
    assert!(row["sql"].as_str().unwrap().contains("FROM k8s_audit") && row["insights"].is_null());
    let found = room.run(&["query", "--search", "root", "--format", "ndjson"]).expect(0).quiet().lines();
    assert_eq!(found[0]["name"], "root-activity");
    let one = room.run(&["query", "root-activity", "--explain", "--format", "json"]).expect(0).quiet().stdout;
    let one: serde_json::Value = serde_json::from_str(&one).unwrap();
    assert_eq!((one.as_array().unwrap().len(), &one[0]["name"]), (1, &"root-activity".into()));
    let table = room.run(&["query", "--format", "markdown"]).expect(0).quiet().stdout;
    assert!(table.starts_with("| name | table_name | title | technique |"), "{table}");
}

#[test]
fn every_query_runs_on_the_story() {
    let room = Room::new();
    let mut empty = Vec::new();
    for name in queries().keys() {
        let ran = room.run(&["query", name, "--lake", story_lake(), "--format", "ndjson"]).expect(0).quiet();
        if ran.lines().is_empty() {
            empty.push(name.clone());
        }
    }
    // Only a kubelet asks for a certificate in the story, and kubelets are left out unless `nodes` is yes.
    assert_eq!(empty, ["certificate-requests"]);
    let buckets = ["query", "log-bucket-changes", "--lake", story_lake(), "--format", "ndjson"];
    let rows = room.run(&buckets).expect(0).quiet().lines();
    assert_eq!((&rows[0]["bucket"], rows.len()), (&"example-org-audit-logs".into(), 1));
}

#[test]
fn a_query_explains_itself() {
    let room = Room::new();
    for (name, (_, path)) in queries() {
        let explained = room.run(&["query", &name, "--explain"]).expect(0).quiet().stdout;
        let sql = explained.split_once("\nSQL:\n").unwrap().1.trim();
        assert!(std::fs::read_to_string(path).unwrap().contains(sql), "{explained}");
        assert!(explained.contains("\nhow to read it: "), "{explained}");
    }
    let explained = room.run(&["query", "secrets-listed-across-namespaces", "--explain"]).expect(0).quiet().stdout;
    for part in [
        "Secrets of all namespaces listed\n\nWho listed or watched the Secrets of the whole cluster in one request?\n",
        "\ntable: k8s_audit\nsource: eksamine\n",
        "\nMITRE ATT&CK: T1552.007 Unsecured Credentials: Container API <https://attack.mitre.org/techniques/T1552/007/>\n",
        "\n  --param limit=1000   at most this many rows, newest first (int)\n",
        "\nCloudWatch Logs Insights:\nfields @timestamp,",
    ] {
        assert!(explained.contains(part), "{part} in\n{explained}");
    }
}

#[test]
fn a_query_finds_the_intruder() {
    let room = Room::new();
    let ran = room.run(&["query", "secrets-denied-then-read", "--lake", story_lake(), "--format", "ndjson"]);
    let rows = ran.expect(0).quiet().lines();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["source_ip"] == "203.0.113.66"), "{rows:#?}");
    let ran = room.run(&["query", "exec-into-pods", "--from", bucket(), "--format", "ndjson"]).expect(3);
    assert!(!ran.lines().is_empty());
}

#[test]
fn parameters_are_checked() {
    let room = Room::new();
    let arguments = ["query", "exec-into-pods", "--lake", story_lake(), "--format", "ndjson"];
    let with = |more: &[&str]| room.run(&[&arguments[..], more].concat());
    let all = with(&[]).expect(0).quiet().lines().len();
    assert_eq!(with(&["--param", "limit=1"]).expect(0).quiet().lines().len(), 1);
    assert_eq!(with(&["--param", "cluster=demo", "--param", "limit=10"]).expect(0).lines().len(), all);
    let odd = with(&["--param", "cluster=' or 1=1 --"]).expect(0).says(&["no cluster", "is like `' or 1=1 --`"]);
    assert_eq!(odd.stdout, "", "a value, not SQL");
    with(&["--param", "limit=many"]).fails(&["`limit`", "`many` is not a whole number"]);
    with(&["--param", "depth=1"]).fails(&["`depth`", "\n\nhint: `exec-into-pods` takes cluster, limit"]);
    let ran = with(&["--param", "limit"]).expect(2);
    assert_eq!(ran.stdout, "");
    ran.says(&["expected `NAME=VALUE`"]);
    room.run(&["query", "exec-into-pod", "--lake", story_lake()])
        .fails(&["there is no curated query `exec-into-pod`\n\nhint: did you mean `exec-into-pods`?"]);
    room.run(&["query", "secrets", "--lake", story_lake()]).fails(&[
        "there is no curated query `secrets`\n\nhint: did you mean `",
        "`secrets-denied-then-read`",
        " or `",
    ]);
    room.run(&["query", "zzz", "--lake", story_lake()]).fails(&["\n\nhint: `eksamine query` lists them"]);
}

#[test]
fn a_cluster_that_is_not_there_is_told_beside_the_empty_answer() {
    let room = Room::new();
    let ask = |query: &str, given: &str| {
        room.run(&["query", query, "--lake", story_lake(), "--format", "ndjson", "--param", given]).expect(0)
    };
    let nope = ask("exec-into-pods", "cluster=nope");
    assert_eq!(nope.stdout, "");
    let said = "note: no cluster in the table `k8s_audit` is like `nope`: the clusters are `demo`, `staging`\n";
    assert_eq!(nope.stderr, said);
    ask("exec-into-pods", "cluster=demi").says(&["is like `demi`: did you mean `demo`? the clusters are"]);
    // A pattern, a name in another case, one that would act in a terminal.
    ask("exec-into-pods", "cluster=x%").says(&["is like `x%`"]);
    ask("exec-into-pods", "cluster=DEMO").says(&["is like `DEMO`"]);
    ask("exec-into-pods", "cluster=\u{1b}[2J").says(&["is like `\\u{1b}[2J`"]);
    // Of a parameter that is given twice the last counts.
    let twice = ["--param", "cluster=nope", "--param", "cluster=demo"];
    room.run(&[&["query", "exec-into-pods", "--lake", story_lake()], &twice[..]].concat()).expect(0).quiet();
    for matching in ["cluster=demo", "cluster=%", "cluster=d_mo", "cluster=%ging"] {
        ask("exec-into-pods", matching).quiet();
    }
    // Tables that are not divided by cluster speak of those that the whole lake knows.
    let of_aws = ask("eks-node-groups", "cluster=nope");
    assert!(of_aws.stderr.starts_with("note: no cluster in this lake is like `nope`: the clusters are "), "{of_aws:?}");
    // An answer that is empty for another reason is left to speak for itself.
    ask("certificate-requests", "cluster=demo").quiet();
}
