//! What each command does.

use std::{collections::BTreeMap, io::Read as _, net::TcpListener, sync::Arc};

use chrono::TimeDelta;

use crate::{
    cli::open::{open, prepare, target},
    demo,
    http::{self, Registry, Server},
    identity::{self, NewUser, Password, Role, UserError},
    settings::Settings,
    storage::{self, Clock},
    values::RegionCode,
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Serves until it is told to stop.
pub(super) async fn serve(settings: &Settings) -> Outcome {
    let registry = open(settings, Clock::default())?;
    let server = listen(settings, &registry)?;
    tracing::info!(base_url = server.base_url, database = %target(settings)?, "serving");
    Ok(server.run().await?)
}

fn listen(settings: &Settings, registry: &Arc<Registry>) -> Result<Server, Box<dyn std::error::Error>> {
    let socket = TcpListener::bind(&settings.listen)
        .map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
    Ok(http::serve(registry, socket)?)
}

/// Serves the demo county.
pub(super) async fn demo(settings: &Settings, json: bool, empty: bool) -> Outcome {
    let registry = open(settings, Clock::default())?;
    let tokens = demo::load(&registry, empty).await?;
    let server = listen(settings, &registry)?;
    if json {
        println!("{}", serde_json::json!({"base_url": server.base_url, "tokens": tokens}));
    } else {
        println!("{}", welcome(&server.base_url, &tokens));
    }
    Ok(server.run().await?)
}

/// What somebody needs to do the main job at once.
fn welcome(base_url: &str, tokens: &BTreeMap<&'static str, String>) -> String {
    let mut text =
        format!("Sanquan 三权 — the demo county\n\n  {base_url}/docs\n\nTokens, valid for a day:\n");
    for (role, token) in tokens {
        text.push_str(&format!("\nexport {}={token}\n", role.to_uppercase()));
    }
    text.push_str(&format!(
        "\nThe main job, to begin with:\n
  curl -s {base_url}/v1/me -H \"Authorization: Bearer $TOWNSHIP_OFFICER\"
  curl -s '{base_url}/v1/assets?limit=5' -H \"Authorization: Bearer $AUDITOR\"
  curl -s '{base_url}/v1/maintenance-gaps' -H \"Authorization: Bearer $AUDITOR\"
  curl -s '{base_url}/v1/income-records?after=0' -H \"Authorization: Bearer $FINANCE\"
  curl -s -X POST {base_url}/v1/parties -H \"Authorization: Bearer $TOWNSHIP_OFFICER\" \\
    -H 'Content-Type: application/json' -H \"Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)\" \\
    -d '{{\"kind\": \"village_collective\", \"name\": \"东村股份经济合作社\", \"region_code\": \"{}\", \"identifier\": {{\"scheme\": \"none\"}}}}'\n",
        demo::VILLAGE
    ));
    text
}

/// Brings the database up to date.
pub(super) fn migrate(settings: &Settings) -> Outcome {
    prepare(settings)?;
    storage::migrate(&target(settings)?)?;
    Ok(())
}

/// Makes a user.
pub(super) async fn add_user(
    settings: &Settings,
    username: String,
    roles: Vec<Role>,
    region: Option<String>,
) -> Outcome {
    let region_code: Option<RegionCode> = match region {
        Some(code) => Some(code.parse().map_err(|_| "--region must be twelve digits of a division code")?),
        None => None,
    };
    let mut password = String::new();
    std::io::stdin().take(1024).read_to_string(&mut password)?;
    let password = Password::chosen(password.trim_end_matches(['\r', '\n']).to_owned())
        .map_err(|_| format!("the password must have {} to {} characters", Password::MIN, Password::MAX))?;
    let registry = open(settings, Clock::default())?;
    let user = NewUser { username, password_hash: password.hash()?, roles, region_code, party_id: None };
    let made =
        registry.storage.write::<_, UserError, _>(move |unit| identity::create_first(unit, &user)).await?;
    println!("{}", made.id);
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
    println!("{token}");
    Ok(())
}

/// Prints the OpenAPI document.
pub(super) fn openapi() -> Outcome {
    print!("{}", http::document_text(&http::document()));
    Ok(())
}

/// Prints the effective settings, without the password of the database.
pub(super) fn settings(settings: &Settings) -> Outcome {
    let mut shown = settings.clone();
    shown.database_url = target(settings)?.to_string();
    println!("{}", serde_json::to_string_pretty(&shown)?);
    Ok(())
}
