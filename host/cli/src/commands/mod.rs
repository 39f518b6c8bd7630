//! One file per command of `parlor`.

pub mod build;
