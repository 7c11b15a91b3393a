//! Receipts on the wire.

use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use crate::{
    http::{
        act::{Acting, Done, DryRun, IdempotencyKey},
        answer::{Fetched, Resource},
        ask::{Reading, confined, id_in},
        paging::{ListResponse, Page},
        problem::Problem,
    },
    money::receipts::{self, NewReceipt, Receipt, ReceiptKind, Reversal},
    values::{Fen, Id, Period, RegionCode, id::kind, period::PeriodInput},
};

pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(record).service(list).service(fetch).service(reverse);
}

/// Money that came in.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ReceiptRequest {
    /// The asset that it is for.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// The contract under which it was paid, if any: one of that asset, and only for income.
    #[schema(value_type = Option<uuid::Uuid>)]
    contract_id: Option<Id<kind::Contract>>,
    /// What for. Sale proceeds and compensation are no income: they go to the owners and are never distributed.
    kind: ReceiptKind,
    /// Who paid.
    #[schema(value_type = uuid::Uuid)]
    payer_id: Id<kind::Party>,
    /// How much, in fen.
    #[schema(value_type = i64, minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 7_200_001)]
    amount_fen: Fen,
    /// The day on which it came in, not in the future.
    #[schema(example = "2025-07-01")]
    received_on: NaiveDate,
    /// The period for which it was paid; both ends are needed.
    period: PeriodInput,
    /// The voucher.
    #[schema(value_type = Option<uuid::Uuid>)]
    document_id: Option<Id<kind::Document>>,
}

/// A receipt.
#[derive(Debug, Serialize, ToSchema)]
struct ReceiptResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Receipt>,
    /// The asset that it is for.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// The contract under which it was paid.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    contract_id: Option<Id<kind::Contract>>,
    /// What for.
    kind: ReceiptKind,
    /// Who paid.
    #[schema(value_type = uuid::Uuid)]
    payer_id: Id<kind::Party>,
    /// How much, in fen.
    amount_fen: Fen,
    /// The day on which it came in.
    #[schema(example = "2025-07-01")]
    received_on: NaiveDate,
    /// The period for which it was paid.
    period: Period,
    /// The voucher.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    document_id: Option<Id<kind::Document>>,
    /// The region: that of the asset.
    region_code: RegionCode,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Whether it was reversed.
    reversed: bool,
}

impl From<Receipt> for ReceiptResponse {
    fn from(receipt: Receipt) -> Self {
        let received = receipt.received;
        Self {
            id: receipt.id,
            asset_id: received.asset_id,
            contract_id: received.contract_id,
            kind: received.kind,
            payer_id: received.payer_id,
            amount_fen: received.amount,
            received_on: received.received_on,
            period: receipt.period,
            document_id: received.document_id,
            region_code: receipt.region_code,
            recorded_at: receipt.recorded_at,
            reversed: receipt.reversed,
        }
    }
}

impl Resource for ReceiptResponse {
    fn location(&self) -> String {
        format!("/v1/receipts/{}", self.id)
    }

    /// The only change that a receipt knows is its reversal.
    fn version(&self) -> Option<i64> {
        Some(if self.reversed { 2 } else { 1 })
    }
}

/// Records money that came in, and books it.
///
/// Income is booked to the asset, where it waits to be distributed. Sale proceeds and compensation are divided among the
/// owners by their shares, to the fen.
#[utoipa::path(tag = "money", operation_id = "record_receipt", security(("bearer" = ["receipts:write"])), params(IdempotencyKey, DryRun),
    request_body = ReceiptRequest, responses(
    (status = 201, description = "The receipt, booked", body = ReceiptResponse),
    (status = 409, description = "`conflict`: nobody owns the asset to whom its price could belong")))]
#[post("/v1/receipts")]
async fn record(act: Acting<ReceiptRequest>) -> Result<HttpResponse, Problem> {
    act.perform(|unit, _, caller, asked| {
        let receipt = NewReceipt {
            asset_id: asked.asset_id,
            contract_id: asked.contract_id,
            kind: asked.kind,
            payer_id: asked.payer_id,
            amount: asked.amount_fen,
            received_on: asked.received_on,
            document_id: asked.document_id,
        };
        let recorded = receipts::record(unit, caller, &receipt, asked.period.parse("/period")?)?;
        Done::created(&ReceiptResponse::from(recorded))
    })
    .await
}

/// Which receipts are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ReceiptsQuery {
    /// Only those for this asset.
    #[param(value_type = Option<uuid::Uuid>)]
    asset_id: Option<Id<kind::Asset>>,
    /// Only those of this region and what is under it.
    #[param(value_type = Option<String>, pattern = "^[1-9][0-9]{11}$", example = "130828101000")]
    region_code: Option<RegionCode>,
    /// How many items at most; 50 unless said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists receipts.
#[utoipa::path(tag = "money", operation_id = "list_receipts", security(("bearer" = ["money:read"])), params(ReceiptsQuery), responses(
    (status = 200, description = "Receipts by region and then by the time of their recording", body = ListResponse<ReceiptResponse>)))]
#[get("/v1/receipts")]
async fn list(asked: Reading<ReceiptsQuery>) -> Result<HttpResponse, Problem> {
    let Reading { registry, caller, query, request } = asked;
    let filters = (query.asset_id, query.region_code);
    let page =
        Page::<(RegionCode, Id<kind::Receipt>)>::asked("receipts", &filters, query.limit, query.cursor.as_deref())?;
    let scope = confined(&caller, query.region_code)?;
    let (after, limit) = (page.after, page.look_for());
    let found = registry
        .storage
        .read(move |unit| receipts::list(unit, &caller, &scope, query.asset_id, after, limit))
        .await?;
    page.answer(&request, found, |it| (it.region_code, it.id), ReceiptResponse::from)
}

/// Shows a receipt.
#[utoipa::path(tag = "money", operation_id = "get_receipt", security(("bearer" = ["money:read"])),
    params(("id" = uuid::Uuid, Path, description = "The receipt")), responses(
    (status = 200, description = "The receipt", body = ReceiptResponse)))]
#[get("/v1/receipts/{id}")]
async fn fetch(asked: Reading) -> Result<Fetched<ReceiptResponse>, Problem> {
    let id = asked.id("id")?;
    asked.fetch(move |unit, caller, _| Ok(receipts::find(unit, caller, id)?.into())).await
}

/// Why a receipt is reversed.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ReversalRequest {
    /// What was wrong. It stands in the journal for good: name nobody in it.
    #[schema(min_length = 1, max_length = 500, example = "金额录入有误，重新登记。")]
    reason: String,
    /// The day on which it is booked back; today unless said, not in the future and not before it was received.
    #[schema(example = "2025-07-02")]
    booked_on: Option<NaiveDate>,
}

/// Reverses a receipt that was booked wrongly.
///
/// Contrary rows name those that were wrong; nothing is erased. What was distributed cannot be reversed.
#[utoipa::path(tag = "money", operation_id = "reverse_receipt", security(("bearer" = ["payments:write"])),
    params(("id" = uuid::Uuid, Path, description = "The receipt"), IdempotencyKey, DryRun), request_body = ReversalRequest, responses(
    (status = 200, description = "The receipt, reversed", body = ReceiptResponse),
    (status = 409, description = "`conflict`: it was reversed or distributed; `account_overdrawn`: its money was spent")))]
#[post("/v1/receipts/{id}/reversal")]
async fn reverse(request: HttpRequest, act: Acting<ReversalRequest>) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    act.perform(move |unit, _, caller, asked| {
        let reversal = Reversal { reason: asked.reason.clone(), booked_on: asked.booked_on };
        Done::changed(&ReceiptResponse::from(receipts::reverse(unit, caller, id, &reversal)?))
    })
    .await
}
