//! JOIN in its dialects.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use bytes::Bytes;
use common::hex;
use parlor_protocol::{Dialect, Greeting, Handshake, ReconnectionToken, SeatForm, ServerFrame, join_frame};
use parlor_schema::{Element, Field, FieldType, Primitive, Schema, StructDefinition, StructIndex};
use proptest::prelude::*;

fn token() -> ReconnectionToken {
    ReconnectionToken::parse("QvcPLGRno").unwrap()
}

fn handshake(length: usize) -> Handshake {
    let ops = vec![0x80; length];
    Handshake::new(Bytes::new(), Bytes::from(ops.clone()), &ops, &ops).unwrap()
}

#[test]
fn frames_in_all_dialects() {
    use Dialect::{Legacy, Polyglot, Tagged};
    let prepared = Handshake::new(hex("8000"), hex("8001"), &hex("8002ff"), &hex("8003")).unwrap();
    let full = Greeting::Handshake(&prepared);
    let start = "0a 09'QvcPLGRno'";
    let cases: &[(Dialect, Greeting<'_>, &str)] = &[
        (Legacy, full, "06'schema' 8001"),
        (Tagged, full, "06'schema' 03 8002ff"),
        (Polyglot, full, "06'schema' cd0400 ff00 8003"),
        (Legacy, Greeting::SkipHandshake, "06'schema'"),
        (Tagged, Greeting::SkipHandshake, "06'schema' 00"),
        (Polyglot, Greeting::SkipHandshake, "06'schema'"),
        (Legacy, Greeting::Stateless, "04'none'"),
        (Tagged, Greeting::Stateless, "04 6e6f6e65 00"), // captured from a 0.18 lobby
        (Polyglot, Greeting::Stateless, "04'none'"),
    ];
    for (dialect, greeting, rest) in cases {
        let frame = join_frame(*dialect, &token(), *greeting);
        assert_eq!(frame, hex(&format!("{start} {rest}")), "{dialect:?} {greeting:?}");
    }
}

#[test]
fn the_path_decides_for_old_clients_and_the_setting_for_others() {
    assert_eq!(
        Dialect::for_seat(SeatForm::Nested, Dialect::Tagged),
        Dialect::Legacy
    );
    assert_eq!(
        Dialect::for_seat(SeatForm::Flat, Dialect::Polyglot),
        Dialect::Polyglot
    );
}

#[test]
fn lengths_take_the_form_they_need() {
    for (length, prefix) in [
        (0x7f, "7f"),
        (0x80, "cc80"),
        (0x100, "cd0001"),
        (0x1_0000, "ce00000100"),
    ] {
        let ops = vec![0x80; length];
        let prepared = Handshake::new(Bytes::new(), Bytes::new(), &ops, &[]).unwrap();
        let ServerFrame::Join(join) = ServerFrame::decode(&join_frame(
            Dialect::Tagged,
            &token(),
            Greeting::Handshake(&prepared),
        ))
        .unwrap() else {
            panic!("JOIN");
        };
        assert!(join.rest.starts_with(&hex(prefix)), "{length}");
        assert_eq!(join.handshake(Dialect::Tagged), Ok(Some(Bytes::from(ops))));
    }
}

#[test]
fn a_state_too_large_for_the_polyglot_form_is_refused() {
    let ops = vec![0; 0xffff - 1];
    let error = Handshake::new(Bytes::new(), Bytes::new(), &[], &ops).unwrap_err();
    assert_eq!(error.length, 0x1_0000);
    assert!(Handshake::new(Bytes::new(), Bytes::new(), &[], &ops[1..]).is_ok());
}

#[test]
fn each_dialect_carries_its_own_reflection_of_a_schema() {
    let list = Field {
        name: "list".into(),
        kind: FieldType::Array(Element::Primitive(Primitive::String)),
        view: None,
    };
    let root = StructDefinition {
        name: "State".into(),
        extends: None,
        fields: vec![list],
    };
    let schema = Schema::new(vec![root], StructIndex(0)).unwrap();
    let prepared = Handshake::of(&schema).unwrap();
    let handshake = |dialect| {
        let frame = join_frame(dialect, &token(), Greeting::Handshake(&prepared));
        let Ok(ServerFrame::Join(join)) = ServerFrame::decode(&frame) else {
            panic!("JOIN")
        };
        join.handshake(dialect).unwrap().unwrap()
    };
    // The types are the root's first field; a list of texts is where the dialects differ (§11.2, §11.4).
    for (dialect, start, list) in [
        (Dialect::Compat015, "8001 8100", "81 ac'array:string' 82ff"),
        (Dialect::Legacy, "8001", "81 ac'array:string' 82ff"),
        (Dialect::Tagged, "8001", "81 a5'array' 82ff 83 a6'string'"),
        (
            Dialect::Polyglot,
            "ff00 8001",
            "81 ac'array:string' 82ff 83 a6'string' 01 a5'array'",
        ),
    ] {
        let bytes = handshake(dialect);
        let list = hex(list);
        assert!(bytes.starts_with(&hex(start)), "{dialect:?}");
        assert!(
            bytes.windows(list.len()).any(|window| window == list),
            "{dialect:?}"
        );
    }
}

/// What the decoders of 0.16 and 0.17 do: an operation on an unknown field, then on to the next `ff` that is followed
/// by a reference they know. Only 0 is known at the beginning.
fn skipped_by_old_clients(tail: &[u8]) -> usize {
    assert_eq!(tail[0], 0xcd);
    1 + tail[1..]
        .windows(2)
        .position(|pair| pair == [0xff, 0x00])
        .unwrap()
}

proptest! {
    #[test]
    fn every_client_finds_the_reflection(length in prop_oneof![0usize..600, 0usize..65_530, Just(0xfd), Just(0xfb)]) {
        let frame = join_frame(Dialect::Polyglot, &token(), Greeting::Handshake(&handshake(length)));
        let Ok(ServerFrame::Join(join)) = ServerFrame::decode(&frame) else { panic!("JOIN") };

        let tagged = join.handshake(Dialect::Polyglot).unwrap().unwrap();
        prop_assert!(tagged.starts_with(&[0xff, 0x00]));
        prop_assert_eq!(tagged.iter().filter(|byte| **byte == 0x80).count(), length);
        prop_assert_eq!(tagged.len() + 3, join.rest.len());

        // Old clients begin exactly where new ones do, never inside the length.
        prop_assert_eq!(skipped_by_old_clients(&join.rest), 3);
    }
}
