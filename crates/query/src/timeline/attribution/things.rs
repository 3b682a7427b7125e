//! The inventory as events are looked up in it: what belongs to clusters, by value, without the proofs.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::rules::{self, Place};
use super::{Event, each_word};
use crate::timeline::inventory::{Confidence, Inventory, Kind};

/// What belongs to clusters. Shared by the lookups of several.
pub struct Things {
    pub clusters: BTreeSet<String>,
    /// The clusters of which the issuer of tokens is known.
    issued: BTreeSet<String>,
    by_value: HashMap<String, Vec<Owned>>,
    /// What most words of a call are told by that nothing belongs to them, before they are looked up.
    sieve: Sieve,
}

/// That a value belongs to a cluster.
pub struct Owned {
    pub kind: Kind,
    /// Empty where the value means something everywhere.
    pub account: Arc<str>,
    pub confidence: Confidence,
    pub cluster: Arc<str>,
}

impl Things {
    pub fn of(inventory: &Inventory) -> Self {
        let mut names = Names::default();
        let mut by_value: HashMap<String, Vec<Owned>> = HashMap::new();
        let mut sieve = Sieve::default();
        for (kind, value, account, cluster, confidence) in inventory.owned() {
            sieve.add(value);
            let entry = Owned { kind, account: names.shared(account), confidence, cluster: names.shared(cluster) };
            match by_value.get_mut(value) {
                Some(entries) => entries.push(entry),
                None => drop(by_value.insert(value.to_owned(), vec![entry])),
            }
        }
        let issued = inventory.values(Kind::Issuer).map(|(_, owner)| owner.to_owned()).collect();
        Self { clusters: inventory.clusters.clone(), issued, by_value, sieve }
    }

    pub fn find(&self, value: &str) -> &[Owned] {
        if !self.sieve.may_have(value) {
            return &[];
        }
        self.by_value.get(value).map_or(&[], Vec::as_slice)
    }

    /// Whether the issuer of a cluster's tokens is known.
    pub fn has_issuer(&self, cluster: &str) -> bool {
        self.issued.contains(cluster)
    }

    /// Tells the clusters to which something belongs that a rule looks for in an event.
    pub(super) fn each_owner(&self, event: &Event<'_>, take: &mut dyn FnMut(&str)) {
        let rules = rules::of_service(event.service);
        let mut owners = |places: &dyn Fn(Place) -> bool, value: &str| {
            for entry in self.find(value) {
                let mut rules = rules.iter().map(|(_, rule)| rule);
                if rules.any(|rule| rule.kind == entry.kind && places(rule.place) && rule.is_for_action(event.action)) {
                    take(&entry.cluster);
                }
            }
        };
        let values = [event.key, event.minted, event.session, event.subject, event.account];
        for (place, value) in
            [Place::Key, Place::Minted, Place::Session, Place::Subject, Place::Home].into_iter().zip(values)
        {
            owners(&|of| of == place, value);
        }
        if event.is_eks_itself {
            owners(&|of| of == Place::Service, &format!("{}/{}", event.account, event.region));
        }
        if rules.iter().any(|(_, rule)| rule.place == Place::Names) {
            event.texts.iter().for_each(|text| each_word(text, |word| owners(&|of| of == Place::Names, word)));
        }
    }
}

/// Texts of which there are few, each once.
#[derive(Default)]
struct Names(BTreeSet<Arc<str>>);

impl Names {
    fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.0.insert(Arc::clone(&name));
        name
    }
}

/// Tells of most values that they are not in a set, from their length and their ends. May be wrong in saying yes only.
struct Sieve(Vec<u64>);

/// Bits of a sieve, as a power of two: many more than a lake has keys in use in a day.
const SIEVE_BITS: u32 = 21;

impl Default for Sieve {
    fn default() -> Self {
        Self(vec![0; 1 << (SIEVE_BITS - 6)])
    }
}

impl Sieve {
    fn add(&mut self, value: &str) {
        let bit = Self::bit(value);
        if let Some(word) = self.0.get_mut(bit >> 6) {
            *word |= 1 << (bit & 63);
        }
    }

    fn may_have(&self, value: &str) -> bool {
        let bit = Self::bit(value);
        self.0.get(bit >> 6).is_some_and(|word| word >> (bit & 63) & 1 == 1)
    }

    fn bit(value: &str) -> usize {
        let bytes = value.as_bytes();
        let number = |of: Option<&[u8; 8]>| of.map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let (first, last) = if bytes.len() >= 8 {
            (number(bytes.first_chunk()), number(bytes.last_chunk()))
        } else {
            let mut short = [0; 8];
            short.iter_mut().zip(bytes).for_each(|(to, byte)| *to = *byte);
            (u64::from_le_bytes(short), 0)
        };
        // Multiplied by odd numbers without a pattern, the upper bits depend on all of them.
        let mixed = (first.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ last.rotate_left(29)).wrapping_add(bytes.len() as u64);
        (mixed.wrapping_mul(0xd6e8_feb8_6659_fd93) >> (64 - SIEVE_BITS)) as usize
    }
}
