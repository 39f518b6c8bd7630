//! Writes encoded histories for the real decoders, one JSON object a line (`tests/decoders/check.mjs`).
//!
//! `decoders scripts HISTORIES.json VECTORS.json` replays the written histories and that of `stateView`, `decoders random FIRST
//! COUNT` random ones of the `state` conformance room from that seed on, `decoders shapes FIRST COUNT` random
//! ones over random schemas.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod json;
mod random;
mod record;
mod room;
mod script;
mod shapes;
mod state_view;
mod viewers;

#[path = "../../model/mod.rs"]
mod model;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["scripts", histories, vectors] => {
            script::emit(histories, vectors);
            state_view::emit();
        }
        ["random", first, count] => seeds(first, count).for_each(random::emit),
        ["shapes", first, count] => seeds(first, count).for_each(shapes::emit),
        _ => {
            panic!("usage: decoders scripts HISTORIES.json VECTORS.json | decoders random|shapes FIRST COUNT")
        }
    }
}

fn seeds(first: &str, count: &str) -> std::ops::Range<u64> {
    let first: u64 = first.parse().expect("FIRST is a number");
    let count: u64 = count.parse().expect("COUNT is a number");
    first..first + count
}
