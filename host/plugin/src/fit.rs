//! Whether a component fits the world of room types, and if not, everything that differs: an author
//! wants the whole list at once, and the engine stops at the first.

use wasmtime::component::types::{ComponentInstance, ComponentItem};
use wasmtime::component::{Component, Linker};

use crate::bindings::exports::parlor::room::hooks as exported;
use crate::bindings::parlor::room::types;
use crate::error::{LoadError, Misfit};

/// The version of the package that this host speaks. Newer patch versions only add; a component for
/// one of them fits as long as it does not use what was added.
const VERSION: &str = "0.1.0";
const COMPATIBLE: &str = "0.1.";
const PACKAGE: &str = "parlor:room/";
const HOOKS: &str = "hooks";

/// The functions of each interface that a room may import.
const IMPORTS: [(&str, &[&str]); 11] = [
    ("types", &[]),
    ("schema", &[]),
    ("log", &["write"]),
    (
        "room",
        &[
            "id",
            "name",
            "set-id",
            "broadcast",
            "set-max-clients",
            "set-auto-dispose",
            "set-patch-interval",
            "broadcast-patch",
            "checkpoint",
            "set-seat-reservation-time",
            "set-metadata",
            "merge-metadata",
            "set-matchmaking",
            "set-private",
            "set-unlisted",
            "lock",
            "unlock",
            "disconnect",
        ],
    ),
    (
        "clients",
        &[
            "send",
            "error",
            "leave",
            "release-seat",
            "join-group",
            "leave-group",
        ],
    ),
    ("state", &["apply", "apply-with-numbers", "replace"]),
    (
        "clock",
        &[
            "elapsed",
            "wall-time",
            "set-tick-interval",
            "set-fixed-step",
            "set-timeout",
            "set-interval",
            "clear",
            "pause",
            "resume",
            "reset",
            "timer-elapsed",
        ],
    ),
    ("views", &["show", "hide"]),
    ("random", &["next", "fraction", "bytes"]),
    (
        "matchmaker",
        &["query", "create", "reserve", "send-on", "request", "notify"],
    ),
    (
        "presence",
        &[
            "publish",
            "subscribe",
            "unsubscribe",
            "set",
            "get",
            "remove",
            "exists",
            "expire",
            "increment",
            "set-add",
            "set-remove",
            "set-contains",
            "set-members",
            "set-size",
            "set-intersection",
            "hash-set",
            "hash-get",
            "hash-remove",
            "hash-entries",
            "hash-size",
            "hash-increment",
            "list-push",
            "list-pop",
            "list-length",
        ],
    ),
];

/// The interfaces of WASI 0.2 that are linked.
const WASI: [&str; 27] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];
const WASI_COMPATIBLE: &str = "0.2.";

/// Refuses what is not a component before the compiler sees it: its own words for that are hard to read.
pub(crate) fn check_kind(bytes: &[u8], name: &str) -> Result<(), LoadError> {
    // The layer field of the binary format tells modules (0) and components (1) apart.
    let found = match bytes {
        [0, b'a', b's', b'm', _, _, 1, 0, ..] => return Ok(()),
        [0, b'a', b's', b'm', _, _, 0, 0, ..] => {
            return Err(LoadError::CoreModule {
                name: name.to_owned(),
            });
        }
        [] => "the file is empty",
        [0x7f, b'E', b'L', b'F', ..] => "a program for Linux",
        [b'(', ..] => "perhaps WebAssembly text",
        [0, b'a', b's', b'm', ..] => "a WebAssembly file cut off or of an unknown kind",
        _ => "it does not begin with the bytes 00 61 73 6d",
    };
    Err(LoadError::NotWasm {
        name: name.to_owned(),
        found,
    })
}

/// Everything in which `component` differs from the world.
pub(crate) fn misfit<T: 'static>(component: &Component, linker: &Linker<T>) -> Misfit {
    let mut misfit = Misfit::default();
    let mut other_version = None;
    check_imports(component, &mut misfit, &mut other_version);
    check_exports(component, &mut misfit, &mut other_version);
    if misfit.unknown_imports.is_empty()
        && let Err(error) = linker.instantiate_pre(component)
    {
        misfit.wrong_types.push(format!("{error:#}"));
    }
    misfit.hint = hint(&misfit, other_version);
    misfit
}

fn check_imports(component: &Component, misfit: &mut Misfit, other_version: &mut Option<String>) {
    let engine = component.engine();
    let ty = component.component_type();
    for (name, import) in ty.imports(engine) {
        let (interface, version) = name.split_once('@').unwrap_or((name, ""));
        if WASI.contains(&interface) && version.starts_with(WASI_COMPATIBLE) {
            continue;
        }
        let own = interface.strip_prefix(PACKAGE);
        let known = own.and_then(|own| IMPORTS.iter().find(|(interface, _)| *interface == own));
        match (known, import.ty) {
            (Some((_, functions)), ComponentItem::ComponentInstance(instance))
                if version.starts_with(COMPATIBLE) =>
            {
                for (function, item) in instance.exports(engine) {
                    let callable = matches!(item.ty, ComponentItem::ComponentFunc(_));
                    if callable && !functions.contains(&function) {
                        misfit.unknown_imports.push(format!("{name}#{function}"));
                    }
                }
            }
            _ => misfit.unknown_imports.push(name.to_owned()),
        }
        if own.is_some() && !version.starts_with(COMPATIBLE) {
            *other_version = Some(version.to_owned());
        }
    }
}

fn check_exports(component: &Component, misfit: &mut Misfit, other_version: &mut Option<String>) {
    let engine = component.engine();
    let ty = component.component_type();
    let mut hooks = None;
    for (name, export) in ty.exports(engine) {
        let Some((HOOKS, version)) = name.strip_prefix(PACKAGE).and_then(|own| own.split_once('@')) else {
            continue;
        };
        match export.ty {
            ComponentItem::ComponentInstance(instance) if version.starts_with(COMPATIBLE) => {
                hooks = Some(instance)
            }
            _ => *other_version = Some(version.to_owned()),
        }
    }
    let Some(hooks) = hooks else {
        misfit.missing_exports.push(format!("{PACKAGE}{HOOKS}@{VERSION}"));
        return;
    };
    check_hooks(component, &hooks, misfit);
}

/// Checks each hook's presence and type against the generated bindings.
fn check_hooks(component: &Component, hooks: &ComponentInstance, misfit: &mut Misfit) {
    let ty = component.component_type();
    let scope = ty.instance_type();
    macro_rules! check {
        ($($name:literal: $params:ty => $result:ty;)*) => {$(
            let full = format!("{PACKAGE}{HOOKS}@{VERSION}#{}", $name);
            match hooks.get_export(component.engine(), $name).map(|export| export.ty) {
                Some(ComponentItem::ComponentFunc(function)) => {
                    if let Err(error) = function.typecheck::<$params, ($result,)>(&scope) {
                        misfit.wrong_types.push(format!("{full}: {error:#}"));
                    }
                }
                _ => misfit.missing_exports.push(full),
            }
        )*};
    }
    check! {
        "define": (&str,) => exported::Definition;
        "authenticate": (&exported::JoinRequest,) => Result<Option<types::Document>, types::Rejection>;
        "on-create": (&types::Document,) => Result<(), types::Rejection>;
        "on-join": (&exported::JoiningClient,) => Result<(), types::Rejection>;
        "on-message": (&exported::Message,) => Result<types::Payload, types::Rejection>;
        "on-room-message": (&exported::RoomMessage,) => Result<types::Payload, types::Rejection>;
        "on-published": (&str, &types::Document) => Result<(), String>;
        "on-drop": (&str, u16) => Result<exported::HeldSeat, String>;
        "on-reconnect": (&str,) => Result<(), String>;
        "on-leave": (&str, u16) => Result<(), String>;
        "on-tick": (f64,) => Result<(), String>;
        "on-timer": (&str, Option<&types::Document>) => Result<(), String>;
        "on-before-patch": () => Result<(), String>;
        "on-shutdown": (f64,) => Result<(), String>;
        "on-dispose": () => Result<(), String>;
        "save": () => Result<exported::Saved, String>;
        "restore": (&exported::Saved, exported::StateHandover) => Result<(), String>;
    }
}

fn hint(misfit: &Misfit, other_version: Option<String>) -> Option<String> {
    if misfit.is_empty() {
        return None;
    }
    let unknown = |prefix: &str| misfit.unknown_imports.iter().any(|name| name.starts_with(prefix));
    if let Some(version) = other_version {
        return Some(format!(
            "It was built for version {version} of `parlor:room`; this host speaks {VERSION}. \
             Build it anew with the SDK that came with this host."
        ));
    }
    if unknown("wasi:http") {
        return Some("Rooms have no network: build without HTTP (for JavaScript: `--disable all`).".into());
    }
    if unknown("wasi:") {
        return Some(
            "Only the interfaces of WASI 0.2 are linked; build for `wasm32-wasip2`, or without WASI.".into(),
        );
    }
    if misfit.missing_exports.iter().any(|name| !name.contains('#')) {
        return Some(
            "It is a component, but not a room type: a command or a library perhaps. \
             `parlor new` makes a room type to start from."
                .into(),
        );
    }
    Some(format!(
        "Build it anew against `wit/` of `parlor:room@{VERSION}`."
    ))
}
