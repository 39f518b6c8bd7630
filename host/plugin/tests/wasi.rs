//! WASI is there, and there is nothing behind it but the log and the clock.

// Helpers of tests may fail loudly, like the tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use std::time::{Duration, Instant};

use common::{PROBE, Recorder, component_of, settings};
use parlor_plugin::{Engine, HookError, Instance, LogLevel, PluginSettings, RoomCode, TrapKind};

const WIT: &str = include_str!("guests/wasi.wit");

const IMPORTS: &str = r#"
  (import "wasi:cli/environment@0.2.0" "get-environment" (func $environment (param i32)))
  (import "wasi:cli/exit@0.2.0" "exit" (func $exit (param i32)))
  (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $stdout (result i32)))
  (import "wasi:cli/stderr@0.2.0" "get-stderr" (func $stderr (result i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
    (func $write (param i32 i32 i32 i32)))
  (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $after (param i64) (result i32)))
  (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:filesystem/preopens@0.2.0" "get-directories" (func $directories (param i32)))
  (import "wasi:sockets/instance-network@0.2.0" "instance-network" (func $network (result i32)))
  (import "wasi:sockets/ip-name-lookup@0.2.0" "resolve-addresses" (func $resolve (param i32 i32 i32 i32)))
  (import "wasi:sockets/tcp-create-socket@0.2.0" "create-tcp-socket" (func $tcp (param i32 i32)))
  (import "wasi:sockets/udp-create-socket@0.2.0" "create-udp-socket" (func $udp (param i32 i32)))
"#;

/// What a tick does, by the milliseconds it is given. Faults with a text of one digit per number that it found out.
const TICK: &str = r#"
  (data (i32.const 512) "to out\nand on\nto err\n")
  (func $digit (param $at i32) (param $number i32)
    (i32.store8 (i32.add (i32.const 640) (local.get $at)) (i32.add (i32.const 48) (local.get $number))))
  (func $say (param $length i32) (result i32)
    (i32.store (i32.const 0) (i32.const 1))
    (i32.store (i32.const 4) (i32.const 640))
    (i32.store (i32.const 8) (local.get $length))
    (i32.const 0))
  (func (export "parlor:room/hooks@0.1.0#on-tick") (param $what f64) (result i32)
    (if (f64.eq (local.get $what) (f64.const 1))
      (then
        (call $write (call $stdout) (i32.const 512) (i32.const 13) (i32.const 64))
        (call $write (call $stderr) (i32.const 526) (i32.const 7) (i32.const 64))
        (call $log (i32.const 3) (i32.const 144) (i32.const 4))))
    (if (f64.eq (local.get $what) (f64.const 2))
      (then
        (call $environment (i32.const 64))
        (call $digit (i32.const 0) (i32.load (i32.const 68)))
        (call $directories (i32.const 64))
        (call $digit (i32.const 1) (i32.load (i32.const 68)))
        (return (call $say (i32.const 2)))))
    (if (f64.eq (local.get $what) (f64.const 3))
      (then
        (call $tcp (i32.const 0) (i32.const 64))
        (call $digit (i32.const 0) (i32.load8_u (i32.const 64)))
        (call $digit (i32.const 1) (i32.load8_u (i32.const 68)))
        (call $udp (i32.const 1) (i32.const 64))
        (call $digit (i32.const 2) (i32.load8_u (i32.const 64)))
        (call $digit (i32.const 3) (i32.load8_u (i32.const 68)))
        (call $resolve (call $network) (i32.const 144) (i32.const 4) (i32.const 64))
        (call $digit (i32.const 4) (i32.load8_u (i32.const 64)))
        (call $digit (i32.const 5) (i32.load8_u (i32.const 68)))
        (return (call $say (i32.const 6)))))
    (if (f64.eq (local.get $what) (f64.const 4)) (then (call $block (call $after (i64.const 30000000)))))
    (if (f64.eq (local.get $what) (f64.const 5)) (then (call $block (call $after (i64.const 3600000000000)))))
    (if (f64.eq (local.get $what) (f64.const 6)) (then (call $exit (i32.const 1))))
    (if (f64.eq (local.get $what) (f64.const 7))
      (then (loop $again (drop (call $after (i64.const 1))) (br $again))))
    (call $ok))
"#;

const PLAIN_TICK: &str =
    "(func (export \"parlor:room/hooks@0.1.0#on-tick\") (param f64) (result i32) (call $ok))";

fn code(settings: PluginSettings) -> RoomCode<Recorder> {
    let (head, tail) = PROBE.split_once("(module").unwrap();
    let (before, after) = tail.split_once(PLAIN_TICK).unwrap();
    let text = format!("{head}(module{IMPORTS}{before}{TICK}{after}");
    Engine::new(settings)
        .unwrap()
        .load(&component_of(&text, &[WIT], "guest"), "wasi")
        .unwrap()
}

async fn room() -> Instance<Recorder> {
    code(settings()).instantiate(Recorder::default()).await.unwrap()
}

fn fault<T: std::fmt::Debug>(result: Result<T, HookError>) -> String {
    match result {
        Err(HookError::Fault(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn trap_kind<T: std::fmt::Debug>(result: Result<T, HookError>) -> (TrapKind, String) {
    match result {
        Err(HookError::Trap(trap)) => (trap.kind, trap.message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn output_goes_to_the_log_in_order() {
    let mut room = room().await;
    room.on_tick(1.0).await.unwrap();
    let log: Vec<_> = room
        .context()
        .log
        .iter()
        .map(|(level, line)| (*level, line.as_str()))
        .collect();
    let expected = [
        (LogLevel::Info, "to out"),
        (LogLevel::Warn, "to err"),
        (LogLevel::Error, "left"),
        // Not finished when the guest wrote to the log itself, so it comes at the hook's end.
        (LogLevel::Info, "and on"),
    ];
    assert_eq!(log, expected);
}

#[tokio::test]
async fn no_environment_and_no_folder() {
    assert_eq!(fault(room().await.on_tick(2.0).await), "00");
}

#[tokio::test]
async fn no_socket_and_no_name() {
    let text = fault(room().await.on_tick(3.0).await);
    // An error and its code, three times: 1 is access-denied, 20 (a `D` here) permanent-resolver-failure.
    assert_eq!(text, "11111D", "tcp, udp, lookup");
}

#[tokio::test]
async fn clocks_work_and_waiting_is_bounded() {
    let mut room = room().await;
    let start = Instant::now();
    room.on_tick(4.0).await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(30));

    let impatient = PluginSettings {
        hook_wait: Duration::from_millis(150),
        ..settings()
    };
    let mut room = code(impatient).instantiate(Recorder::default()).await.unwrap();
    let (kind, message) = trap_kind(room.on_tick(5.0).await);
    assert_eq!(kind, TrapKind::TimeLimit);
    assert!(message.contains("150ms"), "{message}");
    assert_eq!(trap_kind(room.on_tick(0.0).await).0, TrapKind::TimeLimit);
}

#[tokio::test]
async fn exit_is_a_panic() {
    let (kind, message) = trap_kind(room().await.on_tick(6.0).await);
    assert_eq!(kind, TrapKind::Panic);
    assert_eq!(message, "the guest called exit(1)");
}

#[tokio::test]
async fn handles_are_bounded() {
    let (kind, message) = trap_kind(room().await.on_tick(7.0).await);
    assert_eq!(kind, TrapKind::Other, "{message}");
}
