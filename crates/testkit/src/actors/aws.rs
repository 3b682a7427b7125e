//! One AWS call, and the record CloudTrail keeps of it (CloudTrail user guide, "CloudTrail record contents").

use super::holder::Holder;
use super::time;
use super::truth::{Concern, Demand, Why};
use super::world::{Cluster, REGION};
use crate::story::json::{Fields, Json, json};

/// A call to be made.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) at: i64,
    pub(crate) service: &'static str,
    pub(crate) name: &'static str,
    request: Json,
    response: Json,
    error: Option<&'static str>,
    event_type: &'static str,
    shared_id: Option<String>,
    /// The account that receives the record, where it is not the caller's.
    pub(crate) recipient: Option<&'static str>,
    pub(crate) concerns: Vec<Concern>,
    /// The key that the answer hands out.
    pub(crate) mints: Option<String>,
}

pub(crate) fn call(at: i64, service: &'static str, name: &'static str) -> Call {
    Call {
        at,
        service,
        name,
        request: Json::Null,
        response: Json::Null,
        error: None,
        event_type: "AwsApiCall",
        shared_id: None,
        recipient: None,
        concerns: Vec::new(),
        mints: None,
    }
}

impl Call {
    pub(crate) fn request(mut self, request: Json) -> Self {
        self.request = request;
        self
    }

    pub(crate) fn response(mut self, response: Json) -> Self {
        self.response = response;
        self
    }

    pub(crate) fn denied(mut self) -> Self {
        self.error = Some("AccessDenied");
        self
    }

    pub(crate) fn mints(mut self, key: &str) -> Self {
        self.mints = Some(key.to_owned());
        self
    }

    pub(crate) fn sign_in(mut self) -> Self {
        self.event_type = "AwsConsoleSignIn";
        self
    }

    /// The record that an account receives, one of several of the same call.
    pub(crate) fn received_by(mut self, account: &'static str, shared_id: &str) -> Self {
        self.recipient = Some(account);
        self.shared_id = Some(shared_id.to_owned());
        self
    }

    pub(crate) fn concerning(self, cluster: &Cluster, why: Why) -> Self {
        self.concerning_named(cluster.name, why)
    }

    pub(crate) fn concerning_named(mut self, cluster: &'static str, why: Why) -> Self {
        self.concerns.push(Concern { cluster, why, demand: Demand::Must });
        self
    }

    pub(crate) fn perhaps_concerning(mut self, cluster: &'static str, why: Why) -> Self {
        self.concerns.push(Concern { cluster, why, demand: Demand::May });
        self
    }

    pub(crate) fn record(&self, holder: &Holder, account: &str, id: &str, request_id: &str) -> Json {
        let mut record = Fields::default();
        record.put("eventVersion", "1.09");
        record.put("userIdentity", holder.identity.clone());
        record.put("eventTime", time::seconds(self.at));
        record.put("eventSource", format!("{}.amazonaws.com", self.service));
        record.put("eventName", self.name);
        record.put("awsRegion", REGION);
        record.put("sourceIPAddress", holder.address.as_str());
        record.put("userAgent", holder.agent);
        if let Some(error) = self.error {
            record.put("errorCode", error);
            record.put("errorMessage", format!("not authorized to perform: {}:{}", self.service, self.name));
        }
        record.put("requestParameters", self.request.clone());
        record.put("responseElements", if self.error.is_some() { Json::Null } else { self.response.clone() });
        record.put("requestID", request_id);
        record.put("eventID", id);
        record.put("readOnly", ["Get", "List", "Describe"].iter().any(|prefix| self.name.starts_with(prefix)));
        record.put("eventType", self.event_type);
        record.put("managementEvent", self.service != "s3");
        record.put("recipientAccountId", account);
        record.put_some("sharedEventID", self.shared_id.clone());
        record.put("eventCategory", if self.service == "s3" { "Data" } else { "Management" });
        record.object()
    }
}

/// What STS answers beside the role: the credentials.
pub(crate) fn credentials(key: &str, at: i64) -> Json {
    json!({
        "accessKeyId": (key),
        "sessionToken": "IQoJb3JpZ2luX2VjEXAMPLETOKEN",
        "expiration": (time::spoken(at + time::HOUR_MICROS))
    })
}
