//! Values without identity.

/// What MessagePack can say: the form of [`replace`](crate::StateTree::replace)'s argument and of
/// [`dump`](crate::StateTree::dump)'s result.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// Nothing.
    Null,
    /// True or false.
    Boolean(bool),
    /// An integer that fits 64 signed bits.
    Integer(i64),
    /// An integer that fits 64 unsigned bits.
    Unsigned(u64),
    /// Any other number.
    Float(f64),
    /// UTF-8 text.
    Text(String),
    /// Raw bytes. No field of a state can hold them.
    Bytes(Vec<u8>),
    /// Values by position.
    List(Vec<Plain>),
    /// Values by key, in order.
    Map(Vec<(String, Plain)>),
}

impl Plain {
    /// What kind of value this is, in words for an error message.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) | Self::Unsigned(_) | Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}
