//! Clients of different ages in one room.

use std::future::poll_fn;
use std::sync::Arc;

use parlor_protocol::frame::opcode;
use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, Has, NodeId, Primitive, Schema, StructDefinition,
    StructIndex, TreeLimits, Value, ViewTag,
};

use super::*;
use crate::outbox::{Batch, OutboxReader, outbox};

/// A root with a list of numbers, and one number that is hidden.
fn state() -> StateTree {
    let list = Field {
        name: "list".into(),
        kind: FieldType::Array(Element::Primitive(Primitive::Uint8)),
        view: None,
    };
    let secret = Field {
        name: "secret".into(),
        kind: FieldType::Primitive(Primitive::Uint8),
        view: Some(ViewTag(1)),
    };
    let root = StructDefinition {
        name: "State".into(),
        extends: None,
        fields: vec![list, secret],
    };
    let schema = Schema::new(vec![root], StructIndex(0)).unwrap();
    StateTree::new(Arc::new(schema), TreeLimits::default())
}

fn append(state: &mut StateTree, number: u8) {
    insert(state, u32::from(number), number);
}

fn insert(state: &mut StateTree, index: u32, number: u8) {
    let change = Change::ArrayInsert {
        node: NodeId::ROOT,
        field: FieldIndex(0),
        index,
        value: Value::Integer(number.into()),
    };
    state.apply([change]).unwrap();
}

fn remove_first(state: &mut StateTree) {
    let change = Change::ArrayRemove {
        node: NodeId::ROOT,
        field: FieldIndex(0),
        index: 0,
    };
    state.apply([change]).unwrap();
}

fn keep_secret(state: &mut StateTree, number: u8) {
    let change = Change::Set {
        node: NodeId::ROOT,
        field: FieldIndex(1),
        value: Value::Integer(number.into()),
    };
    state.apply([change]).unwrap();
}

struct Joined {
    reads: Reader,
    sync: Sync,
    outbox: Outbox,
    reader: OutboxReader,
}

impl Joined {
    fn new(patches: &mut Patches, state: &mut StateTree, reads: Reader) -> Self {
        let (outbox, reader) = outbox(100);
        patches.close_boundary(state);
        let sync = patches.snapshot(state, reads, FirstTime::Yes, &outbox);
        let mut joined = Self {
            reads,
            sync,
            outbox,
            reader,
        };
        assert_eq!(joined.opcodes(), [opcode::ROOM_STATE]);
        joined
    }

    /// The frames that came since.
    fn frames(&mut self) -> Vec<Bytes> {
        if self.outbox.is_empty() {
            return Vec::new();
        }
        let mut batch = Batch::default();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(poll_fn(|cx| self.reader.poll_next(cx, &mut batch)));
        self.reader.written(batch.frames.iter().map(Bytes::len).sum());
        batch.frames
    }

    fn opcodes(&mut self) -> Vec<u8> {
        self.frames().iter().map(|frame| frame[0]).collect()
    }
}

fn round<const N: usize>(patches: &mut Patches, state: &mut StateTree, clients: [&mut Joined; N]) {
    patches.begin_round(state);
    for client in clients {
        patches.bring_up(state, client.reads, &mut client.sync, &client.outbox);
    }
    patches.sent(Instant::now(), None);
}

const MS: Duration = Duration::from_millis(1);

#[test]
fn a_patch_that_was_late_does_not_delay_the_next() {
    let start = Instant::now();
    let mut patches = Patches::new(Some(50 * MS));
    assert_eq!(patches.next_due(start), Some(start));
    patches.sent(start, None);
    // Each goes out a little late, and once nearly a whole interval.
    for (beat, late) in [(1, 1), (2, 2), (3, 49), (4, 1)] {
        let due = start + 50 * beat * MS;
        assert_eq!(patches.next_due(start), Some(due));
        patches.sent(due + late * MS, None);
    }
    // After a quiet time the beat begins anew.
    let late = start + 730 * MS;
    assert_eq!(patches.next_due(late), Some(late));
    patches.sent(late, None);
    assert_eq!(patches.next_due(late), Some(late + 50 * MS));
    // And so it does with a patch that the room asked for in between.
    patches.sent(late + 20 * MS, None);
    assert_eq!(patches.next_due(late), Some(late + 70 * MS));
}

#[test]
fn patches_and_ticks_have_one_beat() {
    let start = Instant::now();
    let mut patches = Patches::new(Some(50 * MS));
    // The first goes out while the room still waits for its first tick.
    patches.sent(start + 9 * MS, Some(start));
    assert_eq!(patches.next_due(start), Some(start + 50 * MS));
    // A tick from long ago does not count.
    let later = start + 400 * MS;
    patches.sent(later, Some(start));
    assert_eq!(patches.next_due(start), Some(later + 50 * MS));
    // What goes out a little early, together with a tick, keeps the beat.
    assert_eq!(patches.head_start(), 2 * MS);
    patches.sent(later + 48 * MS, Some(later + 48 * MS));
    assert_eq!(patches.next_due(start), Some(later + 100 * MS));
    // Of a short interval it is a small part only.
    assert_eq!(Patches::new(Some(4 * MS)).head_start(), MS / 2);
}

#[test]
fn only_where_the_oldest_reads_otherwise_it_gets_a_body_of_its_own() {
    let (mut patches, mut state) = (Patches::new(None), state());
    for number in 0..3 {
        append(&mut state, number);
    }
    let mut current = Joined::new(&mut patches, &mut state, Reader::Current(None));
    let mut old = Joined::new(&mut patches, &mut state, Reader::V2);

    append(&mut state, 3);
    round(&mut patches, &mut state, [&mut current, &mut old]);
    assert_eq!(current.frames(), old.frames());

    remove_first(&mut state);
    round(&mut patches, &mut state, [&mut current, &mut old]);
    let (to_current, to_old) = (current.frames(), old.frames());
    assert_eq!((to_current.len(), to_old.len()), (1, 1));
    assert_ne!(to_current, to_old);

    // When it has gone, nothing is encoded for it any more.
    round(&mut patches, &mut state, [&mut current]);
    remove_first(&mut state);
    patches.begin_round(&mut state);
    assert!(matches!(
        patches.unsent[..],
        [Frames {
            v2: FramesV2::Same,
            ..
        }]
    ));
}

#[test]
fn the_oldest_comes_in_again_with_all_of_its_age() {
    let (mut patches, mut state) = (Patches::new(None), state());
    let mut current = Joined::new(&mut patches, &mut state, Reader::Current(None));
    let mut slow = Joined::new(&mut patches, &mut state, Reader::V2);
    let mut quick = Joined::new(&mut patches, &mut state, Reader::V2);

    slow.outbox.push_message(Bytes::from(vec![0; 97])).unwrap();
    append(&mut state, 0);
    round(&mut patches, &mut state, [&mut current, &mut slow, &mut quick]);
    assert_eq!(slow.sync, Sync::Lost);
    assert_eq!((current.opcodes(), quick.opcodes()), (vec![15], vec![15]));

    // Nothing happens before it has read what waits for it; then it asks for a renewal.
    round(&mut patches, &mut state, [&mut current, &mut slow, &mut quick]);
    assert_eq!(slow.frames().len(), 1);
    round(&mut patches, &mut state, [&mut current, &mut slow, &mut quick]);
    assert_eq!(slow.sync, Sync::Lost);
    assert!(patches.waiting());

    round(&mut patches, &mut state, [&mut current, &mut slow, &mut quick]);
    let renewal = slow.frames();
    assert_eq!(renewal.first().map(|frame| frame[0]), Some(opcode::ROOM_STATE));
    assert_eq!(quick.frames(), renewal);
    assert_eq!(current.frames(), Vec::<Bytes>::new());
    assert!(!patches.waiting());

    append(&mut state, 1);
    round(&mut patches, &mut state, [&mut current, &mut slow, &mut quick]);
    assert_eq!(slow.opcodes(), [opcode::ROOM_STATE_PATCH]);
    assert_eq!(current.opcodes(), [opcode::ROOM_STATE_PATCH]);
}

#[test]
fn who_sees_more_gets_it_behind_what_all_get() {
    let (mut patches, mut state) = (Patches::new(None), state());
    let mut all = Joined::new(&mut patches, &mut state, Reader::Current(None));
    let view = state.open_view(Has::Nothing);
    state.show(view, NodeId::ROOT, ViewTag(1)).unwrap();
    let mut one = Joined::new(&mut patches, &mut state, Reader::Current(Some(view)));

    append(&mut state, 0);
    round(&mut patches, &mut state, [&mut all, &mut one]);
    let (to_all, to_one) = (all.frames(), one.frames());
    assert_eq!(to_all[0].as_ptr(), to_one[0].as_ptr(), "the same bytes for both");

    keep_secret(&mut state, 7);
    round(&mut patches, &mut state, [&mut all, &mut one]);
    assert_eq!(
        (all.opcodes(), one.opcodes()),
        (vec![], vec![opcode::ROOM_STATE_PATCH])
    );

    append(&mut state, 1);
    keep_secret(&mut state, 8);
    round(&mut patches, &mut state, [&mut all, &mut one]);
    let (to_all, to_one) = (all.frames(), one.frames());
    assert_eq!((to_all.len(), to_one.len()), (1, 1));
    assert!(to_one[0].starts_with(&to_all[0]) && to_one[0].len() > to_all[0].len());

    // What was dropped is made up for with a snapshot of what it may see.
    one.outbox.push_message(Bytes::from(vec![0; 97])).unwrap();
    append(&mut state, 2);
    round(&mut patches, &mut state, [&mut all, &mut one]);
    assert_eq!(one.sync, Sync::Lost);
    keep_secret(&mut state, 9);
    round(&mut patches, &mut state, [&mut all, &mut one]);
    assert_eq!(one.frames().len(), 1);
    round(&mut patches, &mut state, [&mut all, &mut one]);
    let snapshot = one.frames();
    assert_eq!(snapshot[0][0], opcode::ROOM_STATE);
    assert!(snapshot[0].ends_with(&[0x81, 9]), "with the secret: {snapshot:?}");
}
