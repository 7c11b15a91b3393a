//! The `sanquan` program.

/// A server makes many small things on many threads and gives them back on others, which this allocator is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    sanquan::cli::run()
}
