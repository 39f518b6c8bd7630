//! What the tree stores: one value in the form its declared type has.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::{Primitive, Value};

/// Position of an instance in the tree's own storage.
pub(crate) type Slot = u32;

/// Integers up to here, either side of zero, are exact in an f64.
const EXACT: i128 = 1 << 53;

/// A stored value. Equal means that no client could tell the two apart.
#[derive(Debug, Clone)]
pub(crate) enum Scalar {
    Unset,
    Boolean(bool),
    /// Signed types, and unsigned ones of up to 32 bits.
    Integer(i64),
    /// `uint64` and `biguint64`.
    Unsigned(u64),
    /// `number`, `float32` (already rounded) and `float64`; never −0, one NaN.
    Float(f64),
    Text(Arc<str>),
    Node(Slot),
}

/// Why a value cannot be stored.
pub(crate) enum Misfit {
    /// Null is for the caller to judge: it unsets a field and is no element.
    Null,
    Type(Arc<str>),
    Range(Arc<str>),
}

impl Scalar {
    /// Bytes of text in the value.
    pub(crate) fn text_bytes(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            _ => 0,
        }
    }

    pub(crate) fn node(&self) -> Option<Slot> {
        match self {
            Self::Node(slot) => Some(*slot),
            _ => None,
        }
    }

    pub(crate) fn is_set(&self) -> bool {
        !matches!(self, Self::Unset)
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Unset => 0,
            Self::Boolean(_) => 1,
            Self::Integer(_) => 2,
            Self::Unsigned(_) => 3,
            Self::Float(_) => 4,
            Self::Text(_) => 5,
            Self::Node(_) => 6,
        }
    }
}

impl Ord for Scalar {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::Unsigned(a), Self::Unsigned(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Node(a), Self::Node(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Scalar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Scalar {
    /// As [`Ord`] has it, but asked for each value of a patch.
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Unset, Self::Unset) => true,
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Unsigned(a), Self::Unsigned(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Node(a), Self::Node(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Scalar {}

/// Brings a value into the form of its declared type.
pub(crate) fn admit(value: Value, primitive: Primitive) -> Result<Scalar, Misfit> {
    match (primitive, value) {
        (_, Value::Null) => Err(Misfit::Null),
        (Primitive::String, Value::Text(text)) => Ok(Scalar::Text(text.into())),
        (Primitive::Boolean, Value::Boolean(boolean)) => Ok(Scalar::Boolean(boolean)),
        // For languages whose numbers end at 2^53.
        (
            Primitive::Int64 | Primitive::Uint64 | Primitive::Bigint64 | Primitive::Biguint64,
            Value::Text(digits),
        ) => match digits.parse() {
            Ok(integer) => whole(integer, primitive),
            Err(_) => Err(Misfit::Range(format!("{:?}", &*digits).into())),
        },
        (Primitive::String | Primitive::Boolean, other) => Err(Misfit::Type(describe(&other))),
        (Primitive::Number | Primitive::Float64, Value::Float(float)) => Ok(float64(float)),
        (Primitive::Float32, Value::Float(float)) => float32(float),
        (Primitive::Float32, Value::Integer(integer)) => float32(integer as f64),
        (Primitive::Float32, Value::Unsigned(integer)) => float32(integer as f64),
        (_, Value::Integer(integer)) => whole(i128::from(integer), primitive),
        (_, Value::Unsigned(integer)) => whole(i128::from(integer), primitive),
        // The cast saturates far outside of every integer type's range.
        (_, Value::Float(float)) if float.fract() == 0.0 => whole(float as i128, primitive),
        (_, Value::Float(float)) => Err(Misfit::Range(float.to_string().into())),
        (_, other) => Err(Misfit::Type(describe(&other))),
    }
}

/// What a field of type `number` or `float64` holds for it.
pub(crate) fn float64(float: f64) -> Scalar {
    // Adding zero turns −0 into 0 and leaves every other number alone.
    Scalar::Float(if float.is_nan() { f64::NAN } else { float + 0.0 })
}

fn float32(float: f64) -> Result<Scalar, Misfit> {
    let rounded = float as f32;
    if float.is_finite() && rounded.is_infinite() {
        return Err(Misfit::Range(float.to_string().into()));
    }
    Ok(float64(f64::from(rounded)))
}

fn whole(integer: i128, primitive: Primitive) -> Result<Scalar, Misfit> {
    let (low, high) = match primitive {
        Primitive::Int8 => (i128::from(i8::MIN), i128::from(i8::MAX)),
        Primitive::Uint8 => (0, i128::from(u8::MAX)),
        Primitive::Int16 => (i128::from(i16::MIN), i128::from(i16::MAX)),
        Primitive::Uint16 => (0, i128::from(u16::MAX)),
        Primitive::Int32 => (i128::from(i32::MIN), i128::from(i32::MAX)),
        Primitive::Uint32 => (0, i128::from(u32::MAX)),
        Primitive::Int64 | Primitive::Bigint64 => (i128::from(i64::MIN), i128::from(i64::MAX)),
        Primitive::Uint64 | Primitive::Biguint64 => (0, i128::from(u64::MAX)),
        Primitive::Number | Primitive::Float64 | Primitive::Float32 => (-EXACT, EXACT),
        Primitive::String | Primitive::Boolean => return Err(Misfit::Type("a number".into())),
    };
    if integer < low || high < integer {
        return Err(Misfit::Range(integer.to_string().into()));
    }
    Ok(match primitive {
        Primitive::Number | Primitive::Float64 | Primitive::Float32 => Scalar::Float(integer as f64),
        Primitive::Uint64 | Primitive::Biguint64 => Scalar::Unsigned(integer as u64),
        _ => Scalar::Integer(integer as i64),
    })
}

/// A value in words for an error message.
pub(crate) fn describe(value: &Value) -> Arc<str> {
    match value {
        Value::Null => "null".into(),
        Value::Boolean(_) => "a boolean".into(),
        Value::Integer(integer) => format!("the number {integer}").into(),
        Value::Unsigned(integer) => format!("the number {integer}").into(),
        Value::Float(float) => format!("the number {float}").into(),
        Value::Text(_) => "text".into(),
        Value::Node(node) => format!("node {}", node.0).into(),
    }
}
