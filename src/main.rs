//! The `sanquan` program.

/// A server makes many small things on many threads and gives them back on others, which this allocator is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    // One piece in use would keep two megabytes of what a flood took. Where the kernel has no such pages nothing is lost.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    sanquan::cli::run()
}
