//! The journal commands: exporting and checking. Both only read.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use crate::{
    cli::{
        VerifyArguments,
        commands::Outcome,
        open::{
            OpenError, documents_folder, examine, has_log_keys, keyring, keys_folder, last_signed, open_log,
            open_upgraded, target,
        },
        out::say,
        remedies,
    },
    identity::KeyFault,
    journal::{self, ExportError, Log, bundle::LogNames},
    settings::Settings,
    storage::{Clock, Release, StorageError, Target, release},
    verify::{self, DamageKind, LossAcknowledged, NotExamined, Report, Trust, VerifyError},
};

/// Exit status: what was examined is sound, but not everything could be examined.
pub(super) const PARTLY_EXAMINED: u8 = 3;
/// How to have the journal commit to rows.
const HOW_TO_COMMIT: &str = "`sanquan migrate` makes the journal commit to them as it finds them";

/// Exit status: nothing could be examined.
pub(super) const NOT_EXAMINED: u8 = 2;

/// Writes the journal into a new folder.
pub(super) async fn export(settings: &Settings, to: PathBuf) -> Outcome {
    let target = target(settings)?;
    let examined = examine(settings, &target)?;
    let names = own_log(settings)?.ok_or_else(|| no_keys(settings, &target))?.names();
    let folder = to.clone();
    let write = move |unit: &mut crate::storage::Read<'_>| match release(unit)? {
        Release::This => Ok(Some(journal::export(unit, &names, &folder)?)),
        _ => Ok(None),
    };
    let size = examined.storage.snapshot::<_, ExportError, _>(write).await?;
    let size = size.ok_or("the database is not of this release: upgrade it with `sanquan migrate`")?;
    say!("{size} entries in {}", to.display());
    Ok(())
}

/// Has the registry go on by the clock of this machine, however far ahead it is of what was recorded last.
pub(super) async fn confirm_clock(settings: &Settings) -> Outcome {
    let clock = Clock::default();
    let now = clock.now();
    let mut settings = settings.clone();
    settings.journal.clock_ahead_hours = u32::MAX;
    journal::confirm_clock(&open_upgraded(&settings, clock)?).await?;
    say!("the registry goes on by {now}");
    Ok(())
}

/// Acknowledges that what the registry signed last, or a checkpoint that was kept elsewhere, is lost.
pub(super) async fn acknowledge_loss(settings: &Settings, checkpoints: &[PathBuf], json: bool) -> Outcome {
    if own_log(settings)?.is_none() {
        return Err(no_keys(settings, &target(settings)?).into());
    }
    let acknowledged = acknowledged(settings, checkpoints).await?;
    if json {
        say!("{}", serde_json::json!({"losses": acknowledged}));
    } else {
        acknowledged.iter().for_each(|it| say!("{it}"));
    }
    Ok(())
}

/// Acknowledges what is lost, and returns what the journal says of it now.
pub(super) async fn acknowledged(
    settings: &Settings,
    checkpoints: &[PathBuf],
) -> Result<Vec<LossAcknowledged>, Box<dyn std::error::Error>> {
    let storage = open_upgraded(settings, Clock::default())?;
    let log = Arc::new(open_log(settings)?);
    let path = last_signed(settings);
    let remembered = journal::read_head(&path)?;
    let mut lost: Vec<_> = remembered.into_iter().collect();
    for path in checkpoints {
        let head = verify::trusted_head(&read(path)?, &log.names());
        lost.push(head.map_err(|error| format!("{}: {error}", path.display()))?);
    }
    let found = journal::loss::acknowledge(&storage, &log, lost).await?;
    Ok(found.iter().map(LossAcknowledged::from).collect())
}

/// The keys of the data folder that do not fit the database of the settings, which is not changed.
pub(super) fn own_keys_unfit(settings: &Settings) -> Result<Vec<KeyFault>, Box<dyn std::error::Error>> {
    let (keyring, examined) = (keyring(settings)?, examine(settings, &target(settings)?)?);
    let unfit = examined.storage.read_now::<_, StorageError>(|unit| match release(unit)? {
        Release::This => keyring.faults(unit),
        // An earlier release kept nothing on record.
        _ => Ok(Vec::new()),
    })?;
    Ok(unfit)
}

/// The keys of the data folder that are of no use to whoever would restore the registry: those that do not fit its database, are
/// missing, or cannot be read.
pub(super) fn own_keys_lacking(settings: &Settings) -> Result<Vec<KeyFault>, Box<dyn std::error::Error>> {
    let mut lacking = own_keys_unfit(settings)?;
    for fault in keyring(settings)?.lacking() {
        if lacking.iter().all(|it| it.name != fault.name) {
            lacking.push(fault);
        }
    }
    Ok(lacking)
}

/// Checks a bundle or a database, prints everything that is wrong, and returns the exit status.
pub(super) async fn verify(settings: &Settings, arguments: VerifyArguments) -> ExitCode {
    let json = arguments.json;
    let status = match report(settings, arguments).await {
        Ok(report) => print(&report, json).map(|()| exit_status(settings, &report)),
        Err(error) => Err(error),
    };
    status.unwrap_or_else(|error| {
        if json {
            say!("{}", serde_json::json!({"error": crate::storage::chain(error.as_ref())}));
        }
        super::fail(error.as_ref());
        NOT_EXAMINED.into()
    })
}

async fn report(
    settings: &Settings,
    arguments: VerifyArguments,
) -> Result<Report, Box<dyn std::error::Error>> {
    let names = arguments.keys.as_deref().map(names).transpose()?;
    let mut trust =
        Trust { names, checkpoints: read_checkpoints(&arguments.checkpoints)?, ..Trust::default() };
    if let Some(folder) = arguments.documents {
        let folder = folder.unwrap_or_else(|| documents_folder(settings));
        if !folder.is_dir() {
            return Err(format!("--documents: there is no folder {}", folder.display()).into());
        }
        trust.documents = Some(folder);
    }
    if let Some(folder) = arguments.bundle {
        return Ok(verify::bundle(&folder, &trust)?);
    }
    database(settings, &arguments.database.unwrap_or_else(|| settings.database()), &trust).await
}

fn read_checkpoints(paths: &[PathBuf]) -> Result<Vec<String>, String> {
    let checked = |path: &PathBuf| {
        let note = read(path)?;
        let is_one = verify::is_checkpoint(&note);
        is_one.then_some(note).ok_or_else(|| format!("{} is not a signed checkpoint", path.display()))
    };
    paths.iter().map(checked).collect()
}

/// Checks the registry of the settings, with its documents.
pub(super) async fn report_of_own(
    settings: &Settings,
    checkpoints: &[PathBuf],
) -> Result<Report, Box<dyn std::error::Error>> {
    let trust = Trust {
        checkpoints: read_checkpoints(checkpoints)?,
        documents: Some(documents_folder(settings)),
        ..Trust::default()
    };
    database(settings, &settings.database(), &trust).await
}

/// How often to examine a database whose only damage is that the last checkpoint is missing: its server may be about to store it.
const ATTEMPTS: usize = 3;

/// Checks a database. One that is too damaged to be opened is examined by that.
async fn database(
    settings: &Settings,
    url: &str,
    trust: &Trust,
) -> Result<Report, Box<dyn std::error::Error>> {
    let target = Target::parse(url, true).ok_or("--database must begin with postgres:// or sqlite://")?;
    match examined(settings, &target, trust).await {
        Err(error) => match remedies::storage(error.as_ref()) {
            Some(damage @ StorageError::Damaged(_)) => Ok(Report::of_damage(damage)),
            _ => Err(error),
        },
        done => done,
    }
}

async fn examined(
    settings: &Settings,
    target: &Target,
    trust: &Trust,
) -> Result<Report, Box<dyn std::error::Error>> {
    let examined = examine(settings, target)?;
    let mut report = Report::default();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let mut trust = trust.clone();
        // On the registry's own machine its record of what it signed last counts; elsewhere its keys must be supplied.
        match own_log(settings)?.map(|it| it.names()) {
            Some(own) if trust.names.as_ref().is_none_or(|it| it.origin == own.origin) => {
                let path = last_signed(settings);
                match journal::read_head(&path) {
                    Ok(head) => trust.last_signed = head,
                    // What it recorded is gone, as it is with the file.
                    Err(error) if journal::is_damage(&error) => trust.last_signed_is_damaged = true,
                    Err(source) => return Err(VerifyError::File { path, source }.into()),
                }
                trust.remembers = true;
                trust.documents.get_or_insert_with(|| documents_folder(settings));
                trust.names.get_or_insert(own);
            }
            None if trust.names.is_none() => return Err(no_keys(settings, target).into()),
            _ => {}
        }
        let check = move |unit: &mut crate::storage::Read<'_>| verify::database(unit, &trust);
        report = match examined.storage.snapshot(check).await {
            Err(VerifyError::Interrupted(interrupted)) => *interrupted.found,
            checked => checked?,
        };
        let unsigned = |it: &verify::Damage| {
            matches!(it.kind, DamageKind::CheckpointMissing | DamageKind::NothingSigned)
        };
        let is_in_doubt = match report.damages.as_slice() {
            [] => report.not_examined == Some(NotExamined::LastCheckpoint),
            damages => damages.iter().all(unsigned),
        };
        if !is_in_doubt {
            break;
        }
    }
    Ok(report)
}

/// The log with the keys of the data folder, if it has any. Missing keys are not created.
fn own_log(settings: &Settings) -> Result<Option<Log>, OpenError> {
    if has_log_keys(settings)? { Ok(Some(open_log(settings)?)) } else { Ok(None) }
}

/// The error that there are no keys to check with, and where they may be.
fn no_keys(settings: &Settings, target: &Target) -> String {
    let folder = keys_folder(settings);
    let beside = target.folder().filter(|it| it.join("keys").is_dir());
    let perhaps = beside.map(|it| format!(", perhaps {}", it.display())).unwrap_or_default();
    format!(
        "there are no keys of a journal in {}: give the data folder of the registry with --data-dir{perhaps}, \
         or supply its keys with --keys",
        folder.display()
    )
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn names(path: &Path) -> Result<LogNames, String> {
    serde_json::from_str(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

pub(super) fn print(report: &Report, json: bool) -> Outcome {
    if json {
        say!("{}", serde_json::to_string(report)?);
        return Ok(());
    }
    for damage in &report.damages {
        say!("{damage}");
    }
    if report.more {
        say!("and more");
    }
    if report.disbelieved > 0 {
        say!(
            "{} checkpoints are ignored, because their key is no longer trusted at their size",
            report.disbelieved
        );
    }
    if report.is_sound() {
        say!("{}", sound(report));
    }
    if report.schema_not_examined {
        say!(
            "not examined: whether the tables are as the migrations create them, because this program was built without that catalogue"
        );
    }
    if report.engine_not_examined {
        say!(
            "not examined: whether the files of the database are damaged, because PostgreSQL has no extension amcheck for this role: \
             `create extension amcheck` as its administrator, and grant execute on its functions"
        );
    }
    if report.documents_not_examined > 0 {
        say!(
            "not examined: the contents of {} documents; give the data folder of the registry with --data-dir, or their folder with --documents",
            report.documents_not_examined
        );
    }
    for loss in &report.losses {
        say!("note: {loss}");
    }
    for noted in &report.committed_as_found {
        say!("note: {noted}");
    }
    if report.unsigned > 0 {
        let since =
            report.unsigned_since.map(|it| format!(", since {}", it.to_rfc3339())).unwrap_or_default();
        say!("not covered by a checkpoint: {} entries{since}", report.unsigned);
    }
    if let Some(what) = report.not_examined {
        say!("not examined: {}", what.sentence());
    }
    if report.rows_uncommitted {
        say!("not examined: the rows of the tables, because no entry commits to them yet; {HOW_TO_COMMIT}");
    } else if !report.tables_uncommitted.is_empty() {
        let tables = report.tables_uncommitted.join(", ");
        say!(
            "not examined: the rows of {tables}, because no entry describes these tables yet; {HOW_TO_COMMIT}"
        );
    }
    Ok(())
}

/// The summary of a sound journal; what was not read is not counted.
fn sound(report: &Report) -> String {
    let Report { entries, checkpoints, signed, waiting, documents, .. } = report;
    if report.not_examined == Some(NotExamined::EntriesOfEarlierRelease) {
        return format!("sound: {checkpoints} checkpoints");
    }
    let mut summary = format!(
        "sound: {entries} entries, {checkpoints} checkpoints, {signed} entries covered by a checkpoint"
    );
    if *waiting > 0 {
        summary.push_str(&format!(", {waiting} waiting to be sealed"));
    }
    if *documents > 0 {
        summary.push_str(&format!(", {documents} documents"));
    }
    summary
}

/// Explains the result on standard error, and returns the exit status.
pub(super) fn exit_status(settings: &Settings, report: &Report) -> ExitCode {
    if let Some(other) = &report.other_journal {
        let from = keys_folder(settings);
        super::fail(&*Box::<dyn std::error::Error>::from(format!(
            "{other}; nothing was examined. Supply the keys of this journal with --keys, or give the data folder of its registry \
             with --data-dir (by default the keys in {} are used)",
            from.display()
        )));
        return NOT_EXAMINED.into();
    }
    if !report.is_sound() {
        let code = super::fail(&*Box::<dyn std::error::Error>::from("the journal is damaged"));
        if report.damages.iter().any(|it| it.kind == DamageKind::DatabaseDamaged) {
            super::advise(Some(remedies::of_damage()));
        }
        return code;
    }
    if report.is_whole() { ExitCode::SUCCESS } else { PARTLY_EXAMINED.into() }
}
