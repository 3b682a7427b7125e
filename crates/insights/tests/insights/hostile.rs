//! Whatever is typed, translation ends soon, without a panic, and with SQL in which nothing that was quoted is code.

use std::time::Duration;

use eksamine_insights::{Settings, translate};
use proptest::prelude::*;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

use crate::{settings, tables};

/// Queries to take apart and to put together anew.
const SEEDS: [&str; 12] = [
    "fields @timestamp, @message | sort @timestamp desc | limit 100 | filter objectRef.resource=\"roles\" and verb in [\"create\", \"update\"]",
    "fields @logStream, responseStatus.code | filter @logStream like /^kube-apiserver-audit/ | filter responseStatus.code >= 500 | limit 50",
    "filter a != 'x' or not (b like \"y\") | stats count(*) as n, pct(c, 95.5) by bin(5m), verb offset 1m | sort n desc",
    "parse @message \"user=*, method:*\" as @user, @method | dedup @user | limit 3",
    "parse @message /(?<x>\\d+) (?<y>.*)/ multi | fields x + y * 2 ^ -3 % 4 as z | filter z in [1, 2.5, -3]",
    "SOURCE logGroups(namePrefix: ['/aws/eks/demo/cluster']) START=-3600s END=0s | fields `a-b`.c[0].\"d\"",
    "fields jsonParse(text).a.`b c`[1], if(a > 1, \"x\", case(b, 1, c = 2, 3)) as q | unnest q into r | stats sum(r)/count(*)",
    "join type=left left=a right=b where a.id = b.id and a.x = b.y (SOURCE 'cloudtrail' | filter eventName = \"x\") | fields b.eventName",
    "filter verb in (SOURCE 'k8s_audit' | fields verb) | appendcols override=true max=5 (stats count(*))",
    "stats count(*) by bin(1h) as t | fillmissing with 0 for `count(*)` | accum `count(*)` as r | addtotals col=true r",
    "sessionize user.username, verb maxspan 30m as s | outlier action=remove param=1.5 uselower=true s | filldown a*, b",
    "autoregress size as s p=2 | countFrequent verb, s # comment\n| pattern @message | diff previousWeek",
];

fn translation_ends(text: &str) -> Result<(), TestCaseError> {
    let started = std::time::Instant::now();
    if let Ok(translation) = translate(text, tables::all(), &settings()) {
        let parsed = Parser::parse_sql(&PostgreSqlDialect {}, &translation.sql);
        // Deep nesting is more than the parser of this test follows; that of a session follows it.
        let fine = parsed.as_ref().map_or_else(|error| error.to_string().contains("recursion"), |all| all.len() == 1);
        prop_assert!(fine, "{}\n{:?}", translation.sql, parsed.err());
    }
    prop_assert!(started.elapsed() < Duration::from_secs(5), "{text}");
    Ok(())
}

/// Pieces of the seeds, cut anywhere.
fn piece() -> impl Strategy<Value = String> {
    (0..SEEDS.len(), any::<prop::sample::Index>(), 1..40_usize).prop_map(|(seed, at, length)| {
        let letters: Vec<char> = SEEDS[seed].chars().collect();
        let at = at.index(letters.len());
        letters[at..letters.len().min(at + length)].iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_text_is_translated_or_refused(text in "\\PC{0,120}") {
        translation_ends(&text)?;
    }

    #[test]
    fn random_tokens_are_translated_or_refused(
        tokens in prop::collection::vec(prop::sample::select(vec![
            "fields", "filter", "stats", "sort", "limit", "parse", "by", "as", "in", "like", "not", "and", "or", "|", "(",
            ")", "[", "]", ",", "=", "!=", "<", "+", "-", "*", "/", "^", "%", "!", "\"x\"", "'y'", "/z/", "5", "5m", "1e3",
            "verb", "@timestamp", "`a b`", "count(*)", "bin(5m)", "sum(x)", "tolower(verb)", "#", "\n", "desc", ".", "@",
        ]), 0..40)
    ) {
        translation_ends(&tokens.join(" "))?;
    }

    #[test]
    fn mutated_queries_are_translated_or_refused(pieces in prop::collection::vec(piece(), 1..6)) {
        translation_ends(&pieces.concat())?;
        translation_ends(&format!("fields {}", pieces.join(" | ")))?;
    }

    /// A hostile value is one literal of the SQL, a hostile name one literal or one name.
    #[test]
    fn what_is_quoted_stays_quoted(value in "[ -~\\n\\t\u{0}é'\"\\\\;`$]{0,30}", name in "[ -~'\"\\\\;$é]{1,30}") {
        let text = value.replace('\\', "\\\\").replace('"', "\\\"");
        let key = name.replace('`', "``");
        let query = format!("fields x.`{key}` as `{key}` | filter y = \"{text}\" and z like \"{text}\" | sort `{key}`");
        let settings = Settings { log_group: Some("k8s_audit".to_owned()), ..settings() };
        let translation = translate(&query, tables::all(), &settings);
        prop_assume!(translation.is_ok());
        let sql = translation.unwrap().sql;
        let plain = translate(
            "fields x.`k` as `n` | filter y = \"v\" and z like \"v\" | sort `n`", tables::all(), &settings,
        ).unwrap().sql;
        prop_assert_eq!(shape(&sql), shape(&plain), "{}", sql);
    }
}

/// The tokens of SQL with texts, quoted names, and what compares numbers, as one and the same.
fn shape(sql: &str) -> usize {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).with_unescape(false).tokenize().unwrap();
    tokens
        .iter()
        .filter(|token| {
            matches!(
                token,
                Token::SemiColon
                    | Token::Whitespace(Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_))
                    | Token::Placeholder(_)
            ) || is_statement(token)
        })
        .count()
}

fn is_statement(token: &Token) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && ["select", "from", "where", "union", "drop", "limit"].contains(&word.value.to_lowercase().as_str()))
}

#[test]
fn texts_that_end_texts_elsewhere_do_not_end_them_here() {
    let settings = Settings { log_group: Some("k8s_audit".to_owned()), ..settings() };
    for value in ["' or 1=1 --", "'; drop table k8s_audit; --", "\\' or 1=1 --", "$$", "$1", "/* ", "\u{0}'", "a\nb"] {
        let query = format!("fields @timestamp | filter verb = \"{}\"", value.replace('\\', "\\\\"));
        let sql = translate(&query, tables::all(), &settings).unwrap().sql;
        let literal = format!("verb = '{}'", value.replace('\'', "''"));
        assert!(sql.contains(&literal), "{sql}");
        assert_eq!(Parser::parse_sql(&PostgreSqlDialect {}, &sql).unwrap().len(), 1, "{sql}");
    }
}

#[test]
fn names_that_stand_for_names_do_not_grow_without_end() {
    let mut query = "fields tolower(verb) as f0".to_owned();
    for index in 0..60 {
        query += &format!(" | fields concat(f{index}, f{index}, f{index}) as f{}", index + 1);
    }
    let sql = translate(&query, tables::all(), &settings()).unwrap().sql;
    assert!(sql.len() < 200_000, "{}", sql.len());
    let nested = (0..70).fold("a".to_owned(), |inner, _| format!("(@timestamp = concat({inner}, \"x\"))"));
    let started = std::time::Instant::now();
    let _ = translate(&format!("filter {nested}"), tables::all(), &settings());
    assert!(started.elapsed() < Duration::from_secs(2));
}
