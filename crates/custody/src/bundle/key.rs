//! The keys that sign bundles: Ed25519 (RFC 8032), as PEM files that OpenSSL 3 reads and writes.
//!
//! A secret key is PKCS#8 (RFC 8410; `openssl genpkey -algorithm ed25519` makes the same), a public key is a
//! SubjectPublicKeyInfo. Both have one fixed form in DER but for their 32 bytes, so no parser of ASN.1 is needed. The
//! random bytes of a new key are given by the caller. A secret key is never printed, also not by `Debug`.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};

use super::error::{Error, io};
use crate::digest::hex;

/// What stands before the 32 bytes of a secret key.
const PKCS8_HEAD: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/// What stands before the 32 bytes of a public key.
const SPKI_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

const SECRET_LABEL: &str = "PRIVATE KEY";
const PUBLIC_LABEL: &str = "PUBLIC KEY";

/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// A secret key.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    der: Vec<u8>,
}

/// A public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey {
    bytes: [u8; 32],
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({})", self.public().fingerprint())
    }
}

impl SigningKey {
    /// The key of these random bytes.
    ///
    /// # Errors
    /// None that is known; the library may refuse.
    pub fn generate(seed: [u8; 32]) -> Result<Self, Error> {
        Self::from_der([PKCS8_HEAD.as_slice(), &seed].concat())
    }

    /// Reads a secret key as `eksamine export --new-key` or OpenSSL writes it.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        Self::from_der(of_pem(text, SECRET_LABEL)?)
    }

    fn from_der(der: Vec<u8>) -> Result<Self, Error> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der)
            .map_err(|error| Error::Key { reason: format!("the secret key is no Ed25519 key in PKCS#8 ({error})") })?;
        Ok(Self { pair, der })
    }

    pub fn to_pem(&self) -> String {
        pem(SECRET_LABEL, &self.der)
    }

    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(self.pair.public_key().as_ref()) {
            *to = *from;
        }
        PublicKey { bytes }
    }

    /// The signature over these bytes.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl PublicKey {
    /// Reads a public key as `eksamine export --new-key` or `openssl pkey -pubout` writes it.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        if text.contains("-----BEGIN PRIVATE KEY-----") {
            let reason = "this is a secret key; to check, give the public one".to_owned();
            return Err(Error::Key { reason });
        }
        let der = of_pem(text, PUBLIC_LABEL)?;
        let bytes = der.strip_prefix(&SPKI_HEAD).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let wrong = || Error::Key { reason: "the public key is of another kind than Ed25519".to_owned() };
        Ok(Self { bytes: bytes.ok_or_else(wrong)? })
    }

    pub fn to_pem(&self) -> String {
        pem(PUBLIC_LABEL, &self.der())
    }

    /// Hex SHA-256 of the key in DER: `openssl pkey -pubin -in FILE -outform DER | sha256sum`.
    pub fn fingerprint(&self) -> String {
        hex(&Sha256::digest(self.der()))
    }

    fn der(&self) -> Vec<u8> {
        [SPKI_HEAD.as_slice(), &self.bytes].concat()
    }

    /// Whether the signature is that of this key over these bytes.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.bytes).verify(message, signature).is_ok()
    }
}

/// Writes a new key to a file that nobody else may read, and its public half beside it as `FILE.pub`, and says where
/// that is. Neither may exist.
pub fn write_new(path: &Path, key: &SigningKey) -> Result<PathBuf, Error> {
    let mut public = path.as_os_str().to_owned();
    public.push(".pub");
    let public = PathBuf::from(public);
    if public.symlink_metadata().is_ok() {
        return Err(Error::Exists { path: public });
    }
    create(path, key.to_pem().as_bytes(), 0o600)?;
    create(&public, key.public().to_pem().as_bytes(), 0o644)?;
    Ok(public)
}

fn create(path: &Path, content: &[u8], mode: u32) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Error::Exists { path: path.to_owned() },
        _ => io("create", path)(error),
    })?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(io("write", path))
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

/// The one block of this label. What stands around it is passed over, as OpenSSL does.
fn of_pem(text: &str, label: &str) -> Result<Vec<u8>, Error> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let lacks = || Error::Key { reason: format!("there is no `{begin}` in it") };
    let body = text.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end)).ok_or_else(lacks)?.0;
    let body: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(body).map_err(|error| Error::Key { reason: format!("it is not base64: {error}") })
}
