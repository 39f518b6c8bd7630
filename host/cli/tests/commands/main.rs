//! The real binary, command by command.

mod build;
mod check;
mod dev;
mod new;
mod serve;
mod tools;
