//! msgpackr's records (§4.7): an object's keys are sent once and named by one byte afterwards.

use super::MsgpackError;
use super::head::{Cursor, Head};

/// First byte that can name a record.
const FIRST_ID: u8 = 0x40;
/// How many there can be: 0x40 to 0x7f.
const IDS: usize = 64;

/// Where in the input a record's keys are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    /// Number of keys.
    pub(super) keys: usize,
    /// Where the first key begins.
    pub(super) at: usize,
}

/// The records defined so far in one message. Nothing is allocated until there is one.
#[derive(Debug, Default)]
pub(super) struct Records(Option<Box<[Option<Record>; IDS]>>);

impl Records {
    /// The record that this byte names, if it was defined. Otherwise the byte is the number 64–127.
    pub(super) fn named_by(&self, byte: u8) -> Option<Record> {
        let index = usize::from(byte.checked_sub(FIRST_ID)?);
        self.0.as_ref()?.get(index).copied().flatten()
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
            let Head::Text(length) = cursor.head()? else {
                return Err(bad());
            };
            cursor.take(length)?;
        }
        let index = id.checked_sub(FIRST_ID).ok_or_else(bad)?;
        let slots = self.0.get_or_insert_with(|| Box::new([None; IDS]));
        *slots.get_mut(usize::from(index)).ok_or_else(bad)? = Some(record);
        Ok(record)
    }
}
