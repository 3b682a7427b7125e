//! CloudTrail's public keys, asked of CloudTrail: `ListPublicKeys`, and no other operation. Keys verify digests; whether
//! these are to be believed, and what they are good for, is not known here.
//!
//! One signed request of one operation does not need the service's whole SDK: this signs and sends it with the parts that
//! the client of S3 stands on anyway. The operation is described at
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html>, the form of request and answer
//! at <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>.

mod answer;

use aws_config::SdkConfig;
use aws_sdk_s3::config::http::HttpRequest;
use aws_sdk_s3::config::{Credentials, ProvideCredentials};
use aws_sdk_s3::primitives::SdkBody;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_types::service_config::ServiceConfigKey;

use crate::aws::{self, Tls};
use crate::{Cause, Error, Patience, S3Settings};
use answer::{Answer, Fault};

/// One public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// By which a digest names it.
    pub fingerprint: String,
    /// DER in base64.
    pub value_base64: String,
}

const SERVICE: &str = "cloudtrail";
const TARGET: &str = "CloudTrail_20131101.ListPublicKeys";
/// How many pauses to make before each further attempt.
const PAUSES: [u32; 3] = [1, 5, 20];
/// Pages are for future use, the documentation says. More than this are no list of keys.
const MOST_PAGES: usize = 100;
const MICROS_IN_SECOND: i64 = 1_000_000;

/// Asks CloudTrail in a region for the public keys of the digests that it signed in a time: from and to, in microseconds
/// since 1970. `settings` say with which credentials; the endpoint is `AWS_ENDPOINT_URL_CLOUDTRAIL` or that of the
/// settings, else the region's own.
pub async fn list_public_keys(
    settings: &S3Settings,
    region: &str,
    (from_micros, to_micros): (i64, i64),
) -> Result<Vec<PublicKey>, Error> {
    let place = Place::new(region)?;
    let loaded = aws::load(settings).await;
    let Some(provider) = loaded.credentials else {
        return Err(place.denied("what is asked of CloudTrail has to be signed".into()));
    };
    let credentials = provider.provide_credentials().await.map_err(|error| place.denied(Box::new(error)))?;
    let client = Client::new(&place, &loaded.config, settings, credentials)?;
    // Whole seconds, and none of the time asked for left out.
    let (from, to) = (from_micros.div_euclid(MICROS_IN_SECOND), to_micros.div_euclid(MICROS_IN_SECOND) + 1);
    let (mut keys, mut next) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        let page = client.ask(&answer::request(from, to, next.as_deref())).await?;
        keys.extend(page.keys);
        next = page.next;
        if next.is_none() {
            return Ok(keys);
        }
    }
    Err(place.other("the list of keys has no end".into()))
}

/// What is asked for, for messages.
struct Place {
    region: String,
}

impl Place {
    /// A region becomes part of a host's name, and comes from names of objects.
    fn new(region: &str) -> Result<Self, Error> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !region.is_empty() && region.len() < 64 && region.bytes().all(is_plain) {
            return Ok(Self { region: region.to_owned() });
        }
        Err(Error::BadSource { uri: region.to_owned(), reason: "that is no region of AWS".to_owned(), hint: None })
    }

    fn uri(&self) -> String {
        format!("the public keys of CloudTrail in {}", self.region)
    }

    fn denied(&self, source: Cause) -> Error {
        let hint = "asking for keys needs credentials that allow `cloudtrail:ListPublicKeys`, chosen with `--profile NAME` \
                    or the environment; without them, give keys that somebody has saved with `--keys FILE`";
        Error::Denied { uri: self.uri(), hint: Some(hint.to_owned()), source: Some(source) }
    }

    fn unreachable(&self, endpoint: &str, source: Cause) -> Error {
        let hint = "check the network; keys that somebody has saved are given with `--keys FILE`, and digests of some \
                    regions alone are followed with `--log-region NAME`";
        let (uri, endpoint) = (self.uri(), endpoint.to_owned());
        Error::Unreachable { uri, endpoint, hint: Some(hint.to_owned()), source: Some(source) }
    }

    fn other(&self, source: Cause) -> Error {
        Error::Other { uri: self.uri(), hint: None, source: Some(source) }
    }
}

/// CloudTrail in one region.
struct Client<'a> {
    place: &'a Place,
    endpoint: String,
    credentials: Credentials,
    connector: Connector,
    config: &'a SdkConfig,
    patience: Patience,
}

impl<'a> Client<'a> {
    fn new(
        place: &'a Place,
        config: &'a SdkConfig,
        settings: &S3Settings,
        credentials: Credentials,
    ) -> Result<Self, Error> {
        let key = ServiceConfigKey::builder()
            .service_id("CloudTrail")
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .map_err(|error| place.other(Box::new(error)))?;
        let own = config.service_config().and_then(|service| service.load_config(key));
        let endpoint = own.or_else(|| config.endpoint_url().map(ToOwned::to_owned));
        let endpoint = endpoint.unwrap_or_else(|| format!("https://cloudtrail.{}", domain(&place.region)));
        let patience = settings.patience;
        let mut connector = Connector::builder();
        connector.set_connector_settings(Some(
            HttpConnectorSettings::builder().connect_timeout(patience.connection).read_timeout(patience.answer).build(),
        ));
        connector.set_sleep_impl(config.sleep_impl());
        let tls = if endpoint.starts_with("http://") { Tls::Never } else { Tls::WhereAsked };
        let connector = aws::build(connector, &endpoint, tls);
        Ok(Self { place, endpoint, credentials, connector, config, patience })
    }

    /// Asks until there is an answer, a few times.
    async fn ask(&self, body: &str) -> Result<Answer, Error> {
        let mut pauses = PAUSES.into_iter();
        loop {
            let fault = match self.ask_once(body).await? {
                Ok(answer) => return Ok(answer),
                Err(fault) => fault,
            };
            match fault {
                Fault::Denied(words) => return Err(self.place.denied(self.said(&words))),
                Fault::Lasting(words) => return Err(self.place.other(self.said(&words))),
                Fault::Passing(words) => match pauses.next() {
                    Some(pause) => tokio::time::sleep(self.patience.pause * pause).await,
                    None => return Err(self.place.unreachable(&self.endpoint, self.said(&words))),
                },
            }
        }
    }

    fn said(&self, words: &str) -> Cause {
        format!("`{}` {words}", self.endpoint).into()
    }

    async fn ask_once(&self, body: &str) -> Result<Result<Answer, Fault>, Error> {
        let request = self.signed(body)?;
        let mut response = match self.connector.call(request).await {
            Ok(response) => response,
            Err(error) => return Ok(Err(Fault::Passing(format!("did not answer: {}", innermost(&error))))),
        };
        let status = response.status().as_u16();
        let body = std::mem::replace(response.body_mut(), SdkBody::taken());
        Ok(match answer::read(body).await {
            Ok(bytes) => answer::of(status, &bytes),
            Err(why) => Err(Fault::Passing(format!("broke off its answer: {why}"))),
        })
    }

    fn signed(&self, body: &str) -> Result<HttpRequest, Error> {
        let fail = |error: Cause| self.place.other(error);
        let uri = format!("{}/", self.endpoint.trim_end_matches('/'));
        let headers = [("content-type", answer::CONTENT_TYPE), ("x-amz-target", TARGET)];
        let identity = self.credentials.clone().into();
        let now = self.config.time_source().unwrap_or_default().now();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.place.region)
            .name(SERVICE)
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| fail(Box::new(error)))?;
        let signable =
            SignableRequest::new("POST", uri.as_str(), headers.into_iter(), SignableBody::Bytes(body.as_bytes()))
                .map_err(|error| fail(Box::new(error)))?;
        let signature = sign(signable, &parameters.into()).map_err(|error| fail(Box::new(error)))?;
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST").map_err(|error| fail(Box::new(error)))?;
        request.set_uri(uri).map_err(|error| fail(Box::new(error)))?;
        for (name, value) in headers {
            request.headers_mut().insert(name, value);
        }
        let (instructions, _) = signature.into_parts();
        for (name, value) in instructions.headers() {
            request.headers_mut().insert(name.to_owned(), value.to_owned());
        }
        Ok(request)
    }
}

/// The host of a region's services, after their own name. Partitions have domains of their own:
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>.
fn domain(region: &str) -> String {
    let top = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("{region}.{top}")
}

/// The last error of the chain, which says what happened.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.last().map(ToString::to_string).unwrap_or_default()
}
