//! Parties: whoever can hold a right or a duty, and how they stand to each other.
//!
//! What identifies a person is kept sealed and shown masked; the journal names parties by id alone.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use crate::{
    identity::{Caller, Denied, Permission, Vault},
    journal::{self, Action, Record},
    register::{
        codes::{PartyKind, RelationKind, Sector},
        identifiers::{Identifier, IdentifierScheme},
        parties_store as store,
        regions::{self, RegionError},
    },
    storage::{Failure, Read, StorageError, Write},
    values::{Fault, Faults, Id, Period, Reason, RegionCode, Scope, Share, id::kind},
};

const RECORDED: Action = Action::named("party_recorded");
const CHANGED: Action = Action::named("party_changed");
const RELATED: Action = Action::named("parties_related");

/// A party.
#[derive(Debug, Clone)]
pub struct Party {
    /// The identifier in the register.
    pub id: Id<kind::Party>,
    /// What it is.
    pub kind: PartyKind,
    /// Whose wealth it holds, told by what it is.
    pub sector: Sector,
    /// Its name.
    pub name: String,
    /// Where it belongs.
    pub region_code: RegionCode,
    /// By which scheme it is identified.
    pub scheme: IdentifierScheme,
    /// Its identifier as it may be shown: whole for an organisation, masked for a person.
    pub identifier_shown: Option<String>,
    /// The day from which it no longer exists.
    pub ended_on: Option<NaiveDate>,
    /// The version of this record.
    pub version: i64,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

/// A party to be recorded.
#[derive(Debug, Clone)]
pub struct NewParty {
    /// What it is.
    pub kind: PartyKind,
    /// Its name.
    pub name: String,
    /// Where it belongs.
    pub region_code: RegionCode,
    /// By which scheme it is identified.
    pub scheme: IdentifierScheme,
    /// The identifier.
    pub identifier: Option<String>,
}

/// What changes in a party; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ChangedParty {
    /// A new name.
    pub name: Option<String>,
    /// The day from which it no longer exists.
    pub ended_on: Option<NaiveDate>,
}

/// What other rooms need to know of a party.
#[derive(Debug, Clone)]
pub struct PartyStanding {
    /// The party.
    pub id: Id<kind::Party>,
    /// What it is.
    pub kind: PartyKind,
    /// Where it belongs.
    pub region_code: RegionCode,
    /// The day from which it no longer exists.
    pub ended_on: Option<NaiveDate>,
}

/// How one party stands to another.
#[derive(Debug, Clone)]
pub struct Relation {
    /// The identifier.
    pub id: Id<kind::Relation>,
    /// The shareholder, the member, the controlled one, the representative.
    pub from_id: Id<kind::Party>,
    /// The other.
    pub to_id: Id<kind::Party>,
    /// How it stands to the other.
    pub kind: RelationKind,
    /// A shareholder's share.
    pub share: Option<Share>,
    /// From when until when.
    pub period: Period,
}

/// Which parties are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only parties whose name contains this.
    pub q: Option<String>,
    /// Only parties of this kind.
    pub kind: Option<PartyKind>,
    /// Only parties after this one.
    pub after: Option<(RegionCode, Id<kind::Party>)>,
}

/// Why a command on parties was refused.
#[derive(Debug, thiserror::Error)]
pub enum PartyError {
    /// No such party in the caller's region.
    #[error("no such party")]
    NotFound,
    /// A party with this identifier is recorded already.
    #[error("the identifier is recorded already")]
    AlreadyRecorded,
    /// The party changed since the version that the caller saw.
    #[error("the party changed meanwhile")]
    Outdated,
    /// A personal identifier could not be sealed.
    #[error("the identifier could not be sealed")]
    Unsealed,
    /// Fields that cannot be.
    #[error(transparent)]
    Invalid(#[from] Faults),
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for PartyError {
    fn storage(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            _ => None,
        }
    }
}

impl From<RegionError> for PartyError {
    fn from(error: RegionError) -> Self {
        match error {
            RegionError::Invalid(faults) => Self::Invalid(faults),
            RegionError::Denied(denied) => Self::Denied(denied),
            RegionError::Storage(error) => Self::Storage(error),
            RegionError::NotFound | RegionError::AlreadyRecorded => Self::NotFound,
        }
    }
}

/// Records a party.
pub fn record(
    unit: &mut Write<'_>,
    caller: &Caller,
    vault: &Vault,
    asked: &NewParty,
) -> Result<Party, PartyError> {
    caller.permit_in(Permission::PartiesWrite, &asked.region_code)?;
    let identifier = Identifier::parse(asked.scheme, asked.identifier.as_deref())
        .map_err(|fault| Faults::one(fault.pointer, fault.reason))?;
    fits(asked.kind, &identifier)?;
    regions::require(unit, &asked.region_code, "/region_code")?;
    let party = Party {
        id: Id::new(unit.now()),
        kind: asked.kind,
        sector: asked.kind.sector(),
        name: asked.name.clone(),
        region_code: asked.region_code,
        scheme: identifier.scheme(),
        identifier_shown: identifier.shown(),
        ended_on: None,
        version: 1,
        created_at: unit.now(),
    };
    let value = identifier.reveal();
    let kept = store::Kept {
        digest: value.map(|it| vault.digest(&format!("{}:{it}", party.scheme))),
        sealed: match value.filter(|_| identifier.is_personal()) {
            Some(value) => Some(vault.seal(value).ok_or(PartyError::Unsealed)?),
            None => None,
        },
    };
    store::insert(unit, &party, &kept).map_err(|error| {
        if error.refused_by("party_identifier_unique") { PartyError::AlreadyRecorded } else { error.into() }
    })?;
    journal_change(unit, caller, RECORDED, &party)?;
    Ok(party)
}

/// Organisations have no citizen number, people no credit code.
fn fits(kind: PartyKind, identifier: &Identifier) -> Result<(), Faults> {
    let wanted = match (kind.is_personal(), identifier.scheme()) {
        (true, IdentifierScheme::Uscc) => "citizen_id, none",
        (false, IdentifierScheme::CitizenId) => "uscc, none",
        _ => return Ok(()),
    };
    Err(Faults::one("/identifier/scheme", Reason::NotOneOf { allowed: wanted.to_owned() }))
}

/// Changes a party's name, or ends it.
pub fn change(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Party>,
    seen_version: i64,
    asked: &ChangedParty,
) -> Result<Party, PartyError> {
    let scope = caller.permit(Permission::PartiesWrite)?;
    let mut party = store::find(unit, &scope, id)?.ok_or(PartyError::NotFound)?;
    party.name = asked.name.clone().unwrap_or(party.name);
    party.ended_on = asked.ended_on.or(party.ended_on);
    if !store::update(unit, &party, seen_version)? {
        return Err(PartyError::Outdated);
    }
    party.version = seen_version.saturating_add(1);
    journal_change(unit, caller, CHANGED, &party)?;
    Ok(party)
}

/// The party of an id, within the caller's region.
pub fn find(unit: &mut Read<'_>, caller: &Caller, id: Id<kind::Party>) -> Result<Party, PartyError> {
    let scope = caller.permit(Permission::PartiesRead)?;
    store::find(unit, &scope, id)?.ok_or(PartyError::NotFound)
}

/// Parties of a scope, by region and then by the time of their recording.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    scope: &Scope,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Party>, PartyError> {
    caller.permit(Permission::PartiesRead)?;
    Ok(store::list(unit, scope, wanted, limit)?)
}

/// What is known of some parties, wherever they belong; those that do not exist are missing.
pub fn standing(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Party>],
) -> Result<BTreeMap<Id<kind::Party>, PartyStanding>, StorageError> {
    store::standing(unit, ids)
}

/// A relation to be recorded.
#[derive(Debug, Clone)]
pub struct NewRelation {
    /// The other party.
    pub to_id: Id<kind::Party>,
    /// How the first stands to it.
    pub kind: RelationKind,
    /// A shareholder's share.
    pub share: Option<Share>,
    /// From when until when.
    pub period: Period,
}

/// Records how a party stands to another.
pub fn relate(
    unit: &mut Write<'_>,
    caller: &Caller,
    from: Id<kind::Party>,
    asked: &NewRelation,
) -> Result<Relation, PartyError> {
    let scope = caller.permit(Permission::PartiesWrite)?;
    let party = store::find(unit, &scope, from)?.ok_or(PartyError::NotFound)?;
    let mut faults = Vec::new();
    match (asked.kind, asked.share) {
        (RelationKind::Shareholder, None) => faults.push(Fault::at("/share", Reason::Required)),
        (RelationKind::Shareholder, Some(_)) | (_, None) => {}
        (other, Some(_)) => {
            faults.push(Fault::at("/share", Reason::NotApplicable { because: other.code().to_owned() }))
        }
    }
    if asked.to_id == from {
        faults.push(Fault::at("/to_id", Reason::Contradicts { other: "id".to_owned() }));
    } else if store::standing(unit, &[asked.to_id])?.is_empty() {
        faults.push(Fault::at("/to_id", Reason::NotFound { what: "party" }));
    }
    Faults::none_of(faults)?;
    let relation = Relation {
        id: Id::new(unit.now()),
        from_id: from,
        to_id: asked.to_id,
        kind: asked.kind,
        share: asked.share,
        period: asked.period,
    };
    store::insert_relation(unit, &relation)?;
    let facts = json!({
        "relation_id": relation.id, "from_id": from, "to_id": asked.to_id, "kind": asked.kind, "share": asked.share,
        "period": asked.period,
    });
    let subjects = [from.seen_as(), asked.to_id.seen_as()];
    journal::append(unit, &caller.actor(), &Record::new(RELATED, party.region_code, &subjects, &facts))?;
    Ok(relation)
}

/// How a party of the caller's region stands to others, and others to it.
pub fn relations(
    unit: &mut Read<'_>,
    caller: &Caller,
    of: Id<kind::Party>,
) -> Result<Vec<Relation>, PartyError> {
    let scope = caller.permit(Permission::PartiesRead)?;
    store::find(unit, &scope, of)?.ok_or(PartyError::NotFound)?;
    Ok(store::relations_among(unit, &[of])?)
}

/// All relations that touch any of some parties.
pub fn relations_among(unit: &mut Read<'_>, ids: &[Id<kind::Party>]) -> Result<Vec<Relation>, StorageError> {
    store::relations_among(unit, ids)
}

/// Names and identifiers stay out of the journal: a person's data can be erased, an entry cannot.
fn journal_change(
    unit: &mut Write<'_>,
    caller: &Caller,
    action: Action,
    party: &Party,
) -> Result<(), StorageError> {
    let facts = json!({
        "party_id": party.id, "kind": party.kind, "region_code": party.region_code, "ended_on": party.ended_on,
        "version": party.version,
    });
    let subjects = [party.id.seen_as()];
    journal::append(unit, &caller.actor(), &Record::new(action, party.region_code, &subjects, &facts))?;
    Ok(())
}
