//! Every function and command of the lists is one that the compiler knows by that name.

use eksamine_insights::commands::COMMANDS;
use eksamine_insights::functions::FAMILIES;
use eksamine_insights::{Settings, translate};

use crate::{settings, sql, tables};

/// An argument for each name that the lists use.
fn example(argument: &str) -> &'static str {
    match argument.trim() {
        "" => "",
        "period" => "5m",
        "condition" => "verb = \"get\"",
        "regex" => "\"[a-z]\"",
        "javaPattern" => "\"yyyy-MM-dd\"",
        "format" => "\"%Y\"",
        "zone" => "\"UTC\"",
        "ignoreCase" => "true",
        "time" => "@timestamp",
        "percent" => "95",
        "n" | "decimals" | "start" | "length" | "latitude" | "longitude" => "2",
        "* | field" | "*" => "*",
        "text" | "search" | "with" | "separator" | "characters" | "address" | "network" | "list" | "v" | "field"
        | "value" | "default" | "then" | "else" | "text, …" => "user.username",
        "ranges" => "10",
        other => panic!("no example for `{other}`"),
    }
}

#[test]
fn every_function_compiles_with_all_and_with_the_fewest_arguments() {
    let settings = Settings { log_group: Some("k8s_audit".to_owned()), ..settings() };
    for family in &FAMILIES {
        for function in family.functions {
            let shown = function.arguments.replace(", …", "");
            let fewest: String = shown.split('[').next().unwrap().trim_end_matches(", ").to_owned();
            let all = shown.replace(['[', ']'], "");
            for arguments in [fewest, all] {
                let examples: Vec<&str> = arguments.split(',').map(example).collect();
                let call = format!("{}({})", function.name, examples.join(", "));
                let command = if family.title.starts_with("Aggregates") { "stats" } else { "fields" };
                let translated = translate(&format!("{command} {call} as x"), tables::all(), &settings);
                assert!(translated.is_ok(), "{call}: {translated:?}");
            }
        }
    }
}

#[test]
fn names_of_commands_and_functions_are_known_in_any_case() {
    assert_eq!(
        sql("FIELDS TOLOWER(verb) AS x | SORT x DESC | LIMIT 5"),
        sql("fields toLower(verb) as x | sort x desc | limit 5")
    );
    assert_eq!(sql("STATS COUNT(*) AS c BY BIN(5M) AS t"), sql("stats count(*) as c by bin(5m) as t"));
    for command in &COMMANDS {
        assert!(command.syntax.to_lowercase().starts_with(&command.name.to_lowercase()), "{}", command.name);
    }
}
