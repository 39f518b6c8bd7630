//! Taking apart what clients say: options and payloads, none of them to be trusted.

use parlor_plugin::{Document, MessageType, Payload, Refusal};
use parlor_protocol::msgpack;
use serde_json::{Map, Value};

/// What was sent cannot be used.
const INVALID: u16 = 4217;

/// A client's options: a map.
pub(crate) struct Options(Map<String, Value>);

impl Options {
    /// The options of a client who joins, or who creates a room.
    pub fn read(options: &Document) -> Result<Self, Refusal> {
        match value(options)? {
            Value::Object(members) => Ok(Self(members)),
            _ => Err(invalid("the options must be a map")),
        }
    }

    /// A member; none if it is not there, or null.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A finite number; none if it is not there.
    pub fn number(&self, name: &str) -> Result<Option<f64>, Refusal> {
        self.get(name)
            .map(|value| {
                value
                    .as_f64()
                    .ok_or_else(|| invalid(format!("the option `{name}` must be a number")))
            })
            .transpose()
    }

    /// Text of at most `longest` bytes; none if it is not there.
    pub fn text(&self, name: &str, longest: usize) -> Result<Option<&str>, Refusal> {
        self.get(name)
            .map(|value| {
                value
                    .as_str()
                    .filter(|text| text.len() <= longest)
                    .ok_or_else(|| {
                        invalid(format!(
                            "the option `{name}` must be text of at most {longest} bytes"
                        ))
                    })
            })
            .transpose()
    }
}

/// A document as a tree.
pub(crate) fn value(document: &Document) -> Result<Value, Refusal> {
    let read = match document {
        Document::MessagePack(bytes) => msgpack::to_json_value(bytes).map_err(|error| error.to_string()),
        Document::Json(text) => serde_json::from_str(text).map_err(|error| error.to_string()),
    };
    read.map_err(|error| invalid(format!("this cannot be read: {error}")))
}

/// A message's payload as a tree; nothing is null.
pub(crate) fn payload(payload: &Payload) -> Result<Value, Refusal> {
    match payload {
        Payload::Empty => Ok(Value::Null),
        Payload::Value(document) => value(document),
        Payload::Values(_) | Payload::Raw(_) => Err(invalid("one value is expected here")),
    }
}

/// What a client is told that sent something unusable.
pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal {
        code: INVALID,
        message: message.into(),
    }
}

/// What a client is told whose message nobody knows here.
pub(crate) fn unknown(kind: &MessageType) -> Refusal {
    invalid(match kind {
        MessageType::Text(text) => format!("this room knows no message {text:?}"),
        MessageType::Number(number) => format!("this room knows no message {number}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(json: &str) -> Options {
        Options::read(&Document::MessagePack(msgpack::from_json(json).unwrap())).unwrap()
    }

    #[test]
    fn what_is_of_another_type_is_refused_by_name() {
        let options = options(r#"{"n":3,"t":"abc","nil":null,"list":[]}"#);
        assert_eq!(options.number("n"), Ok(Some(3.0)));
        assert_eq!(options.number("nil"), Ok(None));
        assert_eq!(options.number("gone"), Ok(None));
        assert_eq!(options.text("t", 3), Ok(Some("abc")));
        for refused in [
            options.number("t").map(drop),
            options.number("list").map(drop),
            options.text("n", 9).map(drop),
            options.text("t", 2).map(drop),
        ] {
            let refusal = refused.unwrap_err();
            assert_eq!(refusal.code, INVALID);
            assert!(refusal.message.contains("the option `"), "{refusal}");
        }
        let list = Document::MessagePack(vec![0x90]);
        assert_eq!(
            Options::read(&list).map(|_| ()),
            Err(invalid("the options must be a map"))
        );
    }
}
