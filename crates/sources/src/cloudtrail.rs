//! CloudTrail management, data and network-activity events.
//!
//! The paths follow the CloudTrail user guide, "CloudTrail record contents" and "CloudTrail userIdentity element".

use crate::column::{Column, Table};
use crate::extract::Slots;
use crate::source::{Claim, RecordContext, Source};

pub static TABLE: Table = Table {
    name: "cloudtrail",
    about: "AWS API calls and other account activity recorded by CloudTrail",
    upstream: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html",
    identity: &["event_id"],
    apart: &[],
    by_cluster: false,
    columns: &[
        Column::time("event_time", &["eventTime"], "when the request completed"),
        Column::text("event_id", &["eventID"], "id given to the event by CloudTrail").lookup().distinct(),
        Column::text("event_name", &["eventName"], "the API action").mixed().mixed(),
        Column::text("event_source", &["eventSource"], "the service the request was made to, `eks.amazonaws.com`")
            .mixed()
            .mixed(),
        Column::text("event_type", &["eventType"], "AwsApiCall, AwsServiceEvent, AwsConsoleSignIn, …").mixed().mixed(),
        Column::text("event_category", &["eventCategory"], "Management, Data or NetworkActivity").mixed().mixed(),
        Column::text("event_version", &["eventVersion"], "version of the record format").mixed().mixed(),
        Column::text("aws_region", &["awsRegion"], "the region the request was made to"),
        Column::text("recipient_account_id", &["recipientAccountId"], "the account that received the event"),
        Column::bool("read_only", &["readOnly"], "whether the action only reads"),
        Column::bool("management_event", &["managementEvent"], "whether it is a management event"),
        Column::text("source_ip_address", &["sourceIPAddress"], "address of the caller, or the name of an AWS service")
            .mixed()
            .mixed(),
        Column::text("user_agent", &["userAgent"], "the client that made the request").mixed().mixed(),
        Column::text("error_code", &["errorCode"], "the error, if the call failed; null means it succeeded"),
        Column::text("error_message", &["errorMessage"], "the error's text"),
        Column::text(
            "user_type",
            &["userIdentity", "type"],
            "Root, IAMUser, AssumedRole, AWSService, WebIdentityUser, …",
        )
        .mixed()
        .mixed(),
        Column::text("user_name", &["userIdentity", "userName"], "friendly name of the identity, where it has one"),
        Column::text("user_arn", &["userIdentity", "arn"], "ARN of the principal that made the call").mixed().mixed(),
        Column::text(
            "user_principal_id",
            &["userIdentity", "principalId"],
            "unique id of the principal, with the session name",
        )
        .mixed()
        .mixed(),
        Column::text("user_account_id", &["userIdentity", "accountId"], "the account that owns the principal")
            .mixed()
            .mixed(),
        Column::text("access_key_id", &["userIdentity", "accessKeyId"], "access key the request was signed with")
            .mixed()
            .mixed()
            .lookup(),
        Column::text(
            "user_invoked_by",
            &["userIdentity", "invokedBy"],
            "the AWS service that made the call on someone's behalf",
        ),
        Column::text(
            "user_identity_provider",
            &["userIdentity", "identityProvider"],
            "the SAML or OIDC provider that vouched for the caller",
        ),
        Column::text(
            "session_issuer_type",
            &["userIdentity", "sessionContext", "sessionIssuer", "type"],
            "what issued the session: Role, User, Root",
        )
        .mixed()
        .mixed(),
        Column::text(
            "session_issuer_arn",
            &["userIdentity", "sessionContext", "sessionIssuer", "arn"],
            "ARN of the role or user behind the session",
        )
        .mixed()
        .mixed(),
        Column::text(
            "session_issuer_name",
            &["userIdentity", "sessionContext", "sessionIssuer", "userName"],
            "name of the role or user behind the session",
        )
        .mixed()
        .mixed(),
        Column::bool(
            "session_mfa",
            &["userIdentity", "sessionContext", "attributes", "mfaAuthenticated"],
            "whether the session was made with MFA",
        ),
        Column::time(
            "session_created",
            &["userIdentity", "sessionContext", "attributes", "creationDate"],
            "when the session's credentials were issued",
        ),
        Column::text(
            "source_identity",
            &["userIdentity", "sessionContext", "sourceIdentity"],
            "source identity carried through role chaining",
        ),
        Column::text(
            "web_identity_provider",
            &["userIdentity", "sessionContext", "webIdFederationData", "federatedProvider"],
            "OIDC provider of a web identity session",
        ),
        Column::text("request_id", &["requestID"], "id of the request at the service").lookup().distinct(),
        Column::text("shared_event_id", &["sharedEventID"], "same in all accounts that received the event").distinct(),
        Column::text("vpc_endpoint_id", &["vpcEndpointId"], "VPC endpoint the request came through"),
        Column::json("user_identity", &["userIdentity"], "the whole userIdentity element").repeated(),
        Column::json("request_parameters", &["requestParameters"], "parameters of the request"),
        Column::json("response_elements", &["responseElements"], "the response, for actions that change something"),
        Column::json("additional_event_data", &["additionalEventData"], "data beside request and response"),
        Column::json("resources", &["resources"], "resources accessed"),
        Column::json("service_event_details", &["serviceEventDetails"], "what an AWS service event did"),
        Column::json("tls_details", &["tlsDetails"], "TLS version, cipher and host of the call").repeated(),
    ],
};

/// The CloudTrail source.
pub struct CloudTrail;

impl Source for CloudTrail {
    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn claims(&self, slots: &Slots<'_>) -> Claim {
        // Insights events share the envelope and some fields, but are another kind of log.
        if slots.text("event_type").is_some_and(|kind| kind == "AwsCloudTrailInsight") {
            return Claim::No;
        }
        let known = ["event_name", "event_source", "event_version", "event_id"];
        match known.iter().filter(|name| slots.is_present(name)).count() {
            0 | 1 => Claim::No,
            _ => Claim::Yes,
        }
    }

    fn complete<'a>(&self, _slots: &mut Slots<'a>, _context: &RecordContext<'a>) -> Result<(), String> {
        Ok(())
    }
}
