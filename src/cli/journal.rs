//! The journal on the command line: writing it out, and checking it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    cli::{
        VerifyArguments,
        commands::Outcome,
        open::{has_log_keys, last_signed, open_log, open_storage, target},
    },
    journal::{self, ExportError, bundle::LogNames},
    settings::Settings,
    storage::{Clock, Target},
    verify::{self, Report, Trust, VerifyError},
};

/// Writes the journal into a new folder.
pub(super) async fn export(settings: &Settings, to: PathBuf) -> Outcome {
    let target = target(settings)?;
    let names = open_log(settings)?.names();
    let storage = there(&target).map(|()| open_storage(settings, &target, Clock::default()))??;
    let folder = to.clone();
    let write = move |unit: &mut crate::storage::Read<'_>| journal::export(unit, &names, &folder);
    let size = storage.snapshot::<_, ExportError, _>(write).await?;
    println!("{size} entries in {}", to.display());
    Ok(())
}

/// Checks a bundle or a database and prints all that is wrong.
pub(super) async fn verify(settings: &Settings, asked: VerifyArguments) -> Outcome {
    let mut trust = Trust { names: asked.keys.as_deref().map(names).transpose()?, ..Trust::default() };
    for path in &asked.checkpoints {
        trust.checkpoints.push(read(path)?);
    }
    let report = match (asked.bundle, asked.database) {
        (Some(folder), _) => verify::bundle(&folder, &trust)?,
        (None, Some(url)) => database(settings, &url, trust).await?,
        (None, None) => return Err("give a folder or a database".into()),
    };
    print(&report, asked.json)?;
    if report.is_sound() { Ok(()) } else { Err("the journal is damaged".into()) }
}

async fn database(
    settings: &Settings,
    url: &str,
    mut trust: Trust,
) -> Result<Report, Box<dyn std::error::Error>> {
    // What the registry itself remembers counts where this is its machine; elsewhere its keys must be brought along.
    if has_log_keys(settings)? {
        let own = open_log(settings)?.names();
        if trust.names.as_ref().is_none_or(|it| it.origin == own.origin) {
            trust.last_signed = journal::read_head(&last_signed(settings))?;
            trust.names.get_or_insert(own);
        }
    }
    let target = Target::parse(url, true).ok_or("--database must begin with postgres:// or sqlite://")?;
    let storage = there(&target).map(|()| open_storage(settings, &target, Clock::default()))??;
    let check = move |unit: &mut crate::storage::Read<'_>| verify::database(unit, &trust);
    Ok(storage.snapshot::<_, VerifyError, _>(check).await?)
}

fn there(target: &Target) -> Result<(), String> {
    if target.is_there() { Ok(()) } else { Err(format!("there is no database at {target}")) }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn names(path: &Path) -> Result<LogNames, String> {
    serde_json::from_str(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

fn print(report: &Report, json: bool) -> Outcome {
    if json {
        println!("{}", serde_json::to_string(report)?);
        return Ok(());
    }
    for damage in &report.damages {
        println!("{damage}");
    }
    if report.more {
        println!("and more");
    }
    if report.disbelieved > 0 {
        println!(
            "{} checkpoints by a key that is no longer believed at their size count for nothing",
            report.disbelieved
        );
    }
    if report.is_sound() {
        println!("sound: {} entries, {} checkpoints", report.entries, report.checkpoints);
    }
    Ok(())
}
