//! Writes an archive with known truth: `write-known DIR [SEED [DAYS]]`. The truth is in `DIR.truth.json` beside it.

use std::io::{self, Write};
use std::path::PathBuf;

use eksamine_testkit::actors::{self, Settings};

fn main() -> io::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "usage: write-known DIR [SEED [DAYS]]"));
    };
    let mut settings = Settings::default();
    let mut number = || arguments.next().and_then(|text| text.to_str().and_then(|text| text.parse::<u32>().ok()));
    settings.seed = number().map_or(settings.seed, u64::from);
    settings.days = number().map_or(settings.days, i64::from);
    let truth = actors::write(&folder, &settings)?;
    let mut beside = folder.clone().into_os_string();
    beside.push(".truth.json");
    std::fs::write(&beside, format!("{:#}\n", truth.to_json()))?;
    writeln!(io::stdout(), "{} events in {}", truth.events.len(), folder.display())
}
