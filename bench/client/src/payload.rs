//! JSON as the MessagePack that SDKs make of the same value (§4.7).

use std::collections::VecDeque;

use rmp::encode::{self, ByteBuf};
use serde_json::{Map, Number, Value};

/// How objects are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectForm {
    /// As ordinary maps: SDK 0.15, and most SDKs that are not JavaScript.
    Map,
    /// As records, an extension of msgpackr: JavaScript SDKs from 0.16 on.
    Record,
}

/// The payload that an SDK sends for this value.
#[must_use]
pub fn payload(value: &Value, form: ObjectForm) -> Vec<u8> {
    let mut writer = Writer {
        out: ByteBuf::new(),
        form,
        shapes: VecDeque::new(),
        defined: 0,
    };
    writer.value(value);
    writer.out.into_vec()
}

/// Ids of records are 0x40 to 0x7f, and go round.
const FIRST_ID: u8 = 0x40;
const IDS: u8 = 0x40;
/// The extension type of a record's definition.
const RECORD: u8 = 0x72;

struct Writer<'a> {
    out: ByteBuf,
    form: ObjectForm,
    /// Keys of the records that are defined, the oldest first.
    shapes: VecDeque<(Vec<&'a str>, u8)>,
    /// How many were defined so far.
    defined: u8,
}

impl<'a> Writer<'a> {
    fn value(&mut self, value: &'a Value) {
        match value {
            Value::Null => self.byte(0xc0),
            Value::Bool(truth) => self.byte(if *truth { 0xc3 } else { 0xc2 }),
            Value::Number(number) => self.number(number),
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                self.array_head(items.len());
                for item in items {
                    self.value(item);
                }
            }
            Value::Object(members) => match self.form {
                ObjectForm::Map => self.map(members),
                ObjectForm::Record => self.record(members),
            },
        }
    }

    fn byte(&mut self, byte: u8) {
        self.out.as_mut_vec().push(byte);
    }

    // Writing to memory cannot fail.
    fn text(&mut self, text: &str) {
        let Ok(()) = encode::write_str(&mut self.out, text);
    }

    fn array_head(&mut self, length: usize) {
        let Ok(_) = encode::write_array_len(&mut self.out, length as u32);
    }

    /// JavaScript has whole numbers of 32 bits; everything else is a float there.
    fn number(&mut self, number: &Number) {
        const WHOLE: std::ops::RangeInclusive<i64> = i32::MIN as i64..=u32::MAX as i64;
        match number.as_i64().filter(|whole| WHOLE.contains(whole)) {
            // A byte that could be a record's id.
            Some(whole @ 0x40..=0x7f) if self.form == ObjectForm::Record => {
                self.byte(0xcc);
                self.byte(whole.to_le_bytes()[0]);
            }
            Some(whole) => {
                let Ok(_) = encode::write_sint(&mut self.out, whole);
            }
            None => {
                let Ok(()) = encode::write_f64(&mut self.out, number.as_f64().unwrap_or(f64::NAN));
            }
        }
    }

    fn map(&mut self, members: &'a Map<String, Value>) {
        let Ok(_) = encode::write_map_len(&mut self.out, members.len() as u32);
        for (key, value) in members {
            self.text(key);
            self.value(value);
        }
    }

    fn record(&mut self, members: &'a Map<String, Value>) {
        let keys: Vec<&str> = members.keys().map(String::as_str).collect();
        let known = self.shapes.iter().find(|(shape, _)| *shape == keys);
        if let Some((_, id)) = known {
            self.byte(*id);
        } else {
            let id = FIRST_ID + self.defined % IDS;
            self.defined = (self.defined + 1) % IDS;
            for byte in [0xd4, RECORD, id] {
                self.byte(byte);
            }
            self.array_head(keys.len());
            for key in &keys {
                self.text(key);
            }
            if self.shapes.len() == usize::from(IDS) {
                self.shapes.pop_front();
            }
            self.shapes.push_back((keys, id));
        }
        for value in members.values() {
            self.value(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parlor_protocol::msgpack::{self, Limits};
    use serde_json::json;

    #[test]
    fn records_are_written_as_msgpackr_writes_them() {
        let cases = [
            (json!({"a": 1}), "d4724091a16101"),
            (json!({}), "d4724090"),
            (
                json!([{"a": 1, "b": 2}, {"a": 3, "b": 4}]),
                "92d4724092a161a1620102400304",
            ),
            (json!(64), "cc40"),
            (json!(0.5), "cb3fe0000000000000"),
        ];
        for (value, wanted) in cases {
            let bytes = payload(&value, ObjectForm::Record);
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, wanted, "{value}");
        }
    }

    #[test]
    fn both_forms_say_the_same_to_a_host() {
        let many: Vec<Value> = (0..70)
            .map(|n| json!({format!("k{n}"): n, "again": {"k0": n}}))
            .collect();
        let value = json!({"text": "é", "list": many, "none": null, "yes": true, "large": 5_000_000_000_u64, "least": -3});
        for form in [ObjectForm::Map, ObjectForm::Record] {
            let written = payload(&value, form);
            let plain = msgpack::transcode(&written, &Limits::default()).unwrap();
            let back: Value = serde_json::from_str(&msgpack::to_json(&plain).unwrap()).unwrap();
            assert_eq!(back["list"], value["list"], "{form:?}");
            assert_eq!(back["text"], value["text"], "{form:?}");
        }
    }
}
