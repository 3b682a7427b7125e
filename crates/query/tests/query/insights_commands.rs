//! Every command and function of Logs Insights over a handful of events: what they give is read in the snapshots.

use eksamine_query::insights::Settings;
use serde_json::json;

use crate::lakes::{self, TestLake};
use crate::reading::Rows;

const EMBEDDED: &str = r#"{"a":{"b":[10,"x"]},"n":7}"#;

/// Six events in two hours, with what is rarely in order.
fn events() -> TestLake {
    let event = |number: usize, time: &str, verb: &str, code: serde_json::Value, more: serde_json::Value| {
        let mut event = json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "verb": verb,
            "auditID": format!("e{number}"), "stage": "ResponseComplete", "requestURI": format!("/api/v1/pods/{number}"),
            "requestReceivedTimestamp": time, "stageTimestamp": time, "responseStatus": { "code": code },
            "user": { "username": if number.is_multiple_of(2) { "bob" } else { "alice" } },
            "sourceIPs": [format!("192.0.2.{number}"), "10.0.0.1"],
        });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event.to_string()
    };
    let lines = [
        event(1, "2024-05-14T09:00:00Z", "get", json!(200), json!({ "size": 10, "tag": "5A", "text": EMBEDDED })),
        event(
            2,
            "2024-05-14T09:10:00Z",
            "list",
            json!(403),
            json!({ "size": "20", "tag": "111A", "note": "k=v w=\"x y\"" }),
        ),
        event(3, "2024-05-14T09:10:30Z", "get", json!(500), json!({ "size": "big", "tag": 7, "note": "a,\"b,c\",d" })),
        event(4, "2024-05-14T10:20:00Z", "delete", json!(404), json!({ "tag": { "x": 1 }, "note": "id=1 id=22 end" })),
        event(5, "2024-05-14T10:21:00Z", "get", json!(200), json!({ "size": 1000.5, "tag": "10", "flag": true })),
        event(6, "2024-05-14T11:59:00Z", "watch", json!(200), json!({ "size": null, "flag": false })),
    ];
    lakes::of_files(&[("demo/audit.log", lines.join("\n"))], &[("demo", "demo/")])
}

fn settings() -> Settings {
    Settings {
        log_group: Some("k8s_audit".to_owned()),
        since: Some(1_715_677_200_000_000),
        until: Some(1_715_688_000_000_000),
        now: 1_715_688_000_000_000,
        ..Settings::default()
    }
}

/// Each query with its rows, or with what went wrong.
async fn answers(queries: &[&str]) -> String {
    let lake = events();
    let session = lake.session();
    session
        .add_lookup("people", "name,team,net\nalice,red,192.0.2.0/30\nbob,blue,192.0.2.4/30\nalice,late,10.0.0.0/8\n")
        .unwrap();
    let mut page = String::new();
    for query in queries {
        let answer = match session.insights(query, &settings()).await {
            Ok((answer, translation)) => match Rows::try_of(answer).await {
                Ok(rows) => rows.lines(),
                Err(error) => format!("FAILED {error}\n{}", translation.sql),
            },
            Err(error) => format!("FAILED {error}\n{}", session_sql(query)),
        };
        page += &format!("{query}\n\n{answer}\n\n----------\n");
    }
    page
}

fn session_sql(query: &str) -> String {
    eksamine_query::insights::translate(query, &settings())
        .map_or_else(|error| error.to_string(), |translated| translated.sql)
}

fn checked(name: &str, page: &str) {
    insta::assert_snapshot!(name, page);
    assert!(!page.contains("FAILED"), "{page}");
}

#[tokio::test]
async fn commands_that_choose_rows_give_what_they_say() {
    let page = answers(&[
        "fields auditID, verb as v, concat(v, \"-\", responseStatus.code) as both",
        "display auditID, tag | sort tag",
        "fields auditID, tag | sort tag desc",
        "fields auditID | filter size > 15",
        "fields auditID | filter size != 10",
        "fields auditID | filter tag != \"5A\"",
        "fields auditID | filter not (tag = \"5A\")",
        "fields auditID | filter tag in [10, 7]",
        "fields auditID | filter size not in [10, 20]",
        "fields auditID | filter verb like /^(g|l)/ and responseStatus.code >= 400",
        "fields auditID | filter flag = true or flag = \"false\"",
        "fields auditID | filter flag",
        "fields auditID | filter ispresent(size)",
        "fields auditID | filter @timestamp >= 1715682000000",
        "fields auditID | filter @timestamp like \"10:2\"",
        "fields auditID | limit 2",
        "fields auditID, verb | sort responseStatus.code | dedup verb",
        "fields auditID, flag | dedup flag | limit 5",
        "fields verb as responseStatus, responseStatus as x | sort auditID",
        "fields auditID as verb | sort verb desc | limit 3",
        "fields auditID | filter user.username in (SOURCE 'k8s_audit' | filter verb = \"delete\" | fields user.username)",
        "fields auditID | filter user.username not in (SOURCE 'k8s_audit' | filter verb = \"delete\" | fields user.username)",
        "fields @timestamp, @logStream, @log, @ingestionTime, @entity.Name | limit 1",
        "fields sourceIPs.1, sourceIPs[0], `sourceIPs`.0 | limit 1",
        "filter auditID = \"e1\" | fields jsonParse(text).a.b[1] as deep, jsonParse(text).a as map, text.a as nothing",
        "unmask auditID | fields auditID | limit 1",
    ])
    .await;
    checked("choosing", &page);
}

#[tokio::test]
async fn commands_that_make_groups_give_what_they_say() {
    let page = answers(&[
        "stats count(*) by verb",
        "stats count(*), count(size), count_distinct(size), sum(size), avg(size), min(size), max(size), stddev(size), pct(size, 50)",
        "stats min(tag), max(tag), sortsFirst(tag), sortsLast(tag), earliest(tag), latest(tag)",
        "stats earliest(verb), latest(verb) by user.username",
        "stats sum(size) / count(*) as mean, count(*) * 2 + 1 by user.username | sort mean desc",
        "stats count(*) by bin(1h)",
        "stats count(*) by bin(1h) offset 15m",
        "stats count(*) as c by bin(1h) as hour, verb | stats max(c), count(*) by hour",
        "stats count(*) as c by bin(30m) as half | stats sum(c) by datefloor(half, 1h)",
        "stats count(*) by tag",
        "stats count(*) as n by verb | filter n > 1 | fields n * 10 as ten, verb",
        "stats count(*) by verb | sort count(*) desc | limit 2",
        "sort verb desc | stats count(*) by verb",
        "filter verb = \"none\" | stats count(*), sum(size), max(tag)",
        "filter verb = \"none\" | stats count(*) by verb",
        "count() by bin(1d)",
        "countFrequent verb",
        "countFrequent verb, user.username | limit 2",
        "stats count(*) by bin(30m) | fillmissing with 0 for `count(*)`",
        "stats count(*) as c by bin(1h) as t | fillmissing",
        "stats count(*) as c, sum(size) as s by bin(30m) offset 15m | fillmissing with 0 for c, -1.5 for s",
        "stats rate(responseStatus.code, 1h), rate(size, 1m), countOverTime(size), sum_over_time(size) by bin(2h)",
        "stats histogram(responseStatus.code, 3) as h, histogram(verb, 2) as none | fields h, h.`[200,300)` as low, none",
        "stats sum(responseStatus.code) as a, count(*) as b by verb | addtotals",
        "stats sum(responseStatus.code) as a, count(*) as b by verb | addtotals col=true row=false a",
        "stats count(*) as c by verb | accum c as running",
        "stats count(*) as c by verb | autoregress c p=1-2",
        "stats count(*) as c by verb | appendcols (stats count(*) as all)",
    ])
    .await;
    checked("grouping", &page);
}

#[tokio::test]
async fn commands_that_make_fields_and_rows_give_what_they_say() {
    let page = answers(&[
        "parse requestURI \"/api/*/pods/*\" as version, pod | fields auditID, version, pod | filter pod >= 3",
        "parse requestURI /(?<first>\\w+)\\/(?<rest>v\\d)/ | display auditID, first, rest | limit 1",
        "filter auditID = \"e4\" | parse note /id=(?<id>\\d+)/ multi | fields auditID, id",
        "filter auditID = \"e4\" | parse note /\\d+/ as number multi | fields auditID, number",
        "parse note /id=(?<id>\\d+)/ multi | fields auditID, id | sort auditID",
        "filter auditID = \"e2\" | parse note logfmt as m | fields m.k, m.w, m",
        "filter auditID = \"e3\" | parse note csv as a, b, c, d | fields a, b, c, d",
        "filter auditID = \"e1\" | json field=text \"a.b.1\" as x | fields x",
        "parse @message \"\\\"auditID\\\":\\\"*\\\"\" as id | fields id | limit 2",
        "unnest sourceIPs into address | fields auditID, address, sourceIPs | limit 4",
        "expand sourceIPs | fields auditID, sourceIPs | filter sourceIPs like \"10.\" | limit 2",
        "unnest verb into v | fields v | limit 1",
        "unnest missing into v | fields auditID, v | limit 1",
        "fields split(requestURI, \"/\") as parts | unnest parts into part | stats count(*) by part | limit 3",
        "fields auditID, size | sort auditID | accum size",
        "fields auditID, size | sort auditID | autoregress size as before",
        "fields auditID, flag | sort auditID desc | filldown",
        "fields auditID, flag, size | sort auditID | filldown fl* | filldown size",
        "fields auditID, user.username | sessionize user.username maxspan 15m | sort auditID",
        "fields auditID, size | outlier action=remove param=0.5 size",
        "fields auditID, responseStatus.code as code | outlier param=0.1 uselower=true mark=true code",
        "fields auditID, size, responseStatus.code | outlier param=1 mark=true size responseStatus.code | sort auditID",
        "fields auditID, user.username as name | lookup people name OUTPUT team | sort auditID | limit 2",
        "fields auditID, tag | lookup people name as user.username OUTPUTNEW team as tag | sort auditID",
        "fields auditID, user.username | lookup people name as user.username OUTPUT team as t, net | limit 1",
        "fields auditID, verb as team, user.username as name | lookup people name OUTPUTNEW team | limit 1",
        "fields auditID | cidrlookup people sourceIPs.0 as net OUTPUT team | sort auditID",
        "filter verb = \"delete\" | join type=inner left=a right=b where a.user.username = b.user.username (SOURCE 'k8s_audit' | fields auditID, verb) | fields a.auditID, b.auditID, b.verb | sort b.auditID",
        "join type=left left=a right=b where a.tag = b.size (SOURCE 'k8s_audit') | fields auditID, b.auditID | sort auditID",
        "pattern requestURI",
        "pattern @message | sort @sampleCount | limit 1 | fields @severityLabel",
        "filter verb = \"get\" | diff",
        "pattern requestURI | diff previousDay",
        "logcompare timeshift 3h | fields @sampleCount, @previousCount",
    ])
    .await;
    checked("making", &page);
}

#[tokio::test]
async fn functions_give_what_they_say() {
    let page = answers(&[
        "limit 1 | fields 7 / 2, 7 % 4, -7 % 4, 2 ^ 3 ^ 2, -2 ^ 2, 1 / 0, \"x\" + 1, 1 + 2 * 3 - 4",
        "limit 1 | fields abs(-1.5), ceil(1.2), floor(-1.2), round(2.5), round(-2.567, 2), sqrt(16), sqrt(-1), log(1)",
        "limit 1 | fields greatest(1, 3, 2), least(4, 2), greatest(1, missing), toNumber(\"12\"), toInt(\"1.9\"), toLong(-1.9), toDouble(\"x\")",
        "limit 1 | fields haversine(52.52, 13.405, 48.8566, 2.3522) as km, decToHex(255), hexToDec(\"0xff\"), hexToAscii(\"6869\")",
        "limit 1 | fields ispresent(verb), ispresent(nothing), coalesce(nothing, verb), coalesce(nothing, 5), isNumeric(responseStatus.code), isNumeric(verb)",
        "sort auditID | fields auditID, case(responseStatus.code >= 500, \"server\", responseStatus.code >= 400, \"client\", \"fine\") as class, if(flag, 1, 0) as flagged",
        "limit 1 | fields messageSize() > 100, queryStartTime(), queryEndTime(), queryTimeRange(), now()",
        "filter auditID = \"e1\" | fields jsonStringify(sourceIPs), jsonArraySize(sourceIPs), jsonArrayContains(sourceIPs, \"10.0.0.1\"), jsonArrayContains(text, \"x\")",
        "limit 1 | fields isValidIp(\"::1\"), isValidIpV4(\"::1\"), isValidIpV6(\"::1\"), isIpInSubnet(\"192.0.2.7\", \"192.0.2.0/24\"), isIpv4InSubnet(sourceIPs.0, \"192.0.2.0/24\"), isIpv6InSubnet(sourceIPs.0, \"2001:db8::/32\")",
        "limit 1 | fields ipv4ToNumber(\"0.0.1.0\"), isPrivateIP(\"10.1.1.1\"), isPublicIP(\"8.8.8.8\"), isReservedIP(\"127.0.0.1\")",
        "limit 1 | fields isempty(\"\"), isempty(nothing), isblank(\"  \"), isblank(verb), isempty(sourceIPs)",
        "limit 1 | fields concat(\"a\", 1, verb), concat(\"a\", nothing), ltrim(\"xyZxyfooxyZ\", \"xyZ\"), rtrim(\"foo  \"), trim(\"  a \"), strlen(\"äö\"), toupper(\"ab\"), tolower(\"AB\")",
        "limit 1 | fields substr(\"xyZfooxyZ\", 3, 3), substr(\"abc\", 1), replace(\"aXbX\", \"X\", \"-\"), regexReplace(\"a1b2\", \"[0-9]\", \"#\"), strcontains(\"Hello\", \"ell\"), strcontains(\"Hello\", \"HELL\", true)",
        "limit 1 | fields startsWith(\"abc\", \"ab\"), endsWith(\"abc\", \"ab\"), urlencode(\"a b/ü\"), urldecode(\"a%20b\"), base64encode(\"hi\"), base64decode(\"aGk=\"), split(\"a,b\", \",\")",
        "limit 1 | fields md5(\"a\"), sha256(\"\")",
        "limit 1 | fields bin(1h), bin(7s), bin(300s), datefloor(@timestamp, 1d), dateceil(@timestamp, 1w), bin(1mo), bin(1q), bin(1y)",
        "limit 1 | fields fromMillis(1715677200123), toMillis(@timestamp), @timestamp + 1, parseDate(\"2024-05-14\", \"yyyy-MM-dd\"), formatDate(@timestamp, \"%Y/%m/%d\"), strftime(@timestamp, \"%H:%M\", \"Europe/Berlin\")",
        "fields auditID | filter isIpInSubnet(sourceIPs.0, \"192.0.2.0/30\") and !ispresent(flag)",
        "sort auditID | fields auditID, tolower(verb) = \"get\" as is_get, not ispresent(size) as nosize, size > 5 as big, tag like \"1\" as one",
    ])
    .await;
    checked("functions", &page);
}

/// The greatest number is far from the greatest text, and in another file: no scan may be narrowed by one of them.
#[tokio::test]
async fn several_extremes_are_those_of_all_rows() {
    let event = |number: usize, size: serde_json::Value| {
        let time = format!("2024-05-{:02}T09:00:00Z", number % 28 + 1);
        json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "verb": "get", "stage": "Panic",
            "auditID": format!("e{number}"), "requestReceivedTimestamp": time, "size": size,
        })
        .to_string()
    };
    let size = |number: usize| if number == 977 { json!(42) } else { json!(format!("z{}", 5000 - number)) };
    let lines: Vec<String> = (0..1000).map(|number| event(number, size(number))).collect();
    let lake = lakes::of_files(&[("demo/audit.log", lines.join("\n"))], &[("demo", "demo/")]);
    let session = lake.session();
    for _ in 0..20 {
        let settings = Settings { log_group: Some("k8s_audit".to_owned()), ..Settings::default() };
        let (answer, _) = session.insights("stats max(size) as most, max(auditID) as last", &settings).await.unwrap();
        assert_eq!(Rows::of(answer).await.lines(), "most | last\n42 | e999");
    }
}

#[tokio::test]
async fn more_bins_than_can_be_made_are_an_error_and_no_silent_cut() {
    let lake = events();
    let session = lake.session();
    let query = "stats count(*) as n by bin(1ms) | fillmissing with 0 for n";
    let (answer, _) = session.insights(query, &settings()).await.unwrap();
    let error = Rows::try_of(answer).await.unwrap_err().to_string();
    assert!(error.contains("more than 1000000 bins"), "{error}");
}
