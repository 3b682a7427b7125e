//! CloudTrail's public keys, as `aws cloudtrail list-public-keys` prints them, and the verification of signatures
//! with them: RSASSA-PKCS1-v1_5 over SHA-256.
//!
//! A key is DER in base64: an `RSAPublicKey` of PKCS #1, or the `SubjectPublicKeyInfo` around it. Keys are found by
//! their fingerprint alone, which a digest names; regions have keys of their own, and those of several regions can be
//! gathered in one set. The times between which a key is said to be valid are not looked at: neither does the AWS CLI,
//! beyond asking for the keys of the time in question.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::Deserialize;

use crate::digest::from_hex;
use crate::error::Error;

/// Public keys by fingerprint.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    /// PKCS #1 in DER. Two keys of one fingerprint have never been seen; if there were, either may have signed.
    keys: HashMap<String, Vec<Vec<u8>>>,
}

/// What the keys say of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    Right,
    Wrong,
    /// There is no such key in the set.
    UnknownKey,
}

impl KeySet {
    /// Adds the keys of one or more answers of `list-public-keys`, one after the other. Gives how many there were.
    pub fn add_json(&mut self, json: &[u8]) -> Result<usize, Error> {
        let fail = |reason: String| Error::Keys { reason };
        let mut count = 0;
        for answer in serde_json::Deserializer::from_slice(json).into_iter::<Answer>() {
            for item in answer.map_err(|error| fail(error.to_string()))?.public_key_list {
                self.add_base64(&item.fingerprint, &item.value)?;
                count += 1;
            }
        }
        if count == 0 {
            return Err(fail("there is no key in it".to_owned()));
        }
        Ok(count)
    }

    /// Adds one key as CloudTrail gives it: DER of either form, in base64.
    pub fn add_base64(&mut self, fingerprint: &str, value: &str) -> Result<(), Error> {
        let der = STANDARD.decode(value.trim()).map_err(|error| Error::Keys {
            reason: format!("the key of fingerprint `{fingerprint}` is no base64: {error}"),
        })?;
        self.add(fingerprint, &der)
    }

    /// Adds the keys of another set.
    pub fn add_all(&mut self, other: Self) {
        for (fingerprint, keys) in other.keys {
            let same = self.keys.entry(fingerprint).or_default();
            for key in keys {
                if !same.contains(&key) {
                    same.push(key);
                }
            }
        }
    }

    /// Adds one key in DER, of either form.
    pub fn add(&mut self, fingerprint: &str, der: &[u8]) -> Result<(), Error> {
        let key = pkcs1(der).ok_or_else(|| Error::Keys {
            reason: format!("the key of fingerprint `{fingerprint}` is no RSA key in DER"),
        })?;
        let same = self.keys.entry(fingerprint.to_ascii_lowercase()).or_default();
        if !same.iter().any(|other| other == key) {
            same.push(key.to_vec());
        }
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn has(&self, fingerprint: &str) -> bool {
        self.keys.contains_key(&fingerprint.to_ascii_lowercase())
    }

    /// Verifies a signature in hexadecimal.
    pub fn verify(&self, fingerprint: &str, message: &str, signature_hex: &str) -> Signature {
        let Some(keys) = self.keys.get(&fingerprint.to_ascii_lowercase()) else { return Signature::UnknownKey };
        let Some(signature) = from_hex(signature_hex.trim()) else { return Signature::Wrong };
        let fits = |key: &Vec<u8>| {
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(message.as_bytes(), &signature).is_ok()
        };
        if keys.iter().any(fits) { Signature::Right } else { Signature::Wrong }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    public_key_list: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    value: String,
    fingerprint: String,
}

/// `AlgorithmIdentifier` of rsaEncryption, with its null: RFC 8017, appendix A.1.
const RSA_ENCRYPTION: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

/// The `RSAPublicKey` in DER of either form.
fn pkcs1(der: &[u8]) -> Option<&[u8]> {
    let (outer, rest) = element(der, SEQUENCE)?;
    if !rest.is_empty() {
        return None;
    }
    if outer.first() == Some(&INTEGER) {
        return Some(der);
    }
    let (bits, rest) = element(outer.strip_prefix(&RSA_ENCRYPTION)?, BIT_STRING)?;
    // No bits of the last byte are unused.
    let key = bits.strip_prefix(&[0])?;
    (rest.is_empty() && element(key, SEQUENCE).is_some_and(|(_, rest)| rest.is_empty())).then_some(key)
}

/// The content of a DER element of this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, der) = der.split_first()?;
    let (length, der) = der.split_first()?;
    let (length, der) = match length {
        0..=0x7f => (usize::from(*length), der),
        0x81..=0x83 => {
            let (digits, der) = der.split_at_checked(usize::from(length - 0x80))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), der)
        }
        _ => return None,
    };
    if *first == tag { der.split_at_checked(length) } else { None }
}
