//! What a frame costs on its way in and out.
#![allow(missing_docs)]

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use parlor_protocol::frame::server;
use parlor_protocol::msgpack::{self, Limits};
use parlor_protocol::{ClientFrame, MessageType};

/// `{x: 1.5, y: -2}` as msgpackr sends it: a record.
const RECORD: &[u8] = b"\x0d\xa4move\xd4\x72\x40\x92\xa1x\xa1y\xcb\x3f\xf8\0\0\0\0\0\0\xfe";
/// A text of 15 bytes, 16 with its head.
const TEXT: &[u8] = b"\x0d\xa4chat\xafgood evening ...";

fn echo(frame: &Bytes, limits: &Limits) -> Bytes {
    match ClientFrame::decode(frame, limits) {
        Ok(ClientFrame::Message { kind, payload }) => server::message(&kind, payload.as_deref()),
        _ => Bytes::new(),
    }
}

fn frames(criterion: &mut Criterion) {
    let limits = Limits::default();
    let mut group = criterion.benchmark_group("frame");
    for (name, bytes) in [
        ("16 bytes of text, echoed", TEXT),
        ("a record of two numbers, echoed", RECORD),
    ] {
        let frame = Bytes::from_static(bytes);
        group.bench_function(name, |bencher| bencher.iter(|| echo(black_box(&frame), &limits)));
    }
    let kind = MessageType::Number(7);
    group.bench_function("message out, 16 bytes", |bencher| {
        bencher.iter(|| server::message(black_box(&kind), Some(black_box(&[0x01; 16]))));
    });
    group.finish();
}

fn payloads(criterion: &mut Criterion) {
    let limits = Limits::default();
    let mut group = criterion.benchmark_group("payload");
    // 100 players of four members each, as records and as maps.
    let mut records = b"\xdc\0\x64\xd4\x72\x40\x94\xa2id\xa1x\xa1y\xa6health".to_vec();
    for index in 0..100u8 {
        if index > 0 {
            records.push(0x40);
        }
        records.extend_from_slice(&[
            index % 64,
            0xcb,
            0x3f,
            0xf8,
            0,
            0,
            0,
            0,
            0,
            0,
            0xcb,
            0x3f,
            0xf8,
            0,
            0,
            0,
            0,
            0,
            0,
            50,
        ]);
    }
    let maps = msgpack::transcode(&records, &limits)
        .map(std::borrow::Cow::into_owned)
        .unwrap_or_default();
    let json = msgpack::to_json(&maps).unwrap_or_default();
    group.bench_function("100 records to maps", |b| {
        b.iter(|| msgpack::transcode(black_box(&records), &limits))
    });
    group.bench_function("100 maps checked", |b| {
        b.iter(|| msgpack::transcode(black_box(&maps), &limits))
    });
    group.bench_function("100 maps to JSON", |b| {
        b.iter(|| msgpack::to_json(black_box(&maps)))
    });
    group.bench_function("100 maps from JSON", |b| {
        b.iter(|| msgpack::from_json(black_box(&json)))
    });
    group.finish();
}

criterion_group!(benches, frames, payloads);
criterion_main!(benches);
