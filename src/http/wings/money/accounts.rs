//! Accounts, the trial balance and the income records on the wire.

use actix_web::{HttpResponse, get};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::shell::{
        answer::{Fetched, Resource},
        ask::{NoQuery, Reading},
        listing::{Filters, Listing},
        paging::{ListResponse, PAGE, PageQuery},
        problem::Problem,
        routes::Routes,
    },
    money::{
        MoneyError,
        accounts::{self, Account, AccountPurpose},
        ledger::{self, AccountTotals, CodeTotals, Entry, InChart, IncomeRecord, PostingKind},
    },
    values::{Fen, Id, RegionCode, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(list).service(fetch).service(entries).service(trial_balance).service(income_records);
}

/// An account. Its balance is what was put into it less what was taken from it.
#[derive(Debug, Serialize, ToSchema)]
struct AccountResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Account>,
    /// The party whose account it is.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    party_id: Option<Id<kind::Party>>,
    /// The asset whose income it is.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    asset_id: Option<Id<kind::Asset>>,
    /// Where it belongs.
    region_code: RegionCode,
    /// What its money is for.
    purpose: AccountPurpose,
    /// Its code in the chart of accounts (财会〔2023〕14号).
    #[schema(example = "322")]
    code: String,
    /// What it holds, in fen; below zero only for the world outside.
    #[schema(minimum = -9_007_199_254_740_991_i64, maximum = 9_007_199_254_740_991_i64, example = 3_085_715)]
    balance_fen: i64,
    /// What was ever taken from it, in fen. What passed beyond 2^53 − 1 fen is shown as that; the balance is exact.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
    debits_fen: i64,
    /// What was ever put into it, in fen.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 3_085_715)]
    credits_fen: i64,
    /// Each row of the ledger makes one of the two sums greater, so that both together tell every state apart.
    #[serde(skip)]
    passed_fen: i64,
}

/// A sum of what passed, which is bounded by nothing, as every client can hold it.
const fn shown(fen: i64) -> i64 {
    if fen > Fen::MAX { Fen::MAX } else { fen }
}

impl From<Account> for AccountResponse {
    fn from(it: Account) -> Self {
        Self {
            balance_fen: it.balance_fen(),
            id: it.id,
            party_id: it.party_id,
            asset_id: it.asset_id,
            region_code: it.region_code,
            purpose: it.purpose,
            code: it.code,
            passed_fen: it.debits_fen.saturating_add(it.credits_fen),
            debits_fen: shown(it.debits_fen),
            credits_fen: shown(it.credits_fen),
        }
    }
}

impl Resource for AccountResponse {
    fn location(&self) -> String {
        format!("/v1/accounts/{}", self.id)
    }

    fn version(&self) -> Option<i64> {
        Some(self.passed_fen)
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        None
    }
}

/// Which accounts are wanted.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AccountsFilters {
    /// Only accounts of this party.
    #[param(value_type = Option<uuid::Uuid>)]
    party_id: Option<Id<kind::Party>>,
    /// Only accounts of this asset.
    #[param(value_type = Option<uuid::Uuid>)]
    asset_id: Option<Id<kind::Asset>>,
    /// Only accounts for this purpose.
    #[param(inline)]
    purpose: Option<AccountPurpose>,
    /// Only accounts of this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
}

impl Filters for AccountsFilters {
    fn region(&self) -> Option<RegionCode> {
        self.region_code
    }
}

/// Lists accounts.
#[utoipa::path(tag = "money", operation_id = "list_accounts", security(("bearer" = ["money:read"])), extensions(("x-may-lag" = json!(true))), params(AccountsFilters, PageQuery), responses(
    (status = 200, description = "Accounts by region", body = ListResponse<AccountResponse>)))]
#[get("/v1/accounts")]
async fn list(
    asked: Listing<AccountsFilters, (RegionCode, Id<kind::Account>)>,
) -> Result<HttpResponse, Problem> {
    asked
        .answer(
            |unit, caller, it| {
                let AccountsFilters { party_id, asset_id, purpose, .. } = it.filters;
                let wanted = accounts::Wanted { party_id, asset_id, purpose, after: it.after };
                accounts::list(unit, caller, &it.scope, &wanted, it.limit)
            },
            |it| (it.region_code, it.id),
            AccountResponse::from,
        )
        .await
}

/// As of which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AsOfQuery {
    /// The end of this day; now unless said.
    as_of: Option<NaiveDate>,
}

/// Shows an account.
///
/// It is opened when money first reaches it; until then it is not found.
#[utoipa::path(tag = "money", operation_id = "get_account", security(("bearer" = ["money:read"])),
    params(("id" = uuid::Uuid, Path, description = "The account"), AsOfQuery), responses(
    (status = 200, description = "The account", body = AccountResponse)))]
#[get("/v1/accounts/{id}")]
async fn fetch(asked: Reading<AsOfQuery>) -> Result<Fetched<AccountResponse>, Problem> {
    let id = asked.id("id")?;
    asked.fetch(move |unit, caller, query| Ok(accounts::find(unit, caller, id, query.as_of)?.into())).await
}

/// A row of the ledger: an amount that moved from one account to another.
#[derive(Debug, Serialize, ToSchema)]
struct LedgerEntryResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::LedgerEntry>,
    /// When it was recorded.
    at: DateTime<Utc>,
    /// The day on which it is booked.
    booked_on: NaiveDate,
    /// From which account.
    #[schema(value_type = uuid::Uuid)]
    debit_account_id: Id<kind::Account>,
    /// To which account.
    #[schema(value_type = uuid::Uuid)]
    credit_account_id: Id<kind::Account>,
    /// How much.
    amount_fen: Fen,
    /// Why.
    kind: PostingKind,
    /// The case that it executes.
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

impl From<Entry> for LedgerEntryResponse {
    fn from(entry: Entry) -> Self {
        let it = entry.posting;
        Self {
            id: entry.id,
            at: entry.recorded_at,
            booked_on: it.booked_on,
            debit_account_id: it.debit,
            credit_account_id: it.credit,
            amount_fen: it.amount,
            kind: it.kind,
            case_id: it.case_id,
            receipt_id: it.receipt_id,
            payment_id: it.payment_id,
            reverses_id: it.reverses_id,
        }
    }
}

/// Lists the rows of an account.
#[utoipa::path(tag = "money", operation_id = "list_account_entries", security(("bearer" = ["money:read"])), extensions(("x-may-lag" = json!(true))),
    params(("id" = uuid::Uuid, Path, description = "The account"), PageQuery), responses(
    (status = 200, description = "Rows in the order of their booking", body = ListResponse<LedgerEntryResponse>)))]
#[get("/v1/accounts/{id}/entries")]
async fn entries(asked: Listing<NoQuery, Id<kind::LedgerEntry>>) -> Result<HttpResponse, Problem> {
    let id: Id<kind::Account> = asked.id("id")?;
    asked
        .answer_whole(
            move |unit, caller, it| ledger::of_account(unit, caller, id, it.after, it.limit),
            |it| it.id,
            LedgerEntryResponse::from,
        )
        .await
}

/// Where, and up to when.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TrialBalanceFilters {
    /// Only accounts of this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
    /// Up to the end of this day; today unless said.
    as_of: Option<NaiveDate>,
}

impl Filters for TrialBalanceFilters {
    fn region(&self) -> Option<RegionCode> {
        self.region_code
    }
}

/// An account in a trial balance.
#[derive(Debug, Serialize, ToSchema)]
struct TrialBalanceAccount {
    /// The account.
    #[schema(value_type = uuid::Uuid)]
    account_id: Id<kind::Account>,
    /// The party whose account it is.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    party_id: Option<Id<kind::Party>>,
    /// The asset whose account it is.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    asset_id: Option<Id<kind::Asset>>,
    /// What its money is for.
    purpose: AccountPurpose,
    /// Its code in the chart of accounts.
    #[schema(example = "322")]
    code: String,
    /// What it holds, in fen; below zero only for the world outside.
    #[schema(minimum = -9_007_199_254_740_991_i64, maximum = 9_007_199_254_740_991_i64, example = 3_085_715)]
    balance_fen: i64,
    /// What was taken from it, in fen.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
    debits_fen: i64,
    /// What was put into it, in fen.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 3_085_715)]
    credits_fen: i64,
}

impl From<AccountTotals> for TrialBalanceAccount {
    fn from(it: AccountTotals) -> Self {
        Self {
            balance_fen: it.balance_fen(),
            account_id: it.account_id,
            party_id: it.party_id,
            asset_id: it.asset_id,
            purpose: it.purpose,
            code: it.code,
            debits_fen: shown(it.debits_fen),
            credits_fen: shown(it.credits_fen),
        }
    }
}

/// All accounts of a code in a trial balance.
#[derive(Debug, Serialize, ToSchema)]
struct TrialBalanceCode {
    /// The code in the chart of accounts.
    #[schema(example = "322")]
    code: String,
    /// What was taken from them, in fen.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
    debits_fen: i64,
    /// What was put into them, in fen.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 3_085_715)]
    credits_fen: i64,
}

/// A trial balance: what was taken from the accounts of a region and put into them, wherever the asset lies that it concerns.
#[derive(Debug, Serialize, ToSchema)]
struct TrialBalanceResponse {
    /// Up to the end of this day.
    as_of: NaiveDate,
    /// All that was taken from the accounts, in fen.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 14_400_002)]
    debits_fen: i64,
    /// All that was put into the accounts, in fen.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 14_400_002)]
    credits_fen: i64,
    /// What came in from accounts of other regions, less what went out to them, in fen: by exactly that the credits are more
    /// than the debits. Zero where no account of another region had a part in it.
    #[schema(minimum = -9_007_199_254_740_991_i64, maximum = 9_007_199_254_740_991_i64, example = 0)]
    from_elsewhere_fen: i64,
    /// The sums of all accounts, by code.
    codes: Vec<TrialBalanceCode>,
    /// The accounts of this page, by code.
    accounts: Vec<TrialBalanceAccount>,
    /// What to give as `cursor` for the next page; null on the last.
    #[schema(required, example = "eyJsaXN0IjoicGFydGllcyJ9")]
    next_cursor: Option<String>,
}

/// Shows the trial balance of a region.
///
/// The sums are those of all its accounts; the accounts themselves come page by page.
#[utoipa::path(tag = "money", operation_id = "get_trial_balance", security(("bearer" = ["money:read"])), extensions(("x-may-lag" = json!(true))), params(TrialBalanceFilters, PageQuery), responses(
    (status = 200, description = "The trial balance", body = TrialBalanceResponse)))]
#[get("/v1/trial-balance")]
async fn trial_balance(asked: Listing<TrialBalanceFilters, InChart>) -> Result<HttpResponse, Problem> {
    asked
        .answer_beside(
            |unit, caller, it| {
                let as_of = it.filters.as_of.unwrap_or_else(|| unit.today());
                let (codes, accounts) =
                    ledger::trial_balance(unit, caller, &it.scope, as_of, it.after.as_ref(), it.limit)?;
                Ok::<_, MoneyError>(((as_of, codes), accounts))
            },
            |it| (it.code.clone(), it.account_id),
            |(as_of, codes), accounts, next_cursor| {
                let sum = |side: fn(&CodeTotals) -> i64| {
                    codes.iter().fold(0_i64, |sum, it| sum.saturating_add(side(it)))
                };
                let (debits_fen, credits_fen) = (sum(|it| it.debits_fen), sum(|it| it.credits_fen));
                TrialBalanceResponse {
                    as_of,
                    debits_fen: shown(debits_fen),
                    credits_fen: shown(credits_fen),
                    from_elsewhere_fen: credits_fen
                        .saturating_sub(debits_fen)
                        .clamp(Fen::MAX.saturating_neg(), Fen::MAX),
                    codes: codes
                        .into_iter()
                        .map(|it| TrialBalanceCode {
                            code: it.code,
                            debits_fen: shown(it.debits_fen),
                            credits_fen: shown(it.credits_fen),
                        })
                        .collect(),
                    accounts: accounts.into_iter().map(TrialBalanceAccount::from).collect(),
                    next_cursor,
                }
            },
        )
        .await
}

/// From where in the feed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct IncomeQuery {
    /// Only records after this index; 0 for all.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    after: Option<i64>,
    /// How many records at most; 50 unless said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

/// A movement of money.
#[derive(Debug, Serialize, ToSchema)]
struct IncomeRecordResponse {
    /// Its place in the feed: above 0, rising, each once.
    #[schema(minimum = 1, example = 1043)]
    index: i64,
    /// Why it moved.
    kind: PostingKind,
    /// The receipt behind it.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    receipt_id: Option<Id<kind::Receipt>>,
    /// The distribution that it belongs to.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    distribution_id: Option<Id<kind::Case>>,
    /// The payment behind it.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    payment_id: Option<Id<kind::Payment>>,
    /// The party: who paid in, who was given a part, or whose account was spent from.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    party_id: Option<Id<kind::Party>>,
    /// The account: the one that was put into, or for a payment the one that was spent from; for a reversal that of what
    /// is reversed.
    #[schema(value_type = uuid::Uuid)]
    account_id: Id<kind::Account>,
    /// The account on the other side.
    #[schema(value_type = uuid::Uuid)]
    contra_account_id: Id<kind::Account>,
    /// The asset whose money it is.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    asset_id: Option<Id<kind::Asset>>,
    /// What it is for.
    purpose: AccountPurpose,
    /// How much; a reversal moves it the other way.
    amount_fen: Fen,
    /// The day on which it is booked.
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
        let it = record.entry.posting;
        Self {
            index: record.index,
            kind: it.kind,
            receipt_id: it.receipt_id,
            distribution_id: it.case_id,
            payment_id: it.payment_id,
            party_id: it.party_id,
            account_id: it.account_id(),
            contra_account_id: it.contra_account_id(),
            asset_id: it.asset_id,
            purpose: it.purpose,
            amount_fen: it.amount,
            booked_on: it.booked_on,
            ledger_entry_id: record.entry.id,
            reverses_id: it.reverses_id,
        }
    }
}

/// Movements of money after an index.
#[derive(Debug, Serialize, ToSchema)]
struct IncomeRecordsResponse {
    /// The records, by index.
    items: Vec<IncomeRecordResponse>,
    /// The index of the last record here, to be given as `after`; the `after` of the request where there is none.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 1043)]
    next_after: i64,
}

/// Reads the movements of money, for finance systems.
///
/// Each comes exactly once, in order, at any page size; a new one appears shortly after the act.
#[utoipa::path(tag = "money", operation_id = "list_income_records", security(("bearer" = ["money:read"])), extensions(("x-may-lag" = json!(true))), params(IncomeQuery), responses(
    (status = 200, description = "Records by index", body = IncomeRecordsResponse)))]
#[get("/v1/income-records")]
async fn income_records(asked: Reading<IncomeQuery>) -> Result<HttpResponse, Problem> {
    let Reading { reader, caller, query, .. } = asked;
    let (after, limit) = (query.after.unwrap_or(0), query.limit.unwrap_or(PAGE));
    let found = reader.read(move |unit| ledger::income_records(unit, &caller, after, limit)).await?;
    let next_after = found.last().map_or(after, |it| it.index);
    let items = found.into_iter().map(IncomeRecordResponse::from).collect();
    Ok(HttpResponse::Ok().json(IncomeRecordsResponse { items, next_after }))
}
