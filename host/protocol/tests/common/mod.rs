//! What several tests share: hexadecimal text, and values that can be packed in two ways.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::VecDeque;

use bytes::Bytes;
use proptest::prelude::*;

/// Bytes out of hexadecimal digits; white space is ignored, and `'text'` stands for its own bytes.
pub fn hex(text: &str) -> Bytes {
    let mut out = Vec::new();
    for (index, part) in text.split('\'').enumerate() {
        if index % 2 == 1 {
            out.extend_from_slice(part.as_bytes());
            continue;
        }
        let digits: String = part.split_whitespace().collect();
        assert!(digits.len().is_multiple_of(2), "odd number of digits in {part:?}");
        for pair in (0..digits.len()).step_by(2) {
            out.push(u8::from_str_radix(&digits[pair..pair + 2], 16).unwrap());
        }
    }
    Bytes::from(out)
}

/// A value as JavaScript has it.
#[derive(Debug, Clone)]
pub enum Js {
    Undefined,
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Binary(Vec<u8>),
    Date(u32),
    List(Vec<Js>),
    Object(Vec<(String, Js)>),
}

pub fn js() -> impl Strategy<Value = Js> {
    let leaf = prop_oneof![
        Just(Js::Undefined),
        Just(Js::Null),
        any::<bool>().prop_map(Js::Bool),
        any::<i64>().prop_map(Js::Int),
        (0i64..300).prop_map(Js::Int),
        any::<f64>().prop_map(Js::Float),
        ".{0,40}".prop_map(Js::Text),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Js::Binary),
        any::<u32>().prop_map(Js::Date),
    ];
    leaf.prop_recursive(5, 120, 10, |inner| {
        // Few keys, so that shapes repeat.
        let member = ("[a-c]{0,2}", inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..20).prop_map(Js::List),
            prop::collection::vec(member, 0..6).prop_map(|members| {
                let mut unique: Vec<(String, Js)> = Vec::new();
                for (key, value) in members {
                    if unique.iter().all(|(other, _)| *other != key) {
                        unique.push((key, value));
                    }
                }
                Js::Object(unique)
            }),
        ]
    })
}

impl Js {
    /// Plain MessagePack.
    pub fn plain(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.pack(&mut out, &mut None);
        out
    }

    /// With records, as msgpackr does it: ids from 0x40 on, used again after `ids`.
    pub fn records(&self, ids: u8) -> Vec<u8> {
        let mut out = Vec::new();
        self.pack(
            &mut out,
            &mut Some(Shapes {
                ids,
                next: 0,
                known: VecDeque::new(),
            }),
        );
        out
    }

    fn pack(&self, out: &mut Vec<u8>, shapes: &mut Option<Shapes>) {
        use rmp::encode as to;
        match self {
            Self::Undefined if shapes.is_some() => out.extend_from_slice(&[0xd4, 0, 0]),
            Self::Undefined | Self::Null => out.push(0xc0),
            Self::Bool(value) => to::write_bool(out, *value).unwrap(),
            // Not the shortest form: these bytes could name records.
            Self::Int(value @ 64..=127) => out.extend_from_slice(&[0xcc, u8::try_from(*value).unwrap()]),
            Self::Int(value) => {
                to::write_sint(out, *value).unwrap();
            }
            Self::Float(value) => to::write_f64(out, *value).unwrap(),
            Self::Text(value) => to::write_str(out, value).unwrap(),
            Self::Binary(value) => to::write_bin(out, value).unwrap(),
            Self::Date(seconds) => {
                out.extend_from_slice(&[0xd6, 0xff]);
                out.extend_from_slice(&seconds.to_be_bytes());
            }
            Self::List(values) => {
                to::write_array_len(out, u32::try_from(values.len()).unwrap()).unwrap();
                values.iter().for_each(|value| value.pack(out, shapes));
            }
            Self::Object(members) => {
                if let Some(shapes) = shapes {
                    let keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
                    shapes.name(&keys, out);
                } else {
                    to::write_map_len(out, u32::try_from(members.len()).unwrap()).unwrap();
                }
                for (key, value) in members {
                    if shapes.is_none() {
                        to::write_str(out, key).unwrap();
                    }
                    value.pack(out, shapes);
                }
            }
        }
    }
}

struct Shapes {
    ids: u8,
    next: u8,
    known: VecDeque<(u8, Vec<String>)>,
}

impl Shapes {
    fn name(&mut self, keys: &[&str], out: &mut Vec<u8>) {
        if let Some((id, _)) = self.known.iter().find(|(_, known)| known == keys) {
            out.push(*id);
            return;
        }
        let id = 0x40 + self.next % self.ids;
        self.next = (self.next + 1) % self.ids;
        self.known.retain(|(other, _)| *other != id);
        self.known
            .push_back((id, keys.iter().map(|key| (*key).to_owned()).collect()));
        out.extend_from_slice(&[0xd4, 0x72, id]);
        rmp::encode::write_array_len(out, u32::try_from(keys.len()).unwrap()).unwrap();
        for key in keys {
            rmp::encode::write_str(out, key).unwrap();
        }
    }
}
