//! What an operator may say about running guests.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::EngineError;

/// Bounds for guests and for the pool that their instances come from.
///
/// The pool is address space, reserved when the engine starts and touched only by rooms that
/// live: a large pool costs page tables, not memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginSettings {
    /// How many rooms may live at once. Default 4 000; 1 to 50 000. Some fifty instances more may, for a short while each:
    /// of `authenticate`, and of code that takes over.
    ///
    /// Up to 4 000 (times [`room_memories`](Self::room_memories) = 4) the pool is laid out so that guests
    /// need no bounds checks; beyond, guests run slower, by a sixth at worst. Each living room takes about
    /// six of the kernel's memory mappings; beyond 10 000 rooms the operator has to raise `vm.max_map_count`.
    pub max_rooms: u32,
    /// Bytes of linear memory that one room may have, all its memories counted together.
    /// Default 64 MiB; 64 KiB to 4 GiB, in whole pages of 64 KiB. What a guest does not touch costs nothing.
    pub room_memory: u64,
    /// Linear memories of one room. Default 4 (QuickJS has 3); 1 to 32.
    pub room_memories: u32,
    /// Tables of one room. Default 8; 1 to 64.
    pub room_tables: u32,
    /// Elements of one table. Default 20 000 (guests in Go, Python and JavaScript have up to
    /// 8 000 from the start); up to 1 000 000.
    pub table_elements: usize,
    /// Core modules that one component may consist of. Default 64 (Python components have some 30).
    pub core_instances: u32,
    /// Bytes of machine stack for the guest's own calls; deeper nesting traps as a stack
    /// overflow. Default 256 KiB; 64 KiB to 8 MiB.
    pub stack: usize,
    /// Processor time of one hook, its first slice not counted; then it traps. Measured in steps of
    /// [`epoch_tick`](Self::epoch_tick). Default 100 ms; at least one tick.
    pub hook_time: Duration,
    /// How long one hook may take by the clock on the wall, all its pauses counted: waiting for a WASI clock, or for
    /// the processor while others run. Then it traps. Default 10 s.
    pub hook_wait: Duration,
    /// After this time a running hook lets others run; the first long one after a time in which all were short, after
    /// 16 ms, or a quarter of [`hook_time`](Self::hook_time) if that is less. Default 2 ms; 1 ms to 1 s.
    pub epoch_tick: Duration,
    /// Where compiled components are kept, so that a component is compiled once per machine.
    /// Created if it is not there, for this user only. None: every start compiles anew. Default none.
    pub cache_folder: Option<PathBuf>,
    /// Files in the cache folder; the least recently used go first. Default 256; at least 1.
    pub cache_files: usize,
}

impl Default for PluginSettings {
    fn default() -> Self {
        Self {
            max_rooms: 4_000,
            room_memory: 64 << 20,
            room_memories: 4,
            room_tables: 8,
            table_elements: 20_000,
            core_instances: 64,
            stack: 256 << 10,
            hook_time: Duration::from_millis(100),
            hook_wait: Duration::from_secs(10),
            epoch_tick: Duration::from_millis(2),
            cache_folder: None,
            cache_files: 256,
        }
    }
}

/// The unit in which linear memories grow.
const PAGE: u64 = 64 << 10;

impl PluginSettings {
    /// Whether every setting is inside its bounds; names the first that is not.
    pub fn check(&self) -> Result<(), EngineError> {
        fn bound<T: PartialOrd + std::fmt::Display>(
            setting: &'static str,
            value: T,
            least: T,
            most: T,
        ) -> Result<(), EngineError> {
            if value >= least && value <= most {
                return Ok(());
            }
            let problem = format!("{value} is outside {least} to {most}");
            Err(EngineError::Setting { setting, problem })
        }
        fn bound_time(
            setting: &'static str,
            value: Duration,
            least: Duration,
            most: Duration,
        ) -> Result<(), EngineError> {
            if value >= least && value <= most {
                return Ok(());
            }
            let problem = format!("{value:?} is outside {least:?} to {most:?}");
            Err(EngineError::Setting { setting, problem })
        }
        bound("max_rooms", self.max_rooms, 1, 50_000)?;
        bound("room_memory", self.room_memory, PAGE, 4 << 30)?;
        if !self.room_memory.is_multiple_of(PAGE) {
            let problem = format!("{} is not a whole number of 64 KiB pages", self.room_memory);
            return Err(EngineError::Setting {
                setting: "room_memory",
                problem,
            });
        }
        bound("room_memories", self.room_memories, 1, 32)?;
        bound("room_tables", self.room_tables, 1, 64)?;
        bound("table_elements", self.table_elements, 1, 1_000_000)?;
        bound("core_instances", self.core_instances, 1, 1024)?;
        bound("stack", self.stack, 64 << 10, 8 << 20)?;
        let (millisecond, second) = (Duration::from_millis(1), Duration::from_secs(1));
        bound_time("epoch_tick", self.epoch_tick, millisecond, second)?;
        bound_time("hook_time", self.hook_time, self.epoch_tick, 3600 * second)?;
        bound_time("hook_wait", self.hook_wait, self.hook_time, 3600 * second)?;
        bound("cache_files", self.cache_files, 1, 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_in_bounds() {
        PluginSettings::default().check().unwrap();
    }

    #[test]
    fn what_is_out_of_bounds_is_named() {
        type Break = fn(&mut PluginSettings);
        let cases: [(&str, Break); 8] = [
            ("max_rooms", |s| s.max_rooms = 0),
            ("room_memory", |s| s.room_memory = PAGE - 1),
            ("room_memory", |s| s.room_memory = PAGE + 1),
            ("room_memories", |s| s.room_memories = 33),
            ("table_elements", |s| s.table_elements = 0),
            ("stack", |s| s.stack = 1024),
            ("hook_time", |s| s.hook_time = Duration::ZERO),
            ("epoch_tick", |s| s.epoch_tick = Duration::from_micros(1)),
        ];
        for (name, spoil) in cases {
            let mut settings = PluginSettings::default();
            spoil(&mut settings);
            match settings.check() {
                Err(EngineError::Setting { setting, .. }) => assert_eq!(setting, name),
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}
