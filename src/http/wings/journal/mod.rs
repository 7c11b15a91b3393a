//! The wing of the journal: its entries, and what proves them.

mod proofs;
mod tiles;

use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::shell::{ask::Reading, paging::PAGE, problem::Problem, routes::Routes},
    identity::Permission,
    journal::{
        self, Entry, EntryFilter,
        entry::{Before, CommittedRow, content_sha256},
    },
    values::{Id, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(list).configure(proofs::routes).configure(tiles::routes);
}

/// Which entries are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct JournalQuery {
    /// Only entries after this index; -1 for all.
    #[param(minimum = -1, maximum = 9_007_199_254_740_991_i64)]
    after: Option<i64>,
    /// How many entries at most; 50 unless body.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// Only entries that speak of this thing.
    #[param(value_type = Option<uuid::Uuid>)]
    subject_id: Option<Id<kind::Subject>>,
    /// Only entries of this user.
    #[param(value_type = Option<uuid::Uuid>)]
    actor_id: Option<Id<kind::User>>,
    /// Only entries of this action.
    #[param(pattern = "^[a-z_]{1,64}$", example = "asset_recorded")]
    action: Option<String>,
}

/// An entry of the journal.
#[derive(Serialize, ToSchema)]
struct EntryResponse {
    /// Its place in the journal: gapless, from 0, in the order of commits.
    #[schema(minimum = 0, example = 1042)]
    index: i64,
    /// Its identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Entry>,
    /// When it was recorded.
    at: DateTime<Utc>,
    /// The user who acted; null for the public and for the registry itself.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    actor_id: Option<Id<kind::User>>,
    /// What was done.
    #[schema(example = "asset_recorded")]
    action: String,
    /// The region; `000000000000` where it concerns none.
    #[schema(example = "130828101201")]
    region_code: String,
    /// Everything that it speaks of.
    #[schema(value_type = Vec<uuid::Uuid>)]
    subject_ids: Vec<Id<kind::Subject>>,
    /// The facts, in the order of canonical JSON (RFC 8785).
    #[schema(value_type = Object)]
    facts: Box<RawValue>,
    /// The request that asked for it.
    #[schema(required, example = "0190b6a4-7c1e-7c3e-9d1a-2f6c8a3b5d7e")]
    request_id: Option<String>,
    /// The feed that it belongs to.
    #[schema(required, example = "income")]
    feed: Option<String>,
    /// Which of its subjects it made or changed.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    changes: Option<Id<kind::Subject>>,
    /// The rows that it commits to, in the order of its content; null in an entry of the first form, which commits to none
    /// (and whose content has neither `rows` nor `changes`).
    #[schema(required)]
    rows: Option<Vec<CommittedRowResponse>>,
    /// When it was sealed, as its log entry has it; null in an entry of the first form.
    #[schema(required)]
    sealed_at: Option<DateTime<Utc>>,
    /// SHA-256 of the entry's content, in hexadecimal: what its log entry commits to.
    #[schema(
        min_length = 64,
        max_length = 64,
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    content_sha256: String,
    /// The hash of its log entry as a leaf of the tree, in base64.
    #[schema(min_length = 44, max_length = 44, example = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")]
    leaf_hash: String,
}

/// A row that an entry commits to.
#[derive(Serialize, ToSchema)]
struct CommittedRowResponse {
    /// The table.
    #[schema(example = "assets")]
    table: String,
    /// The values of its key, with `/` between them.
    #[schema(example = "0190b6a4-7c1e-7c3e-9d1a-2f6c8a3b5d7e")]
    key: String,
    /// SHA-256 of the canonical form of the row, in hexadecimal; null where the row is gone.
    #[schema(
        required,
        min_length = 64,
        max_length = 64,
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    sha256: Option<String>,
    /// The same of the row as it was before; null where it was not there. Not there itself where the entry committed to the
    /// row as it found it: its content then has three values of this row, and otherwise this as the fourth.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        value_type = Option<String>,
        min_length = 64,
        max_length = 64,
        example = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
    )]
    before_sha256: Option<Option<String>>,
}

impl From<CommittedRow> for CommittedRowResponse {
    fn from(CommittedRow(table, key, sha256, before): CommittedRow) -> Self {
        let before_sha256 = match before {
            Before::NotStated => None,
            Before::Was(before) => Some(before),
        };
        Self { table, key, sha256, before_sha256 }
    }
}

/// Entries after a cursor.
#[derive(Serialize, ToSchema)]
struct JournalResponse {
    /// The entries, by index.
    items: Vec<EntryResponse>,
    /// The index of the last entry here, to be given as `after`; the `after` of the request where there is none.
    #[schema(required, minimum = -1, maximum = 9_007_199_254_740_991_i64, example = 1042)]
    next_after: Option<i64>,
}

fn response(entry: Entry) -> Result<EntryResponse, Problem> {
    let content_sha256 = content_sha256(&entry.body.content()?);
    let body = entry.body;
    let rows = body.rows()?.into_iter().map(CommittedRowResponse::from).collect();
    let committed = body.committed;
    Ok(EntryResponse {
        feed: body.feed,
        changes: committed.as_ref().and_then(|it| it.changes),
        rows: committed.is_some().then_some(rows),
        sealed_at: committed.map(|it| it.sealed_at),
        index: entry.index,
        id: body.id,
        at: body.at,
        actor_id: body.actor_id,
        action: body.action,
        region_code: body.region_code,
        subject_ids: body.subject_ids,
        facts: RawValue::from_string(body.facts).map_err(Problem::internal)?,
        request_id: body.request_id,
        content_sha256,
        leaf_hash: entry.leaf_hash.to_string(),
    })
}

/// Reads the journal.
///
/// Entries appear once they are sealed, shortly after the act.
#[utoipa::path(tag = "journal", operation_id = "list_journal", security(("bearer" = ["journal:read"])), extensions(("x-may-lag" = json!(true))), params(JournalQuery), responses(
    (status = 200, description = "Entries in the order of the journal", body = JournalResponse)))]
#[get("/v1/journal")]
async fn list(asked: Reading<JournalQuery>) -> Result<HttpResponse, Problem> {
    let limit = asked.query.limit.unwrap_or(PAGE);
    asked
        .compute(move |unit, caller, query| {
            let scope = caller.permit(Permission::JournalRead)?;
            let wanted = EntryFilter {
                after: query.after,
                subject_id: query.subject_id,
                actor_id: query.actor_id,
                action: query.action.clone(),
            };
            let found = journal::entries(unit, &scope, &wanted, limit)?;
            let next_after = found.last().map(|it| it.index).or(query.after);
            let items = found.into_iter().map(response).collect::<Result<_, _>>()?;
            Ok(JournalResponse { items, next_after })
        })
        .await
}
