//! Sets and collections: values in the order of insertion.

use std::collections::{BTreeMap, BTreeSet};

use crate::scalar::{Scalar, Slot};

/// A set or a collection. Ordered trees keep every operation cheap whatever a room puts in.
#[derive(Debug, Default)]
pub(crate) struct Members {
    by_rank: BTreeMap<u64, Scalar>,
    by_value: BTreeSet<(Scalar, u64)>,
    next_rank: u64,
    /// Index of the next addition on the wire. Decoders of v3 and v4 count additions themselves, so it
    /// must never be less than the number of additions that any client has seen.
    pub next_index: u64,
    before: Option<MembersBefore>,
}

/// How a set or collection was at the boundary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MembersBefore {
    /// Members of lower rank were there.
    pub rank: u64,
    /// How many of them are not there now.
    pub missing: usize,
}

impl Members {
    pub(crate) fn len(&self) -> usize {
        self.by_rank.len()
    }

    /// In the order of insertion.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Scalar> {
        self.by_rank.values()
    }

    /// The same with each member's rank.
    pub(crate) fn ranked(&self) -> impl Iterator<Item = (u64, &Scalar)> {
        self.by_rank.iter().map(|(rank, value)| (*rank, value))
    }

    /// What was added at this rank or later, with its rank.
    pub(crate) fn since(&self, rank: u64) -> impl Iterator<Item = (u64, &Scalar)> {
        self.by_rank.range(rank..).map(|(rank, value)| (*rank, value))
    }

    /// The member of this rank.
    pub(crate) fn get(&self, rank: u64) -> Option<&Scalar> {
        self.by_rank.get(&rank)
    }

    /// The ranks of all occurrences.
    pub(crate) fn ranks(&self, value: &Scalar) -> impl Iterator<Item = u64> {
        let of = (value.clone(), 0)..=(value.clone(), u64::MAX);
        self.by_value.range(of).map(|(_, rank)| *rank)
    }

    pub(crate) fn before(&self) -> Option<MembersBefore> {
        self.before
    }

    /// Rank of the first occurrence.
    pub(crate) fn find(&self, value: &Scalar) -> Option<u64> {
        let (found, rank) = self.by_value.range((value.clone(), 0)..).next()?;
        (found == value).then_some(*rank)
    }

    /// Adds at the end and returns the rank.
    pub(crate) fn add(&mut self, value: Scalar, track: bool) -> u64 {
        if track {
            self.start();
        }
        let rank = self.next_rank;
        self.next_rank += 1;
        self.by_value.insert((value.clone(), rank));
        self.by_rank.insert(rank, value);
        rank
    }

    pub(crate) fn remove(&mut self, rank: u64, track: bool) -> Option<Scalar> {
        if track {
            self.start();
        }
        let value = self.by_rank.remove(&rank)?;
        self.by_value.remove(&(value.clone(), rank));
        if let Some(before) = &mut self.before
            && rank < before.rank
        {
            before.missing += 1;
        }
        Some(value)
    }

    /// Puts back what a refused change took out.
    pub(crate) fn restore(&mut self, rank: u64, value: Scalar) {
        self.by_value.insert((value.clone(), rank));
        self.by_rank.insert(rank, value);
        if let Some(before) = &mut self.before
            && rank < before.rank
        {
            before.missing = before.missing.saturating_sub(1);
        }
    }

    /// Takes the latest addition back.
    pub(crate) fn take_back(&mut self, rank: u64) {
        self.remove(rank, false);
        self.next_rank = rank;
    }

    /// Forgets how it was: it is so again, and was touched only by a refused batch.
    pub(crate) fn untouch(&mut self) {
        self.before = None;
    }

    /// Whether an instance may have been a member at the boundary, if it is now.
    pub(crate) fn held(&self, slot: Slot) -> bool {
        self.before.is_none_or(|before| {
            before.missing > 0 || self.ranks(&Scalar::Node(slot)).any(|rank| rank < before.rank)
        })
    }

    pub(crate) fn settle(&mut self) {
        self.before = None;
    }

    fn start(&mut self) {
        self.before.get_or_insert(MembersBefore {
            rank: self.next_rank,
            missing: 0,
        });
    }
}
