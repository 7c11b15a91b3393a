//! The command line.

mod backup;
mod certificates;
mod commands;
mod journal;
mod keys;
mod open;
mod out;
mod remedies;

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use clap::{Args, Parser, Subcommand};

use crate::{
    identity::{KeyName, Role},
    logging,
    settings::{Flags, Settings},
    storage::chain,
};

pub use open::{OpenError, open};

/// Sanquan 三权: the registry of the assets that poverty-alleviation projects leave behind in villages.
#[derive(Debug, Parser)]
#[command(name = "sanquan", version, propagate_version = true)]
struct Arguments {
    #[command(flatten)]
    settings: SettingsArguments,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct SettingsArguments {
    /// A TOML file with settings; by default `sanquan.toml` in the current folder, if it exists.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The address to listen on; port 0 for any free port.
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The folder for keys, documents, and the SQLite database.
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// `postgres://…` or `sqlite://path`.
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the registry.
    Serve,
    /// Serve a demo county, and print a token for each kind of user.
    Demo {
        /// Print one JSON object with `base_url` and `tokens`, then serve.
        #[arg(long)]
        json: bool,
        /// Load only users and regions.
        #[arg(long)]
        empty: bool,
    },
    /// Upgrade the database, and do nothing else.
    Migrate,
    /// Manage users.
    #[command(subcommand)]
    User(UserCommand),
    /// Print an access token for a user.
    Token {
        /// The user.
        username: String,
        /// For how many hours it is valid.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=720))]
        hours: u16,
    },
    /// Replace keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Act on the journal.
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Export to files.
    #[command(subcommand)]
    Export(ExportCommand),
    /// Back up the database and every document that it names, while a server may be at work. Documents that are in the folder
    /// already are not copied again, and no earlier backup is changed. Exit status: 0 if everything is backed up, 1 if not.
    Backup(BackupArguments),
    /// Restore a registry from a backup, where there is none, and check it as `sanquan verify` does. Exit status: that of
    /// `sanquan verify`; 1 if nothing was restored.
    Restore(RestoreArguments),
    /// Check the journal of a bundle or a database, without a server and without changing anything. Exit status: 0 if everything is
    /// sound, 1 if something is wrong, 2 if nothing could be examined, 3 if what was examined is sound but something was not
    /// examined.
    Verify(VerifyArguments),
    /// Check a registration certificate without a server: its signatures, what it says, and its place in the journal.
    VerifyCertificate {
        /// The certificate: its signed form, or the JSON that the registry answered with.
        file: PathBuf,
        /// The keys that may have signed it: a JWK set, as returned by `/v1/certificates/keys`, or one JWK.
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
        /// The name and the keys of the journal, as in `keys.json` of a bundle or from `GET /v1/journal/keys`: one of the keys
        /// must have signed the checkpoint in the certificate.
        #[arg(long, value_name = "FILE")]
        journal_keys: Option<PathBuf>,
    },
    /// Confirm that the clock of this machine is right, although it is far ahead of what was recorded last.
    ConfirmClock,
    /// Print the OpenAPI document.
    Openapi,
    /// Print the effective settings, without secrets.
    Settings,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Add a user; the password is read from standard input.
    Add {
        /// The name to sign in with.
        username: String,
        /// A role of the user; may be given several times.
        #[arg(long = "role", required = true, value_parser = parse_role)]
        roles: Vec<Role>,
        /// The division code of the region that the user sees; leave it out for the whole register.
        #[arg(long, value_name = "CODE")]
        region: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Generate new keys for signing the journal. The old ones sign once more, for the entry that announces the new ones; what
    /// they signed stays verifiable.
    RenewJournal,
    /// Declare that a former key of the journal was in other hands, so that what it signed from then on is not trusted.
    DisbelieveJournal {
        /// The key, as `name+hash+key`, or its hash alone.
        key: String,
        /// The size of the first tree that is not trusted: the first after the last checkpoint that is known to be good.
        #[arg(long, value_name = "SIZE")]
        from: u64,
    },
    /// Generate new keys for signing certificates. What the old ones signed stays valid.
    RenewCertificates {
        /// The old ones were in other hands: refuse everything that they signed.
        #[arg(long)]
        stolen: bool,
    },
    /// Acknowledge that a key is lost, or was exchanged on purpose, so that the registry starts again. One that is missing is
    /// generated; the fingerprint of the new one is recorded for good, with the reason. Stop all servers first.
    Replace {
        /// The key, as the refused start names it.
        #[arg(value_parser = parse_key)]
        name: KeyName,
        /// What happened to the old one.
        #[arg(long, value_name = "TEXT", value_parser = parse_reason)]
        reason: String,
        /// A key that signed the journal and is not on record, as `name+hash+key`, from `keys.json` of an export or from
        /// `GET /v1/journal/keys`; may be given several times. Only needed if a key was lost before this release first started.
        #[arg(long = "former-key", value_name = "KEY")]
        former: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
enum JournalCommand {
    /// Acknowledge that entries are lost which were signed for, so that signing goes on: after an older backup had to be restored. A
    /// signed entry names the size and the root of what is lost, for good; whoever holds a checkpoint of it still finds that
    /// the journal does not go on from it. What is lost is what keys/journal-last-signed records, and what is supplied.
    AcknowledgeLoss {
        /// A checkpoint that was kept elsewhere and that the journal does not go on from; may be given several times.
        #[arg(long = "checkpoint", value_name = "FILE")]
        checkpoints: Vec<PathBuf>,
        /// Print one JSON object instead of lines.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum ExportCommand {
    /// The journal as far as it is signed: entries, contents, tiles, checkpoints, keys.
    Journal {
        /// The folder to create.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
}

#[derive(Debug, Args)]
struct BackupArguments {
    /// The folder of backups, which is created if it is missing.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Back up the keys as well, encrypted, into this new file, to be kept apart.
    #[arg(long, value_name = "FILE", requires = "recipients")]
    keys_to: Option<PathBuf>,
    /// The public key of whoever may decrypt the keys (`age1…`, from `age-keygen`); may be given several times.
    #[arg(long = "recipient", value_name = "AGE_KEY", requires = "keys_to")]
    recipients: Vec<String>,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct RestoreArguments {
    /// The folder of backups.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Which of them, by the name of its folder; by default the last that was finished.
    #[arg(long, value_name = "NAME")]
    snapshot: Option<String>,
    /// Restore the keys from this file as well.
    #[arg(long, value_name = "FILE", requires = "identity")]
    keys: Option<PathBuf>,
    /// The age identity that decrypts the keys, as `age-keygen` wrote it.
    #[arg(long, value_name = "FILE", requires = "keys")]
    identity: Option<PathBuf>,
    /// A checkpoint that was kept elsewhere, which the journal must continue; may be given several times.
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
    /// Acknowledge that what keys/journal-last-signed and the checkpoints name is lost where the journal does not continue it, as
    /// `sanquan journal acknowledge-loss` does.
    #[arg(long)]
    acknowledge_loss: bool,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct VerifyArguments {
    /// A folder that `sanquan export journal` made.
    #[arg(value_name = "DIR", conflicts_with_all = ["database", "documents"])]
    bundle: Option<PathBuf>,
    /// A database: `postgres://…` or `sqlite://path`; without it and without a folder, that of the settings. Its tables are compared with
    /// the journal as well.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// A checkpoint that was kept elsewhere, which the journal must continue; may be given several times.
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
    /// The name and the keys of the journal, as in `keys.json` of a bundle or from `GET /v1/journal/keys`; by default those of
    /// the bundle, or of the data folder.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// The folder of documents to compare with the database; without a folder, that of the data folder, which must be there.
    /// By default documents are compared only if the data folder is that of this registry.
    #[arg(long, value_name = "DIR", num_args = 0..=1)]
    documents: Option<Option<PathBuf>>,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

fn parse_role(text: &str) -> Result<Role, String> {
    let roles = || Role::ALL.iter().map(|it| it.code()).collect::<Vec<_>>().join(", ");
    text.parse().map_err(|_| format!("must be one of {}", roles()))
}

fn parse_key(text: &str) -> Result<KeyName, String> {
    let keys = || KeyName::ALL.iter().map(|it| it.code()).collect::<Vec<_>>().join(", ");
    text.parse().map_err(|_| format!("must be one of {}", keys()))
}

/// The most characters of a reason.
const LONGEST_REASON: usize = 500;

fn parse_reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = (1..=LONGEST_REASON).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
        .ok_or_else(|| format!("must have 1 to {LONGEST_REASON} characters in one line"))
}

/// Runs the command line and returns the exit code.
pub fn run() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    let flags = Flags {
        config: arguments.settings.config,
        listen: arguments.settings.listen,
        data_dir: arguments.settings.data_dir,
        database_url: arguments.settings.database_url,
    };
    let mut settings = match Settings::read(&flags) {
        Ok(settings) => settings,
        Err(error) => return fail(&error),
    };
    // Where nobody says otherwise, the demo has a folder of its own, apart from real data.
    if matches!(arguments.command, Command::Demo { .. }) && settings.data_dir == Path::new("data") {
        settings.data_dir.push("demo");
    }
    let _logging = match logging::start(&settings.log) {
        Ok(logging) => logging,
        Err(error) => return fail(&error),
    };
    // The threads of units of work are not waited for at the end: one that waits for a database that answers nothing would keep the
    // program from ending. What was not committed by then is undone, as after a power cut.
    let system = std::mem::ManuallyDrop::new(actix_web::rt::System::new());
    let outcome = system.block_on(async {
        let done = match arguments.command {
            Command::Serve => commands::serve(&settings).await,
            Command::Demo { json, empty } => commands::demo(&settings, json, empty).await,
            Command::Migrate => commands::migrate(&settings),
            Command::User(UserCommand::Add { username, roles, region }) => {
                commands::add_user(&settings, &username, roles, region).await
            }
            Command::Token { username, hours } => commands::token(&settings, username, hours).await,
            Command::Keys(command) => keys::change(&settings, command).await,
            Command::Journal(JournalCommand::AcknowledgeLoss { checkpoints, json }) => {
                journal::acknowledge_loss(&settings, &checkpoints, json).await
            }
            Command::Export(ExportCommand::Journal { to }) => journal::export(&settings, to).await,
            Command::Backup(arguments) => return Ok(backup::back_up(&settings, &arguments)),
            Command::Restore(arguments) => return Ok(backup::restore(&settings, &arguments).await),
            Command::Verify(arguments) => return Ok(journal::verify(&settings, arguments).await),
            Command::VerifyCertificate { file, keys, journal_keys } => {
                commands::verify_certificate(&file, keys.as_deref(), journal_keys.as_deref())
            }
            Command::ConfirmClock => journal::confirm_clock(&settings).await,
            Command::Openapi => commands::openapi(),
            Command::Settings => commands::settings(&settings),
        };
        done.map(|()| std::process::ExitCode::SUCCESS)
    });
    match outcome {
        Ok(code) => code,
        Err(error) => fail(error.as_ref()),
    }
}

/// Prints an error with its chain of causes in one line, and below it what to do.
fn fail(error: &(dyn std::error::Error + 'static)) -> std::process::ExitCode {
    // Where nobody reads this, the status says it.
    let _ = writeln!(io::stderr(), "sanquan: {}", chain(error));
    advise(remedies::of(error));
    std::process::ExitCode::FAILURE
}

/// Prints what to do.
fn advise(remedy: Option<remedies::Remedy>) {
    let Some(remedies::Remedy { english, chinese }) = remedy else { return };
    for line in [english, &chinese].into_iter().filter(|it| !it.is_empty()) {
        let _ = writeln!(io::stderr(), "{line}");
    }
}
