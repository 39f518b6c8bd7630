//! What a guest may not do ends the guest, says why, and disturbs nobody.

// Helpers of tests may fail loudly, like the tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use std::time::{Duration, Instant};

use common::{PATIENCE, Recorder, component, engine, message, probe, probe_room, settings};
use parlor_plugin::{Engine, HookError, Instance, LoadError, PluginSettings, Trap, TrapKind};

fn trap<T: std::fmt::Debug>(result: Result<T, HookError>) -> Trap {
    match result {
        Err(HookError::Trap(trap)) => trap,
        other => panic!("no trap: {other:?}"),
    }
}

#[tokio::test]
async fn each_end_has_its_kind_and_is_final() {
    let cases = [
        (1, TrapKind::TimeLimit, "processor time"),
        (2, TrapKind::MemoryLimit, "refused"),
        (3, TrapKind::StackOverflow, "stack"),
        (4, TrapKind::Panic, "unreachable"),
        (5, TrapKind::Other, "zero"),
        (6, TrapKind::Other, "out of bounds"),
        (10, TrapKind::Violation, "1 is no close code for rooms"),
    ];
    for (kind, expected, words) in cases {
        let mut room = probe_room().await;
        let first = trap(room.on_message(message(kind)).await);
        assert_eq!((first.kind, first.hook), (expected, "on-message"), "{first}");
        assert!(first.message.contains(words), "{first}");
        let later = trap(room.on_tick(1.0).await);
        assert_eq!((later.kind, later.hook), (expected, "on-tick"));
        assert!(
            later.message.contains("has ended") && later.message.contains(words),
            "{later}"
        );
        assert_eq!(trap(room.save().await).kind, expected);
        // Its context can still be looked at.
        assert_eq!(room.context().broadcasts, []);
    }
}

#[tokio::test]
async fn a_trap_says_where_in_the_guest() {
    let mut room = probe_room().await;
    let overflow = trap(room.on_message(message(3)).await);
    assert_eq!(overflow.backtrace.lines().next(), Some("nest"), "{overflow:?}");
    assert!(overflow.backtrace.lines().count() <= 24);
}

#[tokio::test]
async fn refused_growth_alone_is_no_trap() {
    let mut room = probe_room().await;
    room.on_message(message(7)).await.unwrap();
    // The table stays as small; −1 on top of 4001.
    match room.on_message(message(8)).await {
        Err(HookError::Refusal(refusal)) => assert_eq!(refusal.code, 4000),
        other => panic!("{other:?}"),
    }
    // A later trap has its own reason.
    assert_eq!(trap(room.on_message(message(4)).await).kind, TrapKind::Panic);
}

#[tokio::test]
async fn an_endless_definition_is_cut() {
    let error = probe(&engine()).define("loop").await.unwrap_err();
    assert!(error.to_string().contains("time limit"), "{error}");
}

/// On one thread: while one room loops until it is cut, another gets its hooks called.
#[tokio::test]
async fn a_loop_disturbs_nobody() {
    let hook_time = Duration::from_millis(500);
    let code = probe(
        &Engine::new(PluginSettings {
            hook_time,
            ..settings()
        })
        .unwrap(),
    );
    let mut hostile = code.instantiate(Recorder::default()).await.unwrap();
    let mut other = code.instantiate(Recorder::default()).await.unwrap();
    let start = Instant::now();
    let looping = tokio::spawn(async move { (trap(hostile.on_message(message(1)).await), start.elapsed()) });
    let mut hooks = 0;
    while !looping.is_finished() {
        other.on_message(message(0)).await.unwrap();
        hooks += 1;
        tokio::task::yield_now().await;
    }
    let (trap, cut_after) = looping.await.unwrap();
    assert_eq!(trap.kind, TrapKind::TimeLimit);
    assert!(cut_after >= hook_time, "{cut_after:?}");
    // The hostile room yields every two milliseconds, so there are about 250; fewer on a busy machine.
    assert!(hooks >= 10, "only {hooks} hooks in {cut_after:?}");
}

/// A hook that takes many slices, among others that do too, still gets its whole time.
#[tokio::test]
async fn hooks_that_share_a_thread_are_not_cut_for_it() {
    let settings = PluginSettings {
        hook_time: Duration::from_secs(10),
        hook_wait: PATIENCE,
        ..settings()
    };
    let code = probe(&Engine::new(settings).unwrap());
    let mut rooms = Vec::new();
    for _ in 0..4 {
        let mut room = code.instantiate(Recorder::default()).await.unwrap();
        rooms.push(tokio::spawn(async move {
            room.on_message(message(9)).await.map(|_| ())
        }));
    }
    for room in rooms {
        room.await.unwrap().unwrap();
    }
}

/// Each of its three waits could take all of the hook's time; together they end before it does.
#[tokio::test]
async fn who_is_never_answered_is_told_so_while_it_can_still_act() {
    let settings = PluginSettings {
        hook_wait: Duration::from_secs(2),
        ..settings()
    };
    let code = probe(&Engine::new(settings).unwrap());
    let mut room = code.instantiate(Recorder::default()).await.unwrap();
    for _ in 0..2 {
        match room.on_message(message(13)).await {
            // The eighth error of the interface is `timed-out`.
            Err(HookError::Refusal(refusal)) => assert_eq!(refusal.code, 4308),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_dropped_call_ends_the_instance() {
    let mut room = probe_room().await;
    {
        let call = room.on_message(message(1));
        assert!(
            tokio::time::timeout(Duration::from_millis(10), call)
                .await
                .is_err()
        );
    }
    let later = trap(room.on_tick(1.0).await);
    assert_eq!((later.kind, later.hook), (TrapKind::Other, "on-tick"));
    assert!(
        later.message.contains("on-message") && later.message.contains("dropped"),
        "{later}"
    );
}

#[tokio::test]
async fn the_pool_has_an_end_and_takes_back() {
    let engine = Engine::new(PluginSettings {
        max_rooms: 3,
        ..settings()
    })
    .unwrap();
    let code = probe(&engine);
    let mut rooms = Vec::new();
    for _ in 0..3 {
        rooms.push(code.instantiate(Recorder::default()).await.unwrap());
    }
    let full = trap(code.instantiate(Recorder::default()).await.map(|_| ()));
    assert_eq!(
        (full.kind, full.hook),
        (TrapKind::NoCapacity, "instantiate"),
        "{full}"
    );
    // Other code takes over all the same, and is one of the three then.
    let mut next = code.instantiate_beside(Recorder::default()).await.unwrap();
    next.take_place_of(&mut rooms[0]);
    rooms[0] = next;
    code.instantiate_beside(Recorder::default()).await.unwrap();
    let full = trap(code.instantiate(Recorder::default()).await.map(|_| ()));
    assert_eq!(full.kind, TrapKind::NoCapacity, "{full}");
    rooms.remove(0);
    let mut again: Instance<Recorder> = code.instantiate(Recorder::default()).await.unwrap();
    again.on_tick(1.0).await.unwrap();
}

#[test]
fn a_component_that_is_too_large_is_refused_at_loading() {
    let cases = [
        (
            "(memory (export \"memory\") 1)",
            "(memory (export \"memory\") 200)",
            "memory index 0",
        ),
        (
            "(memory (export \"memory\") 1)",
            "(memory (export \"memory\") 1) (memory 1) (memory 1) (memory 1) (memory 1)",
            "memories",
        ),
        (
            "(table $table 1 funcref)",
            "(table $table 30000 funcref)",
            "table index 0",
        ),
    ];
    for (text, by, words) in cases {
        let bytes = component(&common::PROBE.replace(text, by));
        let error = engine().load::<Recorder>(&bytes, "large").unwrap_err();
        assert!(matches!(error, LoadError::TooLarge { .. }), "{error:?}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// As many tables, elements and memories as guests in Go, Python and JavaScript have.
#[tokio::test]
async fn large_guests_fit_the_defaults() {
    let text = common::PROBE
        .replace(
            "(memory (export \"memory\") 1)",
            "(memory (export \"memory\") 200) (memory 1) (memory 1)",
        )
        .replace(
            "(table $table 1 funcref)",
            "(table $table 8000 funcref) (table 8000 funcref) (table 800 funcref)",
        );
    let engine = Engine::new(PluginSettings {
        max_rooms: 4,
        ..PluginSettings::default()
    })
    .unwrap();
    let code = engine.load::<Recorder>(&component(&text), "large").unwrap();
    let mut room = code.instantiate(Recorder::default()).await.unwrap();
    room.on_message(message(0)).await.unwrap();
}

#[test]
fn pools_of_every_size_fit_the_address_space() {
    for max_rooms in [1, PluginSettings::default().max_rooms, 10_000, 20_000] {
        Engine::new(PluginSettings {
            max_rooms,
            ..PluginSettings::default()
        })
        .unwrap();
    }
}
