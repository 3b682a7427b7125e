//! One AWS API call, and the CloudTrail record it leaves.
//!
//! Field set and order follow the CloudTrail user guide, "CloudTrail record contents". Where the record ends up is the
//! business of `packing`.

use super::cast::{ACCOUNT, NAME_QUALIFIER, RoleSession, saml_user, web_identity};
use super::json::{Escaping, Fields, Json, json};
use super::moment::{Moment, ids};

pub(crate) const HOME_REGION: &str = "us-east-1";
pub(crate) const OTHER_REGION: &str = "eu-west-1";

/// Who makes a call, from where, with what.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) identity: Json,
    pub(crate) account: &'static str,
    /// The name error messages use.
    pub(crate) arn: String,
    pub(crate) address: &'static str,
    pub(crate) agent: &'static str,
}

/// An API call. [`call`] makes a successful one in the home region; the methods change what differs.
#[derive(Clone)]
pub(crate) struct ApiCall {
    pub(crate) at: Moment,
    pub(crate) region: &'static str,
    pub(crate) recipient: &'static str,
    caller: Caller,
    service: &'static str,
    name: &'static str,
    error: Option<(&'static str, String)>,
    request: Json,
    response: Json,
    additional: Option<Json>,
    resources: Option<Json>,
    is_data_event: bool,
    shared_id: Option<String>,
    host: Option<String>,
    event_type: &'static str,
    sign_in_error: Option<&'static str>,
    pub(crate) key_event: Option<&'static str>,
}

pub(crate) fn call(at: Moment, caller: &Caller, service: &'static str, name: &'static str) -> ApiCall {
    ApiCall {
        at,
        region: HOME_REGION,
        recipient: caller.account,
        caller: caller.clone(),
        service,
        name,
        error: None,
        request: Json::Null,
        response: Json::Null,
        additional: None,
        resources: None,
        is_data_event: false,
        shared_id: None,
        host: None,
        event_type: "AwsApiCall",
        sign_in_error: None,
        key_event: None,
    }
}

impl ApiCall {
    pub(crate) fn request(mut self, request: Json) -> Self {
        self.request = request;
        self
    }

    pub(crate) fn response(mut self, response: Json) -> Self {
        self.response = response;
        self
    }

    pub(crate) fn elsewhere(mut self) -> Self {
        self.region = OTHER_REGION;
        self
    }

    pub(crate) fn failed(mut self, code: &'static str, message: &str) -> Self {
        self.error = Some((code, message.to_owned()));
        self
    }

    pub(crate) fn additional(mut self, additional: Json) -> Self {
        self.additional = Some(additional);
        self
    }

    /// A sign-in to the console, which CloudTrail records as an event of a type of its own.
    pub(crate) fn console_sign_in(mut self) -> Self {
        self.event_type = "AwsConsoleSignIn";
        self
    }

    /// The wrong password: a message without a code.
    pub(crate) fn failed_sign_in(mut self) -> Self {
        self.sign_in_error = Some("Failed authentication");
        self.response = json!({"ConsoleLogin": "Failure"});
        self.console_sign_in()
    }

    /// Refused by IAM, in IAM's words.
    pub(crate) fn denied(self, resource: &str) -> Self {
        let action = format!("{}:{}", self.service, self.name);
        let message = format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} because no identity-based policy \
             allows the {action} action",
            self.caller.arn
        );
        self.failed("AccessDenied", &message)
    }

    pub(crate) fn resources(mut self, resources: Json) -> Self {
        self.resources = Some(resources);
        self
    }

    /// The event as the account of the resource receives it, joined to the caller's by `sharedEventID`.
    pub(crate) fn received_by(mut self, account: &'static str) -> Self {
        self.recipient = account;
        self
    }

    pub(crate) fn shared(mut self, label: &str) -> Self {
        self.shared_id = Some(ids::uuid(label));
        self
    }

    /// A call on a bucket, with what S3 adds to its records.
    pub(crate) fn on_bucket(mut self, bucket: &str, bytes_out: i32) -> Self {
        self.host = Some(format!("{bucket}.s3.amazonaws.com"));
        self.additional = Some(json!({
            "SignatureVersion": "SigV4",
            "CipherSuite": "TLS_AES_128_GCM_SHA256",
            "bytesTransferredIn": 0,
            "AuthenticationMethod": "AuthHeader",
            "bytesTransferredOut": (bytes_out)
        }));
        self
    }

    pub(crate) fn data_event(mut self) -> Self {
        self.is_data_event = true;
        self
    }

    /// Marks an event of the incident that an answer must not miss.
    pub(crate) fn key(mut self, what: &'static str) -> Self {
        self.key_event = Some(what);
        self
    }

    pub(crate) fn event_id(&self) -> String {
        ids::uuid(&format!("{}/{}", self.recipient, self.label("event")))
    }

    /// The record as it stands in an object.
    pub(crate) fn record(&self) -> String {
        let mut record = Fields::default();
        record.put("eventVersion", if self.service == "s3" { "1.10" } else { "1.09" });
        record.put("userIdentity", self.caller.identity.clone());
        record.put("eventTime", self.at.seconds());
        record.put("eventSource", format!("{}.amazonaws.com", self.service));
        record.put("eventName", self.name);
        record.put("awsRegion", self.region);
        record.put("sourceIPAddress", self.caller.address);
        record.put("userAgent", self.user_agent());
        if let Some((code, message)) = &self.error {
            record.put("errorCode", *code);
            record.put("errorMessage", message.as_str());
        }
        record.put_some("errorMessage", self.sign_in_error);
        record.put("requestParameters", self.request.clone());
        record.put("responseElements", self.response.clone());
        record.put_some("additionalEventData", self.additional.clone());
        record.put("requestID", self.request_id());
        record.put("eventID", self.event_id());
        record.put("readOnly", self.is_read_only());
        record.put_some("resources", self.resources.clone());
        record.put("eventType", self.event_type);
        record.put("managementEvent", !self.is_data_event);
        record.put("recipientAccountId", self.recipient);
        record.put_some("sharedEventID", self.shared_id.clone());
        record.put("eventCategory", if self.is_data_event { "Data" } else { "Management" });
        record.put_some("tlsDetails", self.tls_details());
        record.object().compact(Escaping::Plain)
    }

    fn label(&self, kind: &str) -> String {
        format!("{kind}/{}/{}/{}/{}", self.region, self.at.micros(), self.service, self.name)
    }

    fn request_id(&self) -> String {
        if self.service == "s3" { ids::capitals(&self.label("request")) } else { ids::uuid(&self.label("request")) }
    }

    fn is_read_only(&self) -> bool {
        ["Get", "List", "Describe", "AssumeRole"].iter().any(|prefix| self.name.starts_with(prefix))
    }

    /// The AWS CLI names its command in the user agent; S3 puts brackets around what it was told.
    fn user_agent(&self) -> String {
        let mut agent = self.caller.agent.to_owned();
        if agent.ends_with("command/") {
            agent.push_str(&self.cli_command());
        }
        if self.service == "s3" { format!("[{agent}]") } else { agent }
    }

    /// `eks.describe-cluster`
    fn cli_command(&self) -> String {
        match (self.service, self.name) {
            ("s3", "GetObject") => return "s3.cp".to_owned(),
            ("s3", "ListObjects" | "ListBuckets") => return "s3.ls".to_owned(),
            _ => {}
        }
        let mut command = if self.service == "s3" { "s3api.".to_owned() } else { format!("{}.", self.service) };
        for character in self.name.chars() {
            if character.is_ascii_uppercase() && !command.ends_with('.') {
                command.push('-');
            }
            command.push(character.to_ascii_lowercase());
        }
        command
    }

    /// Calls made by AWS services carry no TLS details.
    fn tls_details(&self) -> Option<Json> {
        if self.caller.address.ends_with(".amazonaws.com") {
            return None;
        }
        let host = match (&self.host, self.service) {
            (Some(host), _) => host.clone(),
            (None, "iam" | "s3") => format!("{}.amazonaws.com", self.service),
            (None, service) => format!("{service}.{}.amazonaws.com", self.region),
        };
        Some(json!({
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": (host)
        }))
    }
}

/// What STS answers when it hands out a role with a web identity token.
pub(crate) fn web_identity_response(session: &RoleSession, minted: Moment, provider: &str, subject: &str) -> Json {
    json!({
        "credentials": (credentials(session.access_key_id, minted, 3_600)),
        "subjectFromWebIdentityToken": (subject),
        "assumedRoleUser": {"assumedRoleId": (session.principal_id()), "arn": (session.arn())},
        "provider": (super::cast::provider_arn(provider)),
        "audience": "sts.amazonaws.com"
    })
}

/// A role taken by somebody or something that has credentials already.
pub(crate) fn assume_role(at: Moment, caller: &Caller, session: &RoleSession, duration_seconds: i64) -> ApiCall {
    let mut request = Fields::default();
    request.put("roleArn", session.role_arn());
    request.put("roleSessionName", session.name);
    request.put("durationSeconds", duration_seconds);
    request.put_some("sourceIdentity", session.source_identity());
    let mut response = Fields::default();
    response.put("credentials", credentials(session.access_key_id, at, duration_seconds));
    response.put("assumedRoleUser", json!({"assumedRoleId": (session.principal_id()), "arn": (session.arn())}));
    response.put_some("sourceIdentity", session.source_identity());
    call(at, caller, "sts", "AssumeRole")
        .request(request.object())
        .response(response.object())
        .resources(role_resource(session.account, session.role_arn()))
}

/// A role taken through single sign-on, by the person the session is named after.
pub(crate) fn assume_role_with_saml(at: Moment, session: &RoleSession, address: &'static str) -> ApiCall {
    let provider = format!("arn:aws:iam::{ACCOUNT}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE");
    let duration_seconds = 28_800;
    call(at, &saml_user(session.name, address), "sts", "AssumeRoleWithSAML")
        .request(json!({
            "principalArn": (provider.as_str()),
            "roleArn": (session.role_arn()),
            "roleSessionName": (session.name),
            "durationSeconds": (duration_seconds)
        }))
        .response(json!({
            "credentials": (credentials(session.access_key_id, at, duration_seconds)),
            "assumedRoleUser": {"assumedRoleId": (session.principal_id()), "arn": (session.arn())},
            "subject": (session.name),
            "subjectType": "persistent",
            "issuer": "https://portal.sso.us-east-1.amazonaws.com/saml/assertion/EXAMPLE",
            "audience": "https://signin.aws.amazon.com/saml",
            "nameQualifier": (NAME_QUALIFIER)
        }))
        .resources(role_resource(ACCOUNT, session.role_arn()))
}

/// A role taken with a token that an OIDC provider signed.
pub(crate) fn assume_role_with_web_identity(
    session: &RoleSession,
    provider: &str,
    subject: &str,
    address: &'static str,
    agent: &'static str,
) -> ApiCall {
    let minted = session.minted();
    call(minted, &web_identity(provider, subject, address, agent), "sts", "AssumeRoleWithWebIdentity")
        .request(json!({"roleArn": (session.role_arn()), "roleSessionName": (session.name), "durationSeconds": 3600}))
        .response(web_identity_response(session, minted, provider, subject))
        .resources(role_resource(ACCOUNT, session.role_arn()))
}

/// Credentials as STS answers them: the secrets are left out by CloudTrail.
pub(crate) fn credentials(access_key_id: &str, minted: Moment, duration_seconds: i64) -> Json {
    json!({
        "accessKeyId": (access_key_id),
        "sessionToken": "IQoJb3JpZ2luX2VjEXAMPLETOKEN",
        "expiration": (minted.plus_millis(duration_seconds * 1_000).spoken())
    })
}

/// The `resources` element of a call on a role.
pub(crate) fn role_resource(account: &'static str, arn: String) -> Json {
    json!([{"accountId": (account), "type": "AWS::IAM::Role", "ARN": (arn)}])
}

/// The `resources` element of a call on an object of a bucket.
pub(crate) fn object_resources(bucket: &str, key: &str) -> Json {
    json!([
        {"type": "AWS::S3::Object", "ARN": (format!("arn:aws:s3:::{bucket}/{key}"))},
        {"accountId": (ACCOUNT), "type": "AWS::S3::Bucket", "ARN": (format!("arn:aws:s3:::{bucket}"))}
    ])
}
