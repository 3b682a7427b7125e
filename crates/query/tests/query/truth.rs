//! How far identities and attribution can be trusted: archives whose generator knows who did what are ingested, every
//! event is looked up, and what is said is held against what is true.
//!
//! Demanded whatever the seed: nothing that is called certain is wrong; what the logs prove is found; where several
//! people are possible the true one is among the candidates; what concerns a cluster is in its timeline, and nothing
//! else is there for a reason called certain. The figures stand in `docs/concepts/known-truth.md`; `UPDATE_FIGURES=1`
//! writes them anew. With `EKSAMINE_TRUTH_SEEDS=20` as many archives are made; the figures stay those of the first.

mod attribution;
mod figures;
mod flows;
mod identity;

use std::sync::{Arc, Mutex, Weak};

use eksamine_testkit::actors::{CLUSTERS, Settings, Truth, make};

use crate::lakes::{TestLake, of_objects};

/// Archives whose figures are shown.
const SHOWN: u64 = 3;

fn seeds() -> u64 {
    std::env::var("EKSAMINE_TRUTH_SEEDS").map_or(SHOWN, |text| text.parse::<u64>().unwrap().max(SHOWN))
}

/// A lake, and what is true of it.
struct KnownLake {
    lake: TestLake,
    truth: Truth,
}

/// The lakes of all seeds. Those that are shown are held from the start, so that the tests share them.
fn lakes() -> impl Iterator<Item = (u64, Arc<KnownLake>)> {
    let shown: Vec<_> = (1..=SHOWN).map(|seed| (seed, known(seed))).collect();
    shown.into_iter().chain((SHOWN + 1..=seeds()).map(|seed| (seed, known(seed))))
}

/// The lake of a seed; the tests of this file share it while they run together.
fn known(seed: u64) -> Arc<KnownLake> {
    static SHARED: [Mutex<Weak<KnownLake>>; SHOWN as usize] = [const { Mutex::new(Weak::new()) }; SHOWN as usize];
    let Some(held) = SHARED.get(seed as usize - 1) else { return Arc::new(KnownLake::new(seed)) };
    let mut held = held.lock().unwrap();
    held.upgrade().unwrap_or_else(|| {
        let made = Arc::new(KnownLake::new(seed));
        *held = Arc::downgrade(&made);
        made
    })
}

impl KnownLake {
    fn new(seed: u64) -> Self {
        let archive = make(&Settings { seed, ..Settings::default() });
        let objects: Vec<(&str, &[u8])> =
            archive.objects.iter().map(|object| (object.key.as_str(), object.bytes.as_slice())).collect();
        Self { lake: of_objects(&objects), truth: archive.truth }
    }
}

/// The page that tells of the figures.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/concepts/known-truth.md");

/// Figures stand in the page, between `<!-- figures: NAME -->` and `<!-- end of figures -->`.
fn assert_told(name: &str, figures: &str) {
    static WRITING: Mutex<()> = Mutex::new(());
    let _alone = WRITING.lock().unwrap();
    let page = std::fs::read_to_string(PAGE).unwrap();
    let begin = format!("<!-- figures: {name} -->\n");
    let (before, rest) = page.split_once(&begin).unwrap();
    let (told, after) = rest.split_once("<!-- end of figures -->").unwrap();
    if std::env::var_os("UPDATE_FIGURES").is_some() {
        std::fs::write(PAGE, format!("{before}{begin}{figures}<!-- end of figures -->{after}")).unwrap();
        return;
    }
    assert!(told == figures, "{PAGE} tells other figures of `{name}`; UPDATE_FIGURES=1 writes these:\n{figures}");
}

#[test]
fn the_clusters_are_those_of_the_archive() {
    let known = known(1);
    let lines = &known.truth.authenticator_lines;
    assert!(CLUSTERS.iter().all(|cluster| lines.contains_key(cluster)));
}
