//! The program; all of it is in the library, so that the fuzzer reads files as it does.

fn main() -> std::process::ExitCode {
    plumbline::main()
}
