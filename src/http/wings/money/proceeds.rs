//! Proceeds on the wire.

use actix_web::{HttpResponse, get};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::shell::{
        listing::{Filters, Listing},
        paging::{ListResponse, PageQuery},
        problem::Problem,
        routes::Routes,
    },
    money::{
        MoneyError,
        proceeds::{self, Proceeds, ProceedsKind, Wanted},
    },
    values::{Fen, Id, RegionCode, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(list);
}

/// What a sale by the state or a collective, or a disposal of what is theirs, brings, and how much of it came in.
#[derive(Debug, Serialize, ToSchema)]
struct ProceedsResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Proceeds>,
    /// What brings them.
    kind: ProceedsKind,
    /// The case that brought them.
    #[schema(value_type = uuid::Uuid)]
    case_id: Id<kind::Case>,
    /// The asset that was sold or disposed of.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// The region of the asset.
    region_code: RegionCode,
    /// To whom they are owed.
    #[schema(value_type = uuid::Uuid)]
    creditor_id: Id<kind::Party>,
    /// Who owes them; null where nobody was named.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    payer_id: Option<Id<kind::Party>>,
    /// The day on which they fall due.
    due_on: NaiveDate,
    /// How much falls due.
    amount_fen: Fen,
    /// How much of it came in.
    received_fen: Fen,
    /// How much is open; 0 where they lapsed.
    open_fen: Fen,
    /// For how many days it has been overdue today; null where nothing is.
    #[schema(required, example = 12)]
    days_overdue: Option<i64>,
    /// Whether they are owed no longer, since what brought them was undone.
    lapsed: bool,
    /// When they were recorded.
    recorded_at: DateTime<Utc>,
}

impl ProceedsResponse {
    fn of((it, today): (Proceeds, NaiveDate)) -> Self {
        Self {
            open_fen: it.open(),
            days_overdue: it.overdue_days(today),
            id: it.id,
            kind: it.due.kind,
            case_id: it.case_id,
            asset_id: it.due.asset_id,
            region_code: it.due.region_code,
            creditor_id: it.due.creditor_id,
            payer_id: it.due.payer_id,
            due_on: it.due.due_on,
            amount_fen: it.due.amount,
            received_fen: it.received,
            lapsed: it.lapsed,
            recorded_at: it.recorded_at,
        }
    }
}

/// Which proceeds are wanted.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ProceedsFilters {
    /// Only those of assets in this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
    /// Only those of which something is open, or of which nothing is.
    open: Option<bool>,
    /// Only those that this party owes or is owed.
    #[param(value_type = Option<uuid::Uuid>)]
    party_id: Option<Id<kind::Party>>,
    /// Only those of this asset.
    #[param(value_type = Option<uuid::Uuid>)]
    asset_id: Option<Id<kind::Asset>>,
    /// Only those that this case brought.
    #[param(value_type = Option<uuid::Uuid>)]
    case_id: Option<Id<kind::Case>>,
}

impl Filters for ProceedsFilters {
    fn region(&self) -> Option<RegionCode> {
        self.region_code
    }
}

/// Lists the proceeds of sales and disposals, with what came in of them and what is open.
///
/// The price of what the state or a collective sold falls due, and so does what a disposal of theirs brings; receipts of kind
/// `sale_proceeds`, and of a disposal those of kind `compensation` as well, settle them. Reversing a receipt opens them again.
#[utoipa::path(tag = "money", operation_id = "list_proceeds", security(("bearer" = ["money:read"])), extensions(("x-may-lag" = json!(true))), params(ProceedsFilters, PageQuery), responses(
    (status = 200, description = "Proceeds by region and then by the time of their recording", body = ListResponse<ProceedsResponse>)))]
#[get("/v1/proceeds")]
async fn list(
    asked: Listing<ProceedsFilters, (RegionCode, Id<kind::Proceeds>)>,
) -> Result<HttpResponse, Problem> {
    asked
        .answer(
            |unit, caller, it| -> Result<_, MoneyError> {
                let ProceedsFilters { open, party_id: party, asset_id: asset, case_id: case, .. } =
                    it.filters;
                let wanted = Wanted { open, party, asset, case, after: it.after };
                let today = unit.today();
                let found = proceeds::list(unit, caller, &it.scope, &wanted, it.limit)?;
                Ok(found.into_iter().map(|it| (it, today)).collect())
            },
            |(it, _)| (it.due.region_code, it.id),
            ProceedsResponse::of,
        )
        .await
}
