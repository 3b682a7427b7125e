//! How AWS is reached: credentials, region, and one TLS stack, as the AWS command line would find them. What is asked there
//! is for others.
//!
//! A pinned behaviour version, and no surprises: instance metadata is asked for credentials last, and for nothing else, so
//! that a machine without network does not stall.

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, RuntimeComponents, SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder as HttpBuilder, Connector, ConnectorBuilder};

use crate::S3Settings;

/// Where S3 answers for buckets of any region, if only to say which region to ask.
pub(crate) const DEFAULT_REGION: &str = "us-east-1";

/// How requests are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    Anonymous,
    Signed { by_profile: bool },
}

/// What the settings, the environment and the profile say.
pub(crate) struct Loaded {
    pub config: SdkConfig,
    pub signing: Signing,
    /// None for anonymous requests.
    pub credentials: Option<SharedCredentialsProvider>,
}

pub(crate) async fn load(settings: &S3Settings) -> Loaded {
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
    let config = loader.load().await;
    let credentials = if signing == Signing::Anonymous {
        None
    } else if let Some(given) = &settings.credentials {
        let (id, secret) = (&given.access_key_id, &given.secret_access_key);
        let given = Credentials::new(id, secret, given.session_token.clone(), None, "given");
        Some(SharedCredentialsProvider::new(given))
    } else if let Some(profile) = &settings.profile {
        // The default chain would prefer the environment; who names a profile means that profile.
        let providers = providers.with_region(config.region().cloned());
        let provider = ProfileFileCredentialsProvider::builder().configure(&providers).profile_name(profile).build();
        Some(SharedCredentialsProvider::new(provider))
    } else {
        config.credentials_provider()
    };
    Loaded { config, signing, credentials }
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
    let endpoint = settings.endpoint_url.clone().unwrap_or_default();
    let asks_only_there = settings.no_sign_request || settings.credentials.is_some();
    let tls = if asks_only_there && endpoint.starts_with("http://") { Tls::Never } else { Tls::WhereAsked };
    HttpBuilder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder();
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        build(connector, &endpoint, tls)
    })
}

/// Whether TLS can be spoken. Where it never is, no trust store has to be there.
#[derive(Clone, Copy)]
pub(crate) enum Tls {
    Never,
    WhereAsked,
}

/// A connector to an endpoint: through the proxy that the environment names, unless the endpoint is on this machine.
pub(crate) fn build(connector: ConnectorBuilder, endpoint: &str, tls: Tls) -> Connector {
    let proxy = if is_loopback(endpoint) { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
    let connector = connector.proxy_config(proxy);
    match tls {
        Tls::Never => connector.build_http(),
        Tls::WhereAsked => connector.tls_provider(Provider::Rustls(CryptoMode::Ring)).build(),
    }
}

fn is_loopback(endpoint: &str) -> bool {
    let Some((_, rest)) = endpoint.split_once("://") else { return false };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    host.starts_with("127.") || host.starts_with("[::1]") || host == "localhost" || host.starts_with("localhost:")
}
