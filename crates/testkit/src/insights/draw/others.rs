//! Draws queries beyond rows and groups: filled series, columns of two queries, joins, and neighbouring rows.

use super::expressions::path;
use super::queries::Draw;
use super::{GROUP, one};
use crate::generate::Random;
use crate::insights::model::{
    Aggregate, Command, Comparison, Edge, Expression, Join, Path, Period, Query, Source, Unit,
};

impl Draw {
    /// A query of bins, of which none is left out, or of the columns of two queries.
    pub(super) fn series(&mut self) {
        let period = Period { count: 1 + self.random.below(20) as u32, unit: Unit::Hour };
        let bin = Expression::Edge(Edge::Bin, period);
        let count = || Expression::aggregate(Aggregate::CountRows).named("c");
        let sum = Expression::aggregate(Aggregate::Sum(Expression::field("n"))).named("s");
        if self.percent(50) {
            self.commands.push(Command::Stats { aggregates: vec![count(), sum], keys: vec![bin.named("time")] });
            let with = if self.percent(50) { vec![("c".to_owned(), "0".to_owned())] } else { Vec::new() };
            self.commands.push(Command::FillMissing { bin: "time".to_owned(), period, with });
            return;
        }
        let key = Expression::Field(path(&mut self.random, &self.sight)).named("key");
        self.commands.push(Command::Stats { aggregates: vec![count()], keys: vec![key] });
        let keys = vec![Expression::field(one(&mut self.random, &["t", "ip"])).unnamed()];
        let query = Query(vec![Command::Stats { aggregates: vec![sum, count()], keys }]);
        self.commands.push(Command::AppendColumns(Source { group: GROUP.to_owned(), query }));
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
        let query = Query(vec![Command::Filter(filter), Command::Stats { aggregates, keys }]);
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
        match self.random.below(6) {
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
