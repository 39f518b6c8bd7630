//! Strings, booleans and numbers as parts of the state.

use super::recorder::{Numbers, Recorder};
use super::schema::Schema;
use super::tracking::{Element, ElementType, Placement, Primitive, Value};
use crate::client::SessionId;

/// Marks what `#[state(number)]` and its like may stand on.
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds no numbers",
    note = "`#[state(number)]`, `#[state(uint16)]`, … choose how numbers are sent"
)]
pub trait Numeric {}

impl<T: Numeric> Numeric for Option<T> {}
/// Compiles for what holds numbers.
pub fn assert_numeric<T: Numeric>() {}

impl<T: Numeric + Element> Numeric for super::Map<T> {}
impl<T: Numeric + Element> Numeric for super::List<T> {}
impl<T: Numeric + Element + Eq + std::hash::Hash> Numeric for super::Set<T> {}
impl<T: Numeric + Element> Numeric for super::Bag<T> {}

macro_rules! primitive {
    ($type:ty, $primitive:ident, |$known:ident| $value:expr, |$now:ident, $before:ident| $same:expr) => {
        impl Element for $type {
            type Known = $type;

            fn element_type(_schema: &mut Schema) -> ElementType {
                ElementType::Primitive(Primitive::$primitive)
            }
            fn attach(&mut self, _recorder: &mut Recorder) -> Self::Known {
                self.clone()
            }
            fn value($known: &Self::Known) -> Value {
                $value
            }
            fn update(&mut self, $before: &mut Self::Known, _recorder: &mut Recorder) -> Placement {
                let $now = &*self;
                if $same {
                    return Placement::Kept;
                }
                $before.clone_from($now);
                Placement::Changed
            }
            fn detach(&mut self) {}
            fn numbers(&self, _known: &Self::Known, _numbers: &mut Numbers) {}
        }
    };
}

macro_rules! integers {
    ($($type:ty => $primitive:ident),*) => { $(
        primitive!($type, $primitive, |known| Value::Integer(i64::from(*known)), |now, before| now == before);
        impl Numeric for $type {}
    )* };
}

integers!(i8 => Int8, u8 => Uint8, i16 => Int16, u16 => Uint16, i32 => Int32, u32 => Uint32, i64 => Int64);
primitive!(u64, Uint64, |known| Value::Unsigned(*known), |now, before| now
    == before);
impl Numeric for u64 {}
// Bits, because not-a-number differs from itself and would be sent for ever.
primitive!(
    f32,
    Float32,
    |known| Value::Float(f64::from(*known)),
    |now, before| now.to_bits() == before.to_bits()
);
impl Numeric for f32 {}
primitive!(f64, Float64, |known| Value::Float(*known), |now, before| now
    .to_bits()
    == before.to_bits());
impl Numeric for f64 {}
primitive!(bool, Boolean, |known| Value::Boolean(*known), |now, before| now
    == before);
primitive!(
    String,
    String,
    |known| Value::Text(known.clone()),
    |now, before| now == before
);
primitive!(
    SessionId,
    String,
    |known| Value::Text(known.to_string()),
    |now, before| now == before
);
