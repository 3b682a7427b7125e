//! The page in a bundle that tells a stranger what it is and how to check it.

pub const NAME: &str = "README.txt";

/// The page, for a bundle that is signed or is not.
pub fn text(is_signed: bool) -> String {
    let signature = if is_signed { SIGNED } else { UNSIGNED };
    format!("{WHAT}\n{signature}\n{REST}")
}

const WHAT: &str = "\
EVIDENCE BUNDLE

Rows of logs that were chosen for a case, the records they were read from, and
what proves where each comes from. custody.html says in plain words who chose
what, when, and what is proved; open it in any browser.

  custody.html       chain of custody, to be read first
  timeline.html      the events in order of time, if there are any to show
  rows/              the rows, as tables: .csv for spreadsheets, .parquet exact
  raw/               the records the rows were read from, as they stood in the
                     logs: one JSON object a line, in the order of the rows
  provenance.csv     for each row: source object, its SHA-256, record number
  objects.csv        the source objects; objects/ holds them, if included, each
                     under its SHA-256
  sightings.csv      further places of the archive where a record lies, byte
                     for byte
  secrets.csv        what looks like a secret in the records, and whether it
                     was redacted
  answer.*           the answer of a query, if there was one, and query.sql
  coverage.json      what the logs do not cover
  accounting.json    how many records were read, kept and rejected
  manifest.json      all of the above with size and SHA-256; who, when, what
";

const SIGNED: &str = "\
HOW TO CHECK IT

You need the public key of whoever exported, from them and not from here; say
it is in KEY.pub. In this folder:

1. The manifest is signed by that key (OpenSSL 3):

     openssl pkeyutl -verify -pubin -inkey KEY.pub -rawin \\
       -in manifest.json -sigfile manifest.json.sig

2. The list of hashes is the one the manifest names. The first command prints
   a hash that must stand in manifest.json beside SHA256SUMS:

     sha256sum SHA256SUMS
     grep -A 2 '\"path\": \"SHA256SUMS\"' manifest.json

3. Every file has the hash that is listed:

     sha256sum -c SHA256SUMS

4. Nothing is here that is not listed: this prints nothing.

     find . ! -type d | sed 's,^\\./,,' | grep -vxF -e manifest.json \\
       -e manifest.json.sig -e SHA256SUMS | while read -r file; do
       cut -c 67- SHA256SUMS | grep -qxF -e \"$file\" ||
       echo \"not listed: $file\"; done

`eksamine check BUNDLE --key KEY.pub` does all of this, compares the files with
each other, and reads the rows anew from the source objects, where these are
included.
";

const UNSIGNED: &str = "\
HOW TO CHECK IT

This bundle is NOT SIGNED. The hashes show that it is whole; they do not show
who made it, for whoever changes a file can change its hash. Compare the
SHA-256 of manifest.json with one that you got another way. In this folder:

     sha256sum manifest.json
     sha256sum SHA256SUMS
     grep -A 2 '\"path\": \"SHA256SUMS\"' manifest.json
     sha256sum -c SHA256SUMS
";

const REST: &str = "\
The .csv files are made for spreadsheets: a text that a spreadsheet might run
as a formula has a ' before it. The .parquet files hold it as it is.
";
