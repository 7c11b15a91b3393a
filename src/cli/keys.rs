//! The registry's keys on the command line: new ones in the place of old ones, and old ones that are believed no more.

use std::sync::Arc;

use crate::{
    cli::{
        KeysCommand,
        commands::Outcome,
        open::{journal_succession, keys_folder, open},
    },
    http::Registry,
    identity::{self, Signer, log_key_files, open_log_keys, remove_keys},
    journal::{self, Succession},
    settings::Settings,
    storage::{Clock, StorageError, Write, files},
};

pub(super) async fn change(settings: &Settings, asked: KeysCommand) -> Outcome {
    let registry = open(settings, Clock::default())?;
    match asked {
        KeysCommand::RenewJournal => renew_journal(settings, &registry).await,
        KeysCommand::DisbelieveJournal { key, from } => {
            let kept = registry.log.succession().clone();
            let kept = journal::disbelieve(&registry.storage, kept, &key, from).await?;
            remember(settings, &kept)?;
            println!("not believed where it signed trees of {from} entries or more: {key}");
            restart();
            Ok(())
        }
        KeysCommand::RenewCertificates { stolen } => renew_certificates(settings, &registry, stolen).await,
    }
}

async fn renew_journal(settings: &Settings, registry: &Arc<Registry>) -> Outcome {
    let folder = keys_folder(settings);
    let old = registry.log.succession().generation;
    let keys = open_log_keys(&folder, old.saturating_add(1), settings.journal.sm2)?;
    let kept = journal::renew(&registry.storage, &registry.log, keys).await?;
    remember(settings, &kept)?;
    // From here on the old private keys are good for nothing but forging what they signed before.
    remove_keys(&log_key_files(&folder, old))?;
    println!(
        "new keys sign the journal from the tree of {} entries on; the old private keys are removed",
        kept.from
    );
    restart();
    Ok(())
}

fn remember(settings: &Settings, kept: &Succession) -> Outcome {
    let path = journal_succession(settings);
    files::remember(&path, kept).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(())
}

async fn renew_certificates(settings: &Settings, registry: &Arc<Registry>, stolen: bool) -> Outcome {
    let renewal = Signer::renew(&keys_folder(settings), settings.certificates.sm2, stolen)?;
    let told = renewal.clone();
    let said = move |unit: &mut Write<'_>| identity::record_renewal(unit, &told);
    registry.storage.write::<_, StorageError, _>(said).await?;
    println!("the key {} signs certificates; the old private keys are removed", renewal.key_id);
    if stolen {
        println!(
            "certificates that {} signed are refused from now on: issue them anew",
            renewal.former_key_id
        );
    }
    restart();
    Ok(())
}

fn restart() {
    println!("give every server this folder of keys, and start it anew");
}
