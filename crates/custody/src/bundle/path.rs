//! Which names files of a bundle may have: names that mean the same on every system and can't leave their folder.

/// Longest path in bytes.
const LONGEST_BYTES: usize = 200;

/// The two names that are written in capitals because people look for them so.
const IN_CAPITALS: [&str; 2] = [super::readme::NAME, super::manifest::SUMS];

/// Whether a path may stand in a bundle: parts of small letters, digits, `_`, `-` and `.` that don't begin or end with a
/// dot, joined by `/`; or one of the two names in capitals. So no two paths differ in capitals alone.
pub fn is_allowed(path: &str) -> bool {
    let is_disguised = IN_CAPITALS.iter().any(|name| name.eq_ignore_ascii_case(path));
    path.len() <= LONGEST_BYTES && (IN_CAPITALS.contains(&path) || (!is_disguised && path.split('/').all(is_part)))
}

/// Whether a name may be that of a bundle, and so of the folder at the top of a zip.
pub fn is_name(name: &str) -> bool {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !name.is_empty() && name.len() <= LONGEST_BYTES && !name.starts_with('.') && name.bytes().all(is_safe)
}

fn is_part(part: &str) -> bool {
    !part.is_empty()
        && !part.starts_with('.')
        && !part.ends_with('.')
        && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte))
}

/// A name for the bundle itself, which is the folder at the top of a zip, from the name of the file it is written to.
pub fn name_of(file_name: &str) -> String {
    let stem = file_name.strip_suffix(".zip").unwrap_or(file_name);
    let safe = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    let name: String = stem.chars().map(|character| if safe(character) { character } else { '-' }).take(100).collect();
    let name = name.trim_matches(['.', '-']);
    if name.is_empty() { "evidence".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_its_folder_or_hides_in_it() {
        for path in ["README.txt", "SHA256SUMS", "rows/k8s_audit.parquet", "objects/00ff"] {
            assert!(is_allowed(path), "{path}");
        }
        let wrong = [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/",
            ".hidden",
            "a\\b",
            "C:x",
            "a b",
            "é",
            "a\0",
            "./a",
            "a.",
            "A",
            "readme.txt",
        ];
        for path in wrong {
            assert!(!is_allowed(path), "{path}");
        }
        assert!(!is_allowed(&"a".repeat(201)));
    }

    #[test]
    fn every_file_name_gives_an_allowed_name() {
        for (file_name, name) in [("case-7.zip", "case-7"), ("Fall Müller.zip", "Fall-M-ller"), ("..", "evidence")] {
            assert_eq!(name_of(file_name), name);
            assert!(is_name(&name_of(file_name)));
        }
    }
}
