//! Parties: everybody who can hold a right or a duty, and how they are related to each other.
//!
//! What identifies a person is kept sealed and shown masked; the journal names parties by id alone.

pub mod erasure;
mod heirs;
pub mod identifiers;
mod masked;
pub mod relations;
pub(in crate::register) mod store;
pub mod ties;

pub use heirs::Heirs;
pub(in crate::register) use masked::masked;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::{
    identity::{Caller, Permission, Refusal, Vault, reason},
    journal::{self, Action, Known, Record},
    register::{
        codes::{PartyKind, RelationKind, Sector},
        parties::{
            identifiers::{Identifier, IdentifierScheme},
            relations::{NewRelation, Relation, TooManyShares},
            ties::Tie,
        },
        regions,
    },
    storage::{self, Locked, Read, StorageError, Write},
    values::{
        Change, Fault, Faults, Id, Name, Period, Reason, RegionCode, RegionLevel, SearchText, Seen, Validity,
        id::kind,
        period::{self, past_day},
    },
};

const RECORDED: Action = Action::named("party_recorded");
const CHANGED: Action = Action::named("party_changed");
const RELATED: Action = Action::named("parties_related");
const RELATION_ENDED: Action = Action::named("relation_ended");

/// A party.
#[derive(Debug, Clone)]
pub struct Party {
    /// The identifier in the register.
    pub id: Id<kind::Party>,
    /// What it is.
    pub kind: PartyKind,
    /// Whose wealth it holds, which follows from what it is.
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
    /// Who takes over what it still held and owed when it ended.
    pub successor_id: Option<Id<kind::Party>>,
    /// The version of this record.
    pub version: i64,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// When what identified the person was erased.
    pub erased_at: Option<DateTime<Utc>>,
}

/// A party to be recorded.
#[derive(Debug, Clone)]
pub struct NewParty {
    /// What it is.
    pub kind: PartyKind,
    /// Its name.
    pub name: Name,
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
    pub name: Option<Name>,
    /// Another scheme and identifier.
    pub identifier: Option<(IdentifierScheme, Option<String>)>,
    /// The day from which it no longer exists, or that it exists after all.
    pub ended_on: Change<NaiveDate>,
    /// Who takes over what it still holds and owes then.
    pub successor_id: Change<Id<kind::Party>>,
}

/// What other rooms need to know of a party.
#[derive(Debug, Clone)]
pub struct PartyStanding {
    /// The party.
    pub id: Id<kind::Party>,
    /// What it is.
    pub kind: PartyKind,
    /// Whose wealth it holds.
    pub sector: Sector,
    /// Its name, which is personal data where the party is a person.
    pub name: String,
    /// Where it belongs.
    pub region_code: RegionCode,
    /// The day from which it no longer exists.
    pub ended_on: Option<NaiveDate>,
    /// Who takes over what it still held and owed when it ended.
    pub successor_id: Option<Id<kind::Party>>,
    /// Whether what identified the person was erased.
    pub erased: bool,
}

impl PartyStanding {
    /// Why nothing can be given to it, or asked of it, from a day on; none where it can.
    pub fn refused_on(&self, day: NaiveDate) -> Option<Reason> {
        if self.erased {
            return Some(Reason::PartyErased);
        }
        let ended = self.ended_on.filter(|ended| *ended <= day)?;
        Some(Reason::PartyEnded { on: ended.to_string() })
    }

    /// Why something that lasts for a period cannot be given to it, or asked of it; none where it can. What would outlast it
    /// is refused as well, unless somebody succeeds to it.
    pub fn refused_for(&self, period: &Period) -> Option<Reason> {
        let last = period.to().and_then(|it| it.pred_opt()).unwrap_or(NaiveDate::MAX);
        let from_the_first = self.refused_on(period.from());
        if from_the_first.is_some() || self.successor_id.is_some() {
            return from_the_first;
        }
        self.ends_before(last)
    }

    /// Why it cannot be left with something on a day that it has already; none where it is still there.
    pub fn ends_before(&self, day: NaiveDate) -> Option<Reason> {
        let ended = self.ended_on.filter(|ended| *ended <= day)?;
        Some(Reason::PartyEndsBefore { on: ended.to_string() })
    }
}

/// Which parties are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only parties whose name contains this, whatever the case and the width of its letters.
    pub q: Option<SearchText>,
    /// Only parties of this kind.
    pub kind: Option<PartyKind>,
    /// Only parties of this region and everything under it.
    pub region_code: Option<RegionCode>,
    /// Only parties after this one.
    pub after: Option<(RegionCode, Id<kind::Party>)>,
}

/// Why a command on parties was refused.
pub type PartyError = Refusal<PartyRefused>;

/// What the room itself refuses by.
#[derive(Debug, thiserror::Error)]
pub enum PartyRefused {
    /// No such party, or no such relation of it, in the caller's region.
    #[error("no such party or relation")]
    NotFound,
    /// A party with this identifier is recorded already.
    #[error("the identifier is recorded already")]
    AlreadyRecorded,
    /// The party changed since the version that the caller saw.
    #[error("the party changed meanwhile")]
    Outdated,
    /// What identified the person was erased, so nothing about them can be changed.
    #[error("the person's data were erased")]
    Erased,
    /// The same relation is on record for some of the same days.
    #[error("the relation is on record already")]
    AlreadyRelated,
    /// The shares in a company would sum to more than the whole.
    #[error(transparent)]
    TooManyShares(#[from] TooManyShares),
    /// A personal identifier could not be sealed.
    #[error("the identifier could not be sealed")]
    Unsealed,
}

reason!(PartyRefused, TooManyShares);

/// Records a party.
pub fn record(
    unit: &mut Write<'_>,
    caller: &Caller,
    vault: &Vault,
    asked: &NewParty,
) -> Result<Party, PartyError> {
    caller.permit_in(Permission::PartiesWrite, &asked.region_code)?;
    let mut faults = Vec::new();
    let identifier = identified(asked.kind, asked.scheme, asked.identifier.as_deref(), unit.today());
    faults.extend(regions::unknown(unit, &asked.region_code, "/region_code")?);
    let identifier = Faults::with(identifier, faults)?;
    let party = Party {
        id: Id::new(unit.now()),
        kind: asked.kind,
        sector: asked.kind.sector(),
        name: asked.name.to_string(),
        region_code: asked.region_code,
        scheme: identifier.scheme(),
        identifier_shown: identifier.shown(),
        ended_on: None,
        successor_id: None,
        version: 1,
        created_at: unit.now(),
        erased_at: None,
    };
    let kept = kept(vault, &identifier)?;
    let entry = journal_change(unit, caller, RECORDED, &party)?;
    store::insert(unit, &party, &kept, entry).map_err(taken)?;
    Ok(party)
}

/// The checked identifier of a kind of party: organisations have no citizen number, people no credit code.
fn identified(
    kind: PartyKind,
    scheme: IdentifierScheme,
    value: Option<&str>,
    today: NaiveDate,
) -> Result<Identifier, Faults> {
    let allowed = match (kind.is_personal(), scheme) {
        (true, IdentifierScheme::Uscc) => Some("citizen_id, none"),
        (false, IdentifierScheme::CitizenId) => Some("uscc, none"),
        _ => None,
    };
    let wrong_scheme =
        allowed.map(|it| Fault::at("/identifier/scheme", Reason::NotOneOf { allowed: it.to_owned() }));
    let identifier = Identifier::parse(scheme, value, today).map_err(Faults::from);
    Faults::with(identifier, Vec::from_iter(wrong_scheme))
}

/// What is stored of an identifier: a digest by which two can be compared, and a personal one sealed.
fn kept(vault: &Vault, identifier: &Identifier) -> Result<store::Kept, PartyError> {
    let value = identifier.reveal();
    Ok(store::Kept {
        digest: value.map(|it| vault.digest(&format!("{}:{it}", identifier.scheme()))),
        sealed: match value.filter(|_| identifier.is_personal()) {
            Some(value) => Some(vault.seal(value).ok_or(PartyRefused::Unsealed)?),
            None => None,
        },
    })
}

fn taken(error: StorageError) -> PartyError {
    if error.refused_by("party_identifier_unique") {
        PartyRefused::AlreadyRecorded.into()
    } else {
        error.into()
    }
}

/// Corrects a party's name or identifier, or ends it. Whether it can end as things stand, `acts::departures` knows.
pub fn change(
    unit: &mut Write<'_>,
    caller: &Caller,
    vault: &Vault,
    id: Id<kind::Party>,
    seen: &Seen,
    asked: &ChangedParty,
) -> Result<Party, PartyError> {
    let scope = caller.permit(Permission::PartiesWrite)?;
    let standing = store::find(unit, &scope, id)?.ok_or(PartyRefused::NotFound)?;
    if !seen.includes(standing.version) {
        return Err(PartyRefused::Outdated.into());
    }
    let mut party = standing.clone();
    if party.erased_at.is_some() {
        return Err(PartyRefused::Erased.into());
    }
    let mut faults = Vec::new();
    let ended_on = asked.ended_on.content().copied();
    // It is there until it has ended, and can be given things meanwhile.
    let wrong_day = ended_on.and_then(|day| past_day(day, unit.today()).err());
    faults.extend(wrong_day.map(|it| Fault::at("/ended_on", it)));
    if ended_on.is_some() && party.sector.is_public() && party.region_code.level() == RegionLevel::Village {
        // No village ends its own collective, nor says who takes what it owns.
        let above = party.region_code.parent().unwrap_or(party.region_code);
        caller.permit_in(Permission::PartiesWrite, &above)?;
    }
    let identifier = asked
        .identifier
        .as_ref()
        .map(|(scheme, value)| identified(party.kind, *scheme, value.as_deref(), unit.today()));
    party.name = asked.name.clone().map_or(party.name, String::from);
    party.ended_on = asked.ended_on.of(party.ended_on);
    party.successor_id = asked.successor_id.of(party.successor_id);
    if let Some(successor) = asked.successor_id.content() {
        let refused = no_successor(unit, &party, *successor)?;
        faults.extend(refused.map(|it| Fault::at("/successor_id", it)));
    }
    let identifier = Faults::with(identifier.transpose(), faults)?;
    // Whoever goes on has no successor.
    party.successor_id = party.successor_id.filter(|_| party.ended_on.is_some());
    let mut another = None;
    if let Some(identifier) = &identifier {
        let kept = kept(vault, identifier)?;
        if store::identifier_digest(unit, id)? != kept.digest {
            party.scheme = identifier.scheme();
            party.identifier_shown = identifier.shown();
            another = Some(kept);
        }
    }
    let said = |it: &Party| (it.name.clone(), it.ended_on, it.successor_id);
    let is_same = said(&party) == said(&standing);
    if is_same && another.is_none() {
        unit.is_so_already();
        return Ok(standing);
    }
    party.version = standing.version.saturating_add(1);
    let entry = journal_change(unit, caller, CHANGED, &party)?;
    let changed = store::update(unit, &party, another.as_ref(), standing.version, entry).map_err(taken)?;
    if changed { Ok(party) } else { Err(PartyRefused::Outdated.into()) }
}

/// Why a successor cannot be: of a party that goes on, the party itself, one that is gone as well; a private one of the state
/// or a collective, whose wealth stays public; and an organisation of people, whose heirs are people. None where it can.
fn no_successor(
    unit: &mut Read<'_>,
    party: &Party,
    successor: Id<kind::Party>,
) -> Result<Option<Reason>, StorageError> {
    let found = store::standing(unit, &[successor])?.remove(&successor);
    let Some(ended) = party.ended_on else {
        return Ok(Some(Reason::NotApplicable { because: "ended_on is missing".to_owned() }));
    };
    if successor == party.id {
        return Ok(Some(Reason::Contradicts { other: "/id".to_owned() }));
    }
    Ok(match found {
        None => Some(Reason::NotFound { what: "party" }),
        Some(found) if party.sector.is_public() && !found.sector.is_public() => {
            Some(Reason::WrongKind { wanted: PartyKind::codes_of(Sector::is_public) })
        }
        Some(found) if party.kind.is_personal() && !found.kind.is_personal() => {
            Some(Reason::WrongKind { wanted: PartyKind::personal_codes() })
        }
        Some(found) => found.refused_on(ended.max(unit.today())),
    })
}

/// Who recorded a party.
pub fn recorder(unit: &mut Read<'_>, id: Id<kind::Party>) -> Result<Option<Id<kind::User>>, StorageError> {
    journal::author(unit, id.seen_as(), RECORDED)
}

/// A digest of what identifies a party, by which two identifiers can be compared; none where nothing does.
pub fn identified_by(unit: &mut Read<'_>, id: Id<kind::Party>) -> Result<Option<String>, StorageError> {
    store::identifier_digest(unit, id)
}

/// The parties that ended and are succeeded by another; at most a number of them.
pub fn succeeded_by(
    unit: &mut Read<'_>,
    successor: Id<kind::Party>,
    limit: i64,
) -> Result<Vec<Id<kind::Party>>, StorageError> {
    store::succeeded_by(unit, successor, limit)
}

/// Whoever ended and is succeeded by some parties, at once or through others, each with the one of them that succeeds it.
pub fn predecessors(
    unit: &mut Read<'_>,
    of: &[Id<kind::Party>],
) -> Result<BTreeMap<Id<kind::Party>, Id<kind::Party>>, StorageError> {
    let mut found = BTreeMap::new();
    let mut last: BTreeMap<_, _> = of.iter().map(|it| (*it, *it)).collect();
    while !last.is_empty() {
        let ids: Vec<_> = last.keys().copied().collect();
        let mut further = BTreeMap::new();
        for (party, successor) in store::ended_for(unit, &ids)? {
            if let Some(heir) = last.get(&successor).filter(|_| !found.contains_key(&party)) {
                further.insert(party, *heir);
            }
        }
        found.extend(further.clone());
        last = further;
    }
    Ok(found)
}

/// Some parties as they stand, who stay as they are until the unit of work ends: nobody ends or erases them meanwhile.
pub fn engaged(
    unit: &mut Write<'_>,
    ids: &[Id<kind::Party>],
) -> Result<BTreeMap<Id<kind::Party>, PartyStanding>, StorageError> {
    storage::lock(unit, &Locked::Parties(ids))?;
    store::standing(unit, ids)
}

/// The party of an id, within the caller's region, as far as is known.
pub fn find(
    unit: &mut Read<'_>,
    caller: &Caller,
    id: Id<kind::Party>,
    known: Known,
) -> Result<Party, PartyError> {
    let scope = caller.permit(Permission::PartiesRead)?;
    let found = match known {
        Known::Now => store::find(unit, &scope, id)?,
        Known::Through(index) => store::find_through(unit, &scope, id, index)?,
    };
    found.ok_or(PartyRefused::NotFound.into())
}

/// Parties of the caller's scope, by region and then by the time of their recording.
pub fn list(
    unit: &mut Read<'_>,
    caller: &Caller,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Party>, PartyError> {
    let scope = caller.permit(Permission::PartiesRead)?;
    let scope = regions::confined(&scope, wanted.region_code)?;
    Ok(store::list(unit, &scope, wanted, limit)?)
}

/// What is known of some parties, wherever they belong; those that do not exist are missing.
pub fn standing(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Party>],
) -> Result<BTreeMap<Id<kind::Party>, PartyStanding>, StorageError> {
    store::standing(unit, ids)
}

/// Some parties as they are known, wherever they belong; those that do not exist are missing. Who may see what of them,
/// the caller decides.
pub(super) fn described(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Party>],
    known: Known,
) -> Result<BTreeMap<Id<kind::Party>, Party>, StorageError> {
    store::described(unit, ids, known)
}

/// The fault of the field that names a party which is not on record; none where it is.
pub fn unknown(
    unit: &mut Read<'_>,
    party: Id<kind::Party>,
    pointer: &str,
) -> Result<Option<Fault>, StorageError> {
    let found = standing(unit, &[party])?;
    Ok(found.is_empty().then(|| Fault::at(pointer, Reason::NotFound { what: "party" })))
}

/// The names of some parties, wherever they belong, as far as is known.
pub fn names(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Party>],
    known: Known,
) -> Result<BTreeMap<Id<kind::Party>, String>, StorageError> {
    match known {
        Known::Now => Ok(store::standing(unit, ids)?.into_iter().map(|(id, it)| (id, it.name)).collect()),
        Known::Through(index) => store::names_through(unit, ids, index),
    }
}

/// Records how a party is related to another, which may belong anywhere. `because` is what the journal says of what shows it.
pub fn relate(
    unit: &mut Write<'_>,
    caller: &Caller,
    from: Id<kind::Party>,
    asked: &NewRelation,
    because: Option<Value>,
) -> Result<Relation, PartyError> {
    let scope = caller.permit(Permission::PartiesWrite)?;
    storage::lock(unit, &Locked::NewBasis)?;
    store::find(unit, &scope, from)?.ok_or(PartyRefused::NotFound)?;
    // Whoever ends or erases either of them holds a lock that does not go with these: what is looked up now stays so.
    alone_with(unit, asked.to_id)?;
    let mut standing = engaged(unit, &[from, asked.to_id])?;
    let party = store::find(unit, &scope, from)?.ok_or(PartyRefused::NotFound)?;
    let mut faults = relations::faults_of(from, asked);
    let other = standing.remove(&asked.to_id);
    match &other {
        None => faults.push(Fault::at("/to_id", Reason::NotFound { what: "party" })),
        Some(other) => {
            faults.extend(other.refused_for(&asked.period).map(|it| Fault::at("/to_id", it)));
            // Of a party to itself it is told that there have to be two.
            let of_two = asked.to_id != from;
            let of_kinds = relations::faults_of_kinds(asked.kind, party.kind, other.kind);
            faults.extend(of_kinds.filter(|_| of_two));
        }
    }
    // What is related is there as long as it is.
    if let Some(ended) =
        standing.get(&from).filter(|it| !it.erased).and_then(|it| it.refused_for(&asked.period))
    {
        faults.push(Fault::at("/period/to", ended));
    }
    let too_far = period::too_far_ahead(asked.period.from(), unit.today());
    faults.extend(too_far.map(|it| Fault::at("/period/from", it)));
    Faults::none_of(faults)?;
    if party.erased_at.is_some() {
        return Err(PartyRefused::Erased.into());
    }
    let other = other.ok_or(PartyRefused::NotFound)?;
    let relation = Relation {
        id: Id::new(unit.now()),
        from_id: from,
        to_id: asked.to_id,
        kind: asked.kind,
        share: asked.share,
        post: asked.post,
        period: asked.period.into(),
        version: 1,
    };
    admit(unit, &relation, &other)?;
    let entry = journal_relation(unit, caller, RELATED, &party, (&relation, because))?;
    store::insert_relation(unit, &relation, entry)?;
    Ok(relation)
}

/// Says on which day a relation of a party ended: the first on which it no longer was; or that it goes on after all. One that
/// was entered by mistake ends on its first day, and was on none. `because` is what the journal says of an end that was put right.
pub fn end_relation(
    unit: &mut Write<'_>,
    caller: &Caller,
    from: Id<kind::Party>,
    id: Id<kind::Relation>,
    seen: &Seen,
    (ended_on, because): (Option<NaiveDate>, Option<Value>),
) -> Result<Relation, PartyError> {
    let scope = caller.permit(Permission::PartiesWrite)?;
    let of_it = |it: &Relation| it.from_id == from;
    store::find(unit, &scope, from)?.ok_or(PartyRefused::NotFound)?;
    let found = store::relation(unit, from, id, Known::Now)?.filter(of_it).ok_or(PartyRefused::NotFound)?;
    // As when it was recorded: neither of both ends meanwhile.
    alone_with(unit, found.to_id)?;
    let both = engaged(unit, &[from, found.to_id])?;
    let party = store::find(unit, &scope, from)?.ok_or(PartyRefused::NotFound)?;
    let standing =
        store::relation(unit, from, id, Known::Now)?.filter(of_it).ok_or(PartyRefused::NotFound)?;
    if !seen.includes(standing.version) {
        return Err(PartyRefused::Outdated.into());
    }
    let period =
        Validity::new(standing.period.from(), ended_on).map_err(|reason| Faults::one("/ended_on", reason))?;
    // That it never was, nobody says alone of what somebody else recorded.
    if period.days().is_none() && journal::author(unit, id.seen_as(), RELATED)? != Some(caller.user_id) {
        caller.permit_in(Permission::CasesApprove, &party.region_code)?;
    }
    if period == standing.period {
        unit.is_so_already();
        return Ok(standing);
    }
    let seen_version = standing.version;
    let ended = Relation { period, version: seen_version.saturating_add(1), ..standing };
    // An end that is moved to a later day, or taken back, may meet what was recorded since.
    if let Some(days) = ended.period.beyond(&standing.period) {
        let gone = both.values().find_map(|it| it.refused_for(&days));
        if let Some(reason) = gone {
            return Err(Faults::one("/ended_on", reason).into());
        }
    }
    if let Some(other) = both.get(&ended.to_id) {
        admit(unit, &ended, other)?;
    }
    let entry = journal_relation(unit, caller, RELATION_ENDED, &party, (&ended, because))?;
    if store::end_relation(unit, &ended, seen_version, entry)? {
        Ok(ended)
    } else {
        Err(PartyRefused::Outdated.into())
    }
}

/// A relation as a tie between its parties.
pub fn tie_of(unit: &mut Read<'_>, it: &Relation) -> Result<Tie, StorageError> {
    let ends = store::standing(unit, &[it.from_id, it.to_id])?;
    let kind_of = |id| {
        let party = ends.get(&id).map(|it| it.kind);
        party.ok_or_else(|| StorageError::Corrupt(format!("party {id} is missing")))
    };
    Ok(Tie {
        from: it.from_id,
        from_kind: kind_of(it.from_id)?,
        kind: it.kind,
        post: it.post,
        share: it.share,
        to: it.to_id,
        to_kind: kind_of(it.to_id)?,
    })
}

/// Who put a relation on record; none where nobody knows.
pub fn related_by(
    unit: &mut Read<'_>,
    id: Id<kind::Relation>,
) -> Result<Option<Id<kind::User>>, StorageError> {
    journal::author(unit, id.seen_as(), RELATED)
}

/// Who gave a relation each of its ends, or took them back: the first one first.
pub fn relation_ended_by(
    unit: &mut Read<'_>,
    id: Id<kind::Relation>,
) -> Result<Vec<journal::Authored>, StorageError> {
    journal::authors(unit, id.seen_as(), RELATION_ENDED)
}

/// A relation that goes out from a party of the caller's region, as it stays until the unit of work ends, with the region of that party
/// and whether the loss rules take it for an interest of one in the other. Whoever drafts a case with either, or takes a step in one,
/// waits meanwhile.
pub fn hold_relation(
    unit: &mut Write<'_>,
    caller: &Caller,
    from: Id<kind::Party>,
    id: Id<kind::Relation>,
) -> Result<(Relation, RegionCode, bool), PartyError> {
    let scope = caller.permit(Permission::PartiesWrite)?;
    storage::lock(unit, &Locked::NewBasis)?;
    let of_it = |it: &Relation| it.from_id == from;
    store::find(unit, &scope, from)?.ok_or(PartyRefused::NotFound)?;
    let found = store::relation(unit, from, id, Known::Now)?.filter(of_it).ok_or(PartyRefused::NotFound)?;
    // Neither end of it ever changes, so that both can be locked before it is read again.
    alone_with(unit, found.to_id)?;
    // Whoever drafts with the one whose relation it is waits; the other only stays, since two that are held alone would make circles
    // with whoever gives something to the one and then names the other.
    let to = [found.to_id];
    let (alone, stays) = (Locked::Party(from), Locked::Parties(&to));
    for locked in if found.to_id < from { [&stays, &alone] } else { [&alone, &stays] } {
        storage::lock(unit, locked)?;
    }
    let party = store::find(unit, &scope, from)?.ok_or(PartyRefused::NotFound)?;
    let held = store::relation(unit, from, id, Known::Now)?.filter(of_it).ok_or(PartyRefused::NotFound)?;
    let other = store::standing(unit, &[held.to_id])?.remove(&held.to_id);
    let counts = other.is_none_or(|other| {
        let (kind, post, share) = (held.kind, held.post, held.share);
        let (to, to_kind) = (held.to_id, other.kind);
        Tie { from, from_kind: party.kind, kind, post, share, to, to_kind }.counts()
    });
    Ok((held, party.region_code, counts))
}

/// The relations of a party that begin on a day or later; at most a number of them.
pub fn related_from(
    unit: &mut Read<'_>,
    of: Id<kind::Party>,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Relation>>, StorageError> {
    store::related_from(unit, of, day, limit)
}

/// Whoever writes relations to the same party waits for its turn.
fn alone_with(unit: &mut Write<'_>, to: Id<kind::Party>) -> Result<(), StorageError> {
    storage::lock(unit, &Locked::Name(&format!("relations to {to}")))
}

/// Holds a relation against those on record.
fn admit(unit: &mut Write<'_>, relation: &Relation, other: &PartyStanding) -> Result<(), PartyError> {
    alone_with(unit, relation.to_id)?;
    let standing = store::relations_to(unit, relation.to_id, relation.kind)?;
    if relations::is_on_record(relation, &standing) {
        return Err(PartyRefused::AlreadyRelated.into());
    }
    if relation.kind == RelationKind::Shareholder && !other.kind.is_personal() {
        relations::admit_share(relation, &standing)?;
    }
    Ok(())
}

/// Which relations of a party are wanted.
#[derive(Debug, Clone, Copy)]
pub struct WantedRelations {
    /// Only relations that hold on this day.
    pub as_of: Option<NaiveDate>,
    /// As far as is known.
    pub known: Known,
    /// Only relations after this one.
    pub after: Option<Id<kind::Relation>>,
}

/// How a party of the caller's region stands to others, and others to it.
pub fn relations(
    unit: &mut Read<'_>,
    caller: &Caller,
    of: Id<kind::Party>,
    wanted: &WantedRelations,
    limit: i64,
) -> Result<Vec<Relation>, PartyError> {
    let scope = caller.permit(Permission::PartiesRead)?;
    store::find(unit, &scope, of)?.ok_or(PartyRefused::NotFound)?;
    Ok(store::relations_of(unit, of, wanted, limit)?)
}

/// A relation in which a party of the caller's region stands, on either side.
pub fn find_relation(
    unit: &mut Read<'_>,
    caller: &Caller,
    of: Id<kind::Party>,
    id: Id<kind::Relation>,
    known: Known,
) -> Result<Relation, PartyError> {
    let scope = caller.permit(Permission::PartiesRead)?;
    store::find(unit, &scope, of)?.ok_or(PartyRefused::NotFound)?;
    store::relation(unit, of, id, known)?.ok_or(PartyRefused::NotFound.into())
}

/// The ties by which some parties could be related to each other within a number of steps, in force on any of some days:
/// all that [`ties::related`] goes by.
pub fn ties_around(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Party>],
    days: &[NaiveDate],
    depth: i64,
) -> Result<Vec<Tie>, StorageError> {
    store::ties_around(unit, ids, days, depth)
}

fn journal_relation(
    unit: &mut Write<'_>,
    caller: &Caller,
    action: Action,
    party: &Party,
    (it, because): (&Relation, Option<Value>),
) -> Result<Id<kind::Entry>, StorageError> {
    let mut facts = json!({
        "relation_id": it.id, "from_id": it.from_id, "to_id": it.to_id, "kind": it.kind, "share": it.share,
        "post": it.post, "period": it.period, "version": it.version,
    });
    if let (Some(because), Some(facts)) = (because, facts.as_object_mut()) {
        let name = match it.period.days() {
            _ if action == RELATED => "shown_by",
            None => "never_was",
            Some(_) => "put_right",
        };
        facts.insert(name.to_owned(), because);
    }
    let subjects = [it.id.seen_as(), it.from_id.seen_as(), it.to_id.seen_as()];
    journal::append(unit, &caller.actor(), &Record::new(action, party.region_code, &subjects, &facts))
}

/// Names and identifiers stay out of the journal: a person's data can be erased, an entry cannot.
fn journal_change(
    unit: &mut Write<'_>,
    caller: &Caller,
    action: Action,
    party: &Party,
) -> Result<Id<kind::Entry>, StorageError> {
    let facts = json!({
        "party_id": party.id, "kind": party.kind, "region_code": party.region_code, "ended_on": party.ended_on,
        "successor_id": party.successor_id, "version": party.version,
    });
    let subjects: Vec<_> = std::iter::once(party.id).chain(party.successor_id).map(Id::seen_as).collect();
    journal::append(unit, &caller.actor(), &Record::new(action, party.region_code, &subjects, &facts))
}
