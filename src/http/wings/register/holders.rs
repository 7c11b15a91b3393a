//! Who holds the rights in many assets at once: in those of a list, or in all of a region.

use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    http::shell::{
        ask::{Asking, Reading, lines, settled},
        problem::Problem,
        routes::Routes,
    },
    register::{
        codes::RightKind,
        holdings::{self, Asked, ManyHolders, Piece, RightHolders},
        rights::Holding,
    },
    values::{Id, RegionCode, Share, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(of_list).service(of_region);
}

/// About which assets somebody asks.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct HoldersRequest {
    /// The assets. One that is named twice is answered once.
    #[schema(value_type = Vec<uuid::Uuid>, min_items = 1, max_items = 10_000)]
    asset_ids: Vec<Id<kind::Asset>>,
    /// The day on which the rights hold; today unless said.
    #[schema(example = "2025-07-01")]
    as_of: Option<NaiveDate>,
    /// As the registry knew it at this instant; now unless said.
    #[schema(example = "2025-07-01T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
    /// Only this one of the three rights.
    kind: Option<RightKind>,
}

impl From<&HoldersRequest> for Asked {
    fn from(request: &HoldersRequest) -> Self {
        Self { as_of: request.as_of, known_at: request.known_at, kind: request.kind }
    }
}

/// A holder of a right, among those of many assets.
#[derive(Debug, Serialize, ToSchema)]
struct ShareResponse {
    /// Who holds.
    #[schema(value_type = uuid::Uuid)]
    holder_id: Id<kind::Party>,
    /// How much of the whole right.
    share: Share,
    /// Whether it rests with an owner because nobody else was granted it.
    residual: bool,
}

impl From<Holding> for ShareResponse {
    fn from(it: Holding) -> Self {
        Self { holder_id: it.holder_id, share: it.share, residual: it.residual }
    }
}

/// Who holds one of the rights in an asset.
#[derive(Debug, Serialize, ToSchema)]
struct RightHoldersResponse {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// Which of the three rights.
    kind: RightKind,
    /// Its holders, whose shares sum to 1; nobody before first registration.
    holders: Vec<ShareResponse>,
}

impl From<RightHolders> for RightHoldersResponse {
    fn from(it: RightHolders) -> Self {
        Self {
            asset_id: it.asset_id,
            kind: it.kind,
            holders: it.holders.into_iter().map(ShareResponse::from).collect(),
        }
    }
}

/// Who holds the rights in the assets of a list.
#[derive(Debug, Serialize, ToSchema)]
struct HoldersResponse {
    /// The day on which they hold.
    as_of: NaiveDate,
    /// The instant at which the registry knew it.
    known_at: DateTime<Utc>,
    /// The holders of each right, asset by asset in the order of the list.
    items: Vec<RightHoldersResponse>,
    /// What is no asset of the caller's region.
    #[schema(value_type = Vec<uuid::Uuid>)]
    not_found: Vec<Id<kind::Asset>>,
}

impl From<ManyHolders> for HoldersResponse {
    fn from(found: ManyHolders) -> Self {
        Self {
            as_of: found.when.as_of,
            known_at: found.when.known_at,
            items: found.items.into_iter().map(RightHoldersResponse::from).collect(),
            not_found: found.not_found,
        }
    }
}

/// Tells who holds the rights in many assets.
///
/// Up to 10,000 assets on one day, all at the same moment. Nothing is stored, so that no `Idempotency-Key` is needed.
#[utoipa::path(tag = "register", operation_id = "query_holders", security(("bearer" = ["assets:read"])),
    request_body = HoldersRequest, responses(
    (status = 200, description = "The holders", body = HoldersResponse)))]
#[post("/v1/queries/holders")]
async fn of_list(asked: Asking<HoldersRequest>) -> Result<HttpResponse, Problem> {
    settled(&asked.registry, asked.content.known_at).await?;
    asked
        .compute(|unit, caller, content| {
            Ok(HoldersResponse::from(holdings::holders_of(
                unit,
                caller,
                &content.asset_ids,
                &content.into(),
            )?))
        })
        .await
}

/// Which region somebody asks about.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RegionHoldersQuery {
    /// The region, with everything under it.
    #[param(inline)]
    region_code: RegionCode,
    /// The day on which the rights hold; today unless said.
    #[param(example = "2025-07-01")]
    as_of: Option<NaiveDate>,
    /// As the registry knew it at this instant; now unless said.
    #[param(example = "2025-07-01T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
    /// Only this one of the three rights.
    #[param(inline)]
    kind: Option<RightKind>,
}

impl From<&RegionHoldersQuery> for Asked {
    fn from(query: &RegionHoldersQuery) -> Self {
        Self { as_of: query.as_of, known_at: query.known_at, kind: query.kind }
    }
}

/// The last line of the answer for a region. Where it is missing, the answer was cut short.
#[derive(Debug, Serialize, ToSchema)]
struct HoldersEnd {
    /// The day on which they hold.
    as_of: NaiveDate,
    /// The instant at which the registry knew it.
    known_at: DateTime<Utc>,
    /// How many assets there were.
    #[schema(minimum = 0, example = 15)]
    assets: usize,
}

/// A line of the answer for a region: who holds a right in an asset, or that there are no more.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it only documents the lines, which are written as what they are")]
enum HoldersLine {
    /// Who holds a right in an asset.
    Holders(RightHoldersResponse),
    /// There are no more.
    End(HoldersEnd),
}

/// Tells who holds the rights in all assets of a region, line by line.
///
/// Each line is a JSON object: the holders of each right, asset by asset, by region and then in the order of recording.
/// The last line says how many assets there were; an answer without it was cut short. All lines are of the same moment.
#[utoipa::path(tag = "register", operation_id = "stream_holders", security(("bearer" = ["assets:read"])), extensions(("x-may-lag" = json!(true))),
    params(RegionHoldersQuery), responses(
    (status = 200, description = "The holders, one line for each right in each asset", body = Vec<HoldersLine>,
        content_type = "application/x-ndjson"),
    (status = 403, description = "`out_of_scope`")))]
#[get("/v1/queries/holders")]
async fn of_region(asked: Reading<RegionHoldersQuery>) -> Result<HttpResponse, Problem> {
    settled(&asked.registry, asked.query.known_at).await?;
    asked
        .stream(|unit, caller, query, outlet| {
            holdings::holders_in(unit, caller, query.region_code, &query.into(), &mut |piece| {
                Ok(outlet.tell(written(piece)?)?)
            })
        })
        .await
}

/// A piece of the answer as lines.
fn written(piece: Piece) -> Result<actix_web::web::Bytes, Problem> {
    match piece {
        Piece::Holders(items) => lines(items.into_iter().map(RightHoldersResponse::from)),
        Piece::End { when, assets } => {
            lines([HoldersEnd { as_of: when.as_of, known_at: when.known_at, assets }])
        }
    }
}
