//! The commands that back a registry up and restore it.

use std::{path::PathBuf, process::ExitCode};

use serde_json::json;

use crate::{
    backup::{self, Backup, Made, Parts, Recipients},
    cli::{
        BackupArguments, RestoreArguments,
        commands::Outcome,
        journal::{self, NOT_EXAMINED, PARTLY_EXAMINED},
        open::{
            documents_folder, has_log_keys, keys_folder, last_signed, open_log, programs, target, unhurried,
        },
        out::say,
    },
    identity::KeyFault,
    journal::write_head,
    settings::Settings,
    storage::{Clock, chain},
    verify::{self, LossAcknowledged},
};

type Failed = Box<dyn std::error::Error>;

fn parts(settings: &Settings) -> Result<Parts, Failed> {
    Ok(Parts {
        target: target(settings)?,
        storage: unhurried(settings),
        programs: programs(settings),
        documents: documents_folder(settings),
    })
}

/// Why keys are not backed up, each key in English and in Chinese.
#[derive(Debug, thiserror::Error)]
#[error(
    "nothing is backed up, because the folder of the keys is not whole. Without --keys-to everything but the keys is backed up.\n\
     密钥文件夹不完整，因此没有进行备份。不带 --keys-to 则备份密钥以外的全部内容。\n{}",
    .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
)]
struct KeysLacking(Vec<KeyFault>);

/// Makes a backup, and returns the exit status.
pub(super) fn back_up(settings: &Settings, arguments: &BackupArguments) -> ExitCode {
    match made(settings, arguments) {
        Ok(made) => print(&made, arguments.json),
        Err(error) => failed(error.as_ref(), arguments.json),
    }
}

fn made(settings: &Settings, arguments: &BackupArguments) -> Result<Made, Failed> {
    let parts = parts(settings)?;
    if !parts.target.is_there() {
        return Err(format!("there is no database at {}", parts.target).into());
    }
    let recipients = match &arguments.keys_to {
        Some(to) => {
            let recipients = Recipients::of(to, &arguments.recipients)?;
            // What cannot be restored must not look like a backup.
            let lacking = journal::own_keys_lacking(settings)?;
            if !lacking.is_empty() {
                return Err(KeysLacking(lacking).into());
            }
            Some(recipients)
        }
        None => None,
    };
    let folder = keys_folder(settings);
    let keys = recipients.as_ref().map(|it| (folder.as_path(), it));
    Ok(backup::make(&parts, &arguments.to, keys, Clock::default().now())?)
}

/// Prints what was backed up. What could not be had of the documents is told last, and by the exit status.
fn print(made: &Made, json: bool) -> ExitCode {
    let manifest = &made.manifest;
    let gaps = manifest.documents_without_content.len();
    if json {
        say!("{}", json!(made));
    } else {
        say!(
            "{}: {} entries, {} documents ({} of them copied now)",
            made.snapshot.display(),
            manifest.journal.entries.saturating_add(manifest.journal.waiting),
            manifest.documents,
            made.documents_copied
        );
        if made.keys > 0 {
            say!("{} files of keys, encrypted: keep them apart from the backup", made.keys);
        }
        for sha256 in &manifest.documents_without_content {
            say!("document_missing_or_altered sha256={sha256}");
        }
    }
    if gaps == 0 {
        return ExitCode::SUCCESS;
    }
    let told = format!(
        "the content of {gaps} documents is missing or altered in the data folder, so the backup does not have it; everything else is \
         backed up. `sanquan verify --documents` names the documents"
    );
    super::fail(&*Failed::from(told))
}

fn failed(error: &(dyn std::error::Error + 'static), json: bool) -> ExitCode {
    if json {
        say!("{}", json!({"error": chain(error)}));
    }
    super::fail(error)
}

/// Restores a registry, examines it, and returns the exit status of that.
pub(super) async fn restore(settings: &Settings, arguments: &RestoreArguments) -> ExitCode {
    let json = arguments.json;
    let restored = match restored(settings, arguments) {
        Ok(restored) => restored,
        Err(error) => return failed(error.as_ref(), json),
    };
    if !json {
        for snapshot in &restored.unfinished {
            say!("note: {} was not finished, and was left aside", snapshot.display());
        }
        let journal = &restored.manifest.journal;
        say!(
            "restored from {}: {} entries, {} documents",
            restored.snapshot.display(),
            journal.entries.saturating_add(journal.waiting),
            restored.manifest.documents
        );
    }
    // Whoever restores without the keys learns of it now, and not when the server is to start.
    let unfit = match journal::own_keys_unfit(settings) {
        Ok(unfit) => unfit,
        Err(error) => return failed(error.as_ref(), json),
    };
    let unfit: Vec<_> = unfit.iter().map(ToString::to_string).collect();
    for fault in &unfit {
        super::fail(&*Failed::from(fault.clone()));
    }
    match examined(settings, arguments).await {
        Ok((losses, report)) => {
            let printed = if json {
                say!(
                    "{}",
                    json!({"restored": restored.snapshot, "manifest": restored.manifest,
                    "acknowledged": losses, "verified": report, "keys_unfit": unfit})
                );
                Ok(())
            } else {
                losses.iter().for_each(|it| say!("{it}"));
                journal::print(&report, false)
            };
            let has_rolled_back = report.damages.iter().any(|it| it.kind == verify::DamageKind::RolledBack);
            if has_rolled_back && !json {
                say!(
                    "note: the journal ends before what was signed last. If what came after it is lost for good, `sanquan journal acknowledge-loss` \
                     records that, and signing goes on"
                );
            }
            match printed {
                Ok(()) if !unfit.is_empty() && report.other_journal.is_none() && report.is_sound() => {
                    PARTLY_EXAMINED.into()
                }
                Ok(()) => journal::exit_status(settings, &report),
                Err(error) => failed(error.as_ref(), json),
            }
        }
        Err(error) => {
            failed(error.as_ref(), json);
            NOT_EXAMINED.into()
        }
    }
}

fn restored(settings: &Settings, arguments: &RestoreArguments) -> Result<Backup, Failed> {
    let keys = match (&arguments.keys, &arguments.identity) {
        (Some(keys), Some(identity)) => Some((keys.as_path(), identity.as_path())),
        _ => None,
    };
    let backup = backup::find(&arguments.from, arguments.snapshot.as_deref())?;
    backup::restore(&backup, &parts(settings)?, &settings.data_dir, &keys_folder(settings), keys)?;
    remember(settings, &backup)?;
    Ok(backup)
}

/// Where the registry does not remember what it signed last, that is what the backup says, if the keys signed it.
fn remember(settings: &Settings, backup: &Backup) -> Outcome {
    let path = last_signed(settings);
    let Some(note) = backup.manifest.journal.checkpoint.as_ref().filter(|_| !path.exists()) else {
        return Ok(());
    };
    if has_log_keys(settings)?
        && let Ok(log) = open_log(settings)
        && let Ok(head) = verify::trusted_head(note, &log.names())
    {
        write_head(&path, head).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

async fn examined(
    settings: &Settings,
    arguments: &RestoreArguments,
) -> Result<(Vec<LossAcknowledged>, verify::Report), Failed> {
    let checkpoints: &[PathBuf] = &arguments.checkpoints;
    let losses = if arguments.acknowledge_loss {
        journal::acknowledged(settings, checkpoints).await?
    } else {
        Vec::new()
    };
    Ok((losses, journal::report_of_own(settings, checkpoints).await?))
}
