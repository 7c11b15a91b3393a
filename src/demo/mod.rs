//! The demo county: users of every kind, regions, and assets after published ledgers (see `data/README.md`).
//!
//! It goes through the same commands as everybody else. Started again, it finds what is there and adds nothing.

use std::collections::BTreeMap;

use aws_lc_rs::rand::{self, SystemRandom};
use chrono::TimeDelta;

use crate::{
    http::Registry,
    identity::{self, Caller, NewUser, Password, Role, User, UserError},
    register::regions::{self, NewRegion, RegionError},
    storage::StorageError,
    values::RegionCode,
};

mod county;

/// The county of the demo: 围场满族蒙古族自治县 in Hebei.
pub const COUNTY: &str = "130828000000";
/// The township whose officers the demo has.
pub const TOWNSHIP: &str = "130828101000";
/// One of its villages.
pub const VILLAGE: &str = "130828101200";

/// Why the demo could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A row of its data cannot be.
    #[error("the demo's data: {0}")]
    Data(String),
    /// A user could not be made.
    #[error(transparent)]
    User(#[from] UserError),
    /// A region could not be recorded.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Loads the demo where it is not there yet, and gives a token for each role, valid for a day.
pub async fn load(registry: &Registry, empty: bool) -> Result<BTreeMap<&'static str, String>, DemoError> {
    let users = users(registry).await?;
    let administrator = caller(&users, Role::Administrator)?;
    regions(registry, administrator).await?;
    if !empty {
        county::load(
            registry,
            &caller(&users, Role::TownshipOfficer)?,
            &caller(&users, Role::TownshipReviewer)?,
            &caller(&users, Role::CountyApprover)?,
        )
        .await?;
    }
    let now = registry.storage.clock().now();
    users
        .iter()
        .map(|(role, user)| {
            let token = registry.tokens.issue(user, now, TimeDelta::days(1));
            let token = token.ok_or_else(|| DemoError::Data("the signing key cannot sign".to_owned()))?;
            Ok((role.code(), token))
        })
        .collect()
}

fn caller(users: &BTreeMap<Role, User>, role: Role) -> Result<Caller, DemoError> {
    let user = users.get(&role).ok_or_else(|| DemoError::Data(format!("no user is {role}")))?;
    Ok(user.as_caller(None))
}

fn region(code: &str) -> Result<RegionCode, DemoError> {
    code.parse().map_err(|_| DemoError::Data(format!("{code} is no division code")))
}

/// One user of each kind, named after its role. Nobody knows their passwords: the demo signs in by tokens.
async fn users(registry: &Registry) -> Result<BTreeMap<Role, User>, DemoError> {
    let mut users = BTreeMap::new();
    for role in Role::ALL.iter().copied() {
        let name = role.code();
        let known =
            registry.storage.read::<_, StorageError, _>(move |unit| identity::by_name(unit, name)).await?;
        let user = match known {
            Some(user) => user,
            None => {
                let random: [u8; 24] = rand::generate(&SystemRandom::new())
                    .map_err(|_| DemoError::Data("the system gives no randomness".to_owned()))?
                    .expose();
                let password = Password::typed(hex::encode(random));
                let password_hash = password.hash().map_err(|error| DemoError::Data(error.to_string()))?;
                let region_code = match role {
                    Role::Administrator => None,
                    Role::CountyApprover | Role::Auditor => Some(region(COUNTY)?),
                    Role::TownshipOfficer | Role::TownshipReviewer | Role::Finance => Some(region(TOWNSHIP)?),
                    Role::VillageClerk => Some(region(VILLAGE)?),
                };
                let user = NewUser {
                    username: name.to_owned(),
                    password_hash,
                    roles: vec![role],
                    region_code,
                    party_id: None,
                };
                registry
                    .storage
                    .write::<_, UserError, _>(move |unit| identity::create_first(unit, &user))
                    .await?
            }
        };
        users.insert(role, user);
    }
    Ok(users)
}

/// The regions of `data/regions.csv`, from the province down.
async fn regions(registry: &Registry, administrator: Caller) -> Result<(), DemoError> {
    let mut rows = Vec::new();
    for line in include_str!("data/regions.csv").lines().skip(1) {
        let (code, name) = line.split_once(',').ok_or_else(|| DemoError::Data(line.to_owned()))?;
        rows.push((region(code)?, name.to_owned()));
    }
    rows.sort();
    for (code, name) in rows {
        let administrator = administrator.clone();
        let recorded = registry
            .storage
            .write::<_, RegionError, _>(move |unit| {
                regions::record(unit, &administrator, &NewRegion { code, name: name.clone() })
            })
            .await;
        match recorded {
            Ok(_) | Err(RegionError::AlreadyRecorded) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
