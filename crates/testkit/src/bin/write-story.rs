//! Writes `testdata/bucket` anew from the builder in `story`. Run it after a change of the story.

use std::io::{self, Write};
use std::{fs, path::Path};

use eksamine_testkit::story;

fn main() -> io::Result<()> {
    let bucket = story::bucket_folder();
    if bucket.exists() {
        fs::remove_dir_all(&bucket)?;
    }
    let objects = story::objects();
    for object in &objects {
        let path = bucket.join(&object.key);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::write(path, &object.bytes)?;
    }
    let size_bytes: usize = objects.iter().map(|object| object.bytes.len()).sum();
    writeln!(io::stdout(), "{} objects, {size_bytes} bytes in {}", objects.len(), bucket.display())
}
