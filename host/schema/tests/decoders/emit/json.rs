//! Plain values as the JSON that decoded states are compared with.

use parlor_schema::Plain;
use serde_json::{Map, Value, json};

/// Integers beyond this are written as text: a `bigint` would be.
const SAFE: i128 = (1 << 53) - 1;

/// The JSON form. Structs are not named: clients do not know their names.
pub fn from_plain(plain: &Plain) -> Value {
    match plain {
        Plain::Null => Value::Null,
        Plain::Boolean(boolean) => json!(boolean),
        Plain::Integer(integer) => whole(i128::from(*integer)),
        Plain::Unsigned(integer) => whole(i128::from(*integer)),
        Plain::Float(float) if !float.is_finite() => json!(float.to_string()),
        Plain::Float(float) => json!(float),
        Plain::Text(text) => json!(text),
        Plain::Bytes(_) => panic!("a state has no bytes"),
        Plain::List(items) => items.iter().map(from_plain).collect(),
        Plain::Map(members) => {
            let members = members.iter().filter(|(name, _)| name != "$struct");
            Value::Object(
                members
                    .map(|(name, member)| (name.clone(), from_plain(member)))
                    .collect::<Map<_, _>>(),
            )
        }
    }
}

fn whole(integer: i128) -> Value {
    if integer.abs() <= SAFE {
        json!(integer as i64)
    } else {
        json!(integer.to_string())
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
