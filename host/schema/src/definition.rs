//! What a room declares about its state: the plain data of `schema.wit`.

/// A scalar type (protocol §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Primitive {
    /// UTF-8 text.
    String,
    /// True or false, one byte on the wire.
    Boolean,
    /// Any number: integers to ±2^53 and every f64, in as few bytes as are exact (§9.1).
    Number,
    /// 8 bits, signed.
    Int8,
    /// 8 bits, unsigned.
    Uint8,
    /// 16 bits, signed.
    Int16,
    /// 16 bits, unsigned.
    Uint16,
    /// 32 bits, signed.
    Int32,
    /// 32 bits, unsigned.
    Uint32,
    /// 64 bits, signed; JavaScript reads it as a number, exact to ±2^53.
    Int64,
    /// 64 bits, unsigned; JavaScript reads it as a number, exact to 2^53.
    Uint64,
    /// IEEE 754, 32 bits. Values are rounded to it when they are set.
    Float32,
    /// IEEE 754, 64 bits.
    Float64,
    /// 64 bits, signed; JavaScript reads it as a `bigint`.
    Bigint64,
    /// 64 bits, unsigned; JavaScript reads it as a `bigint`.
    Biguint64,
}

impl Primitive {
    /// Name in the handshake and in error messages (§11.2); all lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Int8 => "int8",
            Self::Uint8 => "uint8",
            Self::Int16 => "int16",
            Self::Uint16 => "uint16",
            Self::Int32 => "int32",
            Self::Uint32 => "uint32",
            Self::Int64 => "int64",
            Self::Uint64 => "uint64",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Bigint64 => "bigint64",
            Self::Biguint64 => "biguint64",
        }
    }
}

/// Position of a struct in the list given to [`Schema::new`](crate::Schema::new). It is also the
/// struct's type id on the wire (§11.2 allows any numbering).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StructIndex(pub u16);

/// What a tagged field and the showing of it have in common (§10.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewTag(pub i32);

impl Default for ViewTag {
    /// The tag of fields whose author did not choose one.
    fn default() -> Self {
        Self(-1)
    }
}

/// What a collection holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Element {
    /// Scalars of one type.
    Primitive(Primitive),
    /// Instances of this struct and of any struct that extends it.
    Struct(StructIndex),
}

/// Type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// One scalar, or unset.
    Primitive(Primitive),
    /// One instance of the struct or of one that extends it, or unset.
    Struct(StructIndex),
    /// Text keys, in the order of insertion.
    Map(Element),
    /// Values by position.
    Array(Element),
    /// No value twice, in the order of insertion.
    Set(Element),
    /// A bag: values in the order of insertion, twice if added twice.
    Collection(Element),
}

impl FieldType {
    /// The collection's name in the handshake and its element; `None` for a single value.
    pub(crate) fn container(self) -> Option<(&'static str, Element)> {
        match self {
            Self::Primitive(_) | Self::Struct(_) => None,
            Self::Map(element) => Some(("map", element)),
            Self::Array(element) => Some(("array", element)),
            Self::Set(element) => Some(("set", element)),
            Self::Collection(element) => Some(("collection", element)),
        }
    }

    /// What the field holds or its collection's elements are.
    pub(crate) fn element(self) -> Element {
        match self {
            Self::Primitive(primitive) => Element::Primitive(primitive),
            Self::Struct(declared) => Element::Struct(declared),
            Self::Map(element) | Self::Array(element) | Self::Set(element) | Self::Collection(element) => {
                element
            }
        }
    }

    /// The struct type that the field holds or whose instances its collection holds.
    pub(crate) fn target(self) -> Option<StructIndex> {
        match self {
            Self::Struct(target) => Some(target),
            Self::Primitive(_) => None,
            Self::Map(element) | Self::Array(element) | Self::Set(element) | Self::Collection(element) => {
                match element {
                    Element::Struct(target) => Some(target),
                    Element::Primitive(_) => None,
                }
            }
        }
    }
}

/// One field of a struct, as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Not empty, unique among the struct's own and inherited fields.
    pub name: String,
    /// What it holds.
    pub kind: FieldType,
    /// Present: only clients to whom it is shown see the field.
    pub view: Option<ViewTag>,
}

/// One struct type, as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructDefinition {
    /// For error messages, `"$struct"` members and the state inspector; clients never see it.
    pub name: String,
    /// Its fields come before this struct's own. Must not be circular.
    pub extends: Option<StructIndex>,
    /// Its own fields; at most 63 together with the inherited ones.
    pub fields: Vec<Field>,
}
