//! The program `cowork-calls`; everything is in the library, so that tests reach it.

use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

/// Whatever is freed is overwritten first: secrets pass through parsers and formatters whose buffers know nothing
/// of them.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    cowork_calls::run(std::env::args_os().collect())
}
