//! Certificates: issued, checked by anybody, true of their day, and superseded.

use std::process::Command;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::Method;
use sanquan::{
    journal::Succession,
    register::certificates::{Certificate, Inclusion, SHEET},
    settings::Settings,
};
use serde_json::{Value, json};

use crate::{
    tampering::runs,
    town::{Answer, EAST, Town, WEST},
};

pub async fn certificate(town: &Town, asset: &str) -> Value {
    town.signed_size().await;
    town.auditor().reads(&format!("/v1/assets/{asset}/certificate")).await
}

pub async fn checks(town: &Town, jws: &str) -> Value {
    town.somebody(None).posts("/v1/certificates/verification", json!({"jws": jws})).await.expect(200)
}

/// The address to which the code on the printed sheet of a certificate leads.
fn code(town: &Town, issued: &Value) -> String {
    let certificate: Certificate = serde_json::from_value(issued["certificate"].clone()).unwrap();
    let code = town.registry.signer.sign_short(SHEET, &certificate.sheet()).unwrap();
    format!("/v1/certificates/verify?c={code}")
}

pub async fn a_certificate_stays_true_of_its_day_and_is_superseded_by_a_sale(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let appraiser = town.party("enterprise", "诚信资产评估有限公司", WEST).await;
    let shed = town.asset("operating", "greenhouse", 120_000_000).await;
    let minutes = town.document().await;
    let path = format!("/v1/assets/{shed}/certificate");
    town.auditor().gets(&path).await.expect_problem(409, "conflict");
    town.registers(
        &shed,
        &minutes,
        json!([{"holder_id": east, "share": "2/3"}, {"holder_id": west, "share": "1/3"}]),
    )
    .await;

    let first = certificate(&town, &shed).await;

    let said = &first["certificate"];
    assert_eq!(said["asset"]["id"], shed);
    assert_eq!(said["ownership"].as_array().unwrap().len(), 2);
    let owners: Vec<_> =
        said["ownership"].as_array().unwrap().iter().map(|it| (&it["holder_id"], &it["share"])).collect();
    assert!(
        owners.contains(&(&json!(east), &json!("2/3"))) && owners.contains(&(&json!(west), &json!("1/3")))
    );
    assert!(said["management"].as_array().unwrap().iter().all(|it| it["residual"] == true));
    assert_eq!(said["restrictions"], json!([]));
    let jws = first["jws"].as_str().unwrap();
    let checked = checks(&town, jws).await;
    assert_eq!((&checked["valid"], &checked["superseded"]), (&json!(true), &json!(false)));
    assert_eq!((&first["jws_sm2"], &checked["second_signature"]), (&Value::Null, &json!("not_given")));
    assert_eq!(&checked["certificate"], said);
    let index = said["journal"]["index"].as_i64().unwrap();
    let entry =
        town.auditor().reads(&format!("/v1/journal?after={}&limit=1", index - 1)).await["items"][0].clone();
    assert_eq!((&entry["id"], &entry["action"]), (&said["journal"]["entry_id"], &json!("rights_moved")));

    let certified: Certificate = serde_json::from_value(said.clone()).unwrap();
    let proof = certified.journal.inclusion_proof.unwrap();
    assert_eq!(proof.index, index);
    assert!(proof.check().unwrap().1 > u64::try_from(index).unwrap());
    assert!(Inclusion { index: index - 1, ..proof.clone() }.check().is_err());
    let other = proof.hashes[0].clone();
    assert!(Inclusion { leaf_hash: other, ..proof }.check().is_err());

    refused_where_a_letter_changed(&town, jws).await;
    checked_without_a_server(&town, &first).await;
    printed_and_scanned(&town, &path, &first).await;

    let sale = json!({
        "right": "ownership", "effective_on": "2025-02-01", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
        "lots": [{"asset_id": shed, "from_id": east, "to_id": west, "share": "1/3"}],
        "consideration": {"kind": "price", "amount_fen": 36_000_000},
        "appraisal": {"value_fen": 36_000_000, "appraised_on": "2025-01-01", "appraiser_id": appraiser, "signatures": 2,
            "document_id": minutes},
    });
    let case = town.officer().creates("/v1/transfers", sale).await;
    town.takes_through("transfers", &case).await;
    let second = certificate(&town, &shed).await;
    let later = &second["certificate"]["journal"];
    assert!(later["index"].as_i64().unwrap() > index);

    let past = checks(&town, jws).await;
    assert_eq!((&past["valid"], &past["superseded"]), (&json!(true), &json!(true)));
    assert_eq!(past["superseded_by"], json!({"index": later["index"], "entry_id": later["entry_id"]}));
    assert_eq!(&past["certificate"], said, "it still says what was true then");
    let scanned = town.somebody(None).reads(&code(&town, &first)).await;
    assert_eq!(
        (&scanned["superseded"], &scanned["certificate"]["ownership"]),
        (&json!(true), &said["ownership"])
    );
    assert_eq!(checks(&town, second["jws"].as_str().unwrap()).await["superseded"], false);

    town.officer()
        .creates("/v1/restrictions", json!({
            "asset_id": shed, "kind": "mortgage", "holder_id": appraiser, "amount_fen": 100, "document_id": minutes,
            "period": {"from": "2025-03-01"},
        }))
        .await;
    town.journal_size().await;
    assert_eq!(checks(&town, second["jws"].as_str().unwrap()).await["superseded"], true);
    let third = certificate(&town, &shed).await;
    assert_eq!(third["certificate"]["restrictions"][0]["kind"], "mortgage");
}

pub async fn a_certificate_speaks_of_a_day_as_known_at_an_instant(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let west = town.party("village_collective", "西村股份经济合作社", WEST).await;
    let appraiser = town.party("enterprise", "诚信资产评估有限公司", WEST).await;
    let shed = town.asset("operating", "greenhouse", 120_000_000).await;
    let minutes = town.document().await;
    town.signed_size().await;
    let before = town.clock.now();
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let first = certificate(&town, &shed).await;
    town.signed_size().await;
    let known_then = town.clock.now();
    let sale = json!({
        "right": "ownership", "effective_on": "2025-02-01", "documents": [minutes], "decision": town.decided(&minutes), "recorded_late": town.late(),
        "lots": [{"asset_id": shed, "from_id": east, "to_id": west, "share": "1/3"}],
        "consideration": {"kind": "price", "amount_fen": 36_000_000},
        "appraisal": {"value_fen": 36_000_000, "appraised_on": "2025-01-01", "appraiser_id": appraiser, "signatures": 2,
            "document_id": minutes},
    });
    let case = town.officer().creates("/v1/transfers", sale).await;
    town.takes_through("transfers", &case).await;
    town.signed_size().await;
    let auditor = town.auditor();
    let path = format!("/v1/assets/{shed}/certificate");
    let then = known_then.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let shares = |issued: &Value| -> Vec<String> {
        let owners = issued["certificate"]["ownership"].as_array().unwrap();
        owners.iter().map(|it| it["share"].as_str().unwrap().to_owned()).collect()
    };

    // On the day before the sale worked, as is known now; on a day after it, as was known before it was recorded.
    let early = auditor.reads(&format!("{path}?as_of=2025-01-31")).await;
    let unknown = auditor.reads(&format!("{path}?as_of=2025-03-01&known_at={then}")).await;
    let now = auditor.reads(&format!("{path}?as_of=2025-03-01")).await;
    assert_eq!((shares(&early), shares(&unknown)), (vec!["1/1".to_owned()], vec!["1/1".to_owned()]));
    assert_eq!(shares(&now).len(), 2);
    for (issued, day) in [(&early, "2025-01-31"), (&unknown, "2025-03-01"), (&now, "2025-03-01")] {
        let said = &issued["certificate"];
        assert_eq!((&said["form"], &said["as_of"]), (&json!("registration_certificate_v2"), &json!(day)));
        assert!(said["known_at"].is_string());
        let checked = checks(&town, issued["jws"].as_str().unwrap()).await;
        assert_eq!((&checked["valid"], &checked["certificate"]), (&json!(true), said));
        let scanned = town.somebody(None).reads(&code(&town, issued)).await;
        let mut on_paper = said.clone();
        on_paper["journal"]["inclusion_proof"] = Value::Null;
        assert_eq!(scanned["certificate"], on_paper, "the sheet says the same");
    }
    assert_eq!(unknown["certificate"]["known_at"].as_str().unwrap()[..19], then[..19]);
    let superseded = async |issued: &Value| {
        checks(&town, issued["jws"].as_str().unwrap()).await["superseded"].as_bool().unwrap()
    };
    assert!(superseded(&unknown).await && superseded(&first).await);
    assert!(!superseded(&now).await && !superseded(&early).await);
    assert_eq!(first["certificate"]["form"], "registration_certificate_v1");
    assert!(first["certificate"].get("known_at").is_none());
    assert_eq!(unknown["certificate"]["journal"]["index"], first["certificate"]["journal"]["index"]);

    let sheet = auditor.request(Method::GET, &format!("{path}?as_of=2025-03-01&known_at={then}"));
    let sheet = Answer::of(sheet.header("Accept", "text/html")).await.expect(200);
    for text in ["2025-03-01", "信息截至"] {
        assert!(sheet.as_str().unwrap().contains(text), "{text}");
    }
    for (query, pointer) in [("as_of=2999-01-01", "/as_of"), ("known_at=2999-01-01T00:00:00Z", "/known_at")] {
        let refused = auditor.gets(&format!("{path}?{query}")).await.expect_problem(422, "validation_failed");
        assert_eq!(refused["errors"][0]["pointer"], pointer);
    }
    let before = before.format("%Y-%m-%dT%H:%M:%S%.6fZ");
    auditor.gets(&format!("{path}?known_at={before}")).await.expect_problem(409, "conflict");
    auditor.gets(&format!("{path}?as_of=2020-01-01")).await.expect_problem(409, "conflict");
}

async fn refused_where_a_letter_changed(town: &Town, jws: &str) {
    let payload = jws.find('.').unwrap() + 40;
    for place in [payload, jws.len() - 1, jws.len() - 40] {
        let mut altered = jws.to_owned().into_bytes();
        altered[place] = if altered[place] == b'A' { b'Q' } else { b'A' };
        let refused = checks(town, &String::from_utf8(altered).unwrap()).await;
        assert_eq!(
            (&refused["valid"], &refused["certificate"]),
            (&json!(false), &Value::Null),
            "letter {place}"
        );
    }
    let token = town.token("auditor");
    assert_eq!(checks(town, token).await["reason"], "malformed", "a token is no certificate");
    let elsewhere = tempfile::tempdir().unwrap();
    sanquan::identity::Keyring::of(elsewhere.path(), 1, false, false).unwrap().make_missing().unwrap();
    let other = sanquan::identity::Signer::open(elsewhere.path(), false).unwrap();
    let forged = other.sign("sanquan-certificate+jws", &json!({})).unwrap();
    assert_eq!(checks(town, &forged).await["reason"], "other_key");
}

/// What `sanquan verify-certificate` says of a file, by the keys of some options, and whether it accepts it.
fn checks_offline(folder: &std::path::Path, content: &str, keys: &[(&str, &str)]) -> (bool, String) {
    let file = folder.join("certificate");
    std::fs::write(&file, content).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sanquan"));
    command.arg("verify-certificate").arg(&file);
    for (option, keys) in keys {
        let path = folder.join(format!("{}.json", &option[2..]));
        std::fs::write(&path, keys).unwrap();
        command.arg(option).arg(path);
    }
    let ran = command.output().unwrap();
    let said = [ran.stdout, ran.stderr].map(|it| String::from_utf8(it).unwrap()).concat();
    (ran.status.success(), said)
}

async fn checked_without_a_server(town: &Town, issued: &Value) {
    let folder = tempfile::tempdir().unwrap();
    let keys = town.somebody(None).reads("/v1/certificates/keys").await;
    assert_eq!(keys["keys"][0]["crv"], "Ed25519");
    assert!(keys["keys"][0]["d"].is_null(), "only the public half is shown");
    let keys = keys.to_string();
    let jws = issued["jws"].as_str().unwrap();

    for content in [issued.to_string(), format!("{jws}\n")] {
        let (accepted, said) = checks_offline(folder.path(), &content, &[("--keys", &keys)]);
        assert!(accepted && said.starts_with("VALID: "), "{said}");
        assert!(said.contains("ownership: 2/3 东村股份经济合作社 since 2021-08-01"), "{said}");
        let (accepted, said) = checks_offline(folder.path(), &content, &[]);
        assert!(accepted && said.starts_with("UNALTERED since ") && said.contains("cannot prove"), "{said}");
    }
    let mut dressed_up = issued.clone();
    dressed_up["certificate"]["ownership"][0]["share"] = json!("1/1");
    let (accepted, said) = checks_offline(folder.path(), &dressed_up.to_string(), &[("--keys", &keys)]);
    assert!(!accepted && said.contains("is not what was signed"), "{said}");
    let (head, _) = jws.rsplit_once('.').unwrap();
    let (accepted, said) =
        checks_offline(folder.path(), &format!("{head}.{}", "A".repeat(86)), &[("--keys", &keys)]);
    assert!(!accepted && said.contains("NOT VALID"), "{said}");
    let others = keys.replace(
        &serde_json::from_str::<Value>(&keys).unwrap()["keys"][0]["x"].as_str().unwrap()[..5],
        "AAAAA",
    );
    let (accepted, said) = checks_offline(folder.path(), jws, &[("--keys", &others)]);
    assert!(!accepted && said.contains("none of the given keys"), "{said}");
    let (accepted, said) = checks_offline(folder.path(), "nothing", &[]);
    assert!(!accepted && said.contains("no signed certificate"), "{said}");
    its_checkpoint_is_checked_too(town, folder.path(), issued, &keys).await;
}

async fn its_checkpoint_is_checked_too(town: &Town, folder: &std::path::Path, issued: &Value, keys: &str) {
    let jws = issued["jws"].as_str().unwrap();
    let named = town.auditor().reads("/v1/journal/keys").await;
    let journal = named.to_string();

    let (accepted, said) = checks_offline(folder, jws, &[("--keys", keys)]);
    assert!(accepted && said.contains("who signed the checkpoint of that tree was NOT checked"), "{said}");
    let (accepted, said) = checks_offline(folder, jws, &[("--keys", keys), ("--journal-keys", &journal)]);
    assert!(accepted && said.contains("whose checkpoint was signed with a key of the journal"), "{said}");
    let (accepted, said) = checks_offline(folder, jws, &[("--journal-keys", &journal)]);
    assert!(accepted && said.starts_with("UNALTERED since "), "{said}");

    let elsewhere = tempfile::tempdir().unwrap();
    let other = sanquan::identity::make_log_keys(elsewhere.path(), 1, false).unwrap();
    let origin = named["origin"].as_str().unwrap();
    let other =
        sanquan::journal::Log::new(other, Succession::default(), origin, &[], elsewhere.path().join("last"))
            .unwrap();
    let other = serde_json::to_string(&other.names()).unwrap();
    let of_another = journal.replace(origin, "another");
    for (keys, wanted) in [
        (other.as_str(), "the checkpoint of the journal inside: no known key of the log signed it"),
        (keys, "does not name a journal"),
        (of_another.as_str(), "is not a verifier key"),
    ] {
        let (accepted, said) = checks_offline(folder, jws, &[("--journal-keys", keys)]);
        assert!(!accepted && said.contains(wanted), "{said}");
    }
    let mut early = issued["certificate"].clone();
    early["journal"]["inclusion_proof"] = Value::Null;
    let early = town.registry.signer.sign("sanquan-certificate+jws", &early).unwrap();
    let (accepted, said) = checks_offline(folder, &early, &[]);
    assert!(accepted && said.contains("without a proof"), "{said}");
    let (accepted, said) = checks_offline(folder, &early, &[("--journal-keys", &journal)]);
    assert!(!accepted && said.contains("carries no proof"), "{said}");
}

pub fn by_sm2(settings: &mut Settings) {
    settings.certificates.sm2 = true;
}

pub async fn a_certificate_is_signed_by_sm2_as_well(town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let shed = town.asset("operating", "greenhouse", 1_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let issued = certificate(&town, &shed).await;
    let (jws, second) = (issued["jws"].as_str().unwrap(), issued["jws_sm2"].as_str().unwrap());
    let public = town.somebody(None);
    let checks_both = async |jws: &str, second: Value| {
        let asked = json!({"jws": jws, "jws_sm2": second});
        public.posts("/v1/certificates/verification", asked).await.expect(200)
    };

    let checked = checks_both(jws, json!(second)).await;
    assert_eq!((&checked["valid"], &checked["second_signature"]), (&json!(true), &json!("verified")));
    for alone in [checks_both(jws, Value::Null).await, checks(&town, jws).await] {
        assert_eq!((&alone["valid"], &alone["second_signature"]), (&json!(true), &json!("not_given")));
    }
    let (protected, signature) = second.split_once("..").unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(protected).unwrap()).unwrap();
    assert_eq!(header["alg"], "urn:oid:1.2.156.10197.1.501");
    assert_eq!(URL_SAFE_NO_PAD.decode(signature).unwrap().len(), 64);
    for place in [30, protected.len() + 12, second.len() - 1] {
        let mut altered = second.to_owned().into_bytes();
        altered[place] = if altered[place] == b'A' { b'Q' } else { b'A' };
        let refused = checks_both(jws, json!(String::from_utf8(altered).unwrap())).await;
        assert_eq!(
            (&refused["valid"], &refused["second_signature"]),
            (&json!(false), &Value::Null),
            "letter {place}"
        );
    }
    let other = town.registry.signer.sign("sanquan-certificate+jws", &json!({"another": true})).unwrap();
    let of_another = town.registry.signer.sign_again("sanquan-certificate+jws", &other).unwrap().unwrap();
    let refused = checks_both(jws, json!(of_another)).await;
    assert_eq!(refused["reason"], "bad_signature", "the second signature of another certificate");

    let folder = tempfile::tempdir().unwrap();
    let published = public.reads("/v1/certificates/keys").await;
    let keys = published.to_string();
    let only_ed25519 = json!({"keys": published["keys"]}).to_string();
    let whole = issued.to_string();
    let (before, after) = second.split_at(second.len() - 9);
    let letter = if after.starts_with('A') { 'Q' } else { 'A' };
    let altered = whole.replace(second, &format!("{before}{letter}{}", &after[1..]));
    assert_ne!(altered, whole);
    for (content, keys, accepted, wanted) in [
        (whole.as_str(), Some(&keys), true, "Also signed with SM2, with a key that is in"),
        (&whole, None, true, "Also signed with SM2, with a key that it carries"),
        (&whole, Some(&only_ed25519), true, "was NOT checked: no SM2 key was given"),
        (jws, Some(&keys), true, "It has no second signature"),
        (&altered, Some(&keys), false, "NOT VALID: its second signature (SM2)"),
        (&altered, None, false, "NOT VALID: its second signature (SM2)"),
    ] {
        let options: Vec<_> = keys.iter().map(|it| ("--keys", it.as_str())).collect();
        let (ok, said) = checks_offline(folder.path(), content, &options);
        assert!(ok == accepted && said.contains(wanted), "{said}");
    }
}

async fn printed_and_scanned(town: &Town, path: &str, issued: &Value) {
    let asked = |accept: &'static str| town.auditor().request(Method::GET, path).header("Accept", accept);
    let alone = Answer::of(asked("application/jose")).await;
    assert_eq!(alone.header("content-type"), "application/jose");
    assert_eq!(checks(town, alone.body.as_str().unwrap()).await["valid"], true);
    Answer::of(asked("image/png")).await.expect_problem(406, "not_acceptable");

    let sheet = Answer::of(asked("text/html")).await;
    assert!(sheet.header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
    let page = sheet.expect(200);
    let page = page.as_str().unwrap();
    for said in ["资产权利登记证书", "Registration certificate", "东村股份经济合作社", "2/3", "<svg"]
    {
        assert!(page.contains(said), "{said}");
    }
    assert!(page.contains(issued["certificate"]["asset"]["registry_number"].as_str().unwrap()));

    let public = town.somebody(None);
    let code = code(town, issued);
    let scanned = public.reads(&code).await;
    assert_eq!((&scanned["valid"], &scanned["superseded"]), (&json!(true), &json!(false)));
    // All but the proof, which grows with the journal: a sheet has no room for it.
    let mut on_paper = issued["certificate"].clone();
    on_paper["journal"]["inclusion_proof"] = Value::Null;
    assert_eq!(scanned["certificate"], on_paper);
    let seen = Answer::of(public.request(Method::GET, &code).header("Accept", "text/html,*/*;q=0.8")).await;
    assert!(seen.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert!(seen.expect(200).as_str().unwrap().contains("真实"));
    let forged = format!("{}A", &code[..code.len() - 1]);
    let forged = if forged == code { format!("{}Q", &code[..code.len() - 1]) } else { forged };
    assert_eq!(public.reads(&forged).await["valid"], false);
    let seen = Answer::of(public.request(Method::GET, &forged).header("Accept", "text/html")).await;
    assert!(seen.expect(200).as_str().unwrap().contains("不是本登记簿的有效证书"));
    public.gets("/v1/certificates/verify").await.expect_problem(422, "validation_failed");
}

pub async fn the_keys_of_certificates_are_replaced(mut town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let shed = town.asset("operating", "greenhouse", 1_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let first = certificate(&town, &shed).await;
    let printed = code(&town, &first);
    let says = |town: &Town, arguments: &[&str]| {
        let (code, said, wrong) = runs(town, &[&["keys", "renew-certificates"], arguments].concat());
        assert_eq!(code, Some(0), "{wrong}");
        said
    };

    assert!(says(&town, &[]).contains("signs certificates"));
    town.restarts().await;
    let second = certificate(&town, &shed).await;
    let public = town.somebody(None).reads("/v1/certificates/keys").await;
    let kid = |issued: &Value| {
        let header = issued["jws"].as_str().unwrap().split('.').next().unwrap();
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        header["kid"].clone()
    };
    let published: Vec<_> = public["keys"].as_array().unwrap().iter().map(|it| it["kid"].clone()).collect();
    assert_eq!(published, [kid(&second), kid(&first)], "the one that signs, and the one that did");
    assert_eq!(second["certificate"]["origin"], first["certificate"]["origin"]);
    for issued in [&first, &second] {
        assert_eq!(checks(&town, issued["jws"].as_str().unwrap()).await["valid"], true);
        let folder = tempfile::tempdir().unwrap();
        let (accepted, said) =
            checks_offline(folder.path(), &issued.to_string(), &[("--keys", &public.to_string())]);
        assert!(accepted && said.starts_with("VALID: "), "{said}");
    }
    assert_eq!(town.somebody(None).reads(&printed).await["valid"], true);

    assert!(says(&town, &["--stolen"]).contains("refused from now on"));
    town.restarts().await;
    assert_eq!(checks(&town, first["jws"].as_str().unwrap()).await["valid"], true);
    assert_eq!(checks(&town, second["jws"].as_str().unwrap()).await["reason"], "other_key");
    let third = certificate(&town, &shed).await;
    assert_eq!(checks(&town, third["jws"].as_str().unwrap()).await["valid"], true);
    town.stopping().await.unwrap();
}

pub async fn a_sheet_takes_its_address_from_nobody(mut town: Town) {
    town.notices_come_down_at_once().await;
    let east = town.party("village_collective", "东村股份经济合作社", EAST).await;
    let shed = town.asset("operating", "greenhouse", 1_000_000).await;
    let minutes = town.document().await;
    town.registers(&shed, &minutes, json!([{"holder_id": east, "share": "1"}])).await;
    let path = format!("/v1/assets/{shed}/certificate");
    let sheet = async |town: &Town| {
        let request = town.auditor().request(Method::GET, &path).header("Accept", "text/html");
        let request = request.header("Host", "false.example").header("X-Forwarded-Host", "false.example");
        let request = request.header("Forwarded", "host=false.example;proto=https");
        Answer::of(request).await.expect(200).as_str().unwrap().to_owned()
    };

    let page = sheet(&town).await;
    assert!(!page.contains("false.example") && !page.contains("127.0.0.1"), "{page}");
    assert!(page.contains("<code>/v1/certificates/verify?c="), "the path alone: {page}");

    town.settings.certificates.public_url = "https://assets.example.cn/".to_owned();
    town.restarts().await;
    assert!(!sheet(&town).await.contains("<code>/v1/"), "the code leads to the registry");
    town.stopping().await.unwrap();
}

pub async fn a_person_is_named_by_the_surname_alone(town: Town) {
    town.notices_come_down_at_once().await;
    let household = town.party("household", "欧阳小明", EAST).await;
    let cattle = town.asset("household", "cattle", 1_000_000).await;
    let minutes = town.document().await;
    town.registers(&cattle, &minutes, json!([{"holder_id": household, "share": "1"}])).await;

    let issued = certificate(&town, &cattle).await;

    let owner = &issued["certificate"]["ownership"][0];
    assert_eq!((&owner["holder_name"], &owner["holder_id"]), (&json!("欧阳*"), &Value::Null));
    let request = town.auditor().request(Method::GET, &format!("/v1/assets/{cattle}/certificate"));
    let sheet = Answer::of(request.header("Accept", "text/html")).await.expect(200);
    for text in [issued.to_string(), sheet.as_str().unwrap().to_owned()] {
        assert!(!text.contains("小明") && !text.contains(&household), "{text}");
    }
}
