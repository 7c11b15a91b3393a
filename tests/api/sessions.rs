//! Signing in, going on, and being shut out.

use std::num::NonZeroU32;

use futures_util::future::join;
use serde_json::{Value, json};

use crate::town::{COUNTY, Town, id};

const PASSWORD: &str = "correct horse battery";

async fn signs_in(town: &Town, username: &str, password: &str) -> crate::town::Answer {
    town.somebody(None).posts("/v1/tokens", json!({"username": username, "password": password})).await
}

async fn refreshes(town: &Town, token: &Value) -> crate::town::Answer {
    town.somebody(None).posts("/v1/tokens/refresh", json!({"refresh_token": token})).await
}

pub async fn somebody_signs_in_and_goes_on(town: Town) {
    town.user("clerk", &["village_clerk"], None).await;
    let first = signs_in(&town, "clerk", PASSWORD).await.expect(200);
    assert_eq!((&first["token_type"], &first["expires_in"]), (&json!("Bearer"), &json!(900)));
    let access = first["access_token"].as_str().unwrap();
    let me = town.somebody(Some(access)).reads("/v1/me").await;
    assert_eq!(
        (&me["username"], &me["roles"], &me["region_code"]),
        (&json!("clerk"), &json!(["village_clerk"]), &json!(COUNTY))
    );

    town.clock.advance(chrono::TimeDelta::minutes(16));
    town.somebody(Some(access)).gets("/v1/me").await.expect_problem(401, "unauthenticated");
    let second = refreshes(&town, &first["refresh_token"]).await.expect(200);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    town.somebody(second["access_token"].as_str()).reads("/v1/me").await;

    let revoked = town
        .somebody(None)
        .posts("/v1/tokens/revoke", json!({"refresh_token": second["refresh_token"]}))
        .await;
    assert_eq!(revoked.status, 204);
    refreshes(&town, &second["refresh_token"]).await.expect_problem(401, "bad_credentials");
}

pub async fn a_refresh_token_used_twice_ends_the_session(town: Town) {
    town.user("clerk", &["village_clerk"], None).await;
    let first = signs_in(&town, "clerk", PASSWORD).await.expect(200);
    let second = refreshes(&town, &first["refresh_token"]).await.expect(200);
    town.clock.advance(chrono::TimeDelta::seconds(31));
    refreshes(&town, &first["refresh_token"]).await.expect_problem(401, "refresh_token_reused");
    refreshes(&town, &second["refresh_token"]).await.expect_problem(401, "bad_credentials");
    signs_in(&town, "clerk", PASSWORD).await.expect(200);
}

pub async fn a_lost_answer_or_two_windows_sign_nobody_out(town: Town) {
    town.user("clerk", &["village_clerk"], None).await;
    let first = signs_in(&town, "clerk", PASSWORD).await.expect(200);
    let at_once = (0..8).map(|_| refreshes(&town, &first["refresh_token"]));
    let mut pairs = Vec::new();
    for answer in futures_util::future::join_all(at_once).await {
        pairs.push(answer.expect(200));
    }
    town.clock.advance(chrono::TimeDelta::seconds(25));
    pairs.push(refreshes(&town, &first["refresh_token"]).await.expect(200));
    let mut tokens: Vec<_> = pairs.iter().map(|it| it["refresh_token"].as_str().unwrap()).collect();
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 9);
    for pair in &pairs {
        town.somebody(pair["access_token"].as_str()).reads("/v1/me").await;
    }
    // Each window goes on by itself.
    let one = refreshes(&town, &pairs[0]["refresh_token"]).await.expect(200);
    let other = refreshes(&town, &pairs[1]["refresh_token"]).await.expect(200);

    // The moment counts from the first use, and whoever comes later ends the session of all.
    town.clock.advance(chrono::TimeDelta::seconds(6));
    refreshes(&town, &first["refresh_token"]).await.expect_problem(401, "refresh_token_reused");
    for pair in [&one, &other, &pairs[2]] {
        refreshes(&town, &pair["refresh_token"]).await.expect_problem(401, "bad_credentials");
    }
}

pub async fn whose_answer_arrived_cannot_have_lost_it(town: Town) {
    town.user("clerk", &["village_clerk"], None).await;
    let first = signs_in(&town, "clerk", PASSWORD).await.expect(200);
    let second = refreshes(&town, &first["refresh_token"]).await.expect(200);
    let third = refreshes(&town, &second["refresh_token"]).await.expect(200);
    town.clock.advance(chrono::TimeDelta::seconds(2));

    refreshes(&town, &first["refresh_token"]).await.expect_problem(401, "refresh_token_reused");
    refreshes(&town, &third["refresh_token"]).await.expect_problem(401, "bad_credentials");
}

pub async fn no_session_lasts_for_ever(town: Town) {
    town.user("clerk", &["village_clerk"], None).await;
    let mut pair = signs_in(&town, "clerk", PASSWORD).await.expect(200);
    for _ in 0..8 {
        town.clock.advance(chrono::TimeDelta::days(11));
        pair = refreshes(&town, &pair["refresh_token"]).await.expect(200);
    }
    town.clock.advance(chrono::TimeDelta::days(3));
    refreshes(&town, &pair["refresh_token"]).await.expect_problem(401, "bad_credentials");
    signs_in(&town, "clerk", PASSWORD).await.expect(200);
}

pub async fn guessing_passwords_is_slow(town: Town) {
    town.user("clerk", &["village_clerk"], None).await;
    let wrong = signs_in(&town, "clerk", "wrong horse battery").await.expect_problem(401, "bad_credentials");
    let nobody =
        signs_in(&town, "nobody", "wrong horse battery").await.expect_problem(401, "bad_credentials");
    for said in ["title", "detail", "code"] {
        assert_eq!(wrong[said], nobody[said], "whether there is such a user is not told");
    }
    let refused = loop {
        let answer = signs_in(&town, "clerk", "wrong horse battery").await;
        if answer.status != 401 {
            break answer;
        }
    };
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait));
    assert!(refused.header("ratelimit-policy").contains("q="), "{:?}", refused.headers);
    refused.expect_problem(429, "too_many_requests");
    signs_in(&town, "clerk", PASSWORD).await.expect_problem(429, "too_many_requests");
}

pub fn few_sign_ins(settings: &mut sanquan::settings::Settings) {
    settings.http.sign_ins_per_minute = NonZeroU32::MIN.saturating_add(4);
}

pub async fn a_user_is_made_changed_and_shut_out(town: Town) {
    let administrator = town.actor("administrator");
    let body =
        json!({"username": "clerk", "password": PASSWORD, "roles": ["village_clerk"], "region_code": COUNTY});
    let made = administrator.creates("/v1/users", body.clone()).await;
    assert!(made.get("password").is_none() && made.get("password_hash").is_none());
    administrator.posts("/v1/users", body).await.expect_problem(409, "conflict");
    let token =
        signs_in(&town, "clerk", PASSWORD).await.expect(200)["access_token"].as_str().unwrap().to_owned();
    let clerk = town.somebody(Some(&token));
    clerk.reads("/v1/me").await;

    let path = format!("/v1/users/{}", id(&made));
    administrator.patches(&path, Some("\"1\""), json!({"roles": ["auditor"]})).await.expect(200);
    clerk.gets("/v1/me").await.expect_problem(401, "unauthenticated");
    let token =
        signs_in(&town, "clerk", PASSWORD).await.expect(200)["access_token"].as_str().unwrap().to_owned();
    assert_eq!(town.somebody(Some(&token)).reads("/v1/me").await["roles"], json!(["auditor"]));
    administrator
        .patches(&path, Some("\"1\""), json!({"disabled": true}))
        .await
        .expect_problem(412, "precondition_failed");
    administrator.patches(&path, Some("\"2\""), json!({"disabled": true})).await.expect(200);
    town.somebody(Some(&token)).gets("/v1/me").await.expect_problem(401, "unauthenticated");
    signs_in(&town, "clerk", PASSWORD).await.expect_problem(401, "bad_credentials");

    let listed = administrator.reads("/v1/users").await;
    assert!(
        listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["username"] == "clerk" && it["disabled"] == true)
    );
}

pub async fn somebody_is_left_who_makes_users(town: Town) {
    let administrator = town.actor("administrator");
    let own = format!("/v1/users/{}", administrator.reads("/v1/me").await["id"].as_str().unwrap());
    let another = |name: &str, region: Value| json!({"username": name, "password": PASSWORD, "roles": ["administrator"], "region_code": region});
    for nobody_left in [json!({"disabled": true}), json!({"roles": ["auditor"]})] {
        let tag = administrator.gets(&own).await.header("etag").to_owned();
        administrator.patches(&own, Some(&tag), nobody_left).await.expect_problem(409, "conflict");
    }
    // One of a county does not make users elsewhere.
    let of_county = administrator.creates("/v1/users", another("county-admin", json!(COUNTY))).await;
    let tag = administrator.gets(&own).await.header("etag").to_owned();
    let disabled = json!({"disabled": true});
    administrator.patches(&own, Some(&tag), disabled.clone()).await.expect_problem(409, "conflict");
    let of_county = format!("/v1/users/{}", id(&of_county));
    administrator.patches(&of_county, Some("\"1\""), disabled.clone()).await.expect(200);

    let second = administrator.creates("/v1/users", another("second-admin", Value::Null)).await;
    let token = signs_in(&town, "second-admin", PASSWORD).await.expect(200);
    let second_admin = town.somebody(token["access_token"].as_str());
    let other = format!("/v1/users/{}", id(&second));
    // Two who take each other's place away at once do not both succeed.
    let (one, two) = join(
        administrator.patches(&other, Some("\"1\""), disabled.clone()),
        second_admin.patches(&own, Some(&tag), disabled.clone()),
    )
    .await;
    let mut both = [one.status, two.status];
    both.sort_unstable();
    assert!(both[0] == 200 && matches!(both[1], 401 | 409), "{both:?}");
    // The demo gives no tokens for a registry that is none.
    std::fs::remove_file(town.settings.data_dir.join("demo")).unwrap();
    let (status, said, wrong) = crate::tampering::runs(&town, &["demo", "--json", "--listen", "127.0.0.1:0"]);
    assert_eq!((status, said.as_str()), (Some(1), ""));
    assert!(wrong.contains("this registry is in use"), "{wrong}");
}

pub async fn a_password_that_is_guessed_at_once_is_refused(town: Town) {
    let administrator = town.actor("administrator");
    let user = |password: &str| json!({"username": "li-si", "password": password, "roles": ["village_clerk"], "region_code": COUNTY});
    for password in ["aaaaaaaaaaaa", "123456789012", "abcdefghijklmno", "qwertyuiop[]", "li-si-li-si-7"] {
        let refused = administrator.posts("/v1/users", user(password)).await;
        let refused = refused.expect_problem(422, "validation_failed");
        assert_eq!(
            (&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]),
            (&json!("/password"), &json!("too_guessable")),
            "{password}"
        );
    }
    let chinese = town.actor("administrator").in_chinese();
    let refused =
        chinese.posts("/v1/users", user("aaaaaaaaaaaa")).await.expect_problem(422, "validation_failed");
    assert!(refused["errors"][0]["detail"].as_str().unwrap().contains("容易被猜到"));

    let made = administrator.posts("/v1/users", user(PASSWORD)).await;
    let (tag, path) = (made.header("etag").to_owned(), format!("/v1/users/{}", id(&made.body)));
    for password in ["bbbbbbbbbbbb", "tea with li-si at nine"] {
        let refused = administrator.patches(&path, Some(&tag), json!({"password": password})).await;
        let refused = refused.expect_problem(422, "validation_failed");
        assert_eq!(refused["errors"][0]["code"], "too_guessable", "{password}");
    }
    signs_in(&town, "li-si", PASSWORD).await.expect(200);
}

pub async fn somebody_changes_their_own_password(town: Town) {
    let new = "eighth crane counts umbrellas";
    town.user("clerk", &["village_clerk"], None).await;
    let elsewhere = signs_in(&town, "clerk", PASSWORD).await.expect(200);
    let here = signs_in(&town, "clerk", PASSWORD).await.expect(200);
    let clerk = town.somebody(here["access_token"].as_str());
    let change = |old: &str, new: &str| json!({"old_password": old, "new_password": new});

    for (body, pointer, code) in [
        (change("not the present one", new), "/old_password", "wrong_password"),
        (change(PASSWORD, "cccccccccccc"), "/new_password", "too_guessable"),
        (change(PASSWORD, PASSWORD), "/new_password", "same_password"),
    ] {
        let refused = clerk.posts("/v1/me/password", body).await.expect_problem(422, "validation_failed");
        assert_eq!(
            (&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]),
            (&json!(pointer), &json!(code))
        );
    }
    let rehearsed = clerk.posts("/v1/me/password?dry_run=true", change(PASSWORD, new)).await;
    assert_eq!(rehearsed.status, 422, "{}", rehearsed.body);
    let changed = clerk.posts("/v1/me/password", change(PASSWORD, new)).await.expect(200);

    town.somebody(changed["access_token"].as_str()).reads("/v1/me").await;
    refreshes(&town, &changed["refresh_token"]).await.expect(200);
    for session in [&elsewhere, &here] {
        let old = town.somebody(session["access_token"].as_str());
        old.gets("/v1/me").await.expect_problem(401, "unauthenticated");
        refreshes(&town, &session["refresh_token"]).await.expect_problem(401, "bad_credentials");
    }
    signs_in(&town, "clerk", PASSWORD).await.expect_problem(401, "bad_credentials");
    signs_in(&town, "clerk", new).await.expect(200);

    town.journal_size().await;
    let entries = town.auditor().reads("/v1/journal?action=password_changed").await;
    assert_eq!(entries["items"].as_array().unwrap().len(), 1);
    let told = entries.to_string();
    assert!(!told.contains(new) && !told.contains("argon2"), "{told}");
}
