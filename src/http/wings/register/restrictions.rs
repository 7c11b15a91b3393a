//! Restrictions on the wire.

use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    acts::{
        Override,
        encumbrances::{self, Kept},
        names,
        taken_back::Mistaken,
    },
    http::shell::{
        act::{Acting, Changing, Done, DryRun, IdempotencyKey, IfMatch},
        answer::{Fetched, Resource},
        ask::{KnownQuery, Reading, id_in},
        findings::{FindingResponse, OverrideRequest, OverrideResponse},
        language::Language,
        problem::{Code, Problem},
        routes::Routes,
    },
    journal::Known,
    loss::finding::Finding,
    register::{
        codes::{Mistake, RestrictionKind},
        restrictions::{self, Elsewhere, NewRestriction, Restriction, RestrictionRefused},
    },
    storage::{Read, StorageError},
    values::{
        Fault, Fen, Id, Name, Period,
        id::kind,
        period::{PeriodInput, calendar_day},
    },
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(impose).service(list).service(fetch).service(release);
}

impl From<RestrictionRefused> for Problem {
    fn from(reason: RestrictionRefused) -> Self {
        match reason {
            RestrictionRefused::NotFound => Self::new(Code::NotFound),
            RestrictionRefused::Outdated => Self::new(Code::PreconditionFailed),
            RestrictionRefused::Closed(status) => Self::new(Code::Conflict)
                .saying(
                    "该资产{status}，不能再设定限制；请选择仍在册的资产。",
                    "The asset is {status}; nothing can be laid on it any more.",
                )
                .put("status", status)
                .with("asset_status", status),
            RestrictionRefused::Outlasts(status) => Self::new(Code::Conflict)
                .saying(
                    "该资产{status}，其上的限制到那时为止；如有由它形成的资产，请在那些资产上查看和办理。",
                    "The asset is {status}, and what lay on it ended with it; look at the assets that it became, if there are any.",
                )
                .put("status", status)
                .with("asset_status", status),
        }
    }
}

/// A restriction to be recorded.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RestrictionRequest {
    /// The asset on which it lies.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// What it is.
    kind: RestrictionKind,
    /// Who holds it.
    #[schema(value_type = uuid::Uuid)]
    holder_id: Id<kind::Party>,
    /// For how much; absent where it secures no sum.
    amount_fen: Option<Fen>,
    /// From when until when.
    period: PeriodInput,
    /// The document behind it.
    #[schema(value_type = Option<uuid::Uuid>)]
    document_id: Option<Id<kind::Document>>,
    /// Whose debt a mortgage or a pledge secures: of what is the state's or a collective's it is said, and is the owner's own.
    #[schema(value_type = Option<uuid::Uuid>)]
    secures_debt_of_id: Option<Id<kind::Party>>,
    /// Where it is registered. A security that is void is recorded only where a court or an authority has it on its books all the same:
    /// with the document of that (`document_id`), under a number, from a day that has come.
    registered_elsewhere: Option<RegisteredElsewhere>,
    /// Of whoever approves for the county: each rule that has a finding which goes to the county (`severity` is `escalate`) just once, with
    /// the reason for recording it all the same. Left out where there is none.
    #[schema(max_items = 100)]
    overrides: Option<Vec<OverrideRequest>>,
}

/// Where a restriction is registered beside this register.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RegisteredElsewhere {
    /// The court, or the authority for such rights.
    #[schema(example = "宁河县不动产登记中心")]
    authority: Name,
    /// Under what it stands there.
    #[schema(example = "冀（2024）宁河县不动产证明第0001234号")]
    reference: Name,
}

/// The release of a restriction.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ReleaseRequest {
    /// The day from which it no longer lies there; null where it was not released after all. On its first day it never lay there.
    #[schema(required, example = "2026-01-01")]
    released_on: Option<NaiveDate>,
    /// Where days change that are over: what was wrong with the record. Needed once acts were looked at while it was there.
    mistake: Option<Mistake>,
    /// The paper that shows it. Needed where days change that are over, once acts were looked at while it was there; and while a case about
    /// the asset is not over.
    #[schema(value_type = Option<uuid::Uuid>)]
    document_id: Option<Id<kind::Document>>,
}

/// A restriction on an asset.
#[derive(Debug, Serialize, ToSchema)]
struct RestrictionResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Restriction>,
    /// The asset on which it lies.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// What it is.
    kind: RestrictionKind,
    /// Who holds it.
    #[schema(value_type = uuid::Uuid)]
    holder_id: Id<kind::Party>,
    /// For how much.
    #[schema(required)]
    amount_fen: Option<Fen>,
    /// From when until when.
    period: Period,
    /// The document behind it.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    document_id: Option<Id<kind::Document>>,
    /// Whose debt it secures; null where nobody said.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    secures_debt_of_id: Option<Id<kind::Party>>,
    /// Where it is registered, where that was said.
    #[schema(required)]
    registered_elsewhere: Option<RegisteredElsewhere>,
    /// What the loss rules found of it when it was recorded.
    findings: Vec<FindingResponse>,
    /// The rules that whoever recorded it for the county named although they had found something, each with its reason.
    overrides: Vec<OverrideResponse>,
    /// The day from which it no longer lies there; null while it does.
    #[schema(required)]
    released_on: Option<NaiveDate>,
    /// The version of this record.
    #[schema(example = 1)]
    version: i64,
}

impl RestrictionResponse {
    fn one(unit: &mut Read<'_>, it: Restriction, told: (Known, Language)) -> Result<Self, Problem> {
        let found = Self::all(unit, vec![it], told)?.pop();
        found.ok_or_else(|| Problem::new(Code::NotFound))
    }

    fn all(
        unit: &mut Read<'_>,
        all: Vec<Restriction>,
        (known, language): (Known, Language),
    ) -> Result<Vec<Self>, StorageError> {
        let kept = all.iter().map(Kept::with).collect::<Result<Vec<_>, _>>()?;
        let found = kept.iter().flat_map(|(findings, _)| findings);
        let names = names(unit, found.flat_map(Finding::ids), known)?;
        let each = all.into_iter().zip(kept);
        Ok(each
            .map(|(it, (found, named))| {
                let named = named.into_iter().map(OverrideResponse::from).collect();
                Self::of(it, FindingResponse::all(&found, &names, language), named)
            })
            .collect())
    }

    fn of(it: Restriction, findings: Vec<FindingResponse>, overrides: Vec<OverrideResponse>) -> Self {
        Self {
            id: it.id,
            asset_id: it.asset_id,
            kind: it.kind,
            holder_id: it.holder_id,
            amount_fen: it.amount,
            period: it.period,
            document_id: it.document_id,
            secures_debt_of_id: it.secures_debt_of,
            registered_elsewhere: it
                .registered
                .map(|it| RegisteredElsewhere { authority: it.authority, reference: it.reference }),
            findings,
            overrides,
            released_on: it.released_on,
            version: it.version,
        }
    }
}

impl Resource for RestrictionResponse {
    fn location(&self) -> String {
        format!("/v1/restrictions/{}", self.id)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// Records a restriction on an asset.
///
/// The loss rules look at whose debt a mortgage or a pledge secures, and at what it lies on. What is void is refused, unless
/// `registered_elsewhere` says who has it on its books all the same: then it is recorded with what was found of it. What goes to the county
/// is recorded by whoever approves for it, with `overrides`; a court's seizure goes to nobody and is recorded at once.
#[utoipa::path(tag = "register", operation_id = "impose_restriction", security(("bearer" = ["restrictions:write"])), params(IdempotencyKey, DryRun),
    request_body = RestrictionRequest, responses(
    (status = 201, description = "The restriction, with its findings", body = RestrictionResponse),
    (status = 409, description = "`blocked_by_loss_check`: a security that is void, or one that the county has to record; `conflict`: the asset has ended")))]
#[post("/v1/restrictions")]
async fn impose(request: HttpRequest, act: Acting<RestrictionRequest>) -> Result<HttpResponse, Problem> {
    let language = Language::of(&request);
    act.perform(move |unit, _, caller, asked| {
        let restriction = NewRestriction {
            asset_id: asked.asset_id,
            kind: asked.kind,
            holder_id: asked.holder_id,
            amount: asked.amount_fen,
            period: asked.period.parse("/period")?,
            document_id: asked.document_id,
            secures_debt_of: asked.secures_debt_of_id,
            registered: asked
                .registered_elsewhere
                .as_ref()
                .map(|it| Elsewhere { authority: it.authority.clone(), reference: it.reference.clone() }),
            findings: None,
            named: Vec::new(),
        };
        let named: Vec<_> = asked.overrides.iter().flatten().map(Override::from).collect();
        let recorded = encumbrances::record(unit, caller, &restriction, &named)?;
        Done::created(&RestrictionResponse::one(unit, recorded, (Known::Now, language))?)
    })
    .await
}

/// Of which asset.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RestrictionsQuery {
    /// The asset.
    #[param(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// Only restrictions that lie on it on this day; all that ever lay on it unless said.
    #[param(example = "2025-07-01")]
    as_of: Option<NaiveDate>,
    /// As the registry knew it at this instant; now unless said.
    #[param(example = "2025-07-01T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
}

/// The restrictions of an asset.
#[derive(Debug, Serialize, ToSchema)]
struct RestrictionsResponse {
    /// The restrictions, in the order of their recording.
    items: Vec<RestrictionResponse>,
}

/// Lists the restrictions that lie on an asset, or ever lay on it.
#[utoipa::path(tag = "register", operation_id = "list_restrictions", security(("bearer" = ["assets:read"])), extensions(("x-may-lag" = json!(true))), params(RestrictionsQuery), responses(
    (status = 200, description = "The restrictions", body = RestrictionsResponse)))]
#[get("/v1/restrictions")]
async fn list(request: HttpRequest, asked: Reading<RestrictionsQuery>) -> Result<HttpResponse, Problem> {
    let language = Language::of(&request);
    let known_at = asked.query.known_at;
    asked
        .compute_known(known_at, move |unit, caller, known, query| {
            let found = restrictions::of_asset(unit, caller, query.asset_id, query.as_of, known)?;
            Ok(RestrictionsResponse { items: RestrictionResponse::all(unit, found, (known, language))? })
        })
        .await
}

/// Shows a restriction.
#[utoipa::path(tag = "register", operation_id = "get_restriction", security(("bearer" = ["assets:read"])),
    params(("id" = uuid::Uuid, Path, description = "The restriction"), KnownQuery), responses(
    (status = 200, description = "The restriction", body = RestrictionResponse)))]
#[get("/v1/restrictions/{id}")]
async fn fetch(
    request: HttpRequest,
    asked: Reading<KnownQuery>,
) -> Result<Fetched<RestrictionResponse>, Problem> {
    let language = Language::of(&request);
    let (id, known_at) = (asked.id("id")?, asked.query.known_at);
    asked
        .fetch_known(known_at, move |unit, caller, known| {
            let found = restrictions::find(unit, caller, id, known)?;
            RestrictionResponse::one(unit, found, (known, language))
        })
        .await
}

/// Releases a restriction, or takes a release back that was entered by mistake.
///
/// One that is released on its first day never lay there. Where this says something else of days that are over, and acts were looked at while
/// it lay there, an approver of the county says so who neither recorded it nor drafted them, with `mistake` and `document_id`; the journal
/// names the acts. While a case about the asset is a draft or under way, it is released with a `document_id`, and not by whoever drafted it.
#[utoipa::path(tag = "register", operation_id = "release_restriction", security(("bearer" = ["restrictions:write"])),
    params(("id" = uuid::Uuid, Path, description = "The restriction"), DryRun, IfMatch), request_body = ReleaseRequest, responses(
    (status = 200, description = "The restriction as it is now", body = RestrictionResponse),
    (status = 409, description = "`four_eyes`: acts were looked at while it was there, this is about days that are over, and the caller recorded it, drafted one of them, or does not approve for the county; or a case about the asset that the caller drafted is not over")))]
#[patch("/v1/restrictions/{id}")]
async fn release(request: HttpRequest, change: Changing<ReleaseRequest>) -> Result<HttpResponse, Problem> {
    let (id, language) = (id_in(&request, "id")?, Language::of(&request));
    change
        .perform(move |unit, caller, seen, asked| {
            let day = asked.released_on.map(calendar_day).transpose();
            let day = day.map_err(|reason| Fault::at("/released_on", reason))?;
            let mistaken = Mistaken { mistake: asked.mistake, document_id: asked.document_id };
            let released = encumbrances::release(unit, caller, id, seen, (day, &mistaken))?;
            Done::changed(&RestrictionResponse::one(unit, released, (Known::Now, language))?)
        })
        .await
}
