//! What a host that serves many strangers asks of the kernel. Each of these, left as it is, makes everybody wait for
//! milliseconds while somebody comes in (docs/performance.md, "What a join costs").

use std::io;

use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files for which the kernel's table has space from the start: half a mebibyte of it.
const FILES: u64 = 64 << 10;

/// Sets this process up for many rooms and clients. To be called before it has a second thread. What the kernel refuses
/// is logged, and the host does without.
pub fn prepare() {
    #[cfg(target_os = "linux")]
    refuse_huge_pages();
    raise_open_files();
    if let Err(error) = grow_file_table() {
        tracing::debug!("the table of open files grows as it must: {error}");
    }
}

/// A huge page is cleared as a whole when its first byte is touched, and the allocator takes one for every sixty rooms or
/// so. Rooms are made of small pieces and have their memory from a pool: nothing gains by them.
#[cfg(target_os = "linux")]
fn refuse_huge_pages() {
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!("transparent huge pages stay: {error}");
    }
}

/// Each client is an open file, and the limit that most systems begin with is kept low for programs of another age.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => tracing::debug!(
            from = limit.current,
            to = limit.maximum,
            "raised the limit of open files"
        ),
        Err(error) => tracing::warn!("the limit of open files stays at {:?}: {error}", limit.current),
    }
}

/// Whenever the table is full it is doubled, and in a process with threads the kernel then waits for all processors.
fn grow_file_table() -> io::Result<()> {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(FILES).min(FILES);
    let last = i32::try_from(limit).unwrap_or(i32::MAX).saturating_sub(1);
    // The lowest number from there on; the file is closed again, and the table stays.
    fcntl_dupfd_cloexec(io::stdin(), last)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_had() {
        prepare();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
        #[cfg(target_os = "linux")]
        assert!(rustix::thread::transparent_huge_pages_are_disabled().unwrap());
    }
}
