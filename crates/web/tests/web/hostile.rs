//! What an attacker wrote into a log can't act in the file.

use base64::Engine as _;
use eksamine_web::{Event, FIELD_LIMIT_BYTES, ReportWriter};
use sha2::{Digest as _, Sha256};

use super::made_up;
use super::reading::{records, texts};

fn hostile_file() -> String {
    let mut report = made_up::report();
    let text =
        "</title></style></script><script>window.pwned=1</script><img src=x onerror=\"window.pwned=1\">\u{202e}\0";
    for field in [&mut report.title, &mut report.program] {
        text.clone_into(field);
    }
    report.cluster = Some(text.to_owned());
    report.question = Some(text.to_owned());
    report.notes.push(text.to_owned());
    report.accounting.push(text.to_owned());
    text.clone_into(&mut report.coverage[1].log);
    text.clone_into(&mut report.coverage[1].said);
    let mut writer = ReportWriter::new(report);
    made_up::fill_hostile(&mut writer);
    let mut file = Vec::new();
    writer.finish(&mut file).unwrap();
    String::from_utf8(file).unwrap()
}

#[test]
fn nothing_given_opens_or_ends_an_element() {
    let file = hostile_file();
    assert!(!file.contains("<img"));
    assert!(!file.contains("<script>window"));
    assert!(!file.contains("</title></style>"));
    assert_eq!(file.matches("<script>").count(), 1, "our own script");
    assert_eq!(file.matches("<style>").count(), 1);
    assert_eq!(file.matches("<script").count(), file.matches("</script>").count());
    assert!(!file.contains('\u{202e}'));
    assert!(!file.contains('\0'));
}

#[test]
fn texts_of_events_stand_only_in_base64() {
    let file = hostile_file();
    for text in ["gpj.exe", "HYPERLINK", "{{7*7}}", "onload=window"] {
        assert!(!file.contains(text), "{text}");
    }
    for chunk in file.split("<script type=\"application/x-eksamine-").skip(1) {
        let data = &chunk[chunk.find('>').unwrap() + 1..chunk.find('<').unwrap()];
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        assert!(data.bytes().all(is_base64));
    }
}

#[test]
fn the_policy_names_what_is_in_the_file_and_allows_nothing_else() {
    let file = hostile_file();
    let between = |begin: &str, end: &str| {
        let from = &file[file.find(begin).unwrap() + begin.len()..];
        from[..from.find(end).unwrap()].to_owned()
    };
    let hash = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
    let expected = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        hash(&between("<script>", "</script>")),
        hash(&between("<style>", "</style>")),
    );
    assert_eq!(between("Content-Security-Policy\" content=\"", "\">"), expected);
    // The policy holds for what comes after it.
    assert!(file.find("Content-Security-Policy").unwrap() < file.find("<style>").unwrap());
}

#[test]
fn the_file_names_nothing_to_load() {
    let file = hostile_file();
    let markup = file.split("<script").next().unwrap();
    for way in [" src=", " href=", "url(", "@import", "<link", "<iframe", "<object", "<base", "http-equiv=\"refresh"] {
        let allowed = usize::from(way == " src=");
        // The one `src=` is the text of the hostile head, escaped.
        assert!(!markup.contains(way) || allowed == 1 && !markup.contains("<img"), "{way}");
    }
}

#[test]
fn hostile_texts_come_back_as_they_were_given() {
    let file = hostile_file();
    let agents = texts(&file, "user_agent", 14);
    assert_eq!(agents[0].as_deref(), Some("</script><script>window.pwned=1</script>"));
    assert_eq!(agents[3].as_deref(), Some("\u{202e}gpj.exe and \u{2066}isolate\u{2069}"));
    assert_eq!(agents[10].as_deref(), Some(""));
    assert_eq!(agents[13], None);
    assert!(records(&file, 14)[0].as_deref().unwrap().contains("\u{202e}"));
}

#[test]
fn a_text_past_the_limit_is_cut_at_a_character_and_says_so() {
    let text = "é".repeat(FIELD_LIMIT_BYTES);
    let mut writer = ReportWriter::new(made_up::report());
    writer.row(&Event { user_agent: Some(&text), ..Event::default() }).unwrap();
    let mut file = Vec::new();
    writer.finish(&mut file).unwrap();
    let shown = texts(str::from_utf8(&file).unwrap(), "user_agent", 1).remove(0).unwrap();
    let (kept, said) = shown.split_once(' ').unwrap();
    assert_eq!(kept, "é".repeat(FIELD_LIMIT_BYTES / 2));
    assert_eq!(said, "… [32768 more bytes stand in the source record]");
}
