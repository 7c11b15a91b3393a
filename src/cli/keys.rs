//! The key commands: replacing keys, and declaring that an old key is no longer trusted.

use std::sync::Arc;

use crate::{
    cli::{
        KeysCommand,
        commands::Outcome,
        open::{journal_succession, keys_folder, open},
        out::say,
    },
    http::Registry,
    identity::{self, Signer, log_key_files, open_log_keys, remove_keys},
    journal::{self, Succession},
    settings::Settings,
    storage::{Clock, StorageError, Write, files},
};

pub(super) async fn change(settings: &Settings, command: KeysCommand) -> Outcome {
    let registry = open(settings, Clock::default())?;
    match command {
        KeysCommand::RenewJournal => renew_journal(settings, &registry).await,
        KeysCommand::DisbelieveJournal { key, from } => {
            let kept = registry.log.succession().clone();
            let kept = journal::disbelieve(&registry.storage, kept, &key, from).await?;
            remember(settings, &kept)?;
            say!("no longer trusted for trees of {from} entries or more: {key}");
            print_restart_hint();
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
    // From here on the old private keys are of no use except to a forger.
    remove_keys(&log_key_files(&folder, old))?;
    say!(
        "new keys sign the journal from the tree of {} entries on; the old private keys were removed",
        kept.from
    );
    print_restart_hint();
    Ok(())
}

fn remember(settings: &Settings, kept: &Succession) -> Outcome {
    let path = journal_succession(settings);
    files::remember(&path, kept).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(())
}

async fn renew_certificates(settings: &Settings, registry: &Arc<Registry>, stolen: bool) -> Outcome {
    let renewal = Signer::renew(&keys_folder(settings), settings.certificates.sm2, stolen)?;
    let recorded = renewal.clone();
    let record = move |unit: &mut Write<'_>| identity::record_renewal(unit, &recorded);
    registry.storage.write::<_, StorageError, _>(record).await?;
    say!("the key {} signs certificates from now on; the old private keys were removed", renewal.key_id);
    if stolen {
        say!("certificates signed by {} are refused from now on: reissue them", renewal.former_key_id);
    }
    print_restart_hint();
    Ok(())
}

fn print_restart_hint() {
    say!("copy this folder of keys to every server, and restart it");
}
