//! The key commands: renewing keys, replacing lost ones, and declaring that an old key is no longer trusted.

use std::{path::Path, sync::Arc};

use crate::{
    cli::{
        KeysCommand,
        commands::Outcome,
        open::{
            OpenError, journal_succession, keyring, keys_folder, last_signed, open, open_upgraded, succession,
        },
        out::say,
    },
    http::Registry,
    identity::{
        self, KeyName, KeyringError, Signer, log_key_files, make_log_keys, open_log_keys, remove_keys,
    },
    journal::{self, LostKeys, Succession, SuccessionError},
    settings::Settings,
    storage::{Clock, Storage, Write, files},
};

pub(super) async fn change(settings: &Settings, command: KeysCommand) -> Outcome {
    if let KeysCommand::Replace { name, reason, former } = command {
        return replace(settings, name, reason, former).await;
    }
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
        KeysCommand::Replace { .. } => Ok(()),
    }
}

async fn renew_journal(settings: &Settings, registry: &Arc<Registry>) -> Outcome {
    let folder = keys_folder(settings);
    let old = registry.log.succession().generation;
    let keys = make_log_keys(&folder, old.saturating_add(1), settings.journal.sm2)?;
    let kept = journal::renew(&registry.storage, &registry.log, keys).await?;
    remember(settings, &kept)?;
    record_renewed(settings, &registry.storage, &[KeyName::Journal, KeyName::JournalSm2]).await?;
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
    let (ring, recorded) = (keyring(settings)?, renewal.clone());
    let record = move |unit: &mut Write<'_>| {
        ring.record_renewed(unit, &[KeyName::Certificates, KeyName::CertificatesSm2])?;
        identity::record_renewal(unit, &recorded).map_err(KeyringError::from)
    };
    registry.storage.write(record).await?;
    say!("the key {} signs certificates from now on; the old private keys were removed", renewal.key_id);
    if stolen {
        say!("certificates signed by {} are refused from now on: reissue them", renewal.former_key_id);
    }
    print_restart_hint();
    Ok(())
}

async fn record_renewed(settings: &Settings, storage: &Storage, names: &'static [KeyName]) -> Outcome {
    let ring = keyring(settings)?;
    let record = move |unit: &mut Write<'_>| ring.record_renewed(unit, names);
    Ok(storage.write::<_, KeyringError, _>(record).await?)
}

/// Has a key take the place of one that is lost or was exchanged. What the old one signed stays verifiable as far as its public
/// half is on record.
async fn replace(settings: &Settings, name: KeyName, reason: String, former: Vec<String>) -> Outcome {
    let storage = open_upgraded(settings, Clock::default())?;
    let ring = keyring(settings)?;
    let asked = ring.clone();
    let made = ring.file(name).filter(|it| !it.exists()).map(Path::to_owned);
    let recorded = storage.snapshot(move |unit| asked.replace(unit, name)).await?;
    match name {
        KeyName::Journal | KeyName::JournalSm2 => {
            let lost = LostKeys { recorded, known: former };
            if let Err(error) = follow_lost(settings, &storage, name, &lost).await {
                // A key that signs nothing must not lie there as if it were the registry's own.
                let is_idle = error.downcast_ref().is_some_and(SuccessionError::is_before_anything);
                remove_keys(made.filter(|_| is_idle).as_slice())?;
                return Err(error);
            }
        }
        KeyName::Certificates | KeyName::CertificatesSm2 => {
            ring.remember_certificate_keys(name, &recorded)?
        }
        KeyName::Tokens | KeyName::PersonalIdentifiers => {}
    }
    let record = move |unit: &mut Write<'_>| ring.record_replaced(unit, name, &reason);
    storage.write::<_, KeyringError, _>(record).await?;
    say!("the key {name} in the folder is the one of this registry from now on");
    print_restart_hint();
    Ok(())
}

/// Has the keys of the journal in the folder follow those that are lost.
async fn follow_lost(settings: &Settings, storage: &Storage, name: KeyName, lost: &LostKeys) -> Outcome {
    let (folder, kept) = (keys_folder(settings), succession(settings)?);
    let keys = match name {
        // Without the second key, the first one signs alone until that one is replaced too.
        KeyName::Journal => {
            let [_, of_sm2] = log_key_files(&folder, kept.generation);
            let sm2 = settings.journal.sm2 && of_sm2.exists();
            Some(open_log_keys(&folder, kept.generation, sm2).map_err(OpenError::from)?)
        }
        _ => None,
    };
    let origin = &settings.journal.origin;
    let next = journal::replace_lost(storage, kept, keys, lost, origin, last_signed(settings)).await?;
    remember(settings, &next)
}

fn print_restart_hint() {
    say!("copy this folder of keys to every server, and restart it");
}
