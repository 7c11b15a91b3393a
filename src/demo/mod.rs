//! The demo county: users of every kind, regions, and assets after published ledgers (see `data/README.md`).
//!
//! It goes through the same commands as everybody else. Started again, it finds what is there and adds nothing.

mod county;

use std::{collections::BTreeMap, sync::Arc};

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
    /// The registry has users who are not those of the demo.
    #[error(
        "this registry is in use, and the demo would hand out tokens for it: serve the demo from a folder and a database of its own \
         (--data-dir, --database-url)"
    )]
    InUse,
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

/// Loads the demo where it is not there yet, and gives a token for each role, valid for a day.
pub async fn load(
    registry: &Arc<Registry>,
    empty: bool,
) -> Result<BTreeMap<&'static str, String>, DemoError> {
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
///
/// # Errors
/// [`DemoError::InUse`] where somebody else uses the registry.
async fn users(registry: &Registry) -> Result<BTreeMap<Role, User>, DemoError> {
    let known = |unit: &mut storage::Read<'_>| {
        let of = |role: Role| Ok(identity::by_name(unit, role.code())?.map(|it| (role, it)));
        let users =
            Role::ALL.iter().copied().map(of).collect::<Result<Option<BTreeMap<_, _>>, StorageError>>()?;
        Ok::<_, StorageError>((users, identity::has_users(unit)?))
    };
    match registry.storage.read(known).await? {
        (Some(users), _) => Ok(users),
        (None, true) => Err(DemoError::InUse),
        (None, false) => {
            let new: Vec<_> = Role::ALL
                .iter()
                .map(|role| Ok((*role, new_user(*role)?)))
                .collect::<Result<_, DemoError>>()?;
            let make = move |unit: &mut storage::Write<'_>| {
                new.iter().map(|(role, it)| Ok((*role, identity::create_first(unit, it)?))).collect()
            };
            Ok(registry.storage.write::<_, UserError, _>(make).await?)
        }
    }
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
