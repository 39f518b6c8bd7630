//! One file per command of `parlor`.

pub mod build;
pub mod check;
pub mod dev;
pub mod doctor;
pub mod loadtest;
pub mod new;
pub mod serve;
