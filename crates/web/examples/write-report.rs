//! Writes a report of made-up events, for looking at the page and for the browser test:
//! `write-report NUMBER FILE [--hostile]`. Says on standard output how long it took.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)]

use std::io::BufWriter;
use std::time::Instant;

use eksamine_web::ReportWriter;

#[path = "../tests/web/made_up.rs"]
mod made_up;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [number, path, rest @ ..] = words.as_slice() else { panic!("write-report NUMBER FILE [--hostile]") };
    let begun = Instant::now();
    let mut report = made_up::report();
    let is_hostile = rest.iter().any(|word| word == "--hostile");
    if is_hostile {
        "</title><script>window.pwned=1</script>\u{202e}".clone_into(&mut report.title);
        report.notes.push("<img src=x onerror=window.pwned=1>".to_owned());
    }
    let mut writer = ReportWriter::new(report);
    if is_hostile {
        made_up::fill_hostile(&mut writer);
    } else {
        made_up::fill(&mut writer, number.parse().unwrap());
    }
    let made = begun.elapsed();
    let written = writer.finish(BufWriter::new(std::fs::File::create(path).unwrap())).unwrap();
    println!(
        "{written:?} in {:.1} s, of which {:.1} s taking the rows",
        begun.elapsed().as_secs_f64(),
        made.as_secs_f64()
    );
}
