use std::collections::BTreeSet;

use super::front_matter::{divide, read};
use super::*;

/// The keys, in the order they stand in.
const KEYS: [&str; 7] = ["title", "answers", "reading", "source", "mitre", "param", "insights"];

const MOST_LINE_BYTES: usize = 120;

/// Every file with its query.
fn files() -> Vec<(&'static str, Query)> {
    FILES.iter().map(|(table, name, text)| (*text, read(table, name, text))).collect()
}

#[test]
fn every_query_says_what_it_is() {
    for (text, query) in files() {
        let name = query.name;
        for part in [&query.title, &query.answers, &query.reading, &query.source] {
            assert!(!part.is_empty(), "{name} lacks a part of its front matter");
        }
        assert!(query.answers.ends_with('?') && query.reading.ends_with('.'), "{name}");
        assert!(!query.title.ends_with('.') && query.title.len() <= 64, "{name}: {}", query.title);
        assert!(eksamine_sources::tables().any(|table| table.name == query.table), "{name}: {}", query.table);
        assert!(text.lines().all(|line| line.len() <= MOST_LINE_BYTES), "{name} has a line that is too long");
        assert_eq!(text.matches("-- mitre:").count(), usize::from(query.technique.is_some()), "{name}");
        assert_eq!(text.matches("-- insights:").count(), usize::from(query.insights.is_some()), "{name}");
    }
}

#[test]
fn every_front_matter_keeps_its_order() {
    for (text, query) in files() {
        let keys: Vec<&str> = divide(text).fields.iter().map(|(key, _)| *key).collect();
        let places: Vec<Option<usize>> = keys.iter().map(|key| KEYS.iter().position(|known| known == key)).collect();
        assert!(places.iter().all(Option::is_some), "{}: {keys:?}", query.name);
        assert!(places.is_sorted(), "{}: {keys:?}", query.name);
        let once: BTreeSet<&str> = keys.iter().copied().filter(|key| *key != "param").collect();
        let single = keys.iter().filter(|key| **key != "param").count();
        assert_eq!(once.len(), single, "{}: {keys:?}", query.name);
    }
}

#[test]
fn every_statement_is_one_ordered_question() {
    for (_, query) in files() {
        let (name, sql) = (query.name, query.sql.as_str());
        assert!(sql.starts_with("SELECT") || sql.starts_with("WITH"), "{name}: {sql}");
        assert!(!sql.contains(';'), "{name}");
        assert!(sql.contains("\nORDER BY"), "{name} gives its rows in no order");
    }
}

#[test]
fn every_parameter_is_read_and_used() {
    for (text, query) in files() {
        let declared: BTreeSet<&str> = query.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        assert_eq!(text.matches("-- param:").count(), declared.len(), "{}: a parameter can't be read", query.name);
        let used: BTreeSet<&str> = query
            .sql
            .split('$')
            .skip(1)
            .filter_map(|rest| rest.split(|character: char| !character.is_alphanumeric() && character != '_').next())
            .filter(|name| name.starts_with(char::is_alphabetic))
            .collect();
        assert_eq!(declared, used, "{}", query.name);
        assert!(values(&query, &[]).is_ok(), "{}: a default can't be read", query.name);
    }
}

#[test]
fn every_technique_is_written_as_mitre_does() {
    let is_id = |id: &str| {
        let (parent, sub) = id.split_once('.').unwrap_or((id, "000"));
        let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        parent.strip_prefix('T').is_some_and(|parent| digits(parent, 4)) && digits(sub, 3)
    };
    let mut names = std::collections::BTreeMap::new();
    for (_, query) in files() {
        let Some(technique) = query.technique else { continue };
        assert!(is_id(&technique.id), "{}: {}", query.name, technique.id);
        assert_eq!(technique.id.contains('.'), technique.name.contains(": "), "{}: {}", query.name, technique.name);
        let first = names.entry(technique.id).or_insert_with(|| technique.name.clone());
        assert_eq!(*first, technique.name, "{}: a technique has two names", query.name);
    }
    assert!(names.len() > 20);
}

#[test]
fn names_are_unique_and_slugs() {
    let names: Vec<&str> = queries().iter().map(|query| query.name).collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(names.len(), distinct.len(), "two queries share a name");
    let is_slug =
        |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    assert!(names.iter().all(|name| is_slug(name)), "{names:?}");
}

#[test]
fn front_matter_is_read_line_by_line() {
    let text = "-- title: A\n--   title\n-- mitre: T1098.006 A: B\n-- param: n int = 5; how many\n-- insights:\n--   fields @timestamp\n--   | limit 1\nSELECT 1\n";
    let query = read("t", "n", text);
    assert_eq!(query.title, "A title");
    assert_eq!(query.insights.as_deref(), Some("fields @timestamp\n| limit 1"));
    assert_eq!(query.parameters[0].default, "5");
    assert_eq!(query.sql, "SELECT 1");
    let technique = query.technique.unwrap();
    assert_eq!(technique.link(), "https://attack.mitre.org/techniques/T1098/006/");
    assert!(technique.belongs_to("t1098") && technique.belongs_to("T1098.006") && !technique.belongs_to("T109"));
}

/// The first names that words find.
fn first(words: &str) -> Vec<&'static str> {
    search(words).iter().take(3).map(|query| query.name).collect()
}

#[test]
fn words_find_their_queries() {
    assert_eq!(first("exec-into-pods")[0], "exec-into-pods");
    assert_eq!(first("Secrets denied")[0], "secrets-denied-then-read");
    assert_eq!(first("secret value")[0], "secret-values-read");
    assert_eq!(first("GetSecretValue")[0], "secret-values-read");
    assert_eq!(first("T1611"), ["privileged-workloads"]);
    assert_eq!(first("kubectl debug")[0], "ephemeral-containers");
    assert!(first("webhok").contains(&"webhook-failures"), "{:?}", first("webhok"));
    let of_parent: Vec<_> = search("t1552").iter().filter_map(|query| query.technique.clone()).collect();
    assert!(of_parent.len() > 3 && of_parent[..3].iter().all(|technique| technique.id.starts_with("T1552.")));
    assert!(search("flow").iter().take(5).all(|query| query.table == "vpc_flow"));
}

#[test]
fn every_word_must_be_found() {
    assert!(!search("secrets").is_empty());
    assert!(search("secrets xyzzy").is_empty());
    assert!(search("").is_empty() && search(" - ").is_empty());
}

#[test]
fn every_query_is_the_first_that_its_name_finds() {
    for query in queries() {
        assert_eq!(first(query.name)[0], query.name);
    }
}

#[test]
fn a_wrong_name_is_answered_with_what_was_meant() {
    let hint = |name: &str| find(name).err().unwrap().hint().unwrap();
    assert_eq!(hint("exec-into-pod"), "did you mean `exec-into-pods`?");
    let several = hint("secrets");
    assert!(several.starts_with("did you mean `") && several.contains("` or `"), "{several}");
    assert!(several.contains("`secrets-denied-then-read`"), "{several}");
    assert!(hint("zzz").contains("--search"));
}
