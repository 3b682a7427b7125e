//! Lines of aws-iam-authenticator, put together to logins. `STS response` names the session and its key, `access
//! granted` the user; no id joins the two, only the connection they were written for and that one follows the other.

use std::collections::HashMap;

use eksamine_identity::{Evidence, LoginLine, arn};

/// How long after `STS response` its `access granted` may come.
const TOGETHER_MICROS: i64 = 5_000_000;

/// One line.
pub struct Line {
    pub evidence: Evidence,
    pub is_grant: bool,
    pub arn: Option<String>,
    pub user_name: Option<String>,
    pub access_key_id: Option<String>,
    pub client: Option<String>,
}

/// The logins that the lines tell of, in whatever order they come.
pub fn logins(mut lines: Vec<Line>) -> Vec<LoginLine> {
    // Of one second, answers of STS come before what they led to.
    lines.sort_by(|a, b| {
        let key = |line: &Line| (line.evidence.time, line.is_grant);
        key(a).cmp(&key(b)).then_with(|| a.evidence.cmp(&b.evidence))
    });
    let mut answers: HashMap<(String, String), Line> = HashMap::new();
    let mut logins = Vec::new();
    for line in lines {
        let cluster = line.evidence.cluster.clone().unwrap_or_default();
        let connection = line.client.clone().map(|client| (cluster.clone(), client));
        if !line.is_grant {
            if let Some(connection) = connection {
                answers.insert(connection, line);
            }
            continue;
        }
        let Some(user_name) = line.user_name else { continue };
        let answer = connection.and_then(|connection| answers.remove(&connection));
        let answer = answer.filter(|answer| {
            is_soon_after(&answer.evidence, &line.evidence) && is_same(answer.arn.as_deref(), line.arn.as_deref())
        });
        logins.push(LoginLine {
            evidence: line.evidence,
            cluster,
            user_name,
            canonical_arn: line.arn,
            session_arn: answer.as_ref().and_then(|answer| answer.arn.clone()),
            access_key_id: answer.and_then(|answer| answer.access_key_id),
        });
    }
    logins
}

fn is_soon_after(before: &Evidence, after: &Evidence) -> bool {
    let (Some(before), Some(after)) = (before.time, after.time) else { return false };
    (0..=TOGETHER_MICROS).contains(&after.saturating_sub(before))
}

/// Whether a session is one of the role that was let in, or both are the same user.
fn is_same(session_arn: Option<&str>, canonical_arn: Option<&str>) -> bool {
    let (Some(session_arn), Some(canonical_arn)) = (session_arn, canonical_arn) else { return false };
    let account = |text| arn::Arn::parse(text).map(|arn| arn.account);
    match (arn::session(session_arn), arn::role(canonical_arn)) {
        (Some((role, _)), Some(canonical)) => role == canonical && account(session_arn) == account(canonical_arn),
        _ => session_arn == canonical_arn,
    }
}
