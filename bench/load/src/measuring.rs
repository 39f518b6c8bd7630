//! From when to when is measured, and what both processes used in that time.

use std::time::{Duration, Instant};

use anyhow::Result;
use parlor_loadclient::Endpoint;
use tokio::time::sleep;

use crate::awake::Awake;
use crate::process::{CpuTimes, Process, machine_cpu_times};

/// The server that is measured, and who measures it.
#[derive(Debug)]
pub struct Target {
    /// Where it is.
    pub endpoint: Endpoint,
    /// Its process, if it is on this machine.
    pub process: Option<Process>,
    /// This process, kept awake.
    pub load: Awake,
}

/// How long things take.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Before measuring.
    pub warm_up: Duration,
    /// While measuring.
    pub time: Duration,
}

impl Plan {
    /// Lets the clients play; calls `begin` when measuring begins, and returns when it ends.
    pub async fn measure(self, target: &Target, begin: impl FnOnce()) -> Result<Span> {
        sleep(self.warm_up).await;
        begin();
        let stopwatch = Stopwatch::start(target)?;
        sleep(self.time).await;
        stopwatch.stop(target)
    }
}

/// Runs while something is measured.
#[derive(Debug)]
pub struct Stopwatch {
    started: Instant,
    server: Option<CpuTimes>,
    load: CpuTimes,
    busy: Duration,
    machine: CpuTimes,
}

impl Stopwatch {
    /// Starts.
    pub fn start(target: &Target) -> Result<Self> {
        Ok(Self {
            // Takes longest, so that it comes before what is measured, and after it in `stop`.
            machine: machine_cpu_times()?,
            load: Process::own().cpu_times()?,
            busy: target.load.busy(),
            server: target.process.as_ref().map(Process::cpu_times).transpose()?,
            started: Instant::now(),
        })
    }

    /// Ends.
    pub fn stop(self, target: &Target) -> Result<Span> {
        let wall = self.started.elapsed();
        let server = match (&target.process, &self.server) {
            (Some(process), Some(before)) => Some(process.cpu_times()?.since(before)),
            _ => None,
        };
        let busy = target.load.busy().saturating_sub(self.busy);
        let load = Process::own().cpu_times()?.since(&self.load);
        let machine = machine_cpu_times()?.since(&self.machine);
        Ok(Span {
            wall,
            server,
            load,
            busy,
            machine,
        })
    }
}

/// A time that was measured.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    wall: Duration,
    server: Option<Duration>,
    load: Duration,
    busy: Duration,
    machine: Duration,
}

impl Span {
    /// How long it was.
    pub fn seconds(&self) -> f64 {
        self.wall.as_secs_f64()
    }

    /// CPU seconds of the server, if its process is known.
    pub fn server_seconds(&self) -> Option<f64> {
        self.server.map(|time| time.as_secs_f64())
    }

    /// Seconds in which this process had something to do.
    pub fn busy_seconds(&self) -> f64 {
        self.busy.as_secs_f64()
    }

    /// CPU seconds of everybody else on this machine, if they can be told from the server's.
    pub fn others_seconds(&self) -> Option<f64> {
        let ours = self.server? + self.load;
        Some(self.machine.saturating_sub(ours).as_secs_f64())
    }
}
