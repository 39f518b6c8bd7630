//! What a message, a room, a patch and a batch of changes cost.
//!
//! `parlor build tests/conformance && cargo bench -p parlor-tests`. Machines are noisy: compare two runs on one of
//! them rather than single figures.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use parlor_matchmaker::Matchmaker;
use parlor_plugin::{Document, Engine, Message, MessageType, Payload, PluginSettings};
use parlor_protocol::ids::RoomId;
use parlor_room::room_type::RoomType;
use parlor_room::settings::RoomSettings;
use parlor_room::{Room, RoomCore};
use parlor_schema::{
    Change, Element, Field, FieldIndex, FieldType, NodeId, Primitive, Schema, StateTree, StructDefinition,
    StructIndex, TreeLimits, Value,
};
use serde_json::Map;
use tokio::runtime::Runtime;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn load(runtime: &Runtime, name: &str) -> Arc<RoomType> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("conformance")
        .join(name)
        .join("target/parlor");
    let file = folder.join(format!("{name}.wasm"));
    let component = std::fs::read(&file).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; run `parlor build tests/conformance`",
            file.display()
        )
    });
    let engine = Engine::new(PluginSettings {
        max_rooms: 100,
        ..PluginSettings::default()
    })
    .unwrap();
    let name = name.parse().unwrap();
    runtime
        .block_on(RoomType::load(&engine, name, component, RoomSettings::default()))
        .unwrap()
}

/// A 16-byte payload goes into the component and comes back out of it.
fn message(c: &mut Criterion) {
    let runtime = runtime();
    let echo = load(&runtime, "echo");
    let mut instance = runtime.block_on(async {
        let world = Matchmaker::default().world();
        let (core, _mailbox) = RoomCore::new(&echo, RoomId::random(), Map::new(), world);
        let mut instance = echo.code.instantiate(core).await.unwrap();
        instance
            .on_create(Document::MessagePack(vec![0x80]))
            .await
            .unwrap();
        instance
    });
    let mut payload = vec![0xc4, 14];
    payload.resize(16, 7);
    c.bench_function("on-message, 16 bytes echoed", |b| {
        b.iter_custom(|rounds| {
            runtime.block_on(async {
                let start = Instant::now();
                for _ in 0..rounds {
                    let message = Message {
                        sender: "QvcPLGRno".to_owned(),
                        kind: MessageType::Text("move".to_owned()),
                        payload: Payload::Value(Document::MessagePack(payload.clone())),
                        expects_reply: true,
                    };
                    black_box(instance.on_message(black_box(message)).await).unwrap();
                }
                start.elapsed()
            })
        });
    });
}

fn create(c: &mut Criterion) {
    let runtime = runtime();
    for name in ["idle", "state"] {
        let room_type = load(&runtime, name);
        let world = Matchmaker::default().world();
        c.bench_function(&format!("instantiate and on-create, `{name}`"), |b| {
            b.iter(|| {
                let (room_type, world) = (Arc::clone(&room_type), Arc::clone(&world));
                let room = Room::create(room_type, RoomId::random(), &[0x80], Map::new(), world);
                runtime.block_on(room).unwrap()
            });
        });
    }
}

const ENTITIES: u32 = 100;
const X: FieldIndex = FieldIndex(0);

/// A root with a map of entities of two floats each.
fn entities() -> StateTree {
    let float = |name: &str| Field {
        name: name.into(),
        kind: FieldType::Primitive(Primitive::Float64),
        view: None,
    };
    let schema = Schema::new(
        vec![
            StructDefinition {
                name: "Root".into(),
                extends: None,
                fields: vec![Field {
                    name: "entities".into(),
                    kind: FieldType::Map(Element::Struct(StructIndex(1))),
                    view: None,
                }],
            },
            StructDefinition {
                name: "Entity".into(),
                extends: None,
                fields: vec![float("x"), float("y")],
            },
        ],
        StructIndex(0),
    );
    let mut tree = StateTree::new(Arc::new(schema.unwrap()), TreeLimits::default());
    for number in 1..=ENTITIES {
        let node = NodeId(number);
        tree.apply([
            Change::Create {
                node,
                definition: StructIndex(1),
            },
            Change::MapSet {
                node: NodeId(0),
                field: FieldIndex(0),
                key: format!("e{number}"),
                value: Value::Node(node),
            },
            Change::Set {
                node,
                field: X,
                value: Value::Float(0.5),
            },
            Change::Set {
                node,
                field: FieldIndex(1),
                value: Value::Float(0.5),
            },
        ])
        .unwrap();
    }
    tree.patch();
    tree
}

fn moves(count: u32, value: f64) -> Vec<Change> {
    (0..count)
        .map(|at| Change::Set {
            node: NodeId(at % ENTITIES + 1),
            field: X,
            value: Value::Float(value),
        })
        .collect()
}

fn state(c: &mut Criterion) {
    let mut tree = entities();
    let mut value = 0.25;
    c.bench_function("patch of 100 changed floats", |b| {
        b.iter_custom(|rounds| {
            let mut spent = Duration::ZERO;
            for _ in 0..rounds {
                value += 1.0;
                tree.apply(moves(ENTITIES, value)).unwrap();
                let start = Instant::now();
                black_box(tree.patch()).unwrap();
                spent += start.elapsed();
            }
            spent
        });
    });
    c.bench_function("apply of 1000 changes", |b| {
        b.iter_batched(
            || {
                value += 1.0;
                moves(1000, value)
            },
            |changes| tree.apply(changes).unwrap(),
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(costs, message, create, state);
criterion_main!(costs);
