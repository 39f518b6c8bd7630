//! Which elements of a collection were handed out for writing since the last report.

#[derive(Debug, Default)]
pub(super) struct Touched {
    all: bool,
    indexes: Vec<usize>,
}

impl Touched {
    /// `length` bounds the list: beyond it looking at everything is cheaper.
    pub(super) fn mark(&mut self, index: usize, length: usize) {
        if self.all || self.indexes.last() == Some(&index) {
            return;
        }
        if self.indexes.len() >= length.max(8) {
            self.mark_all();
        } else {
            self.indexes.push(index);
        }
    }

    pub(super) fn mark_all(&mut self) {
        self.all = true;
        self.indexes.clear();
    }

    /// Positions changed: what was noted by position is no longer where it was.
    pub(super) fn shift(&mut self) {
        if !self.indexes.is_empty() {
            self.mark_all();
        }
    }

    pub(super) fn clear(&mut self) {
        self.all = false;
        self.indexes.clear();
    }

    /// Calls `look` for each position noted, and forgets them.
    pub(super) fn drain(&mut self, length: usize, mut look: impl FnMut(usize)) {
        if self.all {
            (0..length).for_each(look);
        } else {
            self.indexes
                .iter()
                .copied()
                .filter(|index| *index < length)
                .for_each(&mut look);
        }
        self.clear();
    }
}
