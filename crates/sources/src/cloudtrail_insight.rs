//! CloudTrail Insights events: an unusual rate of calls or errors that began or ended.
//!
//! The paths follow "CloudTrail record contents for Insights events for trails" of the CloudTrail user guide; Insights
//! on data events have the same record, with a data event's source and name. Those of event data stores name the same
//! facts without `insightDetails`; they are read too.

use crate::column::{Column, Table};
use crate::extract::{Slot, Slots};
use crate::source::{Claim, RecordContext, Source};

pub static TABLE: Table = Table {
    name: "cloudtrail_insight",
    about: "unusual rates of API calls and errors, as CloudTrail Insights finds them",
    upstream: "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-insights-fields-trails.html",
    identity: &["event_id"],
    apart: &[],
    by_cluster: false,
    columns: &[
        Column::time("event_time", &["eventTime"], "when the unusual activity began or ended, to the minute"),
        Column::text("event_id", &["eventID"], "id of this event; start and end have one each").lookup().distinct(),
        Column::text("shared_event_id", &["sharedEventID"], "same for the start and the end of one activity")
            .lookup()
            .distinct(),
        Column::text("event_version", &["eventVersion"], "version of the record format"),
        Column::text("event_type", &["eventType"], "AwsCloudTrailInsight"),
        Column::text("event_category", &["eventCategory"], "Insight"),
        Column::text("aws_region", &["awsRegion"], "the region of the activity"),
        Column::text("recipient_account_id", &["recipientAccountId"], "the account that received the event"),
        Column::text("insight_state", &["insightDetails", "state"], "Start or End"),
        Column::text(
            "insight_type",
            &["insightDetails", "insightType"],
            "ApiCallRateInsight: calls; ApiErrorRateInsight: calls that failed",
        ),
        Column::text("insight_event_source", &["insightDetails", "eventSource"], "the service that was called"),
        Column::text("insight_event_name", &["insightDetails", "eventName"], "the API action"),
        Column::text(
            "insight_error_code",
            &["insightDetails", "errorCode"],
            "the error that became frequent, of an ApiErrorRateInsight",
        ),
        Column::float(
            "baseline_average",
            &["insightDetails", "insightContext", "statistics", "baseline", "average"],
            "calls or errors a minute in the time before",
        ),
        Column::float(
            "insight_average",
            &["insightDetails", "insightContext", "statistics", "insight", "average"],
            "calls or errors a minute: at the start in its first minute, at the end over the whole activity",
        ),
        Column::int(
            "baseline_duration_minutes",
            &["insightDetails", "insightContext", "statistics", "baselineDuration"],
            "minutes of the baseline, which ends where the activity begins",
        ),
        Column::int(
            "insight_duration_minutes",
            &["insightDetails", "insightContext", "statistics", "insightDuration"],
            "minutes of the activity",
        ),
        Column::json(
            "attributions",
            &["insightDetails", "insightContext", "attributions"],
            "identities, user agents and error codes with the most calls, in the activity and before",
        ),
        Column::text("insight_source", &["insightSource"], "the trail or event data store that was watched, if named"),
        Column::json("insight_details", &["insightDetails"], "the whole insightDetails element"),
    ],
};

/// The same facts where event data stores have them.
const STORE_PATHS: [(&str, &[&str]); 10] = [
    ("insight_state", &["insightState"]),
    ("insight_type", &["insightType"]),
    ("insight_event_source", &["insightEventSource"]),
    ("insight_event_name", &["insightEventName"]),
    ("insight_error_code", &["insightErrorCode"]),
    ("baseline_average", &["insightContext", "baselineAverage"]),
    ("insight_average", &["insightContext", "insightAverage"]),
    ("baseline_duration_minutes", &["insightContext", "baselineDuration"]),
    ("insight_duration_minutes", &["insightContext", "insightDuration"]),
    ("attributions", &["insightContext", "attributions"]),
];

/// The CloudTrail Insights source.
pub struct CloudTrailInsight;

impl Source for CloudTrailInsight {
    fn table(&self) -> &'static Table {
        &TABLE
    }

    fn claims(&self, slots: &Slots<'_>) -> Claim {
        let is_insight = slots.text("event_type").is_some_and(|kind| kind == "AwsCloudTrailInsight");
        if is_insight { Claim::Yes } else { Claim::No }
    }

    fn complete<'a>(&self, slots: &mut Slots<'a>, _context: &RecordContext<'a>) -> Result<(), String> {
        if slots.is_present("insight_details") {
            return Ok(());
        }
        for (column, path) in STORE_PATHS {
            if let Some(value) = slots.probe(path) {
                slots.set(column, Slot::Json(value));
            }
        }
        Ok(())
    }
}
