//! `cowork-calls probe` and what it is made of: STUN servers good and bad, lists of them, names, formats, `--watch`.

mod against_coturn;
mod many_servers;
mod misbehaving_servers;
mod name_lookup;
mod output_formats;
mod self_test;
mod watch;
