//! The paging of the store, told without a client. What goes over the wire is tested by the archive's tests.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;

use super::store::{After, Listed, Query, Resume, Store};

fn store(keys: &[&str]) -> Store {
    let mut store = Store::default();
    for key in keys {
        store.put("b", key, Bytes::from_static(b"x"), "STANDARD");
    }
    store
}

/// Everything, page by page, as the keys and prefixes of each page.
fn s3_pages(store: &Store, prefix: &str, delimiter: Option<&str>) -> Vec<Vec<String>> {
    s3_pages_from(store, prefix, delimiter, Resume::Next)
}

fn s3_pages_from(store: &Store, prefix: &str, delimiter: Option<&str>, resume: Resume) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let after = token.as_deref().and_then(After::from_token);
        let Listed { objects, prefixes, next } =
            store.list("b", &Query { prefix, delimiter, after, resume, entries: 1000 }).unwrap();
        let mut page: Vec<String> = objects.into_iter().map(|(key, _)| key).chain(prefixes).collect();
        page.sort();
        pages.push(page);
        token = next;
        if token.is_none() {
            return pages;
        }
    }
}

#[test]
fn s3_listing_is_cut_into_pages_without_loss_or_repetition() {
    let mut store = store(&["a", "b", "c", "d", "e"]);
    store.page_size = 2;
    assert_eq!(s3_pages(&store, "", None), [vec!["a", "b"], vec!["c", "d"], vec!["e"]]);
    store.page_size = 5;
    assert_eq!(s3_pages(&store, "", None).len(), 1);
}

#[test]
fn s3_prefixes_are_rolled_up_once_even_across_pages() {
    let mut store = store(&["a/1", "a/2", "a/3", "b", "c/1", "c/2", "d"]);
    for page_size in 1..=4 {
        store.page_size = page_size;
        let pages = s3_pages(&store, "", Some("/"));
        assert_eq!(pages.concat(), ["a/", "b", "c/", "d"], "pages of {page_size}");
        assert_eq!(pages.len(), 4_usize.div_ceil(page_size));
    }
    assert_eq!(s3_pages(&store, "a/", Some("/")).concat(), ["a/1", "a/2", "a/3"]);
    assert_eq!(s3_pages(&store, "c", Some("/")).concat(), ["c/"]);
}

#[test]
fn s3_pages_that_repeat_an_entry_have_all_the_others() {
    let mut store = store(&["a/1", "a/2", "b", "c/1", "d"]);
    store.page_size = 2;
    let pages = s3_pages_from(&store, "", Some("/"), Resume::Same);
    assert_eq!(pages, [vec!["a/", "b"], vec!["b", "c/"], vec!["c/", "d"]]);
    let pages = s3_pages_from(&store, "", None, Resume::Same);
    assert_eq!(pages, [vec!["a/1", "a/2"], vec!["a/2", "b"], vec!["b", "c/1"], vec!["c/1", "d"]]);
}

#[test]
fn s3_of_no_such_bucket_is_none() {
    let query = Query { prefix: "", delimiter: None, after: None, resume: Resume::Next, entries: 1000 };
    assert!(store(&[]).list("other", &query).is_none());
}
