//! The generated archive, what is known of it, and the lakes made from it. An archive is made once and used again as
//! long as the generator would make the same.

use std::fs;
use std::path::{Path, PathBuf};

use eksamine_testkit::generate::{self, Generator, Planes, Settings};
use serde_json::Value;

use crate::arguments::Shape;
use crate::failure::Failure;

/// What the generator says the archive holds.
#[derive(Clone, Debug)]
pub struct Facts {
    pub objects: u64,
    pub json_bytes: u64,
    pub gzip_bytes: u64,
    pub records: u64,
    pub cloudtrail_rows: u64,
    pub k8s_audit_rows: u64,
    /// The first cluster, and its audit events.
    pub cluster: String,
    pub cluster_rows: u64,
    /// The first full day, `2025-03-03`.
    pub day: String,
}

/// An archive in a folder. The facts and the lakes lie beside the folder, never in it.
pub struct Dataset {
    pub folder: PathBuf,
    pub facts: Facts,
}

/// A file of the archive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    pub key: String,
    pub path: PathBuf,
}

impl Facts {
    /// Records that differ.
    pub fn rows(&self) -> u64 {
        self.cloudtrail_rows + self.k8s_audit_rows
    }
}

impl Dataset {
    /// The archive of that shape in the data folder; makes it if it is not there.
    pub fn prepare(data: &Path, shape: Shape) -> Result<Self, Failure> {
        let folder = data.join(format!("archive-{}kb-{}", shape.json_bytes / 1000, shape.objects));
        let settings = Settings {
            json_bytes: shape.json_bytes,
            objects: shape.objects,
            planes: Planes::Both,
            ..Settings::default()
        };
        if !is_current(&folder, &settings)? {
            make(&folder, &settings)?;
        }
        Self::open(&folder)
    }

    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let path = beside(folder, "truth.json");
        let text = fs::read(&path).map_err(Failure::io("read", &path))?;
        let facts = serde_json::from_slice(&text).ok().as_ref().and_then(facts_of);
        let problem = || Failure::Unreadable { path, problem: "it holds no facts of an archive".to_owned() };
        Ok(Self { folder: folder.to_path_buf(), facts: facts.ok_or_else(problem)? })
    }

    /// Where the lake of this archive lies, once there is one.
    pub fn lake(&self) -> PathBuf {
        beside(&self.folder, "lake")
    }

    /// Where the signed trail made of this archive lies.
    pub fn trail(&self) -> PathBuf {
        beside(&self.folder, "trail")
    }

    /// Where the lake made from S3 lies.
    pub fn s3_lake(&self) -> PathBuf {
        beside(&self.folder, "s3-lake")
    }

    /// The files, ordered by key.
    pub fn files(&self) -> Result<Vec<File>, Failure> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(Failure::io("read", &folder))? {
                let path = entry.map_err(Failure::io("read", &folder))?.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let key = path.strip_prefix(&self.folder).unwrap_or(&path).to_string_lossy().into_owned();
                    files.push(File { key, path });
                }
            }
        }
        files.sort();
        Ok(files)
    }
}

/// Size of all files below a folder.
pub fn size_bytes(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(Failure::io("read", folder))? {
        let entry = entry.map_err(Failure::io("read", folder))?;
        let metadata = entry.metadata().map_err(Failure::io("read", entry.path()))?;
        bytes += if metadata.is_dir() { size_bytes(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}

/// Removes a folder with all in it, if it is there.
pub fn remove(folder: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::io("remove", folder)(error)),
        _ => Ok(()),
    }
}

/// Whether the folder is complete and from a generator that works as this one: its first and last objects tell.
fn is_current(folder: &Path, settings: &Settings) -> Result<bool, Failure> {
    if !beside(folder, "truth.json").is_file() {
        return Ok(false);
    }
    let failed = Failure::io("generate", folder);
    let generator = Generator::new(settings).map_err(failed)?;
    for index in [0, generator.object_count() - 1] {
        let object = generator.object(index).map_err(Failure::io("generate", folder))?;
        if fs::read(folder.join(&object.key)).ok() != Some(object.bytes) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn make(folder: &Path, settings: &Settings) -> Result<(), Failure> {
    let truth_path = beside(folder, "truth.json");
    // The facts come last: without them the archive is not complete.
    match fs::remove_file(&truth_path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Failure::io("remove", &truth_path)(error));
        }
        _ => remove(folder)?,
    }
    let truth = generate::write(folder, settings).map_err(Failure::io("generate", folder))?;
    fs::write(&truth_path, format!("{:#}\n", truth.to_json())).map_err(Failure::io("write", &truth_path))
}

fn facts_of(truth: &Value) -> Option<Facts> {
    let number = |path: &str| truth.pointer(path)?.as_u64();
    let first = |path: &str| -> Option<(&String, &Value)> { truth.pointer(path)?.as_object()?.iter().next() };
    let (cluster, counts) = first("/tables/k8s_audit/per_cluster")?;
    let (day, _) = first("/tables/k8s_audit/per_day")?;
    Some(Facts {
        objects: number("/objects")?,
        json_bytes: number("/json_bytes")?,
        gzip_bytes: number("/gzip_bytes")?,
        records: number("/records")?,
        cloudtrail_rows: number("/tables/cloudtrail/distinct")?,
        k8s_audit_rows: number("/tables/k8s_audit/distinct")?,
        cluster: cluster.clone(),
        cluster_rows: counts.get("distinct")?.as_u64()?,
        day: day.clone(),
    })
}

fn beside(folder: &Path, ending: &str) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    folder.with_file_name(name)
}
