//! The tables of rights and instruments.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::{
    dsl::{auto_type, exists, not},
    prelude::*,
};
use serde_json::{Value, json};

use crate::{
    journal::Known,
    register::{
        codes::RightKind,
        parties,
        rights::{
            Act, Allocation, AssetMove, Bought, Granted, Instrument, InstrumentKind, LaterMove, Right, Source,
        },
    },
    storage::{
        Read, StorageError, Write, insert_all,
        schema::{
            assets, documents, instrument_documents, instrument_moves, instruments, journal_leaves,
            journal_pending, parties as party_table, rights,
        },
    },
    values::{Fen, Id, Period, Scope, Share, id::kind},
};

#[derive(Debug, Queryable, Insertable, Selectable)]
#[diesel(table_name = rights)]
#[diesel(treat_none_as_default_value = false)]
struct RightRow {
    id: Id<kind::Right>,
    asset_id: Id<kind::Asset>,
    kind: RightKind,
    holder_id: Id<kind::Party>,
    grantor_id: Option<Id<kind::Party>>,
    through: String,
    share_num: i64,
    share_den: i64,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    begun_by: Id<kind::Instrument>,
    ended_by: Option<Id<kind::Instrument>>,
    recorded_from: NaiveDateTime,
    recorded_to: Option<NaiveDateTime>,
    recorded_by: Id<kind::Entry>,
    superseded_by: Option<Id<kind::Entry>>,
}

impl TryFrom<RightRow> for Right {
    type Error = StorageError;

    fn try_from(row: RightRow) -> Result<Self, StorageError> {
        let corrupt = |_| StorageError::Corrupt(format!("right {}", row.id));
        let through = row.through.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>();
        Ok(Self {
            id: row.id,
            kind: row.kind,
            holder_id: row.holder_id,
            grantor_id: row.grantor_id,
            through: through.map_err(|_| StorageError::Corrupt(format!("right {}", row.id)))?,
            share: Share::new(row.share_num, row.share_den).map_err(corrupt)?,
            period: Period::new(row.valid_from, row.valid_to).map_err(corrupt)?,
            begun_by: row.begun_by,
            ended_by: row.ended_by,
        })
    }
}

/// The rights in an asset with their holders' names, as far as is known.
pub(super) fn named_rights(
    unit: &mut Read<'_>,
    scope: &Scope,
    asset: Id<kind::Asset>,
    known: Known,
) -> Result<Vec<(Right, String)>, StorageError> {
    if let Known::Through(index) = known {
        let rights = rights_through(unit, scope, &[asset], index)?;
        let ids: Vec<_> = rights.iter().map(|(_, it)| it.holder_id).collect();
        let names = parties::names(unit, &ids, known)?;
        let named = |it: Right| {
            let name = names.get(&it.holder_id).cloned().unwrap_or_default();
            (it, name)
        };
        return Ok(rights.into_iter().map(|(_, it)| named(it)).collect());
    }
    let rows: Vec<(RightRow, String)> = rights::table
        .inner_join(assets::table)
        .inner_join(party_table::table.on(party_table::id.eq(rights::holder_id)))
        .filter(rights::asset_id.eq(asset))
        .filter(assets::region_code.between(scope.first(), scope.last()))
        .filter(rights::recorded_to.is_null())
        .order((rights::valid_from, rights::id))
        .select((RightRow::as_select(), party_table::name))
        .load(unit.conn())?;
    rows.into_iter().map(|(row, name)| Ok((Right::try_from(row)?, name))).collect()
}

/// The rights that were on record in some assets when the journal had reached an index.
fn rights_through(
    unit: &mut Read<'_>,
    scope: &Scope,
    of: &[Id<kind::Asset>],
    index: i64,
) -> Result<Vec<(Id<kind::Asset>, Right)>, StorageError> {
    let (recorded, superseded) = diesel::alias!(journal_leaves as recorded, journal_leaves as superseded);
    let gone = superseded.field(journal_leaves::leaf_index).nullable();
    let rows: Vec<RightRow> = rights::table
        .inner_join(assets::table)
        .inner_join(recorded.on(recorded.field(journal_leaves::entry_id).eq(rights::recorded_by)))
        .left_join(
            superseded.on(superseded.field(journal_leaves::entry_id).nullable().eq(rights::superseded_by)),
        )
        .filter(rights::asset_id.eq_any(of))
        .filter(assets::region_code.between(scope.first(), scope.last()))
        .filter(recorded.field(journal_leaves::leaf_index).le(index))
        .filter(gone.is_null().or(gone.gt(index)))
        .order((rights::asset_id, rights::valid_from, rights::id))
        .select(RightRow::as_select())
        .load(unit.conn())?;
    rows.into_iter().map(|row| Ok((row.asset_id, Right::try_from(row)?))).collect()
}

/// The rights on record now in some assets.
pub(super) fn standing(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
) -> Result<Vec<(Id<kind::Asset>, Right)>, StorageError> {
    let mut found = Vec::new();
    for some in of.chunks(2000) {
        let rows: Vec<RightRow> = rights::table
            .filter(rights::asset_id.eq_any(some))
            .filter(rights::recorded_to.is_null())
            .order((rights::asset_id, rights::valid_from, rights::id))
            .select(RightRow::as_select())
            .load(unit.conn())?;
        for row in rows {
            found.push((row.asset_id, Right::try_from(row)?));
        }
    }
    Ok(found)
}

/// Every grant of a right in some assets that was ever on record, with the case that gave it.
pub(super) fn granted(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
    kind: RightKind,
) -> Result<Vec<Granted>, StorageError> {
    type Row = (RightRow, Option<Id<kind::Case>>, Option<InstrumentKind>);

    let (begun, ended) = diesel::alias!(instruments as begun, instruments as ended);
    let mut found = Vec::new();
    for some in of.chunks(2000) {
        let rows: Vec<Row> = rights::table
            .inner_join(begun.on(begun.field(instruments::id).eq(rights::begun_by)))
            .left_join(ended.on(ended.field(instruments::entry_id).nullable().eq(rights::superseded_by)))
            .filter(rights::asset_id.eq_any(some))
            .filter(rights::kind.eq(kind))
            .order((rights::asset_id, rights::valid_from, rights::id))
            .select((
                RightRow::as_select(),
                begun.field(instruments::case_id),
                ended.field(instruments::kind).nullable(),
            ))
            .load(unit.conn())?;
        for (row, case_id, ended_by) in rows {
            let is_taken_back = ended_by == Some(InstrumentKind::Correction);
            found.push(Granted {
                asset_id: row.asset_id,
                right: Right::try_from(row)?,
                case_id,
                is_taken_back,
            });
        }
    }
    Ok(found)
}

/// The entry by which a right came on record, where the journal had reached it by an index.
#[auto_type(no_type_alias)]
fn recorded_through(index: i64) -> _ {
    journal_leaves::table
        .filter(journal_leaves::entry_id.eq(rights::recorded_by))
        .filter(journal_leaves::leaf_index.le(index))
}

/// The entry by which a right was taken off the record, where the journal had reached it by an index.
#[auto_type(no_type_alias)]
fn superseded_through(index: i64) -> _ {
    journal_leaves::table
        .filter(journal_leaves::entry_id.nullable().eq(rights::superseded_by))
        .filter(journal_leaves::leaf_index.le(index))
}

/// The rights of a day in some assets, as far as is known.
pub(super) fn on_day(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
    day: NaiveDate,
    known: Known,
) -> Result<Vec<(Id<kind::Asset>, Right)>, StorageError> {
    let mut found = Vec::new();
    // Thousands of assets are asked about at once: few statements, each well below the limit of bound values.
    for some in of.chunks(2000) {
        let query = rights::table
            .filter(rights::asset_id.eq_any(some))
            .filter(rights::valid_from.le(day))
            .filter(rights::valid_to.is_null().or(rights::valid_to.gt(day)))
            .order((rights::asset_id, rights::valid_from, rights::id))
            .select(RightRow::as_select())
            .into_boxed();
        let query = match known {
            Known::Now => query.filter(rights::recorded_to.is_null()),
            Known::Through(index) => {
                query.filter(exists(recorded_through(index))).filter(not(exists(superseded_through(index))))
            }
        };
        let rows: Vec<RightRow> = query.load(unit.conn())?;
        for row in rows {
            found.push((row.asset_id, Right::try_from(row)?));
        }
    }
    Ok(found)
}

/// The assets of a scope in which some parties have ownership or a granted right on a day; at most a number of them.
pub(super) fn held_by(
    unit: &mut Read<'_>,
    scope: &Scope,
    holders: &[Id<kind::Party>],
    day: NaiveDate,
    known: Known,
    limit: usize,
) -> Result<BTreeSet<Id<kind::Asset>>, StorageError> {
    let mut found = BTreeSet::new();
    for some in holders.chunks(2000) {
        let query = rights::table
            .inner_join(assets::table)
            .filter(rights::holder_id.eq_any(some))
            .filter(assets::region_code.between(scope.first(), scope.last()))
            .filter(rights::valid_from.le(day))
            .filter(rights::valid_to.is_null().or(rights::valid_to.gt(day)))
            .order(rights::asset_id)
            .limit(i64::try_from(limit).unwrap_or(i64::MAX))
            .select(rights::asset_id)
            .distinct()
            .into_boxed();
        let query = match known {
            Known::Now => query.filter(rights::recorded_to.is_null()),
            Known::Through(index) => {
                query.filter(exists(recorded_through(index))).filter(not(exists(superseded_through(index))))
            }
        };
        found.extend(query.load::<Id<kind::Asset>>(unit.conn())?);
        if found.len() >= limit {
            break;
        }
    }
    Ok(found)
}

/// The assets in which a party holds a right that has not ended by a day; at most a number of them.
pub(super) fn held_from(
    unit: &mut Read<'_>,
    holder: Id<kind::Party>,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Asset>>, StorageError> {
    Ok(rights::table
        .filter(rights::holder_id.eq(holder))
        .filter(rights::recorded_to.is_null())
        .filter(rights::valid_to.is_null().or(rights::valid_to.gt(day)))
        .order(rights::asset_id)
        .select(rights::asset_id)
        .distinct()
        .limit(limit)
        .load(unit.conn())?)
}

/// The assets in which a party holds or held ownership or a right to the income, each with the days.
pub(super) fn earning(
    unit: &mut Read<'_>,
    holder: Id<kind::Party>,
) -> Result<Vec<(Id<kind::Asset>, Period)>, StorageError> {
    let rows: Vec<(Id<kind::Asset>, NaiveDate, Option<NaiveDate>)> = rights::table
        .filter(rights::holder_id.eq(holder))
        .filter(rights::recorded_to.is_null())
        .filter(rights::kind.eq_any([RightKind::Ownership, RightKind::Income]))
        .order(rights::asset_id)
        .select((rights::asset_id, rights::valid_from, rights::valid_to))
        .load(unit.conn())?;
    rows.into_iter()
        .map(|(asset, from, to)| {
            let corrupt = |_| StorageError::Corrupt(format!("the days of a right in asset {asset}"));
            Ok((asset, Period::new(from, to).map_err(corrupt)?))
        })
        .collect()
}

/// The assets in which a party holds a right by a row that begins on a day or later.
pub(super) fn begun_from(
    unit: &mut Read<'_>,
    holder: Id<kind::Party>,
    day: NaiveDate,
) -> Result<Vec<Id<kind::Asset>>, StorageError> {
    Ok(rights::table
        .filter(rights::holder_id.eq(holder))
        .filter(rights::recorded_to.is_null())
        .filter(rights::valid_from.ge(day))
        .order(rights::asset_id)
        .select(rights::asset_id)
        .distinct()
        .load(unit.conn())?)
}

/// Closes the recorded interval of rights, by a journal entry.
pub(super) fn close(
    unit: &mut Write<'_>,
    ids: &[Id<kind::Right>],
    entry: Id<kind::Entry>,
) -> Result<(), StorageError> {
    let now = unit.timestamp();
    if ids.is_empty() {
        return Ok(());
    }
    let closed = unit.alter(
        rights::table.filter(rights::id.eq_any(ids)),
        (rights::recorded_to.eq(now), rights::superseded_by.eq(entry)),
    )?;
    if closed == ids.len() {
        Ok(())
    } else {
        Err(StorageError::Corrupt("a right to be closed was not on record".to_owned()))
    }
}

/// Puts rights on record, by a journal entry.
pub(super) fn open(
    unit: &mut Write<'_>,
    asset: Id<kind::Asset>,
    opened: &[Right],
    entry: Id<kind::Entry>,
) -> Result<(), StorageError> {
    let rows: Vec<RightRow> = opened
        .iter()
        .map(|right| RightRow {
            id: right.id,
            asset_id: asset,
            kind: right.kind,
            holder_id: right.holder_id,
            grantor_id: right.grantor_id,
            through: right.through.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            share_num: right.share.num(),
            share_den: right.share.den(),
            valid_from: right.period.from(),
            valid_to: right.period.to(),
            begun_by: right.begun_by,
            ended_by: right.ended_by,
            recorded_from: unit.timestamp(),
            recorded_to: None,
            recorded_by: entry,
            superseded_by: None,
        })
        .collect();
    insert_all!(unit, rights::table, &rows)
}

/// What an instrument moves, without the instrument's id.
#[derive(Debug, Clone)]
pub(super) struct MoveRow {
    pub(super) asset_id: Id<kind::Asset>,
    pub(super) kind: RightKind,
    pub(super) from_id: Option<Id<kind::Party>>,
    pub(super) to_id: Option<Id<kind::Party>>,
    pub(super) share: Share,
    pub(super) consideration: Option<Fen>,
}

impl MoveRow {
    /// What first registration gives: from nobody.
    pub(super) const fn first(asset: Id<kind::Asset>, it: &Allocation) -> Self {
        Self::from_nobody(asset, it.kind, it.holder_id, it.share)
    }

    /// A share that begins with this act.
    pub(super) const fn from_nobody(
        asset_id: Id<kind::Asset>,
        kind: RightKind,
        holder: Id<kind::Party>,
        share: Share,
    ) -> Self {
        Self { asset_id, kind, from_id: None, to_id: Some(holder), share, consideration: None }
    }

    pub(super) const fn of(it: &AssetMove) -> Self {
        Self {
            asset_id: it.asset_id,
            kind: it.act.kind,
            from_id: Some(it.act.from_id),
            to_id: Some(it.act.to_id),
            share: it.act.share,
            consideration: it.consideration,
        }
    }

    pub(super) fn facts(&self) -> Value {
        json!({
            "asset_id": self.asset_id, "right": self.kind, "from_id": self.from_id, "to_id": self.to_id,
            "share": self.share, "consideration_fen": self.consideration,
        })
    }

    pub(super) fn subjects(&self) -> Vec<Id<kind::Subject>> {
        let parties = [self.from_id, self.to_id].into_iter().flatten().map(Id::seen_as);
        std::iter::once(self.asset_id.seen_as()).chain(parties).collect()
    }
}

#[derive(Insertable)]
#[diesel(table_name = instruments)]
struct InstrumentRow {
    id: Id<kind::Instrument>,
    kind: InstrumentKind,
    case_id: Option<Id<kind::Case>>,
    effective_on: NaiveDate,
    recorded_at: NaiveDateTime,
    entry_id: Id<kind::Entry>,
}

#[derive(Insertable)]
#[diesel(table_name = instrument_moves)]
#[diesel(treat_none_as_default_value = false)]
struct InstrumentMoveRow {
    instrument_id: Id<kind::Instrument>,
    ordinal: i32,
    asset_id: Id<kind::Asset>,
    kind: RightKind,
    from_id: Option<Id<kind::Party>>,
    to_id: Option<Id<kind::Party>>,
    share_num: i64,
    share_den: i64,
    consideration_fen: Option<Fen>,
}

#[derive(Insertable)]
#[diesel(table_name = instrument_documents)]
struct InstrumentDocumentRow {
    instrument_id: Id<kind::Instrument>,
    document_id: Id<kind::Document>,
}

pub(super) fn insert_instrument(
    unit: &mut Write<'_>,
    id: Id<kind::Instrument>,
    instrument: &Instrument<'_>,
    entry_id: Id<kind::Entry>,
    moves: &[MoveRow],
) -> Result<(), StorageError> {
    let row = InstrumentRow {
        id,
        kind: instrument.kind,
        case_id: Some(instrument.case_id),
        effective_on: instrument.effective_on,
        recorded_at: unit.timestamp(),
        entry_id,
    };
    unit.change(diesel::insert_into(instruments::table).values(row))?;
    let moved: Vec<InstrumentMoveRow> = (0..)
        .zip(moves)
        .map(|(ordinal, it)| InstrumentMoveRow {
            instrument_id: id,
            ordinal,
            asset_id: it.asset_id,
            kind: it.kind,
            from_id: it.from_id,
            to_id: it.to_id,
            share_num: it.share.num(),
            share_den: it.share.den(),
            consideration_fen: it.consideration,
        })
        .collect();
    insert_all!(unit, instrument_moves::table, &moved)?;
    let documents: Vec<InstrumentDocumentRow> = instrument
        .documents
        .iter()
        .map(|document| InstrumentDocumentRow { instrument_id: id, document_id: *document })
        .collect();
    insert_all!(unit, instrument_documents::table, &documents)
}

/// The place of an act in the journal, by which acts are ordered: whoever acts on an asset queues its entry while it holds the lock on
/// the asset, so this is the order in which they were decided. The time at which an act was recorded is that at which its unit
/// began, before it waited for the lock, and by the clock of its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// It is sealed, at an index.
    Sealed(i64),
    /// It waits to be sealed, behind all that are.
    Waiting(i64),
}

impl Place {
    /// The place of an entry by its index and its position in the queue.
    fn of(index: Option<i64>, sequence: Option<i64>) -> Self {
        index.map_or_else(|| Self::Waiting(sequence.unwrap_or(i64::MAX)), Self::Sealed)
    }
}

/// A move on record with its instrument.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) instrument_id: Id<kind::Instrument>,
    pub(super) kind: InstrumentKind,
    pub(super) case_id: Option<Id<kind::Case>>,
    pub(super) effective_on: NaiveDate,
    pub(super) recorded_at: NaiveDateTime,
    pub(super) journal_index: Option<i64>,
    pub(super) place: Place,
    pub(super) moved: MoveRow,
}

type RecordedRow = (
    (Id<kind::Instrument>, InstrumentKind, Option<Id<kind::Case>>, NaiveDate, NaiveDateTime),
    (Option<i64>, Option<i64>),
    (Id<kind::Asset>, Option<Id<kind::Party>>, Option<Id<kind::Party>>, i64, i64, Option<Fen>),
);

/// The moves of a right in some assets, in the order in which they took effect and then in that of the journal, as far as is known.
pub(super) fn moves_of(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
    kind: RightKind,
    as_of: NaiveDate,
    known: Known,
) -> Result<Vec<Recorded>, StorageError> {
    let mut query = instrument_moves::table
        .inner_join(instruments::table)
        .left_join(journal_leaves::table.on(journal_leaves::entry_id.eq(instruments::entry_id)))
        .left_join(journal_pending::table.on(journal_pending::entry_id.eq(instruments::entry_id)))
        .filter(instrument_moves::asset_id.eq_any(of))
        .filter(instrument_moves::kind.eq(kind))
        .filter(instruments::effective_on.le(as_of))
        .order((instruments::effective_on, instruments::id, instrument_moves::ordinal))
        .select((
            (
                instruments::id,
                instruments::kind,
                instruments::case_id,
                instruments::effective_on,
                instruments::recorded_at,
            ),
            (journal_leaves::leaf_index.nullable(), journal_pending::sequence.nullable()),
            (
                instrument_moves::asset_id,
                instrument_moves::from_id,
                instrument_moves::to_id,
                instrument_moves::share_num,
                instrument_moves::share_den,
                instrument_moves::consideration_fen,
            ),
        ))
        .into_boxed();
    if let Known::Through(index) = known {
        query = query.filter(journal_leaves::leaf_index.nullable().le(index));
    }
    let rows: Vec<RecordedRow> = query.load(unit.conn())?;
    let moves = rows.into_iter().map(
        |((instrument_id, of_kind, case_id, effective_on, recorded_at), (journal_index, sequence), moved)| {
            let (asset_id, from_id, to_id, num, den, consideration) = moved;
            let share = Share::new(num, den)
                .map_err(|_| StorageError::Corrupt(format!("a move of instrument {instrument_id}")))?;
            Ok(Recorded {
                instrument_id,
                kind: of_kind,
                case_id,
                effective_on,
                recorded_at,
                journal_index,
                place: Place::of(journal_index, sequence),
                moved: MoveRow { asset_id, kind, from_id, to_id, share, consideration },
            })
        },
    );
    let mut moves = moves.collect::<Result<Vec<_>, StorageError>>()?;
    moves.sort_by_key(|it| (it.effective_on, it.place));
    Ok(moves)
}

pub(super) fn given_from(
    unit: &mut Read<'_>,
    giver: Id<kind::Party>,
    day: NaiveDate,
    limit: i64,
) -> Result<Vec<Id<kind::Case>>, StorageError> {
    let cases: Vec<Option<Id<kind::Case>>> = instrument_moves::table
        .inner_join(instruments::table)
        .filter(instrument_moves::from_id.eq(giver))
        .filter(instruments::effective_on.ge(day))
        .filter(instruments::case_id.is_not_null())
        .select(instruments::case_id)
        .distinct()
        .limit(limit)
        .load(unit.conn())?;
    Ok(cases.into_iter().flatten().collect())
}

/// What anybody got of a right in some assets for money, up to a day.
pub(super) fn bought(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
    right: RightKind,
    until: NaiveDate,
) -> Result<Vec<Bought>, StorageError> {
    type Row = (
        (Id<kind::Instrument>, Option<Id<kind::Case>>, NaiveDate, Id<kind::Asset>),
        (Option<Id<kind::Party>>, Option<Id<kind::Party>>, i64, i64, Option<Fen>),
    );
    let rows: Vec<Row> = instrument_moves::table
        .inner_join(instruments::table)
        .filter(instrument_moves::asset_id.eq_any(of))
        .filter(instrument_moves::kind.eq(right))
        .filter(instruments::kind.eq_any([InstrumentKind::Transfer, InstrumentKind::Grant]))
        .filter(instruments::effective_on.le(until))
        .order((instruments::id, instrument_moves::ordinal))
        .select((
            (instruments::id, instruments::case_id, instruments::effective_on, instrument_moves::asset_id),
            (
                instrument_moves::from_id,
                instrument_moves::to_id,
                instrument_moves::share_num,
                instrument_moves::share_den,
                instrument_moves::consideration_fen,
            ),
        ))
        .load(unit.conn())?;
    rows.into_iter()
        .filter_map(|((instrument_id, case_id, effective_on, asset_id), (from_id, to_id, num, den, paid))| {
            let share = Share::new(num, den)
                .map_err(|_| StorageError::Corrupt(format!("a move of instrument {instrument_id}")));
            let (from_id, to_id) = (from_id?, to_id?);
            Some(share.map(|share| Bought {
                instrument_id,
                case_id,
                effective_on,
                asset_id,
                from_id,
                to_id,
                share,
                paid,
            }))
        })
        .collect()
}

pub(super) fn later_moves(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
    right: RightKind,
    after: NaiveDate,
) -> Result<Vec<LaterMove>, StorageError> {
    type Row = (Id<kind::Instrument>, NaiveDate, Id<kind::Asset>, Option<Id<kind::Party>>, i64, i64);
    let rows: Vec<Row> = instrument_moves::table
        .inner_join(instruments::table)
        .filter(instrument_moves::asset_id.eq_any(of))
        .filter(instrument_moves::kind.eq(right))
        .filter(instruments::effective_on.gt(after))
        .order((instruments::id, instrument_moves::ordinal))
        .select((
            instruments::id,
            instruments::effective_on,
            instrument_moves::asset_id,
            instrument_moves::from_id,
            instrument_moves::share_num,
            instrument_moves::share_den,
        ))
        .load(unit.conn())?;
    rows.into_iter()
        .filter_map(|(instrument_id, effective_on, asset_id, from_id, num, den)| {
            let share = Share::new(num, den)
                .map_err(|_| StorageError::Corrupt(format!("a move of instrument {instrument_id}")));
            from_id.map(|from_id| {
                share.map(|share| LaterMove { instrument_id, effective_on, asset_id, from_id, share })
            })
        })
        .collect()
}

/// The source documents of instruments, each with the instrument.
pub(super) fn sources_of(
    unit: &mut Read<'_>,
    ids: &[Id<kind::Instrument>],
) -> Result<Vec<(Id<kind::Instrument>, Source)>, StorageError> {
    let rows: Vec<(Id<kind::Instrument>, Id<kind::Document>, String)> = instrument_documents::table
        .inner_join(documents::table)
        .filter(instrument_documents::instrument_id.eq_any(ids))
        .order((instrument_documents::instrument_id, instrument_documents::document_id))
        .select((instrument_documents::instrument_id, instrument_documents::document_id, documents::sha256))
        .load(unit.conn())?;
    Ok(rows.into_iter().map(|(id, document_id, sha256)| (id, Source { document_id, sha256 })).collect())
}

/// Where an asset came from.
#[derive(Debug, Queryable)]
pub(super) struct Descent {
    pub(super) asset_id: Id<kind::Asset>,
    pub(super) project_id: Option<Id<kind::Project>>,
    pub(super) parent_id: Option<Id<kind::Asset>>,
    /// The day from which it counts in place of what it came from; none for what was not divided or merged.
    counts_from: Option<NaiveDate>,
}

impl Descent {
    /// Whether it was merged from others.
    pub(super) const fn is_merged(&self) -> bool {
        self.parent_id.is_none() && self.counts_from.is_some()
    }
}

/// Where some assets in a scope came from.
pub(super) fn descents(
    unit: &mut Read<'_>,
    scope: &Scope,
    of: &[Id<kind::Asset>],
) -> Result<Vec<Descent>, StorageError> {
    Ok(assets::table
        .filter(assets::id.eq_any(of))
        .filter(assets::region_code.between(scope.first(), scope.last()))
        .order(assets::id)
        .select((assets::id, assets::project_id, assets::parent_id, assets::counts_from))
        .load(unit.conn())?)
}

/// An asset, and what it was merged into.
type Merged = (Id<kind::Asset>, Id<kind::Asset>);

/// What was merged into some assets.
pub(super) fn merged_into(unit: &mut Read<'_>, of: &[Id<kind::Asset>]) -> Result<Vec<Merged>, StorageError> {
    let rows: Vec<(Id<kind::Asset>, Option<Id<kind::Asset>>)> = assets::table
        .filter(assets::merged_into_id.eq_any(of))
        .order(assets::id)
        .select((assets::id, assets::merged_into_id))
        .load(unit.conn())?;
    Ok(rows.into_iter().filter_map(|(id, into)| into.map(|into| (id, into))).collect())
}

/// The rights in some assets of a scope, as far as is known.
pub(super) fn known_rights(
    unit: &mut Read<'_>,
    scope: &Scope,
    of: &[Id<kind::Asset>],
    known: Known,
) -> Result<Vec<(Id<kind::Asset>, Right)>, StorageError> {
    match known {
        Known::Now => standing(unit, of),
        Known::Through(index) => rights_through(unit, scope, of, index),
    }
}

/// An act that ended an asset.
#[derive(Debug, Queryable)]
pub(super) struct EndOfAsset {
    pub(super) effective_on: NaiveDate,
    entry_id: Id<kind::Entry>,
}

/// The disposal of an asset, the last one recorded.
pub(super) fn disposal_of(
    unit: &mut Read<'_>,
    asset: Id<kind::Asset>,
) -> Result<Option<EndOfAsset>, StorageError> {
    let disposals: Vec<(EndOfAsset, Option<i64>, Option<i64>)> = instrument_moves::table
        .inner_join(instruments::table)
        .left_join(journal_leaves::table.on(journal_leaves::entry_id.eq(instruments::entry_id)))
        .left_join(journal_pending::table.on(journal_pending::entry_id.eq(instruments::entry_id)))
        .filter(instrument_moves::asset_id.eq(asset))
        .filter(instruments::kind.eq(InstrumentKind::Disposal))
        .select((
            (instruments::effective_on, instruments::entry_id),
            journal_leaves::leaf_index.nullable(),
            journal_pending::sequence.nullable(),
        ))
        .load(unit.conn())?;
    let last = disposals.into_iter().max_by_key(|(_, index, sequence)| Place::of(*index, *sequence));
    Ok(last.map(|(end, ..)| end))
}

/// The acts that changed rights in an asset, in the order in which they took effect and then in that of the journal, as far as is
/// known; one row for each share moved, with its right.
pub(super) fn acts_of(
    unit: &mut Read<'_>,
    asset: Id<kind::Asset>,
    known: Known,
) -> Result<Vec<(Act, RightKind)>, StorageError> {
    type ActRow = (Id<kind::Instrument>, InstrumentKind, NaiveDate, NaiveDateTime, Option<Id<kind::Case>>);
    type Row = (ActRow, RightKind, Option<i64>, Option<i64>);

    let mut query = instrument_moves::table
        .inner_join(instruments::table)
        .left_join(journal_leaves::table.on(journal_leaves::entry_id.eq(instruments::entry_id)))
        .left_join(journal_pending::table.on(journal_pending::entry_id.eq(instruments::entry_id)))
        .filter(instrument_moves::asset_id.eq(asset))
        .order((
            instruments::effective_on,
            instruments::id,
            instrument_moves::kind,
            instrument_moves::ordinal,
        ))
        .select((
            (
                instruments::id,
                instruments::kind,
                instruments::effective_on,
                instruments::recorded_at,
                instruments::case_id,
            ),
            instrument_moves::kind,
            journal_leaves::leaf_index.nullable(),
            journal_pending::sequence.nullable(),
        ))
        .into_boxed();
    if let Known::Through(index) = known {
        query = query.filter(journal_leaves::leaf_index.nullable().le(index));
    }
    let mut rows: Vec<Row> = query.load(unit.conn())?;
    rows.sort_by_key(|((_, _, effective_on, ..), _, index, sequence)| {
        (*effective_on, Place::of(*index, *sequence))
    });
    Ok(rows
        .into_iter()
        .map(|((instrument_id, kind, effective_on, recorded_at, case_id), right, ..)| {
            let recorded_at = recorded_at.and_utc();
            (Act { instrument_id, kind, effective_on, recorded_at, case_id, moved: Vec::new() }, right)
        })
        .collect())
}

/// The rights that an act took off the record, as they stood on it.
pub(super) fn closed_by(
    unit: &mut Read<'_>,
    asset: Id<kind::Asset>,
    act: &EndOfAsset,
) -> Result<Vec<Right>, StorageError> {
    let rows: Vec<RightRow> = rights::table
        .filter(rights::asset_id.eq(asset))
        .filter(rights::superseded_by.eq(act.entry_id))
        .order((rights::valid_from, rights::id))
        .select(RightRow::as_select())
        .load(unit.conn())?;
    rows.into_iter().map(Right::try_from).collect()
}

/// A party and its share.
pub(super) type Part = (Id<kind::Party>, Share);

fn parts(
    rows: Vec<(Option<Id<kind::Party>>, i64, i64)>,
    asset: Id<kind::Asset>,
) -> Result<Vec<Part>, StorageError> {
    rows.into_iter()
        .filter_map(|(party, num, den)| party.map(|it| (it, Share::new(num, den))))
        .map(|(party, share)| {
            Ok((party, share.map_err(|_| StorageError::Corrupt(format!("a share of asset {asset}")))?))
        })
        .collect()
}

/// The registered owners of an asset on a day, as the register knows them now.
pub(super) fn owners(
    unit: &mut Read<'_>,
    asset: Id<kind::Asset>,
    day: NaiveDate,
) -> Result<Vec<Part>, StorageError> {
    let rows = rights::table
        .filter(rights::asset_id.eq(asset))
        .filter(rights::kind.eq(RightKind::Ownership))
        .filter(rights::recorded_to.is_null())
        .filter(rights::valid_from.le(day))
        .filter(rights::valid_to.is_null().or(rights::valid_to.gt(day)))
        .order((rights::holder_id, rights::id))
        .select((rights::holder_id.nullable(), rights::share_num, rights::share_den))
        .load(unit.conn())?;
    parts(rows, asset)
}

/// The last day, up to a day, on which an ownership of an asset ended.
pub(super) fn end_of_ownership(
    unit: &mut Read<'_>,
    asset: Id<kind::Asset>,
    day: NaiveDate,
) -> Result<Option<NaiveDate>, StorageError> {
    Ok(rights::table
        .filter(rights::asset_id.eq(asset))
        .filter(rights::kind.eq(RightKind::Ownership))
        .filter(rights::recorded_to.is_null())
        .filter(rights::valid_to.le(day))
        .select(diesel::dsl::max(rights::valid_to))
        .first(unit.conn())?)
}

/// Who gave a party the ownership of an asset, by its last act that took effect up to a day; of the last transfer to anybody
/// where no receiver is named.
pub(super) fn givers(
    unit: &mut Read<'_>,
    asset: Id<kind::Asset>,
    receiver: Option<Id<kind::Party>>,
    day: NaiveDate,
) -> Result<Vec<Part>, StorageError> {
    let mut acts = instrument_moves::table
        .inner_join(instruments::table)
        .filter(instrument_moves::asset_id.eq(asset))
        .filter(instrument_moves::kind.eq(RightKind::Ownership))
        .filter(instrument_moves::from_id.is_not_null())
        .filter(instruments::effective_on.le(day))
        .order((instruments::effective_on.desc(), instruments::id.desc()))
        .select(instruments::id)
        .into_boxed();
    acts = match receiver {
        Some(receiver) => acts.filter(instrument_moves::to_id.eq(receiver)),
        None => acts.filter(instruments::kind.eq(InstrumentKind::Transfer)),
    };
    let last: Option<Id<kind::Instrument>> = acts.first(unit.conn()).optional()?;
    let Some(last) = last else { return Ok(Vec::new()) };
    let mut moves = instrument_moves::table
        .filter(instrument_moves::instrument_id.eq(last))
        .filter(instrument_moves::asset_id.eq(asset))
        .filter(instrument_moves::kind.eq(RightKind::Ownership))
        .order(instrument_moves::ordinal)
        .select((instrument_moves::from_id, instrument_moves::share_num, instrument_moves::share_den))
        .into_boxed();
    if let Some(receiver) = receiver {
        moves = moves.filter(instrument_moves::to_id.eq(receiver));
    }
    parts(moves.load(unit.conn())?, asset)
}

/// The cases by which some assets came of others.
pub(super) fn became_by(
    unit: &mut Read<'_>,
    of: &[Id<kind::Asset>],
) -> Result<BTreeMap<Id<kind::Asset>, Id<kind::Case>>, StorageError> {
    let mut found = BTreeMap::new();
    for some in of.chunks(2000) {
        let rows: Vec<(Id<kind::Asset>, Option<Id<kind::Case>>)> = instrument_moves::table
            .inner_join(instruments::table)
            .filter(instrument_moves::asset_id.eq_any(some))
            .filter(instrument_moves::to_id.is_not_null())
            .filter(instruments::kind.eq_any([InstrumentKind::Division, InstrumentKind::Merger]))
            .select((instrument_moves::asset_id, instruments::case_id))
            .distinct()
            .load(unit.conn())?;
        found.extend(rows.into_iter().filter_map(|(asset, case)| Some((asset, case?))));
    }
    Ok(found)
}

/// So many acts by the same papers are looked at.
const ACTS_OF_PAPERS: i64 = 500;

/// The cases that moved or granted something by papers with some bytes, with the bytes.
pub(super) fn moved_by_papers(
    unit: &mut Read<'_>,
    contents: &[String],
) -> Result<Vec<(String, Id<kind::Case>)>, StorageError> {
    let kinds = [InstrumentKind::Transfer, InstrumentKind::Grant];
    let rows: Vec<(String, Option<Id<kind::Case>>)> = documents::table
        .inner_join(instrument_documents::table.inner_join(instruments::table))
        .filter(documents::sha256.eq_any(contents))
        .filter(instruments::kind.eq_any(kinds))
        .order((documents::sha256, instruments::case_id))
        .limit(ACTS_OF_PAPERS)
        .select((documents::sha256, instruments::case_id))
        .distinct()
        .load(unit.conn())?;
    Ok(rows.into_iter().filter_map(|(content, case)| Some((content, case?))).collect())
}
