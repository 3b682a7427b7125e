//! Verdicts on their way into a lake: each with the SHA-256 of the bytes it was given on, so that it is shown only of an
//! object that the lake has read with these very bytes.

use std::path::Path;
use std::sync::Arc;

use eksamine_archive::Archive;
use eksamine_custody::{Hashing, Progress, Report, Row, Rows, Settings, Subject, Verdict};
use eksamine_lake::Lake;
use eksamine_query::verdicts::{ObjectVerdict, Verdicts};

use crate::numbers::counted;
use crate::printing::tell;

/// Verifies an archive, and keeps what was found in a lake, if there is one.
pub async fn of_archive(
    archive: &Arc<dyn Archive>,
    lake: Option<&Path>,
    settings: &Settings,
    progress: &dyn Progress,
) -> anyhow::Result<Report> {
    let Some(root) = lake else {
        return Ok(eksamine_custody::verify(archive, settings, progress).await?);
    };
    // A folder that is no lake is to be told before hours of reading.
    drop(Lake::open(root)?);
    let all = Settings { rows: Rows::All, hashing: Hashing::ObjectsToo, ..settings.clone() };
    let mut report = eksamine_custody::verify(archive, &all, progress).await?;
    keep(root, &report.rows)?;
    retain_asked(&mut report.rows, settings.rows);
    Ok(report)
}

/// Leaves the rows that were asked for.
pub fn retain_asked(rows: &mut Vec<Row>, asked: Rows) {
    if asked == Rows::Findings {
        rows.retain(|row| !row.verdict.is_proved());
    }
}

/// Keeps the verdicts on objects that the lake has read with the bytes that were judged.
pub fn keep(root: &Path, rows: &[Row]) -> anyhow::Result<()> {
    let lake = Lake::open(root)?;
    let read: std::collections::HashSet<(String, String)> =
        lake.manifest().objects()?.into_iter().filter_map(|object| Some((object.uri, object.sha256?))).collect();
    let of_lake = |row: &Row| {
        let verdict = of_row(row)?;
        read.contains(&(verdict.uri.clone(), verdict.sha256.clone())).then_some(verdict)
    };
    let mut verdicts: Vec<ObjectVerdict> = rows.iter().filter_map(of_lake).collect();
    // Where two digests name one file, what speaks against it stands.
    verdicts.sort_by_key(|verdict| verdict.verdict == Verdict::Altered.word());
    let mut kept = Verdicts::of(root);
    let many = verdicts.len() as u64;
    for verdict in verdicts {
        kept.add(verdict);
    }
    match kept.keep(root) {
        Ok(()) => tell(&format!(
            "verdicts on {} are kept in the lake, in the column `digest` of the table `objects`",
            counted(many, "object")
        )),
        Err(error) => tell(&format!("the verdicts could not be kept in the lake: {error}")),
    }
    Ok(())
}

/// The verdict of a row, if it is about bytes: what was not read or is not there has none.
fn of_row(row: &Row) -> Option<ObjectVerdict> {
    let is_object = matches!(row.subject, Subject::Digest | Subject::Log);
    let is_judged = !matches!(row.verdict, Verdict::Unread | Verdict::Missing | Verdict::Gap);
    let (uri, sha256) = (row.uri.clone()?, row.sha256.clone()?);
    (is_object && is_judged).then(|| ObjectVerdict { uri, sha256, verdict: row.verdict.word().to_owned() })
}

#[cfg(test)]
mod tests {
    use eksamine_custody::verdict::{VERDICTS, Verdict};

    #[test]
    fn the_words_for_what_is_proved_are_those_of_verify() {
        let proved = VERDICTS.into_iter().filter(|verdict| verdict.is_proved()).map(Verdict::word);
        assert!(proved.eq(eksamine_query::verdicts::PROVED));
    }
}
