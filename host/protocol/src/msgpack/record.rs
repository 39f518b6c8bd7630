//! msgpackr's records (§4.7): an object's keys are sent once and named by one byte afterwards.

use super::MsgpackError;
use super::head::{Cursor, Head};

/// First byte that can name a record.
const FIRST_ID: u8 = 0x40;
/// How many there can be: 0x40 to 0x7f.
const IDS: usize = 64;

/// Where in the input a record's keys are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Record {
    /// Number of keys.
    pub(super) keys: usize,
    /// Where the first key begins.
    pub(super) at: usize,
}

/// The records defined so far in one message. Most messages have none or one: only a second one allocates.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// One bit for each id that is defined.
    defined: u64,
    first_index: u8,
    first: Record,
    others: Option<Box<[Record; IDS]>>,
}

impl Records {
    /// The record that this byte names, if it was defined. Otherwise the byte is the number 64–127.
    pub(super) fn named_by(&self, byte: u8) -> Option<Record> {
        if self.defined == 0 {
            return None;
        }
        let index = index(byte)?;
        if self.defined & 1 << index == 0 {
            None
        } else if index == self.first_index {
            Some(self.first)
        } else {
            self.others.as_ref()?.get(usize::from(index)).copied()
        }
    }

    /// Reads the keys at the cursor and defines, or redefines, the record of this id. `at` is where the definition
    /// begins.
    pub(super) fn define(
        &mut self,
        id: u8,
        cursor: &mut Cursor<'_>,
        at: usize,
    ) -> Result<Record, MsgpackError> {
        let bad = || MsgpackError::BadRecord { at };
        let Head::List(keys) = cursor.head()? else {
            return Err(bad());
        };
        let record = Record {
            keys,
            at: cursor.at(),
        };
        for _ in 0..keys {
            let Some(length) = cursor.text_head()? else {
                return Err(bad());
            };
            cursor.take(length)?;
        }
        let index = index(id).ok_or_else(bad)?;
        if self.defined == 0 || index == self.first_index {
            self.first_index = index;
            self.first = record;
        } else {
            let others = self
                .others
                .get_or_insert_with(|| Box::new([Record::default(); IDS]));
            *others.get_mut(usize::from(index)).ok_or_else(bad)? = record;
        }
        self.defined |= 1 << index;
        Ok(record)
    }
}

/// 0–63 for the bytes 0x40–0x7f.
fn index(byte: u8) -> Option<u8> {
    byte.checked_sub(FIRST_ID)
        .filter(|index| usize::from(*index) < IDS)
}
