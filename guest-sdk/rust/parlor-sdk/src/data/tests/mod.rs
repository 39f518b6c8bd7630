//! Reading what clients and this SDK itself write.

use super::Document;
use crate::prelude::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Data, Clone, Debug, PartialEq)]
struct Everything {
    small: i8,
    large: u64,
    float: f64,
    single: f32,
    text: String,
    letter: char,
    flag: bool,
    some: Option<u32>,
    none: Option<u32>,
    list: Vec<(u8, String)>,
    map: BTreeMap<i32, Vec<bool>>,
    variant: Variant,
    variants: Vec<Variant>,
    unit: (),
    wide: i64,
}

#[derive(Data, Clone, Debug, PartialEq)]
enum Variant {
    Unit,
    One(u8),
    Two(u8, String),
    Named { x: f64, y: Option<u8> },
    Nothing(Option<u8>),
}

fn variant() -> impl Strategy<Value = Variant> {
    prop_oneof![
        Just(Variant::Unit),
        any::<u8>().prop_map(Variant::One),
        (any::<u8>(), ".{0,8}").prop_map(|(a, b)| Variant::Two(a, b)),
        (any::<i32>(), any::<Option<u8>>()).prop_map(|(x, y)| Variant::Named { x: f64::from(x), y }),
        any::<Option<u8>>().prop_map(Variant::Nothing),
    ]
}

prop_compose! {
    fn everything()(
        (small, large, float, single) in (any::<i8>(), any::<u64>(), -1e300..1e300, -1e30_f32..1e30),
        (text, letter, flag, some) in (".{0,40}", any::<char>(), any::<bool>(), any::<Option<u32>>()),
        list in prop::collection::vec((any::<u8>(), ".{0,4}"), 0..20),
        map in prop::collection::btree_map(any::<i32>(), prop::collection::vec(any::<bool>(), 0..3), 0..20),
        (variant, variants) in (variant(), prop::collection::vec(variant(), 0..4)),
        wide in any::<i64>(),
    ) -> Everything {
        Everything {
            small, large, float, single, text, letter, flag, some, none: None, list, map, variant, variants,
            unit: (), wide,
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(value in everything()) {
        prop_assert_eq!(Document::of(&value).read::<Everything>().unwrap(), value);
    }

    #[test]
    fn documents_pass_through_other_values(value in everything()) {
        let document = Document::of(&value);
        let around = Document::of(&(1, &document, "end"));
        let (_, inside, _): (u8, Document, String) = around.read().unwrap();
        prop_assert_eq!(inside.read::<Everything>().unwrap(), value);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let document = Document::from_bytes(bytes);
        let _ = document.read::<Everything>();
        let _ = document.read::<Vec<Variant>>();
        let _ = document.read::<BTreeMap<String, Document>>();
        let _ = document.read::<Vec<u8>>();
    }
}

fn bytes(hex: &str) -> Document {
    let digits: Vec<u8> = hex
        .chars()
        .filter_map(|c| c.to_digit(16))
        .map(|digit| u8::try_from(digit).unwrap())
        .collect();
    Document::from_bytes(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[test]
fn numbers_as_javascript_sends_them() {
    // 1 700 000 000 000 is beyond 32 bits, so it comes as a float.
    assert_eq!(
        bytes("cb4278bcfe56800000").read::<u64>().unwrap(),
        1_700_000_000_000
    );
    assert_eq!(bytes("cb4008000000000000").read::<u8>().unwrap(), 3);
    assert_eq!(bytes("03").read::<f64>().unwrap(), 3.0);
    assert_eq!(bytes("cf7fffffffffffffff").read::<i64>().unwrap(), i64::MAX);
    // A date, with milliseconds in the upper 30 bits.
    assert_eq!(
        bytes("d7ff1d54d4006553f100").read::<f64>().unwrap(),
        1_700_000_000_123.0
    );
    assert_eq!(bytes("d6ff6553f100").read::<u64>().unwrap(), 1_700_000_000_000);
    assert_eq!(bytes("c403010203").read::<Vec<u8>>().unwrap(), [1, 2, 3]);
}

#[test]
fn errors_name_the_place() {
    #[derive(Data, Debug)]
    struct Outer {
        #[allow(dead_code)]
        players: Vec<Inner>,
    }
    #[derive(Data, Debug)]
    struct Inner {
        #[allow(dead_code)]
        x: u8,
    }
    fn inside<T: serde::Serialize>(x: T) -> Document {
        let player = BTreeMap::from([("x", x)]);
        Document::of(&BTreeMap::from([("players", vec![player])]))
    }
    let cases = [
        (
            inside("far"),
            "players.0.x: invalid type: string \"far\", expected u8",
        ),
        (
            inside(1.5),
            "players.0.x: invalid type: floating point number, expected u8",
        ),
        (
            inside(300),
            "players.0.x: invalid value: integer `300`, expected u8",
        ),
        (
            Document::of(&BTreeMap::from([("players", vec![BTreeMap::<&str, u8>::new()])])),
            "players.0: missing field `x`",
        ),
        (
            Document::of(&(1, 2)),
            "0: invalid type: integer `1`, expected a sequence",
        ),
        (bytes("81"), "the value is cut short"),
    ];
    for (document, expected) in cases {
        assert_eq!(document.read::<Outer>().unwrap_err().to_string(), expected);
    }
    assert_eq!(
        Document::of(&(1, 2, 3))
            .read::<(u8, u8)>()
            .unwrap_err()
            .to_string(),
        "1 more values than expected"
    );
    assert_eq!(
        bytes("0101").read::<u8>().unwrap_err().to_string(),
        "something follows the value"
    );
}

#[test]
fn nothing_takes_whatever_comes() {
    for document in [
        Document::of(&5),
        Document::of(&BTreeMap::from([("a", vec![1, 2])])),
        bytes("c0"),
    ] {
        document.read::<()>().unwrap();
    }
}

#[test]
fn payloads_read_as_one_value() {
    let two = Payload::Values(vec![Document::of(&1), Document::of(&"a")]);
    assert_eq!(two.read::<(u8, String)>().unwrap(), (1, "a".to_owned()));
    assert_eq!(Payload::Empty.read::<Option<u8>>().unwrap(), None);
    assert_eq!(Payload::Raw(vec![1]).read::<u8>().unwrap_err().code(), 4217);
    assert_eq!(Payload::of(()), Payload::Empty);
    assert_eq!(Payload::of(None::<u8>), Payload::Value(bytes("c0")));
    assert_eq!(Payload::of(7), Payload::Value(bytes("07")));
}
