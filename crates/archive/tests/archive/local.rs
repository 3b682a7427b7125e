//! Folders and files.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use eksamine_archive::{Archive, Depth, Error, S3Settings};
use std::sync::Arc;
use tempfile::TempDir;

use super::{keys, object, objects, pages};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    folder
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

async fn open(path: &Path) -> Arc<dyn Archive> {
    super::open(path.to_str().unwrap(), &S3Settings::default()).await
}

#[tokio::test]
async fn a_folder_is_listed_in_the_order_of_keys() {
    let folder = folder(&[("b/2.gz", "22"), ("a/1.gz", "1"), ("a.txt", "t"), ("a-b", "x"), ("b/c/3.gz", "333")]);
    let archive = open(folder.path()).await;
    assert_eq!(archive.root(), format!("file://{}", folder.path().display()));
    assert_eq!(archive.prefix(), "");
    let listed = objects(&*archive, "").await;
    assert_eq!(keys(&listed), ["a-b", "a.txt", "a/1.gz", "b/2.gz", "b/c/3.gz"], "as S3 sorts them");
    assert_eq!(listed[4].uri, format!("file://{}/b/c/3.gz", folder.path().display()));
    assert_eq!(listed[4].size_bytes, 3);
    assert!(listed[4].last_modified_micros.unwrap() > 1_700_000_000_000_000);
    assert_eq!((&listed[4].etag, &listed[4].storage_class), (&None, &None));
    assert_eq!(archive.get(&listed[4]).await.unwrap().bytes, "333");
}

#[tokio::test]
async fn a_prefix_and_a_level_work_as_in_a_bucket() {
    let folder = folder(&[("b/2.gz", "22"), ("a/1.gz", "1"), ("b/c/3.gz", "333"), ("b.txt", "t"), ("bb/x", "x")]);
    let archive = open(folder.path()).await;
    assert_eq!(keys(&objects(&*archive, "b/").await), ["b/2.gz", "b/c/3.gz"]);
    assert_eq!(keys(&objects(&*archive, "b").await), ["b.txt", "b/2.gz", "b/c/3.gz", "bb/x"]);
    assert_eq!(keys(&objects(&*archive, "b/c/3").await), ["b/c/3.gz"]);
    assert!(objects(&*archive, "z/").await.is_empty());

    let level = |prefix: &'static str| {
        let archive = Arc::clone(&archive);
        async move {
            let (pages, end) = pages(&*archive, prefix, Depth::Level).await;
            end.unwrap();
            let page = pages.into_iter().next().unwrap();
            (page.prefixes, page.objects.into_iter().map(|object| object.key).collect::<Vec<_>>())
        }
    };
    assert_eq!(level("").await, (vec!["a/".into(), "b/".into(), "bb/".into()], vec!["b.txt".to_owned()]));
    assert_eq!(level("b/").await, (vec!["b/c/".into()], vec!["b/2.gz".into()]));
    assert_eq!(level("b").await, (vec!["b/".into(), "bb/".into()], vec!["b.txt".into()]));
}

#[tokio::test]
async fn many_files_come_in_pages() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..1500 {
        write(folder.path(), &format!("{}/{number:04}", number % 3), "x");
    }
    let archive = open(folder.path()).await;
    let (pages, end) = pages(&*archive, "", Depth::All).await;
    end.unwrap();
    assert_eq!(pages.iter().map(|page| page.objects.len()).collect::<Vec<_>>(), [1000, 500]);
    let listed: Vec<_> = pages.into_iter().flat_map(|page| page.objects).collect();
    assert!(listed.is_sorted_by(|one, other| one.key < other.key));
}

#[tokio::test]
async fn a_file_is_an_archive_of_one_object() {
    let folder = folder(&[("x/audit log.json", "{}"), ("x/other", "x")]);
    let path = folder.path().join("x/audit log.json");
    let archive = open(&path).await;
    let uri = format!("file://{}/x/audit%20log.json", folder.path().display());
    assert_eq!(archive.root(), uri);
    assert_eq!(archive.prefix(), "audit log.json");
    for depth in [Depth::All, Depth::Level] {
        let (pages, end) = pages(&*archive, archive.prefix(), depth).await;
        end.unwrap();
        assert_eq!(pages.len(), 1);
        assert_eq!(keys(&pages[0].objects), ["audit log.json"]);
        assert_eq!(pages[0].objects[0].uri, uri);
        assert_eq!(archive.get(&pages[0].objects[0]).await.unwrap().bytes, "{}");
    }
    let by_uri = super::open(&uri, &S3Settings::default()).await;
    assert_eq!(by_uri.root(), uri);
}

#[tokio::test]
async fn odd_names_are_told_apart_and_read_back() {
    let folder =
        folder(&[("a b", "1"), ("a%20b", "2"), ("a+b", "3"), ("c#d?e", "4"), ("\u{fc}\u{65e5}", "5"), ("%FF", "6")]);
    let broken = std::ffi::OsStr::from_bytes(b"bad\xff%name");
    fs::write(folder.path().join(broken), "7").unwrap();
    let archive = open(folder.path()).await;
    let listed = objects(&*archive, "").await;
    assert_eq!(keys(&listed), ["%FF", "a b", "a%20b", "a+b", "bad%FF%25name", "c#d?e", "\u{fc}\u{65e5}"]);
    let mut texts = Vec::new();
    for meta in &listed {
        texts.push(archive.get(meta).await.unwrap().bytes);
    }
    assert_eq!(texts, ["6", "1", "2", "3", "7", "4", "5"]);
    let root = folder.path().display();
    assert_eq!(listed[0].uri, format!("file://{root}/%25FF"));
    assert_eq!(listed[4].uri, format!("file://{root}/bad%FF%25name"));
    assert_eq!(listed[5].uri, format!("file://{root}/c%23d%3Fe"));
}

#[tokio::test]
async fn links_neither_loop_nor_lead_out() {
    let outside = folder(&[("secret", "s")]);
    let folder = folder(&[("real/1.gz", "1")]);
    let at = |name: &str| folder.path().join(name);
    symlink(folder.path(), at("loop")).unwrap();
    symlink("..", at("real/up")).unwrap();
    symlink(outside.path(), at("elsewhere")).unwrap();
    symlink(outside.path().join("secret"), at("stolen")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    symlink("self", at("self")).unwrap();
    symlink("real/1.gz", at("same")).unwrap();
    let archive = open(folder.path()).await;
    let listed = objects(&*archive, "").await;
    assert_eq!(keys(&listed), ["real/1.gz", "same"]);
    assert_eq!(archive.get(&listed[1]).await.unwrap().bytes, "1");
    let (level, end) = pages(&*archive, "", Depth::Level).await;
    end.unwrap();
    assert_eq!(level[0].prefixes, ["real/"]);
}

#[tokio::test]
async fn a_linked_folder_can_be_the_source() {
    let folder = folder(&[("real/1.gz", "1")]);
    symlink("real", folder.path().join("link")).unwrap();
    let archive = open(&folder.path().join("link/")).await;
    assert_eq!(archive.root(), format!("file://{}/link", folder.path().display()), "named as the user named it");
    let listed = objects(&*archive, "").await;
    assert_eq!(archive.get(&listed[0]).await.unwrap().bytes, "1");
}

#[tokio::test]
async fn what_is_not_there_is_no_such_source() {
    let folder = folder(&[("file", "x")]);
    for missing in ["missing", "file/below"] {
        let path = folder.path().join(missing);
        let error = eksamine_archive::open(path.to_str().unwrap(), &S3Settings::default()).await.err().unwrap();
        assert!(matches!(&error, Error::NoSuchSource { .. }), "{error:?}");
        assert_eq!(error.uri(), path.to_str().unwrap());
        assert!(error.hint().unwrap().contains("s3://"));
    }
    let error = eksamine_archive::open("", &S3Settings::default()).await.err().unwrap();
    assert!(matches!(error, Error::BadSource { .. }));
}

#[tokio::test]
async fn a_file_that_changes_or_vanishes_after_the_listing_is_noticed() {
    let folder = folder(&[("grows", "1"), ("goes", "1"), ("turns", "1")]);
    let archive = open(folder.path()).await;
    let (grows, goes) = (object(&*archive, "grows").await, object(&*archive, "goes").await);
    let turns = object(&*archive, "turns").await;
    write(folder.path(), "grows", "12");
    fs::remove_file(folder.path().join("goes")).unwrap();
    let file = fs::File::options().write(true).open(folder.path().join("turns")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    assert!(matches!(archive.get(&grows).await, Err(Error::Changed { .. })));
    assert!(matches!(archive.get(&turns).await, Err(Error::Changed { .. })));
    assert!(matches!(archive.get(&goes).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn nothing_outside_the_folder_can_be_fetched() {
    let folder = folder(&[("in/1", "1"), ("out/2", "2")]);
    let inside = open(&folder.path().join("in")).await;
    let all = open(folder.path()).await;
    let mut meta = object(&*all, "out/2").await;
    assert!(matches!(inside.get(&meta).await, Err(Error::Other { .. })));
    meta.uri = format!("{}/../out/2", inside.root());
    assert!(matches!(inside.get(&meta).await, Err(Error::Other { .. })));
}

#[tokio::test]
async fn a_listing_that_nobody_receives_ends_quietly() {
    let folder = folder(&[("a", "1")]);
    let archive = open(folder.path()).await;
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    drop(receiver);
    archive.list("", Depth::All, sender).await.unwrap();
}
