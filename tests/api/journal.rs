//! What an auditor does with the journal: keeps checkpoints, asks for proofs, and checks them with tools of their own.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use reqwest::Method;
use sanquan::{
    journal::{Action, Actor, Record, Signing, append_all, seal_next, sign_next},
    settings::Settings,
    storage::{Clock, StorageError},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    house::Beside,
    permissions::path,
    tampering::runs,
    town::{self, Answer, EAST, Town, WEST, World},
};

/// A signed note, taken apart by the specification alone.
struct Checkpoint {
    note: String,
    text: String,
    origin: String,
    size: u64,
    root: Vec<u8>,
    /// The name, the id of the key, and the signature of each line.
    signatures: Vec<(String, Vec<u8>, Vec<u8>)>,
}

impl Checkpoint {
    fn parse(note: &str) -> Self {
        let (text, signatures) = note.rsplit_once("\n\n").unwrap();
        let mut lines = text.lines();
        let signatures = signatures
            .lines()
            .map(|line| {
                let (name, signature) = line.strip_prefix("\u{2014} ").unwrap().split_once(' ').unwrap();
                let signature = STANDARD.decode(signature).unwrap();
                (name.to_owned(), signature[..4].to_vec(), signature[4..].to_vec())
            })
            .collect();
        Self {
            note: note.to_owned(),
            text: format!("{text}\n"),
            origin: lines.next().unwrap().to_owned(),
            size: lines.next().unwrap().parse().unwrap(),
            root: STANDARD.decode(lines.next().unwrap()).unwrap(),
            signatures,
        }
    }

    fn tree(&self) -> RootHash<Sha256> {
        RootHash::new(self.root.as_slice().try_into().unwrap(), self.size)
    }

    /// Whether an Ed25519 key (`name+hash+key`) signed it.
    fn is_signed_by(&self, key: &str) -> bool {
        let mut parts = key.splitn(3, '+');
        let (name, id) = (parts.next().unwrap(), parts.next().unwrap());
        let key = STANDARD.decode(parts.next().unwrap()).unwrap();
        let hash = Sha256::digest([name.as_bytes(), b"\n", &key].concat());
        assert_eq!((hex::encode(&hash[..4]).as_str(), key[0]), (id, 1));
        self.signatures.iter().any(|(by, of, signature)| {
            let verified =
                UnparsedPublicKey::new(&ED25519, &key[1..]).verify(self.text.as_bytes(), signature);
            by == name && hex::encode(of) == id && verified.is_ok()
        })
    }
}

/// Lets the witness sign the last checkpoint.
pub async fn is_witnessed(town: &Town) {
    let kept = checkpoint(town).await;
    let signature = cosignature(&kept.text, 1_700_000_000);
    let asked = json!({"tree_size": kept.size, "signature": signature});
    town.auditor().posts("/v1/journal/checkpoint/cosignatures", asked).await.expect(200);
}

async fn checkpoint(town: &Town) -> Checkpoint {
    town.signed_size().await;
    let note = town.auditor().reads("/v1/journal/checkpoint").await;
    Checkpoint::parse(note.as_str().unwrap())
}

fn hashes(proof: &Value) -> Vec<u8> {
    proof.as_array().unwrap().iter().flat_map(|it| STANDARD.decode(it.as_str().unwrap()).unwrap()).collect()
}

/// Lets the journal grow by entries that say nothing in particular.
pub async fn grows(town: &Town, by: usize) {
    let write = move |unit: &mut sanquan::storage::Write<'_>| -> Result<(), StorageError> {
        let facts: Vec<Value> = (0..by).map(|number| json!({"number": number})).collect();
        let region: sanquan::values::RegionCode = EAST.parse().unwrap();
        let records: Vec<_> =
            facts.iter().map(|facts| Record::new(Action::named("tested"), region, &[], facts)).collect();
        append_all(unit, &Actor::default(), &records).map(drop)
    };
    town.registry.storage.write(write).await.unwrap();
}

/// The same auditor, who signs in again.
pub async fn whole_auditor_again(town: &Town) -> String {
    let asked = json!({"username": "whole", "password": "correct horse battery"});
    let signed_in = town.somebody(None).posts("/v1/tokens", asked).await;
    if signed_in.status == 200 {
        return signed_in.expect(200)["access_token"].as_str().unwrap().to_owned();
    }
    whole_auditor(town).await
}

/// An auditor who sees the whole register.
pub async fn whole_auditor(town: &Town) -> String {
    let password = "correct horse battery";
    town.actor("administrator")
        .creates("/v1/users", json!({"username": "whole", "password": password, "roles": ["auditor"]}))
        .await;
    let asked = json!({"username": "whole", "password": password});
    let signed_in = town.somebody(None).posts("/v1/tokens", asked).await.expect(200);
    signed_in["access_token"].as_str().unwrap().to_owned()
}

pub async fn an_auditor_proves_what_the_journal_says(town: Town) {
    let world = World::of(&town).await;
    let auditor = town.auditor();
    let kept = checkpoint(&town).await;
    let keys = auditor.reads("/v1/journal/keys").await;
    assert_eq!(keys["origin"], kept.origin);
    assert!(kept.origin.starts_with("sanquan/"));
    assert!(kept.is_signed_by(keys["keys"][0].as_str().unwrap()));

    let proved = auditor
        .reads(&format!("/v1/journal/proofs/inclusion?index={}&tree_size={}", world.entry, kept.size))
        .await;
    let entry = proved["entry"].as_str().unwrap();
    let proof = InclusionProof::<Sha256>::try_from_bytes(hashes(&proved["proof"])).unwrap();
    let index = u64::try_from(world.entry).unwrap();
    kept.tree().verify_inclusion(&entry.as_bytes(), index, &proof).unwrap();
    assert!(kept.tree().verify_inclusion(&entry.as_bytes(), index + 1, &proof).is_err());
    let forged = entry.replacen("asset", "aszet", 1);
    assert!(kept.tree().verify_inclusion(&forged.as_bytes(), index, &proof).is_err());

    let read = auditor.reads(&format!("/v1/journal?after={}&limit=1", world.entry - 1)).await;
    let read = &read["items"][0];
    let header: Value = serde_json::from_str(entry).unwrap();
    let rows = read["rows"].as_array().unwrap().iter();
    let rows: Vec<Value> = rows
        .map(|it| {
            let mut row = vec![it["table"].clone(), it["key"].clone(), it["sha256"].clone()];
            row.extend(it.get("before_sha256").cloned());
            Value::Array(row)
        })
        .collect();
    assert!(!rows.is_empty());
    let content = json!({"changes": read["changes"], "facts": read["facts"], "feed": read["feed"],
        "request_id": read["request_id"], "rows": rows, "subject_ids": read["subject_ids"]});
    let content = serde_json_canonicalizer::to_string(&content).unwrap();
    assert_eq!(header["content_sha256"], hex::encode(Sha256::digest(content.as_bytes())));
    assert_eq!(header["content_sha256"], read["content_sha256"]);
    assert_eq!((&header["id"], &header["action"]), (&read["id"], &read["action"]));
    assert_eq!(proved["leaf_hash"], read["leaf_hash"]);

    town.party("enterprise", "甲公司", EAST).await;
    let later = checkpoint(&town).await;
    assert!(later.size > kept.size);
    let path = format!("/v1/journal/proofs/consistency?from={}&to={}", kept.size, later.size);
    let proved = auditor.reads(&path).await;
    let proof = ConsistencyProof::<Sha256>::try_from_bytes(hashes(&proved["proof"])).unwrap();
    later.tree().verify_consistency(&kept.tree(), &proof).unwrap();
    assert_eq!(proved["from_root_hash"], STANDARD.encode(&kept.root));
    let older = auditor.reads(&format!("/v1/journal/checkpoint?tree_size={}", kept.size)).await;
    assert_eq!(Checkpoint::parse(older.as_str().unwrap()).root, kept.root);

    let size = later.size;
    for (path, pointer) in [
        (format!("inclusion?index={size}"), "/index"),
        (format!("inclusion?index=0&tree_size={}", size + 1), "/tree_size"),
        ("inclusion?index=-1".to_owned(), "/index"),
        ("inclusion".to_owned(), "/index"),
        ("inclusion?index=0&tree_size=0".to_owned(), "/tree_size"),
        (format!("consistency?from={}&to={size}", size + 1), "/from"),
        (format!("consistency?from=1&to={}", size + 1), "/to"),
        ("consistency?from=0".to_owned(), "/from"),
        ("consistency?from=9223372036854775807".to_owned(), "/from"),
    ] {
        let refused = auditor.gets(&format!("/v1/journal/proofs/{path}")).await;
        let refused = refused.expect_problem(422, "validation_failed");
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{path}");
    }
    auditor
        .gets(&format!("/v1/journal/checkpoint?tree_size={}", size + 1))
        .await
        .expect_problem(404, "not_found");
    let neighbour = town.user_in("neighbour", &["auditor"], WEST, None).await;
    let path = format!("/v1/journal/proofs/inclusion?index={}", world.entry);
    town.somebody(Some(&neighbour)).gets(&path).await.expect_problem(404, "not_found");
}

/// The bytes at an address of the log.
async fn tile(actor: &town::Actor<'_>, path: &str) -> (Vec<u8>, String) {
    let answer = actor.request(Method::GET, &format!("/v1/journal/tiles/{path}")).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    assert_eq!(answer.headers()["content-type"], "application/octet-stream");
    let caching = answer.headers()["cache-control"].to_str().unwrap().to_owned();
    (answer.bytes().await.unwrap().to_vec(), caching)
}

pub async fn the_log_is_read_in_tiles(town: Town) {
    grows(&town, 700).await;
    let token = whole_auditor(&town).await;
    let auditor = town.somebody(Some(&token));
    town.signed_size().await;
    let note = auditor.reads("/v1/journal/tiles/checkpoint").await;
    let signed = Checkpoint::parse(note.as_str().unwrap());
    let (whole, rest) = (signed.size / 256, signed.size % 256);
    assert!(whole >= 2 && rest > 0);

    let (first, caching) = tile(&auditor, "tile/0/000").await;
    assert_eq!(first.len(), 256 * 32);
    assert!(caching.contains("immutable"), "{caching}");
    let (last, caching) = tile(&auditor, &format!("tile/0/{whole:03}.p/{rest}")).await;
    assert_eq!(u64::try_from(last.len()).unwrap(), rest * 32);
    assert!(!caching.contains("immutable"), "{caching}");
    let (above, _) = tile(&auditor, &format!("tile/1/000.p/{whole}")).await;
    assert_eq!(u64::try_from(above.len()).unwrap(), whole * 32);

    let (mut entries, _) = tile(&auditor, "tile/entries/001").await;
    let (leaves, _) = tile(&auditor, "tile/0/001").await;
    for leaf in leaves.chunks(32) {
        let length = usize::from(u16::from_be_bytes([entries[0], entries[1]]));
        let entry: Vec<u8> = entries.drain(..2 + length).skip(2).collect();
        assert_eq!(Sha256::digest([&[0], entry.as_slice()].concat()).as_slice(), leaf);
    }
    assert!(entries.is_empty());

    let wider = rest + 1;
    for path in [
        &format!("tile/0/{whole:03}"),
        &format!("tile/0/{whole:03}.p/{wider}"),
        &format!("tile/entries/{whole:03}"),
        "tile/0/999",
        "tile/00/000",
        "tile/1/000",
        "tile/2/000.p/1",
        "tile/64/000",
        "tile/-1/000",
        "tile/255/000",
        "tile/256/000",
        "tile/0/0",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/x000/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/entries/000.p/",
        "tile/data/000",
        "tile/0",
    ] {
        auditor.gets(&format!("/v1/journal/tiles/{path}")).await.expect_problem(404, "not_found");
    }
    town.auditor().gets("/v1/journal/tiles/tile/entries/000").await.expect_problem(403, "out_of_scope");
    tile(&town.auditor(), "tile/0/000").await;
    town.officer().gets("/v1/journal/tiles/tile/entries/000").await.expect_problem(403, "permission_denied");

    // What holds nothing of any entry is there for everybody.
    let public = town.somebody(None);
    let (of_all, caching) = tile(&public, "tile/0/000").await;
    assert_eq!(of_all, first);
    assert!(caching.starts_with("public, "), "{caching}");
    assert_eq!(public.reads("/v1/journal/tiles/checkpoint").await, note);
    public.gets("/v1/journal/tiles/tile/entries/000").await.expect_problem(401, "unauthenticated");
}

pub async fn a_court_needs_no_token_to_hold_an_entry_against_the_journal(town: Town) {
    let world = World::of(&town).await;
    let index = world.entry;
    let size = town.signed_size().await;
    let auditor = town.auditor();
    let public = town.somebody(None);
    for path in ["/v1/journal/keys", "/v1/journal/checkpoint", "/v1/journal/proofs/consistency?from=1"] {
        assert_eq!(public.reads(path).await, auditor.reads(path).await, "{path}");
    }
    for path in ["/v1/journal".to_owned(), format!("/v1/journal/proofs/inclusion?index={index}")] {
        public.gets(&path).await.expect_problem(401, "unauthenticated");
    }

    let known = auditor.reads(&format!("/v1/journal/proofs/inclusion?index={index}&tree_size={size}")).await;
    let hash = known["leaf_hash"].as_str().unwrap();
    let path = |index: i64, hash: &str| {
        let hash = hash.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        format!("/v1/journal/proofs/leaf?index={index}&leaf_hash={hash}&tree_size={size}")
    };
    let proved = public.reads(&path(index, hash)).await;
    for field in ["index", "tree_size", "leaf_hash", "root_hash", "proof"] {
        assert_eq!(proved[field], known[field], "{field}");
    }
    assert!(proved.get("entry").is_none());
    for (index, hash) in [(index - 1, hash), (index, known["root_hash"].as_str().unwrap())] {
        public.gets(&path(index, hash)).await.expect_problem(404, "not_found");
    }
    for (path, pointer) in [
        (path(size, hash), "/index"),
        (path(-1, hash), "/index"),
        (path(index, hash).replace(&format!("tree_size={size}"), "tree_size=999999"), "/tree_size"),
    ] {
        let refused = public.gets(&path).await.expect_problem(422, "validation_failed");
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{path}");
    }
}

/// The key of a witness: the discipline commission of the county, say.
fn witness() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap()
}

const WITNESS: &str = "witness.example/county";

fn witness_key() -> (Vec<u8>, String) {
    let encoded = [&[4], witness().public_key().as_ref()].concat();
    let id = Sha256::digest([WITNESS.as_bytes(), b"\n", &encoded].concat())[..4].to_vec();
    (id.clone(), format!("{WITNESS}+{}+{}", hex::encode(id), STANDARD.encode(encoded)))
}

pub fn witnessed(settings: &mut Settings) {
    settings.journal.witnesses = vec![witness_key().1];
}

fn cosignature(text: &str, time: u64) -> String {
    let signature = witness().sign(format!("cosignature/v1\ntime {time}\n{text}").as_bytes());
    let line = [&witness_key().0, time.to_be_bytes().as_slice(), signature.as_ref()].concat();
    format!("\u{2014} {WITNESS} {}", STANDARD.encode(line))
}

pub async fn a_witness_cosigns_a_checkpoint(town: Town) {
    grows(&town, 3).await;
    let kept = checkpoint(&town).await;
    let auditor = town.auditor();
    assert_eq!(auditor.reads("/v1/journal/keys").await["witnesses"], json!([witness_key().1]));
    let before = town.journal_size().await;
    let path = "/v1/journal/checkpoint/cosignatures";

    let line = cosignature(&kept.text, 1_700_000_000);
    for _ in 0..2 {
        let asked = json!({"tree_size": kept.size, "signature": line});
        let note = auditor.posts(path, asked).await.expect(200);
        assert_eq!(note.as_str().unwrap().matches(WITNESS).count(), 1);
    }
    let note = auditor.reads(&format!("/v1/journal/checkpoint?tree_size={}", kept.size)).await;
    let cosigned = Checkpoint::parse(note.as_str().unwrap());
    assert_eq!(cosigned.signatures.len(), kept.signatures.len() + 1);
    assert!(note.as_str().unwrap().ends_with(&format!("{line}\n")));

    let other_text = kept.text.replacen(&format!("\n{}\n", kept.size), "\n1\n", 1);
    for (size, line, pointer) in [
        (kept.size, cosignature(&other_text, 1_700_000_000), "/signature"),
        (kept.size, line.replacen(WITNESS, "witness.example/other", 1), "/signature"),
        (kept.size, "nonsense".to_owned(), "/signature"),
        (9_999_999, line.clone(), "/tree_size"),
    ] {
        let refused = auditor.posts(path, json!({"tree_size": size, "signature": line})).await;
        let refused = refused.expect_problem(422, "validation_failed");
        assert_eq!(refused["errors"][0]["pointer"], pointer);
    }
    assert_eq!(town.journal_size().await, before, "what a witness says is no change of the register");
}

pub fn by_sm2(settings: &mut Settings) {
    settings.journal.sm2 = true;
}

pub async fn checkpoints_are_signed_by_sm2_as_well(town: Town) {
    grows(&town, 3).await;
    let kept = checkpoint(&town).await;
    let keys = town.auditor().reads("/v1/journal/keys").await;
    assert_eq!(kept.signatures.len(), 2);
    assert!(kept.is_signed_by(keys["keys"][0].as_str().unwrap()));
    let sm2 = keys["keys"][1].as_str().unwrap();
    let encoded = STANDARD.decode(sm2.splitn(3, '+').nth(2).unwrap()).unwrap();
    let point = encoded.strip_prefix(b"\xffsanquan/sm2-sm3/v1").unwrap();
    assert_eq!((point.len(), point[0]), (65, 4));
    assert_eq!(kept.signatures[1].2.len(), 64);
    let head = sanquan::journal::notes::verified(
        town.auditor().reads("/v1/journal/checkpoint").await.as_str().unwrap(),
        &kept.origin,
        &[sm2.parse().unwrap()],
    );
    assert_eq!(head.unwrap().size, kept.size);
}

/// Keeps a text in a folder, and gives its path.
fn keeps(folder: &std::path::Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Runs the program, which must end well, and gives what it said.
fn says(town: &Town, arguments: &[&str]) -> String {
    let (code, said, wrong) = runs(town, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {said}{wrong}");
    said
}

pub async fn the_keys_of_the_journal_are_replaced(mut town: Town) {
    grows(&town, 5).await;
    let kept = checkpoint(&town).await;
    let before = town.auditor().reads("/v1/journal/keys").await;
    let old = before["keys"][0].as_str().unwrap().to_owned();
    assert_eq!((&before["from"], &before["former"]), (&json!(0), &json!([])));

    // The first attempt is cut short before anything is remembered of it: until it is finished, nobody signs.
    let folder = town.settings.data_dir.join("keys");
    let keys = sanquan::identity::make_log_keys(&folder, 2, false).unwrap();
    let cut_short = sanquan::journal::renew(&town.registry.storage, &town.registry.log, keys).await.unwrap();
    grows(&town, 1).await;
    town.journal_size().await;
    assert_eq!(town.signs().await, Signing::Refused, "what new keys signed, the old ones do not go on from");

    let said = says(&town, &["keys", "renew-journal"]);
    assert!(said.contains(&format!("from the tree of {} entries on", cut_short.from)), "{said}");
    assert!(
        !folder.join("journal-signing.pkcs8").exists() && folder.join("journal-signing-2.pkcs8").exists()
    );
    town.restarts().await;
    let later = checkpoint(&town).await;
    let named = town.auditor().reads("/v1/journal/keys").await;
    let new = named["keys"][0].as_str().unwrap().to_owned();
    assert_eq!((&named["origin"], &named["from"]), (&before["origin"], &json!(cut_short.from)));
    assert_eq!(
        named["former"],
        json!([{"key": old, "from": 0, "until": cut_short.from, "disbelieved_from": null}])
    );
    assert!(later.is_signed_by(&new) && !later.is_signed_by(&old));
    assert!(later.size > kept.size && later.origin == kept.origin);

    let token = whole_auditor(&town).await;
    let auditor = town.somebody(Some(&token));
    let entry =
        async |action: &str| auditor.reads(&format!("/v1/journal?action={action}")).await["items"][0].clone();
    let announced = entry("journal_keys_announced").await;
    assert_eq!(announced["facts"], json!({"origin": before["origin"], "keys": [new]}));
    let last_old = auditor.reads(&format!("/v1/journal/checkpoint?tree_size={}", cut_short.from - 1)).await;
    let last_old = Checkpoint::parse(last_old.as_str().unwrap());
    assert!(last_old.is_signed_by(&old), "the old key signed for the entry that announces the new one");
    assert!(last_old.size > announced["index"].as_u64().unwrap());
    let renewed = entry("journal_keys_renewed").await;
    assert_eq!(renewed["facts"], json!({"keys": [new], "former_keys": [old]}));
    let first_new = auditor.reads(&format!("/v1/journal/checkpoint?tree_size={}", cut_short.from)).await;
    assert!(Checkpoint::parse(first_new.as_str().unwrap()).is_signed_by(&new));
    let path = format!("/v1/journal/proofs/consistency?from={}&to={}", kept.size, later.size);
    let proof = hashes(&auditor.reads(&path).await["proof"]);
    let proof = ConsistencyProof::<Sha256>::try_from_bytes(proof).unwrap();
    later.tree().verify_consistency(&kept.tree(), &proof).unwrap();

    all_of_it_verifies(&town, &kept.note, &before, &named).await;
    a_stolen_key_is_believed_no_more(&mut town, &last_old, &old, &new).await;
    town.stopping().await.unwrap();
}

/// Checks a bundle and the database by both programs.
async fn all_of_it_verifies(town: &Town, kept: &str, before: &Value, named: &Value) {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    let (to, url) = (bundle.to_str().unwrap(), town.settings.database());
    says(town, &["export", "journal", "--to", to]);
    let kept = keeps(folder.path(), "kept", kept);
    let (then, now) = (before.to_string(), named.to_string());
    let (then, now) = (keeps(folder.path(), "then.json", &then), keeps(folder.path(), "now.json", &now));
    assert!(says(town, &["verify", to, "--checkpoint", &kept, "--keys", &now]).starts_with("sound: "));
    assert!(says(town, &["verify", to, "--checkpoint", &kept]).starts_with("sound: "));
    assert!(says(town, &["verify", "--database", &url, "--checkpoint", &kept]).starts_with("sound: "));
    let (code, said, _) = runs(town, &["verify", to, "--keys", &then]);
    assert!(
        code == Some(1) && said.starts_with("bad_signature"),
        "the new key must be brought along: {said}"
    );
    // Whoever has only the old key believes nothing that the new one signed; and nothing is gone or too much for that.
    let lines = |said: &str| {
        said.lines().map(|it| it.split([' ', ':']).next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let told: Vec<_> = lines(&said).into_iter().filter(|it| it.contains('_')).collect();
    assert!(!told.is_empty() && told.iter().all(|it| it == "bad_signature"), "{said}");
    let verifier = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/independent/verify.py");
    if let Ok(second) = std::process::Command::new("python3").args([verifier, to, "--keys", &then]).output() {
        let said = String::from_utf8(second.stdout).unwrap();
        let told = lines(&said);
        assert!(!told.is_empty() && told.iter().all(|it| it == "bad_signature"), "{said}");
    }
    let second = std::process::Command::new("python3")
        .arg(verifier)
        .args([to, "--checkpoint", &kept, "--keys", &now])
        .output();
    // The second verifier needs an interpreter, which not every machine has.
    if let Ok(second) = second {
        let said = String::from_utf8(second.stdout).unwrap();
        assert!(second.status.success() && said.starts_with("ok: "), "{said}");
    }
}

async fn a_stolen_key_is_believed_no_more(town: &mut Town, last_old: &Checkpoint, old: &str, new: &str) {
    let folder = tempfile::tempdir().unwrap();
    let url = town.settings.database();
    let hash = old.split('+').nth(1).unwrap();
    let size = last_old.size.to_string();
    let kept = keeps(folder.path(), "kept", &last_old.note);
    for (arguments, wanted) in [
        (["keys", "disbelieve-journal", new, "--from", &size], "is not a former key"),
        (
            ["keys", "disbelieve-journal", hash, "--from", "9999999"],
            "signed no tree of 9999999 entries or more",
        ),
    ] {
        let (code, _, wrong) = runs(town, &arguments);
        assert!(code == Some(1) && wrong.contains(wanted), "{wrong}");
    }

    says(town, &["keys", "disbelieve-journal", hash, "--from", &size]);
    town.restarts().await;
    let named = town.auditor().reads("/v1/journal/keys").await;
    assert_eq!(named["former"][0]["disbelieved_from"], last_old.size);
    assert!(checkpoint(town).await.is_signed_by(new));

    let said = says(town, &["verify", "--database", &url]);
    assert!(said.starts_with("1 checkpoints are ignored") && said.contains("\nsound: "), "{said}");
    let (code, said, _) = runs(town, &["verify", "--database", &url, "--checkpoint", &kept]);
    assert!(
        code == Some(1) && said.contains("it is signed only by a key that is no longer trusted"),
        "{said}"
    );

    says(town, &["keys", "renew-journal"]);
    town.restarts().await;
    let named = town.auditor().reads("/v1/journal/keys").await;
    assert_eq!(named["former"][0]["key"], new);
    assert_eq!(
        (&named["former"][1]["key"], &named["former"][1]["disbelieved_from"]),
        (&json!(old), &json!(last_old.size))
    );
    assert_eq!(named["former"][0]["from"], named["former"][1]["until"]);
    assert!(says(town, &["verify", "--database", &url]).contains("\nsound: "));
}

pub async fn a_sealer_that_is_stopped_loses_nothing_and_doubles_nothing(town: Town) {
    let storage = &town.registry.storage;
    let stopped = || StorageError::Corrupt("stopped".to_owned());
    let (mut made, before) = (0, town.signed_size().await);
    for round in 0..6 {
        grows(&town, 70).await;
        made += 70;
        // Stopped while it seals: nothing of the batch is there.
        let sealing = storage.upkeep(move |unit| seal_next(unit, 50).and_then(|_| Err::<(), _>(stopped())));
        assert!(sealing.await.is_err());
        if round % 2 == 0 {
            // Stopped between sealing and signing.
            storage.upkeep(|unit| seal_next(unit, 33)).await.unwrap();
            // Stopped after the new head was remembered, before it was published.
            let log = std::sync::Arc::clone(&town.registry.log);
            let signing = storage.upkeep(move |unit| {
                sign_next(unit, &log)?;
                Err::<(), _>(StorageError::Corrupt("stopped".to_owned()))
            });
            assert!(signing.await.is_err());
        }
        // Another server takes over, and knows nothing of the first but what is on disk.
        let beside = sanquan::cli::open(&town.settings, Clock::default()).unwrap();
        let log = std::sync::Arc::clone(&beside.log);
        let signing = beside.storage.upkeep(move |unit| sign_next(unit, &log)).await.unwrap();
        assert_ne!(signing, Signing::Refused);
    }

    assert_eq!(town.signed_size().await, before + made);
    assert!(!town.registry.log.is_refused());
    let auditor = town.auditor();
    let (mut after, mut numbers) = (before - 1, Vec::new());
    loop {
        let page = auditor.reads(&format!("/v1/journal?after={after}&limit=500&action=tested")).await;
        let items = page["items"].as_array().unwrap();
        let Some(last) = items.last() else { break };
        after = last["index"].as_i64().unwrap();
        numbers.extend(items.iter().map(|it| it["facts"]["number"].as_i64().unwrap()));
    }
    assert_eq!(numbers, (0..70).collect::<Vec<_>>().repeat(6), "each once, in the order of commits");
}

pub async fn an_old_database_in_the_place_of_a_newer_one_is_found_out(town: Town) {
    grows(&town, 40).await;
    let old = checkpoint(&town).await;
    grows(&town, 300).await;
    let new = checkpoint(&town).await;

    let mut beside = Beside::of(&town);
    restores(&mut beside, old.size);
    let refused = town.signs().await;
    assert_eq!(refused, Signing::Refused);
    let metrics = town.somebody(None).reads("/metrics").await;
    assert!(metrics.as_str().unwrap().contains("sanquan_journal_signing_refused 1"));
    let why = loop {
        // It is looked at every second.
        let answer = town.somebody(None).gets("/readyz").await;
        if answer.status != 200 {
            break answer.expect_problem(503, "unavailable");
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(why["reasons"], serde_json::json!(["signing_refused"]));
    let sealed = town.journal_size().await;
    grows(&town, 400).await;

    assert_eq!(town.journal_size().await, sealed + 400, "sealing goes on");
    assert_eq!(
        town.signs().await,
        Signing::Refused,
        "the larger journal does not begin with what was signed"
    );
    let note = town.auditor().reads("/v1/journal/checkpoint").await;
    assert_eq!(
        Checkpoint::parse(note.as_str().unwrap()).size,
        old.size,
        "the last good one of this database"
    );
    assert!(new.size > old.size);
    // What is on record is read, and recorded, all the same.
    town.party("enterprise", "甲公司", EAST).await;
}

/// Puts a database back to what it was when a checkpoint of a size was its last.
pub fn restores(beside: &mut Beside, size: u64) {
    for table in [
        "journal_cosignatures",
        "journal_checkpoints",
        "journal_nodes",
        "journal_leaves",
        "journal_subjects",
        "journal_rows",
        "journal_entries",
    ] {
        beside.unguard(table);
    }
    for statement in [
        format!("delete from journal_checkpoints where tree_size > {size}"),
        format!(
            "delete from journal_nodes where (level = 1 and (node_index + 1) * 256 > {size}) or level > 1"
        ),
        "delete from journal_pending".to_owned(),
        format!(
            "delete from journal_subjects where entry_id in (select entry_id from journal_leaves where leaf_index >= {size})"
        ),
        format!("delete from journal_leaves where leaf_index >= {size}"),
        "delete from journal_rows where entry_id not in (select entry_id from journal_leaves)".to_owned(),
        "delete from journal_entries where id not in (select entry_id from journal_leaves)".to_owned(),
    ] {
        beside.execute(&statement).unwrap();
    }
}

/// What the journal says of a resource: the index of the entry that last changed it, and what was done.
async fn last_change(town: &Town, path: &str) -> (i64, String) {
    let answer = town.actor("administrator").gets(path).await;
    let answer = if answer.status == 200 { answer } else { town.auditor().gets(path).await };
    let index: i64 = answer.header("journal-index").parse().unwrap_or_else(|_| panic!("{path}: no index"));
    let entries = town.auditor().reads(&format!("/v1/journal?after={}&limit=1", index - 1)).await;
    assert_eq!(entries["items"][0]["index"], index);
    (index, entries["items"][0]["action"].as_str().unwrap().to_owned())
}

pub async fn a_resource_says_which_entry_changed_it_last(town: Town) {
    let world = World::of(&town).await;
    town.journal_size().await;
    let mut told = 0;
    for (template, item) in town::document::document()["paths"].as_object().unwrap() {
        let headers = &item["get"]["responses"]["200"]["headers"];
        if headers["Journal-Index"].is_null() || template.starts_with("/v1/accounts") {
            continue;
        }
        let (_, action) = last_change(&town, &path(&Method::GET, template, &world)).await;
        let about = template.split('/').nth(2).unwrap();
        let wanted = match about {
            "registrations" | "transfers" | "distributions" | "corrections" | "alterations"
            | "amendments" => "case_",
            "contracts" => "contract_concluded",
            "delegations" => "decisions_delegated",
            "notices" => "notice_",
            "documents" => "document_brought",
            "maintenance-assignments" => "maintenance_",
            "parties" if template.contains("relations") => "parties_related",
            "policies" => "policy_set",
            "receipts" => "receipt_booked",
            "payments" => "payment_made",
            "users" => "user_",
            "assets" => "asset_",
            "parties" => "party_recorded",
            "projects" => "project_recorded",
            "regions" => "region_recorded",
            "restrictions" => "restriction_",
            other => panic!("what changes {other}?"),
        };
        assert!(action.starts_with(wanted), "{template}: {action}");
        told += 1;
    }
    assert!(told >= 15, "{told}");

    // A sum of others, such as an account, has its movements in the journal and no entry of its own.
    let account = town.auditor().gets(&format!("/v1/accounts/{}", world.account)).await;
    assert!(account.header("journal-index").is_empty());

    let shed = format!("/v1/assets/{}", world.asset);
    let (before, _) = last_change(&town, &shed).await;
    let then = town.clock.now().format("%Y-%m-%dT%H:%M:%S%.6fZ");
    town.clock.advance(chrono::TimeDelta::minutes(1));
    let seen = town.auditor().gets(&shed).await;
    let renamed = town.officer().request(Method::PATCH, &shed).header("If-Match", seen.header("etag"));
    Answer::of(renamed.json(&json!({"name": "西一号大棚"}))).await.expect(200);
    town.journal_size().await;
    let (after, _) = last_change(&town, &shed).await;
    assert!(after > before);
    let (known, _) = last_change(&town, &format!("{shed}?known_at={then}")).await;
    assert_eq!(known, before);
    let seen = town.auditor().gets(&shed).await;
    let same = town.auditor().request(Method::GET, &shed).header("If-None-Match", seen.header("etag"));
    let same = Answer::of(same).await;
    assert_eq!((same.status, same.header("journal-index")), (304, after.to_string().as_str()));
}
