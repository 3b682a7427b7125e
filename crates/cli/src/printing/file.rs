//! The file behind `--output`.
//!
//! Invariant: under the file's name there is never half a result. The rows go to a file beside it that takes the name
//! when it is whole; when the command fails or is interrupted, what was there before is still there. What is no
//! ordinary file, such as a device or a pipe, is written to directly.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::NamedTempFile;

/// A file that is being written.
pub struct OutputFile {
    /// The name as it was given.
    given: PathBuf,
    kind: Kind,
}

enum Kind {
    Direct(File),
    Replacing { temporary: NamedTempFile, target: PathBuf },
}

impl OutputFile {
    /// Fails if it can't be made. Nothing is to be seen under its name yet.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let kind = create(path).with_context(|| format!("can't create `{}`", path.display()))?;
        Ok(Self { given: path.to_path_buf(), kind })
    }

    /// Where the bytes go.
    pub fn handle(&self) -> anyhow::Result<File> {
        let file = match &self.kind {
            Kind::Direct(file) => file,
            Kind::Replacing { temporary, .. } => temporary.as_file(),
        };
        file.try_clone().with_context(|| format!("can't write `{}`", self.given.display()))
    }

    /// Gives the file its name. To be called when all bytes are written.
    pub fn complete(self) -> anyhow::Result<()> {
        if let Kind::Replacing { temporary, target } = self.kind {
            let named = temporary.persist(&target).map_err(|error| error.error);
            named.with_context(|| format!("can't write `{}`", self.given.display()))?;
        }
        Ok(())
    }
}

fn create(path: &Path) -> io::Result<Kind> {
    let existing = match fs::metadata(path) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
        return Ok(Kind::Direct(OpenOptions::new().write(true).open(path)?));
    }
    // A link stays a link: what it leads to is replaced.
    let target = if existing.is_some() { path.canonicalize()? } else { path.to_path_buf() };
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".eksamine-");
    #[cfg(unix)]
    let permissions = {
        use std::os::unix::fs::PermissionsExt;
        // As any new file has them, less what the user's mask takes away.
        fs::Permissions::from_mode(0o666)
    };
    #[cfg(unix)]
    builder.permissions(permissions);
    let temporary = builder.tempfile_in(folder)?;
    if let Some(metadata) = existing {
        temporary.as_file().set_permissions(metadata.permissions())?;
    }
    Ok(Kind::Replacing { temporary, target })
}
