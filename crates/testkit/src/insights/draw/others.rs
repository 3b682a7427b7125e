//! Draws queries beyond rows and groups: filled series, columns of two queries, joins, and neighbouring rows.

use super::expressions::key_path;
use super::queries::Draw;
use super::{GROUP, one};
use crate::generate::Random;
use crate::insights::model::{
    Action, Aggregate, Bounds, Command, Comparison, Edge, Expression, Fills, Fits, Join, Mark, Path, Period, Query,
    Source, Unit,
};

impl Draw {
    /// A query of bins, of which none is left out, or of the columns of two queries.
    pub(super) fn series(&mut self) {
        let period = Period { count: 1 + self.random.below(20) as u32, unit: Unit::Hour };
        let bin = Expression::Edge(Edge::Bin, period);
        let count = || Expression::aggregate(Aggregate::CountRows).named("c");
        let sum = Expression::aggregate(Aggregate::Sum(Expression::field("n"))).named("s");
        if self.percent(50) {
            let offset = self.offset();
            let keys = vec![bin.named("time")];
            self.commands.push(Command::Stats { aggregates: vec![count(), sum], keys, offset });
            let mut with = Vec::new();
            for (name, value) in [("c", "0"), ("s", "1.5")] {
                if self.percent(50) {
                    with.push((name.to_owned(), value.to_owned()));
                }
            }
            self.commands.push(Command::FillMissing { bin: "time".to_owned(), period, offset, with });
            return;
        }
        let key = Expression::Field(key_path(&mut self.random, &self.sight)).named("key");
        self.commands.push(Command::Stats { aggregates: vec![count()], keys: vec![key], offset: None });
        let keys = vec![Expression::field(one(&mut self.random, &["t", "ip"])).unnamed()];
        let query = Query(vec![Command::Stats { aggregates: vec![sum, count()], keys, offset: None }]);
        self.commands.push(Command::AppendColumns(Source { group: GROUP.to_owned(), query }));
    }

    /// Sometimes what moves the edges of bins.
    pub(super) fn offset(&mut self) -> Option<Period> {
        if !self.percent(25) {
            return None;
        }
        let unit = *self.random.pick(&[Unit::Minute, Unit::Hour, Unit::Day]);
        Some(Period { count: 1 + self.random.below(100) as u32, unit })
    }

    /// Columns of a table beside the rows.
    pub(super) fn looked_up(&mut self) {
        let random = &mut self.random;
        let fills = if random.percent(30) { Fills::Empty } else { Fills::All };
        if random.percent(40) {
            let address = Path::of(one(random, &["ip", "ip", "sourceIPs.0", "a"]));
            let name = if fills == Fills::Empty { "t".to_owned() } else { self.name() };
            self.sight.texts.push(name.clone());
            self.commands.push(Command::Lookup {
                table: "nets".to_owned(),
                fits: Fits::Network,
                keys: vec![("net".to_owned(), address)],
                fills,
                columns: vec![("zone".to_owned(), Some(name))],
            });
            return;
        }
        let mut keys = vec![("key".to_owned(), Path::of(one(random, &["t", "t", "a", "n", "verb", "list"])))];
        if random.percent(20) {
            keys.push(("tier".to_owned(), Path::of(one(random, &["n", "b"]))));
        }
        let name = if fills == Fills::Empty { one(random, &["t", "userAgent"]).to_owned() } else { self.name() };
        let mut columns = vec![("team".to_owned(), Some(name.clone()))];
        self.sight.texts.push(name);
        if self.percent(40) {
            columns.push(("tier".to_owned(), None));
            self.sight.texts.push("tier".to_owned());
        }
        let (table, fits) = ("teams".to_owned(), Fits::Equal);
        self.commands.push(Command::Lookup { table, fits, keys, fills, columns });
    }

    /// Values far from the others, of one or two fields.
    fn outlier(&mut self) -> Command {
        let random = &mut self.random;
        let mut of = vec![Path::of(one(random, &["n", "a", "b", "responseStatus.code"]))];
        if random.percent(40) {
            of.push(Path::of(one(random, &["list.0", "twice", "deep.er.est"])));
        }
        Command::Outlier {
            action: *random.pick(&[Action::Cut, Action::Remove]),
            parameter: one(random, &["2.5", "0.5", "0", "1"]).to_owned(),
            bounds: *random.pick(&[Bounds::Upper, Bounds::Both]),
            mark: *random.pick(&[Mark::None, Mark::Field]),
            of,
        }
    }

    /// A query with the counts of another beside its rows.
    pub(super) fn joined(&mut self) {
        let key = Path::of(one(&mut self.random, &["t", "ip"]));
        let filter = condition_of_number(&mut self.random);
        let aggregates = vec![
            Expression::aggregate(Aggregate::CountRows).named("c"),
            Expression::aggregate(Aggregate::Greatest(Expression::field("n"))).named("m"),
        ];
        let keys = vec![Expression::Field(key.clone()).unnamed()];
        let query = Query(vec![Command::Filter(filter), Command::Stats { aggregates, keys, offset: None }]);
        let kind = if self.percent(50) { Join::Inner } else { Join::Left };
        let with = Source { group: GROUP.to_owned(), query };
        self.commands.push(Command::Join { kind, left: "l".into(), right: "r".into(), on: (key.clone(), key), with });
        let shown = ["l.auditID", "r.c", "r.m", "l.n"].map(|name| Expression::field(name).unnamed());
        self.commands.push(Command::Fields(shown.into()));
    }

    /// A query that looks at the rows around a row.
    pub(super) fn neighbours(&mut self) {
        let item = self.item();
        self.commands.push(Command::Fields(vec![Expression::field("auditID").unnamed(), item]));
        if self.percent(50) {
            let keys = self.keys();
            self.commands.push(Command::Sort(keys));
        }
        let into = self.name();
        let of = Path::of(one(&mut self.random, &["n", "a", "responseStatus.code", "t"]));
        let mut shown = vec![Path::of("auditID"), Path(vec![into.clone()])];
        match self.random.below(8) {
            6 | 7 => {
                let outlier = self.outlier();
                if let Command::Outlier { mark, of, .. } = &outlier {
                    shown.truncate(1);
                    shown.extend(of.clone());
                    if *mark == Mark::Field {
                        shown.extend(of.iter().map(|path| Path(vec![format!("{}_outlier", path.name())])));
                    }
                }
                self.commands.push(outlier);
            }
            4 => {
                let by = vec![Path::of(one(&mut self.random, &["t", "user.username", "n"]))];
                let gap = Period { count: 1 + self.random.below(12) as u32, unit: Unit::Hour };
                self.commands.push(Command::Sessionize { by, gap, into });
            }
            0 => self.commands.push(Command::Accumulate { of, into }),
            1 => self.commands.push(Command::Autoregress { of, into: Some(into), first: 1, last: 1 }),
            2 => {
                shown.truncate(1);
                shown.extend([1, 2].map(|lag| Path(vec![format!("{}_p{lag}", of.name())])));
                self.commands.push(Command::Autoregress { of, into: None, first: 1, last: 2 });
            }
            3 => {
                shown = vec![Path::of("auditID"), of.clone()];
                self.commands.push(Command::FillDown(vec![of]));
            }
            _ => {
                let fields = vec![Path::of("n"), Path::of("responseStatus.code"), Path::of("a")];
                self.commands.push(Command::AddTotals { into, of: fields });
            }
        }
        if self.percent(70) {
            self.commands.push(Command::Display(shown));
        }
    }
}

fn condition_of_number(random: &mut Random) -> Expression {
    let bound = Expression::Number(random.below(20).to_string());
    Expression::Compare(Box::new(Expression::field("n")), Comparison::Less, Box::new(bound))
}
