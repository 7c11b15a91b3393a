//! What must not be lost: documents on disk, backups, and what comes back of them.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use age::{secrecy::ExposeSecret as _, x25519};
use reqwest::{
    Method,
    multipart::{Form, Part},
};
use sanquan::{
    journal::{self, Action, Actor, Record, Signing},
    storage::{Clock, StorageError},
};
use serde_json::{Value, json};

use crate::{
    house::Beside,
    journal::{grows, restores},
    tampering::runs,
    town::{COUNTY, EAST, Engine, TOWNSHIP, Town, World, id, postgres},
};

/// Brings a document of the given bytes, and returns what is on record of it.
async fn brings(town: &Town, bytes: &[u8]) -> Value {
    let part = Part::bytes(bytes.to_vec()).file_name("minutes.txt").mime_str("text/plain").unwrap();
    let form = Form::new().part("file", part);
    let asked = town.officer().request(Method::POST, "/v1/documents").multipart(form);
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), 201);
    answer.json().await.unwrap()
}

/// Where the bytes of a document are kept.
fn file_of(town: &Town, document: &Value) -> PathBuf {
    let sha256 = document["sha256"].as_str().unwrap();
    town.settings.data_dir.join("documents").join(&sha256[..2]).join(&sha256[2..])
}

pub async fn a_document_that_is_brought_again_repairs_what_was_kept_of_it(town: Town) {
    let bytes = "minutes of the assembly of members ".repeat(100).into_bytes();
    let document = brings(&town, &bytes).await;
    let other = brings(&town, b"other minutes").await;
    town.signed_size().await;
    let (file, url) = (file_of(&town, &document), town.settings.database());
    let content = format!("/v1/documents/{}/content", id(&document));
    let verify = ["verify", "--documents", "--database", &url];

    // A power failure leaves an empty file or a part of one, a bad disk other bytes, a hand slip nothing.
    let damages: [(&str, &dyn Fn()); 4] = [
        ("altered", &|| fs::write(&file, b"").unwrap()),
        ("altered", &|| fs::write(&file, &bytes[..100]).unwrap()),
        ("altered", &|| fs::write(&file, vec![0; bytes.len()]).unwrap()),
        ("missing", &|| fs::remove_file(&file).unwrap()),
    ];
    for (already, (kind, damage)) in damages.into_iter().enumerate() {
        damage();
        let before = fs::read(&file).ok();
        // Whatever names these bytes has its own line.
        let (code, said, _) = runs(&town, &verify);
        let line = format!("document_{kind} table=documents row_id=");
        assert_eq!((code, said.matches(&line).count()), (Some(1), already + 1), "{said}");
        assert!(said.contains(&id(&document)) && !said.contains(&id(&other)), "{said}");
        assert_eq!(fs::read(&file).ok(), before, "whoever examines repairs nothing");
        town.auditor().gets(&content).await.expect_problem(500, &format!("content_{kind}"));

        let again = brings(&town, &bytes).await;
        assert_eq!((&again["sha256"], &again["size"]), (&document["sha256"], &document["size"]));
        assert_eq!(fs::read(&file).unwrap(), bytes);
        town.auditor().gets(&content).await.expect(200);
    }
    for it in [&file, &file_of(&town, &other)] {
        fs::remove_file(it).unwrap();
    }
    let (code, said, _) = runs(&town, &verify);
    assert_eq!((code, said.matches("document_missing").count()), (Some(1), 6), "{said}");
    assert!(said.contains(&id(&document)) && said.contains(&id(&other)), "{said}");
    brings(&town, &bytes).await;
    brings(&town, b"other minutes").await;
    town.signed_size().await;
    let (code, said, wrong) = runs(&town, &verify);
    assert!(matches!(code, Some(0 | 3)) && said.contains("8 documents"), "{said}{wrong}");

    // Whoever names a folder has that one examined, and a folder that is not there is told at once.
    let empty = tempfile::tempdir().unwrap();
    let elsewhere = format!("--documents={}", empty.path().display());
    let (code, said, _) = runs(&town, &["verify", "--database", &url, &elsewhere]);
    assert_eq!((code, said.matches("document_missing").count()), (Some(1), 8), "{said}");
    let (code, _, wrong) = runs(&town, &["verify", "--database", &url, "--documents=/nowhere/at/all"]);
    assert!(code == Some(2) && wrong.contains("/nowhere/at/all"), "{wrong}");
}

pub async fn what_cannot_be_read_or_written_leaves_a_backup_whole_or_none(town: Town) {
    let document = brings(&town, b"minutes").await;
    let other = brings(&town, b"other minutes").await;
    let folder = tempfile::tempdir().unwrap();
    let (data, url) = (town.settings.data_dir.display().to_string(), town.settings.database());
    let backs_up = async |to: &Path| {
        let to = to.display().to_string();
        program(&["--data-dir", &data, "--database-url", &url, "backup", "--to", &to, "--json"]).await
    };
    // What is opened and cannot be read, as on a disk with a bad sector.
    let file = file_of(&town, &document);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let to = folder.path().join("backups");
    let (_, said, wrong) = backs_up(&to).await;
    let made: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}{wrong}"));
    assert_eq!(made["manifest"]["documents_without_content"], json!([document["sha256"]]), "{made}");
    fs::remove_dir(&file).unwrap();
    brings(&town, b"minutes").await;

    // A place that takes the database and not the documents.
    let to = folder.path().join("more");
    let hash = other["sha256"].as_str().unwrap();
    let relative = file_of(&town, &other);
    let relative = relative.strip_prefix(town.settings.data_dir.join("documents")).unwrap();
    let in_the_way = to.join("documents").join(relative.iter().next().unwrap());
    fs::create_dir_all(in_the_way.parent().unwrap()).unwrap();
    fs::write(&in_the_way, "no folder").unwrap();
    let (code, said, wrong) = backs_up(&to).await;
    assert!(code == Some(1) && wrong.contains(hash.get(..2).unwrap()), "{said}{wrong}");
    assert_eq!(fs::read_dir(to.join("snapshots")).unwrap().count(), 0, "nothing is left of it");
    fs::remove_file(&in_the_way).unwrap();
    let (code, said, wrong) = backs_up(&to).await;
    assert_eq!(code, Some(0), "{said}{wrong}");
}

/// A machine with nothing on it: a folder for data, and a database for PostgreSQL.
struct Machine {
    folder: tempfile::TempDir,
    database: Option<postgres::Database>,
}

impl Machine {
    fn of(engine: Engine) -> Self {
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => postgres::empty_database(),
        };
        Self { folder: tempfile::tempdir().unwrap(), database }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn url(&self) -> String {
        let in_folder = || format!("sqlite://{}", self.data().join("sanquan.db").display());
        self.database.as_ref().map_or_else(in_folder, |it| it.url().to_owned())
    }

    /// The settings of a town, on this machine.
    fn settings(&self, town: &Town) -> sanquan::settings::Settings {
        let mut settings = town.settings.clone();
        (settings.data_dir, settings.database_url) = (self.data(), self.url());
        settings
    }

    /// Runs the program on this machine.
    async fn runs(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let (data, url) = (self.data().display().to_string(), self.url());
        program(&[&["--data-dir", &data, "--database-url", &url], arguments].concat()).await
    }
}

/// Runs the program, while the server and the story go on.
async fn program(arguments: &[&str]) -> (Option<i32>, String, String) {
    let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
    let run = move || {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_sanquan")).args(arguments).output();
        let output = output.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    actix_web::rt::task::spawn_blocking(run).await.unwrap()
}

/// Backs a town up, and returns what the program printed.
async fn backs_up(town: &Town, to: &Path, more: &[&str]) -> Value {
    let (data, url) = (town.settings.data_dir.display().to_string(), town.settings.database());
    let to = to.display().to_string();
    let asked = ["--data-dir", &data, "--database-url", &url, "backup", "--to", &to, "--json"];
    let (code, said, wrong) = program(&[&asked, more].concat()).await;
    assert_eq!(code, Some(0), "{said}{wrong}");
    serde_json::from_str(&said).unwrap()
}

/// The name of a backup.
fn name_of(backup: &Value) -> &str {
    backup["snapshot"].as_str().unwrap().rsplit('/').next().unwrap()
}

/// What a town answers: to whoever asks for one of everything, for lists and for the whole journal.
async fn answers(town: &Town, world: &World, documents: &[Value]) -> Vec<(String, u16, Value)> {
    let World { party, asset, road, registration, contract, account, distribution, policy, .. } = world;
    let mut paths: Vec<String> = [
        format!("/v1/parties/{party}"),
        format!("/v1/assets/{asset}"),
        format!("/v1/assets/{asset}/rights?as_of=2025-06-01"),
        format!("/v1/assets/{asset}/ownership-chain"),
        format!("/v1/assets/{road}"),
        format!("/v1/registrations/{registration}"),
        format!("/v1/contracts/{contract}"),
        format!("/v1/accounts/{account}"),
        format!("/v1/distributions/{distribution}"),
        format!("/v1/policies/{policy}"),
        "/v1/parties?limit=200".to_owned(),
        "/v1/assets?limit=200".to_owned(),
        "/v1/receipts?limit=200".to_owned(),
        "/v1/income-records?after=0&limit=200".to_owned(),
        format!("/v1/maintenance-gaps?region_code={TOWNSHIP}"),
        format!("/v1/regions/{COUNTY}"),
        "/v1/journal/checkpoint".to_owned(),
        "/v1/journal/keys".to_owned(),
    ]
    .to_vec();
    paths.extend(
        documents.iter().flat_map(|it| {
            [format!("/v1/documents/{}", id(it)), format!("/v1/documents/{}/content", id(it))]
        }),
    );
    let mut answers = Vec::new();
    for path in paths {
        let mut answer = town.auditor().gets(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        // What is known now is known at the instant of the answer.
        if let Some(body) = answer.body.as_object_mut() {
            body.remove("known_at");
        }
        answers.push((path, answer.status, answer.body));
    }
    answers.extend(entries(town, i64::MAX).await);
    answers
}

/// The entries of the journal before an index, page by page.
async fn entries(town: &Town, before: i64) -> Vec<(String, u16, Value)> {
    let (mut pages, mut after) = (Vec::new(), -1);
    loop {
        let path = format!("/v1/journal?after={after}&limit=100");
        let mut page = town.auditor().reads(&path).await["items"].take();
        let items = page.as_array_mut().unwrap();
        items.retain(|it| it["index"].as_i64().unwrap() < before);
        let Some(last) = items.last() else { return pages };
        after = last["index"].as_i64().unwrap();
        pages.push((path, 200, page));
    }
}

/// The inodes and the times of the files below a folder.
fn state(folder: &Path) -> Vec<(PathBuf, u64, i64)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(state(&path));
        } else {
            let it = fs::metadata(&path).unwrap();
            found.push((path, it.ino(), it.mtime_nsec()));
        }
    }
    found.sort();
    found
}

pub async fn a_lost_machine_comes_back_as_it_was_backed_up(mut town: Town) {
    let world = World::of(&town).await;
    let mut documents = Vec::new();
    for number in 0..8 {
        documents.push(brings(&town, format!("minutes {number}").as_bytes()).await);
    }
    town.signed_size().await;
    let place = tempfile::tempdir().unwrap();
    let (to, keys, identity) =
        (place.path().join("backups"), place.path().join("keys.age"), place.path().join("identity"));
    let (from, sealed) = (to.display().to_string(), keys.display().to_string());
    let owner = x25519::Identity::generate();
    fs::write(&identity, owner.to_string().expose_secret()).unwrap();
    let (public, identity) = (owner.to_public().to_string(), identity.display().to_string());

    // While two people go on bringing documents and recording parties.
    let done = AtomicBool::new(false);
    let backing = async {
        let backup = backs_up(&town, &to, &["--keys-to", &sealed, "--recipient", &public]).await;
        done.store(true, Ordering::Relaxed);
        backup
    };
    let works = |who: usize| {
        let (town, done) = (&town, &done);
        async move {
            let mut brought = Vec::new();
            while !done.load(Ordering::Relaxed) {
                brought.push(brings(town, format!("{who} brings {}", brought.len()).as_bytes()).await);
                town.party("enterprise", &format!("第{who}号{}农业有限公司", brought.len()), EAST).await;
            }
            brought
        }
    };
    let (first, one, other) = futures_util::join!(backing, works(1), works(2));
    assert!(one.len() + other.len() > 1, "there was a load");
    let in_first = first["manifest"]["journal"]["entries"].as_i64().unwrap();
    documents.extend(one.into_iter().chain(other));
    assert_eq!(first["keys"].as_u64().map(|it| it > 3), Some(true), "{first}");

    // The next one has what was brought since, and copies nothing twice.
    documents.push(brings(&town, b"the last minutes").await);
    town.signed_size().await;
    let pool = to.join("documents");
    let before = state(&pool);
    let second = backs_up(&town, &to, &[]).await;
    let copied = second["documents_copied"].as_u64().unwrap();
    let count = |it: &Value| it["manifest"]["documents"].as_u64().unwrap();
    assert_eq!(u64::try_from(before.len()).unwrap() + copied, count(&second));
    assert!(copied > 0 && state(&pool).len() == before.len() + usize::try_from(copied).unwrap());
    assert!(before.iter().all(|it| state(&pool).contains(it)), "what was there stays as it was");
    let third = backs_up(&town, &to, &[]).await;
    assert_eq!((third["documents_copied"].as_u64(), third["keys"].as_u64()), (Some(0), Some(0)));
    assert_ne!(name_of(&second), name_of(&third));
    assert_eq!(second["manifest"]["journal"]["entries"], third["manifest"]["journal"]["entries"]);
    // One that was not finished is left aside.
    fs::create_dir(to.join("snapshots/99990101T000000Z")).unwrap();
    let wanted = answers(&town, &world, &documents).await;
    let of_first = entries(&town, in_first).await;

    // More is done, and signed for, and somebody keeps the checkpoint. Then the machine is lost.
    brings(&town, b"lost minutes").await;
    grows(&town, 30).await;
    let lost_size = town.signed_size().await;
    let note = town.auditor().reads("/v1/journal/checkpoint").await;
    let outside = place.path().join("outside");
    fs::write(&outside, note.as_str().unwrap()).unwrap();
    let outside = outside.display().to_string();
    let kept = place.path().join("kept");
    fs::create_dir(&kept).unwrap();
    for name in fs::read_dir(town.settings.data_dir.join("keys")).unwrap() {
        let name = name.unwrap().file_name();
        fs::copy(town.settings.data_dir.join("keys").join(&name), kept.join(&name)).unwrap();
    }
    town.altered.store(true, Ordering::Relaxed);
    town.stopping().await.unwrap();
    fs::remove_dir_all(&town.settings.data_dir).unwrap();

    // What was altered in the backup is not restored, and nothing is left of the attempt.
    let machine = Machine::of(town.engine);
    let restore = ["restore", "--from", &from, "--keys", &sealed, "--identity", &identity];
    let database = fs::read_dir(to.join("snapshots").join(name_of(&third))).unwrap();
    let database =
        database.map(|it| it.unwrap().path()).find(|it| it.to_str().unwrap().contains("database."));
    let document = pool.join(&documents[0]["sha256"].as_str().unwrap()[..2]);
    let document = document.join(&documents[0]["sha256"].as_str().unwrap()[2..]);
    for file in [database.unwrap(), document] {
        let bytes = fs::read(&file).unwrap();
        let mut altered = bytes.clone();
        altered[bytes.len() / 2] ^= 1;
        fs::write(&file, altered).unwrap();
        let (code, said, wrong) = machine.runs(&restore).await;
        assert!(code == Some(1) && wrong.contains(&file.display().to_string()), "{said}{wrong}");
        assert!(!machine.data().exists());
        fs::write(&file, bytes).unwrap();
    }

    // The first comes back with every document that it names, though it was made under load.
    let early = Machine::of(town.engine);
    let named = ["--snapshot", name_of(&first)];
    let (code, said, wrong) = early.runs(&[&restore[..], &named].concat()).await;
    assert!(matches!(code, Some(0 | 3)), "{said}{wrong}");
    let of_documents = format!("{} documents", world_documents(&early).await);
    assert!(said.contains("sound") && said.contains(&of_documents), "{said}");

    // The last comes back with every answer as it was.
    let (code, said, wrong) = machine.runs(&restore).await;
    assert!(matches!(code, Some(0 | 3)), "{said}{wrong}");
    assert!(said.contains("99990101T000000Z was not finished") && said.contains("sound: "), "{said}");
    town.settings = machine.settings(&town);
    town.restarts().await;
    let found = answers(&town, &world, &documents).await;
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(&wanted) {
        assert_eq!(found, wanted);
    }
    assert_eq!(entries(&town, in_first).await, of_first);
    // Nothing is restored over it.
    let (code, _, wrong) = machine.runs(&restore).await;
    assert!(code == Some(1) && wrong.contains("in the way") && wrong.contains("documents"), "{wrong}");

    // The registry goes on, and what somebody else kept shows the loss, acknowledged or not.
    town.party("enterprise", "新开办的有限公司", EAST).await;
    town.signed_size().await;
    let url = machine.url();
    let verify = ["verify", "--database", &url, "--checkpoint", &outside];
    let (code, said, _) = machine.runs(&verify).await;
    assert_eq!(code, Some(1));
    assert!(said.contains(&format!("rolled_back tree_size={lost_size}\n")), "{said}");
    let acknowledge = ["journal", "acknowledge-loss", "--checkpoint", &outside];
    let (code, said, wrong) = machine.runs(&acknowledge).await;
    assert!(code == Some(0) && said.contains("acknowledges that the tree of"), "{said}{wrong}");
    let (_, again, _) = machine.runs(&acknowledge).await;
    assert_eq!(again, said, "once is enough");
    let entry = said.split(' ').nth(1).unwrap().to_owned();
    let (code, said, _) = machine.runs(&verify).await;
    let line =
        format!("rolled_back tree_size={lost_size} (entry {entry} acknowledges that this tree is lost)\n");
    assert!(code == Some(1) && said.contains(&line), "{said}");
    grows(&town, 40).await;
    assert!(town.signed_size().await > lost_size, "signing goes on beyond what was lost");
    let (code, said, wrong) = machine.runs(&["verify", "--database", &url]).await;
    assert!(matches!(code, Some(0 | 3)), "{said}{wrong}");
    assert!(said.contains(&format!("note: entry {entry} acknowledges")), "{said}");
    let proof = town.auditor().reads(&format!("/v1/journal/proofs/consistency?from={lost_size}")).await;
    assert!(!note.as_str().unwrap().contains(proof["from_root_hash"].as_str().unwrap()), "{proof}");

    // Where the folder of keys was not lost, it remembers more than was restored.
    for acknowledged in [false, true] {
        let machine = Machine::of(town.engine);
        let keys = machine.data().join("keys");
        fs::create_dir_all(&keys).unwrap();
        for name in fs::read_dir(&kept).unwrap() {
            let name = name.unwrap().file_name();
            fs::copy(kept.join(&name), keys.join(&name)).unwrap();
        }
        let restore = ["restore", "--from", &from];
        if acknowledged {
            let (code, said, wrong) =
                machine.runs(&[&restore[..], &["--acknowledge-loss", "--json"]].concat()).await;
            assert!(matches!(code, Some(0 | 3)), "{said}{wrong}");
            let told: Value = serde_json::from_str(&said).unwrap();
            assert_eq!(told["acknowledged"][0]["lost_size"], json!(lost_size));
            assert_eq!(told["acknowledged"], told["verified"]["losses"]);
            continue;
        }
        let (code, said, wrong) = machine.runs(&restore).await;
        assert!(code == Some(1) && said.contains("rolled_back"), "{said}{wrong}");
        assert!(said.contains("acknowledge-loss"), "whoever restores is told what to do: {said}");
        assert_eq!(signs(&machine, &town).await, Signing::Refused);
        let (code, said, wrong) = machine.runs(&["journal", "acknowledge-loss"]).await;
        assert_eq!(code, Some(0), "{said}{wrong}");
        let (code, said, wrong) = machine.runs(&["verify", "--database", &machine.url()]).await;
        assert!(code == Some(0) && said.contains("note: entry"), "{said}{wrong}");
        assert_eq!(signs(&machine, &town).await, Signing::UpToDate);
        let (code, _, wrong) = machine.runs(&["journal", "acknowledge-loss"]).await;
        assert!(code == Some(1) && wrong.contains("nothing is lost"), "{wrong}");
    }
    town.stopping().await.unwrap();
}

pub async fn whoever_restores_without_the_keys_is_told_what_to_do(town: Town) {
    grows(&town, 3).await;
    town.signed_size().await;
    let place = tempfile::tempdir().unwrap();
    let to = place.path().join("backups");
    backs_up(&town, &to, &[]).await;
    let from = to.display().to_string();
    let restore = ["restore", "--from", &from];

    // Without any key, with those of another registry, and with the right ones.
    let bare = Machine::of(town.engine);
    let (code, said, wrong) = bare.runs(&restore).await;
    assert!(code == Some(2) && said.contains("restored from"), "{said}{wrong}");
    for name in ["tokens", "personal_identifiers", "journal", "certificates"] {
        assert!(wrong.contains(&format!("缺少密钥 `{name}`")), "{wrong}");
        assert!(wrong.contains(&format!("`sanquan keys replace {name} --reason TEXT`")), "{wrong}");
    }
    assert!(!bare.data().join("keys").exists(), "none are made");
    assert!(sanquan::cli::open(&bare.settings(&town), Clock::default()).is_err());

    let other = Machine::of(town.engine);
    let keys = other.data().join("keys");
    sanquan::identity::Keyring::of(&keys, 1, false, false).unwrap().make_missing().unwrap();
    let (code, _, wrong) = other.runs(&restore).await;
    assert!(code == Some(2) && wrong.matches("不是本登记系统使用的密钥").count() == 4, "{wrong}");

    for machine in [bare, other] {
        let keys = machine.data().join("keys");
        fs::create_dir_all(&keys).unwrap();
        for name in fs::read_dir(town.settings.data_dir.join("keys")).unwrap() {
            let name = name.unwrap().file_name();
            fs::copy(town.settings.data_dir.join("keys").join(&name), keys.join(&name)).unwrap();
        }
        drop(sanquan::cli::open(&machine.settings(&town), Clock::default()).unwrap());
    }
    // One key alone that is missing is told of as well.
    let one = Machine::of(town.engine);
    let keys = one.data().join("keys");
    fs::create_dir_all(&keys).unwrap();
    fs::copy(town.settings.data_dir.join("keys/journal-signing.pkcs8"), keys.join("journal-signing.pkcs8"))
        .unwrap();
    let (code, said, wrong) = one.runs(&[&restore[..], &["--json"]].concat()).await;
    assert_eq!(code, Some(3), "{said}{wrong}");
    let told: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(told["keys_unfit"].as_array().unwrap().len(), 3, "{told}");
}

/// How many documents are on record on a machine.
async fn world_documents(machine: &Machine) -> i64 {
    let settings = sanquan::settings::Settings::read(&sanquan::settings::Flags {
        data_dir: Some(machine.data()),
        database_url: Some(machine.url()),
        ..sanquan::settings::Flags::default()
    });
    let registry = sanquan::cli::open(&settings.unwrap(), Clock::default()).unwrap();
    registry.storage.read::<_, StorageError, _>(sanquan::register::documents::count).await.unwrap()
}

/// Tries to sign the journal of a machine.
async fn signs(machine: &Machine, town: &Town) -> Signing {
    let registry = sanquan::cli::open(&machine.settings(town), Clock::default()).unwrap();
    let log = Arc::clone(&registry.log);
    registry.storage.upkeep(move |unit| journal::sign_next(unit, &log)).await.unwrap()
}

pub async fn no_loss_is_acknowledged_without_the_keys_nor_a_rewrite_with_them(town: Town) {
    grows(&town, 20).await;
    let old = town.signed_size().await;
    grows(&town, 300).await;
    let new = town.signed_size().await;
    let folder = tempfile::tempdir().unwrap();
    let outside = folder.path().join("outside");
    let note = town.auditor().reads("/v1/journal/checkpoint").await;
    fs::write(&outside, note.as_str().unwrap()).unwrap();
    let outside = outside.to_str().unwrap().to_owned();
    let root = note.as_str().unwrap().lines().nth(2).unwrap().to_owned();
    town.altered.store(true, Ordering::Relaxed);
    let mut beside = Beside::of(&town);
    let (code, _, wrong) = runs(&town, &["journal", "acknowledge-loss"]);
    assert!(code == Some(1) && wrong.contains("nothing is lost"), "{wrong}");
    restores(&mut beside, u64::try_from(old).unwrap());
    assert_eq!(town.signs().await, Signing::Refused);

    // Whoever has only the database makes an entry that looks like one.
    let statement = format!("{}\nsanquan/loss-acknowledged/v1\n{new}\n{root}\n", town.registry.log.origin());
    let statement = format!("{statement}\n{}", note.as_str().unwrap().split("\n\n").nth(1).unwrap());
    let facts = json!({"lost": {"tree_size": new, "root": root}, "kept": null, "statement": statement});
    let forge = move |unit: &mut sanquan::storage::Write<'_>| -> Result<(), StorageError> {
        let record = Record::new(Action::named("journal_loss_acknowledged"), None, &[], &facts);
        journal::append(unit, &Actor::default(), &record).map(drop)
    };
    town.registry.storage.write(forge).await.unwrap();
    town.journal_size().await;
    assert_eq!(town.signs().await, Signing::Refused);
    let url = town.settings.database();
    let (code, said, _) = runs(&town, &["verify", "--database", &url]);
    let line = format!("bad_signature index={old} (an acknowledgement of a loss");
    assert!(code == Some(1) && said.contains(&line) && !said.contains("note: entry"), "{said}");

    // With the keys it is acknowledged; the copy that somebody kept says so, and so does every bundle.
    let (code, said, wrong) =
        runs(&town, &["journal", "acknowledge-loss", "--json", "--checkpoint", &outside]);
    let told: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}{wrong}"));
    let loss = &told["losses"][0];
    assert_eq!((code, &loss["lost_size"], &loss["lost_root"]), (Some(0), &json!(new), &json!(root)));
    assert_eq!(loss["kept_size"], json!(old));
    assert_eq!(told["losses"].as_array().map(Vec::len), Some(1), "what is known twice is lost once: {told}");
    grows(&town, 400).await;
    assert!(town.signed_size().await > new, "signing goes on");
    let bundle = folder.path().join("bundle").to_str().unwrap().to_owned();
    assert_eq!(runs(&town, &["export", "journal", "--to", &bundle]).0, Some(0));
    let index = loss["index"].as_u64().unwrap();
    for what in [vec!["verify", &bundle], vec!["verify", "--database", &url]] {
        let (code, said, _) = runs(&town, &[what, vec!["--checkpoint", &outside]].concat());
        let line =
            format!("rolled_back tree_size={new} (entry {index} acknowledges that this tree is lost)\n");
        assert!(code == Some(1) && said.contains(&line), "{said}");
        assert!(said.contains(&format!("note: entry {index} acknowledges")), "{said}");
    }
    let proof = town.auditor().reads(&format!("/v1/journal/proofs/consistency?from={new}")).await;
    assert!(!proof.to_string().contains(&root), "{proof}");

    // What is stored with the journal is never excused: a rewrite is not acknowledged as a loss.
    beside.unguard("journal_leaves");
    let hash = if town.engine == Engine::Sqlite { "zeroblob(32)" } else { "decode(repeat('00', 32), 'hex')" };
    let last = "(select max(leaf_index) from journal_leaves)";
    let rewrite = format!("update journal_leaves set hash = {hash} where leaf_index = {last}");
    assert_ne!(beside.execute(&rewrite).unwrap(), 0);
    let (code, _, wrong) = runs(&town, &["journal", "acknowledge-loss", "--checkpoint", &outside]);
    assert!(code == Some(1) && wrong.contains("run `sanquan verify`"), "{wrong}");
}
