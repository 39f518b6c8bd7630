//! Reads MessagePack into serde types, as forgiving as JavaScript clients need: a whole float
//! passes for an integer, a timestamp for its milliseconds. Errors name the place.

use super::document::DOCUMENT;
use super::error::ReadError;
use super::token::{Reader, Token};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};

type Result<T> = std::result::Result<T, ReadError>;

/// Reads one value.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut reader = Reader { rest: bytes };
    let value = T::deserialize(&mut reader)?;
    if reader.rest.is_empty() {
        Ok(value)
    } else {
        Err(ReadError::new("something follows the value"))
    }
}

impl<'de> Reader<'de> {
    fn visit<V: Visitor<'de>>(&mut self, token: Token<'de>, visitor: V) -> Result<V::Value> {
        match token {
            Token::Nil => visitor.visit_unit(),
            Token::Bool(value) => visitor.visit_bool(value),
            Token::Unsigned(value) => visitor.visit_u64(value),
            Token::Signed(value) => visitor.visit_i64(value),
            Token::Float(value) => visitor.visit_f64(value),
            Token::Extension(kind, body) => visitor.visit_f64(milliseconds(kind, body)?),
            Token::Text(text) => visitor.visit_borrowed_str(text),
            Token::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Token::Array(count) => {
                let mut elements = Elements {
                    reader: self,
                    left: count,
                    index: 0,
                };
                let value = visitor.visit_seq(&mut elements)?;
                nothing_left(elements.left, value)
            }
            Token::Map(count) => {
                let mut entries = Entries {
                    reader: self,
                    left: count,
                    key: Key::default(),
                };
                let value = visitor.visit_map(&mut entries)?;
                nothing_left(entries.left, value)
            }
        }
    }

    fn integer<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        let number = match self.token()? {
            Token::Float(number) => number,
            Token::Extension(kind, body) => milliseconds(kind, body)?,
            token => return self.visit(token, visitor),
        };
        let is_whole = number.fract() == 0.0 && number.abs() < TWO_POW_63;
        if is_whole {
            visitor.visit_i64(number as i64)
        } else {
            visitor.visit_f64(number)
        }
    }
}

/// A timestamp, as JavaScript's dates have it: milliseconds since 1970.
fn milliseconds(kind: i8, body: &[u8]) -> Result<f64> {
    let (seconds, nanoseconds) = match (kind, body) {
        (-1, &[a, b, c, d]) => (i64::from(u32::from_be_bytes([a, b, c, d])), 0),
        (-1, &[a, b, c, d, e, f, g, h]) => {
            let both = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
            ((both & 0x3_ffff_ffff).cast_signed(), both >> 34)
        }
        (-1, &[n1, n2, n3, n4, a, b, c, d, e, f, g, h]) => {
            let nanoseconds = u32::from_be_bytes([n1, n2, n3, n4]);
            (
                i64::from_be_bytes([a, b, c, d, e, f, g, h]),
                u64::from(nanoseconds),
            )
        }
        _ => return Err(ReadError::new(format!("an extension of type {kind}"))),
    };
    Ok(seconds as f64 * 1_000.0 + (nanoseconds / 1_000_000) as f64)
}

const TWO_POW_63: f64 = 9_223_372_036_854_775_808.0;

fn nothing_left<T>(left: usize, value: T) -> Result<T> {
    if left == 0 {
        Ok(value)
    } else {
        Err(ReadError::new(format!("{left} more values than expected")))
    }
}

macro_rules! integers {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            self.integer(visitor)
        }
    )* };
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let token = self.token()?;
        self.visit(token, visitor)
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.peek_is_nil() {
            self.skip()?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    /// Who asks for nothing takes whatever came.
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.skip()?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if name == DOCUMENT {
            return visitor.visit_borrowed_bytes(self.whole()?);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.token()? {
            Token::Bytes(bytes) => {
                let numbers = serde::de::value::SeqDeserializer::new(bytes.iter().copied());
                visitor.visit_seq(numbers)
            }
            token => self.visit(token, visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.token()? {
            Token::Text(variant) => visitor.visit_enum(Variant {
                reader: None,
                variant,
            }),
            Token::Map(1) => match self.token()? {
                Token::Text(variant) => visitor.visit_enum(Variant {
                    reader: Some(self),
                    variant,
                }),
                _ => Err(ReadError::new(format!(
                    "expected the name of a variant of {name}"
                ))),
            },
            _ => Err(ReadError::new(format!(
                "expected a variant of {name}, or a map with one as its only key"
            ))),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.skip()?;
        visitor.visit_unit()
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    serde::forward_to_deserialize_any! {
        bool f32 f64 char str string bytes byte_buf tuple tuple_struct map struct identifier i128 u128
    }
}

struct Elements<'a, 'de> {
    reader: &'a mut Reader<'de>,
    left: usize,
    index: usize,
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let index = self.index;
        self.index += 1;
        seed.deserialize(&mut *self.reader)
            .map(Some)
            .map_err(|error| error.inside(&index.to_string()))
    }

    /// Every element takes at least one byte, whatever a forged head says.
    fn size_hint(&self) -> Option<usize> {
        Some(self.left.min(self.reader.rest.len()))
    }
}

struct Entries<'a, 'de> {
    reader: &'a mut Reader<'de>,
    left: usize,
    /// The key whose value comes next.
    key: Key<'de>,
}

#[derive(Default)]
struct Key<'de>(&'de [u8]);

impl Key<'_> {
    fn name(&self) -> String {
        match (Reader { rest: self.0 }).token() {
            Ok(Token::Text(text)) => text.to_owned(),
            Ok(Token::Unsigned(number)) => number.to_string(),
            Ok(Token::Signed(number)) => number.to_string(),
            _ => "?".to_owned(),
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let before = self.reader.rest;
        let key = seed.deserialize(&mut *self.reader)?;
        let length = before.len() - self.reader.rest.len();
        self.key = Key(before.get(..length).unwrap_or_default());
        Ok(Some(key))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        seed.deserialize(&mut *self.reader)
            .map_err(|error| error.inside(&self.key.name()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.min(self.reader.rest.len()))
    }
}

/// A variant by its name, with what it holds if it came as a map.
struct Variant<'a, 'de> {
    reader: Option<&'a mut Reader<'de>>,
    variant: &'de str,
}

impl<'a, 'de> EnumAccess<'de> for Variant<'a, 'de> {
    type Error = ReadError;
    type Variant = Content<'a, 'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant)> {
        let deserializer = IntoDeserializer::<ReadError>::into_deserializer(self.variant);
        Ok((
            seed.deserialize(deserializer)?,
            Content {
                reader: self.reader,
                variant: self.variant,
            },
        ))
    }
}

struct Content<'a, 'de> {
    reader: Option<&'a mut Reader<'de>>,
    variant: &'de str,
}

impl<'a, 'de> Content<'a, 'de> {
    fn reader(self) -> Result<&'a mut Reader<'de>> {
        let variant = self.variant;
        self.reader.ok_or_else(|| {
            ReadError::invalid_type(Unexpected::UnitVariant, &"a variant that holds something")
                .inside(variant)
        })
    }
}

impl<'de> VariantAccess<'de> for Content<'_, 'de> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<()> {
        self.reader.map_or(Ok(()), Reader::skip)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        let variant = self.variant;
        seed.deserialize(self.reader()?)
            .map_err(|error| error.inside(variant))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value> {
        let variant = self.variant;
        self.reader()?
            .deserialize_seq(visitor)
            .map_err(|error| error.inside(variant))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let variant = self.variant;
        self.reader()?
            .deserialize_any(visitor)
            .map_err(|error| error.inside(variant))
    }
}
