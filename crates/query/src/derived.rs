//! What is worked out from the rows of a lake and kept beside them, so that it is worked out once: the folder
//! `derived/` of a lake.
//!
//! A file there is named after what it holds, the version of the rules that made it, and a fingerprint of the lake's
//! live parts; so a lake that changed, or a program with other rules, finds nothing and works it out anew. What rests on
//! objects of the archive alone and names each by its hash outlives the change, and has `objects` in that place. Nothing in
//! the folder is evidence and all of it can be deleted. Not responsible for what is in the files.
//!
//! Invariant: under its name a file is whole. It is written beside it, synced, and renamed; of two programs that write
//! the same at the same time one wins, and both would have written the same.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use eksamine_lake::Lake;

use crate::error::Error;

mod kept_table;

pub use kept_table::{KeptTable, Rows, Take, in_memory};

/// Counts what this program has begun to write.
static TURN: AtomicU64 = AtomicU64::new(0);

/// The folder in the lake.
pub use eksamine_lake::DERIVED as FOLDER;

/// What a kept file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Its name in the folder: letters and `_`.
    pub name: &'static str,
    /// Version of the rules and of the form of the file.
    pub version: u32,
    /// Ending of the file's name, without the dot.
    pub ending: &'static str,
}

/// What the live parts of a lake are, as one hash: SHA-256 over their paths and hashes, in hex.
pub fn fingerprint(lake: &Lake) -> Result<String, Error> {
    Ok(eksamine_lake::fingerprint(&lake.manifest().parts()?))
}

/// The kept files of a lake as it is now.
#[derive(Clone, Debug)]
pub struct Derived {
    root: PathBuf,
    fingerprint: String,
}

impl Derived {
    pub fn of(lake: &Lake) -> Result<Self, Error> {
        let mut fingerprint = fingerprint(lake)?;
        fingerprint.truncate(32);
        Ok(Self { root: lake.root().to_path_buf(), fingerprint })
    }

    /// The kept files that rest on objects of the archive alone, each named with the hash of its bytes: they stay true
    /// when the lake takes in others.
    pub fn of_objects(lake: &Path) -> Self {
        Self { root: lake.to_path_buf(), fingerprint: "objects".to_owned() }
    }

    /// The folder of the lake.
    pub fn lake(&self) -> &Path {
        &self.root
    }

    /// Where a holding lies, if it is kept, relative to the lake; `/` between the parts.
    pub fn relative_path(&self, holding: &Holding) -> String {
        let Holding { name, version, ending } = holding;
        format!("{FOLDER}/{name}-{version}-{}.{ending}", self.fingerprint)
    }

    /// Where a holding lies, if it is kept.
    pub fn path(&self, holding: &Holding) -> PathBuf {
        self.root.join(self.relative_path(holding))
    }

    /// Keeps a holding and removes what was kept under its name for other states of the lake. An error means only that
    /// it is not kept: no room, or a lake that can't be written.
    pub fn keep(
        &self,
        holding: &Holding,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> io::Result<()> {
        let folder = self.root.join(FOLDER);
        fs::create_dir_all(&folder)?;
        // No two writers share a name, of this program or of another.
        let turn = TURN.fetch_add(1, Ordering::Relaxed);
        let staged = folder.join(format!(".{}-{}-{turn}", holding.name, std::process::id()));
        let written = write_whole(&staged, write).and_then(|()| fs::rename(&staged, self.path(holding)));
        if let Err(error) = written {
            // Whether this works or not: it was not kept.
            let _ = fs::remove_file(&staged);
            return Err(error);
        }
        // Not every system lets folders be synced; then the file may be gone after a crash, and is worked out anew.
        let _ = File::open(&folder).and_then(|folder| folder.sync_all());
        self.remove_others(holding, &folder);
        Ok(())
    }

    /// Removes what the kept file replaces, and what a killed program left. Another program that is just writing loses
    /// its file by that, and does without.
    fn remove_others(&self, holding: &Holding, folder: &Path) {
        let kept = self.path(holding);
        let (finished, staged) = (format!("{}-", holding.name), format!(".{}-", holding.name));
        let Ok(entries) = fs::read_dir(folder) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if path != kept && (name.starts_with(&finished) || name.starts_with(&staged)) {
                // What can't be removed is in nobody's way.
                let _ = fs::remove_file(path);
            }
        }
    }
}

fn write_whole(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut file = BufWriter::new(File::create_new(path)?);
    write(&mut file)?;
    file.flush()?;
    file.get_ref().sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Holding = Holding { name: "one", version: 3, ending: "txt" };

    fn of(root: &Path, fingerprint: &str) -> Derived {
        Derived { root: root.to_path_buf(), fingerprint: fingerprint.to_owned() }
    }

    fn names(root: &Path) -> Vec<String> {
        let entries = fs::read_dir(root.join(FOLDER)).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_kept_replaces_what_was_kept_of_another_state_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let other = Holding { name: "other", ..ONE };
        of(folder.path(), "old").keep(&ONE, |file| file.write_all(b"old")).unwrap();
        of(folder.path(), "old").keep(&other, |file| file.write_all(b"old")).unwrap();
        fs::write(folder.path().join(FOLDER).join(".one-1-0"), "left by a killed program").unwrap();
        let now = of(folder.path(), "now");
        assert!(!now.path(&ONE).exists());
        now.keep(&ONE, |file| file.write_all(b"now")).unwrap();
        assert_eq!(fs::read(now.path(&ONE)).unwrap(), b"now");
        assert_eq!(names(folder.path()), ["one-3-now.txt", "other-3-old.txt"]);
    }

    #[test]
    fn what_could_not_be_written_whole_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let derived = of(folder.path(), "now");
        let failed = derived.keep(&ONE, |file| {
            file.write_all(b"half")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(names(folder.path()), [""; 0]);
    }

    #[test]
    fn several_that_keep_the_same_at_once_leave_it_whole() {
        let folder = tempfile::tempdir().unwrap();
        let derived = of(folder.path(), "now");
        let text = vec![b'x'; 1 << 20];
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| drop(derived.keep(&ONE, |file| file.write_all(&text))));
            }
        });
        let kept = fs::read(derived.path(&ONE));
        assert!(kept.is_err() || kept.unwrap() == text);
        derived.keep(&ONE, |file| file.write_all(&text)).unwrap();
        assert_eq!(names(folder.path()), ["one-3-now.txt"]);
    }
}
