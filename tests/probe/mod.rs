//! `cowork-calls probe` of STUN servers: errors, long lists, name lookup, output formats, the quality of calls, screens, `--watch`, `--self-test`.

mod against_coturn;
mod many_servers;
mod misbehaving_servers;
mod name_lookup;
mod output_formats;
mod quality;
mod screens;
mod self_test;
mod stun_quality;
mod watch;
