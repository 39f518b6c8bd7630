//! The bound on what one instance may have.

use std::mem;

use wasmtime::ResourceLimiter;

use crate::settings::PluginSettings;

/// Counts the memory of one instance and refuses what goes beyond its bound.
///
/// A refused growth is an answer (`memory.grow` gives −1), not a trap, because garbage collectors try
/// again after collecting. Guests that cannot go on trap by themselves; `refused` then tells why.
#[derive(Debug)]
pub(crate) struct Limits {
    memory_left: usize,
    /// Taken off `memory_left` by the last growth that was allowed.
    last_growth: usize,
    table_elements: usize,
    counts: Counts,
    refused: bool,
}

#[derive(Clone, Copy, Debug)]
struct Counts {
    instances: usize,
    memories: usize,
    tables: usize,
}

impl Limits {
    pub(crate) fn new(settings: &PluginSettings) -> Self {
        Self {
            memory_left: usize::try_from(settings.room_memory).unwrap_or(usize::MAX),
            last_growth: 0,
            table_elements: settings.table_elements,
            counts: Counts {
                instances: settings.core_instances as usize,
                memories: settings.room_memories as usize,
                tables: settings.room_tables as usize,
            },
            refused: false,
        }
    }

    /// A hook begins: what was refused before is no longer the reason of a trap.
    pub(crate) fn begin(&mut self) {
        self.refused = false;
    }

    /// Bytes by which all memories together may still grow.
    pub(crate) fn memory_left(&self) -> usize {
        self.memory_left
    }

    /// Whether growth was refused since the hook began.
    pub(crate) fn refused(&self) -> bool {
        self.refused
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let within_own_maximum = maximum.is_none_or(|maximum| desired <= maximum);
        let growth = desired.saturating_sub(current);
        match self.memory_left.checked_sub(growth) {
            Some(left) if within_own_maximum => {
                self.memory_left = left;
                self.last_growth = growth;
                Ok(true)
            }
            _ => {
                self.refused = true;
                Ok(false)
            }
        }
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        // Allowed above, and then the kernel had none.
        self.memory_left = self.memory_left.saturating_add(mem::take(&mut self.last_growth));
        self.refused = true;
        Ok(())
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let fits = desired <= self.table_elements;
        self.refused |= !fits;
        Ok(fits)
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = true;
        Ok(())
    }

    fn instances(&self) -> usize {
        self.counts.instances
    }

    fn memories(&self) -> usize {
        self.counts.memories
    }

    fn tables(&self) -> usize {
        self.counts.tables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_share_one_bound() {
        let mut limits = Limits::new(&PluginSettings {
            room_memory: 1 << 20,
            ..PluginSettings::default()
        });
        assert!(limits.memory_growing(0, 512 << 10, None).unwrap());
        assert!(limits.memory_growing(0, 512 << 10, None).unwrap());
        assert!(!limits.refused());
        assert!(!limits.memory_growing(512 << 10, (512 << 10) + 1, None).unwrap());
        assert!(limits.refused());
        limits.begin();
        assert!(!limits.refused());
    }
}
