//! The engine: how guests are compiled and where their instances live.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use crate::alone::Alone;
use crate::bindings::{RoomType, RoomTypePre};
use crate::build_id::BuildId;
use crate::cache::CodeCache;
use crate::code::RoomCode;
use crate::compilers::Compilers;
use crate::context::RoomContext;
use crate::epoch::{Pace, Ticker};
use crate::error::{EngineError, LoadError};
use crate::fit;
use crate::guest::Guest;
use crate::settings::PluginSettings;

/// Compiles components and keeps what all rooms share. One per process; clones share.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

/// What every instance refers to.
pub(crate) struct Shared {
    pub(crate) engine: wasmtime::Engine,
    pub(crate) settings: PluginSettings,
    pub(crate) ticker: Ticker,
    /// As many as rooms may live at once.
    pub(crate) places: Arc<Semaphore>,
    /// As many as instances without a room may wait to be asked.
    pub(crate) waiting: Arc<Semaphore>,
    compilers: Compilers,
    cache: Option<CodeCache>,
}

impl Engine {
    /// Reserves the pool, opens the cache folder and starts the thread that measures hooks.
    pub fn new(settings: PluginSettings) -> Result<Self, EngineError> {
        settings.check()?;
        let cache = match &settings.cache_folder {
            Some(folder) => Some(CodeCache::open(folder, settings.cache_files)?),
            None => None,
        };
        let engine = start(&settings)?;
        let weak = engine.weak();
        let advance = move || {
            if let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
            }
        };
        let ticker = Ticker::start(pace(&settings), advance).map_err(EngineError::Thread)?;
        Ok(Self {
            shared: Arc::new(Shared {
                engine,
                places: Arc::new(Semaphore::new(settings.max_rooms as usize)),
                waiting: Arc::new(Semaphore::new(WAITING)),
                compilers: Compilers::start()
                    .map_err(|error| EngineError::Thread(io::Error::other(error)))?,
                settings,
                ticker,
                cache,
            }),
        })
    }

    /// Compiles a component, or takes it from the cache, and checks that it fits the world of room types.
    /// `name` is for messages: a file name.
    ///
    /// Compiling takes from milliseconds to seconds and blocks; in async code call this through
    /// `tokio::task::spawn_blocking`.
    pub fn load<C: RoomContext>(&self, bytes: &[u8], name: &str) -> Result<RoomCode<C>, LoadError> {
        fit::check_kind(bytes, name)?;
        let invalid = |error: wasmtime::Error| refusal(&error, name);
        let engine = &self.shared.engine;
        let compile = || {
            self.shared
                .compilers
                .run(|| Component::from_binary(engine, bytes))
        };
        let component = match &self.shared.cache {
            Some(cache) => cache.get_or_compile(engine, bytes, compile),
            None => compile(),
        }
        .map_err(invalid)?;
        let linker = linker_for::<C>(engine).map_err(invalid)?;
        let misfit = fit::misfit(&component, &linker);
        if !misfit.is_empty() {
            return Err(LoadError::Misfit {
                name: name.to_owned(),
                misfit,
            });
        }
        let room = linker
            .instantiate_pre(&component)
            .and_then(RoomTypePre::new)
            .map_err(invalid)?;
        let alone = linker_for::<Alone>(engine)
            .and_then(|linker| linker.instantiate_pre(&component))
            .and_then(RoomTypePre::new)
            .map_err(invalid)?;
        Ok(RoomCode::new(
            Arc::clone(&self.shared),
            name,
            BuildId::of(bytes),
            room,
            alone,
        ))
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}

/// As long as a hook may run unnoticed while all are short.
const CALM_TICK: Duration = Duration::from_millis(16);

/// A tick has to come several times in a hook's time.
fn pace(settings: &PluginSettings) -> Pace {
    Pace {
        calm: CALM_TICK.min(settings.hook_time / 4).max(settings.epoch_tick),
        hurried: settings.epoch_tick,
    }
}

/// Why a component cannot be compiled or linked.
fn refusal(error: &wasmtime::Error, name: &str) -> LoadError {
    let (name, reason) = (name.to_owned(), format!("{error:#}"));
    // The engine has no type for this. A component that does not fit the pool is refused by it at loading, not
    // only when its first room is made.
    if reason.contains("pooling allocator") {
        LoadError::TooLarge { name, reason }
    } else {
        LoadError::Invalid { name, reason }
    }
}

/// What components find when they import something.
fn linker_for<C: RoomContext>(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<Guest<C>>> {
    let mut linker = Linker::new(engine);
    RoomType::add_to_linker::<_, HasSelf<Guest<C>>>(&mut linker, |guest| guest)?;
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    Ok(linker)
}

/// Machine stack for the host functions that a guest calls, on top of the guest's own.
const HOST_STACK: usize = 128 << 10;

/// Reserves the pool: with large slots if they fit this machine, else with small ones.
fn start(settings: &PluginSettings) -> Result<wasmtime::Engine, EngineError> {
    let small = MemorySlot::small(settings);
    let engine = match MemorySlot::large(settings) {
        Some(large) => wasmtime::Engine::new(&config(settings, large)).or_else(|error| {
            tracing::warn!(
                error = format!("{error:#}"),
                "no address space for a pool that needs no bounds checks; guests will run a little slower"
            );
            wasmtime::Engine::new(&config(settings, small))
        }),
        None => wasmtime::Engine::new(&config(settings, small)),
    };
    engine.map_err(|error| EngineError::Start {
        reason: format!(
            "{error:#} (the pool is address space for `max_rooms` = {} rooms of `room_memory` = {} bytes; \
             a limit on virtual memory, `ulimit -v`, may be too low for it)",
            settings.max_rooms, settings.room_memory
        ),
    })
}

fn config(settings: &PluginSettings, slot: MemorySlot) -> Config {
    let mut config = Config::new();

    // Hooks run on stacks of their own (fibers), so that a hook that used up its slice, or waits for a
    // clock, gives its thread to other rooms. A room keeps its stack between hooks: the size bounds what a
    // room that once nested deep keeps resident. Address space is reserved for the whole of it, memory is taken page by page: an idle
    // room has two or three pages of it.
    config
        .max_wasm_stack(settings.stack)
        .async_stack_size(settings.stack + HOST_STACK);
    // Cleaning a stack between two rooms would guard against a fault in the compiler only; guests cannot
    // read what they did not write.
    config.async_stack_zeroing(false);

    // Each call would set up a task of the component model's own scheduler: several times the price of a hook.
    config.concurrency_support(false);

    // Costs a load and a compare per loop; the alternative, fuel, counts instructions and costs 10 to 30 %.
    config.epoch_interruption(true);

    // Rooms live long and are compiled once per machine.
    config.cranelift_opt_level(OptLevel::Speed);

    // A new room maps the component's initial memory from one shared image, page by page as it writes.
    config.memory_init_cow(true);

    config
        .memory_reservation(slot.reservation)
        .memory_guard_size(slot.guard)
        // Memories of a pool do not move; saying so lets the compiler keep their address in a register.
        .memory_may_move(false)
        .memory_reservation_for_growth(0)
        // The slot before ends in a guard already, and guests' addresses are unsigned.
        .guard_before_linear_memory(false);

    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(settings)));
    config
}

/// One memory's share of the address space.
#[derive(Clone, Copy)]
struct MemorySlot {
    reservation: u64,
    guard: u64,
}

/// Half of the address space that x86-64 gives to a process: the rest is for everything else.
const ADDRESS_SPACE: u64 = 64 << 40;

impl MemorySlot {
    /// Four gigabytes and a guard: no 32-bit address, with any offset that compilers use, gets past the slot, so
    /// compiled code needs no bounds checks (a sixth of the time of guests that are interpreters). None where a full
    /// pool of such slots would not fit the address space.
    fn large(settings: &PluginSettings) -> Option<Self> {
        let slot = Self {
            reservation: 4 << 30,
            guard: 32 << 20,
        };
        let all = memories(settings).checked_mul(slot.reservation + slot.guard);
        all.is_some_and(|all| all <= ADDRESS_SPACE).then_some(slot)
    }

    /// As large as a room's memory may become: compiled code checks addresses. The guard lets it check
    /// once for several accesses at fixed distances from one another.
    fn small(settings: &PluginSettings) -> Self {
        Self {
            reservation: settings.room_memory,
            guard: 4 << 20,
        }
    }
}

/// Instances beside those of `max_rooms` rooms: of code that takes over while the old one is still there, and of `define`
/// and `authenticate`.
const SPARE: u32 = 64;
/// How many of these, of all components, may wait to be asked again.
const WAITING: usize = 16;

/// Instances in a full pool.
fn instances(settings: &PluginSettings) -> u32 {
    settings.max_rooms.saturating_add(SPARE)
}

/// Memories in a full pool.
fn memories(settings: &PluginSettings) -> u64 {
    u64::from(instances(settings)) * u64::from(settings.room_memories)
}

/// Sized so that `max_rooms` rooms of any component that fits the bounds of one room fit together, and some more
/// instances.
fn pool(settings: &PluginSettings) -> PoolingAllocationConfig {
    let rooms = instances(settings);
    let mut pool = PoolingAllocationConfig::new();

    pool.total_component_instances(rooms).total_stacks(rooms);
    pool.total_core_instances(rooms.saturating_mul(settings.core_instances))
        .max_core_instances_per_component(settings.core_instances);
    // These two bound bookkeeping that is allocated as needed; the largest known guests (JavaScript on
    // StarlingMonkey, Go) need some hundred KiB.
    pool.max_core_instance_size(4 << 20)
        .max_component_instance_size(4 << 20);

    pool.total_memories(rooms.saturating_mul(settings.room_memories))
        .max_memories_per_component(settings.room_memories)
        .max_memories_per_module(settings.room_memories)
        .max_memory_size(usize::try_from(settings.room_memory).unwrap_or(usize::MAX));
    pool.total_tables(rooms.saturating_mul(settings.room_tables))
        .max_tables_per_component(settings.room_tables)
        .max_tables_per_module(settings.room_tables)
        .table_elements(settings.table_elements);

    // What a room leaves behind goes back at once. Keeping the first pages and overwriting them would make
    // pages resident that the room never touched: the lowest ones are the far end of its stack.
    pool.linear_memory_keep_resident(0)
        .table_keep_resident(0)
        .async_stack_keep_resident(0);
    // Slots that still hold the image of a component's memory, for the next room of that type.
    pool.max_unused_warm_slots(WARM_SLOTS);
    pool
}

/// Unused slots with an image mapped; an image costs no memory of its own.
const WARM_SLOTS: u32 = 256;
