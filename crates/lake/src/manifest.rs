//! The manifest's tables and the questions asked of them. SQLite, WAL, full sync; every change goes through
//! [`crate::Writer::commit`].

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Transaction, params};

use crate::error::{Error, manifest as failed};
use crate::layout::{FORMAT, Partition, SIGHTINGS};

mod kept;
mod rows;
mod schema;

pub use kept::{Content, ContentEntry, KeptEntry};
pub(crate) use kept::{put_content, put_kept};
pub use rows::{Accounting, ObjectEntry, ObjectStatus, PartEntry, RejectEntry, RejectTotal, Totals, fingerprint};

pub struct Manifest {
    connection: Connection,
}

impl Manifest {
    /// Opens the manifest for reading and writing, making it if the file is new.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let connection = Connection::open(path).map_err(failed("open"))?;
        let mut manifest = Self { connection };
        if manifest.is_blank().map_err(|error| unreadable(path, error))? {
            manifest.create().map_err(failed("create"))?;
        }
        // Before anything is changed: it may be somebody else's.
        manifest.check(path)?;
        manifest.configure().map_err(failed("configure"))?;
        // A manifest made before these tables gets them, empty, when it is next written.
        manifest.connection.execute_batch(kept::CREATE).map_err(failed("change"))?;
        Ok(manifest)
    }

    /// Opens the manifest for reading; works on read-only media.
    pub fn open_read_only(path: &Path) -> Result<Self, Error> {
        let connection = match Self::try_read_only(path, "") {
            Ok(connection) => connection,
            // An immutable file is read without its log, so there must be none.
            Err(source) if is_cant_open(&source) && has_log(path) => {
                return Err(Error::NeedsRecovery { path: lake_of(path), source });
            }
            Err(_) => Self::try_read_only(path, "?immutable=1").map_err(|error| unreadable(path, error))?,
        };
        let manifest = Self { connection };
        if manifest.is_blank().map_err(|error| unreadable(path, error))? {
            // A first run was killed before it made anything.
            return Err(Error::Missing { path: lake_of(path) });
        }
        manifest.check(path)?;
        Ok(manifest)
    }

    fn try_read_only(path: &Path, options: &str) -> Result<Connection, rusqlite::Error> {
        let encoded = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(format!("file:{encoded}{options}"), flags)?;
        // Opening is lazy: the first read is what fails on a read-only folder.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    }

    /// Whether nobody has written anything into it yet.
    fn is_blank(&self) -> Result<bool, rusqlite::Error> {
        self.connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
    }

    /// Makes the tables and says of what format they are, in one change: a manifest has both or nothing.
    fn create(&mut self) -> Result<(), rusqlite::Error> {
        let change = self.connection.transaction()?;
        change.execute_batch(schema::CREATE)?;
        change.execute("INSERT INTO lake (key, value) VALUES ('format', ?1)", [FORMAT.to_string()])?;
        change.commit()
    }

    fn configure(&self) -> Result<(), rusqlite::Error> {
        self.connection.busy_timeout(std::time::Duration::from_secs(10))?;
        self.connection.pragma_update(None, "journal_mode", "WAL")?;
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        self.connection.pragma_update(None, "foreign_keys", true)
    }

    fn check(&self, path: &Path) -> Result<(), Error> {
        let found: Result<String, _> =
            self.connection.query_row("SELECT value FROM lake WHERE key = 'format'", [], |row| row.get(0));
        match found {
            Ok(found) if found == FORMAT.to_string() => Ok(()),
            Ok(found) => Err(Error::OtherFormat { path: lake_of(path), found, expected: FORMAT }),
            // A real failure of reading has a code of its own; that there is no such table has none.
            Err(error) if !matches!(error.sqlite_error_code(), None | Some(ErrorCode::Unknown)) => {
                Err(unreadable(path, error))
            }
            Err(_) => Err(Error::NotALake { path: lake_of(path) }),
        }
    }

    pub(crate) fn transaction(&mut self) -> Result<Transaction<'_>, Error> {
        self.connection.transaction().map_err(failed("begin a change of"))
    }

    /// The identities of all objects that need no second reading.
    pub fn settled_objects(&self) -> Result<Vec<(String, String)>, Error> {
        self.all("SELECT uri, version FROM objects WHERE status <> 'failed'", |row| Ok((row.get(0)?, row.get(1)?)))
    }

    pub fn parts(&self) -> Result<Vec<PartEntry>, Error> {
        self.all(
            "SELECT path, table_name, cluster, day, rows, size_bytes, sha256, least_time, greatest_time
             FROM parts ORDER BY path",
            part_of,
        )
    }

    /// Parts that are committed but may not be renamed yet: (staged path, final path).
    pub(crate) fn staged_parts(&self) -> Result<Vec<(String, String)>, Error> {
        self.all("SELECT staged, path FROM parts WHERE staged IS NOT NULL", |row| Ok((row.get(0)?, row.get(1)?)))
    }

    pub(crate) fn settle_parts(&self) -> Result<(), Error> {
        self.connection
            .execute("UPDATE parts SET staged = NULL WHERE staged IS NOT NULL", [])
            .map(|_| ())
            .map_err(failed("update"))
    }

    pub fn objects(&self) -> Result<Vec<ObjectEntry>, Error> {
        self.all(&format!("SELECT {} FROM objects ORDER BY uri, version", schema::OBJECT_COLUMNS), rows::object_of)
    }

    /// The objects of one status.
    pub fn objects_of(&self, status: ObjectStatus) -> Result<Vec<ObjectEntry>, Error> {
        // The names are constants of ours.
        let (columns, status) = (schema::OBJECT_COLUMNS, status.name());
        let sql = format!("SELECT {columns} FROM objects WHERE status = '{status}' ORDER BY uri, version");
        self.all(&sql, rows::object_of)
    }

    /// The objects that were not read or are of no known kind, and those that came in one envelope.
    pub fn objects_left_out_or_in(&self, envelope: &'static str) -> Result<Vec<ObjectEntry>, Error> {
        // The name is a constant of ours.
        let columns = schema::OBJECT_COLUMNS;
        let sql = format!(
            "SELECT {columns} FROM objects WHERE status IN ('failed', 'unknown') OR envelope = '{envelope}'
             ORDER BY uri, version"
        );
        self.all(&sql, rows::object_of)
    }

    /// The first and the last URI of all objects, in the order of their bytes.
    pub fn uri_span(&self) -> Result<Option<(String, String)>, Error> {
        let sql = "SELECT min(uri), max(uri) FROM objects HAVING count(*) > 0";
        Ok(self.all(sql, |row| Ok((row.get(0)?, row.get(1)?)))?.pop())
    }

    pub fn rejects(&self) -> Result<Vec<RejectEntry>, Error> {
        self.all(
            "SELECT o.uri, r.record, r.offset_bytes, r.length_bytes, r.reason, r.detail, r.bytes
             FROM rejects r JOIN objects o ON o.id = r.object ORDER BY o.uri, o.version, r.record",
            rows::reject_of,
        )
    }

    pub fn reject_totals(&self) -> Result<Vec<RejectTotal>, Error> {
        let sql = "SELECT r.reason, count(*), count(DISTINCT o.uri), min(o.uri)
                   FROM rejects r JOIN objects o ON o.id = r.object
                   GROUP BY r.reason ORDER BY count(*) DESC, r.reason";
        self.all(sql, |row| {
            Ok(RejectTotal {
                reason: row.get(0)?,
                rejects: unsigned(row.get(1)?),
                objects: unsigned(row.get(2)?),
                first_uri: row.get(3)?,
            })
        })
    }

    /// Objects by status, with their sizes.
    pub fn totals(&self) -> Result<Vec<Totals>, Error> {
        self.all(
            "SELECT status, count(*), sum(size_bytes), sum(inflated_bytes) FROM objects GROUP BY status ORDER BY status",
            |row| {
                let status: String = row.get(0)?;
                Ok(Totals {
                    status: ObjectStatus::parse(&status),
                    objects: unsigned(row.get(1)?),
                    size_bytes: unsigned(row.get(2)?),
                    inflated_bytes: unsigned(row.get(3)?),
                })
            },
        )
    }

    /// The accounting over all objects, checked for each object and against the parts.
    pub fn accounting(&self) -> Result<Accounting, Error> {
        let sql = "SELECT coalesce(sum(records), 0), coalesce(sum(rows), 0), coalesce(sum(folded), 0),
                          coalesce(sum(rejects), 0), coalesce(sum(records <> rows + folded + rejects), 0),
                          (SELECT coalesce(sum(rows), 0) FROM parts WHERE table_name <> ?1),
                          (SELECT coalesce(sum(rows), 0) FROM parts WHERE table_name = ?1),
                          (SELECT count(*) FROM rejects)
                   FROM objects";
        let read = |row: &Row<'_>| {
            Ok(Accounting {
                records: unsigned(row.get(0)?),
                rows: unsigned(row.get(1)?),
                folded: unsigned(row.get(2)?),
                rejects: unsigned(row.get(3)?),
                open_objects: unsigned(row.get(4)?),
                part_rows: unsigned(row.get(5)?),
                sightings: unsigned(row.get(6)?),
                kept_rejects: unsigned(row.get(7)?),
            })
        };
        self.connection.query_row(sql, [SIGHTINGS], read).map_err(failed("read"))
    }

    /// What SQLite finds wrong with the file, in its words; nothing if it is sound. Reads all of it.
    pub(crate) fn damage(&self) -> Result<Vec<String>, Error> {
        let found: Vec<String> = self.all("PRAGMA integrity_check(20)", |row| row.get(0))?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    fn all<T>(&self, sql: &str, read: impl FnMut(&Row<'_>) -> Result<T, rusqlite::Error>) -> Result<Vec<T>, Error> {
        let mut statement = self.connection.prepare(sql).map_err(failed("read"))?;
        let rows = statement.query_map([], read).map_err(failed("read"))?;
        rows.collect::<Result<_, _>>().map_err(failed("read"))
    }
}

fn part_of(row: &Row<'_>) -> Result<PartEntry, rusqlite::Error> {
    Ok(PartEntry {
        path: row.get(0)?,
        partition: Partition { table: row.get(1)?, cluster: row.get(2)?, day: row.get(3)? },
        rows: unsigned(row.get(4)?),
        size_bytes: unsigned(row.get(5)?),
        sha256: row.get(6)?,
        least_time: row.get(7)?,
        greatest_time: row.get(8)?,
    })
}

fn lake_of(manifest: &Path) -> PathBuf {
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

fn unreadable(path: &Path, source: rusqlite::Error) -> Error {
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Error::Damaged { path: lake_of(path), source },
        _ => failed("open")(source),
    }
}

fn is_cant_open(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// Whether a write-ahead log with content lies beside the manifest.
fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// SQLite integers are signed; counts and sizes never are.
fn unsigned(value: i64) -> u64 {
    value.max(0).cast_unsigned()
}

/// Writes an object's entry and returns its id. It replaces one that failed before, be it of another version: what
/// failed stands for the object as it was listed then, and now it is listed anew.
pub(crate) fn put_object(change: &Transaction<'_>, object: &ObjectEntry) -> Result<i64, rusqlite::Error> {
    change
        .prepare_cached(
            "DELETE FROM objects WHERE uri = ?1 AND status = 'failed' AND (version = ?2 OR version_id IS NULL)",
        )?
        .execute(params![object.uri, object.version])?;
    change.prepare_cached(schema::INSERT_OBJECT)?.execute(params![
        object.uri,
        object.version,
        object.etag,
        object.version_id,
        object.size_bytes.cast_signed(),
        object.last_modified,
        object.sha256,
        object.status.name(),
        object.detail,
        object.envelope,
        object.members.cast_signed(),
        object.inflated_bytes.cast_signed(),
        object.records.cast_signed(),
        object.rows.cast_signed(),
        object.folded.cast_signed(),
        object.rejects.cast_signed(),
        object.control.cast_signed(),
        object.read_at,
    ])?;
    Ok(change.last_insert_rowid())
}

pub(crate) fn put_reject(change: &Transaction<'_>, object: i64, reject: &RejectEntry) -> Result<(), rusqlite::Error> {
    change.prepare_cached(schema::INSERT_REJECT)?.execute(params![
        object,
        reject.record.cast_signed(),
        reject.offset_bytes.cast_signed(),
        reject.length_bytes.cast_signed(),
        reject.reason,
        reject.detail,
        reject.bytes,
    ])?;
    Ok(())
}

pub(crate) fn put_part(change: &Transaction<'_>, part: &PartEntry, staged: &str) -> Result<(), rusqlite::Error> {
    change.prepare_cached(schema::INSERT_PART)?.execute(params![
        part.path,
        staged,
        part.partition.table,
        part.partition.cluster,
        part.partition.day,
        part.rows.cast_signed(),
        part.size_bytes.cast_signed(),
        part.sha256,
        part.least_time,
        part.greatest_time,
    ])?;
    Ok(())
}
