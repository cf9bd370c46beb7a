//! The program; all of it is in the library, so that the evaluation reads recordings by the same way.

fn main() -> std::process::ExitCode {
    plumbline_server::main()
}
