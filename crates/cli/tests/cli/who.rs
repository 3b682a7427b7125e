//! `eksamine who`: the tree for people, the rows for programs, and what it says of an ID that nobody has.

use super::{Room, story_lake};

const CHAINED: &str = "ASIASAMCHAIN2EXAMPLE";

fn who(id: &str, more: &[&str]) -> super::Ran {
    Room::new().run(&[&["who", id, "--lake", story_lake()], more].concat())
}

/// The lines of a part of the page, without their blanks.
fn part<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let lines = page.lines().skip_while(|line| *line != name).skip(1);
    lines.take_while(|line| !line.is_empty()).map(str::trim).collect()
}

#[test]
fn the_chain_of_a_session_is_a_tree_with_its_events() {
    let page = who(CHAINED, &[]).expect(0).quiet().stdout;
    let mut lines = page.lines();
    assert!(lines.next().unwrap().starts_with(CHAINED), "{page}");
    assert_eq!(lines.next(), Some("  sam@example.com (person), certain"), "{page}");
    let from = part(&page, "from");
    assert_eq!(from[0], "sam@example.com", "{page}");
    let steps: Vec<&&str> = from.iter().filter(|line| line.starts_with("└─")).collect();
    assert_eq!(steps.len(), 2, "{page}");
    assert!(steps[0].ends_with("by AssumeRoleWithSAML") && steps[1].ends_with("by AssumeRole"), "{page}");
    assert_eq!(from.iter().filter(|line| line.contains(", event ")).count(), 2, "each step has its event: {page}");
    assert_eq!(from.iter().filter(|line| line.contains(", record ")).count(), 2, "and its record: {page}");
    assert!(part(&page, "gave").iter().any(|line| line.contains("of demo") && line.contains("by EKS login")), "{page}");
    assert!(!part(&page, "done with it").is_empty(), "{page}");
}

#[test]
fn candidates_are_listed_and_none_is_chosen() {
    let page = who("ops-oncall", &[]).expect(0).quiet().stdout;
    assert!(page.contains("ambiguous: several origins fit"), "{page}");
    let candidates = part(&page, "one of these").join("\n");
    assert!(candidates.contains("kim@example.com (person)"), "{page}");
    assert!(candidates.contains("alex@example.com (person)"), "{page}");
}

#[test]
fn several_identities_are_listed_shortly() {
    let page = who("sam@example.com", &[]).expect(0).quiet().stdout;
    assert!(page.lines().next().unwrap().ends_with(" identities"), "{page}");
    assert!(page.contains(CHAINED), "{page}");
    assert!(!page.contains("done with it"), "{page}");
}

#[test]
fn programs_get_the_rows() {
    let rows = who(CHAINED, &["--format", "ndjson"]).expect(0).quiet().lines();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["actor"], "sam@example.com");
    assert_eq!(rows[0]["chain"][0]["step"], "AssumeRoleWithSAML");
    let csv = who(CHAINED, &["--format", "csv"]).expect(0).quiet().stdout;
    assert!(csv.starts_with("identity,plane,cluster,credential,"), "{csv}");
}

#[test]
fn an_id_that_nothing_has_is_an_error_with_the_nearest_name() {
    who("ASIASAMCHAIN2EXAMPEL", &[])
        .fails(&["nothing in this lake is known as", "did you mean `ASIASAMCHAIN2EXAMPLE`?"]);
    who("198.18.0.1", &[]).fails(&["no event of the lake comes from this address"]);
}

#[test]
fn names_in_a_tree_do_not_act_in_a_terminal() {
    let room = Room::new();
    let name = "x\\u001b[2J\\u202egpj\\r\\n";
    let record = format!(
        r#"[{{"eventVersion":"1.09","eventID":"00000000-0000-0000-0000-000000000001","eventTime":"2024-05-14T14:00:00Z","eventSource":"eks.amazonaws.com","eventName":"Describe{name}","awsRegion":"us-east-1","userIdentity":{{"type":"IAMUser","userName":"{name}","accountId":"111122223333"}},"recipientAccountId":"111122223333"}}]"#
    );
    room.write("logs/events.json", record);
    room.run(&["ingest", "logs"]).expect(0);
    let page = room.run(&["who", "00000000-0000-0000-0000-000000000001"]).expect(0).quiet().stdout;
    let acting = |character: &char| (character.is_control() && *character != '\n') || *character == '\u{202e}';
    assert_eq!(page.chars().find(acting), None, "{page:?}");
    assert!(page.contains("u{1b}"), "{page}");
}
