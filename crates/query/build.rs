//! Finds the curated queries, so that a new one is a file and nothing else.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../queries");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    for table in sorted(&root)?.into_iter().filter(|path| path.is_dir()) {
        println!("cargo:rerun-if-changed={}", table.display());
        for file in sorted(&table)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == "sql")) {
            files.push((name(&table), name(&file), file));
        }
    }
    let mut code = format!("static FILES: [(&str, &str, &str); {}] = [\n", files.len());
    for (table, query, file) in files {
        println!("cargo:rerun-if-changed={}", file.display());
        let _ = writeln!(code, "    ({table:?}, {query:?}, include_str!({:?})),", file.display().to_string());
    }
    code += "];\n";
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("curated_files.rs"), code)
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
