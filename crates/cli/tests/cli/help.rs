//! The help texts: all there, of one style, within 100 columns, and in step with the lists they tell of.

use super::Room;

const COMMANDS: [&str; 12] = [
    "ingest", "status", "sql", "insights", "query", "timeline", "who", "coverage", "verify", "export", "check",
    "tables",
];

fn help(arguments: &[&str]) -> String {
    Room::new().run(&[arguments, &["--help"]].concat()).expect(0).quiet().stdout
}

#[test]
fn every_command_has_help() {
    let top = help(&[]);
    let listed: Vec<&str> = top
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(listed, [&COMMANDS[..], &["help"]].concat());
    assert!(top.contains("Exit status: 0 done; 1 failed; 2 wrong usage; 3 finished, but"), "{top}");
    for command in COMMANDS {
        let text = help(&[command]);
        assert!(text.contains(&format!("Usage: eksamine {command}")), "{text}");
        assert_eq!(Room::new().run(&["help", command]).expect(0).quiet().stdout, text);
        assert_eq!(Room::new().run(&[command, "-h"]).expect(0).quiet().stdout, text, "one help, not two");
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{command}: {line}");
        }
        let described = text.lines().next().unwrap();
        assert!(!described.ends_with('.'), "{described}");
    }
}

#[test]
fn commands_that_read_take_the_same_options() {
    for command in ["status", "sql", "query", "timeline"] {
        let text = help(&[command]);
        for option in ["--lake <DIR>", "--from <SOURCE>", "--cluster <NAME=KEY-PREFIX>", "--endpoint-url <URL>"] {
            assert!(text.contains(option), "{command}: no {option}");
        }
        assert!(text.contains("[env: EKSAMINE_LAKE] [default: lake]"), "{command}: {text}");
    }
}

#[test]
fn the_environment_is_not_shown() {
    let room = Room::new();
    let mut command = room.eksamine(&["status", "--help"]);
    let ran = super::Ran::of(command.env("EKSAMINE_LAKE", "/cases/secret")).expect(0);
    assert!(!ran.stdout.contains("/cases/secret"), "{}", ran.stdout);
}

#[test]
fn formats_in_the_help_are_the_formats_there_are() {
    let text = help(&["sql"]).split_whitespace().collect::<Vec<_>>().join(" ");
    let list = text.split_once("Format of the rows: ").unwrap().1.split_once(" [").unwrap().0;
    let refused = Room::new().run(&["sql", "--format", "none"]).expect(2).stderr;
    assert!(refused.contains(&format!("[possible values: {list}]")), "{refused}");
    for format in list.split(", ") {
        let of_timelines = ["timesketch", "html"].contains(&format);
        let any_rows = ["sql", "select 1 as a", "--lake", super::story_lake(), "--format", format];
        let ran = Room::new().run(&any_rows);
        if of_timelines {
            assert!(ran.expect(1).stderr.contains("timeline"), "{format}: these rows are no timeline");
            let timeline = ["timeline", "demo", "--lake", super::story_lake(), "--format", format];
            assert!(!Room::new().run(&timeline).expect(0).stdout_bytes.is_empty(), "{format}");
        } else {
            assert!(!ran.expect(0).quiet().stdout_bytes.is_empty(), "{format}");
        }
    }
}
