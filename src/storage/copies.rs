//! Copies of a database as it was at one instant, and databases made of such copies. Each engine has its own means: SQLite writes
//! a compacted file, PostgreSQL's own programs write and read an archive.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_types};
use percent_encoding::percent_decode_str;

use crate::storage::{
    AnyConnection, Clock, Failure, Read, Storage, StorageError, StorageSettings, Target,
    engine::{beside, has_no_log, read_only_uri},
    failure,
    files::{self, Existing},
};

/// Why a database could not be copied, or made of a copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// A file cannot be read or written.
    #[error("{path} cannot be used")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
    /// A program of PostgreSQL is not there.
    #[error(
        "{name} of PostgreSQL {wanted} or later is needed, and is not in {looked_in}: install it (Debian: postgresql-client), or set \
         storage.postgres_programs to the folder that has it{too_old}"
    )]
    NoProgram {
        /// The program.
        name: &'static str,
        /// The version that the server has.
        wanted: u32,
        /// Where it was looked for.
        looked_in: String,
        /// Those that were found and are older than the server.
        too_old: String,
    },
    /// A program of PostgreSQL failed.
    #[error("{} failed: {said}", program.display())]
    Program {
        /// Its name: `pg_dump`, which copies, or `pg_restore`, which makes a database of a copy.
        name: &'static str,
        /// The program.
        program: PathBuf,
        /// What it said.
        said: String,
    },
    /// The copy is not the one that was made.
    #[error("{0} is not the copy that was made: its hash differs")]
    Altered(PathBuf),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

failure!(CopyError);

/// Where the programs of PostgreSQL are: in a folder that is set, or else on the search path or where packages put them.
#[derive(Debug, Clone, Default)]
pub struct Programs {
    /// The folder that is set.
    pub folder: Option<PathBuf>,
}

impl Programs {
    /// A program that is at least as new as a server of a version.
    fn find(&self, name: &'static str, wanted: u32) -> Result<Found, CopyError> {
        let folders = self.folders();
        let mut too_old = Vec::new();
        for folder in &folders {
            let program = folder.join(name);
            match version_of(&program) {
                Some(version) if version >= wanted => return Ok(Found { name, program }),
                Some(version) => too_old.push(format!("{} is of version {version}", program.display())),
                None => {}
            }
        }
        let folders: Vec<_> = folders.iter().map(|it| it.display().to_string()).collect();
        let too_old = if too_old.is_empty() { String::new() } else { format!(" ({})", too_old.join(", ")) };
        Err(CopyError::NoProgram { name, wanted, looked_in: folders.join(":"), too_old })
    }

    fn folders(&self) -> Vec<PathBuf> {
        if let Some(folder) = &self.folder {
            return vec![folder.clone()];
        }
        let searched = env::var_os("PATH").map(|it| env::split_paths(&it).collect()).unwrap_or_default();
        let packaged = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut packaged: Vec<(u32, PathBuf)> = packaged
            .filter_map(|it| Some((it.file_name().to_str()?.parse().ok()?, it.path().join("bin"))))
            .collect();
        packaged.sort_by_key(|it| std::cmp::Reverse(it.0));
        let mut folders: Vec<PathBuf> = searched;
        folders.extend(packaged.into_iter().map(|it| it.1));
        folders
    }
}

/// A program of PostgreSQL that was found.
#[derive(Debug)]
struct Found {
    name: &'static str,
    program: PathBuf,
}

/// The main version of a program of PostgreSQL; `None` if it cannot be run.
fn version_of(program: &Path) -> Option<u32> {
    let said = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    // `pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`
    let number = said.split("(PostgreSQL) ").nth(1)?;
    number.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok()
}

#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = sql_types::Text)]
    told: String,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = sql_types::Integer)]
    counted: i32,
}

/// Writes a copy of a database, as it is at one instant, into a file that is accessible only to its owner. `look` reads that
/// same state, and what it finds is returned. A server may be at work meanwhile, and is not held up.
pub fn copy<T, E>(
    target: &Target,
    settings: &StorageSettings,
    programs: &Programs,
    to: &Path,
    look: impl FnOnce(&mut Read<'_>) -> Result<T, E>,
) -> Result<T, E>
where
    E: Failure + From<CopyError>,
{
    let unusable = |source| CopyError::File { path: to.to_owned(), source };
    files::private_file(to).map_err(unusable)?;
    let found = match target {
        Target::Sqlite { path, full_sync } => {
            compact(path, to)?;
            let copy = Target::Sqlite { path: to.to_owned(), full_sync: *full_sync };
            Storage::open_read_only(&copy, settings, Clock::default())?.read_now(look)?
        }
        Target::Postgres { url } => {
            let storage = Storage::open_read_only(target, settings, Clock::default())?;
            storage.read_now(|unit| {
                let program = programs.find("pg_dump", server_version(unit.conn())?)?;
                let snapshot = export_snapshot(unit)?;
                let found = look(unit)?;
                let snapshot = format!("--snapshot={snapshot}");
                let arguments = ["--format=custom".into(), snapshot.into(), "--file".into(), to.into()];
                program.run_on(url, &arguments)?;
                Ok::<_, E>(found)
            })?
        }
    };
    files::settle(to).map_err(unusable)?;
    Ok(found)
}

/// Writes a compacted copy of an SQLite database.
fn compact(path: &Path, to: &Path) -> Result<(), CopyError> {
    let text = to.to_str().ok_or_else(|| {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "the path is not UTF-8");
        CopyError::File { path: to.to_owned(), source }
    })?;
    // Where nobody has the database open it is read without a file beside it; should a server begin meanwhile, once more with it.
    loop {
        let alone = has_no_log(path);
        let mut uri = read_only_uri(path).map_err(StorageError::from)?;
        if !alone {
            uri = uri.replace("&immutable=1", "");
        }
        let mut conn = SqliteConnection::establish(&uri).map_err(StorageError::from)?;
        diesel::connection::SimpleConnection::batch_execute(
            &mut conn,
            "pragma busy_timeout = 5000; pragma trusted_schema = off;",
        )
        .map_err(StorageError::from)?;
        let done = diesel::sql_query("vacuum into ?").bind::<sql_types::Text, _>(text).execute(&mut conn);
        if alone && !has_no_log(path) {
            let emptied = fs::File::create(to);
            emptied.map_err(|source| CopyError::File { path: to.to_owned(), source })?;
            continue;
        }
        return Ok(done.map(drop).map_err(StorageError::from)?);
    }
}

/// The main version of the server.
fn server_version(conn: &mut AnyConnection) -> Result<u32, StorageError> {
    let version = "select current_setting('server_version_num')::integer as counted";
    let Counted { counted } = diesel::sql_query(version).get_result(conn)?;
    Ok(u32::try_from(counted / 10_000).unwrap_or_default())
}

/// Gives the snapshot of a unit of work a name by which other sessions can use it, as long as the unit goes on.
fn export_snapshot(unit: &mut Read<'_>) -> Result<String, StorageError> {
    // The unit waits without asking anything while the copy is written.
    diesel::sql_query("set local idle_in_transaction_session_timeout = 0").execute(unit.conn())?;
    let Told { told } = diesel::sql_query("select pg_export_snapshot() as told").get_result(unit.conn())?;
    Ok(told)
}

/// What stands in the way of a database that is to be made of a copy: files, or the names of tables.
pub fn in_the_way(target: &Target) -> Result<Vec<String>, StorageError> {
    let Target::Sqlite { path, .. } = target else {
        let AnyConnection::Pg(mut conn) = target.open_bare()? else { return Ok(Vec::new()) };
        let found: Vec<Told> = diesel::sql_query(
            "select c.oid::regclass::text as told from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
             and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e') order by 1",
        )
        .load(&mut conn)?;
        return Ok(found.into_iter().map(|it| it.told).collect());
    };
    let all = ["", "-wal", "-shm", "-journal"].map(|it| beside(path, it));
    Ok(all.iter().filter(|it| it.exists()).map(|it| it.display().to_string()).collect())
}

/// Makes a database of a copy with a SHA-256, where there is none. It appears complete or not at all.
pub fn make_of_copy(
    target: &Target,
    programs: &Programs,
    from: &Path,
    sha256: &str,
) -> Result<(), CopyError> {
    match target {
        Target::Sqlite { path, .. } => {
            let copied = files::copy(from, path, sha256, Existing::Stays);
            let is_it = copied.map_err(|source| CopyError::File { path: path.clone(), source })?;
            if is_it { Ok(()) } else { Err(CopyError::Altered(from.to_owned())) }
        }
        Target::Postgres { url } => {
            let version = server_version(&mut target.open_bare()?)?;
            let program = programs.find("pg_restore", version)?;
            let unusable = |source| CopyError::File { path: env::temp_dir(), source };
            let list = program.run(Command::new(&program.program).arg("--list").arg(from))?;
            let mut wanted = tempfile::NamedTempFile::new().map_err(unusable)?;
            wanted.write_all(own_contents(&list).as_bytes()).map_err(unusable)?;
            let arguments = [
                "--single-transaction".into(),
                "--exit-on-error".into(),
                "--use-list".into(),
                wanted.path().into(),
                from.into(),
            ];
            program.run_on(url, &arguments)
        }
    }
}

/// Whether a server takes connections, whatever it said to the last one: `pg_isready` knows one that is about to start or to stop by the
/// number of its answer, and so in every language. `false` where it cannot be asked.
pub fn takes_connections(target: &Target, programs: &Programs) -> bool {
    let Target::Postgres { url } = target else { return false };
    let (url, _) = without_password(url);
    programs.find("pg_isready", 0).is_ok_and(|it| {
        let asked = Command::new(&it.program)
            .args(["--quiet", "--timeout=3"])
            .arg(format!("--dbname={url}"))
            .status();
        asked.is_ok_and(|it| it.success())
    })
}

/// What an archive of `pg_dump` has of the registry, of the list of its contents: all but the extensions of its server, which whoever runs
/// a server makes, and not the role of the registry.
fn own_contents(list: &str) -> String {
    // `2; 3079 16386 EXTENSION - amcheck`, `3412; 0 0 COMMENT - EXTENSION amcheck`
    let is_of_extension = |line: &&str| {
        let words: Vec<_> = line.split_whitespace().skip(3).take(3).collect();
        matches!(words.as_slice(), ["EXTENSION", ..] | ["COMMENT", "-", "EXTENSION"])
    };
    list.split_inclusive('\n').filter(|it| it.starts_with(';') || !is_of_extension(it)).collect()
}

impl Found {
    /// Runs it on a database. Owners and privileges are the affair of each server.
    fn run_on(&self, url: &str, arguments: &[OsString]) -> Result<(), CopyError> {
        // What stands on a command line can be read by everybody on the machine.
        let (url, password) = without_password(url);
        let mut command = Command::new(&self.program);
        command.args(["--no-owner", "--no-privileges", "--no-password"]).arg(format!("--dbname={url}"));
        command.args(arguments);
        if let Some(password) = password {
            command.env("PGPASSWORD", password);
        }
        self.run(&mut command).map(drop)
    }

    /// Runs it, and returns what it prints.
    fn run(&self, command: &mut Command) -> Result<String, CopyError> {
        let done = command.env("LC_ALL", "C").stdin(Stdio::null()).output();
        let done = done.map_err(|source| CopyError::File { path: self.program.clone(), source })?;
        if done.status.success() {
            return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&done.stderr).trim().replace('\n', "; ");
        Err(CopyError::Program { name: self.name, program: self.program.clone(), said })
    }
}

/// A URL of PostgreSQL without its password, and the password.
fn without_password(url: &str) -> (String, Option<String>) {
    let decoded = |it: &str| percent_decode_str(it).decode_utf8_lossy().into_owned();
    let Some((scheme, rest)) = url.split_once("://") else { return (url.to_owned(), None) };
    let (before, query) = rest.split_once('?').map_or((rest, None), |(before, query)| (before, Some(query)));
    let (authority, path) = before.split_at(before.find('/').unwrap_or(before.len()));
    let (mut user, mut password, mut host) = (None, None, authority);
    if let Some((of_user, of_host)) = authority.rsplit_once('@') {
        host = of_host;
        let (name, secret) = of_user.split_once(':').map_or((of_user, None), |(name, it)| (name, Some(it)));
        (user, password) = (Some(name), secret.map(decoded));
    }
    let mut parameters = Vec::new();
    for parameter in query.into_iter().flat_map(|it| it.split('&')) {
        match parameter.strip_prefix("password=") {
            Some(secret) => password = Some(decoded(secret)),
            None => parameters.push(parameter),
        }
    }
    let user = user.map(|it| format!("{it}@")).unwrap_or_default();
    let query = if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) };
    (format!("{scheme}://{user}{host}{path}{query}"), password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_stands_on_a_command_line() {
        for (url, wanted, password) in [
            ("postgres://u:p%40s%2F@h:5432/d", "postgres://u@h:5432/d", Some("p@s/")),
            ("postgresql://h/d", "postgresql://h/d", None),
            ("postgres://u@h/d?sslmode=require", "postgres://u@h/d?sslmode=require", None),
            ("postgres:///d?password=s&host=/run/p&user=u", "postgres:///d?host=/run/p&user=u", Some("s")),
            ("postgres://u:p@a:1,b:2/d", "postgres://u@a:1,b:2/d", Some("p")),
            ("postgres://u:p@h", "postgres://u@h", Some("p")),
        ] {
            assert_eq!(without_password(url), (wanted.to_owned(), password.map(str::to_owned)), "{url}");
        }
    }

    #[test]
    fn a_program_that_is_missing_or_older_than_the_server_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let programs = Programs { folder: Some(folder.path().to_owned()) };
        let said = programs.find("pg_dump", 15).unwrap_err().to_string();
        assert!(said.contains("pg_dump of PostgreSQL 15") && said.contains("postgres_programs"), "{said}");

        let program = folder.path().join("pg_dump");
        fs::write(&program, "#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.9 (Debian 14.9-1)'\n").unwrap();
        fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        assert_eq!(programs.find("pg_dump", 14).unwrap().program, program);
        let said = programs.find("pg_dump", 15).unwrap_err().to_string();
        assert!(said.contains("is of version 14"), "{said}");
    }

    #[test]
    fn the_extensions_of_a_server_are_left_to_it() {
        let list = "; Archive created at 2026-12-01\n;     Format: CUSTOM\n\
                    2; 3079 16386 EXTENSION - amcheck \n3412; 0 0 COMMENT - EXTENSION amcheck \n\
                    215; 1259 16400 TABLE public EXTENSION sanquan\n3500; 0 0 COMMENT public TABLE parties sanquan\n";
        let wanted = "; Archive created at 2026-12-01\n;     Format: CUSTOM\n\
                      215; 1259 16400 TABLE public EXTENSION sanquan\n3500; 0 0 COMMENT public TABLE parties sanquan\n";
        assert_eq!(own_contents(list), wanted);
    }
}
