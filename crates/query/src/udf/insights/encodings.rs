//! Texts in other encodings, and hashes.

use eksamine_insights::runtime::encodings;

use super::values::Output;
use super::{Function, Gives, Kind};

const TEXT: &[(&str, Kind)] = &[("text", Kind::Text)];

pub static FUNCTIONS: [Function; 7] = [
    Function::new(
        "insights_urlencode",
        TEXT,
        Gives::Text,
        "percent-encoded, but for the unreserved characters",
        |row| Output::Text(encodings::url_encode(row.text(0)).into()),
    ),
    Function::new("insights_urldecode", TEXT, Gives::Text, "percent-decoded; null where that is no UTF-8", |row| {
        Output::text(encodings::url_decode(row.text(0)))
    }),
    Function::new("insights_base64encode", TEXT, Gives::Text, "in standard Base64 with padding", |row| {
        Output::Text(encodings::base64_encode(row.text(0)).into())
    }),
    Function::new("insights_base64decode", TEXT, Gives::Text, "from Base64; null where that is no UTF-8", |row| {
        Output::text(encodings::base64_decode(row.text(0)))
    }),
    Function::new(
        "insights_hex_to_ascii",
        TEXT,
        Gives::Text,
        "the text whose bytes are written in hexadecimal",
        |row| Output::text(encodings::hex_to_ascii(row.text(0))),
    ),
    Function::new("insights_md5", TEXT, Gives::Text, "the MD5 of the text's bytes, in hexadecimal", |row| {
        Output::Text(encodings::md5(row.text(0)).into())
    }),
    Function::new("insights_sha256", TEXT, Gives::Text, "the SHA-256 of the text's bytes, in hexadecimal", |row| {
        Output::Text(encodings::sha256(row.text(0)).into())
    }),
];
