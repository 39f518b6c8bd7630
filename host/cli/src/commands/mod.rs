//! One file per command of `parlor`.

pub mod build;
pub mod doctor;
pub mod new;
