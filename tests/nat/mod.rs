//! `cowork-calls nat`: behind real NATs, on loopback, and with servers that misbehave.

mod networks;
mod path;
mod servers;
