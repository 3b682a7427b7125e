//! Realistic archives of any size from a seed, for benches and tests.
//!
//! The same settings give the same bytes, whatever the number of threads: every record is a pure function of the seed,
//! its object and its number. `world` holds who and what exists, `plan` what stands in which object, `cloudtrail`
//! and `k8s_audit` make records from templates, `content` puts them into envelopes, `truth` is what the
//! generator knows about the result. The archives are clean: what real ones are dirty with is the matter of fixtures.

mod cloudtrail;
mod content;
mod k8s_audit;
mod plan;
mod random;
mod template;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod truth;
mod world;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;

use self::content::Maker;
use self::plan::{Lane, ObjectPlan};
use self::world::World;

pub(crate) use self::random::Random;
pub use self::truth::{Count, TableTruth, Truth};

/// Which kinds of logs an archive holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planes {
    CloudTrail,
    Kubernetes,
    /// Half the objects of each.
    Both,
}

/// What an archive is like.
#[derive(Clone, Debug)]
pub struct Settings {
    pub seed: u64,
    /// Inflated size of all objects together, met within some percent.
    pub json_bytes: u64,
    pub objects: usize,
    /// Share of all records that are repetitions of a record of another object, from 0 to 0.5. About half of them
    /// come in objects delivered twice, the others among the records of a later object.
    pub duplicate_share: f64,
    pub days: u32,
    /// Year, month and day of the first day.
    pub first_day: (i32, u8, u8),
    /// Clusters with an audit log.
    pub clusters: usize,
    pub planes: Planes,
    /// 0 to 9.
    pub gzip_level: u32,
    /// Threads that write; 0 for as many as there are processors.
    pub threads: usize,
}

/// One object of an archive.
#[derive(Clone, Debug)]
pub struct GeneratedObject {
    pub key: String,
    /// The object as it lies in the archive, gzipped.
    pub bytes: Vec<u8>,
    /// Its inflated size.
    pub json_bytes: u64,
    /// What is known of this object; a record counts as distinct in the object it is met in first.
    pub truth: Truth,
}

/// Makes the objects of one archive, in any order.
#[derive(Debug)]
pub struct Generator {
    maker: Maker,
    plan: Vec<ObjectPlan>,
    gzip_level: u32,
}

impl Planes {
    pub fn has_cloudtrail(self) -> bool {
        self != Planes::Kubernetes
    }

    pub fn has_kubernetes(self) -> bool {
        self != Planes::CloudTrail
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 7,
            json_bytes: 16_000_000,
            objects: 40,
            duplicate_share: 0.2,
            days: 3,
            first_day: (2025, 3, 3),
            clusters: 2,
            planes: Planes::Both,
            gzip_level: 6,
            threads: 0,
        }
    }
}

impl Settings {
    pub(crate) fn first_second(&self) -> i64 {
        let (year, month, day) = self.first_day;
        text::days_of_date(year, month, day) * text::SECONDS_PER_DAY
    }

    fn check(&self) -> io::Result<()> {
        let (_, month, day) = self.first_day;
        let problem = if self.objects == 0 || self.json_bytes == 0 || self.days == 0 {
            "an archive needs objects, bytes and days"
        } else if !(0.0..=0.5).contains(&self.duplicate_share) {
            "the share of duplicates must be from 0 to 0.5"
        } else if self.planes.has_kubernetes() && self.clusters == 0 {
            "the kubernetes plane needs a cluster"
        } else if self.planes == Planes::Both && self.objects < 2 {
            "both planes need at least two objects"
        } else if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            "the first day is not a date"
        } else if self.gzip_level > 9 {
            "the gzip level must be from 0 to 9"
        } else {
            return Ok(());
        };
        Err(io::Error::new(io::ErrorKind::InvalidInput, problem))
    }
}

impl Generator {
    /// Plans the archive. Fails if the settings make no sense.
    pub fn new(settings: &Settings) -> io::Result<Self> {
        settings.check()?;
        let maker = Maker::new(World::new(settings.seed, settings.clusters));
        let plan = plan::plan(settings, &maker.world, maker.mean_bytes());
        Ok(Self { maker, plan, gzip_level: settings.gzip_level })
    }

    /// Number of objects.
    pub fn object_count(&self) -> usize {
        self.plan.len()
    }

    /// Keys of the objects, by their position.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.plan.iter().map(|object| object.key.as_str())
    }

    /// Makes the object at a position, which must be below [`Generator::object_count`].
    pub fn object(&self, index: usize) -> io::Result<GeneratedObject> {
        let inflated = self.maker.inflated(&self.plan, index);
        let mut bytes = Vec::with_capacity(inflated.json.len() / 6);
        for member in inflated.members {
            let mut encoder = GzEncoder::new(bytes, Compression::new(self.gzip_level));
            encoder.write_all(&inflated.json[member])?;
            bytes = encoder.finish()?;
        }
        let mut table = inflated.truth;
        table.gzip_bytes = bytes.len() as u64;
        let name = match self.plan[index].lane {
            Lane::CloudTrail { .. } => "cloudtrail",
            Lane::Kubernetes { .. } => "k8s_audit",
        };
        let json_bytes = table.json_bytes;
        let truth = Truth { tables: [(name.to_owned(), table)].into() };
        Ok(GeneratedObject { key: self.plan[index].key.clone(), bytes, json_bytes, truth })
    }
}

/// One object of an archive. For more than a few use a [`Generator`], which plans the archive once.
pub fn object(settings: &Settings, index: usize) -> io::Result<GeneratedObject> {
    let generator = Generator::new(settings)?;
    if index >= generator.object_count() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("there is no object `{index}`")));
    }
    generator.object(index)
}

/// Writes the archive into a folder, which is created and must be empty, and tells what was written.
pub fn write(dir: &Path, settings: &Settings) -> io::Result<Truth> {
    let generator = Generator::new(settings)?;
    std::fs::create_dir_all(dir)?;
    if std::fs::read_dir(dir)?.next().is_some() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("`{}` is not empty", dir.display())));
    }
    let folders: BTreeSet<&str> = generator.keys().filter_map(|key| Some(key.rsplit_once('/')?.0)).collect();
    for folder in folders {
        std::fs::create_dir_all(dir.join(folder))?;
    }
    let threads = match settings.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| write_objects(dir, &generator, &next))).collect();
        let mut truth = Truth::default();
        for worker in workers {
            let part = worker.join().map_err(|_| io::Error::other("a writing thread panicked"))??;
            truth.add(&part);
        }
        Ok(truth)
    })
}

fn write_objects(dir: &Path, generator: &Generator, next: &AtomicUsize) -> io::Result<Truth> {
    let mut truth = Truth::default();
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= generator.object_count() {
            return Ok(truth);
        }
        let object = generator.object(index)?;
        std::fs::write(dir.join(&object.key), &object.bytes)?;
        truth.add(&object.truth);
    }
}
