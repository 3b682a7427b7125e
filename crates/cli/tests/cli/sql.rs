//! `eksamine sql`: a query, a file, standard input, and what a mistake gets.

use eksamine_testkit::story;

use super::{Ran, Room, bucket, story_lake};

fn sql(query: &str) -> Ran {
    Room::new().run(&["sql", query, "--lake", story_lake(), "--format", "csv"])
}

fn piped(room: &Room, arguments: &[&str], script: &str) -> Ran {
    Ran::of(room.eksamine(&[&["sql", "--format", "csv"], arguments].concat()).write_stdin(script))
}

#[test]
fn a_query_is_answered() {
    let ran = sql("select count(*) as n from cloudtrail").expect(0).quiet();
    let truth = story::truth();
    assert_eq!(ran.stdout, format!("n\n{}\n", truth.cloudtrail_events));
    // `cluster` is a keyword to some dialects, and a column to us.
    let ran = sql("select cluster, count(*) as n from k8s_audit group by cluster order by n desc").expect(0).quiet();
    assert_eq!(ran.stdout, format!("cluster,n\ndemo,{}\nstaging,5\n", truth.demo_audit_events));
    assert_eq!(sql("").expect(0).quiet().stdout, "");
}

#[test]
fn json_columns_are_taken_apart() {
    let query = "select request_parameters->>'name' as name, request_parameters->'name' as json, \
                 request_parameters->'resourcesVpcConfig'->>'endpointPublicAccess' as deep, count(*) as n \
                 from cloudtrail where event_name = 'DescribeCluster' group by 1, 2, 3 order by 1";
    let ran = Room::new().run(&["sql", query, "--lake", story_lake(), "--format", "ndjson"]).expect(0).quiet();
    let rows = ran.lines();
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["demo", "staging"]);
    assert_eq!(rows[0]["json"], "demo");
    assert!(rows[0]["deep"].is_null());
    let ran = sql("select count(*) as n from cloudtrail where response_elements->'credentials'->>'accessKeyId' = \
                   'ASIACIDEPLOY2EXAMPLE'");
    assert_eq!(ran.expect(0).quiet().stdout, "n\n1\n");
}

#[test]
fn a_file_holds_several_statements() {
    let room = Room::new();
    let script = "-- the first; with a semicolon in it\nselect count(*) as a from cloudtrail;\n\n\
                  select 'x;y' as b; select count(*)\n  as c from k8s_audit";
    room.write("answers.sql", script);
    let ran = room.run(&["sql", "-f", "answers.sql", "--lake", story_lake(), "--format", "csv"]).expect(0).quiet();
    let truth = story::truth();
    let (calls, audits) = (truth.cloudtrail_events, truth.demo_audit_events + truth.staging_audit_events);
    assert_eq!(ran.stdout, format!("a\n{calls}\nb\n\"x;y\"\nc\n{audits}\n"));
    room.run(&["sql", "-f", "missing.sql", "--lake", story_lake()]).fails(&["can't read `missing.sql`", "caused by: "]);
    // Known before an archive is read for it.
    let ran = room.run(&["sql", "-f", "missing.sql", "--from", bucket()]).fails(&["can't read `missing.sql`"]);
    assert!(!ran.stderr.contains("accounting"), "{ran:#?}");
    room.run(&["sql", "select 1", "-f", "answers.sql", "--lake", story_lake()]).expect(2);
}

#[test]
fn statements_come_from_standard_input() {
    let room = Room::new();
    let lake = ["--lake", story_lake()];
    let ran = piped(&room, &lake, "select 1 as a;\nselect\n 2 as b; select 3 as c").expect(0).quiet();
    assert_eq!(ran.stdout, "a\n1\nb\n2\nc\n3\n");
    let ran = piped(&room, &lake, "").expect(0).quiet();
    assert_eq!(ran.stdout, "");
    // The first error ends a script.
    let ran = piped(&room, &lake, "select 1 as a; select nothing from cloudtrail; select 3 as c").expect(1);
    assert_eq!(ran.stdout, "a\n1\n");
    ran.says(&["error: there is no column `nothing`", "^^^^^^^"]);
    // What could not be read of an archive is told by the status here too.
    let ran = piped(&room, &["--from", bucket()], "select count(*) as n from rejects").expect(3);
    assert_eq!(ran.stdout, "n\n3\n");
    assert!(room.temporary_files().is_empty());
}

#[test]
fn a_script_knows_the_dot_commands() {
    let room = Room::new();
    let lake = ["--lake", story_lake()];
    let ran = piped(&room, &lake, ".tables\n.format ndjson\nselect 1 as a;\n.quit\nselect 2 as b;\n").expect(0).quiet();
    let (tables, answer) = ran.stdout.split_once('{').unwrap();
    let tables: Vec<&str> = tables.lines().collect();
    assert_eq!(answer, "\"a\":1}\n");
    assert!(tables.is_sorted() && ["cloudtrail", "rejects", "timeline"].iter().all(|name| tables.contains(name)));
    let ran = piped(&room, &lake, ".nonsense\n").expect(1);
    assert_eq!(ran.stdout, "");
    ran.says(&["error: ", ".nonsense"]);
}

#[test]
fn a_mistake_is_pointed_at() {
    sql("select evnt_time from cloudtrail").fails(&[
        "error: there is no column `evnt_time`\n",
        "  |\n1 | select evnt_time from cloudtrail\n  |        ^^^^^^^^^\n",
        "\nhint: did you mean `event_time`?\n",
    ]);
    sql("select *\nfrom cloudtrial").fails(&[
        "error: there is no table `cloudtrial`\n",
        "2 | from cloudtrial\n  |      ^^^^^^^^^^\n",
        "\nhint: did you mean `cloudtrail`?\n",
    ]);
    sql("select event_time from k8s_audit where").fails(&["error: expected an expression, found the end of the query"]);
    sql("selct 1").fails(&["error: ", "1 | selct 1\n  | ^"]);
    sql("select strps('a', 'b')").fails(&["error: ", "strps", "\n\nhint: did you mean"]);
}

#[test]
fn nothing_but_reading_is_allowed() {
    let before = super::parts(std::path::Path::new(story_lake()));
    let room = Room::new();
    let escape = format!("copy (select 1) to '{}'", room.path("escaped.csv").display());
    for statement in [
        "drop table cloudtrail",
        "create table x as select 1",
        "create external table x stored as csv location '/etc/passwd'",
        "delete from cloudtrail",
        "update cloudtrail set event_id = ''",
        "set datafusion.execution.batch_size = 1",
        &escape,
    ] {
        sql(statement).fails(&["error: ", "\n\nhint: a lake is changed by `eksamine ingest` only"]);
    }
    assert!(!room.path("escaped.csv").exists());
    sql("select * from '/etc/passwd'").fails(&["error: "]);
    assert_eq!(super::parts(std::path::Path::new(story_lake())), before);
}

#[test]
fn what_fails_while_it_runs_is_told() {
    let events = story::truth().cloudtrail_events;
    let ran = sql(&format!("select 1 / (count(*) - {events}) as x from cloudtrail")).expect(1);
    assert_eq!(ran.stdout, "x\n", "rows come as they are found");
    ran.says(&["error: the query failed while it ran\n", "caused by: ", "ivide by zero"]);
}
