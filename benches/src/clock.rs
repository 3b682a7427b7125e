//! Wall time, processor time and peak memory of this process. The one place that knows `/proc`.

use std::time::Instant;

use crate::failure::Failure;

/// Whose processor time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// All threads of this process.
    Own,
    /// Processes it started and waited for.
    Children,
}

/// Runs from its start.
pub struct Clock {
    whose: Whose,
    start: Instant,
    start_ticks: Ticks,
}

/// Time that passed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(clippy::struct_field_names, reason = "names carry their unit")]
pub struct Elapsed {
    pub wall_seconds: f64,
    /// In the program and in the kernel.
    pub cpu_seconds: f64,
    /// In the kernel alone.
    pub system_seconds: f64,
}

/// Processor time in the program and in the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ticks {
    user: u64,
    system: u64,
}

const STAT: &str = "/proc/self/stat";
const STATUS: &str = "/proc/self/status";
const LOAD: &str = "/proc/loadavg";
/// The kernel's unit for what it tells programs: the same on every Linux of today.
const TICKS_PER_SECOND: f64 = 100.0;

impl Clock {
    pub fn start(whose: Whose) -> Result<Self, Failure> {
        Ok(Self { whose, start_ticks: ticks(whose)?, start: now() })
    }

    pub fn elapsed(&self) -> Result<Elapsed, Failure> {
        let wall_seconds = now().duration_since(self.start).as_secs_f64();
        let (now, then) = (ticks(self.whose)?, self.start_ticks);
        let seconds = |now: u64, then: u64| now.saturating_sub(then) as f64 / TICKS_PER_SECOND;
        let system_seconds = seconds(now.system, then.system);
        Ok(Elapsed { wall_seconds, cpu_seconds: seconds(now.user, then.user) + system_seconds, system_seconds })
    }
}

impl Elapsed {
    pub fn add(&mut self, other: Self) {
        self.wall_seconds += other.wall_seconds;
        self.cpu_seconds += other.cpu_seconds;
        self.system_seconds += other.system_seconds;
    }

    /// The share of one of `count` equal pieces of work.
    pub fn divided(self, count: usize) -> Self {
        let count = count.max(1) as f64;
        Self {
            wall_seconds: self.wall_seconds / count,
            cpu_seconds: self.cpu_seconds / count,
            system_seconds: self.system_seconds / count,
        }
    }
}

/// The most memory this process ever had resident.
pub fn peak_bytes() -> Result<u64, Failure> {
    let status = read(STATUS)?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.map(|kib| kib << 10).ok_or_else(|| unreadable(STATUS, "it has no `VmHWM`"))
}

/// How many processes wanted a processor during the last minute, on average.
pub fn load() -> Result<f64, Failure> {
    let text = read(LOAD)?;
    let first = text.split(' ').next().and_then(|first| first.parse().ok());
    first.ok_or_else(|| unreadable(LOAD, "it begins with no number"))
}

#[expect(clippy::disallowed_methods, reason = "benches measure time")]
fn now() -> Instant {
    Instant::now()
}

fn ticks(whose: Whose) -> Result<Ticks, Failure> {
    ticks_of(&read(STAT)?, whose).ok_or_else(|| unreadable(STAT, "it has no times"))
}

/// The times from a line of proc(5)'s `stat`, in which the name, in brackets, may hold anything.
fn ticks_of(stat: &str, whose: Whose) -> Option<Ticks> {
    let (_, fields) = stat.rsplit_once(')')?;
    let first = match whose {
        Whose::Own => 11,
        Whose::Children => 13,
    };
    let mut times = fields.split_ascii_whitespace().skip(first);
    Some(Ticks { user: times.next()?.parse().ok()?, system: times.next()?.parse().ok()? })
}

fn read(path: &str) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(Failure::io("read", path))
}

fn unreadable(path: &str, problem: &str) -> Failure {
    Failure::Unreadable { path: path.into(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_after_the_name() {
        let stat = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 110 22 1000 200 20 0 1 0 99";
        assert_eq!(ticks_of(stat, Whose::Own), Some(Ticks { user: 110, system: 22 }));
        assert_eq!(ticks_of(stat, Whose::Children), Some(Ticks { user: 1000, system: 200 }));
    }

    #[test]
    fn work_takes_time_and_memory() {
        let clock = Clock::start(Whose::Own).unwrap();
        let mut sum = 0_u64;
        while clock.elapsed().unwrap().wall_seconds < 0.1 {
            sum = std::hint::black_box(sum + 1);
        }
        let elapsed = clock.elapsed().unwrap();
        assert!(elapsed.cpu_seconds > 0.0 && elapsed.wall_seconds >= 0.1);
        assert!(peak_bytes().unwrap() > 1 << 20);
    }
}
