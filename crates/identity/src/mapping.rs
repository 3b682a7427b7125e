//! How an IAM identity becomes a Kubernetes user: the templates of user names in access entries and in the ConfigMap
//! `aws-auth`, and that ConfigMap's lists.
//!
//! Follows the README of aws-iam-authenticator ("Full Configuration Format") and the EKS user guide ("Create access
//! entries"). What a person wrote into `aws-auth` in other forms of YAML than these lists is left out, never guessed.

use serde_json::Value;

use crate::arn;

/// One element of `mapRoles` or `mapUsers`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// `rolearn` or `userarn`.
    pub arn: String,
    pub user_name: Option<String>,
    pub groups: Vec<String>,
}

/// The user name that EKS gives to an access entry which names none.
pub fn default_user_name(principal_arn: &str) -> Option<String> {
    let role = arn::role(principal_arn).or_else(|| arn::session(principal_arn).map(|(role, _)| role));
    if let (Some(role), Some(parsed)) = (role, arn::Arn::parse(principal_arn)) {
        return Some(format!("arn:aws:sts::{}:assumed-role/{role}/{{{{SessionName}}}}", parsed.account));
    }
    arn::user(principal_arn).map(|_| principal_arn.to_owned())
}

/// Whether a user name can have come of a template, whatever stands for its variables.
pub fn fits(template: &str, user_name: &str) -> bool {
    let mut texts = texts(template);
    let Some(mut rest) = user_name.strip_prefix(texts.remove(0)) else { return false };
    let Some(last) = texts.pop() else { return rest.is_empty() };
    for text in texts {
        let Some(at) = rest.find(text) else { return false };
        rest = &rest[at + text.len()..];
    }
    rest.ends_with(last)
}

/// The user name that a template gives to the session of a role; none if it needs more than the session's ARN.
pub fn user_name_of(template: &str, session_arn: &str) -> Option<String> {
    let (_, session) = arn::session(session_arn)?;
    let account = arn::Arn::parse(session_arn)?.account;
    let named = template
        .replace("{{SessionNameRaw}}", session)
        .replace("{{SessionName}}", &session.replace('@', "-"))
        .replace("{{AccountID}}", account);
    (!named.contains("{{")).then_some(named)
}

/// What stands around the variables of a template; at least one text.
fn texts(template: &str) -> Vec<&str> {
    let mut parts = template.split("{{");
    let mut texts = vec![parts.next().unwrap_or_default()];
    texts.extend(parts.map(|part| part.split_once("}}").map_or("", |(_, text)| text)));
    texts
}

/// The elements of a list of `aws-auth`: YAML text in the block form in which people write it, or JSON, as programs do.
pub fn aws_auth(text: &str) -> Vec<Mapping> {
    let mut found = if text.trim_start().starts_with('[') { json(text) } else { block(text) };
    found.retain(|mapping| arn::Arn::parse(&mapping.arn).is_some());
    found
}

/// The elements of a JSON list; those that are no mapping are left out.
fn json(text: &str) -> Vec<Mapping> {
    let Ok(Value::Array(elements)) = serde_json::from_str(text) else { return Vec::new() };
    let mapping = |element: &Value| {
        let text = |name: &str| Some(element.get(name)?.as_str()?.to_owned());
        let groups = element.get("groups").and_then(Value::as_array).into_iter().flatten();
        Some(Mapping {
            arn: text("rolearn").or_else(|| text("userarn"))?,
            user_name: text("username").filter(|name| !name.is_empty()),
            groups: groups.filter_map(Value::as_str).map(str::to_owned).collect(),
        })
    };
    elements.iter().filter_map(mapping).collect()
}

/// The elements of a list in block form, as far as they are written as they are everywhere.
fn block(text: &str) -> Vec<Mapping> {
    let mut found: Vec<Mapping> = Vec::new();
    let mut in_groups = false;
    for line in text.lines() {
        let mut item = line.trim();
        if item.is_empty() || item.starts_with('#') {
            continue;
        }
        if let Some(rest) = item.strip_prefix("- ") {
            item = rest.trim();
            if !is_field(item) {
                if let (true, Some(mapping)) = (in_groups, found.last_mut()) {
                    mapping.groups.push(scalar(item).to_owned());
                }
                continue;
            }
            found.push(Mapping::default());
        }
        let (Some((name, value)), Some(mapping)) = (item.split_once(':'), found.last_mut()) else { continue };
        let value = scalar(value);
        in_groups = name.trim() == "groups";
        match name.trim() {
            "rolearn" | "userarn" => value.clone_into(&mut mapping.arn),
            "username" => mapping.user_name = Some(value.to_owned()).filter(|name| !name.is_empty()),
            "groups" => {
                let list = value.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or_default();
                let groups = list.split(',').map(scalar).filter(|group| !group.is_empty());
                mapping.groups.extend(groups.map(str::to_owned));
            }
            _ => {}
        }
    }
    found
}

/// Whether the element of a list begins a mapping; groups have colons too, but none of these names before.
fn is_field(item: &str) -> bool {
    ["rolearn:", "userarn:", "username:", "groups:"].iter().any(|name| item.starts_with(name))
}

fn scalar(text: &str) -> &str {
    let text = text.trim();
    let unquoted = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    unquoted.unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_fit_what_they_can_give_and_nothing_else() {
        assert!(fits("ops", "ops") && !fits("ops", "ops2") && !fits("ops", "my ops"));
        assert!(fits("admin:{{SessionName}}", "admin:dana"));
        assert!(!fits("admin:{{SessionName}}", "viewer:dana"));
        assert!(fits("{{AccountID}}:{{SessionName}}:x", "1:dana:x") && !fits("{{AccountID}}:{{SessionName}}:x", "1:x"));
        assert!(fits("system:node:{{EC2PrivateDNSName}}", "system:node:ip-10-0-0-1"));
        for hostile in ["", "{{", "}}", "{{}}{{", "{{SessionName"] {
            fits(hostile, "x");
        }
    }

    #[test]
    fn a_session_gets_the_name_of_its_template() {
        let session = "arn:aws:sts::111122223333:assumed-role/admin/dana@example.com";
        assert_eq!(user_name_of("admin:{{SessionName}}", session).as_deref(), Some("admin:dana-example.com"));
        assert_eq!(user_name_of("{{SessionNameRaw}}", session).as_deref(), Some("dana@example.com"));
        assert_eq!(user_name_of("system:node:{{EC2PrivateDNSName}}", session), None);
        let default = default_user_name("arn:aws:iam::111122223333:role/team/admin").unwrap();
        assert_eq!(user_name_of(&default, session).as_deref(), Some(session.replace('@', "-").as_str()));
    }

    #[test]
    fn lists_of_aws_auth_are_read_in_the_forms_people_write() {
        let text = "- rolearn: arn:aws:iam::111122223333:role/ci-deploy\n  username: \"shop:deployer\"\n  groups:\n  - shop:deployers\n  - system:masters\n# old\n- groups: ['viewers', \"b\"]\n  rolearn: 'arn:aws:iam::111122223333:role/viewer'\n- userarn: arn:aws:iam::111122223333:user/alice\n  username: alice\n  groups:\n    - system:masters\n";
        let found = aws_auth(text);
        let [deploy, viewer, alice] = &found[..] else { panic!("{found:?}") };
        assert_eq!(deploy.user_name.as_deref(), Some("shop:deployer"));
        assert_eq!(deploy.groups, ["shop:deployers", "system:masters"]);
        assert_eq!((viewer.user_name.as_deref(), viewer.groups.len()), (None, 2));
        assert_eq!(alice.arn, "arn:aws:iam::111122223333:user/alice");
        for strange in ["", "- ", "{}", "[]", "rolearn: x", "- rolearn: x", "- - -", ":\n- :"] {
            assert_eq!(aws_auth(strange), [], "{strange}");
        }
    }
    #[test]
    fn lists_of_aws_auth_are_read_as_json_too() {
        let text = r#"[{"rolearn": "arn:aws:iam::111122223333:role/ci-deploy", "username": "shop:deployer",
            "groups": ["shop:deployers", "system:masters", 7]}, {"userarn": "arn:aws:iam::111122223333:user/alice"},
            {"rolearn": "everybody"}, {"username": "nobody"}, "arn:aws:iam::111122223333:role/viewer"]"#;
        let found = aws_auth(text);
        let [deploy, alice] = &found[..] else { panic!("{found:?}") };
        assert_eq!(deploy.user_name.as_deref(), Some("shop:deployer"));
        assert_eq!(deploy.groups, ["shop:deployers", "system:masters"]);
        assert_eq!((alice.arn.as_str(), &alice.user_name), ("arn:aws:iam::111122223333:user/alice", &None));
        // YAML that only looks like JSON is not guessed at.
        assert_eq!(aws_auth("[{rolearn: arn:aws:iam::111122223333:role/viewer, groups: [a, b]}]"), []);
        assert_eq!(aws_auth(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))), []);
    }
}
