//! What the pages show of the program is what it prints. A block after `<!-- output: NAME -->` begins with the command
//! and goes on with its output, standard output first. `UPDATE_README=1` writes the blocks anew; read the difference.

use std::path::PathBuf;

use super::{Ran, Room, binary, workspace};

const BEGIN: &str = "<!-- output:";
const END: &str = "<!-- end -->";

/// The README and the pages for users.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![workspace().join("README.md")];
    for folder in ["docs/guide", "docs/concepts"] {
        let entries = std::fs::read_dir(workspace().join(folder)).unwrap();
        pages.extend(entries.map(|entry| entry.unwrap().path()));
    }
    pages.sort();
    pages
}

/// What a command prints that is given in the project's folder.
fn output(command: &str) -> String {
    let room = Room::new();
    let words = command.strip_prefix("eksamine ").unwrap_or_else(|| panic!("`{command}` is not ours"));
    let mut program = room.program(binary());
    program.current_dir(workspace()).args(words.split(' '));
    let ran = Ran::from_output(program.output().unwrap());
    format!("{}{}", ran.stdout, ran.stderr)
}

/// A page with each block as it should be, and how many blocks there are.
fn renewed(page: &str) -> (String, usize) {
    let mut pieces = page.split(BEGIN);
    let mut text = pieces.next().unwrap_or_default().to_owned();
    let mut blocks = 0;
    for piece in pieces {
        let (name, rest) = piece.split_once("-->\n```\n$ ").unwrap();
        let (command, rest) = rest.split_once('\n').unwrap();
        let (_, rest) = rest.split_once(&format!("```\n{END}")).unwrap();
        text += &format!("{BEGIN}{name}-->\n```\n$ {command}\n{}```\n{END}{rest}", output(command));
        blocks += 1;
    }
    (text, blocks)
}

#[test]
fn the_pages_show_what_the_program_prints() {
    let mut all = 0;
    for path in pages() {
        let page = std::fs::read_to_string(&path).unwrap();
        let (text, blocks) = renewed(&page);
        all += blocks;
        if std::env::var_os("UPDATE_README").is_some() {
            std::fs::write(&path, &text).unwrap();
            continue;
        }
        assert!(text == page, "{} shows something else than the program prints:\n{text}", path.display());
    }
    assert!(all > 0, "no block was found");
}
