//! Values by position.

use std::collections::BTreeMap;

use crate::scalar::{Scalar, Slot};

#[derive(Debug, Default)]
pub(crate) struct Array {
    items: Vec<Scalar>,
    /// The most elements at any boundary before the last.
    longest: usize,
    /// How many elements are a second or further place of their instance.
    pub doubles: u32,
    before: Option<Box<ArrayBefore>>,
}

/// How an array was at the boundary.
#[derive(Debug)]
pub(crate) enum ArrayBefore {
    /// The first `len` positions are where they were; those listed held something else.
    Length {
        len: usize,
        doubles: u32,
        touched: BTreeMap<usize, Scalar>,
    },
    /// Positions moved: the whole list.
    List { items: Vec<Scalar>, doubles: u32 },
}

impl Array {
    pub(crate) fn items(&self) -> &[Scalar] {
        &self.items
    }

    /// No client has more positions than this filled. To be asked at a boundary.
    pub(crate) fn longest(&self) -> usize {
        self.longest.max(self.items.len())
    }

    pub(crate) fn before(&self) -> Option<&ArrayBefore> {
        self.before.as_deref()
    }

    /// `index` is at most the length.
    pub(crate) fn insert(&mut self, index: usize, value: Scalar, track: bool) {
        if track {
            self.moving(index);
        }
        if index <= self.items.len() {
            self.items.insert(index, value);
        }
    }

    /// The element that was at `index`, if there was one.
    pub(crate) fn remove(&mut self, index: usize, track: bool) -> Option<Scalar> {
        if index >= self.items.len() {
            return None;
        }
        if track {
            self.moving(index);
        }
        Some(self.items.remove(index))
    }

    /// The element that was at `index`, if there was one.
    pub(crate) fn set(&mut self, index: usize, value: Scalar, track: bool) -> Option<Scalar> {
        if track {
            self.start();
        }
        let item = self.items.get_mut(index)?;
        let old = std::mem::replace(item, value);
        if track
            && let Some(ArrayBefore::Length { len, touched, .. }) = self.before.as_deref_mut()
            && index < *len
        {
            touched.entry(index).or_insert_with(|| old.clone());
        }
        Some(old)
    }

    pub(crate) fn clear(&mut self, track: bool) -> Vec<Scalar> {
        if track {
            self.moving(0);
        }
        std::mem::take(&mut self.items)
    }

    /// Puts back what a refused change took out.
    pub(crate) fn restore(&mut self, items: Vec<Scalar>) {
        self.items = items;
    }

    /// Whether an instance was in the array at the boundary, if it is now.
    pub(crate) fn held(&self, slot: Slot) -> bool {
        let is = |item: &Scalar| item.node() == Some(slot);
        match self.before.as_deref() {
            None => true,
            Some(ArrayBefore::List { items, .. }) => items.iter().any(is),
            Some(ArrayBefore::Length { len, touched, .. }) => {
                let untouched = self.items.iter().take(*len).enumerate();
                touched.values().any(is)
                    || untouched
                        .into_iter()
                        .any(|(index, item)| is(item) && !touched.contains_key(&index))
            }
        }
    }

    pub(crate) fn settle(&mut self) {
        let before = match self.before.take().as_deref() {
            None => 0,
            Some(ArrayBefore::Length { len, .. }) => *len,
            Some(ArrayBefore::List { items, .. }) => items.len(),
        };
        self.longest = self.longest.max(before).max(self.items.len());
    }

    fn start(&mut self) -> &mut ArrayBefore {
        let (len, doubles) = (self.items.len(), self.doubles);
        self.before.get_or_insert_with(|| {
            Box::new(ArrayBefore::Length {
                len,
                doubles,
                touched: BTreeMap::new(),
            })
        })
    }

    /// Positions from `index` on are about to move.
    fn moving(&mut self, index: usize) {
        self.start();
        let Some(before) = self.before.as_deref_mut() else {
            return;
        };
        let ArrayBefore::Length {
            len,
            doubles,
            touched,
        } = before
        else {
            return;
        };
        if index >= *len {
            return;
        }
        let mut items: Vec<Scalar> = self.items.iter().take(*len).cloned().collect();
        for (at, old) in std::mem::take(touched) {
            if let Some(item) = items.get_mut(at) {
                *item = old;
            }
        }
        *before = ArrayBefore::List {
            items,
            doubles: *doubles,
        };
    }
}
