//! The settings: their types and all their rules, without any file, clock or network.

pub mod address;
