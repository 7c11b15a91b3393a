//! Accounts: of parties by purpose, of assets for their income, of regions for the world outside.
//!
//! Money moves from the account that is debited to the one that is credited; a balance is what was credited less what was
//! debited. Balances are kept by the database itself, which also refuses to overdraw any account but the world's.

pub(in crate::money) mod chart;
pub(in crate::money) mod store;

use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context, SHA256};
use chrono::NaiveDate;

use crate::{
    cases::purpose::Purpose,
    identity::{Caller, Permission},
    money::{MoneyError, MoneyRefused},
    storage::{Read, StorageError, Write},
    values::{Id, RegionCode, Scope, closed_enum, id::kind},
};

closed_enum! {
    /// What the money of an account is for.
    pub enum AccountPurpose {
        /// Operation and maintenance of assets.
        OperationAndMaintenance = "operation_and_maintenance",
        /// Consolidating the gains of poverty alleviation.
        Consolidation = "consolidation",
        /// Public welfare of the village.
        VillagePublicWelfare = "village_public_welfare",
        /// Wages of public-welfare posts.
        PublicPosts = "public_posts",
        /// Reserve.
        Reserve = "reserve",
        /// Shares of the members.
        Members = "members",
        /// Proceeds of disposals, which are not income.
        DisposalProceeds = "disposal_proceeds",
        /// What was distributed to nothing in particular.
        Undistributed = "undistributed",
        /// What nobody was there to claim, kept for whom it is due to. Nothing is spent from it.
        Unclaimed = "unclaimed",
        /// Income of an asset that was received and not yet distributed.
        Income = "income",
        /// The world outside: payers and payees.
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
            Purpose::Unclaimed => Self::Unclaimed,
        }
    }
}

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    /// The identifier.
    pub id: Id<kind::Account>,
    /// The party whose account it is.
    pub party_id: Option<Id<kind::Party>>,
    /// The asset whose account it is.
    pub asset_id: Option<Id<kind::Asset>>,
    /// Where it belongs.
    pub region_code: RegionCode,
    /// What its money is for.
    pub purpose: AccountPurpose,
    /// Its code in the chart of accounts.
    pub code: String,
    /// What was taken from it, in fen.
    pub debits_fen: i64,
    /// What was put into it, in fen.
    pub credits_fen: i64,
}

impl Account {
    /// What it holds, in fen; below zero only for the world outside.
    pub const fn balance_fen(&self) -> i64 {
        self.credits_fen.saturating_sub(self.debits_fen)
    }
}

/// An account that is to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAccount {
    pub(super) id: Id<kind::Account>,
    pub(super) party_id: Option<Id<kind::Party>>,
    pub(super) asset_id: Option<Id<kind::Asset>>,
    pub(super) region_code: RegionCode,
    pub(super) purpose: AccountPurpose,
}

impl NewAccount {
    /// A party's account.
    pub fn of_party(party: Id<kind::Party>, region_code: RegionCode, purpose: AccountPurpose) -> Self {
        Self {
            id: account_id(party.uuid(), purpose),
            party_id: Some(party),
            asset_id: None,
            region_code,
            purpose,
        }
    }

    /// An asset's account of income.
    pub fn of_asset(asset: Id<kind::Asset>, region_code: RegionCode) -> Self {
        let purpose = AccountPurpose::Income;
        Self {
            id: account_id(asset.uuid(), purpose),
            party_id: None,
            asset_id: Some(asset),
            region_code,
            purpose,
        }
    }

    /// The world outside, as a region sees it.
    pub fn of_region(region_code: RegionCode) -> Self {
        let purpose = AccountPurpose::External;
        Self { id: external_id(&region_code), party_id: None, asset_id: None, region_code, purpose }
    }

    /// The account's identifier.
    pub const fn id(&self) -> Id<kind::Account> {
        self.id
    }

    pub(super) const fn code(&self) -> &'static str {
        chart::code(self.purpose)
    }

    pub(super) const fn may_overdraw(&self) -> bool {
        matches!(self.purpose, AccountPurpose::External)
    }
}

/// The identifier of an owner's account for a purpose: the owner's, with a hash of owner and purpose in the place of its
/// random bits. So a preview can name an account before it is opened, and opening it twice is impossible.
pub fn account_id(owner: uuid::Uuid, purpose: AccountPurpose) -> Id<kind::Account> {
    derived(*owner.as_bytes(), owner.as_bytes(), purpose)
}

fn external_id(region: &RegionCode) -> Id<kind::Account> {
    derived([0; 16], region.as_str().as_bytes(), AccountPurpose::External)
}

fn derived(time: [u8; 16], owner: &[u8], purpose: AccountPurpose) -> Id<kind::Account> {
    let mut context = Context::new(&SHA256);
    context.update(owner);
    context.update(purpose.code().as_bytes());
    let hash = context.finish();
    let mut bytes = time;
    for (byte, random) in bytes.iter_mut().skip(6).zip(hash.as_ref()) {
        *byte = *random;
    }
    // Version 7 and the variant of RFC 9562 stand where they belong.
    uuid::Builder::from_bytes(bytes)
        .with_version(uuid::Version::SortRand)
        .with_variant(uuid::Variant::RFC4122)
        .into_uuid()
        .into()
}

/// Opens those of some accounts that are not open yet.
pub fn ensure(unit: &mut Write<'_>, accounts: &[NewAccount]) -> Result<(), StorageError> {
    let mut accounts = accounts.to_vec();
    accounts.sort_by_key(|it| it.id);
    accounts.dedup();
    store::ensure(unit, &accounts)
}

/// Lets the account of an asset's income belong where the asset does. The asset is locked, and nothing is in the account.
pub fn follow(
    unit: &mut Write<'_>,
    asset: Id<kind::Asset>,
    region_code: RegionCode,
) -> Result<(), StorageError> {
    store::follow(unit, account_id(asset.uuid(), AccountPurpose::Income), region_code)
}

/// Whose accounts some are; none for that of an asset or of the world outside. Accounts that are not open are left out.
pub fn owners(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Account>],
) -> Result<BTreeMap<Id<kind::Account>, Option<Id<kind::Party>>>, StorageError> {
    store::owners(unit, ids)
}

/// Which accounts are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only accounts of this party.
    pub party_id: Option<Id<kind::Party>>,
    /// Only accounts of this asset.
    pub asset_id: Option<Id<kind::Asset>>,
    /// Only accounts for this purpose.
    pub purpose: Option<AccountPurpose>,
    /// Only accounts after this one.
    pub after: Option<(RegionCode, Id<kind::Account>)>,
}

/// Accounts of a scope.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Account>, MoneyError> {
    caller.permit(Permission::MoneyRead)?;
    Ok(store::list(unit, scope, wanted, limit)?)
}

/// The accounts of a party that hold anything; at most a number of them.
pub fn not_empty(
    unit: &mut Read<'_>,
    party: Id<kind::Party>,
    limit: i64,
) -> Result<Vec<Account>, StorageError> {
    store::not_empty(unit, party, limit)
}

/// The account of an id, within the caller's region; as it stood at the end of a day, where one is given.
pub fn find(
    unit: &mut Read<'_>,
    caller: &Caller,
    id: Id<kind::Account>,
    as_of: Option<NaiveDate>,
) -> Result<Account, MoneyError> {
    let scope = caller.permit(Permission::MoneyRead)?;
    let found = match as_of {
        None => store::find(unit, &scope, id)?,
        Some(day) => store::find_as_of(unit, &scope, id, day)?,
    };
    found.ok_or_else(|| MoneyRefused::NotFound.into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_account_is_known_before_it_is_opened() {
        let owner = uuid::Uuid::parse_str("0190b6a4-7c1e-7c3e-9d1a-2f6c8a3b5d7e").unwrap();
        let account = account_id(owner, AccountPurpose::Reserve);
        assert_eq!(account, account_id(owner, AccountPurpose::Reserve));
        assert_ne!(account, account_id(owner, AccountPurpose::Members));
        assert_eq!(account.uuid().get_version_num(), 7);
        assert_eq!(account.uuid().as_bytes()[..6], owner.as_bytes()[..6]);
    }

    #[test]
    fn only_the_world_outside_gives_what_it_has_not() {
        let region: RegionCode = "130828101201".parse().unwrap();
        let outside = NewAccount::of_region(region);
        assert!(outside.may_overdraw());
        assert!(outside.id().to_string().starts_with("00000000-0000-7"));
        assert_ne!(outside.id(), NewAccount::of_region("130828101202".parse().unwrap()).id());
        assert!(!NewAccount::of_asset(uuid::Uuid::from_u128(1).into(), region).may_overdraw());
    }

    #[test]
    fn every_purpose_of_a_village_has_its_kind_of_account() {
        for purpose in Purpose::ALL {
            assert_eq!(AccountPurpose::from(*purpose).code(), purpose.code());
        }
    }

    proptest! {
        #[test]
        fn the_accounts_of_an_owner_differ_by_purpose_and_keep_its_time(owner in any::<u128>()) {
            let ids: BTreeSet<_> =
                AccountPurpose::ALL.iter().map(|it| account_id(uuid::Uuid::from_u128(owner), *it)).collect();
            prop_assert_eq!(ids.len(), AccountPurpose::ALL.len());
            for id in ids {
                prop_assert_eq!(id.uuid().get_version_num(), 7);
                prop_assert_eq!(id.uuid().get_variant(), uuid::Variant::RFC4122);
                prop_assert_eq!(id.uuid().as_u128() >> 80, owner >> 80);
            }
        }
    }
}
