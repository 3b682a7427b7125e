//! The progress of an ingest as a terminal gets it. The server holds its answers back until the terminal has shown how
//! long it will take, so that nothing depends on how fast the machine is.

use std::fs::File;
use std::io::Read;
use std::process::Stdio;
use std::sync::{Arc, Condvar, Mutex};

use eksamine_testkit::s3::OperationKind;
use eksamine_testkit::story;
use nix::pty::{Winsize, openpty};

use super::{Room, binary, story_server};

/// What a terminal has been sent so far.
#[derive(Default)]
struct Screen {
    sent: Mutex<(Vec<u8>, bool)>,
    more: Condvar,
}

impl Screen {
    /// Reads until the other side is closed.
    fn follow(&self, mut terminal: File) {
        let mut buffer = [0; 4096];
        // A terminal whose other side is closed ends with an error on Linux.
        while let Ok(length @ 1..) = terminal.read(&mut buffer) {
            self.sent.lock().unwrap().0.extend(&buffer[..length]);
            self.more.notify_all();
        }
        self.sent.lock().unwrap().1 = true;
        self.more.notify_all();
    }

    fn text(&self) -> String {
        String::from_utf8(self.sent.lock().unwrap().0.clone()).unwrap()
    }

    /// Waits until the terminal has shown this, or never will.
    fn wait_for(&self, part: &str) {
        let mut sent = self.sent.lock().unwrap();
        while !sent.1 && !String::from_utf8_lossy(&sent.0).contains(part) {
            sent = self.more.wait(sent).unwrap();
        }
    }
}

/// An ingest of the story on a terminal of this width: everything the terminal was sent.
fn shown(columns: u16) -> String {
    let (room, server, screen) = (Room::new(), story_server(), Arc::new(Screen::default()));
    let watched = Arc::clone(&screen);
    server.on_request(move |operation| {
        if operation.kind == OperationKind::Get {
            watched.wait_for(" left");
        }
        None
    });
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    let terminal = openpty(&size, None).unwrap();
    let mut command = room.program(binary());
    command.env("TERM", "xterm").args(["ingest", "s3://logs", "--endpoint-url", &server.endpoint()]);
    command.arg("--no-sign-request").stdin(Stdio::null()).stdout(Stdio::null()).stderr(terminal.slave);
    let mut child = command.spawn().unwrap();
    // The command holds this side of the terminal open too.
    drop(command);
    screen.follow(File::from(terminal.master));
    assert_eq!(child.wait().unwrap().code(), Some(3));
    screen.text()
}

/// The text without the sequences that move the cursor and clear lines.
fn without_sequences(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        text + piece.trim_start_matches(|c: char| c.is_ascii_digit() || c == '?').get(1..).unwrap()
    })
}

#[test]
fn a_terminal_sees_how_far_it_is_and_how_long_it_takes() {
    for columns in [80, 40] {
        let sent = shown(columns);
        let objects = story::objects().len();
        let (drawn, summary) =
            sent.split_once(&format!("read {objects} objects (")).unwrap_or_else(|| panic!("{sent:?}"));
        assert!(drawn.contains(" left"), "{drawn:?}");
        assert!(drawn.contains(&format!(" of {objects} objects, ")), "{drawn:?}");
        assert!(drawn.contains("KiB"), "{drawn:?}");
        // Each drawing fills its lines to the edge of the terminal: a bar, and a message below it.
        for drawing in without_sequences(drawn).split(['\r', '\n']) {
            let characters: Vec<char> = drawing.chars().collect();
            let lines: Vec<String> = characters.chunks(columns.into()).map(|line| line.iter().collect()).collect();
            assert!(lines.len() <= 2, "{columns}: {lines:?}");
            if drawing.contains(" left") {
                assert!(lines[0].trim_end().ends_with(" left") && lines[1].starts_with("  "), "{columns}: {lines:?}");
            }
        }
        // The lines of the bar are cleared before the summary is printed, and no bar comes after it.
        assert!(drawn.ends_with("\r\u{1b}[2K\u{1b}[1B\r\u{1b}[2K\u{1b}[1A"), "{drawn:?}");
        assert!(summary.contains("(closes)") && !summary.contains('\u{1b}'), "{summary:?}");
    }
}
