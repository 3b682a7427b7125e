//! Functions of texts. A missing value makes the answer null, except where it is said.

use super::{Function, Gives, How, Special, Takes, call, call_optional, different, same};

const ONE: &[Takes] = &[Takes::Text];
const TWO: &[Takes] = &[Takes::Text, Takes::Text];

pub(super) const FUNCTIONS: &[Function] = &[
    same(
        "isempty",
        "field",
        "whether it is missing or an empty text",
        call("insights_is_empty", &[Takes::Json], Gives::Truth),
    ),
    same(
        "isblank",
        "field",
        "whether it is missing, empty or white space",
        call("insights_is_blank", &[Takes::Json], Gives::Truth),
    ),
    different(
        "concat",
        "text, …",
        "the texts as one",
        How::Special(Special::Concat),
        "null if one of them is missing; AWS does not say",
    ),
    same(
        "ltrim",
        "text[, characters]",
        "the text without white space or these characters at its begin",
        call_optional("insights_ltrim", TWO, 1, Gives::Text),
    ),
    same(
        "rtrim",
        "text[, characters]",
        "the text without white space or these characters at its end",
        call_optional("insights_rtrim", TWO, 1, Gives::Text),
    ),
    same(
        "trim",
        "text[, characters]",
        "the text without white space or these characters at both ends",
        call_optional("insights_trim", TWO, 1, Gives::Text),
    ),
    same("strlen", "text", "its length in Unicode code points", call("insights_strlen", ONE, Gives::Number)),
    same("toupper", "text", "in upper case", call("insights_toupper", ONE, Gives::Text)),
    same("tolower", "text", "in lower case", call("insights_tolower", ONE, Gives::Text)),
    same(
        "substr",
        "text, start[, length]",
        "the part from a position on, counted from 0",
        call_optional("insights_substr", &[Takes::Text, Takes::Number, Takes::Number], 1, Gives::Text),
    ),
    same(
        "replace",
        "text, search, with",
        "the text with every occurrence replaced",
        call("insights_replace", &[Takes::Text, Takes::Text, Takes::Text], Gives::Text),
    ),
    same(
        "regexReplace",
        "text, regex, with",
        "the text with every match replaced",
        call("insights_regex_replace", &[Takes::Text, Takes::Regex, Takes::Text], Gives::Text),
    ),
    same(
        "strcontains",
        "text, search[, ignoreCase]",
        "whether one text holds the other",
        call_optional("insights_strcontains", &[Takes::Text, Takes::Text, Takes::Flag], 1, Gives::Truth),
    ),
    same("startsWith", "text, search", "whether the text begins so", call("insights_starts_with", TWO, Gives::Truth)),
    same("endsWith", "text, search", "whether the text ends so", call("insights_ends_with", TWO, Gives::Truth)),
    same("split", "text, separator", "a list of the parts", call("insights_split", TWO, Gives::Json)),
    same("urlencode", "text", "percent-encoded", call("insights_urlencode", ONE, Gives::Text)),
    same("urldecode", "text", "without percent-encoding", call("insights_urldecode", ONE, Gives::Text)),
    same("base64encode", "text", "as Base64", call("insights_base64encode", ONE, Gives::Text)),
    same(
        "base64decode",
        "text",
        "what the Base64 says, null if that is no text",
        call("insights_base64decode", ONE, Gives::Text),
    ),
    same(
        "hexToAscii",
        "text",
        "the text of which these are the bytes",
        call("insights_hex_to_ascii", ONE, Gives::Text),
    ),
    same(
        "hexToDec",
        "text",
        "the number that the hexadecimal digits are",
        call("insights_hex_to_dec", ONE, Gives::Number),
    ),
    same("md5", "text", "its MD5 in hexadecimal", call("insights_md5", ONE, Gives::Text)),
    same("sha256", "text", "its SHA-256 in hexadecimal", call("insights_sha256", ONE, Gives::Text)),
];
