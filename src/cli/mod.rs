//! The command line.

mod certificates;
mod commands;
mod journal;
mod keys;
mod open;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::{
    identity::Role,
    settings::{Flags, LogFormat, Settings},
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
    /// A TOML file with settings; `sanquan.toml` of this folder where it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen; port 0 for any free one.
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
    /// Serve a demo county, with a ready token for each kind of user.
    Demo {
        /// Print one JSON object with `base_url` and `tokens`, then serve.
        #[arg(long)]
        json: bool,
        /// Users and regions only.
        #[arg(long)]
        empty: bool,
    },
    /// Bring the database up to date, and do nothing else.
    Migrate,
    /// Make users.
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
    /// Put new keys in the place of old ones.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Write what is kept as files.
    #[command(subcommand)]
    Export(ExportCommand),
    /// Check the journal of a bundle or a database, without any server and without changing anything. Ends with 0 where all is
    /// sound, with 1 where something is wrong, with 2 where nothing could be examined, with 3 where what was examined is sound and
    /// something was not.
    Verify(VerifyArguments),
    /// Check a registration certificate with no server: its signatures, what it says, and its place in the journal.
    VerifyCertificate {
        /// The certificate: its signed form, or the JSON in which the registry gave it.
        file: PathBuf,
        /// The keys that may have signed it: a JWK set as `/v1/certificates/keys` answers it, or one JWK.
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
        /// The name and the keys of the journal, as `keys.json` of a bundle or `GET /v1/journal/keys` says them: one of them
        /// must have signed the checkpoint in the certificate.
        #[arg(long, value_name = "FILE")]
        journal_keys: Option<PathBuf>,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Print the effective settings, without secrets.
    Settings,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Make a user; the password is read from standard input.
    Add {
        /// The name to sign in with.
        username: String,
        /// What the user is; may be given several times.
        #[arg(long = "role", required = true, value_parser = parse_role)]
        roles: Vec<Role>,
        /// The division code of the region that the user sees; absent for the whole register.
        #[arg(long, value_name = "CODE")]
        region: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Let new keys sign the journal. The old ones sign once more, for the entry that announces the new ones; what they signed
    /// stays verifiable.
    RenewJournal,
    /// Declare that a former key of the journal was in other hands, so that what it signed from then on is not believed.
    DisbelieveJournal {
        /// The key, as `name+hash+key`, or its hash alone.
        key: String,
        /// The size of the first tree that is not believed: the first after the last checkpoint that is known to be good.
        #[arg(long, value_name = "SIZE")]
        from: u64,
    },
    /// Let new keys sign certificates. What the old ones signed stays valid.
    RenewCertificates {
        /// The old ones were in other hands: refuse all that they signed.
        #[arg(long)]
        stolen: bool,
    },
}

#[derive(Debug, Subcommand)]
enum ExportCommand {
    /// The journal as far as it is signed: entries, contents, tiles, checkpoints, keys.
    Journal {
        /// The folder to be made.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
}

#[derive(Debug, Args)]
struct VerifyArguments {
    /// A folder that `sanquan export journal` made.
    #[arg(value_name = "DIR", required_unless_present = "database", conflicts_with = "database")]
    bundle: Option<PathBuf>,
    /// A database: `postgres://…` or `sqlite://path`. Its tables are held against the journal as well.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// A checkpoint that was kept elsewhere, which the journal must go on from; may be given several times.
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
    /// The name and the keys of the log, as `keys.json` of a bundle or `GET /v1/journal/keys` says them; those of the
    /// bundle, or of the data folder, where none are given.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

fn parse_role(text: &str) -> Result<Role, String> {
    let known = || Role::ALL.iter().map(|it| it.code()).collect::<Vec<_>>().join(", ");
    text.parse().map_err(|_| format!("one of {}", known()))
}

/// Runs the command line and gives the exit code.
pub fn run() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    let flags = Flags {
        config: arguments.settings.config,
        listen: arguments.settings.listen,
        data_dir: arguments.settings.data_dir.or_else(|| {
            // A demo keeps to a folder of its own, beside what is in earnest.
            matches!(arguments.command, Command::Demo { .. }).then(|| PathBuf::from("data/demo"))
        }),
        database_url: arguments.settings.database_url,
    };
    let settings = match Settings::read(&flags) {
        Ok(settings) => settings,
        Err(error) => return fail(&error),
    };
    if let Err(error) = log(&settings) {
        return fail(error.as_ref());
    }
    let system = actix_web::rt::System::new();
    let outcome = system.block_on(async {
        let done = match arguments.command {
            Command::Serve => commands::serve(&settings).await,
            Command::Demo { json, empty } => commands::demo(&settings, json, empty).await,
            Command::Migrate => commands::migrate(&settings),
            Command::User(UserCommand::Add { username, roles, region }) => {
                commands::add_user(&settings, &username, roles, region).await
            }
            Command::Token { username, hours } => commands::token(&settings, username, hours).await,
            Command::Keys(asked) => keys::change(&settings, asked).await,
            Command::Export(ExportCommand::Journal { to }) => journal::export(&settings, to).await,
            Command::Verify(asked) => return Ok(journal::verify(&settings, asked).await),
            Command::VerifyCertificate { file, keys, journal_keys } => {
                commands::verify_certificate(&file, keys.as_deref(), journal_keys.as_deref())
            }
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

/// One line for the whole chain of causes.
fn fail(error: &dyn std::error::Error) -> std::process::ExitCode {
    let chain = std::iter::successors(Some(error), |it| it.source());
    let text: Vec<String> = chain.map(ToString::to_string).collect();
    eprintln!("sanquan: {}", text.join(": "));
    std::process::ExitCode::FAILURE
}

fn log(settings: &Settings) -> Result<(), Box<dyn std::error::Error>> {
    let filter = tracing_subscriber::EnvFilter::try_new(&settings.log.filter)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log.format {
        LogFormat::Human => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    }
    .map_err(|error| error.to_string().into())
}
