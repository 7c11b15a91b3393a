//! The table of delegations.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::{
    identity::delegations::{DelegatedStep, Delegation, Direction, EndedBecause, Wanted},
    storage::{Read, StorageError, Write, schema::delegations},
    values::{Id, Period, RegionCode, Scope, id::kind},
};

#[derive(Debug, Queryable, Insertable, Selectable)]
#[diesel(table_name = delegations)]
#[diesel(treat_none_as_default_value = false)]
struct Row {
    id: Id<kind::Delegation>,
    from_id: Id<kind::User>,
    to_id: Id<kind::User>,
    steps: String,
    region_code: Option<RegionCode>,
    listed_in: Option<RegionCode>,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    reason: String,
    given_at: NaiveDateTime,
    ended_at: Option<NaiveDateTime>,
    ended_because: Option<EndedBecause>,
}

impl TryFrom<Row> for Delegation {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let corrupt = || StorageError::Corrupt(format!("delegation {}", row.id));
        let steps: Result<Vec<DelegatedStep>, _> =
            row.steps.split_ascii_whitespace().map(str::parse).collect();
        Ok(Self {
            id: row.id,
            from_id: row.from_id,
            to_id: row.to_id,
            steps: steps.map_err(|_| corrupt())?,
            region_code: row.region_code,
            listed_in: row.listed_in,
            period: Period::new(row.valid_from, Some(row.valid_to)).map_err(|_| corrupt())?,
            reason: row.reason,
            given_at: row.given_at.and_utc(),
            ended: row.ended_at.map(|it| it.and_utc()).zip(row.ended_because),
        })
    }
}

pub(super) fn insert(unit: &mut Write<'_>, it: &Delegation) -> Result<(), StorageError> {
    let row = Row {
        id: it.id,
        from_id: it.from_id,
        to_id: it.to_id,
        steps: it.steps.iter().map(|it| it.code()).collect::<Vec<_>>().join(" "),
        region_code: it.region_code,
        listed_in: it.listed_in,
        valid_from: it.period.from(),
        valid_to: it.period.to().unwrap_or(NaiveDate::MAX),
        reason: it.reason.clone(),
        given_at: it.given_at.naive_utc(),
        ended_at: None,
        ended_because: None,
    };
    unit.change(
        diesel::insert_into(delegations::table).values((row, delegations::salt.eq(Id::unguessable()))),
    )?;
    Ok(())
}

pub(super) fn end(
    unit: &mut Write<'_>,
    id: Id<kind::Delegation>,
    (at, because): (DateTime<Utc>, EndedBecause),
    by: Option<Id<kind::User>>,
) -> Result<(), StorageError> {
    unit.alter(
        delegations::table.find(id),
        (
            delegations::ended_at.eq(at.naive_utc()),
            delegations::ended_because.eq(because),
            delegations::ended_by.eq(by),
        ),
    )?;
    Ok(())
}

pub(super) fn find(
    unit: &mut Read<'_>,
    id: Id<kind::Delegation>,
) -> Result<Option<Delegation>, StorageError> {
    let row: Option<Row> =
        delegations::table.find(id).select(Row::as_select()).first(unit.conn()).optional()?;
    row.map(Delegation::try_from).transpose()
}

/// What a user gave or received that has neither ended nor run out, the earliest first.
pub(super) fn standing(unit: &mut Read<'_>, user: Id<kind::User>) -> Result<Vec<Delegation>, StorageError> {
    let today = unit.today();
    let rows: Vec<Row> = delegations::table
        .filter(delegations::from_id.eq(user).or(delegations::to_id.eq(user)))
        .filter(delegations::ended_at.is_null())
        .filter(delegations::valid_to.gt(today))
        .order(delegations::id)
        .select(Row::as_select())
        .load(unit.conn())?;
    rows.into_iter().map(Delegation::try_from).collect()
}

/// What a user gave of which a day lies within a year of today, or later.
pub(super) fn given_by(unit: &mut Read<'_>, user: Id<kind::User>) -> Result<Vec<Delegation>, StorageError> {
    let earliest = unit.today().checked_sub_days(Days::new(366)).unwrap_or(NaiveDate::MIN);
    let rows: Vec<Row> = delegations::table
        .filter(delegations::from_id.eq(user))
        .filter(delegations::valid_to.gt(earliest))
        .select(Row::as_select())
        .load(unit.conn())?;
    rows.into_iter().map(Delegation::try_from).collect()
}

/// Delegations in their order: those of a user, or those of a scope.
pub(super) fn list(
    unit: &mut Read<'_>,
    scope: &Scope,
    own: Option<Id<kind::User>>,
    wanted: &Wanted,
    limit: i64,
) -> Result<Vec<Delegation>, StorageError> {
    let mut query =
        delegations::table.order(delegations::id).limit(limit).select(Row::as_select()).into_boxed();
    match (own, wanted.direction) {
        (Some(user), Some(Direction::Given)) => query = query.filter(delegations::from_id.eq(user)),
        (Some(user), Some(Direction::Received)) => query = query.filter(delegations::to_id.eq(user)),
        (Some(user), None) => {
            query = query.filter(delegations::from_id.eq(user).or(delegations::to_id.eq(user)));
        }
        (None, _) if scope.region().is_some() => {
            query = query.filter(delegations::listed_in.between(scope.first(), scope.last()));
        }
        (None, _) => {}
    }
    if let Some(on) = wanted.on {
        query = query
            .filter(delegations::valid_from.le(on))
            .filter(delegations::valid_to.gt(on))
            .filter(delegations::ended_at.is_null());
    }
    if let Some(after) = wanted.after {
        query = query.filter(delegations::id.gt(after));
    }
    let rows: Vec<Row> = query.load(unit.conn())?;
    rows.into_iter().map(Delegation::try_from).collect()
}
