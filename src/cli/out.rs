//! What the commands print.

use std::{
    fmt,
    io::{self, ErrorKind, Write as _},
    process,
};

/// Writes to the standard output.
///
/// Whoever reads it may have read enough (`sanquan verify … | head -1`): then the rest is for nobody, and the command goes on
/// to its end. Where it cannot be written for another reason, such as a full disk, the command has failed.
pub(super) fn write(text: fmt::Arguments<'_>) {
    let mut output = io::stdout().lock();
    if let Err(error) = output.write_fmt(text).and_then(|()| output.flush())
        && error.kind() != ErrorKind::BrokenPipe
    {
        // Where nothing can be written here either, the status has to say it.
        let _ = writeln!(io::stderr(), "error: cannot write to the standard output: {error}");
        process::exit(1);
    }
}

/// Prints a line, as `println!` does, but that nobody has to read it.
macro_rules! say {
    ($($it:tt)*) => {
        $crate::cli::out::write(format_args!("{}\n", format_args!($($it)*)))
    };
}
pub(super) use say;
