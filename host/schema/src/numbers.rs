//! Which instance a room means by a number, and which numbers are used up.

use std::collections::HashMap;

use crate::scalar::Slot;

/// Numbers on one page.
const PAGE: usize = 64;
/// Pages that may be sparsely used before numbers off the beaten track are kept apart.
const FREE_PAGES: usize = 64;
/// Numbers kept apart at most, live and gone together.
const MAX_STREWN: usize = 1 << 20;

const UNTOUCHED: u32 = u32::MAX;
const SPENT: u32 = u32::MAX - 1;
const GONE: Slot = Slot::MAX;

/// What became of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    Unused,
    Live(Slot),
    Gone,
}

/// The number can be remembered only at too high a cost.
pub(crate) struct Strewn(pub usize);

/// Maps numbers to slots and never forgets that one was used.
///
/// Rooms count up, so a page of numbers fills, then dies, and costs four bytes from then on. Numbers far
/// from all others go into a hash map that has a bound.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbers {
    /// For each page: its place in `pages`, `UNTOUCHED`, or `SPENT` when all its numbers are gone.
    directory: Vec<u32>,
    pages: Vec<Page>,
    free: Vec<u32>,
    /// Numbers used on the pages in use.
    used: usize,
    strewn: HashMap<u32, Slot>,
}

#[derive(Debug, Clone)]
struct Page {
    used: u64,
    live: u32,
    slots: [Slot; PAGE],
}

impl Page {
    const EMPTY: Self = Self {
        used: 0,
        live: 0,
        slots: [GONE; PAGE],
    };
}

impl Numbers {
    pub(crate) fn get(&self, number: u32) -> Number {
        let (page, offset) = split(number);
        match self.directory.get(page).copied().unwrap_or(UNTOUCHED) {
            SPENT => Number::Gone,
            UNTOUCHED => match self.strewn.get(&number).copied() {
                None => Number::Unused,
                Some(slot) => state(slot),
            },
            place => match self.pages.get(place as usize) {
                Some(page) if page.used >> offset & 1 == 1 => {
                    page.slots.get(offset).map_or(Number::Gone, |&slot| state(slot))
                }
                // A page may have been opened after one of its numbers was put apart.
                _ => self
                    .strewn
                    .get(&number)
                    .map_or(Number::Unused, |&slot| state(slot)),
            },
        }
    }

    /// Notes an unused number as `slot`'s.
    pub(crate) fn insert(&mut self, number: u32, slot: Slot) -> Result<(), Strewn> {
        let (page, offset) = split(number);
        let Some(page) = self.page(page) else {
            if self.strewn.len() >= MAX_STREWN {
                return Err(Strewn(self.strewn.len()));
            }
            self.strewn.insert(number, slot);
            return Ok(());
        };
        page.used |= 1 << offset;
        page.live += 1;
        if let Some(entry) = page.slots.get_mut(offset) {
            *entry = slot;
        }
        self.used += 1;
        Ok(())
    }

    /// Notes that a live number's instance is gone.
    pub(crate) fn retire(&mut self, number: u32) {
        if let Some(slot) = self.strewn.get_mut(&number) {
            *slot = GONE;
            return;
        }
        let (index, offset) = split(number);
        let Some(place) = self.directory.get_mut(index) else {
            return;
        };
        let Some(page) = self.pages.get_mut(*place as usize) else {
            return;
        };
        if let Some(entry) = page.slots.get_mut(offset) {
            *entry = GONE;
        }
        page.live = page.live.saturating_sub(1);
        if page.live == 0 && page.used == u64::MAX {
            self.free.push(*place);
            self.used = self.used.saturating_sub(PAGE);
            *place = SPENT;
        }
    }

    /// Notes that a live number's instance is in another place.
    pub(crate) fn relocate(&mut self, number: u32, slot: Slot) {
        if let Some(entry) = self.strewn.get_mut(&number) {
            *entry = slot;
            return;
        }
        let (index, offset) = split(number);
        let place = self.directory.get(index).copied().unwrap_or(UNTOUCHED);
        if let Some(page) = self.pages.get_mut(place as usize)
            && let Some(entry) = page.slots.get_mut(offset)
        {
            *entry = slot;
        }
    }

    /// Makes a live number unused again: the batch that used it is refused.
    pub(crate) fn forget(&mut self, number: u32) {
        if self.strewn.remove(&number).is_some() {
            return;
        }
        let (index, offset) = split(number);
        let Some(place) = self.directory.get_mut(index) else {
            return;
        };
        let Some(page) = self.pages.get_mut(*place as usize) else {
            return;
        };
        page.used &= !(1 << offset);
        page.live = page.live.saturating_sub(1);
        self.used = self.used.saturating_sub(1);
        if page.used == 0 {
            self.free.push(std::mem::replace(place, UNTOUCHED));
            // Or else pages further off could be opened than before the batch.
            while self.directory.pop_if(|last| *last == UNTOUCHED).is_some() {}
        }
    }

    /// The page that a new number goes to; none if that would spend too much on sparse pages.
    fn page(&mut self, index: usize) -> Option<&mut Page> {
        let place = self.directory.get(index).copied().unwrap_or(UNTOUCHED);
        let place = if place == UNTOUCHED {
            let open = self.pages.len() - self.free.len();
            let sparse = open >= FREE_PAGES && self.used < open * (PAGE / 4);
            if sparse || index > 2 * self.directory.len() + FREE_PAGES {
                return None;
            }
            if self.directory.len() <= index {
                self.directory.resize(index + 1, UNTOUCHED);
            }
            let place = self.free.pop().unwrap_or(self.pages.len() as u32);
            match self.pages.get_mut(place as usize) {
                Some(page) => *page = Page::EMPTY,
                None => self.pages.push(Page::EMPTY),
            }
            if let Some(entry) = self.directory.get_mut(index) {
                *entry = place;
            }
            place
        } else {
            place
        };
        self.pages.get_mut(place as usize)
    }
}

fn split(number: u32) -> (usize, usize) {
    (number as usize / PAGE, number as usize % PAGE)
}

fn state(slot: Slot) -> Number {
    if slot == GONE {
        Number::Gone
    } else {
        Number::Live(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_every_number() {
        for stride in [1, 3, 64, 1000, 65_537, 2_000_003] {
            let mut numbers = Numbers::default();
            let all: Vec<u32> = (0..2000).map(|i| i * stride).collect();
            for &number in &all {
                assert_eq!(numbers.get(number), Number::Unused);
                assert!(numbers.insert(number, number / 2).is_ok());
                assert_eq!(numbers.get(number), Number::Live(number / 2));
            }
            for &number in all.iter().filter(|number| *number % 3 != 0) {
                numbers.retire(number);
            }
            for &number in &all {
                let expected = if number % 3 == 0 {
                    Number::Live(number / 2)
                } else {
                    Number::Gone
                };
                assert_eq!(numbers.get(number), expected, "{number} at stride {stride}");
            }
        }
    }

    #[test]
    fn counting_up_costs_little_for_ever() {
        let mut numbers = Numbers::default();
        for number in 0..1_000_000 {
            assert!(numbers.insert(number, number % 7).is_ok());
            numbers.retire(number);
        }
        assert!(numbers.pages.len() <= 2);
        assert!(numbers.strewn.is_empty());
        assert_eq!(numbers.get(999_999), Number::Gone);
        assert_eq!(numbers.get(1_000_000), Number::Unused);
    }

    #[test]
    fn strewn_numbers_are_bounded() {
        let mut numbers = Numbers::default();
        let refused = (0..u32::MAX)
            .step_by(2048)
            .find(|&number| numbers.insert(number, 1).is_err());
        assert!(refused.is_some());
        assert!(numbers.pages.len() <= FREE_PAGES + 1);
    }

    #[test]
    fn a_forgotten_number_is_unused() {
        let mut numbers = Numbers::default();
        for number in [5, 70, 3_000_000_000] {
            assert!(numbers.insert(number, 9).is_ok());
            numbers.forget(number);
            assert_eq!(numbers.get(number), Number::Unused);
        }
    }

    #[test]
    fn forgotten_numbers_take_no_room() {
        let mut numbers = Numbers::default();
        for number in 0..3 {
            assert!(numbers.insert(number, 9).is_ok());
        }
        // One on each page: what is left of them would be too sparse.
        for _ in 0..10 {
            let far: Vec<u32> = (1..60).map(|page| page * PAGE as u32).collect();
            for &number in &far {
                assert!(numbers.insert(number, 9).is_ok());
            }
            far.iter().rev().for_each(|&number| numbers.forget(number));
        }
        assert_eq!((numbers.directory.len(), numbers.used), (1, 3));
        assert_eq!(numbers.pages.len() - numbers.free.len(), 1);
        assert!(numbers.strewn.is_empty());
    }
}
