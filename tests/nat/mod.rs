//! `cowork-calls nat` as a whole process: behind real NATs, on loopback, and with servers that misbehave.

mod networks;
mod servers;
