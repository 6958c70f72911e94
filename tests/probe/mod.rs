//! `cowork-calls probe` of STUN servers: errors, long lists, name lookup, output formats, screens, `--watch`, `--self-test`.

mod against_coturn;
mod many_servers;
mod misbehaving_servers;
mod name_lookup;
mod output_formats;
mod screens;
mod self_test;
mod watch;
