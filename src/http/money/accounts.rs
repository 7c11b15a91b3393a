//! Accounts, the ledger and the feed of income records on the wire.

use actix_web::{HttpResponse, get};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    http::{
        answer::{Fetched, Resource},
        ask::{Reading, confined},
        paging::{ListResponse, PAGE, PAGE_MAX, Page},
        problem::Problem,
    },
    money::{
        accounts::{self, Account, AccountPurpose, Wanted},
        ledger::{self, AccountTotals, Entry, IncomeRecord, PostingKind},
    },
    values::{Faults, Fen, Id, Reason, RegionCode, id::kind},
};

pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(fetch).service(entries).service(trial_balance).service(income_records);
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
struct AccountResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Account>,
    /// The party whose account it is; null for that of an asset or a region.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    party_id: Option<Id<kind::Party>>,
    /// The asset whose income it holds; null for that of a party or a region.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    asset_id: Option<Id<kind::Asset>>,
    /// The region.
    region_code: RegionCode,
    /// What its money is for.
    purpose: AccountPurpose,
    /// Its code in the accounting system for rural collective economic organisations (财会〔2023〕14号).
    #[schema(example = "322")]
    code: String,
    /// What it holds, in fen: credits less debits. Below zero only for the world outside.
    #[schema(example = 4_800_001)]
    balance_fen: i64,
    /// What was taken from it, in fen.
    #[schema(minimum = 0, example = 0)]
    debits_fen: i64,
    /// What was put into it, in fen.
    #[schema(minimum = 0, example = 4_800_001)]
    credits_fen: i64,
}

impl From<Account> for AccountResponse {
    fn from(account: Account) -> Self {
        Self {
            balance_fen: account.balance_fen(),
            id: account.id,
            party_id: account.party_id,
            asset_id: account.asset_id,
            region_code: account.region_code,
            purpose: account.purpose,
            code: account.code,
            debits_fen: account.debits_fen,
            credits_fen: account.credits_fen,
        }
    }
}

impl Resource for AccountResponse {
    fn location(&self) -> String {
        format!("/v1/accounts/{}", self.id)
    }

    /// Every row of the ledger makes one of the two sums greater, so that their sum tells every state apart.
    fn version(&self) -> Option<i64> {
        Some(self.debits_fen.saturating_add(self.credits_fen))
    }
}

/// Which accounts are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AccountsQuery {
    /// Only accounts of this party.
    #[param(value_type = Option<uuid::Uuid>)]
    party_id: Option<Id<kind::Party>>,
    /// Only the account of this asset.
    #[param(value_type = Option<uuid::Uuid>)]
    asset_id: Option<Id<kind::Asset>>,
    /// Only accounts for this purpose.
    #[param(inline)]
    purpose: Option<AccountPurpose>,
    /// Only those of this region and what is under it.
    #[param(value_type = Option<String>, pattern = "^[1-9][0-9]{11}$", example = "130828101000")]
    region_code: Option<RegionCode>,
    /// How many items at most; 50 unless said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists accounts.
#[utoipa::path(tag = "money", operation_id = "list_accounts", security(("bearer" = ["money:read"])), params(AccountsQuery), responses(
    (status = 200, description = "Accounts by region", body = ListResponse<AccountResponse>)))]
#[get("/v1/accounts")]
async fn list(asked: Reading<AccountsQuery>) -> Result<HttpResponse, Problem> {
    let Reading { registry, caller, query, request } = asked;
    let filters = (query.party_id, query.asset_id, query.purpose, query.region_code);
    let page =
        Page::<(RegionCode, Id<kind::Account>)>::asked("accounts", &filters, query.limit, query.cursor.as_deref())?;
    let scope = confined(&caller, query.region_code)?;
    let wanted = Wanted {
        party_id: query.party_id,
        asset_id: query.asset_id,
        purpose: query.purpose,
        after: page.after,
    };
    let limit = page.look_for();
    let found =
        registry.storage.read(move |unit| accounts::list(unit, &caller, &scope, &wanted, limit)).await?;
    page.answer(&request, found, |it| (it.region_code, it.id), AccountResponse::from)
}

/// At which time.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AccountQuery {
    /// As it stood at the end of this day; as it stands now unless said.
    #[param(example = "2025-12-31")]
    as_of: Option<NaiveDate>,
}

/// Shows an account.
///
/// An account is opened when money first reaches it; before that, one that a preview has named is not found.
#[utoipa::path(tag = "money", operation_id = "get_account", security(("bearer" = ["money:read"])),
    params(("id" = uuid::Uuid, Path, description = "The account"), AccountQuery), responses(
    (status = 200, description = "The account", body = AccountResponse)))]
#[get("/v1/accounts/{id}")]
async fn fetch(asked: Reading<AccountQuery>) -> Result<Fetched<AccountResponse>, Problem> {
    let id = asked.id("id")?;
    asked.fetch(move |unit, caller, query| Ok(accounts::find(unit, caller, id, query.as_of)?.into())).await
}

/// A row of the ledger: an amount that left one account and entered another.
#[derive(Debug, Serialize, ToSchema)]
struct EntryResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::LedgerEntry>,
    /// When it was recorded.
    at: DateTime<Utc>,
    /// The day to which it belongs.
    #[schema(example = "2025-07-01")]
    booked_on: NaiveDate,
    /// The account that it was taken from.
    #[schema(value_type = uuid::Uuid)]
    debit_account_id: Id<kind::Account>,
    /// The account that it was put into.
    #[schema(value_type = uuid::Uuid)]
    credit_account_id: Id<kind::Account>,
    /// How much, in fen.
    amount_fen: Fen,
    /// Why.
    kind: PostingKind,
    /// What the money is for.
    purpose: AccountPurpose,
    /// The asset that it concerns.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    asset_id: Option<Id<kind::Asset>>,
    /// The party that it concerns.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    party_id: Option<Id<kind::Party>>,
    /// The case of the distribution behind it.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    case_id: Option<Id<kind::Case>>,
    /// The receipt behind it.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    receipt_id: Option<Id<kind::Receipt>>,
    /// The payment behind it.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    payment_id: Option<Id<kind::Payment>>,
    /// The row that it reverses.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    reverses_id: Option<Id<kind::LedgerEntry>>,
}

impl From<Entry> for EntryResponse {
    fn from(entry: Entry) -> Self {
        let posting = entry.posting;
        Self {
            id: entry.id,
            at: entry.recorded_at,
            booked_on: posting.booked_on,
            debit_account_id: posting.debit,
            credit_account_id: posting.credit,
            amount_fen: posting.amount,
            kind: posting.kind,
            purpose: posting.purpose,
            asset_id: posting.asset_id,
            party_id: posting.party_id,
            case_id: posting.case_id,
            receipt_id: posting.receipt_id,
            payment_id: posting.payment_id,
            reverses_id: posting.reverses_id,
        }
    }
}

/// Where in the list to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct EntriesQuery {
    /// How many items at most; 50 unless said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists what moved through an account.
#[utoipa::path(tag = "money", operation_id = "list_account_entries", security(("bearer" = ["money:read"])),
    params(("id" = uuid::Uuid, Path, description = "The account"), EntriesQuery), responses(
    (status = 200, description = "Rows of the ledger in the order of their recording", body = ListResponse<EntryResponse>)))]
#[get("/v1/accounts/{id}/entries")]
async fn entries(asked: Reading<EntriesQuery>) -> Result<HttpResponse, Problem> {
    let account: Id<kind::Account> = asked.id("id")?;
    let Reading { registry, caller, query, request } = asked;
    let page = Page::<Id<kind::LedgerEntry>>::asked("entries", &account, query.limit, query.cursor.as_deref())?;
    let (after, limit) = (page.after, page.look_for());
    let found =
        registry.storage.snapshot(move |unit| ledger::of_account(unit, &caller, account, after, limit)).await?;
    page.answer(&request, found, |it| it.id, EntryResponse::from)
}

/// Of which region, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TrialBalanceQuery {
    /// The region, with everything under it; all that the caller sees unless said.
    #[param(value_type = Option<String>, pattern = "^[1-9][0-9]{11}$", example = "130828101000")]
    region_code: Option<RegionCode>,
    /// What was booked up to the end of this day; today unless said.
    #[param(example = "2025-12-31")]
    as_of: Option<NaiveDate>,
}

/// What the rows of a region did to an account.
#[derive(Debug, Serialize, ToSchema)]
struct AccountTotalsResponse {
    /// The account.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Account>,
    /// The party whose account it is.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    party_id: Option<Id<kind::Party>>,
    /// The asset whose account it is.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    asset_id: Option<Id<kind::Asset>>,
    /// What its money is for.
    purpose: AccountPurpose,
    /// Its code in the accounting system.
    #[schema(example = "322")]
    code: String,
    /// Credits less debits, in fen.
    #[schema(example = 4_800_001)]
    balance_fen: i64,
    /// What was taken from it, in fen.
    #[schema(minimum = 0, example = 0)]
    debits_fen: i64,
    /// What was put into it, in fen.
    #[schema(minimum = 0, example = 4_800_001)]
    credits_fen: i64,
}

impl From<AccountTotals> for AccountTotalsResponse {
    fn from(totals: AccountTotals) -> Self {
        Self {
            id: totals.account_id,
            party_id: totals.party_id,
            asset_id: totals.asset_id,
            purpose: totals.purpose,
            code: totals.code,
            balance_fen: totals.credits_fen.saturating_sub(totals.debits_fen),
            debits_fen: totals.debits_fen,
            credits_fen: totals.credits_fen,
        }
    }
}

/// A trial balance.
#[derive(Debug, Serialize, ToSchema)]
struct TrialBalanceResponse {
    /// The region whose rows were summed: that part of what was asked for which the caller sees; null for all.
    #[schema(required)]
    region_code: Option<RegionCode>,
    /// The last day whose rows were summed.
    #[schema(example = "2025-12-31")]
    as_of: NaiveDate,
    /// The sum of all debits, in fen.
    #[schema(minimum = 0, example = 14_400_002)]
    debits_fen: i64,
    /// The sum of all credits, in fen: always that of the debits.
    #[schema(minimum = 0, example = 14_400_002)]
    credits_fen: i64,
    /// Every account that the rows touched, by code.
    accounts: Vec<AccountTotalsResponse>,
}

/// Sums the ledger of a region.
///
/// Each row takes from one account what it puts into another, so that debits always equal credits.
#[utoipa::path(tag = "money", operation_id = "get_trial_balance", security(("bearer" = ["money:read"])), params(TrialBalanceQuery), responses(
    (status = 200, description = "The trial balance", body = TrialBalanceResponse),
    (status = 403, description = "`out_of_scope`")))]
#[get("/v1/trial-balance")]
async fn trial_balance(asked: Reading<TrialBalanceQuery>) -> Result<HttpResponse, Problem> {
    asked
        .compute(|unit, caller, query| {
            let scope = confined(caller, query.region_code)?;
            let as_of = query.as_of.unwrap_or_else(|| unit.today());
            let accounts = ledger::trial_balance(unit, caller, &scope, as_of)?;
            Ok(TrialBalanceResponse {
                region_code: scope.region(),
                as_of,
                debits_fen: accounts.iter().map(|it| it.debits_fen).sum(),
                credits_fen: accounts.iter().map(|it| it.credits_fen).sum(),
                accounts: accounts.into_iter().map(AccountTotalsResponse::from).collect(),
            })
        })
        .await
}

/// Which records are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct IncomeRecordsQuery {
    /// Only records after this index: the `next_after` of the answer before; 0, or absent, for all from the start.
    #[param(minimum = -1)]
    after: Option<i64>,
    /// How many records at most; 50 unless said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

/// A movement of money, for finance systems.
#[derive(Debug, Serialize, ToSchema)]
struct IncomeRecordResponse {
    /// Its place in the feed: rising, with gaps, each once and for good. It is the index of its journal entry plus one.
    #[schema(minimum = 1, example = 1043)]
    index: i64,
    /// Why money moved.
    kind: PostingKind,
    /// The receipt that was booked, or reversed.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    receipt_id: Option<Id<kind::Receipt>>,
    /// The case of the distribution that was paid.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    distribution_id: Option<Id<kind::Case>>,
    /// The payment that was made.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    payment_id: Option<Id<kind::Payment>>,
    /// The party that it concerns: the payer of income, or the party whose account it is.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    party_id: Option<Id<kind::Party>>,
    /// The account that gained from a receipt or a distribution, or that a payment was made from. A reversal names the
    /// account of what it reverses.
    #[schema(value_type = uuid::Uuid)]
    account_id: Id<kind::Account>,
    /// The account on the other side.
    #[schema(value_type = uuid::Uuid)]
    contra_account_id: Id<kind::Account>,
    /// The asset that it concerns.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    asset_id: Option<Id<kind::Asset>>,
    /// What the money is for.
    purpose: AccountPurpose,
    /// How much, in fen; positive for a reversal too, which moves it the other way.
    amount_fen: Fen,
    /// The day to which it belongs.
    #[schema(example = "2025-07-01")]
    booked_on: NaiveDate,
    /// The row of the ledger.
    #[schema(value_type = uuid::Uuid)]
    ledger_entry_id: Id<kind::LedgerEntry>,
    /// The row that it reverses.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    reverses_id: Option<Id<kind::LedgerEntry>>,
}

impl From<IncomeRecord> for IncomeRecordResponse {
    fn from(record: IncomeRecord) -> Self {
        let posting = record.entry.posting;
        Self {
            index: record.index,
            kind: posting.kind,
            receipt_id: posting.receipt_id,
            distribution_id: posting.case_id,
            payment_id: posting.payment_id,
            party_id: posting.party_id,
            account_id: posting.account_id(),
            contra_account_id: posting.contra_account_id(),
            asset_id: posting.asset_id,
            purpose: posting.purpose,
            amount_fen: posting.amount,
            booked_on: posting.booked_on,
            ledger_entry_id: record.entry.id,
            reverses_id: posting.reverses_id,
        }
    }
}

/// Records after an index.
#[derive(Debug, Serialize, ToSchema)]
struct IncomeRecordsResponse {
    /// The records, by index.
    items: Vec<IncomeRecordResponse>,
    /// What to give as `after` next: the index of the last record here, or the `after` of the request where there is none.
    #[schema(example = 1043)]
    next_after: i64,
}

/// Reads movements of money: every one exactly once, in the order of the journal.
///
/// Records appear once they are sealed, shortly after the act; a reader keeps `next_after` and asks again.
#[utoipa::path(tag = "money", operation_id = "list_income_records", security(("bearer" = ["money:read"])), params(IncomeRecordsQuery), responses(
    (status = 200, description = "Records in order", body = IncomeRecordsResponse)))]
#[get("/v1/income-records")]
async fn income_records(asked: Reading<IncomeRecordsQuery>) -> Result<HttpResponse, Problem> {
    let Reading { registry, caller, query, .. } = asked;
    let (after, limit) = (query.after.unwrap_or(0), query.limit.unwrap_or(PAGE));
    if limit < 1 {
        return Err(Faults::one("/limit", Reason::TooSmall { min: "1".to_owned() }).into());
    }
    if limit > PAGE_MAX {
        return Err(Faults::one("/limit", Reason::TooLarge { max: PAGE_MAX.to_string() }).into());
    }
    let found =
        registry.storage.read(move |unit| ledger::income_records(unit, &caller, after, limit)).await?;
    let next_after = found.last().map_or(after, |it| it.index);
    let items = found.into_iter().map(IncomeRecordResponse::from).collect();
    Ok(HttpResponse::Ok().json(IncomeRecordsResponse { items, next_after }))
}
