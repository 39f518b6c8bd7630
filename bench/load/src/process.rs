//! What the kernel says of a process: CPU time of all its threads, and memory.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

/// A process of this machine.
#[derive(Debug, Clone)]
pub struct Process(PathBuf);

/// CPU time of each thread so far, by its id.
#[derive(Debug, Clone, Default)]
pub struct CpuTimes(HashMap<String, Duration>);

/// Memory of a process.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// Every page that is mapped, as often as it is.
    pub resident_kib: f64,
    /// What is mapped several times, such as what all instances of a component begin with, counted once.
    pub proportional_kib: f64,
}

impl Process {
    /// The process with this id.
    pub fn with_id(id: u32) -> Self {
        Self(PathBuf::from(format!("/proc/{id}")))
    }

    /// This process.
    pub fn own() -> Self {
        Self(PathBuf::from("/proc/self"))
    }

    /// Reads the CPU time of all threads, in nanoseconds: fine enough for what an idle server takes.
    pub fn cpu_times(&self) -> Result<CpuTimes> {
        let folder = self.0.join("task");
        let threads = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        let mut times = HashMap::new();
        for thread in threads {
            let thread = thread?;
            let text = match fs::read_to_string(thread.path().join("schedstat")) {
                Ok(text) => text,
                // It has ended meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => {
                    return Err(error).context("the kernel tells no CPU time of threads (schedstat)");
                }
            };
            let nanoseconds = text.split(' ').next().unwrap_or_default().parse();
            let nanoseconds =
                nanoseconds.with_context(|| format!("schedstat begins with no number: {text}"))?;
            times.insert(
                thread.file_name().to_string_lossy().into_owned(),
                Duration::from_nanos(nanoseconds),
            );
        }
        Ok(CpuTimes(times))
    }

    /// How much memory it has.
    pub fn memory(&self) -> Result<Memory> {
        let file = self.0.join("smaps_rollup");
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse().ok());
            number.with_context(|| format!("{} has no line {name}", file.display()))
        };
        Ok(Memory {
            resident_kib: field("Rss:")?,
            proportional_kib: field("Pss:")?,
        })
    }
}

/// CPU time of all threads of the machine that are there now, the kernel's own too. `/proc/stat` has what has ended as well,
/// but only samples, and sees too much of what begins with a timer.
pub fn machine_cpu_times() -> Result<CpuTimes> {
    let mut times = HashMap::new();
    for entry in fs::read_dir("/proc").context("cannot read /proc")? {
        let id = entry?.file_name().to_string_lossy().parse();
        if let Ok(id) = id {
            // One that cannot be read has ended, or is none of ours to know of.
            let of_process = Process::with_id(id).cpu_times().unwrap_or_default();
            times.extend(of_process.0);
        }
    }
    Ok(CpuTimes(times))
}

impl CpuTimes {
    /// What all threads have used since. Of a thread that has ended meanwhile nothing is known but that it was one;
    /// servers have their threads for good.
    pub fn since(&self, before: &Self) -> Duration {
        let used = self.0.iter().map(|(thread, now)| {
            let before = before.0.get(thread).copied().unwrap_or_default();
            now.saturating_sub(before)
        });
        used.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_can_be_read_while_it_works() {
        let process = Process::own();
        let before = process.cpu_times().unwrap();
        // One reading must do: a thread that counted may have ended by the next.
        let given_up = std::time::Instant::now() + Duration::from_secs(10);
        while process.cpu_times().unwrap().since(&before).is_zero() {
            assert!(
                std::time::Instant::now() < given_up,
                "ten seconds of work cost nothing"
            );
        }
        let memory = process.memory().unwrap();
        assert!(memory.resident_kib >= memory.proportional_kib && memory.proportional_kib > 0.0);
    }

    #[test]
    fn what_a_process_uses_the_machine_uses() {
        let (before, machine) = (Process::own().cpu_times().unwrap(), machine_cpu_times().unwrap());
        let wanted = Duration::from_millis(20);
        while Process::own().cpu_times().unwrap().since(&before) < 2 * wanted {}
        assert!(machine_cpu_times().unwrap().since(&machine) >= wanted);
    }

    #[test]
    fn a_process_that_is_not_there_is_named() {
        let error = Process::with_id(u32::MAX).cpu_times().unwrap_err();
        assert!(error.to_string().contains("/proc/4294967295"), "{error}");
    }
}
