//! What each command does.

use std::{collections::BTreeMap, io::Read as _, path::Path};

use chrono::TimeDelta;

use crate::{
    cli::{
        certificates,
        open::{check, check_address, listen, open, open_upgraded, standby_target, target},
        out::{self, say},
    },
    demo, http,
    identity::{self, NewUser, Password, Role, UserError},
    register::regions,
    settings::Settings,
    storage::{self, Clock, StorageError},
    values::{Reason, RegionCode, Username},
};

pub(super) type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Serves until it is told to stop.
pub(super) async fn serve(settings: &Settings) -> Outcome {
    // Nothing is opened, made or migrated for a server that cannot listen.
    drop(listen(settings)?);
    let registry = open(settings, Clock::default())?;
    let server = http::serve(&registry, listen(settings)?)?;
    tracing::info!(base_url = server.base_url, database = %target(settings)?, "serving");
    Ok(server.run().await?)
}

/// Serves the demo county.
pub(super) async fn demo(settings: &Settings, json: bool, empty: bool) -> Outcome {
    drop(listen(settings)?);
    let registry = open(settings, Clock::default())?;
    let tokens = demo::load(&registry, &settings.data_dir, empty).await?;
    let server = http::serve(&registry, listen(settings)?)?;
    if json {
        say!("{}", serde_json::json!({"base_url": server.base_url, "tokens": tokens}));
    } else {
        say!("{}", welcome(&server.base_url, &tokens));
    }
    Ok(server.run().await?)
}

/// What the demo prints: everything needed to try the main job.
fn welcome(base_url: &str, tokens: &BTreeMap<&'static str, String>) -> String {
    let mut text = format!(
        "Sanquan 三权: the demo county\n\n  {base_url}/docs\n\nPaste this into a shell; the tokens are valid for a day:\n\nURL={base_url}\n"
    );
    for (role, token) in tokens {
        text.push_str(&format!("export {}={token}\n", role.to_uppercase()));
    }
    text.push_str("\nAnd this does the main job:\n\n");
    text.push_str(&main_job());
    text
}

/// The commands of the README's main job, without the first ones, which set the URL and the tokens.
fn main_job() -> String {
    let readme = include_str!("../../README.md");
    let section = readme.split("\n## ").find(|it| it.starts_with("The main job")).unwrap_or_default();
    let blocks = section.split("```sh\n").skip(2).filter_map(|it| it.split("```").next());
    blocks.collect::<Vec<_>>().join("\n")
}

/// Upgrades the database, and has the journal commit to rows that it did not cover.
pub(super) fn migrate(settings: &Settings) -> Outcome {
    open_upgraded(settings, Clock::default())?;
    Ok(())
}

/// Adds a user.
pub(super) async fn add_user(
    settings: &Settings,
    username: &str,
    roles: Vec<Role>,
    region: Option<String>,
) -> Outcome {
    let username: Username = username.parse().map_err(|_| {
        "the user name must have 1 to 64 of a-z, 0-9, '.', '_' and '-', and begin with a letter or a digit"
    })?;
    let region_code: Option<RegionCode> = match region {
        Some(code) => Some(code.parse().map_err(|_| "--region must be twelve digits of a division code")?),
        None => None,
    };
    let mut password = String::new();
    std::io::stdin().take(1024).read_to_string(&mut password)?;
    let password = Password::chosen(password.trim_end_matches(['\r', '\n']).to_owned(), &username);
    let password = password.map_err(|reason| match reason {
        Reason::TooGuessable => {
            "the password is too easy to guess: use several unrelated words, and not the user name".to_owned()
        }
        Reason::ControlCharacter => "the password must have no characters that control a terminal".to_owned(),
        _ => format!("the password must have {} to {} characters", Password::MIN, Password::MAX),
    })?;
    let registry = open(settings, Clock::default())?;
    let user = NewUser { username, password_hash: password.hash()?, roles, region_code, party_id: None };
    if let Some(code) = user.region_code {
        let look = move |unit: &mut storage::Read<'_>| regions::unknown(unit, &code, "--region");
        if registry.storage.read::<_, StorageError, _>(look).await?.is_some() {
            return Err(format!("--region: no region {code} is on record").into());
        }
    }
    let created =
        registry.storage.write::<_, UserError, _>(move |unit| identity::create_first(unit, &user)).await?;
    say!("{}", created.id);
    Ok(())
}

/// Prints a token.
pub(super) async fn token(settings: &Settings, username: String, hours: u16) -> Outcome {
    let registry = open(settings, Clock::default())?;
    let user = registry
        .storage
        .read::<_, storage::StorageError, _>(move |unit| identity::by_name(unit, &username))
        .await?
        .filter(|it| !it.disabled)
        .ok_or("there is no such user, or the user is disabled")?;
    let now = registry.storage.clock().now();
    let token = registry
        .tokens
        .issue(&user, now, TimeDelta::hours(hours.into()))
        .ok_or("the signing key cannot sign")?;
    say!("{token}");
    Ok(())
}

/// Prints what a certificate certifies, or why it is not valid.
pub(super) fn verify_certificate(file: &Path, keys: Option<&Path>, journal_keys: Option<&Path>) -> Outcome {
    say!("{}", certificates::check(file, keys, journal_keys)?);
    Ok(())
}

/// Prints the OpenAPI document.
pub(super) fn openapi() -> Outcome {
    out::write(format_args!("{}", http::document_text(&http::document())));
    Ok(())
}

/// Prints the effective settings, without the password of the database.
pub(super) fn settings(settings: &Settings) -> Outcome {
    let mut shown = settings.clone();
    shown.database_url = target(settings)?.to_string();
    shown.storage.standby_url = standby_target(settings)?.map(|it| it.to_string()).unwrap_or_default();
    say!("{}", serde_json::to_string_pretty(&shown)?);
    check(settings)?;
    Ok(check_address(settings)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_prints_the_main_job_of_the_readme() {
        let printed = welcome("http://127.0.0.1:1", &BTreeMap::from([("auditor", "a.b.c".to_owned())]));

        assert!(printed.contains("URL=http://127.0.0.1:1\nexport AUDITOR=a.b.c\n"));
        for step in [
            "/v1/parties",
            "/v1/registrations",
            "/v1/transfers/check",
            "/v1/distributions",
            "ownership-chain",
        ] {
            assert!(printed.contains(step), "{step}");
        }
        assert!(!printed.contains("```") && !printed.contains("127.0.0.1:8080"));
    }

    /// The commands that a guide tells its readers to run, without their comments.
    fn commands(path: &str) -> Vec<String> {
        let guide = std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let blocks = guide.split("```sh\n").skip(1).filter_map(|it| it.split("```").next());
        let lines =
            blocks.flat_map(str::lines).map(|it| it.split(" # ").next().unwrap_or_default().trim_end());
        lines.map(str::to_owned).collect()
    }

    #[test]
    fn the_guides_have_the_same_commands_in_chinese() {
        for (english, chinese) in [
            ("README.md", "README.zh.md"),
            ("docs/auditors.md", "docs/zh/auditors.md"),
            ("docs/journal.md", "docs/zh/journal.md"),
            ("docs/operations.md", "docs/zh/operations.md"),
        ] {
            assert!(!commands(english).is_empty());
            assert_eq!(commands(english), commands(chinese), "{chinese}");
        }
    }
}
