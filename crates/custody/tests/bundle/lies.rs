//! Bundles that lie though their signature is right: whoever exports can sign what they like, but files that do not agree
//! with each other or with the source objects are found.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringArray};
use eksamine_custody::bundle::Manifest;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

type Files = BTreeMap<String, Vec<u8>>;

/// What is told of a bundle that was changed and then signed as if nothing had been.
fn findings(recipe: Recipe, change: impl FnOnce(&mut Files)) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case");
    recipe.write(&at);
    let mut files = files(&at);
    change(&mut files);
    sign(&mut files, |_| {});
    let lying = folder.path().join("lying");
    write_files(&files, &lying);
    checked(&lying).findings
}

/// Makes the manifest and all hashes anew.
fn sign(files: &mut Files, edit: impl FnOnce(&mut Manifest)) {
    let mut manifest = Manifest::parse(&files["manifest.json"]).unwrap();
    manifest.files.retain(|file| files.contains_key(&file.path));
    for path in files.keys() {
        let is_new = manifest.files.iter().all(|file| file.path != *path) && !path.starts_with("manifest.json");
        if is_new {
            manifest.files.push(eksamine_custody::bundle::FileEntry {
                path: path.clone(),
                bytes: 0,
                sha256: String::new(),
                packed: None,
            });
        }
    }
    manifest.files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut sums = String::new();
    for file in &mut manifest.files {
        if file.path == "SHA256SUMS" {
            continue;
        }
        let content = &files[&file.path];
        (file.bytes, file.sha256) = (content.len() as u64, sha256(content));
        sums += &format!("{}  {}\n", file.sha256, file.path);
    }
    let entry = manifest.files.iter_mut().find(|file| file.path == "SHA256SUMS").unwrap();
    (entry.bytes, entry.sha256) = (sums.len() as u64, sha256(sums.as_bytes()));
    files.insert("SHA256SUMS".to_owned(), sums.into_bytes());
    edit(&mut manifest);
    let json = manifest.to_json().unwrap();
    files.insert("manifest.json.sig".to_owned(), signing_key().sign(&json));
    files.insert("manifest.json".to_owned(), json);
}

fn replace(files: &mut Files, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[path].clone()).unwrap();
    assert!(text.contains(from), "{path}: {text}");
    files.insert(path.to_owned(), text.replacen(from, to, 1).into_bytes());
}

#[track_caller]
fn the_one(found: &[Finding]) -> (FindingKind, &str, &str) {
    assert_eq!(found.len(), 1, "{found:#?}");
    (found[0].kind, found[0].path.as_str(), found[0].detail.as_str())
}

#[test]
fn signing_anew_without_a_change_is_sound() {
    assert_eq!(findings(Recipe::FOLDER, |_| {}), []);
}

#[test]
fn a_cell_of_the_csv_is_told_by_row_and_column() {
    let found = findings(Recipe::FOLDER, |files| replace(files, "rows/cloudtrail.csv", "198.51.100.7", "198.51.100.8"));
    let (kind, path, detail) = the_one(&found);
    assert_eq!((kind, path), (FindingKind::Disagrees, "rows/cloudtrail.csv"));
    assert!(detail.contains("row 2: column `source_ip_address`"), "{detail}");
}

#[test]
fn rows_that_are_added_to_a_csv_or_taken_are_told() {
    for edit in [|text: &str| format!("{text}x\n"), |text: &str| text[..text.len() - 1].to_owned()] {
        let found = findings(Recipe::FOLDER, |files| {
            let text = String::from_utf8(files["rows/authenticator.csv"].clone()).unwrap();
            files.insert("rows/authenticator.csv".to_owned(), edit(&text).into_bytes());
        });
        assert_eq!(the_one(&found).1, "rows/authenticator.csv");
    }
}

#[test]
fn a_raw_record_is_told_by_its_line() {
    let found =
        findings(Recipe::FOLDER, |files| replace(files, "raw/k8s_audit.ndjson", "system:masters", "system:mastery"));
    let (kind, path, detail) = the_one(&found);
    assert_eq!((kind, path), (FindingKind::Disagrees, "raw/k8s_audit.ndjson"));
    assert!(detail.contains("line 1"), "{detail}");
}

#[test]
fn provenance_is_compared_with_the_rows() {
    let record = "/000000.gz,'-3sL";
    for (from, to) in [("k8s_audit,3,", "k8s_audit,4,"), (record, "/000001.gz,'-3sL"), (",valid,", ",,")] {
        let found = findings(Recipe::FOLDER, |files| replace(files, "provenance.csv", from, to));
        assert_eq!(the_one(&found).1, "provenance.csv", "{from}");
    }
}

#[test]
fn the_hash_of_a_record_is_compared_with_the_record() {
    let found = findings(Recipe::FOLDER, |files| {
        let text = String::from_utf8(files["provenance.csv"].clone()).unwrap();
        let last = text.trim_end().rsplit(',').next().unwrap().to_owned();
        replace(files, "provenance.csv", &last, &"0".repeat(64));
    });
    let (kind, path, detail) = the_one(&found);
    assert_eq!((kind, path), (FindingKind::Disagrees, "provenance.csv"));
    assert!(detail.contains("`raw_sha256` is not that of the row"), "{detail}");
}

#[test]
fn a_sighting_of_no_row_or_of_the_row_itself_is_told() {
    let change = |edit: &dyn Fn(&[&str]) -> Vec<String>| {
        let found = findings(Recipe::FOLDER, |files| {
            let text = String::from_utf8(files["sightings.csv"].clone()).unwrap();
            let lines = edit(&text.lines().collect::<Vec<_>>());
            files.insert("sightings.csv".to_owned(), (lines.join("\n") + "\n").into_bytes());
        });
        let (kind, path, detail) = the_one(&found);
        (kind, path.to_owned(), detail.to_owned())
    };
    let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let disagrees = |detail: &str| (FindingKind::Disagrees, "sightings.csv".to_owned(), detail.to_owned());
    let other_row =
        change(&|lines| [owned(&lines[..3]), vec![lines[3].replacen("cloudtrail,", "k8s_audit,", 1)]].concat());
    let other_id =
        change(&|lines| [owned(&lines[..3]), vec![lines[3].replacen("cloudtrail,", "cloudtrail,x", 1)]].concat());
    assert_eq!((other_row.clone(), other_id), (disagrees("line 4 is of no row"), other_row));
    assert_eq!(
        change(&|lines| owned(&[lines[0], lines[1], lines[2], lines[2]])),
        disagrees("line 4 stands there twice")
    );
    let itself = change(&|lines| {
        let cells: Vec<&str> = lines[3].split(',').collect();
        [owned(&lines[..3]), vec![[&cells[..5], &cells[2..5], &cells[8..]].concat().join(",")]].concat()
    });
    assert_eq!(itself, disagrees("line 4 names the place of the row itself"));
    let fewer = change(&|lines| owned(&lines[..3]));
    let told = "the manifest states 3 sightings, and there are 2".to_owned();
    assert_eq!(fewer, (FindingKind::Manifest, "manifest.json".to_owned(), told));
}

#[test]
fn a_secret_that_is_not_listed_is_told() {
    let found = findings(Recipe::FOLDER, |files| {
        let text = String::from_utf8(files["secrets.csv"].clone()).unwrap();
        let kept = text.lines().filter(|line| !line.contains("kubernetes_token")).map(|line| format!("{line}\n"));
        let kept: String = kept.collect();
        files.insert("secrets.csv".to_owned(), kept.into_bytes());
    });
    assert!(
        found.iter().any(|finding| (finding.kind, &*finding.path) == (FindingKind::Secret, "secrets.csv")),
        "{found:?}"
    );
}

#[test]
fn an_answer_is_compared_with_its_parquet() {
    let found = findings(Recipe::FOLDER, |files| replace(files, "answer.csv", "AssumeRole", "AssumeRolf"));
    assert_eq!(the_one(&found).1, "answer.csv");
    let found = findings(Recipe::FOLDER, |files| {
        files.remove("answer.parquet");
    });
    assert_eq!(the_one(&found).1, "answer.csv");
}

#[test]
fn the_list_for_sha256sum_has_to_be_that_of_the_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("case");
    Recipe::FOLDER.write(&at);
    let mut files = files(&at);
    sign(&mut files, |_| {});
    replace(&mut files, "SHA256SUMS", "  coverage.json", "  coverage.jsom");
    let sums = files["SHA256SUMS"].clone();
    let mut manifest = Manifest::parse(&files["manifest.json"]).unwrap();
    manifest.files.iter_mut().find(|file| file.path == "SHA256SUMS").unwrap().sha256 = sha256(&sums);
    let json = manifest.to_json().unwrap();
    files.insert("manifest.json.sig".to_owned(), signing_key().sign(&json));
    files.insert("manifest.json".to_owned(), json);
    let lying = folder.path().join("lying");
    write_files(&files, &lying);
    assert_eq!(told(&checked(&lying)), [(FindingKind::Disagrees, "SHA256SUMS")]);
}

#[test]
fn counts_in_the_manifest_are_counted_again() {
    let edits: [fn(&mut Manifest); 4] = [
        |manifest| manifest.statement.evidence.tables[0].rows += 1,
        |manifest| manifest.statement.evidence.tables[0].rows_with_secrets += 1,
        |manifest| manifest.statement.evidence.objects += 1,
        |manifest| {
            manifest.statement.evidence.secrets.clear();
        },
    ];
    for edit in edits {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("case");
        Recipe::FOLDER.write(&at);
        let mut files = files(&at);
        sign(&mut files, edit);
        let lying = folder.path().join("lying");
        write_files(&files, &lying);
        assert_eq!(checked(&lying).findings.len(), 1);
    }
}

/// Changes texts of a column in the Parquet file, and makes the other files of the table so that they agree.
fn change_rows(files: &mut Files, table: &str, column: &str, change: impl Fn(&str) -> String) {
    let path = format!("rows/{table}.parquet");
    let content = bytes::Bytes::from(files[&path].clone());
    let reader = ParquetRecordBatchReaderBuilder::try_new(content).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let batch = concat_batches(&batches[0].schema(), &batches).unwrap();
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, array)| -> ArrayRef {
        if field.name() != column {
            return Arc::clone(array);
        }
        let texts = array.as_string::<i32>().iter().map(|text| text.map(&change));
        Arc::new(texts.collect::<StringArray>())
    });
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.collect()).unwrap();
    // Whoever lies writes all files again with the program itself.
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::create(&folder.path().join("x"), Form::Folder).unwrap();
    let mut objects = archive::objects();
    objects.push(archive::subscription());
    let pairs = objects.iter().flat_map(|(uri, _)| objects.iter().map(move |(_, bytes)| (uri, bytes)));
    let objects =
        pairs.map(|(uri, bytes)| ObjectFacts { uri: uri.clone(), sha256: sha256(bytes), ..ObjectFacts::default() });
    let mut evidence = EvidenceWriter::create(&writer, objects.collect(), Redaction::Keep).unwrap();
    let table_of = SOURCES.iter().find(|source| source.table().name == table).unwrap().table();
    evidence.write(table_of, &batch).unwrap();
    evidence.finish().unwrap();
    writer.finish(Statement::default(), None).unwrap();
    let made = super::files(&folder.path().join("x"));
    for path in [format!("rows/{table}.csv"), format!("raw/{table}.ndjson")] {
        files.insert(path.clone(), made[&path].clone());
    }
    let mut parquet = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    parquet.write(&batch).unwrap();
    files.insert(path, parquet.into_inner().unwrap());
}

#[test]
fn a_row_that_its_object_does_not_give_is_told_by_column() {
    let found = findings(Recipe::FOLDER, |files| {
        change_rows(files, "cloudtrail", "event_name", |name| name.replace("AssumeRole", "GetCallerIdentity"));
    });
    let (kind, path, detail) = the_one(&found);
    assert_eq!((kind, path), (FindingKind::Row, "rows/cloudtrail.parquet"));
    assert_eq!(detail, "row 2: `event_name` is `GetCallerIdentity`, and its source object gives `AssumeRole`");
}

#[test]
fn every_text_column_is_compared() {
    let table = SOURCES[1].table();
    let columns = ["verb", "user_name", "request_uri", "log_stream", "user_groups", "response_status", "object_name"];
    for column in columns {
        assert!(table.position(column).is_some());
        let found = findings(Recipe::FOLDER, |files| {
            change_rows(files, "k8s_audit", column, |text| format!("{text} "));
        });
        let named = format!("`{column}` is ");
        assert!(
            !found.is_empty() && found.iter().all(|finding| finding.detail.contains(&named)),
            "{column}: {found:?}"
        );
    }
}

/// What is told of a bundle whose rows of the audit log are of another cluster.
fn of_another_cluster(objects: &[(String, Vec<u8>)]) -> CheckReport {
    let folder = tempfile::tempdir().unwrap();
    let (at, lying) = (folder.path().join("case"), folder.path().join("lying"));
    Recipe::FOLDER.write_of(objects, &at);
    let mut files = files(&at);
    change_rows(&mut files, "k8s_audit", "cluster", |_| "other".to_owned());
    sign(&mut files, |_| {});
    write_files(&files, &lying);
    checked(&lying)
}

#[test]
fn a_cluster_that_its_log_group_names_can_not_be_another() {
    let report = of_another_cluster(&[archive::objects()[0].clone(), archive::subscription()]);
    let (kind, _, detail) = the_one(&report.findings);
    assert_eq!(kind, FindingKind::Row);
    assert_eq!(detail, "row 1: `cluster` is `other`, and its source object gives `demo`");
    assert_eq!(report.clusters_by_mapping, 0);
}

#[test]
fn a_cluster_that_whoever_read_the_archive_may_have_named_is_counted() {
    let report = of_another_cluster(&archive::objects());
    assert_eq!(report.findings, []);
    assert_eq!(report.clusters_by_mapping, 4);
}

#[test]
fn a_row_that_claims_another_object_is_told() {
    let uri = archive::objects()[1].0.clone();
    let found = findings(Recipe::FOLDER, |files| {
        change_rows(files, "cloudtrail", "source_uri", |_| uri.clone());
    });
    // The object of this name has another hash than the first two rows say.
    let told: Vec<_> = found.iter().map(|finding| (finding.kind, finding.path.as_str())).collect();
    let expected = [
        (FindingKind::Disagrees, "objects.csv"),
        (FindingKind::Disagrees, "provenance.csv"),
        (FindingKind::Disagrees, "objects.csv"),
        // What is said to have been seen elsewhere is of the rows as they were.
        (FindingKind::Disagrees, "sightings.csv"),
        (FindingKind::Disagrees, "sightings.csv"),
    ];
    assert_eq!(told, expected, "{found:?}");
}

#[test]
fn a_record_that_its_object_does_not_have_is_told() {
    let found = findings(Recipe::FOLDER, |files| {
        change_rows(files, "authenticator", "source_uri", |_| archive::objects()[0].0.clone());
        change_rows(files, "authenticator", "source_sha256", |_| sha256(&archive::objects()[0].1));
    });
    let told: Vec<_> = found.iter().filter(|finding| finding.kind == FindingKind::Object).collect();
    assert_eq!(told.len(), 2, "{found:?}");
    assert!(told[0].detail.contains("is said to be its record 0, which it does not have"), "{found:?}");
}

#[test]
fn an_object_of_another_content_is_told() {
    let name = format!("objects/{}", sha256(&archive::objects()[0].1));
    let found = findings(Recipe::FOLDER, |files| {
        files.insert(name.clone(), archive::objects()[1].1.clone());
    });
    assert!(found.iter().any(|finding| (finding.kind, &*finding.path) == (FindingKind::Object, &*name)), "{found:?}");
}

#[test]
fn an_object_that_is_left_out_is_told() {
    let name = format!("objects/{}", sha256(&archive::objects()[0].1));
    let found = findings(Recipe::FOLDER, |files| {
        files.remove(&name);
    });
    assert_eq!(the_one(&found).1, name);
}

#[test]
fn a_file_of_no_table_is_told() {
    let found = findings(Recipe::FOLDER, |files| {
        files.insert("rows/extra.csv".to_owned(), b"a\n".to_vec());
    });
    assert_eq!(the_one(&found).1, "rows/extra.csv");
}

#[test]
fn a_row_of_which_more_was_redacted_than_its_secrets_is_told() {
    let recipe = Recipe { redaction: Redaction::Redact, ..Recipe::FOLDER };
    let found = findings(recipe, |files| {
        change_rows(files, "cloudtrail", "user_agent", |_| format!("[redacted sha256:{}]", "0".repeat(64)));
    });
    assert!(found.iter().any(|finding| finding.detail.contains("`user_agent` is `[redacted")), "{found:?}");
}

#[test]
fn bytes_that_are_no_parquet_are_told_and_do_no_harm() {
    let sound = {
        let folder = tempfile::tempdir().unwrap();
        Recipe::FOLDER.write(&folder.path().join("case"));
        files(&folder.path().join("case"))["rows/cloudtrail.parquet"].clone()
    };
    for at in (0..sound.len()).step_by(211) {
        let found = findings(Recipe::FOLDER, |files| {
            files.get_mut("rows/cloudtrail.parquet").unwrap()[at] ^= 0xff;
        });
        // A byte that no reader looks at changes nothing that is said.
        let is_of_rows = |finding: &Finding| finding.path.contains("cloudtrail") || finding.path.contains("csv");
        assert!(found.iter().all(|finding| is_of_rows(finding) || finding.path == "manifest.json"), "{at}: {found:?}");
    }
}
