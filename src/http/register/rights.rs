//! The wing of rights: who holds what in an asset on a day, and the chain of acts behind it.

use actix_web::{
    HttpResponse, get,
    http::header::{self, HeaderValue},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    http::{
        ask::{Reading, settled},
        language::Language,
        negotiation::{JSON, VARIES, preferred},
        problem::{Code, Problem},
        register::chain_picture::{Picture, Restricted, draw},
    },
    identity::Caller,
    journal::Known,
    maintenance::{self, model::Mode},
    register::{
        assets,
        codes::{RestrictionKind, RightKind},
        parties,
        projects::{self, FundingSource},
        restrictions,
        rights::{self, Break, BreakKind, InstrumentKind, Link, NamedHolding, RecordError},
    },
    storage::Read,
    values::{Fen, Id, Period, Share, id::kind},
};

pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(of_asset).service(chain);
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::NotFound => Self::new(Code::NotFound),
            RecordError::AlreadyRegistered => Self::new(Code::AlreadyRegistered),
            RecordError::Differ(asset) => Self::new(Code::Conflict).with("asset_id", asset),
            RecordError::NotDisposed => Self::new(Code::Conflict),
            RecordError::Rights(error) => error.into(),
            RecordError::Denied(denied) => denied.into(),
            RecordError::Storage(error) => error.into(),
        }
    }
}

/// As of which day, and as known at which instant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RightsQuery {
    /// The day on which the rights hold; today unless said.
    #[param(example = "2025-07-01")]
    as_of: Option<NaiveDate>,
    /// As the registry knew it at this instant; now unless said.
    #[param(example = "2025-07-01T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
}

/// A holder of a right.
#[derive(Debug, Serialize, ToSchema)]
struct HoldingResponse {
    /// Who holds.
    #[schema(value_type = uuid::Uuid)]
    holder_id: Id<kind::Party>,
    /// The holder's name.
    #[schema(example = "东村股份经济合作社")]
    holder_name: String,
    /// How much of the whole right.
    share: Share,
    /// The first day on which it is held like this.
    #[schema(example = "2021-08-01")]
    since: NaiveDate,
    /// The first day on which it no longer is; null while there is no end.
    #[schema(required, example = "2026-08-01")]
    until: Option<NaiveDate>,
    /// Whether it rests with an owner because nobody else was granted it.
    residual: bool,
}

impl From<NamedHolding> for HoldingResponse {
    fn from(it: NamedHolding) -> Self {
        Self {
            holder_id: it.holding.holder_id,
            holder_name: it.holder_name,
            share: it.holding.share,
            since: it.holding.period.from(),
            until: it.holding.period.to(),
            residual: it.holding.residual,
        }
    }
}

/// Something that lies on an asset.
#[derive(Debug, Serialize, ToSchema)]
struct RestrictionOnAsset {
    /// The restriction.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Restriction>,
    /// What it is.
    kind: RestrictionKind,
    /// Who holds it.
    #[schema(value_type = uuid::Uuid)]
    holder_id: Id<kind::Party>,
    /// For how much; null where it secures no sum.
    #[schema(required)]
    amount_fen: Option<Fen>,
    /// From when until when.
    period: Period,
}

/// Somebody who answers for an asset's upkeep.
#[derive(Debug, Serialize, ToSchema)]
struct ResponsibilityOnAsset {
    /// The assignment.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Assignment>,
    /// Who answers.
    #[schema(value_type = uuid::Uuid)]
    responsible_id: Id<kind::Party>,
    /// In which way.
    mode: Mode,
    /// From when until when.
    period: Period,
}

/// Who holds each of the three rights in an asset; once it is registered, each sums to 1.
#[derive(Debug, Serialize, ToSchema)]
struct RightsResponse {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// The day on which the rights hold.
    as_of: NaiveDate,
    /// The instant at which the registry knew them.
    known_at: DateTime<Utc>,
    /// Who owns it.
    ownership: Vec<HoldingResponse>,
    /// Who runs it.
    management: Vec<HoldingResponse>,
    /// Who is paid by it.
    income: Vec<HoldingResponse>,
    /// What lies on it on that day.
    restrictions: Vec<RestrictionOnAsset>,
    /// Who keeps it in repair on that day.
    responsibilities: Vec<ResponsibilityOnAsset>,
}

/// Shows who holds the rights in an asset.
///
/// On any day (`as_of`), as the registry knew it at any instant (`known_at`).
#[utoipa::path(tag = "register", operation_id = "get_rights", security(("bearer" = ["assets:read"])),
    params(("id" = uuid::Uuid, Path, description = "The asset"), RightsQuery), responses(
    (status = 200, description = "The holders", body = RightsResponse)))]
#[get("/v1/assets/{id}/rights")]
async fn of_asset(asked: Reading<RightsQuery>) -> Result<HttpResponse, Problem> {
    let (id, known_at) = (asked.id("id")?, asked.query.known_at);
    asked
        .compute_known(known_at, move |unit, caller, known, query| {
            let found = rights::rights_of(unit, caller, id, query.as_of, known)?;
            let restrictions = restrictions::active(unit, &[id], found.as_of, known)?;
            let responsibilities = maintenance::responsible_on(unit, id, found.as_of, known)?;
            let responses = |it: Vec<NamedHolding>| it.into_iter().map(HoldingResponse::from).collect();
            Ok(RightsResponse {
                asset_id: id,
                as_of: found.as_of,
                known_at: known_at.unwrap_or_else(|| unit.now()),
                ownership: responses(found.ownership),
                management: responses(found.management),
                income: responses(found.income),
                restrictions: restrictions
                    .into_iter()
                    .map(|it| RestrictionOnAsset {
                        id: it.id,
                        kind: it.kind,
                        holder_id: it.holder_id,
                        amount_fen: it.amount,
                        period: it.period,
                    })
                    .collect(),
                responsibilities: responsibilities
                    .into_iter()
                    .map(|it| ResponsibilityOnAsset {
                        id: it.id,
                        responsible_id: it.assigned.responsible_id,
                        mode: it.assigned.mode,
                        period: it.assigned.period,
                    })
                    .collect(),
            })
        })
        .await
}

/// Which chain.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ChainQuery {
    /// Which of the three rights; ownership unless said.
    #[param(inline)]
    kind: Option<RightKind>,
    /// The day up to which acts are followed; today unless said.
    #[param(example = "2025-07-01")]
    as_of: Option<NaiveDate>,
    /// As the registry knew it at this instant; now unless said.
    #[param(example = "2025-07-01T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
}

/// The money that made the asset.
#[derive(Debug, Serialize, ToSchema)]
struct OriginResponse {
    /// The project; null where none is on record, and where what several made was merged.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    project_id: Option<Id<kind::Project>>,
    /// All projects that made it, or what it was merged from.
    #[schema(value_type = Vec<uuid::Uuid>)]
    project_ids: Vec<Id<kind::Project>>,
    /// The projects' funding lines.
    funding: Vec<FundingOfOrigin>,
}

/// A funding line of the project that made an asset.
#[derive(Debug, Serialize, ToSchema)]
struct FundingOfOrigin {
    /// Where the money came from.
    source: FundingSource,
    /// How much.
    amount_fen: Fen,
}

/// A share that an act moved.
#[derive(Debug, Serialize, ToSchema)]
struct MovedResponse {
    /// Who gave it; null where rights begin: at first registration, in a part, in what was merged, at a restoration.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    from_id: Option<Id<kind::Party>>,
    /// Who received it; null where rights end, or rest with all owners again.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    to_id: Option<Id<kind::Party>>,
    /// How much of the whole.
    share: Share,
    /// What was given for it; null where no sum was.
    #[schema(required)]
    consideration_fen: Option<Fen>,
}

/// A holder after an act.
#[derive(Debug, Serialize, ToSchema)]
struct HolderResponse {
    /// Who holds.
    #[schema(value_type = uuid::Uuid)]
    holder_id: Id<kind::Party>,
    /// How much of the whole.
    #[schema(value_type = Share)]
    share: String,
}

/// An act in the chain.
#[derive(Debug, Serialize, ToSchema)]
struct LinkResponse {
    /// The act.
    #[schema(value_type = uuid::Uuid)]
    instrument_id: Id<kind::Instrument>,
    /// The asset on which it worked: that of the chain, or one that it came from.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// The assets that became this one by the act: the whole of a part, all that were merged; empty for any other act.
    #[schema(value_type = Vec<uuid::Uuid>)]
    became_of: Vec<Id<kind::Asset>>,
    /// What kind of act.
    kind: InstrumentKind,
    /// The day from which it works.
    effective_on: NaiveDate,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Its place in the journal; null until it is sealed.
    #[schema(required, example = 1024)]
    journal_index: Option<i64>,
    /// The case that it executed.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    case_id: Option<Id<kind::Case>>,
    /// Its source documents.
    #[schema(value_type = Vec<uuid::Uuid>)]
    documents: Vec<Id<kind::Document>>,
    /// What it moved.
    moved: Vec<MovedResponse>,
    /// Who held the right once it had worked.
    holders_after: Vec<HolderResponse>,
}

impl From<Link> for LinkResponse {
    fn from(link: Link) -> Self {
        Self {
            instrument_id: link.instrument_id,
            asset_id: link.asset_id,
            became_of: link.became_of,
            kind: link.kind,
            effective_on: link.effective_on,
            recorded_at: link.recorded_at,
            journal_index: link.journal_index,
            case_id: link.case_id,
            documents: link.documents,
            moved: link
                .moved
                .into_iter()
                .map(|it| MovedResponse {
                    from_id: it.from_id,
                    to_id: it.to_id,
                    share: it.share,
                    consideration_fen: it.consideration,
                })
                .collect(),
            holders_after: link
                .holders_after
                .into_iter()
                .map(|(holder_id, share)| HolderResponse { holder_id, share: share.to_string() })
                .collect(),
        }
    }
}

/// A place where a chain does not hold together.
#[derive(Debug, Serialize, ToSchema)]
struct BreakResponse {
    /// What is wrong.
    kind: BreakKind,
    /// The act at which it shows; null for the chain as a whole.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    instrument_id: Option<Id<kind::Instrument>>,
}

impl From<Break> for BreakResponse {
    fn from(it: Break) -> Self {
        Self { kind: it.kind, instrument_id: it.instrument_id }
    }
}

/// The chain of a right in an asset, from the money that made it.
#[derive(Debug, Serialize, ToSchema)]
struct ChainResponse {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    asset_id: Id<kind::Asset>,
    /// The money that made it.
    origin: OriginResponse,
    /// The acts, in the order in which they took effect.
    links: Vec<LinkResponse>,
    /// Whether the chain holds together.
    complete: bool,
    /// Where it does not.
    breaks: Vec<BreakResponse>,
}

/// Follows a right in an asset back to the money that made it.
///
/// Through its division for a part, and through all that it was merged from for what was merged.
///
/// As `image/svg+xml` it is a picture of A4, landscape, in Chinese or English: a lane for each of the three rights unless
/// `kind` names one, time from left to right, shares as heights, restrictions hatched. The picture shows all days on
/// record and marks `as_of`.
#[utoipa::path(tag = "register", operation_id = "get_ownership_chain", security(("bearer" = ["assets:read"])),
    params(("id" = uuid::Uuid, Path, description = "The asset"), ChainQuery), responses(
    (status = 200, description = "The chain, or its picture where `Accept` prefers that",
        content((ChainResponse = "application/json"), (String = "image/svg+xml"))),
    (status = 406, description = "`not_acceptable`: neither JSON nor SVG is accepted")))]
#[get("/v1/assets/{id}/ownership-chain")]
async fn chain(asked: Reading<ChainQuery>) -> Result<HttpResponse, Problem> {
    let id = asked.id("id")?;
    let mut answer = match preferred(&asked.request, &[JSON, SVG])? {
        SVG => drawn(asked, id).await?,
        _ => described(asked, id).await?,
    };
    answer.headers_mut().append(header::VARY, HeaderValue::from_static(VARIES));
    Ok(answer)
}

const SVG: &str = "image/svg+xml";

/// A picture loads nothing and runs nothing, wherever it is opened.
const NOTHING_ELSE: (&str, &str) =
    ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");

async fn drawn(asked: Reading<ChainQuery>, id: Id<kind::Asset>) -> Result<HttpResponse, Problem> {
    let language = Language::of(&asked.request);
    let Reading { registry, caller, query, .. } = asked;
    settled(&registry, query.known_at).await?;
    let picture = registry.storage.glance(move |unit| picture(unit, &caller, &query, id)).await?;
    Ok(HttpResponse::Ok()
        .content_type(SVG)
        .insert_header((header::CONTENT_LANGUAGE, language.tag()))
        .insert_header(NOTHING_ELSE)
        .body(draw(&picture, language)))
}

/// What the picture shows, from what is on record.
fn picture(
    unit: &mut Read<'_>,
    caller: &Caller,
    query: &ChainQuery,
    id: Id<kind::Asset>,
) -> Result<Picture, Problem> {
    let known = Known::at(unit, query.known_at)?;
    let asset = assets::find(unit, caller, id, known)?;
    let history = rights::history(unit, caller, id, known)?;
    let right = query.kind.unwrap_or(RightKind::Ownership);
    let breaks = rights::chain(unit, caller, id, right, query.as_of, known)?.breaks;
    let lanes = query.kind.map_or_else(|| RightKind::ALL.to_vec(), |it| vec![it]);
    let restrictions = restrictions::of_asset(unit, caller, id, None, known)?;
    let holders: Vec<_> = restrictions.iter().map(|it| it.holder_id).collect();
    let holders = parties::names(unit, &holders, known)?;
    let restricted = restrictions.into_iter().filter_map(|it| {
        let holder_name = holders.get(&it.holder_id).cloned().unwrap_or_default();
        Some(Restricted { kind: it.kind, holder_name, days: it.days()? })
    });
    Ok(Picture {
        asset_name: asset.described.name,
        registry_number: asset.registry_number,
        as_of: query.as_of.unwrap_or_else(|| unit.today()),
        today: unit.today(),
        known_at: query.known_at.unwrap_or_else(|| unit.now()),
        rights: history.rights,
        names: history.names,
        acts: history.acts.into_iter().filter(|it| it.moved.iter().any(|it| lanes.contains(it))).collect(),
        lanes,
        restrictions: restricted.collect(),
        breaks,
    })
}

async fn described(asked: Reading<ChainQuery>, id: Id<kind::Asset>) -> Result<HttpResponse, Problem> {
    let known_at = asked.query.known_at;
    asked
        .compute_known(known_at, move |unit, caller, known, query| {
            let right = query.kind.unwrap_or(RightKind::Ownership);
            let found = rights::chain(unit, caller, id, right, query.as_of, known)?;
            let mut funding = Vec::new();
            for project in &found.project_ids {
                funding.extend(projects::funding(unit, *project)?);
            }
            let project_id = found.project_ids.first().copied().filter(|_| found.project_ids.len() == 1);
            Ok(ChainResponse {
                asset_id: found.asset_id,
                origin: OriginResponse {
                    project_id,
                    project_ids: found.project_ids,
                    funding: funding
                        .into_iter()
                        .map(|it| FundingOfOrigin { source: it.source, amount_fen: it.amount })
                        .collect(),
                },
                complete: found.breaks.is_empty(),
                links: found.links.into_iter().map(LinkResponse::from).collect(),
                breaks: found.breaks.into_iter().map(BreakResponse::from).collect(),
            })
        })
        .await
}
