//! Raw records within a budget: those of the highest rank first, among equals those offered first.
//!
//! Records of one rank are gathered into blocks, which are compressed as they fill, so that a record costs little and one
//! is read without the others. When the budget is passed, the last block of the lowest rank goes, and no record of that
//! rank or below is taken any more. So memory never holds more than the budget and a block of each rank, and what stays
//! does not depend on anything but the events.
//!
//! A block is, in LEB128, the number of its records and the length of each in bytes; then the records one after
//! another.

use crate::event::{SEVERITIES, severity_rank};
use crate::pack::{self, varint};

/// How many bytes of records make a block.
const BLOCK_BYTES: usize = 128 << 10;

/// What the element around a block takes in the file, at most.
const ELEMENT_BYTES: usize = 80;

/// Two of each severity, and of none.
const RANKS: usize = 2 * (SEVERITIES.len() + 1);

/// The rank of a record: the more severe come first, and of one severity the rows of the timeline before the events that
/// are folded into them.
pub fn rank(severity: Option<&str>, is_member: bool) -> usize {
    2 * severity_rank(severity) + usize::from(!is_member)
}

/// The records kept so far.
pub struct Raw {
    budget_bytes: usize,
    used_bytes: usize,
    ranks: [Rank; RANKS],
    offered: u64,
}

#[derive(Default)]
struct Rank {
    blocks: Vec<Block>,
    open: Open,
    is_closed: bool,
}

/// A block that is being filled.
#[derive(Default)]
struct Open {
    records: Vec<u8>,
    lengths: Vec<u8>,
    rows: Vec<u32>,
}

impl Open {
    fn push(&mut self, row: u32, record: &str) {
        self.records.extend(record.as_bytes());
        varint(&mut self.lengths, record.len() as u64);
        self.rows.push(row);
    }

    fn into_block(self) -> std::io::Result<Block> {
        let mut bytes = Vec::with_capacity(self.records.len() + self.lengths.len() + 5);
        varint(&mut bytes, self.rows.len() as u64);
        bytes.extend(self.lengths);
        bytes.extend(self.records);
        Ok(Block { bytes: pack::gzip(&bytes)?, rows: self.rows })
    }
}

/// A compressed block, and the rows whose records it holds in this order.
pub struct Block {
    pub bytes: Vec<u8>,
    pub rows: Vec<u32>,
}

impl Block {
    fn cost_bytes(&self) -> usize {
        pack::base64_length(self.bytes.len()) + ELEMENT_BYTES
    }
}

impl Raw {
    pub fn new(budget_bytes: usize) -> Self {
        Self { budget_bytes, used_bytes: 0, ranks: Default::default(), offered: 0 }
    }

    /// How many records were offered.
    pub fn offered(&self) -> u64 {
        self.offered
    }

    /// Counts records that are not taken, whatever the budget.
    pub fn refuse(&mut self, number: u64) {
        self.offered += number;
    }

    /// Whether a record of this rank would still be taken.
    pub fn takes(&self, rank: usize) -> bool {
        !self.ranks[rank].is_closed
    }

    /// Offers a record. The budget may still send it away for others.
    pub fn offer(&mut self, row: u32, rank: usize, record: &str) -> std::io::Result<()> {
        self.offered += 1;
        let of_rank = &mut self.ranks[rank];
        if of_rank.is_closed {
            return Ok(());
        }
        of_rank.open.push(row, record);
        if of_rank.open.records.len() >= BLOCK_BYTES {
            self.close_block(rank)?;
        }
        Ok(())
    }

    /// The blocks, most severe first, within what is left of the budget.
    pub fn finish(mut self, left_bytes: usize) -> std::io::Result<Vec<Block>> {
        for rank in (0..RANKS).rev() {
            self.close_block(rank)?;
        }
        self.budget_bytes = self.budget_bytes.min(left_bytes);
        self.keep_to_budget();
        Ok(self.ranks.into_iter().rev().flat_map(|rank| rank.blocks).collect())
    }

    fn close_block(&mut self, rank: usize) -> std::io::Result<()> {
        let of_rank = &mut self.ranks[rank];
        if of_rank.open.rows.is_empty() {
            return Ok(());
        }
        let block = std::mem::take(&mut of_rank.open).into_block()?;
        self.used_bytes += block.cost_bytes();
        of_rank.blocks.push(block);
        self.keep_to_budget();
        Ok(())
    }

    fn keep_to_budget(&mut self) {
        while self.used_bytes > self.budget_bytes {
            let Some(lowest) = self.ranks.iter().position(|rank| !rank.blocks.is_empty()) else { return };
            let dropped = self.ranks[lowest].blocks.pop();
            self.used_bytes -= dropped.map_or(0, |block| block.cost_bytes());
            for rank in &mut self.ranks[..=lowest] {
                rank.is_closed = true;
                rank.open = Open::default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records that do not compress, so that their size counts.
    fn record(seed: u32) -> String {
        let mut state = u64::from(seed) + 1;
        let digits = (0..4000).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'0' + (state >> 33) as u8 % 64)
        });
        digits.collect()
    }

    fn kept(budget_bytes: usize, severities: impl Fn(u32) -> usize) -> Vec<u32> {
        let mut raw = Raw::new(budget_bytes);
        for row in 0..400 {
            raw.offer(row, severities(row), &record(row)).unwrap();
        }
        let mut rows: Vec<u32> = raw.finish(usize::MAX).unwrap().into_iter().flat_map(|block| block.rows).collect();
        rows.sort_unstable();
        rows
    }

    #[test]
    fn within_the_budget_all_is_kept() {
        assert_eq!(kept(usize::MAX, |row| row as usize % RANKS), (0..400).collect::<Vec<_>>());
    }

    #[test]
    fn past_the_budget_the_severe_stay_even_if_they_come_last() {
        let rows = kept(500_000, |row| if row < 350 { 1 } else { 11 });
        assert!(rows.ends_with(&(350..400).collect::<Vec<_>>()), "{rows:?}");
        let others = rows.len() - 50;
        assert!((1..350).contains(&others), "{others}");
        assert_eq!(rows[..others], (0..others as u32).collect::<Vec<_>>(), "those of the rest that came first stay");
    }

    #[test]
    fn without_a_budget_nothing_is_kept() {
        assert!(kept(0, |row| row as usize % RANKS).is_empty());
    }
}
