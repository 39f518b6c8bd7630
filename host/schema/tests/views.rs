//! What clients with views are told, byte by byte, and where showing ends.
#![allow(clippy::expect_used)]

use std::sync::Arc;

use bytes::Bytes;
use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, Has, NodeId, Primitive, Schema, StateTree,
    StructDefinition, StructIndex, TreeLimits, Value, ViewError, ViewId, ViewTag,
};

const ROOT: NodeId = NodeId::ROOT;
const TAG: ViewTag = ViewTag(-1);

/// `turn: number, hands: map<Hand>, deck: array<Card> (tagged), table: array<Card>`; a hand is `cards:
/// array<Card> (tagged)`, a card is `suit: string, mark: number (tag 1)`.
fn schema() -> Arc<Schema> {
    let field = |name: &str, kind, view: Option<i32>| Field {
        name: name.into(),
        kind,
        view: view.map(ViewTag),
    };
    let structure = |name: &str, fields| StructDefinition {
        name: name.into(),
        extends: None,
        fields,
    };
    let number = FieldType::Primitive(Primitive::Number);
    let cards = FieldType::Array(Element::Struct(StructIndex(2)));
    let structs = vec![
        structure(
            "State",
            vec![
                field("turn", number, None),
                field("hands", FieldType::Map(Element::Struct(StructIndex(1))), None),
                field("deck", cards, Some(-1)),
                field("table", cards, None),
            ],
        ),
        structure("Hand", vec![field("cards", cards, Some(-1))]),
        structure(
            "Card",
            vec![
                field("suit", FieldType::Primitive(Primitive::String), None),
                field("mark", number, Some(1)),
            ],
        ),
    ];
    Arc::new(Schema::new(structs, StructIndex(0)).expect("a valid schema"))
}

fn create(node: u32, definition: u16) -> Change {
    Change::Create {
        node: NodeId(node),
        definition: StructIndex(definition),
    }
}

fn set(node: u32, field: u8, value: Value) -> Change {
    Change::Set {
        node: NodeId(node),
        field: FieldIndex(field),
        value,
    }
}

fn insert(node: NodeId, field: u8, index: u32, value: u32) -> Change {
    Change::ArrayInsert {
        node,
        field: FieldIndex(field),
        index,
        value: Value::Node(NodeId(value)),
    }
}

fn remove(node: NodeId, field: u8, index: u32) -> Change {
    Change::ArrayRemove {
        node,
        field: FieldIndex(field),
        index,
    }
}

/// A deck of cards 1 to 3 and one hand, node 10, with card 4; at a boundary.
fn game() -> StateTree {
    let mut tree = StateTree::new(schema(), TreeLimits::default());
    let mut changes = vec![create(10, 1)];
    changes.push(Change::MapSet {
        node: ROOT,
        field: FieldIndex(1),
        key: "a".into(),
        value: Value::Node(NodeId(10)),
    });
    for card in 1..=4 {
        changes.push(create(card, 2));
        changes.push(set(card, 0, Value::Text(format!("s{card}"))));
        changes.push(set(card, 1, Value::Integer(i64::from(card))));
    }
    changes.extend((1..=3).map(|card| insert(ROOT, 2, card - 1, card)));
    changes.push(insert(NodeId(10), 0, 0, 4));
    tree.apply(changes).expect("it fits");
    tree.patch().expect("a first patch");
    tree
}

fn hex(body: Option<Bytes>) -> String {
    body.iter().flatten().map(|byte| format!("{byte:02x}")).collect()
}

/// The shared body and the viewer's part of the next patch.
fn patch(tree: &mut StateTree, view: ViewId) -> [String; 2] {
    [hex(tree.patch()), hex(tree.take_part(view))]
}

#[test]
fn what_is_tagged_is_in_no_shared_body() {
    let mut tree = game();
    // References: hands 1, deck 2, table 3, the hand 4, its cards 5, cards 1 to 4 from 6 on.
    assert_eq!(hex(Some(tree.snapshot())), "81018303ff018000a16104");
    // Whoever comes back lets go of what is hidden from it now.
    assert_eq!(hex(Some(tree.resync())), "408101428303ff01c000a16104ff0440");
    tree.apply([set(1, 0, Value::Text("x".into())), remove(ROOT, 2, 2)])
        .expect("it fits");
    assert_eq!(tree.patch(), None);
}

#[test]
fn a_client_without_anything_shown_shares_the_bytes() {
    let mut tree = game();
    let view = tree.open_view(Has::Nothing);
    assert_eq!(tree.snapshot_for(view).as_ptr(), tree.snapshot().as_ptr());
    tree.apply([set(0, 0, Value::Integer(1)), set(4, 1, Value::Integer(9))])
        .expect("it fits");
    assert_eq!(patch(&mut tree, view), ["8001", ""]);
}

#[test]
fn one_card_is_shown_moved_and_hidden() {
    let mut tree = game();
    // The client had its snapshot before there was a view.
    let view = tree.open_view(Has::Shared);

    // The deck with card 2 alone.
    tree.show(view, NodeId(2), TAG).expect("there");
    assert_eq!(patch(&mut tree, view), ["", "ff008202ff02800007ff0780a27332"]);
    // Showing it again tells nothing, showing another tag of it what is new.
    tree.show(view, NodeId(2), TAG).expect("there");
    assert_eq!(patch(&mut tree, view), ["", ""]);
    tree.show(view, NodeId(2), ViewTag(1)).expect("there");
    assert_eq!(patch(&mut tree, view), ["", "ff078102"]);

    // What is hidden changes, and what is seen: only that is told.
    let changes = [set(1, 0, Value::Text("y".into())), set(2, 1, Value::Integer(20))];
    tree.apply(changes).expect("it fits");
    assert_eq!(patch(&mut tree, view), ["", "ff078114"]);

    // Another is shown that comes before it: slots take what is due, so the order is kept.
    tree.show(view, NodeId(1), TAG).expect("there");
    assert_eq!(patch(&mut tree, view), ["", "ff02a00006000107ff0680a179"]);

    // Card 2 moves into the hand, which appears with it alone.
    tree.apply([remove(ROOT, 2, 1), insert(NodeId(10), 0, 1, 2)])
        .expect("it fits");
    assert_eq!(patch(&mut tree, view), ["", "ff024001ff048005ff05800007"]);

    // Both are hidden again.
    for (node, tag) in [(1, TAG), (2, TAG), (2, ViewTag(1))] {
        tree.hide(view, NodeId(node), tag).expect("there");
    }
    assert_eq!(patch(&mut tree, view), ["", "ff0042ff0440"]);
    tree.hide(view, NodeId(2), TAG).expect("not shown is no error");
    assert_eq!(patch(&mut tree, view), ["", ""]);
}

#[test]
fn a_late_or_returning_client_sees_what_it_may() {
    let mut tree = game();
    let view = tree.open_view(Has::Nothing);
    tree.show(view, NodeId(10), TAG).expect("there");
    let shared = hex(Some(tree.snapshot()));
    let part = "ff048005ff05800009ff0980a27334";
    assert_eq!(hex(Some(tree.snapshot_for(view))), format!("{shared}{part}"));
    // While it is away nothing is worked out for it, but what is shown may change.
    tree.unfollow(view);
    tree.apply([set(4, 0, Value::Text("z".into()))]).expect("it fits");
    tree.show(view, NodeId(4), ViewTag(1)).expect("there");
    assert_eq!(patch(&mut tree, view), ["", ""]);
    let shared = hex(Some(tree.resync()));
    let part = "ff048005ff05c00009ff0980a17a8104";
    assert_eq!(hex(Some(tree.resync_for(view))), format!("{shared}{part}"));
    tree.apply([set(4, 1, Value::Integer(5))]).expect("it fits");
    assert_eq!(patch(&mut tree, view), ["", "ff098105"]);
}

#[test]
fn a_card_that_is_laid_open_is_new_to_everyone() {
    let mut tree = game();
    let view = tree.open_view(Has::Nothing);
    tree.show(view, NodeId(10), TAG).expect("there");
    tree.show(view, NodeId(4), ViewTag(1)).expect("there");
    let _ = tree.snapshot_for(view);
    // From the hand to the table: all are told of it under reference 10, the viewer also of its mark.
    let deal = [insert(ROOT, 3, 0, 4), remove(NodeId(10), 0, 0)];
    tree.apply(deal).expect("it fits");
    assert_eq!(
        patch(&mut tree, view),
        ["ff0380000aff0a80a27334", "ff050aff0a8104"]
    );
    // And back, under reference 11: the others see it go.
    let undo = [insert(NodeId(10), 0, 0, 4), remove(ROOT, 3, 0)];
    tree.apply(undo).expect("it fits");
    assert_eq!(patch(&mut tree, view), ["ff030a", "ff0580000bff0b80a273348104"]);
}

#[test]
fn what_is_gone_is_forgotten() {
    let mut tree = game();
    let view = tree.open_view(Has::Nothing);
    tree.show(view, NodeId(4), TAG).expect("there");
    tree.show(view, NodeId(4), ViewTag(1)).expect("there");
    tree.show(view, NodeId(1), TAG).expect("there");
    assert_eq!(tree.shown(view).count(), 3);
    tree.apply([remove(NodeId(10), 0, 0)]).expect("it fits");
    assert_eq!(tree.shown(view).collect::<Vec<_>>(), [(NodeId(1), TAG)]);
    assert_eq!(
        tree.show(view, NodeId(4), TAG),
        Err(ViewError::NoSuchNode { node: 4 })
    );
    tree.close_view(view);
    assert_eq!(tree.show(view, NodeId(1), TAG), Err(ViewError::NoSuchView));
    assert_eq!(tree.hide(view, NodeId(1), TAG), Err(ViewError::NoSuchView));
}

#[test]
fn the_bound_on_what_is_shown_is_an_error() {
    let limits = TreeLimits {
        max_shown: 2,
        ..TreeLimits::default()
    };
    let mut tree = StateTree::new(schema(), limits);
    let view = tree.open_view(Has::Nothing);
    tree.show(view, ROOT, ViewTag(1)).expect("room for it");
    tree.show(view, ROOT, ViewTag(2)).expect("room for it");
    assert_eq!(
        tree.show(view, ROOT, ViewTag(3)),
        Err(ViewError::TooMuch { limit: 2 })
    );
    tree.show(view, ROOT, ViewTag(2)).expect("shown already");
    tree.hide(view, ROOT, ViewTag(1)).expect("there");
    tree.show(view, ROOT, ViewTag(3)).expect("room again");
}
