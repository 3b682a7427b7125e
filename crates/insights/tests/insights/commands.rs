//! Commands as SQL, to be read.

use eksamine_insights::Settings;
use eksamine_insights::schema::Lookup;

use crate::{NOW, page, settings, translated_with};

fn pages(name: &str, queries: &[&str]) {
    let settings = Settings {
        log_group: Some("k8s_audit".to_owned()),
        lookups: vec![Lookup {
            name: "people".to_owned(),
            columns: ["name", "team", "net"].map(str::to_owned).to_vec(),
        }],
        ..settings()
    };
    let pages: Vec<String> = queries.iter().map(|query| page(query, &translated_with(query, &settings))).collect();
    insta::assert_snapshot!(name, pages.join("\n----------\n"));
}

#[test]
fn what_is_shown_and_in_which_order() {
    pages(
        "shown",
        &[
            "filter verb = \"get\"",
            "fields verb | fields user.username, verb | fields tolower(verb) as small",
            "fields verb | display user.username | display auditID, verb",
            "sort responseStatus.code desc, user.username | limit 5 | limit 3",
            "fields auditID as verb | sort verb",
            "sort auditID | limit 10 | dedup verb, user.username | limit 2",
            "fields requestURI as request.uri, `a b` as `c\"d`",
        ],
    );
}

#[test]
fn groups() {
    pages(
        "groups",
        &[
            "stats count(*), count(requestObject), count(requestObject.spec.x) by requestObject.kind, user.username as who",
            "stats avg(responseStatus.code), min(requestObject.n), max(@timestamp), earliest(verb), sortsLast(verb)",
            "stats count(*) as c by bin(1h) as hour, verb | sort c desc | limit 5 | stats sum(c) / count(*) as mean by hour",
            "stats count(*) by bin(1d) | filter `count(*)` > 3 | sort count( * ) desc",
            "stats count(*) by bin(300s)",
        ],
    );
}

#[test]
fn parsed_fields_and_rows_of_lists() {
    pages(
        "parsed",
        &[
            "parse @message \"user=* from *\" as user, address | filter user like \"x\"",
            "parse requestURI /^\\/api\\/(?<version>v\\d)/ | filter version = \"v1\" | display version",
            "parse @message /(?<key>\\w+)=(?<value>\\w+)/ multi | fields key, value",
            "parse @message logfmt as m | fields m.level",
            "unnest sourceIPs into address | stats count(*) by address",
            "fields jsonParse(requestObject.data).a.b[1] as deep | filter deep > 5",
        ],
    );
}

#[test]
fn along_the_rows() {
    pages(
        "along",
        &[
            "fields requestObject.n as n | sort auditID | accum n as total | filter total > 10",
            "autoregress responseStatus.code p=1-2",
            "fields verb, user.username | filldown user.*",
            "sessionize user.username, sourceIPs.0 maxspan 1h",
            "stats count(*) as c by bin(5m) | fillmissing with 0 for c",
            "stats count(*) as a, sum(responseStatus.code) as b by verb | addtotals | addtotals row=false col=true",
            "outlier param=2 responseStatus.code",
        ],
    );
}

#[test]
fn from_elsewhere() {
    pages(
        "elsewhere",
        &[
            "filter sourceIPs.0 in (SOURCE 'cloudtrail' | filter errorCode = \"AccessDenied\" | fields sourceIPAddress)",
            "join type=left left=k right=c where k.sourceIPs.0 = c.sourceIPAddress (SOURCE 'cloudtrail' | filter eventName like \"Get\") | fields k.verb, c.eventName, c.userIdentity.arn",
            "stats count(*) by verb | appendcols (SOURCE 'cloudtrail' | stats count(*) as calls by eventName)",
            "lookup people name as user.username OUTPUT team as t | filter t = \"red\"",
            "cidrlookup people sourceIPs.0 as net OUTPUTNEW team",
        ],
    );
}

#[test]
fn templates() {
    let settings = Settings {
        log_group: Some("control_plane".to_owned()),
        since: Some(NOW - 3_600_000_000),
        until: Some(NOW),
        ..settings()
    };
    let queries = [
        "pattern @message | limit 5",
        "pattern @message | diff previousDay",
        "filter severity = \"error\" | diff",
        "logcompare timeshift 7d",
    ];
    let pages: Vec<String> = queries.iter().map(|query| page(query, &translated_with(query, &settings))).collect();
    insta::assert_snapshot!("templates", pages.join("\n----------\n"));
}
