//! Keys of bundles: made, and read from a file.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use eksamine_custody::bundle::{SigningKey, key};

use crate::printing::{print_text, tell};
use crate::summary::in_shell;
use crate::terminal::sanitise;

/// Where a Unix system gives random bytes that nobody can guess.
const RANDOM: &str = "/dev/urandom";

/// Makes a pair of keys: the secret one readable by its owner only, the public one beside it.
pub fn make(file: &Path) -> anyhow::Result<ExitCode> {
    let mut seed = [0; 32];
    let random = File::open(RANDOM).and_then(|mut random| random.read_exact(&mut seed));
    random.with_context(|| format!("can't get random bytes from `{RANDOM}`"))?;
    let secret = SigningKey::generate(seed)?;
    let public = key::write_new(file, &secret)?.display().to_string();
    let path = file.display().to_string();
    print_text(&format!(
        "`{}`: the secret key; keep it, and give it to nobody\n`{}`: the public key; give it to whoever checks \
         your bundles, by another way than the bundles\nfingerprint of the public key: {}\nto sign a bundle: eksamine \
         export … --key {}\n",
        sanitise(&path),
        sanitise(&public),
        secret.public().fingerprint(),
        sanitise(&in_shell(&path)),
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Reads a secret key.
pub fn read(file: &Path) -> anyhow::Result<SigningKey> {
    let unreadable = || format!("can't read the key in `{}`", file.display());
    let pem = std::fs::read_to_string(file).with_context(unreadable)?;
    let key = SigningKey::from_pem(&pem).with_context(unreadable)?;
    if is_open_to_others(file) {
        let name = file.display().to_string();
        tell(&format!("note: others on this machine can read the secret key `{}`", sanitise(&name)));
    }
    Ok(key)
}

fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}
