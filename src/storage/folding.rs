//! The folded form of names, by which they are searched: the column `name_folded` of every table that has one.
//!
//! It is always written together with the name. For names written by an earlier release it is filled in here, once.

use diesel::{
    QueryableByName, RunQueryDsl,
    sql_types::{BigInt, Nullable, Text},
};

use crate::{
    storage::{Read, Storage, StorageError, Upkeep, each, rows::Table, schema, sql::Uuid},
    values::{Folded, Id, id::kind},
};

/// The column of folded names.
pub(super) const NAME_FOLDED: &str = "name_folded";

/// How many names are folded in one transaction.
const AT_ONCE: i64 = 400;

/// A name in a table, with its folded form.
#[derive(Debug, QueryableByName)]
pub struct NameRow {
    /// The row.
    #[diesel(sql_type = Uuid)]
    pub id: Id<kind::Subject>,
    /// The name.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Its folded form.
    #[diesel(sql_type = Text)]
    pub name_folded: String,
}

/// The tables whose names are searched.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    schema::TABLES.iter().copied().filter(|it| it.columns.iter().any(|column| column.name == NAME_FOLDED))
}

/// A page of the names of a table, ordered by id; optionally only those that are not folded yet.
pub fn names(
    unit: &mut Read<'_>,
    table: &Table,
    only_unfolded: bool,
    after: Option<Id<kind::Subject>>,
    limit: i64,
) -> Result<Vec<NameRow>, StorageError> {
    let which = if only_unfolded { "name_folded = ''" } else { "true" };
    let text = format!(
        "select id, name, name_folded from {} where {which} and ($1 is null or id > $2) order by id limit $3",
        table.name,
    );
    Ok(each!(unit, |conn| diesel::sql_query(text)
        .bind::<Nullable<Uuid>, _>(after)
        .bind::<Nullable<Uuid>, _>(after)
        .bind::<BigInt, _>(limit)
        .load(conn))?)
}

/// Fills in the folded form of every name that has none. Returns their number.
pub fn fold_names(storage: &Storage) -> Result<usize, StorageError> {
    let mut folded = 0_usize;
    for table in tables() {
        let mut after = None;
        loop {
            let some = storage.upkeep_now(|unit| fold_some(unit, table, after))?;
            let Some((last, count)) = some else { break };
            folded = folded.saturating_add(count);
            after = Some(last);
        }
    }
    Ok(folded)
}

/// Folds the next names of a table, but for those that somebody wrote anew meanwhile. Returns the last of them, and their number.
fn fold_some(
    unit: &mut Upkeep<'_>,
    table: &Table,
    after: Option<Id<kind::Subject>>,
) -> Result<Option<(Id<kind::Subject>, usize)>, StorageError> {
    let found = names(unit, table, true, after, AT_ONCE)?;
    let Some(last) = found.last().map(|it| it.id) else { return Ok(None) };
    let places: Vec<_> = (0..found.len()).map(|it| (2 * it + 1, 2 * it + 2)).collect();
    let cases: Vec<_> = places.iter().map(|(id, text)| format!("when ${id} then ${text}")).collect();
    let ids: Vec<_> = places.iter().map(|(id, _)| format!("${id}")).collect();
    let text = format!(
        "update {} set name_folded = case id {} end where id in ({}) and name_folded = ''",
        table.name,
        cases.join(" "),
        ids.join(", "),
    );
    each!(unit, |conn| {
        let mut statement = diesel::sql_query(text).into_boxed();
        for it in &found {
            let folded = Folded::of(&it.name);
            statement = statement.bind::<Uuid, _>(it.id).bind::<Text, _>(folded.as_str().to_owned());
        }
        statement.execute(conn)
    })?;
    Ok(Some((last, found.len())))
}
