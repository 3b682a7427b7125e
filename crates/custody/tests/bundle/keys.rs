//! Keys as files.

use super::*;
use eksamine_custody::bundle::key::write_new;

#[test]
fn a_key_is_the_same_after_writing_and_reading() {
    let key = signing_key();
    let again = SigningKey::from_pem(&key.to_pem()).unwrap();
    assert_eq!(again.sign(b"text"), key.sign(b"text"));
    assert_eq!(PublicKey::from_pem(&key.public().to_pem()).unwrap(), key.public());
}

#[test]
fn a_signature_is_of_one_key_and_one_text() {
    let (key, other) = (signing_key(), SigningKey::generate([8; 32]).unwrap());
    let signature = key.sign(b"text");
    assert!(key.public().verifies(b"text", &signature));
    assert!(!key.public().verifies(b"texT", &signature));
    assert!(!other.public().verifies(b"text", &signature));
    assert!(!key.public().verifies(b"text", &signature[..63]));
    assert!(!key.public().verifies(b"text", &[signature.as_slice(), b"\0"].concat()));
}

#[test]
fn the_example_of_rfc_8032_has_its_signature() {
    let hex = |text| eksamine_custody::digest::from_hex(text).unwrap();
    let seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let key = SigningKey::generate(seed.try_into().unwrap()).unwrap();
    let signature = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
    assert_eq!(key.sign(b""), hex(signature));
}

#[test]
fn a_new_key_is_for_its_owner_alone_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case.pem");
    let public = write_new(&at, &signing_key()).unwrap();
    assert_eq!(public, folder.path().join("case.pem.pub"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&at).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let before = fs::read(&at).unwrap();
    assert!(write_new(&at, &SigningKey::generate([9; 32]).unwrap()).is_err());
    assert_eq!(fs::read(&at).unwrap(), before);

    fs::remove_file(&at).unwrap();
    assert!(write_new(&at, &signing_key()).is_err(), "the public half is there already");
    assert!(!at.exists());
}

#[test]
fn a_secret_key_is_not_shown() {
    let shown = format!("{:?}", signing_key());
    assert!(shown.contains(&public_key().fingerprint()));
    assert!(!shown.contains("07070707") && !shown.contains("7, 7, 7"));
}

#[test]
fn what_is_no_key_is_refused_with_a_reason() {
    let secret = signing_key().to_pem();
    let told = |text: &str| PublicKey::from_pem(text).unwrap_err().to_string();
    assert!(told(&secret).contains("give the public one"));
    assert!(told("").contains("BEGIN PUBLIC KEY"));
    assert!(told("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----").contains("another kind"));
    assert!(SigningKey::from_pem(&public_key().to_pem()).is_err());
    assert!(SigningKey::from_pem(&secret.replace("MC4", "MC5")).is_err());
}
