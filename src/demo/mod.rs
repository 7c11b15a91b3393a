//! The demo county: users of every kind, regions, and assets after published ledgers (see `data/README.md`).
//!
//! It goes through the same commands as everybody else. Started again, it finds what is there and adds nothing.

mod county;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::rand::{self, SystemRandom};
use chrono::TimeDelta;
use serde::Deserialize;

use crate::{
    demo::county::{Offices, rows},
    http::Registry,
    identity::{self, Caller, NewUser, Password, Role, User, UserError},
    register::regions::{self, NewRegion, RegionError, RegionRefused},
    storage::{self, StorageError, failure},
    values::{RegionCode, RegionName},
};

/// The county of the demo: 围场满族蒙古族自治县 in Hebei.
pub const COUNTY: &str = "130828000000";
/// The township whose officers the demo has: 四合永镇.
pub const TOWNSHIP: &str = "130828101000";
/// One of its villages: 营字村.
pub const VILLAGE: &str = "130828101201";

/// Why the demo could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// It is there already.
    #[error("the demo is loaded already")]
    Loaded,
    /// The registry was made for something else.
    #[error(
        "this registry is in use, and the demo would hand out tokens for it: serve the demo from a folder and a database of its own \
         (--data-dir, --database-url)"
    )]
    InUse,
    /// The file that says whose folder it is cannot be made.
    #[error("{path} cannot be made")]
    Marker {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
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

impl DemoError {
    /// A command that did not take what the demo gave it.
    fn refused(error: impl std::error::Error) -> Self {
        Self::Data(storage::chain(&error))
    }
}

failure!(DemoError);

/// By this file a data folder is known as that of a demo.
const MARKER: &str = "demo";

/// Lets nobody load the demo into a registry that was made for something else: it hands out tokens.
async fn claim(registry: &Registry, folder: &Path) -> Result<(), DemoError> {
    let path = folder.join(MARKER);
    if path.exists() {
        return Ok(());
    }
    if registry.storage.read::<_, StorageError, _>(identity::has_users).await? {
        return Err(DemoError::InUse);
    }
    fs::write(&path, "").map_err(|source| DemoError::Marker { path, source })
}

/// Loads the demo where it is not there yet, and gives a token for each role, valid for a day. `folder` is that of the registry's
/// data.
///
/// # Errors
/// [`DemoError::InUse`] where the registry has users and is no demo.
pub async fn load(
    registry: &Arc<Registry>,
    folder: &Path,
    empty: bool,
) -> Result<BTreeMap<&'static str, String>, DemoError> {
    claim(registry, folder).await?;
    let users = users(registry).await?;
    regions(registry, caller(&users, Role::Administrator)?).await?;
    if !empty {
        let offices = Offices {
            officer: caller(&users, Role::TownshipOfficer)?,
            reviewer: caller(&users, Role::TownshipReviewer)?,
            approver: caller(&users, Role::CountyApprover)?,
        };
        county::load(registry, offices).await?;
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
                let new = new_user(role)?;
                let make = move |unit: &mut storage::Write<'_>| identity::create_first(unit, &new);
                registry.storage.write::<_, UserError, _>(make).await?
            }
        };
        users.insert(role, user);
    }
    Ok(users)
}

fn new_user(role: Role) -> Result<NewUser, DemoError> {
    let random: [u8; 24] = rand::generate(&SystemRandom::new())
        .map_err(|_| DemoError::Data("the system gives no randomness".to_owned()))?
        .expose();
    Ok(NewUser {
        username: role.code().parse().map_err(|_| DemoError::Data(format!("{role} is no user name")))?,
        password_hash: Password::typed(hex::encode(random)).hash().map_err(DemoError::refused)?,
        roles: vec![role],
        region_code: match role {
            Role::Administrator => None,
            Role::CountyApprover | Role::Auditor => Some(region(COUNTY)?),
            Role::TownshipOfficer | Role::TownshipReviewer | Role::Finance => Some(region(TOWNSHIP)?),
            Role::VillageClerk => Some(region(VILLAGE)?),
        },
        party_id: None,
    })
}

#[derive(Deserialize)]
struct RegionRow {
    code: RegionCode,
    name: RegionName,
}

/// The regions, from the province down.
async fn regions(registry: &Registry, administrator: Caller) -> Result<(), DemoError> {
    let mut regions: Vec<RegionRow> = rows(include_str!("data/regions.csv"))?;
    regions.sort_by_key(|it| it.code);
    for RegionRow { code, name } in regions {
        let administrator = administrator.clone();
        let region = NewRegion { code, name };
        let record = move |unit: &mut storage::Write<'_>| regions::record(unit, &administrator, &region);
        match registry.storage.write::<_, RegionError, _>(record).await {
            Ok(_) | Err(RegionError::Because(RegionRefused::AlreadyRecorded)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
