//! The `sanquan` program.

fn main() -> std::process::ExitCode {
    sanquan::cli::run()
}
