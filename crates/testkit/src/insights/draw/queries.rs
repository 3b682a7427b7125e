//! Draws queries: filters, fields, parsing, groups, order and limit, in the orders in which they may stand.

use super::conditions::{among, condition};
use super::expressions::{Sight, aggregate, any, key_path, numeric_expression, path, time};
use super::one;
use crate::generate::Random;
use crate::insights::model::{Aggregate, Command, Direction, Expression, Function, Matches, Named, Path, Query};

/// Draws a query over drawn events.
pub fn query(seed: u64) -> Query {
    let mut draw = Draw {
        random: Random::new(&[seed, 0x7175_6572]),
        sight: Sight { events: true, texts: Vec::new(), numbers: Vec::new() },
        names: 0,
        commands: Vec::new(),
    };
    draw.opening();
    match draw.random.below(10) {
        0..=4 => draw.rows(),
        5 if draw.percent(30) => draw.joined(),
        6 if draw.percent(30) => draw.series(),
        5..=8 => draw.groups(),
        _ => draw.neighbours(),
    }
    Query(draw.commands)
}

pub(super) struct Draw {
    pub(super) random: Random,
    pub(super) sight: Sight,
    names: usize,
    pub(super) commands: Vec<Command>,
}

impl Draw {
    pub(super) fn percent(&mut self, share: u64) -> bool {
        self.random.percent(share)
    }

    pub(super) fn name(&mut self) -> String {
        self.names += 1;
        format!("x{}", self.names)
    }

    /// Filters, and what makes fields of texts.
    fn opening(&mut self) {
        if self.percent(10) {
            let count = self.random.below(40) as usize + 1;
            self.commands.push(Command::Limit(count));
        }
        for _ in 0..*self.random.pick(&[0, 0, 1, 1, 1, 2]) {
            self.filter(2);
        }
        match self.random.below(16) {
            8 | 9 => self.looked_up(),
            10 => {
                let into = self.name();
                let from = Path::of(one(&mut self.random, &["line", "a", "b", "line"]));
                self.commands.push(Command::ParseLogfmt { from: Some(from), into: into.clone() });
                let entered = ["x", "y", "k", "user", "n"].map(|key| {
                    let name = self.name();
                    self.sight.texts.push(name.clone());
                    Expression::Field(Path(vec![into.clone(), key.to_owned()])).named(&name)
                });
                self.commands.push(Command::Fields(entered.into()));
            }
            0 | 1 => self.parse_glob(),
            2 | 3 => self.parse_regex(),
            6 => {
                let names: Vec<String> = (0..3).map(|_| self.name()).collect();
                self.sight.texts.extend(names.clone());
                let from = Some(Path::of(one(&mut self.random, &["line", "a", "t", "csv"])));
                self.commands.push(Command::ParseCsv { from, names });
            }
            7 if self.percent(40) => {
                let into = self.name();
                self.sight.texts.push(into.clone());
                let path = one(&mut self.random, &["k", "x", "0", "er.est"]).to_owned();
                let from = Path::of(one(&mut self.random, &["a", "b", "deep"]));
                self.commands.push(Command::Json { from, path, into });
            }
            4 => {
                // What a text or map holds, as far as it is JSON.
                let (of, name) = (Path::of(one(&mut self.random, &["a", "b", "list", "deep.er.est"])), self.name());
                let parsed = Expression::Call(Function::JsonParse, vec![Expression::Field(of)]);
                self.commands.push(Command::Fields(vec![parsed.named(&name)]));
                let entered = ["k", "0", "1", "x"].map(|key| {
                    let into = self.name();
                    self.sight.texts.push(into.clone());
                    Expression::Field(Path(vec![name.clone(), key.to_owned()])).named(&into)
                });
                self.commands.push(Command::Fields(entered.into()));
            }
            5 if self.percent(30) => {
                let from = Path::of(one(&mut self.random, &["list", "sourceIPs", "user.groups", "a"]));
                self.commands.push(Command::Expand(from));
            }
            5 => {
                let (from, into) =
                    (Path::of(one(&mut self.random, &["list", "sourceIPs", "user.groups", "a"])), self.name());
                self.commands.push(Command::Unnest { from, into: into.clone() });
                self.sight.texts.push(into);
            }
            _ => {}
        }
        if self.percent(30) {
            let item = self.item();
            self.commands.push(Command::Fields(vec![item]));
            if self.percent(50) {
                self.filter(1);
            }
        }
    }

    fn filter(&mut self, depth: usize) {
        let mut condition = condition(&mut self.random, &self.sight, depth);
        if self.sight.events && self.percent(6) {
            condition = Expression::Or(Box::new(condition), Box::new(among(&mut self.random)));
        }
        self.commands.push(Command::Filter(condition));
    }

    fn parse_glob(&mut self) {
        let (glob, count) = *self.random.pick(&[
            ("user=*, n=* code: *", 3),
            ("user=*,", 1),
            ("n=* code", 1),
            ("*=*", 2),
            ("*: *", 2),
            ("/api/*/*", 2),
        ]);
        let from = match self.random.below(4) {
            0 => Path::of("requestURI"),
            1 => Path::of("a"),
            _ => Path::of("line"),
        };
        let names: Vec<String> = (0..count).map(|_| self.name()).collect();
        self.sight.texts.extend(names.clone());
        self.commands.push(Command::ParseGlob { from: Some(from), glob: glob.to_owned(), names });
    }

    fn parse_regex(&mut self) {
        let (regex, names): (&str, &[&str]) = *self.random.pick(&[
            (r"user=(?<who>\w+), n=(?<amount>\w+)", &["who", "amount"] as &[&str]),
            (r"(?<word>[a-z]+)(?<digits>\d+)?", &["word", "digits"]),
            (r"code: (?<code>\d+)", &["code"]),
            (r"(?<letter>[aeiou])", &["letter"]),
        ]);
        let from = Path::of(one(&mut self.random, &["line", "line", "a", "userAgent", "objectRef.name"]));
        let matches = if self.percent(35) { Matches::All } else { Matches::First };
        self.sight.texts.extend(names.iter().map(|name| (*name).to_owned()));
        self.commands.push(Command::ParseRegex { from: Some(from), regex: regex.to_owned(), matches });
    }

    /// Something to show, under a name of its own if it is more than a field.
    pub(super) fn item(&mut self) -> Named {
        let depth = self.random.below(3) as usize;
        match self.random.below(10) {
            0..=2 => Expression::Field(path(&mut self.random, &self.sight)).unnamed(),
            3 => {
                // A name that hides a field of the event from here on.
                let expression = numeric_expression(&mut self.random, &self.sight, 1);
                self.sight.numbers.push("b".to_owned());
                expression.named("b")
            }
            4 if self.sight.events => {
                let name = self.name();
                time(&mut self.random).named(&name)
            }
            5 | 6 => {
                let expression = numeric_expression(&mut self.random, &self.sight, depth.max(1));
                let name = self.name();
                self.sight.numbers.push(name.clone());
                expression.named(&name)
            }
            7 => {
                let expression = condition(&mut self.random, &self.sight, 1);
                let name = self.name();
                expression.named(&name)
            }
            _ => {
                let expression = any(&mut self.random, &self.sight, depth.max(1));
                let name = self.name();
                self.sight.texts.push(name.clone());
                expression.named(&name)
            }
        }
    }

    pub(super) fn keys(&mut self) -> Vec<(Expression, Direction)> {
        let direction = |random: &mut Random| match random.below(2) {
            0 => Direction::Ascending,
            _ => Direction::Descending,
        };
        (0..=self.random.below(2))
            .map(|_| {
                let key = key_path(&mut self.random, &self.sight);
                (Expression::Field(key), direction(&mut self.random))
            })
            .collect()
    }

    /// A query of events.
    fn rows(&mut self) {
        let mut items = vec![Expression::field("auditID").unnamed()];
        for _ in 0..=self.random.below(4) {
            // Each item sees what commands before it made, not its neighbours.
            let seen = (self.sight.texts.len(), self.sight.numbers.len());
            let item = self.item();
            let made = (self.sight.texts.split_off(seen.0), self.sight.numbers.split_off(seen.1));
            if !items.iter().any(|known| name_of(known) == name_of(&item)) {
                items.push(item);
                self.sight.texts.extend(made.0);
                self.sight.numbers.extend(made.1);
            }
            if self.percent(30) {
                self.commands.push(Command::Fields(std::mem::take(&mut items)));
            }
        }
        if !items.is_empty() {
            self.commands.push(Command::Fields(items));
        }
        let sorted = self.percent(50);
        if sorted {
            let keys = self.keys();
            self.commands.push(Command::Sort(keys));
        }
        if self.percent(25) {
            self.filter(1);
        }
        if self.percent(20) {
            let paths = (0..=self.random.below(2)).map(|_| key_path(&mut self.random, &self.sight)).collect();
            self.commands.push(Command::Dedup(paths));
        }
        if self.percent(30) {
            let count = self.random.below(30) as usize + 1;
            self.commands.push(Command::Limit(count));
        }
    }

    /// A query of groups.
    fn groups(&mut self) {
        if self.percent(40) {
            let item = self.item();
            self.commands.push(Command::Fields(vec![item]));
        }
        if self.percent(5) {
            let by = key_path(&mut self.random, &self.sight);
            self.commands.push(Command::CountFrequent(vec![by]));
            return;
        }
        self.stats();
        if self.percent(20) {
            self.filter(1);
        }
        if self.percent(20) {
            if self.percent(50) {
                let keys = self.keys();
                self.commands.push(Command::Sort(keys));
                let count = self.random.below(10) as usize + 1;
                self.commands.push(Command::Limit(count));
            }
            self.stats();
        }
        if self.percent(50) {
            let mut keys = self.keys();
            let unnamed = Expression::aggregate(Aggregate::CountRows);
            let gives = |command: &Command| matches!(command, Command::Stats { aggregates, .. } if aggregates.contains(&unnamed.clone().unnamed()));
            let last = self.commands.iter().rev().find(|command| matches!(command, Command::Stats { .. }));
            if last.is_some_and(gives) {
                keys.insert(0, (unnamed, Direction::Descending));
            }
            self.commands.push(Command::Sort(keys));
        }
        if self.percent(15) {
            let shown = self.item();
            let known = path(&mut self.random, &self.sight);
            if name_of(&shown) != known.name() {
                self.commands.push(Command::Fields(vec![Expression::Field(known).unnamed(), shown]));
            }
        }
        if self.percent(40) {
            let count = self.random.below(12) as usize + 1;
            self.commands.push(Command::Limit(count));
        }
    }

    fn stats(&mut self) {
        let mut keys = Vec::new();
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        for _ in 0..self.random.below(3) {
            let name = self.name();
            keys.push(match self.random.below(4) {
                0 if self.sight.events => time(&mut self.random).named(&name),
                1 => {
                    numbers.push(name.clone());
                    numeric_expression(&mut self.random, &self.sight, 1).named(&name)
                }
                2 => {
                    let field = key_path(&mut self.random, &self.sight);
                    let known = keys.iter().any(|key: &Named| key.expression == Expression::Field(field.clone()));
                    if known {
                        any(&mut self.random, &self.sight, 1).named(&name)
                    } else {
                        Expression::Field(field).unnamed()
                    }
                }
                _ => {
                    texts.push(name.clone());
                    any(&mut self.random, &self.sight, 1).named(&name)
                }
            });
        }
        let mut aggregates = Vec::new();
        for _ in 0..=self.random.below(3) {
            let name = self.name();
            let expression = aggregate(&mut self.random, &self.sight);
            let plain = expression == Expression::aggregate(Aggregate::CountRows);
            if plain && self.random.percent(30) && !aggregates.contains(&expression.clone().unnamed()) {
                aggregates.push(expression.unnamed());
                continue;
            }
            numbers.push(name.clone());
            aggregates.push(expression.named(&name));
        }
        let keys_are_empty = keys.is_empty();
        self.sight = Sight { events: false, texts, numbers };
        if self.sight.numbers.is_empty() {
            let name = self.name();
            aggregates.push(Expression::aggregate(Aggregate::CountRows).named(&name));
            self.sight.numbers.push(name);
        }
        let offset = self.offset();
        self.commands.push(Command::Stats { aggregates, keys, offset: offset.filter(|_| !keys_are_empty) });
    }
}

/// The column an item shows as.
fn name_of(item: &Named) -> String {
    item.name.clone().unwrap_or_else(|| item.expression.to_string())
}
