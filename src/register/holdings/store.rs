//! Shareholdings, out of the tables of relations.

use diesel::{
    dsl::{exists, not},
    prelude::*,
};

use crate::{
    journal::Known,
    register::{
        codes::{PartyKind, RelationKind},
        holdings::{Side, When, model::Shareholding},
    },
    storage::{
        Read, StorageError,
        schema::{journal_leaves, parties, party_relations, relation_versions},
    },
    values::{Id, Share, id::kind},
};

type Row = (Id<kind::Relation>, Id<kind::Party>, Id<kind::Party>, Option<i64>, Option<i64>);

/// The shareholdings of a day that some parties have, or that others have in them; at most a number of them.
///
/// Nobody stands behind people: what somebody is recorded to hold in a household says how its members share.
pub(super) fn shareholdings(
    unit: &mut Read<'_>,
    side: Side,
    of: &[Id<kind::Party>],
    when: &When,
    limit: usize,
) -> Result<Vec<Shareholding>, StorageError> {
    let mut found = Vec::new();
    for some in of.chunks(400) {
        let most = i64::try_from(limit.saturating_sub(found.len())).unwrap_or(i64::MAX);
        let rows = match when.known {
            Known::Now => on_record(unit, side, some, when, most)?,
            Known::Through(index) => on_record_through(unit, side, some, when, most, index)?,
        };
        for (relation_id, holder_id, company_id, num, den) in rows {
            let corrupt = || StorageError::Corrupt(format!("relation {relation_id}"));
            let share = num.zip(den).and_then(|(num, den)| Share::new(num, den).ok()).ok_or_else(corrupt)?;
            found.push(Shareholding { relation_id, holder_id, company_id, share });
        }
        if found.len() >= limit {
            break;
        }
    }
    Ok(found)
}

fn people() -> Vec<PartyKind> {
    PartyKind::ALL.iter().copied().filter(|it| it.is_personal()).collect()
}

fn on_record(
    unit: &mut Read<'_>,
    side: Side,
    of: &[Id<kind::Party>],
    when: &When,
    limit: i64,
) -> Result<Vec<Row>, StorageError> {
    let query = party_relations::table
        .inner_join(parties::table.on(parties::id.eq(party_relations::to_id)))
        .filter(party_relations::kind.eq(RelationKind::Shareholder))
        .filter(party_relations::valid_from.le(when.as_of))
        .filter(party_relations::valid_to.is_null().or(party_relations::valid_to.gt(when.as_of)))
        .filter(parties::kind.ne_all(people()))
        .order(party_relations::id)
        .limit(limit)
        .select((
            party_relations::id,
            party_relations::from_id,
            party_relations::to_id,
            party_relations::share_num,
            party_relations::share_den,
        ))
        .into_boxed();
    let query = match side {
        Side::Companies => query.filter(party_relations::from_id.eq_any(of)),
        Side::Shareholders => query.filter(party_relations::to_id.eq_any(of)),
    };
    Ok(query.load(unit.conn())?)
}

/// Shareholdings as they were on record when the journal had reached an index.
fn on_record_through(
    unit: &mut Read<'_>,
    side: Side,
    of: &[Id<kind::Party>],
    when: &When,
    limit: i64,
    index: i64,
) -> Result<Vec<Row>, StorageError> {
    let (later, known) = diesel::alias!(relation_versions as later_version, journal_leaves as known_leaf);
    let known_later = later
        .inner_join(
            known.on(known.field(journal_leaves::entry_id).eq(later.field(relation_versions::entry_id))),
        )
        .filter(later.field(relation_versions::relation_id).eq(relation_versions::relation_id))
        .filter(later.field(relation_versions::version).gt(relation_versions::version))
        .filter(known.field(journal_leaves::leaf_index).le(index));
    let query = party_relations::table
        .inner_join(relation_versions::table)
        .inner_join(journal_leaves::table.on(journal_leaves::entry_id.eq(relation_versions::entry_id)))
        .inner_join(parties::table.on(parties::id.eq(party_relations::to_id)))
        .filter(party_relations::kind.eq(RelationKind::Shareholder))
        .filter(journal_leaves::leaf_index.le(index))
        .filter(not(exists(known_later)))
        .filter(party_relations::valid_from.le(when.as_of))
        .filter(relation_versions::valid_to.is_null().or(relation_versions::valid_to.gt(when.as_of)))
        .filter(parties::kind.ne_all(people()))
        .order(party_relations::id)
        .limit(limit)
        .select((
            party_relations::id,
            party_relations::from_id,
            party_relations::to_id,
            party_relations::share_num,
            party_relations::share_den,
        ))
        .into_boxed();
    let query = match side {
        Side::Companies => query.filter(party_relations::from_id.eq_any(of)),
        Side::Shareholders => query.filter(party_relations::to_id.eq_any(of)),
    };
    Ok(query.load(unit.conn())?)
}
