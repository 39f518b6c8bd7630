//! Which struct can be found below which: worked out once for a schema, so that trees of acyclic schemas
//! never look for circles.

use crate::StructIndex;
use crate::schema::Shape;

const BITS: usize = u64::BITS as usize;

/// The transitive "can contain" relation between structs, one row of bits each.
pub(crate) struct Reach {
    rows: Vec<Vec<u64>>,
    /// The same turned over: for each struct, itself and all that can contain it.
    above: Vec<Vec<u64>>,
    /// For each struct, itself and all that extend it.
    families: Vec<Vec<u64>>,
}

impl Reach {
    pub(crate) fn new(shapes: &[Shape]) -> Self {
        let words = shapes.len().div_ceil(BITS);
        let families: Vec<Vec<u64>> = shapes
            .iter()
            .map(|shape| {
                let mut row = vec![0; words];
                for (index, other) in shapes.iter().enumerate() {
                    if shape.family_holds(other) {
                        set(&mut row, index);
                    }
                }
                row
            })
            .collect();
        let mut rows: Vec<Vec<u64>> = shapes
            .iter()
            .map(|shape| {
                let mut row = vec![0; words];
                for target in shape.fields.iter().filter_map(|field| field.kind.target()) {
                    if let Some(family) = families.get(usize::from(target.0)) {
                        join(&mut row, family);
                    }
                }
                row
            })
            .collect();
        for through in 0..rows.len() {
            let Some(row) = rows.get(through).cloned() else {
                continue;
            };
            for other in &mut rows {
                if has(other, through) {
                    join(other, &row);
                }
            }
        }
        let mut above = vec![vec![0; words]; rows.len()];
        for (index, column) in above.iter_mut().enumerate() {
            set(column, index);
            for (other, row) in rows.iter().enumerate() {
                if has(row, index) {
                    set(column, other);
                }
            }
        }
        Self {
            rows,
            above,
            families,
        }
    }

    /// Whether an instance of `from` can lie below, or be, what a field of type `target` holds.
    pub(crate) fn leads_back(&self, from: usize, target: StructIndex) -> bool {
        let family = self.families.get(usize::from(target.0));
        family
            .zip(self.above.get(from))
            .is_some_and(|(a, b)| a.iter().zip(b).any(|(a, b)| a & b != 0))
    }

    /// Whether one of the marked structs can be met at or below an instance of `from`.
    pub(crate) fn meets(&self, from: usize, marked: &[bool]) -> bool {
        let Some(row) = self.rows.get(from) else {
            return false;
        };
        marked
            .iter()
            .enumerate()
            .any(|(index, &marked)| marked && (index == from || has(row, index)))
    }
}

fn set(row: &mut [u64], bit: usize) {
    if let Some(word) = row.get_mut(bit / BITS) {
        *word |= 1 << (bit % BITS);
    }
}

fn has(row: &[u64], bit: usize) -> bool {
    row.get(bit / BITS)
        .is_some_and(|word| word >> (bit % BITS) & 1 == 1)
}

fn join(row: &mut [u64], other: &[u64]) {
    for (word, more) in row.iter_mut().zip(other) {
        *word |= more;
    }
}
