//! What stands in which object: keys, times, numbers of records, and which records are repeated from where.
//!
//! The plan is made of the settings alone and names records by object and number, so that any object can be made
//! without the others, copies included. No record is made here.

use super::Settings;
use super::random::{Random, Weights, mix};
use super::text::{self, MICROS_PER_SECOND, SECONDS_PER_DAY, push};
use super::world::{ACCOUNTS, REGIONS, World};

/// Neighbours that a caller may have made in one go.
pub const BURST_RECORDS: u64 = 4;
const FIVE_MINUTES: i64 = 300;
const BURST_SECONDS: u64 = 20;

/// The stream of objects an object belongs to; records are repeated within their stream only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    CloudTrail { account: usize, region: usize },
    Kubernetes { cluster: usize },
}

/// The time an object's own records are from.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Position of the object, which its records are seeded with.
    pub object: u64,
    pub start_seconds: i64,
    pub length_seconds: i64,
}

/// What the truth is told about a record.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// The time the record is filed under.
    pub time_micros: i64,
    /// The time it was written down, for the envelope.
    pub logged_micros: i64,
    pub cluster: Option<usize>,
}

/// Which records an object carries.
#[derive(Clone, Copy, Debug)]
pub enum Content {
    /// Records of its own, and `copies` records of an earlier object, from number `first` on and round to its start.
    Fresh { own: u64, copies: u64, source: usize, first: u64 },
    /// All an earlier object carries.
    Redelivery { of: usize },
}

/// One object to be made.
#[derive(Clone, Debug)]
pub struct ObjectPlan {
    pub key: String,
    pub lane: Lane,
    pub window: Window,
    pub content: Content,
}

/// Mean sizes in bytes, as they stand in their objects, of the records of each plane.
#[derive(Clone, Copy, Debug)]
pub struct MeanBytes {
    pub cloudtrail: f64,
    pub kubernetes: f64,
}

impl Window {
    pub fn time(&self, random: &mut Random) -> i64 {
        let micros = random.below((self.length_seconds * MICROS_PER_SECOND) as u64) as i64;
        self.start_seconds * MICROS_PER_SECOND + micros
    }

    /// A time shortly after another, still in the window.
    pub fn time_after(&self, time_micros: i64, random: &mut Random) -> i64 {
        let end_micros = (self.start_seconds + self.length_seconds) * MICROS_PER_SECOND;
        let later_micros = random.below(BURST_SECONDS * MICROS_PER_SECOND as u64) as i64;
        (time_micros + later_micros).min(end_micros - 1)
    }
}

/// The objects of the settings, those of both planes in turns.
pub fn plan(settings: &Settings, world: &World, mean_bytes: MeanBytes) -> Vec<ObjectPlan> {
    let planes = settings.planes;
    let streams: Vec<Stream> = match (planes.has_cloudtrail(), planes.has_kubernetes()) {
        (true, true) => vec![Stream::cloudtrail(mean_bytes), Stream::kubernetes(world, mean_bytes)],
        (true, false) => vec![Stream::cloudtrail(mean_bytes)],
        _ => vec![Stream::kubernetes(world, mean_bytes)],
    };
    let mut all: Vec<Option<ObjectPlan>> = vec![None; settings.objects];
    for (turn, stream) in streams.iter().enumerate() {
        let indexes: Vec<usize> = (turn..settings.objects).step_by(streams.len()).collect();
        let json_bytes = settings.json_bytes as f64 * indexes.len() as f64 / settings.objects as f64;
        for (index, object) in indexes.iter().zip(stream.plan(settings, world, &indexes, json_bytes)) {
            all[*index] = Some(object);
        }
    }
    all.into_iter().flatten().collect()
}

/// The lanes of one plane.
struct Stream {
    lanes: Vec<Lane>,
    weights: Vec<u64>,
    mean_bytes: f64,
}

/// An object on its way to its plan.
struct Draft {
    lane: usize,
    window: Window,
    weight: f64,
    redelivery_of: Option<usize>,
    records: u64,
    own: u64,
}

impl Stream {
    fn cloudtrail(mean_bytes: MeanBytes) -> Self {
        let (mut lanes, mut weights) = (Vec::new(), Vec::new());
        for account in 0..ACCOUNTS.len() {
            for region in 0..REGIONS.len() {
                lanes.push(Lane::CloudTrail { account, region });
                weights.push([40, 25, 15, 12, 8][account] * [50, 25, 15, 10][region]);
            }
        }
        Self { lanes, weights, mean_bytes: mean_bytes.cloudtrail }
    }

    fn kubernetes(world: &World, mean_bytes: MeanBytes) -> Self {
        let count = world.cluster_count();
        let lanes = (0..count).map(|cluster| Lane::Kubernetes { cluster }).collect();
        let weights = (0..count as u64).map(|cluster| 1_000 / (cluster + 2)).map(|weight| weight.max(1)).collect();
        Self { lanes, weights, mean_bytes: mean_bytes.kubernetes }
    }

    fn plan(&self, settings: &Settings, world: &World, indexes: &[usize], json_bytes: f64) -> Vec<ObjectPlan> {
        let mut drafts = self.drafts(settings, indexes);
        size(&mut drafts, json_bytes / self.mean_bytes);
        let contents = contents(settings, &mut drafts, indexes);
        let make = |(draft, content): (&Draft, Content)| {
            let lane = self.lanes[draft.lane];
            let delivered_again = draft.redelivery_of.is_some();
            let key = key(settings, world, lane, draft.window, delivered_again);
            ObjectPlan { key, lane, window: draft.window, content }
        };
        drafts.iter().zip(contents).map(make).collect()
    }

    /// Lanes, windows and weights; a lane's objects follow each other in time.
    fn drafts(&self, settings: &Settings, indexes: &[usize]) -> Vec<Draft> {
        let picker = Weights::new(self.weights.iter().copied());
        let weight_sum = self.weights.iter().sum::<u64>() as f64;
        let first_second = settings.first_second();
        let span_seconds = i64::from(settings.days) * SECONDS_PER_DAY;
        let mut fresh_of_lane: Vec<Vec<usize>> = vec![Vec::new(); self.lanes.len()];
        let mut drafts: Vec<Draft> = Vec::with_capacity(indexes.len());
        for (position, index) in indexes.iter().enumerate() {
            let mut random = Random::new(&[settings.seed, 400, *index as u64]);
            let lane = picker.pick(&mut random);
            let expected = (indexes.len() as f64 * self.weights[lane] as f64 / weight_sum).max(1.0);
            let longest = ((span_seconds as f64 / expected) as i64).clamp(3 * FIVE_MINUTES, 12 * FIVE_MINUTES);
            let middle = ((position as f64 + 0.5) / indexes.len() as f64 * span_seconds as f64) as i64;
            let end = (middle / FIVE_MINUTES + 1) * FIVE_MINUTES;
            let start = (end - longest).max(0);
            let window =
                Window { object: *index as u64, start_seconds: first_second + start, length_seconds: end - start };
            let busy = if (7..18).contains(&(middle / 3_600 % 24)) { 1.3 } else { 0.7 };
            let earlier = &fresh_of_lane[lane];
            let again = random.fraction() < settings.duplicate_share / 2.0 && !earlier.is_empty();
            let redelivery_of =
                again.then(|| earlier[earlier.len() - 1 - random.skewed(earlier.len().min(3) as u64) as usize]);
            let weight = match redelivery_of {
                Some(source) => drafts[source].weight,
                None => busy * (0.5 + random.fraction()),
            };
            if redelivery_of.is_none() {
                fresh_of_lane[lane].push(position);
            }
            drafts.push(Draft { lane, window, weight, redelivery_of, records: 0, own: 0 });
        }
        drafts
    }
}

/// Shares the records among the objects by weight, without losing any by rounding.
fn size(drafts: &mut [Draft], records: f64) {
    let weights: f64 = drafts.iter().map(|draft| draft.weight).sum();
    let mut owed = 0.0;
    for position in 0..drafts.len() {
        owed += records * drafts[position].weight / weights;
        let count = match drafts[position].redelivery_of {
            Some(source) => drafts[source].records,
            None => (owed.round() as u64).max(1),
        };
        owed -= count as f64;
        drafts[position].records = count;
    }
}

/// Decides how many records of each object are copies, and of what.
fn contents(settings: &Settings, drafts: &mut [Draft], indexes: &[usize]) -> Vec<Content> {
    let mut total = 0;
    let mut again = 0;
    let mut seen: Vec<usize> = Vec::new();
    let mut able = 0;
    for draft in drafts.iter() {
        total += draft.records;
        if draft.redelivery_of.is_some() {
            again += draft.records;
        } else if seen.contains(&draft.lane) {
            able += draft.records;
        } else {
            seen.push(draft.lane);
        }
    }
    let wanted = (total as f64 * settings.duplicate_share - again as f64).max(0.0);
    let mut fresh_of_lane: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut owed = 0.0;
    let mut contents = Vec::with_capacity(drafts.len());
    for position in 0..drafts.len() {
        let (lane, records) = (drafts[position].lane, drafts[position].records);
        if let Some(source) = drafts[position].redelivery_of {
            contents.push(Content::Redelivery { of: indexes[source] });
            continue;
        }
        let mut random = Random::new(&[settings.seed, 401, indexes[position] as u64]);
        let mut content = Content::Fresh { own: records, copies: 0, source: 0, first: 0 };
        drafts[position].own = records;
        match fresh_of_lane.iter_mut().find(|(known, _)| *known == lane) {
            None => fresh_of_lane.push((lane, vec![position])),
            Some((_, earlier)) => {
                let source = earlier[earlier.len() - 1 - random.skewed(earlier.len().min(4) as u64) as usize];
                owed += wanted * records as f64 / able as f64;
                let copies = (owed.round() as u64).min(records).min(drafts[source].own);
                owed -= copies as f64;
                drafts[position].own = records - copies;
                let first = random.below(drafts[source].own);
                content = Content::Fresh { own: records - copies, copies, source: indexes[source], first };
                earlier.push(position);
            }
        }
        contents.push(content);
    }
    contents
}

fn key(settings: &Settings, world: &World, lane: Lane, window: Window, delivered_again: bool) -> String {
    let mut random = Random::new(&[settings.seed, 402, window.object]);
    let late_seconds = if delivered_again { FIVE_MINUTES * (1 + random.below(11) as i64) } else { 0 };
    let mut key = Vec::with_capacity(128);
    match lane {
        Lane::CloudTrail { account, region } => {
            let (account, region) = (ACCOUNTS[account], REGIONS[region]);
            let delivered = (window.start_seconds + window.length_seconds + late_seconds) * MICROS_PER_SECOND;
            push(&mut key, &format!("AWSLogs/{account}/CloudTrail/{region}/"));
            text::push_day(&mut key, delivered, b"/");
            push(&mut key, &format!("/{account}_CloudTrail_{region}_"));
            text::push_day(&mut key, delivered, b"");
            key.push(b'T');
            text::push_time_of_day(&mut key, delivered, b"");
            // The name has no seconds.
            key.truncate(key.len() - 2);
            push(&mut key, "Z_");
            text::push_letters(&mut key, &mut random, 16);
            push(&mut key, ".json.gz");
        }
        Lane::Kubernetes { cluster } => {
            let arrived = (window.start_seconds + late_seconds + random.below(60) as i64) * MICROS_PER_SECOND;
            push(&mut key, &format!("firehose/{}/", world.cluster(cluster).name));
            text::push_day(&mut key, arrived, b"/");
            key.push(b'/');
            let day_start = key.len();
            text::push_time_of_day(&mut key, arrived, b"");
            key.truncate(day_start + 2);
            push(&mut key, "/eks-logs-1-");
            text::push_day(&mut key, arrived, b"-");
            key.push(b'-');
            text::push_time_of_day(&mut key, arrived, b"-");
            key.push(b'-');
            let number = mix(&[settings.seed, 403, window.object]);
            text::push_uuid(&mut key, number, random.next());
            push(&mut key, ".gz");
        }
    }
    String::from_utf8_lossy(&key).into_owned()
}
