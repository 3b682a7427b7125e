//! Commands that bring something from elsewhere beside the rows: joins, columns of another query, lookups.

use super::Parser;
use crate::ast::{CommandKind, Expression, ExpressionKind, Join, LookUp, Name};
use crate::error::{Error, Result, Span};
use crate::lexer::{Segment, Token};

impl Parser<'_> {
    /// `join type=inner left=a right=b where a.k=b.k (SOURCE 'group' …)`, options in any order.
    pub fn join(&mut self, start: Span) -> Result<CommandKind> {
        let (mut keep_left, mut left, mut right) = (false, None, None);
        loop {
            if self.option("type")? {
                let kind = self.name("inner or left")?;
                keep_left = match kind.text.to_lowercase().as_str() {
                    "inner" => false,
                    "left" => true,
                    _ => return Err(Error::new(kind.span, "`type` is inner or left")),
                };
            } else if self.option("left")? {
                left = Some(self.name("a name for the rows before the join")?.text);
            } else if self.option("right")? {
                right = Some(self.name("a name for the rows of the other source")?.text);
            } else {
                break;
            }
        }
        let needs = |side: &str| {
            let error = Error::new(start, format!("`join` needs a name for its {side} side"));
            error.hint("join type=inner left=a right=b where a.id = b.id (SOURCE 'group' | fields id)")
        };
        let left = left.ok_or_else(|| needs("left"))?;
        let right = right.ok_or_else(|| needs("right"))?;
        if left == right {
            return Err(Error::new(start, "the two sides of a join need different names"));
        }
        if !self.take_word("where")? {
            self.expect_word("on")?;
        }
        let condition = self.expression()?;
        self.expect_symbol("(")?;
        let query = self.query()?;
        self.expect_symbol(")")?;
        Ok(CommandKind::Join(Join { keep_left, left, right, condition, query }))
    }

    pub fn append_columns(&mut self, _start: Span) -> Result<CommandKind> {
        let (mut overwrite, mut most) = (false, 10_000);
        loop {
            if self.option("override")? {
                overwrite = self.truth()?;
            } else if self.option("max")? {
                let (count, span) = self.count("a number of rows")?;
                if !(1..=100_000).contains(&count) {
                    return Err(Error::new(span, "`max` is from 1 to 100000"));
                }
                most = count;
            } else {
                break;
            }
        }
        self.expect_symbol("(")?;
        let query = self.query()?;
        self.expect_symbol(")")?;
        Ok(CommandKind::AppendColumns { overwrite, most, query })
    }

    /// `lookup table key [as logField][, …] OUTPUT|OUTPUTNEW col [as f][, …]`.
    pub fn lookup(&mut self, _start: Span) -> Result<CommandKind> {
        let table = self.table_name()?;
        let keys = self.list(|parser| {
            let column = parser.name("a column of the lookup table")?;
            let field = match parser.alias()? {
                Some(field) => field_of(&field),
                None => field_of(&column),
            };
            Ok((column, field))
        })?;
        let (only_new, outputs) = self.outputs()?;
        Ok(CommandKind::Lookup(LookUp { table, keys, networks: false, only_new, outputs }))
    }

    /// `cidrlookup table ipField [as cidrColumn] OUTPUT|OUTPUTNEW col [as f][, …]`.
    pub fn network_lookup(&mut self, _start: Span) -> Result<CommandKind> {
        let table = self.table_name()?;
        let field = self.postfix_value()?;
        let column = match self.alias()? {
            Some(column) => column,
            None => match &field.kind {
                ExpressionKind::Field(segments) => Name { text: crate::ast::dotted(segments), span: field.span },
                _ => return Err(self.unexpected("`as` and the column that holds the networks")),
            },
        };
        let (only_new, outputs) = self.outputs()?;
        Ok(CommandKind::Lookup(LookUp { table, keys: vec![(column, field)], networks: true, only_new, outputs }))
    }

    fn table_name(&mut self) -> Result<Name> {
        match &self.token {
            Token::Text(_) => self.quoted("a lookup table").map(|(text, span)| Name { text, span }),
            _ => self.name("the name of a lookup table"),
        }
    }

    fn outputs(&mut self) -> Result<Outputs> {
        let only_new = if self.take_word("outputnew")? {
            true
        } else {
            self.expect_word("output")?;
            false
        };
        let outputs = self.list(|parser| Ok((parser.name("a column of the lookup table")?, parser.alias()?)))?;
        Ok((only_new, outputs))
    }
}

/// Whether only what is missing is filled, and columns with their names.
type Outputs = (bool, Vec<(Name, Option<Name>)>);

fn field_of(name: &Name) -> Expression {
    let segments = name.text.split('.').map(|text| Segment { text: text.to_owned(), quoted: true }).collect();
    Expression { kind: ExpressionKind::Field(segments), span: name.span }
}
