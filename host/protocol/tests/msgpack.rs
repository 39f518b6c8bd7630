//! MessagePack as clients send it, as rooms get it, and as JSON.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::borrow::Cow;

use common::{hex, js};
use parlor_protocol::msgpack::{
    Limits, MsgpackError, from_json, from_plain, is_map, list, map_overlay, to_json, to_plain, transcode,
    validate,
};
use parlor_schema::Plain;
use proptest::prelude::*;

fn plain(input: &str) -> Result<String, MsgpackError> {
    transcode(&hex(input), &Limits::default()).map(|output| show(&output))
}

fn show(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn what_clients_send_becomes_plain() {
    let nested = format!("{}01", "91".repeat(32));
    let cases: &[(&str, &str, &str)] = &[
        // Captured from the SDKs.
        ("an object", "d47240 91a161 01", "81a16101"),
        ("an empty object", "d47240 90", "80"),
        (
            "a record used twice",
            "92 d47240 92a161a162 01 02 40 03 04",
            "92 82a16101a16202 82a16103a16204",
        ),
        ("the payload of a request", "d4724091a17101", "81a17101"),
        ("undefined", "d40000", "c0"),
        ("an undefined member stays", "d4724091a161 d40000", "81a161c0"),
        ("a hole in a list", "9192d4000001", "9192c001"),
        ("an invalid date", "d4ffff", "c0"),
        (
            "a date before 1970",
            "c70cff3b4e7ec0ffffffffffffffff",
            "c70cff3b4e7ec0ffffffffffffffff",
        ),
        (
            "a date with milliseconds",
            "d7ff00b71b0059682f00",
            "d7ff00b71b0059682f00",
        ),
        ("a JavaScript map", "82a161010203", "82a161010203"),
        ("half an emoji", "a3eda080", "a3efbfbd"),
        (
            "half an emoji in a key",
            "d4724091 a4'x'eda080 05",
            "81a4'x'efbfbd05",
        ),
        // Records and numbers share bytes.
        ("no record defined: a number", "93 40 5f 7f", "93405f7f"),
        ("another record defined: a number", "92 d4724090 41", "928041"),
        (
            "redefinition",
            "93 d4724091a161 01 d4724091a162 02 40 03",
            "9381a1610181a1620281a16203",
        ),
        (
            "redefined inside its own member",
            "d4724092a161a162 d4724091a163 01 02",
            "82 a161 81a16301 a162 02",
        ),
        (
            "a record inside a record",
            "d4724092a161a162 d4724190 41",
            "82a16180a16280",
        ),
        ("long heads stay", "de0001 d90161 cc05", "de0001d90161cc05"),
        // Typed arrays.
        ("Int8Array", "c70374 00 01ff", "9201ff"),
        ("Uint8Array", "c70374 01 01ff", "c40201ff"),
        ("Uint8ClampedArray", "c70374 02 01ff", "9201ccff"),
        ("Int16Array", "c70574 03 0100 ffff", "9201ff"),
        ("Uint16Array", "c70374 04 ffff", "91cdffff"),
        ("Int32Array", "c70574 05 feffffff", "91fe"),
        ("Uint32Array", "c70574 06 ffffffff", "91ceffffffff"),
        ("Float32Array", "c70574 07 0000803f", "91ca3f800000"),
        (
            "Float64Array",
            "c70974 08 000000000000f03f",
            "91cb3ff0000000000000",
        ),
        ("BigInt64Array", "c70974 09 ffffffffffffffff", "91ff"),
        (
            "BigUint64Array",
            "c70974 0a ffffffffffffffff",
            "91cfffffffffffffffff",
        ),
        ("ArrayBuffer", "c70374 10 0102", "c4020102"),
        ("an empty Float32Array", "d474 07", "90"),
        ("as deep as allowed", &nested, &nested),
    ];
    for (name, input, expected) in cases {
        assert_eq!(
            plain(input).as_deref(),
            Ok(show(&hex(expected)).as_str()),
            "{name}"
        );
    }
}

#[test]
fn what_cannot_pass_is_refused_with_its_place() {
    use MsgpackError as E;
    let deep = format!("{}01", "91".repeat(33));
    let deep_records = format!("d4724091a161{}01", "40".repeat(32));
    let cases: &[(&str, &str, E)] = &[
        ("nothing", "", E::UnexpectedEnd { at: 0 }),
        ("a list without its values", "93 01", E::UnexpectedEnd { at: 2 }),
        (
            "a list that claims 4 294 967 295 values",
            "dd ffffffff",
            E::UnexpectedEnd { at: 5 },
        ),
        (
            "a text that claims 4 GiB",
            "db ffffffff 61",
            E::UnexpectedEnd { at: 5 },
        ),
        (
            "a record that claims 4 294 967 295 keys",
            "d47240 dd ffffffff",
            E::UnexpectedEnd { at: 8 },
        ),
        ("two values", "01 02", E::TrailingBytes { at: 1 }),
        ("the reserved byte", "91 c1", E::ReservedByte { at: 1 }),
        ("33 lists", &deep, E::TooDeep { at: 32, limit: 32 }),
        ("33 records", &deep_records, E::TooDeep { at: 37, limit: 32 }),
        ("broken text", "91 a2 c328", E::NotUtf8 { at: 1 }),
        ("half a surrogate at the end", "a2 eda0", E::NotUtf8 { at: 0 }),
        ("extension 5", "d4 05 00", E::UnknownExtension { at: 0, kind: 5 }),
        (
            "a bundle of strings",
            "d6 62 00000000",
            E::UnknownExtension { at: 0, kind: 0x62 },
        ),
        (
            "a timestamp of two bytes",
            "d5 ff 0000",
            E::BadExtension {
                at: 0,
                what: "timestamp",
            },
        ),
        (
            "too many nanoseconds",
            "d7ff ffffffff00000000",
            E::BadExtension {
                at: 0,
                what: "timestamp",
            },
        ),
        (
            "half a number in a typed array",
            "d5 74 07 00",
            E::BadExtension {
                at: 0,
                what: "typed array",
            },
        ),
        (
            "a typed array of no type",
            "c70074",
            E::BadExtension {
                at: 0,
                what: "typed array",
            },
        ),
        (
            "a typed array of an unknown type",
            "d474 0b",
            E::BadExtension {
                at: 0,
                what: "typed array",
            },
        ),
        (
            "a record with a number as key",
            "d47240 9101 01",
            E::BadRecord { at: 0 },
        ),
        (
            "a record without a list",
            "d47240 a161 01",
            E::BadRecord { at: 0 },
        ),
        ("a record id below the range", "d4723f 90", E::BadRecord { at: 0 }),
        ("a record id above the range", "d47280 90", E::BadRecord { at: 0 }),
        ("a list as key", "81 90 01", E::BadKey { at: 1 }),
        ("a record as key", "92 d4724090 81 40 01", E::BadKey { at: 6 }),
    ];
    for (name, input, expected) in cases {
        assert_eq!(plain(input).as_ref(), Err(expected), "{name}");
    }
}

#[test]
fn plain_input_is_not_copied() {
    for input in [
        "01",
        "a568656c6c6f",
        "93 cb400921fb54442d18 c0 c40101",
        "81a16140",
        "d6ff00000001",
    ] {
        let input = hex(input);
        assert!(
            matches!(transcode(&input, &Limits::default()), Ok(Cow::Borrowed(_))),
            "{input:?}"
        );
    }
}

#[test]
fn repeated_keys_count_against_the_limit() {
    // One key of 200 bytes, used 1 000 times in 2 KiB of input.
    let mut input = hex("dc03e9 d4724091 d9c8").to_vec();
    input.extend_from_slice(&[b'k'; 200]);
    input.push(1);
    for _ in 0..1000 {
        input.extend_from_slice(&[0x40, 0x01]);
    }
    let exact = 3 + 1001 * (1 + 2 + 200 + 1);
    let limits = |output| Limits { depth: 32, output };
    assert_eq!(transcode(&input, &limits(exact)).unwrap().len(), exact);
    assert!(matches!(
        transcode(&input, &limits(exact - 1)),
        Err(MsgpackError::TooLong { .. })
    ));
    assert!(matches!(
        transcode(b"\xa3abc", &limits(3)),
        Err(MsgpackError::TooLong { .. })
    ));
}

#[test]
fn rooms_must_send_plain_values() {
    for good in ["c0", "80", "d6ff00000000", "81 c40101 02", "de0001a16101", "40"] {
        assert_eq!(validate(&hex(good)), Ok(()), "{good}");
    }
    for bad in [
        "", "0101", "d40000", "d4724090", "d47407", "d4ffff", "a3eda080", "d4 05 00", "92 01",
    ] {
        assert!(validate(&hex(bad)).is_err(), "{bad}");
    }
}

#[test]
fn values_become_json() {
    let cases: &[(&str, &str)] = &[
        ("c0", "null"),
        ("93 c2 c3 ff", "[false,true,-1]"),
        ("cfffffffffffffffff", "18446744073709551615"),
        ("d38000000000000000", "-9223372036854775808"),
        ("cb3ff8000000000000", "1.5"),
        ("cb4278bcfe56800000", "1700000000000"), // Date.now() as msgpackr sends it
        ("cb8000000000000000", "0"),
        ("cb7ff8000000000000", "null"),
        ("ca7f800000", "null"),
        ("cb54b249ad2594c37d", "1e+100"),
        ("a3 '\"' 0a 5c", r#""\"\n\\""#),
        ("c403fffefd", "\"//79\""),
        (
            "84 a161 01 02 03 c3 04 c0 05",
            r#"{"a":1,"2":3,"true":4,"null":5}"#,
        ),
        (
            "82 cb3ff8000000000000 c0 c403fffefd c0",
            r#"{"1.5":null,"//79":null}"#,
        ),
        ("d6ff00000000", "\"1970-01-01T00:00:00.000Z\""),
        ("d6ff65e12a7f", "\"2024-03-01T01:08:15.000Z\""),
        ("d7ff00b71b0059682f00", "\"2017-07-14T02:40:00.003Z\""),
        ("c70cff3b4e7ec0ffffffffffffffff", "\"1969-12-31T23:59:59.995Z\""),
        ("c70cff00000000 ffffffff00000000", "\"1833-11-24T17:31:44.000Z\""),
        (
            "c70cff00000000 000000ff00000000",
            "\"+036676-01-13T18:08:00.000Z\"",
        ),
        (
            "c70cff00000000 fffff82457de8000",
            "\"-271821-04-20T00:00:00.000Z\"",
        ),
        ("c70cff00000000 7fffffffffffffff", "null"),
        ("c70cff00000000 8000000000000000", "null"),
    ];
    for (input, expected) in cases {
        assert_eq!(to_json(&hex(input)).as_deref(), Ok(*expected), "{input}");
    }
    for bad in ["d4 05 00", "c0 c0", "81 90 c0", "81 d6ff00000000 c0"] {
        assert!(to_json(&hex(bad)).is_err(), "{bad}");
        assert!(to_plain(&hex(bad)).is_err(), "{bad}");
    }
    // Keys inside keys, each level twice as long in JSON as the one before.
    let keys = format!("{} a1'\"' {}", "81".repeat(31), "c0".repeat(31));
    assert_eq!(to_json(&hex(&keys)), Err(MsgpackError::BadKey { at: 1 }));
}

#[test]
fn json_becomes_values() {
    let sixteen = format!("[{}]", ["1"; 16].join(","));
    let cases: &[(&str, String)] = &[
        ("null", "c0".into()),
        (
            r#" {"b":[1,-1,true],"a":{"x":"y"}} "#,
            show(&hex("82a162 9301ffc3 a161 81a178a179")),
        ),
        ("1.5", "cb3ff8000000000000".into()),
        ("2.0", "cb4000000000000000".into()),
        ("18446744073709551615", "cfffffffffffffffff".into()),
        (r#""é😀""#, "a6c3a9f09f9880".into()),
        (&sixteen, format!("dc0010{}", "01".repeat(16))),
    ];
    for (input, expected) in cases {
        assert_eq!(
            from_json(input).map(|out| show(&out)).as_ref(),
            Ok(expected),
            "{input}"
        );
    }
    let deepest = format!("{}{}", "[".repeat(32), "]".repeat(32));
    assert!(from_json(&deepest).is_ok());
    for bad in [
        "",
        "{",
        "{}{}",
        "nul",
        "[1,]",
        "\"\u{1}\"",
        &format!("[{deepest}]"),
    ] {
        assert!(matches!(from_json(bad), Err(MsgpackError::Json(_))), "{bad}");
    }
}

#[test]
fn values_are_unpacked_for_the_state() {
    let text = |text: &str| Plain::Text(text.to_owned());
    let cases = [
        ("c0", Plain::Null),
        ("c3", Plain::Boolean(true)),
        ("ce00000001", Plain::Integer(1)),
        ("cf8000000000000000", Plain::Unsigned(1 << 63)),
        ("ca3fc00000", Plain::Float(1.5)),
        ("c40101", Plain::Bytes(vec![1])),
        ("d6ff00000000", text("1970-01-01T00:00:00.000Z")),
        (
            "83 a161 91a162 07c0 c403fffefd e0",
            Plain::Map(vec![
                ("a".into(), Plain::List(vec![text("b")])),
                ("7".into(), Plain::Null),
                ("//79".into(), Plain::Integer(-32)),
            ]),
        ),
    ];
    for (input, expected) in cases {
        assert_eq!(to_plain(&hex(input)), Ok(expected), "{input}");
    }
    for bad in ["", "d40000", "81a161", "0101", &"91".repeat(33)] {
        assert!(to_plain(&hex(bad)).is_err(), "{bad}");
    }
}

#[test]
fn maps_are_laid_over_maps() {
    let cases: &[(&str, &str, &str)] = &[
        ("80", "80", "80"),
        ("81a16101", "80", "81a16101"),
        ("82a16101a16202", "82a16203a16304", "83a16101a16203a16304"),
        ("81d9016101", "81a16102", "81a16102"), // the same key, its head written longer
        ("82a16101a16102", "81a161c3", "81a161c3"), // a client's second try at the same key
        (
            "81a161 920182a178c0a179c4020000",
            "81a16201",
            "82a161920182a178c0a179c4020000a16201",
        ),
    ];
    for (base, over, expected) in cases {
        assert_eq!(
            show(&map_overlay(&hex(base), &hex(over)).unwrap()),
            show(&hex(expected)),
            "{base}"
        );
    }
    assert_eq!(map_overlay(&hex("01"), &hex("80")), Err(MsgpackError::NotAMap));
    assert!(map_overlay(&hex("80"), &hex("8101")).is_err());
    assert!(is_map(&hex("80")) && is_map(&hex("de0000")) && !is_map(&hex("90")) && !is_map(b""));
    assert_eq!(
        list([&hex("01")[..], &hex("a161")[..]].into_iter()),
        hex("9201a161")
    );
}

proptest! {
    #[test]
    fn records_become_the_maps_they_stand_for(value in js(), ids in 1u8..=64) {
        let limits = Limits { depth: 32, output: 1 << 24 };
        let records = value.records(ids);
        let output = transcode(&records, &limits).unwrap();
        prop_assert_eq!(&*output, &value.plain());
        prop_assert_eq!(validate(&output), Ok(()));
    }

    #[test]
    fn plain_values_stay_themselves(value in js()) {
        let plain = value.plain();
        prop_assert!(matches!(transcode(&plain, &Limits::default()), Ok(Cow::Borrowed(_))));
        let unpacked = to_plain(&plain).unwrap();
        prop_assert_eq!(&to_plain(&from_plain(&unpacked)).unwrap(), &unpacked);

        let json = to_json(&plain).unwrap();
        prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
        // Whatever JSON keeps, it keeps exactly.
        let again = from_json(&json).unwrap();
        prop_assert_eq!(validate(&again), Ok(()));
        prop_assert_eq!(to_json(&again).unwrap(), json);
    }

    #[test]
    fn any_bytes_are_refused_or_become_plain(
        input in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(TELLING)], 0..80)
    ) {
        let limits = Limits { depth: 32, output: 400 };
        if let Ok(output) = transcode(&input, &limits) {
            prop_assert!(output.len() <= limits.output);
            prop_assert_eq!(validate(&output), Ok(()));
            prop_assert!(to_json(&output).is_ok());
        }
        if validate(&input).is_ok() {
            prop_assert!(to_json(&input).is_ok());
        }
        if let Ok(value) = to_plain(&input) {
            prop_assert_eq!(validate(&from_plain(&value)), Ok(()));
        }
        let _ = to_json(&input);
        let _ = map_overlay(&input, &input);
        let _ = is_map(&input);
    }
}

/// Bytes that begin something.
const TELLING: &[u8] = &[
    0x40, 0x41, 0x72, 0x74, 0x80, 0x81, 0x90, 0x91, 0x92, 0xa0, 0xa1, 0xc1, 0xc4, 0xc7, 0xca, 0xcb, 0xcf,
    0xd3, 0xd4, 0xd6, 0xd7, 0xd9, 0xdc, 0xde, 0xff, 0x00, 0x01,
];
