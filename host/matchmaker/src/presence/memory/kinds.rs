//! The kinds of values.

use std::collections::{HashMap, HashSet, VecDeque};

/// Members of a set. Guests choose the text, so the hasher must be one that they cannot steer.
pub(super) type Members = HashSet<String>;
/// Fields of a hash.
pub(super) type Fields = HashMap<String, String>;
/// Elements of a list.
pub(super) type Elements = VecDeque<String>;

/// What is under a key.
#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    Set(Members),
    Hash(Fields),
    List(Elements),
}

/// One kind of value.
pub(super) trait Kind: Default {
    fn of(value: &Value) -> Option<&Self>;
    fn of_mut(value: &mut Value) -> Option<&mut Self>;
    fn wrap(self) -> Value;
}

macro_rules! kinds {
    ($($variant:ident($kind:ty);)*) => {$(
        impl Kind for $kind {
            fn of(value: &Value) -> Option<&Self> {
                match value {
                    Value::$variant(this) => Some(this),
                    _ => None,
                }
            }

            fn of_mut(value: &mut Value) -> Option<&mut Self> {
                match value {
                    Value::$variant(this) => Some(this),
                    _ => None,
                }
            }

            fn wrap(self) -> Value {
                Value::$variant(self)
            }
        }
    )*};
}

kinds! {
    Text(String);
    Set(Members);
    Hash(Fields);
    List(Elements);
}
