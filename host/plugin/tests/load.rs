//! What is not a room type is refused, and the refusal says what to do. Compiled code is kept on disk.

// Helpers of tests may fail loudly, like the tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

use common::{PROBE, Recorder, component, dummy, dummy_room_type, engine, message, settings};
use parlor_plugin::{Engine, EngineError, LoadError, Misfit, PluginSettings};

fn refusal(bytes: &[u8]) -> LoadError {
    engine().load::<Recorder>(bytes, "some.wasm").unwrap_err()
}

fn misfit(bytes: &[u8]) -> Misfit {
    match refusal(bytes) {
        LoadError::Misfit { misfit, .. } => misfit,
        other => panic!("{other}"),
    }
}

#[test]
fn a_component_of_the_whole_world_fits() {
    // Imports everything, so that every type of every import is compared with this crate's.
    engine().load::<Recorder>(&dummy_room_type(), "dummy").unwrap();
}

#[test]
fn what_is_not_a_component_is_named() {
    let mut cut = dummy_room_type();
    cut.truncate(cut.len() / 2);
    let cases: [(&[u8], &str); 7] = [
        (b"", "empty"),
        (b"#!/bin/sh", "not WebAssembly"),
        (b"\x7fELF\x02\x01\x01\0", "a program for Linux"),
        (b"(component)", "WebAssembly text"),
        (b"\0asm", "cut off"),
        (b"\0asm\x01\0\0\0", "parlor build"),
        (&cut, "does not compile"),
    ];
    for (bytes, words) in cases {
        let error = refusal(bytes).to_string();
        assert!(error.contains("some.wasm") && error.contains(words), "{error}");
    }
}

#[test]
fn another_world_is_refused_with_everything_that_differs() {
    let other = "package other:thing;
        interface odd { spin: func(); }
        world w { import odd; import parlor:room/log@0.1.0; export run: func(); }";
    let misfit = misfit(&dummy(&[other], "w"));
    assert_eq!(misfit.missing_exports, ["parlor:room/hooks@0.1.0"]);
    assert_eq!(misfit.unknown_imports, ["other:thing/odd"]);
    assert!(misfit.hint.unwrap().contains("parlor new"));
}

#[test]
fn another_version_is_named_in_the_hint() {
    let other = "package parlor:room@0.2.0;
        interface log { write: func(message: string); }
        interface hooks { on-create: func(); }
        world w { import log; export hooks; }";
    let misfit = misfit(&dummy(&[other], "w"));
    assert_eq!(misfit.missing_exports, ["parlor:room/hooks@0.1.0"]);
    assert_eq!(misfit.unknown_imports, ["parlor:room/log@0.2.0"]);
    let hint = misfit.hint.unwrap();
    assert!(hint.contains("0.2.0") && hint.contains("0.1.0"), "{hint}");
}

#[test]
fn functions_that_are_missing_unknown_or_of_another_type_are_named() {
    // A package of the same name and version, as a draft of it might have been.
    let draft = "package parlor:room@0.1.0;
        interface log { write: func(message: string); shout: func(); }
        interface hooks { define: func(name: string); on-dispose: func() -> result<_, string>; }
        world w { import log; export hooks; }";
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_str("draft.wit", draft).unwrap();
    let world = resolve.select_world(&[package], Some("w")).unwrap();
    let misfit = misfit(&common::encode_dummy(&resolve, world));
    assert_eq!(misfit.unknown_imports, ["parlor:room/log@0.1.0#shout"]);
    assert_eq!(misfit.missing_exports.len(), 15, "{misfit}");
    assert!(
        misfit
            .missing_exports
            .contains(&"parlor:room/hooks@0.1.0#on-join".to_owned()),
        "{misfit}"
    );
    assert!(
        misfit
            .wrong_types
            .iter()
            .any(|what| what.starts_with("parlor:room/hooks@0.1.0#define: ")),
        "{misfit}"
    );
    assert!(
        misfit
            .to_string()
            .contains("\n  missing export: parlor:room/hooks@0.1.0#on-join"),
        "{misfit}"
    );
}

#[test]
fn an_import_of_another_type_is_named() {
    let draft = "package parlor:room@0.1.0;
        interface log { write: func(message: string); }
        world w { import log; }";
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_str("draft.wit", draft).unwrap();
    let world = resolve.select_world(&[package], Some("w")).unwrap();
    let misfit = misfit(&common::encode_dummy(&resolve, world));
    assert!(
        misfit
            .wrong_types
            .iter()
            .any(|what| what.contains("parlor:room/log@0.1.0")),
        "{misfit}"
    );
}

#[test]
fn http_is_not_there_and_the_hint_says_so() {
    let http = "package wasi:http@0.2.0;
        interface outgoing-handler { handle: func(); }
        world w { include parlor:room/room-type@0.1.0; import outgoing-handler; }";
    let misfit = misfit(&dummy(&[http], "w"));
    assert_eq!(misfit.unknown_imports, ["wasi:http/outgoing-handler@0.2.0"]);
    assert!(misfit.hint.unwrap().contains("no network"));
}

/// An engine with a cache in a new folder, and how the compiled files there look.
struct Cached {
    _folder: tempfile::TempDir,
    settings: PluginSettings,
}

impl Cached {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cache_folder = Some(folder.path().join("deep/compiled"));
        Self {
            settings: PluginSettings {
                cache_folder,
                cache_files: 2,
                ..settings()
            },
            _folder: folder,
        }
    }

    fn load(&self, bytes: &[u8]) {
        let engine = Engine::new(self.settings.clone()).unwrap();
        let code = engine.load::<Recorder>(bytes, "probe").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut room = code.instantiate(Recorder::default()).await.unwrap();
            room.on_message(message(0)).await.unwrap();
        });
    }

    fn files(&self) -> Vec<PathBuf> {
        let folder = self.settings.cache_folder.as_ref().unwrap();
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
    }
}

#[test]
fn compiled_code_is_kept_and_used_again() {
    let cached = Cached::new();
    let bytes = component(PROBE);
    cached.load(&bytes);
    let files = cached.files();
    assert_eq!(files.len(), 1, "{files:?}");
    let written = fs::metadata(&files[0]).unwrap().ino();
    cached.load(&bytes);
    assert_eq!(cached.files(), files);
    assert_eq!(
        fs::metadata(&files[0]).unwrap().ino(),
        written,
        "the file was written anew"
    );
    let mode = fs::metadata(files[0].parent().unwrap())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn damaged_and_foreign_files_are_written_anew() {
    let cached = Cached::new();
    let bytes = component(PROBE);
    cached.load(&bytes);
    let file = cached.files().remove(0);
    let good = fs::read(&file).unwrap();
    type Spoil = fn(&mut Vec<u8>);
    let cases: [Spoil; 5] = [
        |code| code.clear(),
        |code| code.truncate(100),
        |code| code[0] ^= 1,
        |code| code[20] ^= 1,
        |code| *code.last_mut().unwrap() ^= 1,
    ];
    for spoil in cases {
        let mut bad = good.clone();
        spoil(&mut bad);
        fs::write(&file, bad).unwrap();
        cached.load(&bytes);
        assert_eq!(fs::read(&file).unwrap().len(), good.len());
    }
}

#[test]
fn the_least_recently_used_file_goes_first() {
    let cached = Cached::new();
    let variant = |pages| component(&PROBE.replace("\"memory\") 1)", &format!("\"memory\") {pages})")));
    cached.load(&variant(1));
    let first = cached.files();
    cached.load(&variant(2));
    assert_eq!(cached.files().len(), 2);
    // Used again, so the second is the oldest now.
    cached.load(&variant(1));
    cached.load(&variant(3));
    let files = cached.files();
    assert_eq!(files.len(), 2);
    assert!(files.contains(&first[0]));
}

#[test]
fn a_folder_that_others_can_write_to_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let settings = PluginSettings {
        cache_folder: Some(folder.path().to_owned()),
        ..settings()
    };
    match Engine::new(settings) {
        Err(EngineError::CacheFolder { problem, .. }) => assert!(problem.contains("chmod"), "{problem}"),
        other => panic!("{other:?}"),
    }
}
