//! What one hook costs, through the component, on the smallest guest there is.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use parlor_plugin::{Document, Engine, PluginSettings, RoomCode};

use common::{PROBE, Recorder, component, message};

fn hooks(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let engine = Engine::new(PluginSettings {
        max_rooms: 1000,
        ..PluginSettings::default()
    })
    .unwrap();
    let code: RoomCode<Recorder> = engine.load(&component(PROBE), "probe").unwrap();
    let create = async || {
        let mut room = code.instantiate(Recorder::default()).await.unwrap();
        room.on_create(Document::MessagePack(vec![0x80])).await.unwrap();
        room
    };

    criterion.bench_function("instantiate + on-create", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut time = Duration::ZERO;
            for _ in 0..rounds {
                let start = Instant::now();
                let room = runtime.block_on(create());
                time += start.elapsed();
                drop(room);
            }
            time
        });
    });
    criterion.bench_function("instantiate + on-create + end", |bencher| {
        bencher.iter(|| drop(runtime.block_on(create())));
    });

    // One entry into the runtime for many hooks, as in a room's task.
    let mut room = runtime.block_on(create());
    criterion.bench_function("on-message: 16 bytes in, broadcast and reply out", |bencher| {
        bencher.iter_custom(|rounds| {
            runtime.block_on(async {
                let mut time = Duration::ZERO;
                let mut left = rounds;
                while left > 0 {
                    let messages: Vec<_> = (0..left.min(BATCH)).map(|_| message(0)).collect();
                    left -= messages.len() as u64;
                    let start = Instant::now();
                    for message in messages {
                        black_box(room.on_message(message).await).unwrap();
                        room.context_mut().broadcasts.clear();
                    }
                    time += start.elapsed();
                }
                time
            })
        });
    });
    criterion.bench_function("on-tick", |bencher| {
        bencher.iter_custom(|rounds| {
            runtime.block_on(async {
                let start = Instant::now();
                for _ in 0..rounds {
                    room.on_tick(black_box(16.0)).await.unwrap();
                }
                start.elapsed()
            })
        });
    });
}

/// Messages that are made ahead of a measurement.
const BATCH: u64 = 1000;

criterion_group!(benches, hooks);
criterion_main!(benches);
