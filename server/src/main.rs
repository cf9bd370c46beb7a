//! The program; all of it is in the library, so that the evaluation reads recordings by the same way.

/// Gives memory back that was freed, which the system's allocator hardly does after a fleet was learned, and is faster with
/// the many small texts of a batch.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    plumbline_server::main()
}
