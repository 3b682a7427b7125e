//! Functions of our own as SQL calls them: nulls, constants, columns, mixtures of both, other kinds of text, and no
//! rows at all.

use eksamine_query::describe;

use crate::lakes;
use crate::reading::{ask, ask_one, attempt};

#[tokio::test]
async fn nulls_are_taken_and_give_what_they_mean() {
    let session = lakes::empty().session();
    for (call, expected) in [
        ("aws_actor(NULL, NULL, NULL, NULL, NULL, NULL)", None),
        ("aws_actor('', '', '', '', '', '')", None),
        ("aws_actor('Root', NULL, NULL, NULL, NULL, NULL)", Some("root")),
        ("aws_actor(NULL, NULL, 'alice', NULL, NULL, NULL)", Some("alice")),
        ("aws_cluster(NULL, NULL, NULL, NULL)", None),
        ("aws_cluster('eks.amazonaws.com', NULL, '{\"name\":\"demo\"}', NULL)", Some("demo")),
        ("aws_cluster('eks.amazonaws.com', 'X', '{\"name\":7}', 'null')", None),
        ("aws_outcome(NULL)", Some("done")),
        ("aws_outcome('')", Some("done")),
        ("aws_target(NULL, NULL, NULL)", None),
        ("aws_target('s3.amazonaws.com', '{\"bucketName\":null,\"key\":\"k\"}', '{}')", None),
        ("kubernetes_actor(NULL, NULL, NULL)", None),
        ("kubernetes_actor(NULL, NULL, 'bob')", Some("unnamed as bob")),
        ("kubernetes_outcome(NULL, NULL)", Some("pending")),
        ("kubernetes_outcome('200', NULL)", Some("done")),
        ("kubernetes_outcome('many', 'Panic')", Some("failed")),
    ] {
        assert_eq!(ask_one(&session, &format!("SELECT {call}")).await.as_deref(), expected, "{call}");
    }
}

#[tokio::test]
async fn constants_and_columns_mix() {
    let session = lakes::story().session();
    let sql = "SELECT aws_outcome(error_code) AS of_column, aws_outcome('AccessDenied') AS of_constant, \
               kubernetes_actor(event_name, NULL, 'x') AS of_both FROM cloudtrail WHERE event_name LIKE '%Logging'";
    let rows = ask(&session, &format!("{sql} ORDER BY event_name")).await;
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        rows.rows,
        [
            [text("done"), text("denied"), text("StartLogging as x")],
            [text("done"), text("denied"), text("StopLogging as x")]
        ]
    );
}

#[tokio::test]
async fn every_kind_of_text_is_taken() {
    let session = lakes::empty().session();
    for kind in ["Utf8", "LargeUtf8", "Utf8View", "Dictionary(Int32, Utf8)"] {
        let sql = format!("SELECT aws_outcome(arrow_cast('AccessDenied', '{kind}'))");
        assert_eq!(ask_one(&session, &sql).await.as_deref(), Some("denied"), "{kind}");
    }
    assert_eq!(ask_one(&session, "SELECT arrow_typeof(aws_outcome(NULL))").await.as_deref(), Some("Utf8View"));
}

#[tokio::test]
async fn no_rows_give_no_rows_and_many_rows_as_many() {
    let session = lakes::generated().session();
    for function in describe::functions() {
        let arguments = vec!["raw"; function.arguments.len()].join(", ");
        let call = format!("{}({arguments})", function.name);
        let none = ask(&session, &format!("SELECT {call} FROM k8s_audit WHERE verb = 'nothing'")).await;
        assert_eq!(none.rows.len(), 0, "{call}");
        let sql =
            format!("SELECT count(*) - (SELECT count(*) FROM cloudtrail) FROM (SELECT {call} AS x FROM cloudtrail)");
        assert_eq!(ask_one(&session, &sql).await.as_deref(), Some("0"), "{call}");
    }
}

#[tokio::test]
async fn calls_with_too_few_too_many_or_other_arguments_are_errors() {
    let session = lakes::empty().session();
    for call in ["aws_outcome()", "aws_outcome('a', 'b')", "aws_actor('a')", "kubernetes_outcome(200)"] {
        let error = attempt(&session, &format!("SELECT {call}"), Vec::new()).await.err();
        let error = error.unwrap_or_else(|| panic!("{call} was answered"));
        assert!(error.to_string().contains(call.split('(').next().unwrap()), "{error}");
    }
}

#[tokio::test]
async fn functions_of_logs_insights_take_nulls_and_no_rows() {
    let session = lakes::story().session();
    let known = session.functions();
    let functions = describe::insights_functions();
    assert!(functions.len() > 70);
    for function in functions {
        assert!(known.iter().any(|name| name == function.name), "{}", function.name);
        assert!(function.usage.starts_with(function.name) && !function.about.ends_with('.'), "{}", function.usage);
        let call = format!("{}({})", function.name, vec!["NULL"; function.required].join(", "));
        let of_null = ask_one(&session, &format!("SELECT {call}")).await;
        // What is asked of nothing is null, no, or a list of nothing; being empty, blank or true of nothing is known.
        let known = [None, Some("false"), Some("true"), Some("[NULL]"), Some("[]")];
        assert!(known.contains(&of_null.as_deref()), "{call}: {of_null:?}");
        let none = ask(&session, &format!("SELECT {call} FROM k8s_audit WHERE verb = 'nothing'")).await;
        assert_eq!(none.rows.len(), 0, "{call}");
    }
}

#[tokio::test]
async fn functions_are_described() {
    let session = lakes::empty().session();
    let known = session.functions();
    for name in ["json_as_text", "date_bin", "aws_actor", "count", "row_number"] {
        assert!(known.iter().any(|function| function == name), "{name}");
    }
    assert!(known.is_sorted());
}
