//! Who holds what: the credentials calls are made with, as records show them, and who is truly behind each.

use super::time;
use super::truth::{Concern, Join, Kind, Proof, Who};
use super::world::{Session, iam_id};
use crate::generate::Random;
use crate::story::json::{Fields, Json, json};

/// Somebody with a credential.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub(crate) who: Who,
    /// `userIdentity`.
    pub(crate) identity: Json,
    pub(crate) account: &'static str,
    pub(crate) key: Option<String>,
    /// The keys that led here, the own one last.
    pub(crate) lineage: Vec<String>,
    /// The role session, where it is one.
    pub(crate) session: Option<Session>,
    /// The user's ARN, where it is an IAM user.
    pub(crate) user_arn: Option<String>,
    /// What follows the account in the uid that the authenticator gives.
    pub(crate) principal: String,
    pub(crate) source_identity: Option<String>,
    /// What every call with this credential concerns.
    pub(crate) concerns: Vec<Concern>,
    pub(crate) address: String,
    pub(crate) agent: &'static str,
}

/// What a session's records say of it beside role and name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    pub(crate) provider: Option<String>,
    pub(crate) source_identity: Option<String>,
    pub(crate) invoked_by: Option<&'static str>,
    /// Delivered by the metadata service of an instance.
    pub(crate) is_of_instance: bool,
}

impl Who {
    pub(crate) fn new(kind: Kind, actor: &str, join: Join) -> Self {
        Self {
            actor: actor.to_owned(),
            also: None,
            kind,
            join,
            proof: Proof::Ids,
            steps: Vec::new(),
            hand: None,
            stranger: None,
            configured: Vec::new(),
            unconfigured: Vec::new(),
        }
    }
}

impl Holder {
    pub(crate) fn new(who: Who, account: &'static str, identity: Json) -> Self {
        Self {
            who,
            identity,
            account,
            key: None,
            lineage: Vec::new(),
            session: None,
            user_arn: None,
            principal: String::new(),
            source_identity: None,
            concerns: Vec::new(),
            address: "198.51.100.7".to_owned(),
            agent: "aws-cli/2.22.0",
        }
    }

    pub(crate) fn at(mut self, address: &str, agent: &'static str) -> Self {
        address.clone_into(&mut self.address);
        self.agent = agent;
        self
    }

    /// A role session with its key.
    pub(crate) fn of_session(who: Who, session: &Session, key: &str, created: i64, marks: &Marks) -> Self {
        let identity = session_identity(session, Some(key), created, marks);
        Self {
            key: Some(key.to_owned()),
            lineage: vec![key.to_owned()],
            session: Some(session.clone()),
            principal: session.role.id.clone(),
            source_identity: marks.source_identity.clone(),
            ..Self::new(who, session.role.account, identity)
        }
    }

    pub(crate) fn proved(mut self, join: Join, proof: Proof) -> Self {
        self.who = self.who.with(join).proved(proof);
        self
    }

    pub(crate) fn descending_from(mut self, parent: &Self) -> Self {
        let mut lineage = parent.lineage.clone();
        lineage.append(&mut self.lineage);
        self.lineage = lineage;
        self
    }
}

/// `userIdentity` of a role session; without a key as in sign-ins.
pub(crate) fn session_identity(session: &Session, key: Option<&str>, created: i64, marks: &Marks) -> Json {
    let mut context = Fields::default();
    context.put(
        "sessionIssuer",
        json!({
            "type": "Role",
            "principalId": (session.role.id.as_str()),
            "arn": (session.role.arn()),
            "accountId": (session.role.account),
            "userName": (session.role.name.as_str())
        }),
    );
    if let Some(provider) = &marks.provider {
        context.put("webIdFederationData", json!({"federatedProvider": (provider.as_str()), "attributes": {}}));
    }
    context.put("attributes", json!({"creationDate": (time::seconds(created)), "mfaAuthenticated": "false"}));
    context.put_some("sourceIdentity", marks.source_identity.as_deref());
    context.put_some("ec2RoleDelivery", marks.is_of_instance.then_some("2.0"));
    let mut identity = Fields::default();
    identity.put("type", "AssumedRole");
    identity.put("principalId", session.principal_id());
    identity.put("arn", session.arn());
    identity.put("accountId", session.role.account);
    identity.put_some("accessKeyId", key);
    identity.put("sessionContext", context.object());
    identity.put_some("invokedBy", marks.invoked_by);
    identity.object()
}

/// An IAM user with a long-term key.
pub(crate) fn iam_user(random: &mut Random, account: &'static str, name: &str) -> Holder {
    let key = iam_id(random, "AKIA", 20);
    let id = iam_id(random, "AIDA", 21);
    let arn = format!("arn:aws:iam::{account}:user/{name}");
    let identity = json!({
        "type": "IAMUser",
        "principalId": (id.as_str()),
        "arn": (arn.as_str()),
        "accountId": (account),
        "accessKeyId": (key.as_str()),
        "userName": (name)
    });
    Holder {
        key: Some(key.clone()),
        lineage: vec![key],
        user_arn: Some(arn),
        principal: id,
        ..Holder::new(Who::new(Kind::IamUser, name, Join::OwnName), account, identity)
    }
}

/// The user with a temporary key, of `GetSessionToken` or of the console.
pub(crate) fn user_session(user: &Holder, key: Option<&str>, created: i64) -> Holder {
    let text = |value: &str| Json::from(value);
    let arn = user.user_arn.clone().unwrap_or_default();
    let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
    let mut identity = Fields::default();
    identity.put("type", "IAMUser");
    identity.put("principalId", text(&user.principal));
    identity.put("arn", text(&arn));
    identity.put("accountId", user.account);
    identity.put("accessKeyId", key.unwrap_or_default());
    identity.put("userName", name);
    if key.is_some() {
        identity.put(
            "sessionContext",
            json!({"attributes": {"creationDate": (time::seconds(created)), "mfaAuthenticated": "true"}}),
        );
    }
    // A sign-in is made with a password, not with the user's key.
    let lineage = key.map(|key| user.lineage.iter().cloned().chain([key.to_owned()]).collect()).unwrap_or_default();
    Holder { identity: identity.object(), key: key.map(str::to_owned), lineage, ..user.clone() }
}

pub(crate) fn root(account: &'static str, key: Option<&str>, created: i64) -> Holder {
    let identity = json!({
        "type": "Root",
        "principalId": (account),
        "arn": (format!("arn:aws:iam::{account}:root")),
        "accountId": (account),
        "accessKeyId": (key.unwrap_or_default()),
        "sessionContext": {"attributes": {"creationDate": (time::seconds(created)), "mfaAuthenticated": "true"}}
    });
    Holder {
        key: key.map(str::to_owned),
        lineage: key.map(str::to_owned).into_iter().collect(),
        ..Holder::new(Who::new(Kind::Root, &format!("root of {account}"), Join::ConsoleSignIn), account, identity)
    }
}

/// An AWS service acting on its own.
pub(crate) fn service(account: &'static str, name: &'static str) -> Holder {
    let identity = json!({"type": "AWSService", "invokedBy": (name)});
    Holder::new(Who::new(Kind::AwsService, name, Join::AwsService), account, identity).at(name, name)
}
