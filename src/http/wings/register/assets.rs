//! Assets on the wire.

use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    acts::amendments::{self, Wrong, asked::AssetCorrection},
    http::shell::{
        act::{Acting, Changing, Correcting, Done, DryRun, IdempotencyKey, IfMatch},
        answer::{Fetched, Resource},
        ask::{KnownQuery, Reading, id_in},
        listing::{Filters, Listing},
        paging::{ListResponse, PageQuery},
        problem::{Code, Problem},
        routes::Routes,
    },
    journal::Known,
    register::{
        assets::{
            self, Asset, AssetRefused, AssetStatus, AssetUse, ChangedAsset, ChangedDetails, Details,
            NewAsset,
            book_value::{Pieces, WriteOff},
        },
        codes::AssetClass,
    },
    values::{
        BasisPoints, Category, Change, CorrectionReason, Fen, Id, Location, Months, Name, Period, Quantity,
        RegionCode, SearchText, Specification, Unit, id::kind,
    },
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(record).service(list).service(fetch).service(describe).service(correct).service(value);
}

impl From<AssetRefused> for Problem {
    fn from(reason: AssetRefused) -> Self {
        match reason {
            AssetRefused::NotFound => Self::new(Code::NotFound),
            AssetRefused::Outdated => Self::new(Code::PreconditionFailed),
        }
    }
}

/// An asset to be recorded.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct AssetRequest {
    /// Its name.
    name: Name,
    /// What it is for. The class never implies the owner.
    class: AssetClass,
    /// What kind of thing it is, a code in small letters. Land under contract has terms of its own (民法典 art. 332), by what it is used for:
    /// `contracted_land` and `arable_land`, `grassland`, `forest_land`; `land` alone is land that nobody has under contract.
    category: Category,
    /// Where it is: a village or a township.
    region_code: RegionCode,
    /// The project that made it.
    #[schema(value_type = Option<uuid::Uuid>)]
    project_id: Option<Id<kind::Project>>,
    /// How much of it there is, as a decimal number with at most six places.
    quantity: Quantity,
    /// In what unit.
    unit: Unit,
    /// What it cost.
    original_value_fen: Fen,
    /// The day from which it is there.
    #[schema(example = "2021-07-01")]
    acquired_on: NaiveDate,
    /// How long it serves, in months.
    service_life_months: Months,
    /// What part of its cost is left in the end, in basis points.
    residual_rate_bp: BasisPoints,
    /// Where exactly.
    location: Option<Location>,
    /// What exactly.
    specification: Option<Specification>,
}

/// What changes in the description of an asset; absent fields stay as they are.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1)]
struct AssetChangeRequest {
    /// A new name.
    #[serde(default)]
    #[schema(value_type = Name)]
    name: Option<Name>,
    /// A new location; null where there is none any more.
    #[serde(default)]
    #[schema(value_type = Option<Location>)]
    location: Change<Location>,
    /// A new specification; null where there is none any more.
    #[serde(default)]
    #[schema(value_type = Option<Specification>)]
    specification: Change<Specification>,
    /// A new use.
    #[serde(default)]
    #[schema(value_type = AssetUse)]
    status: Option<AssetUse>,
}

/// An asset.
#[derive(Debug, Serialize, ToSchema)]
struct AssetResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Asset>,
    /// The number under which people know it.
    #[schema(example = "130828101-2026-7C1EX-2F6C8")]
    registry_number: String,
    /// Its name.
    #[schema(value_type = String, example = "日光温室大棚")]
    name: Name,
    /// What it is for.
    class: AssetClass,
    /// What kind of thing it is.
    category: Category,
    /// Where it is.
    region_code: RegionCode,
    /// The project that made it.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    project_id: Option<Id<kind::Project>>,
    /// The asset that it is a part of.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    parent_id: Option<Id<kind::Asset>>,
    /// The asset that it was merged into.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    merged_into_id: Option<Id<kind::Asset>>,
    /// The days on which it counts in a total: before them what it came from does, after them what became of it. Null where
    /// it never does.
    #[schema(required)]
    counts: Option<Period>,
    /// How much of it there is.
    quantity: Quantity,
    /// In what unit.
    #[schema(value_type = String, example = "亩")]
    unit: Unit,
    /// What it cost.
    original_value_fen: Fen,
    /// The day from which it is there.
    acquired_on: NaiveDate,
    /// How long it serves, in months.
    service_life_months: Months,
    /// What part of its cost is left in the end, in basis points.
    residual_rate_bp: BasisPoints,
    /// Where exactly.
    #[schema(required, value_type = Option<String>, example = "东村三组")]
    location: Option<Location>,
    /// What exactly.
    #[schema(required, value_type = Option<String>, example = "钢骨架，50 米 × 8 米")]
    specification: Option<Specification>,
    /// How it is used.
    status: AssetStatus,
    /// The version of this record.
    #[schema(example = 1)]
    version: i64,
    /// When it was recorded.
    created_at: DateTime<Utc>,
}

impl From<Asset> for AssetResponse {
    fn from(asset: Asset) -> Self {
        let counts = asset.counts();
        let it = asset.described;
        Self {
            id: asset.id,
            registry_number: asset.registry_number,
            name: it.name,
            class: it.class,
            category: it.category,
            region_code: it.region_code,
            project_id: it.project_id,
            parent_id: asset.parent_id,
            merged_into_id: asset.merged_into_id,
            counts,
            quantity: it.quantity,
            unit: it.unit,
            original_value_fen: it.write_off.original_value,
            acquired_on: it.write_off.acquired_on,
            service_life_months: it.write_off.service_life_months,
            residual_rate_bp: it.write_off.residual_rate_bp,
            location: it.details.location,
            specification: it.details.specification,
            status: asset.status,
            version: asset.version,
            created_at: asset.created_at,
        }
    }
}

impl Resource for AssetResponse {
    fn location(&self) -> String {
        format!("/v1/assets/{}", self.id)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// Records an asset.
///
/// Nobody holds a right in it before its first registration.
#[utoipa::path(tag = "register", operation_id = "record_asset", security(("bearer" = ["assets:write"])), params(IdempotencyKey, DryRun),
    request_body = AssetRequest, responses(
    (status = 201, description = "The asset", body = AssetResponse),
    (status = 403, description = "`out_of_scope`")))]
#[post("/v1/assets")]
async fn record(act: Acting<AssetRequest>) -> Result<HttpResponse, Problem> {
    act.perform(|unit, _, caller, asked| {
        let asset = NewAsset {
            name: asked.name.clone(),
            class: asked.class,
            category: asked.category.clone(),
            region_code: asked.region_code,
            project_id: asked.project_id,
            quantity: asked.quantity.clone(),
            unit: asked.unit.clone(),
            write_off: WriteOff {
                original_value: asked.original_value_fen,
                pieces: Pieces::default(),
                acquired_on: asked.acquired_on,
                service_life_months: asked.service_life_months,
                residual_rate_bp: asked.residual_rate_bp,
            },
            details: Details { location: asked.location.clone(), specification: asked.specification.clone() },
        };
        Done::created(&AssetResponse::from(assets::record(unit, caller, &asset)?))
    })
    .await
}

/// Which assets are wanted.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AssetsFilters {
    /// Only assets of this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
    /// Only assets of this class.
    #[param(inline)]
    class: Option<AssetClass>,
    /// Only assets in this use.
    #[param(inline)]
    status: Option<AssetStatus>,
    /// Only assets of this category.
    #[param(inline)]
    category: Option<Category>,
    /// Only the parts of this asset.
    #[param(value_type = Option<uuid::Uuid>)]
    parent_id: Option<Id<kind::Asset>>,
    /// Only assets whose name contains this, whatever the case and the width of its letters.
    #[param(inline)]
    q: Option<SearchText>,
}

impl Filters for AssetsFilters {
    fn region(&self) -> Option<RegionCode> {
        self.region_code
    }
}

/// Lists assets.
#[utoipa::path(tag = "register", operation_id = "list_assets", security(("bearer" = ["assets:read"])), extensions(("x-may-lag" = json!(true))), params(AssetsFilters, PageQuery), responses(
    (status = 200, description = "Assets by region and then by the time of their recording", body = ListResponse<AssetResponse>)))]
#[get("/v1/assets")]
async fn list(asked: Listing<AssetsFilters, (RegionCode, Id<kind::Asset>)>) -> Result<HttpResponse, Problem> {
    asked
        .answer(
            |unit, caller, it| {
                let AssetsFilters { class, status, category, parent_id, q, .. } = it.filters;
                let wanted = assets::Wanted { class, status, category, parent_id, q, after: it.after };
                assets::list(unit, caller, &it.scope, &wanted, it.limit)
            },
            |it| (it.described.region_code, it.id),
            AssetResponse::from,
        )
        .await
}

/// Shows an asset.
#[utoipa::path(tag = "register", operation_id = "get_asset", security(("bearer" = ["assets:read"])),
    params(("id" = uuid::Uuid, Path, description = "The asset"), KnownQuery), responses(
    (status = 200, description = "The asset", body = AssetResponse)))]
#[get("/v1/assets/{id}")]
async fn fetch(asked: Reading<KnownQuery>) -> Result<Fetched<AssetResponse>, Problem> {
    let (id, known_at) = (asked.id("id")?, asked.query.known_at);
    asked
        .fetch_known(known_at, move |unit, caller, known| Ok(assets::find(unit, caller, id, known)?.into()))
        .await
}

/// Changes the description of an asset.
#[utoipa::path(tag = "register", operation_id = "describe_asset", security(("bearer" = ["assets:write"])),
    params(("id" = uuid::Uuid, Path, description = "The asset"), DryRun, IfMatch), request_body = AssetChangeRequest, responses(
    (status = 200, description = "The asset as it is now", body = AssetResponse)))]
#[patch("/v1/assets/{id}")]
async fn describe(
    request: HttpRequest,
    change: Changing<AssetChangeRequest>,
) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    change
        .perform(move |unit, caller, seen, asked| {
            let changed = ChangedAsset {
                name: asked.name.clone(),
                details: ChangedDetails {
                    location: asked.location.clone(),
                    specification: asked.specification.clone(),
                },
                status: asked.status,
            };
            Done::changed(&AssetResponse::from(assets::describe(unit, caller, id, seen, &changed)?))
        })
        .await
}

/// What is wrong with the record of an asset: some of it, or that it is there at all.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct AssetCorrectionRequest {
    /// What should have been recorded; absent where the record is void.
    corrected: Option<AssetCorrection>,
    /// Whether it should not have been recorded at all: it stays on record, and counts on no day.
    #[serde(default)]
    #[schema(default = false)]
    void: bool,
    /// What was wrong. It goes to the journal, so it must name nobody.
    reason: CorrectionReason,
}

/// Puts right what was recorded wrongly of an asset, while nothing rests on it.
///
/// At once, by whoever recorded it: a value typed in 万元 instead of 元, a wrong class, quantity, day or project; or all of it is
/// void. Once a case, a contract, money, a restriction or an assignment is about the asset, `POST /v1/amendments` puts it right.
/// As known before it, the registry says what it said.
#[utoipa::path(tag = "register", operation_id = "correct_asset", security(("bearer" = ["assets:write"])),
    params(("id" = uuid::Uuid, Path, description = "The asset"), IdempotencyKey, DryRun, IfMatch),
    request_body = AssetCorrectionRequest, responses(
    (status = 200, description = "The asset as it should have been recorded", body = AssetResponse),
    (status = 409, description = "`conflict`: nothing to correct, recorded by somebody else, or `resting` says what rests on it")))]
#[post("/v1/assets/{id}/corrections")]
async fn correct(
    request: HttpRequest,
    change: Correcting<AssetCorrectionRequest>,
) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    change
        .perform(move |unit, caller, seen, asked| {
            let wrong = Wrong::of(asked.corrected.as_ref(), asked.void, "")?;
            let asset = amendments::correct_asset(unit, caller, id, seen, wrong, &asked.reason)?;
            Done::changed(&AssetResponse::from(asset))
        })
        .await
}

/// On which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ValueQuery {
    /// The day; today unless said.
    on: Option<NaiveDate>,
}

/// What an asset is worth in the books on a day.
#[derive(Debug, Serialize, ToSchema)]
struct ValueResponse {
    /// The day.
    on: NaiveDate,
    /// What it cost.
    original_value_fen: Fen,
    /// What it has lost, month by month in a straight line.
    accumulated_depreciation_fen: Fen,
    /// What is left; never below the residual value.
    book_value_fen: Fen,
}

/// Shows what an asset is worth in the books on a day.
///
/// Nothing on a day on which it does not count: an asset that is divided or gone has left the books, and its parts were
/// not in them before.
#[utoipa::path(tag = "register", operation_id = "get_asset_value", security(("bearer" = ["assets:read"])), extensions(("x-may-lag" = json!(true))),
    params(("id" = uuid::Uuid, Path, description = "The asset"), ValueQuery), responses(
    (status = 200, description = "The value", body = ValueResponse)))]
#[get("/v1/assets/{id}/value")]
async fn value(asked: Reading<ValueQuery>) -> Result<HttpResponse, Problem> {
    let id = asked.id("id")?;
    asked
        .compute(move |unit, caller, query| {
            let on = query.on.unwrap_or_else(|| unit.today());
            let value = assets::find(unit, caller, id, Known::Now)?.value_on(on);
            Ok(ValueResponse {
                on,
                original_value_fen: value.original_value,
                accumulated_depreciation_fen: value.accumulated_depreciation,
                book_value_fen: value.book_value,
            })
        })
        .await
}
