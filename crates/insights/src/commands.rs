//! Every command of the language: the parser, the reference page and the hints of errors read this one list.

use crate::ast::CommandKind;
use crate::error::{Result, Span};
use crate::parser::Parser;

/// How far a command or function does what CloudWatch does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it is documented.
    Same,
    /// In what it differs.
    Different(&'static str),
    /// Why it is not answered.
    Refused(&'static str),
}

/// A command.
#[derive(Clone, Copy)]
pub struct CommandEntry {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub syntax: &'static str,
    /// What it does, in one sentence.
    pub about: &'static str,
    pub state: State,
    pub(crate) parse: fn(&mut Parser<'_>, Span) -> Result<CommandKind>,
}

impl CommandEntry {
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.names().any(|known| known.eq_ignore_ascii_case(name))
    }
}

const SHAPES: State = State::Different(
    "shapes the result after all filters and `stats`, wherever it stands; only `dedup` and a second `stats` see what it left",
);
const EMULATED: State = State::Different(
    "emulated: templates are mined by a fixed procedure of our own, so they differ in detail from those of AWS's model",
);

/// The commands, in the order of the page.
pub static COMMANDS: [CommandEntry; 31] = [
    CommandEntry {
        name: "fields",
        aliases: &[],
        syntax: "fields EXPRESSION [as NAME], …",
        about: "shows fields and values made of them, which later commands can use",
        state: State::Same,
        parse: |parser, start| parser.fields(start),
    },
    CommandEntry {
        name: "display",
        aliases: &[],
        syntax: "display EXPRESSION [as NAME], …",
        about: "shows these and nothing else; the last one counts",
        state: State::Same,
        parse: |parser, start| parser.display(start),
    },
    CommandEntry {
        name: "filter",
        aliases: &["where"],
        syntax: "filter CONDITION",
        about: "keeps the rows for which the condition holds",
        state: State::Different(
            "whether `!=`, `not like` and `not in` hold for a row that lacks the field is not documented: they do, and `--missing skip` changes it",
        ),
        parse: |parser, start| parser.filter(start),
    },
    CommandEntry {
        name: "filterIndex",
        aliases: &[],
        syntax: "filterIndex FIELD = VALUE | FIELD in [VALUE, …]",
        about: "keeps the rows for which the condition holds",
        state: State::Different("no field indexes are needed: typed columns are pruned by statistics"),
        parse: |parser, start| parser.filter_index(start),
    },
    CommandEntry {
        name: "stats",
        aliases: &[],
        syntax: "stats AGGREGATE [as NAME], … [by EXPRESSION [as NAME], … [offset PERIOD]]",
        about: "counts, sums and compares over all rows or over groups of them",
        state: State::Different("`count_distinct` is exact; without `sort`, groups come in the order of their keys"),
        parse: |parser, start| parser.stats(start),
    },
    CommandEntry {
        name: "sort",
        aliases: &["order"],
        syntax: "sort EXPRESSION [asc|desc], …",
        about: "orders the result, in the natural order of texts and numbers",
        state: SHAPES,
        parse: |parser, start| parser.sort(start),
    },
    CommandEntry {
        name: "limit",
        aliases: &["head", "tail"],
        syntax: "limit [any] COUNT",
        about: "gives at most so many rows, 10,000 if it is left out",
        state: SHAPES,
        parse: |parser, start| parser.limit(start),
    },
    CommandEntry {
        name: "dedup",
        aliases: &[],
        syntax: "dedup FIELD, …",
        about: "keeps the first row for each value of the fields, and all rows that lack one of them",
        state: State::Same,
        parse: |parser, start| parser.dedup(start),
    },
    CommandEntry {
        name: "parse",
        aliases: &[],
        syntax: "parse [FIELD] \"text * text\" as NAME, … | /regex with (?<names>…)/ [multi] | logfmt as NAME | csv as NAME, …",
        about: "makes fields of parts of a text; rows that don't match stay, without them",
        state: State::Same,
        parse: |parser, start| parser.parse(start),
    },
    CommandEntry {
        name: "json",
        aliases: &[],
        syntax: "json [field=FIELD] \"path.into.json\" [as NAME]",
        about: "makes a field of a value within JSON text",
        state: State::Same,
        parse: |parser, start| parser.json(start),
    },
    CommandEntry {
        name: "unnest",
        aliases: &[],
        syntax: "unnest FIELD [into NAME]",
        about: "makes a row of each element of a list",
        state: State::Same,
        parse: |parser, start| parser.unnest(start),
    },
    CommandEntry {
        name: "expand",
        aliases: &[],
        syntax: "expand FIELD",
        about: "makes a row of each element of a list, which keeps the field's name",
        state: State::Same,
        parse: |parser, start| parser.expand(start),
    },
    CommandEntry {
        name: "pattern",
        aliases: &[],
        syntax: "pattern FIELD",
        about: "groups texts by the template they were made from",
        state: EMULATED,
        parse: |parser, start| parser.pattern(start),
    },
    CommandEntry {
        name: "diff",
        aliases: &[],
        syntax: "diff [previousDay|previousWeek|previousMonth]",
        about: "compares the templates of now with those of an earlier time of the same length",
        state: EMULATED,
        parse: |parser, start| parser.diff(start),
    },
    CommandEntry {
        name: "logcompare",
        aliases: &[],
        syntax: "logcompare timeshift PERIOD",
        about: "compares the templates of now with those of the given time earlier",
        state: EMULATED,
        parse: |parser, start| parser.logcompare(start),
    },
    CommandEntry {
        name: "anomaly",
        aliases: &[],
        syntax: "anomaly",
        about: "finds unusual templates",
        state: State::Refused("it is a model of AWS that is not published"),
        parse: |_, start| Parser::anomaly(start),
    },
    CommandEntry {
        name: "relevantfields",
        aliases: &[],
        syntax: "relevantfields [FIELD, …] where CONDITION",
        about: "scores fields by how much they have to do with a condition",
        state: State::Refused(
            "how its scores and its contributors are made is not published, and scores of our own would put other fields first",
        ),
        parse: |_, start| Parser::relevant_fields(start),
    },
    CommandEntry {
        name: "unmask",
        aliases: &[],
        syntax: "unmask FIELD, …",
        about: "shows what data protection masked",
        state: State::Different("nothing is masked in an archive, so it does nothing"),
        parse: |parser, start| parser.unmask(start),
    },
    CommandEntry {
        name: "lookup",
        aliases: &[],
        syntax: "lookup TABLE COLUMN [as FIELD], … OUTPUT|OUTPUTNEW COLUMN [as NAME], …",
        about: "adds columns of the first row of a table that has the same values",
        state: State::Different("the table is a CSV file given on the command line"),
        parse: |parser, start| parser.lookup(start),
    },
    CommandEntry {
        name: "cidrlookup",
        aliases: &[],
        syntax: "cidrlookup TABLE FIELD [as COLUMN] OUTPUT|OUTPUTNEW COLUMN [as NAME], …",
        about: "adds columns of the first row of a table whose network holds the address",
        state: State::Different("the table is a CSV file given on the command line"),
        parse: |parser, start| parser.network_lookup(start),
    },
    CommandEntry {
        name: "join",
        aliases: &[],
        syntax: "join [type=inner|left] left=NAME right=NAME where NAME.FIELD = NAME.FIELD (SOURCE 'group' | …)",
        about: "pairs rows with those of another source that have the same values",
        state: State::Different("there is no limit of distinct keys"),
        parse: |parser, start| parser.join(start),
    },
    CommandEntry {
        name: "appendcols",
        aliases: &[],
        syntax: "appendcols [override=true|false] [max=COUNT] (QUERY)",
        about: "sets the columns of another query beside the rows, the first to the first and so on",
        state: State::Same,
        parse: |parser, start| parser.append_columns(start),
    },
    CommandEntry {
        name: "addtotals",
        aliases: &[],
        syntax: "addtotals [fieldname=NAME] [row=true|false] [col=true|false] [FIELD, …]",
        about: "adds up numbers along rows, and with `col` along columns in a last row",
        state: State::Same,
        parse: |parser, start| parser.add_totals(start),
    },
    CommandEntry {
        name: "accum",
        aliases: &[],
        syntax: "accum FIELD [as NAME]",
        about: "adds the sum of a field up to each row",
        state: State::Same,
        parse: |parser, start| parser.accumulate(start),
    },
    CommandEntry {
        name: "autoregress",
        aliases: &[],
        syntax: "autoregress FIELD [as NAME] [p=COUNT | p=FROM-TO]",
        about: "adds the values that a field had in rows before",
        state: State::Same,
        parse: |parser, start| parser.autoregress(start),
    },
    CommandEntry {
        name: "filldown",
        aliases: &[],
        syntax: "filldown [FIELD | WILD* …]",
        about: "gives rows that lack a field its last value",
        state: State::Same,
        parse: |parser, start| parser.fill_down(start),
    },
    CommandEntry {
        name: "fillmissing",
        aliases: &[],
        syntax: "fillmissing [with VALUE for FIELD, VALUE for FIELD, …]",
        about: "gives `stats … by bin(…)` a row for every bin between the first and the last",
        state: State::Different(
            "no key may stand beside `bin`, since which of its values a new row had is not documented",
        ),
        parse: |parser, start| parser.fill_missing(start),
    },
    CommandEntry {
        name: "outlier",
        aliases: &[],
        syntax: "outlier [action=transform|remove] [param=2.5] [uselower=true|false] [mark=true|false] FIELD …",
        about: "cuts values that are far from the middle half of all, or removes their rows",
        state: State::Different(
            "quartiles are interpolated, and what `mark` adds is called FIELD_outlier, 1 or 0; AWS documents neither",
        ),
        parse: |parser, start| parser.outlier(start),
    },
    CommandEntry {
        name: "sessionize",
        aliases: &[],
        syntax: "sessionize FIELD, … [maxspan PERIOD] [as NAME]",
        about: "numbers the sessions of equal fields, which a pause of more than 30 minutes parts",
        state: State::Different("sessions are numbered from 1 by their begin; AWS does not say what its ids are"),
        parse: |parser, start| parser.sessionize(start),
    },
    CommandEntry {
        name: "countFrequent",
        aliases: &["count_frequent"],
        syntax: "countFrequent FIELD, …",
        about: "counts values and gives the most frequent first",
        state: State::Different("counts are exact"),
        parse: |parser, start| parser.count_frequent(start),
    },
    CommandEntry {
        name: "SOURCE",
        aliases: &[],
        syntax: "SOURCE 'GROUP' | logGroups(namePrefix: ['GROUP', …], accountIdentifiers: [ACCOUNT, …]) [START=-3600s END=0s]",
        about: "says which log groups are asked, and of which time",
        state: State::Different("log groups are the tables of the lake: an EKS cluster's, `cloudtrail`, `vpc-flow`, …"),
        parse: |parser, start| parser.source(start),
    },
];
