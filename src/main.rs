//! The program `cowork-calls`; everything is in the library, where tests can use it.

use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

/// Overwrites all memory that is freed: secrets pass through the buffers of parsers and formatters, which do not wipe
/// them.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    cowork_calls::run(std::env::args_os().collect())
}
