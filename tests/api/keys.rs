//! Keys that are lost, exchanged, or on another machine: a registry goes on with its own keys, or says what to do.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sanquan::{identity::Keyring, storage::Clock};
use serde_json::{Value, json};

use crate::{
    certificates::{certificate, checks},
    journal::{grows, whole_auditor, whole_auditor_again},
    surroundings::{is_told, is_well},
    tampering::runs,
    town::{EAST, Engine, Town},
};

/// The keys of a town, each with its file.
const KEYS: [(&str, &str); 4] = [
    ("tokens", "token-signing.pkcs8"),
    ("personal_identifiers", "personal-identifiers.key"),
    ("journal", "journal-signing.pkcs8"),
    ("certificates", "certificate-signing.pkcs8"),
];

fn folder(town: &Town) -> PathBuf {
    town.settings.data_dir.join("keys")
}

fn copies(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        fs::copy(from.join(&name), to.join(&name)).unwrap();
    }
}

/// Why a registry does not start.
fn refusal(settings: &sanquan::settings::Settings) -> String {
    sanquan::cli::open(settings, Clock::default()).unwrap_err().to_string()
}

/// What is said of a key, in both languages: which it is, where it is looked for, and what to do.
fn says(told: &str, name: &str, path: &Path, why: [&str; 2]) {
    let path = path.display().to_string();
    assert!(told.matches(&path).count() >= 2, "{told}");
    assert!(why.iter().all(|it| told.contains(it)), "{told}");
    assert_eq!(told.matches(&format!("`sanquan keys replace {name} --reason")).count(), 2, "{told}");
}

/// The entries of an action.
async fn entries(town: &Town, token: &str, action: &str) -> Vec<Value> {
    town.signed_size().await;
    let page = town.somebody(Some(token)).reads(&format!("/v1/journal?action={action}")).await;
    page["items"].as_array().unwrap().clone()
}

pub async fn a_lost_key_stops_the_start_until_it_is_back(mut town: Town) {
    let token = whole_auditor(&town).await;
    let recorded = entries(&town, &token, "keys_recorded").await;
    let recorded = recorded.iter().flat_map(|it| it["facts"]["keys"].as_array().unwrap());
    let names: Vec<_> = recorded.clone().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["tokens", "personal_identifiers", "journal", "certificates"]);
    let secret = hex::encode(fs::read(folder(&town).join("personal-identifiers.key")).unwrap());
    for key in recorded {
        let fingerprint = key["fingerprint"].as_str().unwrap();
        assert!(fingerprint.len() == 64 && !secret.contains(&fingerprint[..16]), "{key}");
        assert_eq!(key["public_key"].is_null(), key["name"] == "personal_identifiers");
    }

    // Where the key goes while the registry is at work, it says so before the next start.
    is_well(&town).await;
    let aside = town.settings.data_dir.join("aside");
    let of_tokens = folder(&town).join("token-signing.pkcs8");
    fs::rename(&of_tokens, &aside).unwrap();
    is_told(&town, "keys_unfit").await;
    fs::rename(&aside, &of_tokens).unwrap();
    is_well(&town).await;
    town.stopping().await.unwrap();

    for (name, file) in KEYS {
        let path = folder(&town).join(file);
        fs::rename(&path, &aside).unwrap();
        let told = refusal(&town.settings);
        says(&told, name, &path, ["is missing", "缺少密钥"]);
        assert!(!path.exists(), "nobody makes another one: {name}");
        let (code, said, wrong) = runs(&town, &["token", "auditor"]);
        assert!(code == Some(1) && said.is_empty() && wrong.contains("缺少密钥"), "{said}{wrong}");
        fs::rename(&aside, &path).unwrap();
    }
    // Without any, all are named.
    let kept = town.settings.data_dir.join("kept");
    fs::rename(folder(&town), &kept).unwrap();
    let told = refusal(&town.settings);
    assert!(KEYS.iter().all(|(name, _)| told.contains(&format!("缺少密钥 `{name}`"))), "{told}");
    assert!(!folder(&town).exists());
    fs::rename(&kept, folder(&town)).unwrap();
    town.restarts().await;
    let token = whole_auditor_again(&town).await;
    assert_eq!(
        entries(&town, &token, "keys_recorded").await.len(),
        1,
        "what is on record is not recorded again"
    );
    town.stopping().await.unwrap();
}

pub async fn a_damaged_key_stops_the_start(mut town: Town) {
    town.stopping().await.unwrap();
    for (name, file) in KEYS {
        let path = folder(&town).join(file);
        let kept = fs::read(&path).unwrap();
        for damaged in [&[][..], &kept[..kept.len() / 2], b"garbage"] {
            fs::write(&path, damaged).unwrap();
            let told = refusal(&town.settings);
            says(&told, name, &path, ["holds no key of its kind", "的内容不是该种密钥"]);
            let chinese: Vec<_> = told.lines().filter(|it| it.contains("无法使用")).collect();
            assert_eq!(chinese.len(), 1, "{told}");
            assert!(!chinese[0].contains("the key file"), "no English in a Chinese sentence: {told}");
            let replaced = runs(&town, &["keys", "replace", name, "--reason", "磁盘损坏"]);
            assert!(replaced.0 == Some(1), "what is left of it is not thrown away: {replaced:?}");
            assert_eq!(fs::read(&path).unwrap(), damaged);
        }
        fs::write(&path, kept).unwrap();
    }
    town.restarts().await;
    is_well(&town).await;
    town.stopping().await.unwrap();
}

pub async fn another_key_stops_the_start(mut town: Town) {
    town.stopping().await.unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    Keyring::of(elsewhere.path(), 1, false, false).unwrap().make_missing().unwrap();
    let aside = town.settings.data_dir.join("aside");
    for (name, file) in KEYS {
        let path = folder(&town).join(file);
        fs::rename(&path, &aside).unwrap();
        fs::copy(elsewhere.path().join(file), &path).unwrap();
        let told = refusal(&town.settings);
        says(&told, name, &path, ["is not the one of this registry", "不是本登记系统使用的密钥"]);
        fs::rename(&aside, &path).unwrap();
    }
    // A kind of key that the registry never had is made when it is asked for, and belongs to it from then on.
    town.settings.certificates.sm2 = true;
    town.restarts().await;
    town.stopping().await.unwrap();
    let of_sm2 = folder(&town).join("certificate-sm2.key");
    fs::rename(&of_sm2, &aside).unwrap();
    says(&refusal(&town.settings), "certificates_sm2", &of_sm2, ["is missing", "缺少密钥"]);
    fs::rename(&aside, &of_sm2).unwrap();
    town.settings.certificates.sm2 = false;
    town.restarts().await;
    is_well(&town).await;
    town.stopping().await.unwrap();
}

pub async fn a_second_server_needs_the_keys_of_the_first(mut town: Town) {
    let elsewhere = tempfile::tempdir().unwrap();
    let mut settings = town.settings.clone();
    settings.database_url = town.settings.database();
    settings.data_dir = elsewhere.path().to_owned();
    let its_keys = elsewhere.path().join("keys");

    let told = refusal(&settings);
    assert!(told.contains("another server needs a copy of the folder of the first"), "{told}");
    assert!(told.contains("增设的服务器须复制首台服务器的密钥文件夹"), "{told}");
    assert!(!its_keys.exists(), "it makes none of its own");
    Keyring::of(&its_keys, 1, false, false).unwrap().make_missing().unwrap();
    let told = refusal(&settings);
    assert_eq!(told.matches("is not the one of this registry").count(), 4, "{told}");
    fs::remove_dir_all(&its_keys).unwrap();

    copies(&folder(&town), &its_keys);
    let beside = Town::beside_with(&settings, &town.clock);
    let ready = format!("{}/readyz", beside.base_url);
    let is_ready = async || reqwest::get(&ready).await.unwrap().status() == 200;
    assert!(is_ready().await);
    // The keys of the first are renewed: the second has the old ones until it gets a copy.
    let (code, _, wrong) = runs(&town, &["keys", "renew-certificates"]);
    assert_eq!(code, Some(0), "{wrong}");
    while is_ready().await {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let why: Value = reqwest::get(&ready).await.unwrap().json().await.unwrap();
    assert_eq!(why["reasons"], json!(["keys_unfit"]));
    beside.stops().await;
    let told = refusal(&settings);
    says(
        &told,
        "certificates",
        &its_keys.join("certificate-signing.pkcs8"),
        ["an earlier one that was replaced at", "停用的旧密钥"],
    );
    fs::remove_dir_all(&its_keys).unwrap();
    copies(&folder(&town), &its_keys);
    let beside = Town::beside_with(&settings, &town.clock);
    let ready = format!("{}/readyz", beside.base_url);
    assert_eq!(reqwest::get(&ready).await.unwrap().status(), 200);
    beside.stops().await;
    town.restarts().await;
    is_well(&town).await;
    town.stopping().await.unwrap();
}

pub async fn a_lost_key_is_replaced_with_a_reason(mut town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let shed = town.asset("operating", "greenhouse", 1_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    whole_auditor(&town).await;
    grows(&town, 3).await;
    let issued = certificate(&town, &shed).await;
    let before = town.auditor().reads("/v1/journal/keys").await;
    let kept = tempfile::tempdir().unwrap();
    let checkpoint = kept.path().join("checkpoint");
    let note = town.auditor().reads("/v1/journal/checkpoint").await;
    fs::write(&checkpoint, note.as_str().unwrap()).unwrap();
    copies(&folder(&town), &kept.path().join("keys"));
    town.stopping().await.unwrap();

    let replace = |name: &str| runs(&town, &["keys", "replace", name, "--reason", "硬盘损坏，备份亦已遗失"]);
    let (code, _, wrong) = replace("tokens");
    assert!(code == Some(1) && wrong.contains("is the one on record"), "{wrong}");
    let (code, _, wrong) = replace("journal_sm2");
    assert!(code == Some(1) && wrong.contains("is not in use"), "{wrong}");
    let (code, _, wrong) = runs(&town, &["keys", "replace", "tokens", "--reason", " "]);
    assert!(code == Some(2) && wrong.contains("--reason"), "{wrong}");
    // The whole folder is gone, and with it what it remembered.
    fs::remove_dir_all(folder(&town)).unwrap();
    for (name, _) in KEYS {
        let (code, said, wrong) = replace(name);
        assert_eq!(code, Some(0), "{name}: {said}{wrong}");
    }
    let (code, _, wrong) = replace("journal");
    assert!(code == Some(1) && wrong.contains("is the one on record"), "{wrong}");
    town.restarts().await;
    is_well(&town).await;

    // Whoever was signed in signs in anew, and what the old keys signed is what it was.
    town.officer().gets("/v1/me").await.expect_problem(401, "unauthenticated");
    assert_eq!(checks(&town, issued["jws"].as_str().unwrap()).await["valid"], true);
    let token = whole_auditor_again(&town).await;
    let auditor = town.somebody(Some(&token));
    let after = auditor.reads("/v1/journal/keys").await;
    assert_eq!(after["origin"], before["origin"]);
    assert_ne!(after["keys"], before["keys"]);
    assert_eq!(after["former"][0]["key"], before["keys"][0]);
    let replaced = entries(&town, &token, "key_replaced").await;
    let names: Vec<_> = replaced.iter().map(|it| it["facts"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, KEYS.map(|it| it.0));
    let first = &entries(&town, &token, "keys_recorded").await[0]["facts"]["keys"];
    for (place, entry) in replaced.iter().enumerate() {
        let facts = &entry["facts"];
        assert_eq!(facts["former_fingerprint"], first[place]["fingerprint"]);
        assert_ne!(facts["fingerprint"], first[place]["fingerprint"]);
        assert_eq!((&facts["number"], &facts["reason"]), (&json!(2), &json!("硬盘损坏，备份亦已遗失")));
    }
    town.signed_size().await;
    let url = town.settings.database();
    let verify = ["verify", "--database", &url, "--checkpoint", checkpoint.to_str().unwrap()];
    let (code, said, wrong) = runs(&town, &verify);
    assert!(matches!(code, Some(0 | 3)) && said.starts_with("sound: "), "{said}{wrong}");

    // An old folder that turns up again is told from a stranger's.
    town.stopping().await.unwrap();
    let new = town.settings.data_dir.join("new");
    fs::rename(folder(&town), &new).unwrap();
    copies(&kept.path().join("keys"), &folder(&town));
    let told = refusal(&town.settings);
    assert_eq!(told.matches("an earlier one that was replaced at").count(), 4, "{told}");
    fs::remove_dir_all(folder(&town)).unwrap();
    fs::rename(&new, folder(&town)).unwrap();
    town.restarts().await;
    town.stopping().await.unwrap();
}

pub async fn the_second_keys_are_replaced_as_well(mut town: Town) {
    grows(&town, 3).await;
    whole_auditor(&town).await;
    town.signed_size().await;
    let before = town.auditor().reads("/v1/journal/keys").await;
    assert_eq!(before["keys"].as_array().unwrap().len(), 2);
    town.stopping().await.unwrap();
    let replace = |name: &str| {
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_sanquan"))
            .args(["--data-dir", town.settings.data_dir.to_str().unwrap()])
            .args(["--database-url", &town.settings.database()])
            .args(["keys", "replace", name, "--reason", "lost"])
            .env("SANQUAN_JOURNAL__SM2", "true")
            .env("SANQUAN_CERTIFICATES__SM2", "true")
            .output()
            .unwrap();
        assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stderr));
    };
    for file in ["journal-sm2.key", "certificate-sm2.key"] {
        fs::remove_file(folder(&town).join(file)).unwrap();
    }
    replace("journal_sm2");
    replace("certificates_sm2");
    town.restarts().await;
    is_well(&town).await;
    grows(&town, 1).await;
    town.signed_size().await;
    let after = town.auditor().reads("/v1/journal/keys").await;
    assert_eq!(after["keys"][0], before["keys"][0], "the first stays");
    assert_ne!(after["keys"][1], before["keys"][1]);
    assert_eq!(after["former"][0]["key"], before["keys"][1]);
    let published = town.somebody(None).reads("/v1/certificates/keys").await;
    let lengths = ["keys", "sm2_keys"].map(|it| published[it].as_array().unwrap().len());
    assert_eq!(lengths, [1, 2], "{published}");
    town.stopping().await.unwrap();
}

/// A town that signs by SM2 as well.
pub fn by_sm2(settings: &mut sanquan::settings::Settings) {
    settings.journal.sm2 = true;
    settings.certificates.sm2 = true;
}

pub async fn an_empty_registry_makes_its_keys(town: Town) {
    let elsewhere = tempfile::tempdir().unwrap();
    let empty = match town.engine {
        Engine::Sqlite => None,
        Engine::Postgres => crate::town::postgres::empty_database(),
    };
    let mut settings = town.settings.clone();
    settings.data_dir = elsewhere.path().to_owned();
    settings.database_url = empty.as_ref().map(|it| it.url().to_owned()).unwrap_or_default();
    // Whoever migrates first has made no keys yet.
    let (data, url) = (settings.data_dir.display().to_string(), settings.database());
    let migrated = std::process::Command::new(env!("CARGO_BIN_EXE_sanquan"))
        .args(["--data-dir", &data, "--database-url", &url, "migrate"])
        .status();
    assert!(migrated.unwrap().success());
    assert!(!elsewhere.path().join("keys").exists());
    drop(sanquan::cli::open(&settings, Clock::default()).unwrap());
    // From then on they are its keys, though nothing was done with them yet.
    fs::remove_file(elsewhere.path().join("keys/token-signing.pkcs8")).unwrap();
    assert!(refusal(&settings).contains("缺少密钥 `tokens`"));
}
