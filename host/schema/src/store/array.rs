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
    pub(crate) fn insert(&mut self, index: usize, value: Scalar) {
        if index <= self.items.len() {
            self.items.insert(index, value);
        }
    }

    /// The element that was at `index`, if there was one.
    pub(crate) fn remove(&mut self, index: usize) -> Option<Scalar> {
        (index < self.items.len()).then(|| self.items.remove(index))
    }

    /// The element that was at `index`, if there was one, and whether it is remembered from now on.
    pub(crate) fn set(&mut self, index: usize, value: Scalar, track: bool) -> Option<(Scalar, bool)> {
        if track {
            self.start();
        }
        let item = self.items.get_mut(index)?;
        let old = std::mem::replace(item, value);
        let mut first = false;
        if track
            && let Some(ArrayBefore::Length { len, touched, .. }) = self.before.as_deref_mut()
            && index < *len
        {
            touched.entry(index).or_insert_with(|| {
                first = true;
                old.clone()
            });
        }
        Some((old, first))
    }

    pub(crate) fn clear(&mut self) -> Vec<Scalar> {
        std::mem::take(&mut self.items)
    }

    /// Puts back what a refused change took out.
    pub(crate) fn restore(&mut self, items: Vec<Scalar>) {
        self.items = items;
    }

    /// Puts back the element that is remembered of `index`, and remembers it no more.
    pub(crate) fn recall(&mut self, index: usize) {
        if let Some(ArrayBefore::Length { touched, .. }) = self.before.as_deref_mut()
            && let Some(old) = touched.remove(&index)
            && let Some(item) = self.items.get_mut(index)
        {
            *item = old;
        }
    }

    /// Remembers again what [`moving`](Self::moving) gave, now that positions are as they were.
    pub(crate) fn unmoved(&mut self, before: Box<ArrayBefore>) {
        self.before = Some(before);
    }

    /// Forgets how it was: it is so again, and was touched only by a refused batch.
    pub(crate) fn untouch(&mut self) {
        self.before = None;
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

    /// Positions from `index` on are about to move. Gives what was remembered, if it is the whole list from now on.
    pub(crate) fn moving(&mut self, index: usize) -> Option<Box<ArrayBefore>> {
        self.start();
        let Some(ArrayBefore::Length {
            len,
            doubles,
            touched,
        }) = self.before.as_deref()
        else {
            return None;
        };
        if index >= *len {
            return None;
        }
        let mut items: Vec<Scalar> = self.items.iter().take(*len).cloned().collect();
        for (at, old) in touched {
            if let Some(item) = items.get_mut(*at) {
                *item = old.clone();
            }
        }
        let doubles = *doubles;
        self.before
            .replace(Box::new(ArrayBefore::List { items, doubles }))
    }
}
