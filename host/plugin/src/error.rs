//! What can go wrong: while the engine starts, while a component is loaded, in a hook.

use std::fmt;
use std::path::PathBuf;

use parlor_schema::SchemaError;

use crate::vocabulary::Refusal;

/// The engine could not be started.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A setting is out of its bounds.
    #[error("setting `{setting}`: {problem}")]
    Setting {
        /// The field of [`PluginSettings`](crate::PluginSettings).
        setting: &'static str,
        /// What is wrong with it and what would be right.
        problem: String,
    },
    /// The pool could not be reserved, or this machine cannot run compiled guests.
    #[error("the WebAssembly engine does not start: {reason}")]
    Start {
        /// What the engine says, with a hint where there is one.
        reason: String,
    },
    /// The folder for compiled code cannot be used.
    #[error("the folder for compiled code, {}: {problem}", folder.display())]
    CacheFolder {
        /// The folder as configured.
        folder: PathBuf,
        /// What is wrong with it and what would be right.
        problem: String,
    },
    /// The thread that measures hooks, or those that compile, could not be started.
    #[error("a thread of the engine does not start: {0}")]
    Thread(std::io::Error),
}

/// A component cannot be used as a room type.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The bytes are no WebAssembly at all.
    #[error(
        "`{name}` is not WebAssembly ({found}); a room type is a component, a `.wasm` file made by `parlor build`"
    )]
    NotWasm {
        /// The name that was given to [`Engine::load`](crate::Engine::load).
        name: String,
        /// What the file seems to be.
        found: &'static str,
    },
    /// A core module, which has no interface.
    #[error(
        "`{name}` is a core WebAssembly module, not a component; run `parlor build`, or wrap it with `wasm-tools component new`"
    )]
    CoreModule {
        /// The name that was given to [`Engine::load`](crate::Engine::load).
        name: String,
    },
    /// A component that is damaged, or uses proposals that rooms may not use.
    #[error("`{name}` does not compile: {reason}")]
    Invalid {
        /// The name that was given to [`Engine::load`](crate::Engine::load).
        name: String,
        /// What the compiler says.
        reason: String,
    },
    /// A component for another world.
    #[error("`{name}` does not fit the world `parlor:room/room-type@0.1.0`:{misfit}")]
    Misfit {
        /// The name that was given to [`Engine::load`](crate::Engine::load).
        name: String,
        /// Everything that is missing or unknown.
        misfit: Misfit,
    },
    /// The component needs more than the pool gives to one room.
    #[error(
        "`{name}` needs more than one room may have: {reason}; the bounds are `room_memory`, `room_memories`, \
         `room_tables`, `table_elements` and `core_instances`"
    )]
    TooLarge {
        /// The name that was given to [`Engine::load`](crate::Engine::load).
        name: String,
        /// What is exceeded, as the engine says it.
        reason: String,
    },
    /// `define` trapped or could not be called.
    #[error("`{name}` cannot say what the room type `{room_type}` is: {trap}")]
    Define {
        /// The name that was given to [`Engine::load`](crate::Engine::load).
        name: String,
        /// The room type that was asked for.
        room_type: String,
        /// How it ended.
        trap: Trap,
    },
    /// `define` returned a state schema that breaks a rule of `wit/schema.wit`.
    #[error("`{name}` declares a state for the room type `{room_type}` that cannot be: {error}")]
    Schema {
        /// The name that was given to [`Engine::load`](crate::Engine::load).
        name: String,
        /// The room type that was asked for.
        room_type: String,
        /// Names struct and field.
        error: SchemaError,
    },
}

/// How a component differs from the world of room types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Misfit {
    /// What the world exports and the component does not: `parlor:room/hooks@0.1.0#on-join`.
    pub missing_exports: Vec<String>,
    /// What the component imports and the host does not offer.
    pub unknown_imports: Vec<String>,
    /// Functions that are there under their right name with another type, and why.
    pub wrong_types: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Misfit {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.missing_exports.is_empty() && self.unknown_imports.is_empty() && self.wrong_types.is_empty()
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lists = [
            ("missing export", &self.missing_exports),
            ("unknown import", &self.unknown_imports),
            ("wrong type", &self.wrong_types),
        ];
        for (what, names) in lists {
            for name in names {
                write!(f, "\n  {what}: {name}")?;
            }
        }
        match &self.hint {
            Some(hint) => write!(f, "\n  {hint}"),
            None => Ok(()),
        }
    }
}

/// How a hook did not return a value. An error of the guest's own making, or the end of its
/// instance; the two never look alike.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HookError {
    /// The room says no. It goes on.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// Something went wrong inside the room's own code. It goes on.
    #[error("fault: {0}")]
    Fault(String),
    /// The instance has ended.
    #[error(transparent)]
    Trap(#[from] Trap),
}

/// The end of an instance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trap in `{hook}` ({kind}): {message}")]
pub struct Trap {
    /// What ended it.
    pub kind: TrapKind,
    /// The hook that was called, as the WIT writes it (`on-message`), or `instantiate`.
    pub hook: &'static str,
    /// One line.
    pub message: String,
    /// The guest's stack, innermost function first, one to a line; empty where it is not known.
    pub backtrace: String,
}

/// What ended an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrapKind {
    /// The hook ran longer than [`hook_time`](crate::PluginSettings::hook_time), or waited
    /// longer than [`hook_wait`](crate::PluginSettings::hook_wait).
    TimeLimit,
    /// The guest was refused memory (or table) growth and gave up.
    MemoryLimit,
    /// Calls nested too deep.
    StackOverflow,
    /// The guest gave up by itself: a panic, an uncaught exception, `exit`.
    Panic,
    /// The guest did what its interface forbids.
    Violation,
    /// The host has no room for another instance.
    NoCapacity,
    /// Anything else: an access out of bounds, a division by zero, a cancelled call.
    Other,
}

impl fmt::Display for TrapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TimeLimit => "time limit",
            Self::MemoryLimit => "memory limit",
            Self::StackOverflow => "stack overflow",
            Self::Panic => "panic",
            Self::Violation => "violation",
            Self::NoCapacity => "no capacity",
            Self::Other => "other",
        })
    }
}
