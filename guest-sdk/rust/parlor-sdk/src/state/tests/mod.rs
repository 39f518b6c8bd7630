//! The state against a host in small.

mod histories;
mod mirror;
mod steps;
