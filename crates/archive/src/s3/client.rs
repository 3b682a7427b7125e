//! The S3 client as configured: where it connects, how it signs, how long it waits. Sends nothing by itself.
//!
//! One TLS stack, a pinned behaviour version, and no surprises: checksums are asked of the server only where S3
//! requires them, so that other S3s work; instance metadata is asked for credentials last, and for nothing else, so
//! that a machine without network does not stall.

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::{AppName, BehaviorVersion, Region};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    Builder, Credentials, RequestChecksumCalculation, ResponseChecksumValidation, RuntimeComponents, SharedHttpClient,
    StalledStreamProtectionConfig,
};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder as HttpBuilder, Connector};

use crate::{Patience, S3Settings};

/// Where S3 answers for buckets of any region, if only to say which region to ask.
const DEFAULT_REGION: &str = "us-east-1";
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

/// How requests are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signing {
    Anonymous,
    Signed { by_profile: bool },
}

pub(super) async fn connect(settings: &S3Settings) -> Connection {
    let http = http_client(settings);
    let providers = ProviderConfig::without_region().with_http_client(http.clone());
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http.clone())
        .region(region_chain(settings, &providers));
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(endpoint_url) = &settings.endpoint_url {
        loader = loader.endpoint_url(endpoint_url);
    }
    if let Ok(name) = AppName::new("eksamine") {
        loader = loader.app_name(name);
    }
    let signing = signing(settings);
    if signing == Signing::Anonymous {
        loader = loader.no_credentials();
    }
    let loaded = loader.load().await;

    let region = loaded.region().map_or(DEFAULT_REGION, Region::as_ref).to_owned();
    let endpoint = loaded.endpoint_url().map(ToOwned::to_owned);
    let mut builder = patient(Builder::from(&loaded), settings.patience).force_path_style(endpoint.is_some());
    if signing == Signing::Anonymous {
        builder = builder.allow_no_auth();
    } else if let Some(given) = &settings.credentials {
        let (id, secret) = (&given.access_key_id, &given.secret_access_key);
        builder =
            builder.credentials_provider(Credentials::new(id, secret, given.session_token.clone(), None, "given"));
    } else if let Some(profile) = &settings.profile {
        // The default chain would prefer the environment; who names a profile means that profile.
        let providers = providers.with_region(loaded.region().cloned());
        let provider = ProfileFileCredentialsProvider::builder().configure(&providers).profile_name(profile).build();
        builder = builder.credentials_provider(provider);
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

fn signing(settings: &S3Settings) -> Signing {
    if settings.no_sign_request {
        return Signing::Anonymous;
    }
    Signing::Signed { by_profile: settings.credentials.is_none() && settings.profile.is_some() }
}

fn region_chain(settings: &S3Settings, providers: &ProviderConfig) -> RegionProviderChain {
    if let Some(region) = &settings.region {
        return RegionProviderChain::first_try(Region::new(region.clone()));
    }
    let mut profile = ProfileFileRegionProvider::builder().configure(providers);
    if let Some(name) = &settings.profile {
        profile = profile.profile_name(name);
    }
    RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build())
        .or_else(Region::new(DEFAULT_REGION))
}

/// Plain HTTP where only that is spoken, so that no trust store has to be there; else TLS, through the proxy that the
/// environment names unless the endpoint is on this machine.
fn http_client(settings: &S3Settings) -> SharedHttpClient {
    let endpoint = settings.endpoint_url.as_deref().unwrap_or_default();
    let asks_only_there = settings.no_sign_request || settings.credentials.is_some();
    let plain = asks_only_there && endpoint.starts_with("http://");
    let proxy = if is_loopback(endpoint) { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
    HttpBuilder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        if plain {
            return connector.build_http();
        }
        connector.tls_provider(Provider::Rustls(CryptoMode::Ring)).build()
    })
}

fn is_loopback(endpoint: &str) -> bool {
    let Some((_, rest)) = endpoint.split_once("://") else { return false };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    host.starts_with("127.") || host.starts_with("[::1]") || host == "localhost" || host.starts_with("localhost:")
}
