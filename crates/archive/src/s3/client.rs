//! The S3 client as configured: how long it waits, and how often it asks. Sends nothing by itself.
//!
//! No surprises: checksums are asked of the server only where S3 requires them, so that other S3s work.

use aws_config::Region;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    Builder, RequestChecksumCalculation, ResponseChecksumValidation, StalledStreamProtectionConfig,
};

use crate::aws::{self, Loaded, Signing};
use crate::{Patience, S3Settings};

const ATTEMPTS: u32 = 6;
/// While nothing has answered yet, a wrong address is likelier than a passing trouble.
const ATTEMPTS_AT_FIRST: u32 = 3;
/// The longest wait between them, in pauses.
const MOST_PAUSES: u32 = 100;

/// A client and what has to be known about it to explain its failures.
pub(super) struct Connection {
    pub client: Client,
    /// For messages.
    pub endpoint: String,
    pub endpoint_is_given: bool,
    pub signing: Signing,
    pub region: String,
}

pub(super) async fn connect(settings: &S3Settings) -> Connection {
    let Loaded { config, signing, credentials } = aws::load(settings).await;
    let region = config.region().map_or(aws::DEFAULT_REGION, Region::as_ref).to_owned();
    let endpoint = config.endpoint_url().map(ToOwned::to_owned);
    let mut builder = patient(Builder::from(&config), settings.patience).force_path_style(endpoint.is_some());
    if signing == Signing::Anonymous {
        builder = builder.allow_no_auth();
    } else {
        builder.set_credentials_provider(credentials);
    }
    Connection {
        client: Client::from_conf(builder.build()),
        endpoint_is_given: endpoint.is_some(),
        endpoint: endpoint.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com")),
        signing,
        region,
    }
}

/// The same client for another region.
pub(super) fn in_region(client: &Client, region: &str) -> Client {
    Client::from_conf(client.config().to_builder().region(Region::new(region.to_owned())).build())
}

/// The retries of one request, which are fewer as long as nothing has ever answered.
pub(super) fn retries(has_answered: bool, patience: Patience) -> Builder {
    let attempts = if has_answered { ATTEMPTS } else { ATTEMPTS_AT_FIRST };
    Builder::new().retry_config(retry_config(attempts, patience))
}

fn patient(builder: Builder, patience: Patience) -> Builder {
    let timeouts = TimeoutConfig::builder().connect_timeout(patience.connection).read_timeout(patience.answer).build();
    // The SDK's own budget of retries is meant to spare a service that many call; here it would give up on objects
    // when a hundred readers at once are told to slow down.
    let retries_without_budget = RetryPartition::custom("eksamine").token_bucket(TokenBucket::unlimited()).build();
    builder
        .retry_config(retry_config(ATTEMPTS, patience))
        .retry_partition(retries_without_budget)
        .timeout_config(timeouts)
        .stalled_stream_protection(StalledStreamProtectionConfig::enabled().grace_period(patience.silence).build())
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
}

fn retry_config(attempts: u32, patience: Patience) -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(attempts)
        .with_initial_backoff(patience.pause)
        .with_max_backoff(patience.pause * MOST_PAUSES)
}
