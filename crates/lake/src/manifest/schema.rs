//! The manifest's SQL.

pub const CREATE: &str = "
CREATE TABLE lake (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE objects (
    id INTEGER PRIMARY KEY,
    uri TEXT NOT NULL,
    version TEXT NOT NULL,
    etag TEXT,
    version_id TEXT,
    size_bytes INTEGER NOT NULL,
    last_modified INTEGER,
    sha256 TEXT,
    status TEXT NOT NULL,
    detail TEXT,
    envelope TEXT,
    members INTEGER NOT NULL,
    inflated_bytes INTEGER NOT NULL,
    records INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    folded INTEGER NOT NULL,
    rejects INTEGER NOT NULL,
    control INTEGER NOT NULL,
    read_at INTEGER NOT NULL,
    UNIQUE (uri, version)
) STRICT;
CREATE TABLE rejects (
    object INTEGER NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
    record INTEGER NOT NULL,
    offset_bytes INTEGER NOT NULL,
    length_bytes INTEGER NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (object, record)
) STRICT;
CREATE TABLE parts (
    path TEXT PRIMARY KEY,
    staged TEXT,
    table_name TEXT NOT NULL,
    cluster TEXT,
    day TEXT,
    rows INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    least_time INTEGER,
    greatest_time INTEGER
) STRICT;
";

pub const OBJECT_COLUMNS: &str = "uri, version, etag, version_id, size_bytes, last_modified, sha256, status, detail, \
     envelope, members, inflated_bytes, records, rows, folded, rejects, control, read_at";

pub const INSERT_OBJECT: &str = "INSERT INTO objects (uri, version, etag, version_id, size_bytes, last_modified, \
     sha256, status, detail, envelope, members, inflated_bytes, records, rows, folded, rejects, control, read_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";

pub const INSERT_REJECT: &str = "INSERT INTO rejects (object, record, offset_bytes, length_bytes, reason, detail, \
     bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

pub const INSERT_PART: &str = "INSERT INTO parts (path, staged, table_name, cluster, day, rows, size_bytes, sha256, \
     least_time, greatest_time) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
