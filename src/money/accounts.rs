//! Accounts: what each holds, and how they are named and opened.
//!
//! A party has one account for each purpose, so that money for one use cannot be spent for another; an asset has one for
//! income that was received and not yet distributed; a region has one for the outside world, which is where payers and
//! payees are. Balances are kept by the database alone, from the rows of the [ledger](super::ledger): no account but
//! the outside world's can fall below zero.

use aws_lc_rs::digest;
use chrono::{DateTime, NaiveDate, Utc};
use uuid::{Builder, Uuid};

use crate::{
    cases::purpose::Purpose,
    identity::{Caller, Denied, Permission},
    money::accounts_store as store,
    storage::{Failure, Read, StorageError, Write},
    values::{Id, RegionCode, closed_enum, id::kind},
};

closed_enum! {
    /// What an account is for: the purposes of village accounts, the income of an asset, and the outside world.
    pub enum AccountPurpose {
        /// Operation and maintenance of assets (运行维护).
        OperationAndMaintenance = "operation_and_maintenance",
        /// Consolidating the gains of poverty alleviation (巩固脱贫成果).
        Consolidation = "consolidation",
        /// Public welfare of the village (村级公益事业).
        VillagePublicWelfare = "village_public_welfare",
        /// Wages of public-welfare posts (公益岗位).
        PublicPosts = "public_posts",
        /// Reserve: 公积公益金.
        Reserve = "reserve",
        /// Quantified shares of the members (成员分配).
        Members = "members",
        /// Proceeds of disposals, which are not income (处置价款).
        DisposalProceeds = "disposal_proceeds",
        /// Income that a party got and has not given to a use (未分配收益).
        Undistributed = "undistributed",
        /// Of an asset: income that was received and not yet distributed (待分配收益).
        Income = "income",
        /// Of a region: the outside world, where payers and payees are (外部往来).
        External = "external",
    }
}

crate::storage::sql::stored_as_text!(AccountPurpose);

impl From<Purpose> for AccountPurpose {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::OperationAndMaintenance => Self::OperationAndMaintenance,
            Purpose::Consolidation => Self::Consolidation,
            Purpose::VillagePublicWelfare => Self::VillagePublicWelfare,
            Purpose::PublicPosts => Self::PublicPosts,
            Purpose::Reserve => Self::Reserve,
            Purpose::Members => Self::Members,
            Purpose::DisposalProceeds => Self::DisposalProceeds,
            Purpose::Undistributed => Self::Undistributed,
        }
    }
}

/// The identifier of the account that a party or an asset has for a purpose, whether it is opened yet or not.
///
/// It is derived, so that a preview can name an account before the first fen opens it: a UUID of version 7 with the time
/// of its owner's, and in the place of the random bits the first bits of SHA-256 of the owner's bytes and the purpose's
/// code.
pub fn account_id(owner: Uuid, purpose: AccountPurpose) -> Id<kind::Account> {
    let millis = u64::try_from(owner.as_u128() >> 80).unwrap_or_default();
    derived(millis, owner.as_bytes(), purpose)
}

/// The identifier of a region's account for the outside world: derived as [`account_id`] does it, from the digits of the
/// region's code, and with the time 0 since a region has no time of its own.
pub fn external_id(region: &RegionCode) -> Id<kind::Account> {
    derived(0, region.as_str().as_bytes(), AccountPurpose::External)
}

fn derived(millis: u64, owner: &[u8], purpose: AccountPurpose) -> Id<kind::Account> {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(owner);
    context.update(purpose.code().as_bytes());
    let digest = context.finish();
    let bits = digest.as_ref().first_chunk::<10>().copied().unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &bits).into_uuid().into()
}

/// An account to be opened where it is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAccount {
    id: Id<kind::Account>,
    owner: Owner,
    region: RegionCode,
    purpose: AccountPurpose,
}

/// Whose an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A party: a village account.
    Party(Id<kind::Party>),
    /// An asset: its income.
    Asset(Id<kind::Asset>),
    /// A region: the outside world.
    Region,
}

impl NewAccount {
    /// The account of a party of that region for a purpose.
    pub fn of_party(party: Id<kind::Party>, region: RegionCode, purpose: AccountPurpose) -> Self {
        Self { id: account_id(party.uuid(), purpose), owner: Owner::Party(party), region, purpose }
    }

    /// The income of an asset of that region.
    pub fn income_of(asset: Id<kind::Asset>, region: RegionCode) -> Self {
        let purpose = AccountPurpose::Income;
        Self { id: account_id(asset.uuid(), purpose), owner: Owner::Asset(asset), region, purpose }
    }

    /// The outside world, as a region sees it.
    pub fn external(region: RegionCode) -> Self {
        Self { id: external_id(&region), owner: Owner::Region, region, purpose: AccountPurpose::External }
    }

    /// The identifier, which the account has from the start.
    pub const fn id(&self) -> Id<kind::Account> {
        self.id
    }

    /// Whose it is.
    pub const fn owner(&self) -> Owner {
        self.owner
    }

    /// The region.
    pub const fn region(&self) -> RegionCode {
        self.region
    }

    /// What it is for.
    pub const fn purpose(&self) -> AccountPurpose {
        self.purpose
    }

    /// Whether its balance can fall below zero: the outside world gives whatever was received.
    pub const fn may_overdraw(&self) -> bool {
        matches!(self.owner, Owner::Region)
    }
}

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    /// The identifier.
    pub id: Id<kind::Account>,
    /// The party whose it is; none for an asset's or a region's.
    pub party_id: Option<Id<kind::Party>>,
    /// The asset whose it is; none for a party's or a region's.
    pub asset_id: Option<Id<kind::Asset>>,
    /// The region.
    pub region_code: RegionCode,
    /// What it is for.
    pub purpose: AccountPurpose,
    /// The code in the accounting system.
    pub code: String,
    /// Whether its balance can fall below zero.
    pub may_overdraw: bool,
    /// What went out of it, in fen.
    pub debits_fen: i64,
    /// What came into it, in fen.
    pub credits_fen: i64,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
}

impl Account {
    /// What it holds, in fen: below zero only for the outside world.
    pub const fn balance_fen(&self) -> i64 {
        self.credits_fen.saturating_sub(self.debits_fen)
    }
}

/// Which accounts are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only those of this party.
    pub party_id: Option<Id<kind::Party>>,
    /// Only those of this asset.
    pub asset_id: Option<Id<kind::Asset>>,
    /// Only those for this purpose.
    pub purpose: Option<AccountPurpose>,
    /// Only those of this region and what is under it.
    pub region_code: Option<RegionCode>,
}

/// Why accounts could not be read.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// No such account in the caller's region; one that was only previewed is not opened yet.
    #[error("no such account")]
    NotFound,
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for AccountError {
    fn storage(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            _ => None,
        }
    }
}

/// Opens those of some accounts that are missing. Opening is no fact of its own: what is booked on an account is.
pub fn ensure(unit: &mut Write<'_>, accounts: &[NewAccount]) -> Result<(), StorageError> {
    let mut accounts = accounts.to_vec();
    accounts.sort_by_key(|it| it.id);
    accounts.dedup_by_key(|it| it.id);
    store::open_missing(unit, &accounts)
}

/// The account of an id, in the caller's region: as it stands, or as it stood at the end of a day.
pub fn find(
    unit: &mut Read<'_>,
    caller: &Caller,
    id: Id<kind::Account>,
    as_of: Option<NaiveDate>,
) -> Result<Account, AccountError> {
    let scope = caller.permit(Permission::MoneyRead)?;
    let found = match as_of {
        None => store::find(unit, &scope, id)?,
        Some(day) => store::find_as_of(unit, &scope, id, day)?,
    };
    found.ok_or(AccountError::NotFound)
}

/// Accounts of the caller's region after an id, at most `limit`.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    wanted: &Wanted,
    after: Option<Id<kind::Account>>,
    limit: i64,
) -> Result<Vec<Account>, AccountError> {
    let scope = caller.permit(Permission::MoneyRead)?;
    let Some(scope) = scope.within(wanted.region_code) else { return Ok(Vec::new()) };
    Ok(store::list(unit, &scope, wanted, after, limit)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_account_is_named_before_it_is_opened() {
        let owner: Uuid = "0190b6a4-7c1e-7c3e-9d1a-2f6c8a3b5d7e".parse().unwrap();

        let id = account_id(owner, AccountPurpose::Reserve);

        assert_eq!(id, account_id(owner, AccountPurpose::Reserve));
        assert_ne!(id, account_id(owner, AccountPurpose::Members));
        assert!(id.to_string().starts_with("0190b6a4-7c1e-7"), "{id} keeps the time of its owner");
    }

    #[test]
    fn a_region_has_one_outside_world() {
        let [one, other] = ["130828101201", "130828101202"].map(|it| it.parse::<RegionCode>().unwrap());

        assert_eq!(external_id(&one), NewAccount::external(one).id());
        assert_ne!(external_id(&one), external_id(&other));
        assert!(external_id(&one).to_string().starts_with("00000000-0000-7"));
        assert!(NewAccount::external(one).may_overdraw());
    }

    #[test]
    fn every_purpose_of_a_village_has_its_kind_of_account() {
        for purpose in Purpose::ALL {
            assert_eq!(AccountPurpose::from(*purpose).code(), purpose.code());
        }
    }

    proptest! {
        #[test]
        fn accounts_of_an_owner_differ_by_purpose_and_are_of_version_7(owner in any::<u128>()) {
            let ids: std::collections::BTreeSet<_> =
                AccountPurpose::ALL.iter().map(|it| account_id(Uuid::from_u128(owner), *it)).collect();
            prop_assert_eq!(ids.len(), AccountPurpose::ALL.len());
            for id in ids {
                prop_assert_eq!(id.uuid().get_version_num(), 7);
                prop_assert_eq!(id.uuid().get_variant(), uuid::Variant::RFC4122);
                prop_assert_eq!(id.uuid().as_u128() >> 80, owner >> 80);
            }
        }
    }
}
