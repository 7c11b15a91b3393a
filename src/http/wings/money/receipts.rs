//! Receipts on the wire.

use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::reversal::ReversalRequest;
use crate::{
    http::shell::{
        act::{Acting, Done, DryRun, IdempotencyKey},
        answer::{Fetched, Resource},
        ask::{Reading, id_in},
        listing::{Filters, Listing},
        paging::{ListResponse, PageQuery},
        problem::Problem,
        routes::Routes,
    },
    money::receipts::{self, NewReceipt, Receipt, ReceiptKind},
    values::{Fen, Id, Period, RegionCode, id::kind, period::ClosedPeriodInput},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(record).service(list).service(fetch).service(reverse);
}

/// Money that came in.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ReceiptRequest {
    /// The asset that earned it.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// The contract under which it was owed.
    #[schema(value_type = Option<uuid::Uuid>)]
    contract_id: Option<Id<kind::Contract>>,
    /// What it was received for. Proceeds of a sale and compensation are no income and are never distributed.
    kind: ReceiptKind,
    /// Who paid.
    #[schema(value_type = uuid::Uuid)]
    payer_id: Id<kind::Party>,
    /// How much; not zero.
    #[schema(value_type = i64, format = Int64, minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 7_200_000)]
    amount_fen: Fen,
    /// The day on which it came in; not in the future.
    #[schema(example = "2025-07-03")]
    received_on: NaiveDate,
    /// The period for which it was received, with its end.
    period: ClosedPeriodInput,
    /// The document behind it.
    #[schema(value_type = Option<uuid::Uuid>)]
    document_id: Option<Id<kind::Document>>,
}

/// A receipt.
#[derive(Debug, Serialize, ToSchema)]
struct ReceiptResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Receipt>,
    /// The asset that earned it.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// The contract under which it was owed.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    contract_id: Option<Id<kind::Contract>>,
    /// What it was received for.
    kind: ReceiptKind,
    /// Who paid.
    #[schema(value_type = uuid::Uuid)]
    payer_id: Id<kind::Party>,
    /// How much.
    amount_fen: Fen,
    /// The day on which it came in.
    received_on: NaiveDate,
    /// The period for which it was received.
    period: Period,
    /// The document behind it.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    document_id: Option<Id<kind::Document>>,
    /// The region of the asset.
    region_code: RegionCode,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Whether it was reversed.
    reversed: bool,
}

impl From<Receipt> for ReceiptResponse {
    fn from(receipt: Receipt) -> Self {
        let it = receipt.received;
        Self {
            id: receipt.id,
            asset_id: it.asset_id,
            contract_id: it.contract_id,
            kind: it.kind,
            payer_id: it.payer_id,
            amount_fen: it.amount,
            received_on: it.received_on,
            period: receipt.period,
            document_id: it.document_id,
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

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// Records a receipt and books it.
///
/// Income is booked to the asset, where it waits to be distributed. Sale proceeds and compensation are no income: they are
/// divided among those to whom the asset belonged, by their shares and to the fen.
#[utoipa::path(tag = "money", operation_id = "record_receipt", security(("bearer" = ["receipts:write"])), params(IdempotencyKey, DryRun),
    request_body = ReceiptRequest, responses(
    (status = 201, description = "The receipt, booked", body = ReceiptResponse),
    (status = 409, description = "`conflict`: nobody is on record to whom the price of the asset could belong")))]
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
        let period = asked.period.parse("/period")?;
        Done::created(&ReceiptResponse::from(receipts::record(unit, caller, &receipt, period)?))
    })
    .await
}

/// Which receipts are wanted.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ReceiptsFilters {
    /// Only receipts of this asset.
    #[param(value_type = Option<uuid::Uuid>)]
    asset_id: Option<Id<kind::Asset>>,
    /// Only receipts in this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
}

impl Filters for ReceiptsFilters {
    fn region(&self) -> Option<RegionCode> {
        self.region_code
    }
}

/// Lists receipts.
#[utoipa::path(tag = "money", operation_id = "list_receipts", security(("bearer" = ["money:read"])), extensions(("x-may-lag" = json!(true))), params(ReceiptsFilters, PageQuery), responses(
    (status = 200, description = "Receipts by region and then by the time of their recording", body = ListResponse<ReceiptResponse>)))]
#[get("/v1/receipts")]
async fn list(
    asked: Listing<ReceiptsFilters, (RegionCode, Id<kind::Receipt>)>,
) -> Result<HttpResponse, Problem> {
    asked
        .answer(
            |unit, caller, it| {
                receipts::list(unit, caller, &it.scope, it.filters.asset_id, it.after, it.limit)
            },
            |it| (it.region_code, it.id),
            ReceiptResponse::from,
        )
        .await
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

/// Reverses a receipt that was booked wrongly.
///
/// Contrary rows name the rows that were wrong; nothing is deleted.
#[utoipa::path(tag = "money", operation_id = "reverse_receipt", security(("bearer" = ["payments:write"])),
    params(("id" = uuid::Uuid, Path, description = "The receipt"), IdempotencyKey, DryRun), request_body = ReversalRequest, responses(
    (status = 200, description = "The receipt as it is now", body = ReceiptResponse),
    (status = 409, description = "`conflict`: it was reversed or distributed already; `account_overdrawn`")))]
#[post("/v1/receipts/{id}/reversal")]
async fn reverse(request: HttpRequest, act: Acting<ReversalRequest>) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    act.perform(move |unit, _, caller, asked| {
        Done::changed(&ReceiptResponse::from(receipts::reverse(unit, caller, id, &asked.into())?))
    })
    .await
}
