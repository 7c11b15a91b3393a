//! The chain of a right in an asset: the acts behind it and what each of them rests on, in words or as a picture.

use actix_web::{
    HttpResponse, get,
    http::header::{self, HeaderValue},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    acts::{
        asked::RecordedLate,
        grounds::{Grounds, grounds},
        names,
        transfers::asked::{AppraisalRequest, ExchangeRequest},
    },
    cases::{CaseKind, Step, StepDone, decision::DecisionInput},
    http::{
        render::chain_picture::{Picture, Restricted, drawing::draw},
        shell::{
            ask::{Reading, settled},
            findings::{FindingResponse, OverrideResponse},
            language::Language,
            negotiation::{JSON, VARIES, preferred},
            problem::Problem,
            routes::Routes,
        },
    },
    identity::Caller,
    journal::Known,
    loss::finding::{Finding, Names},
    register::{
        assets,
        codes::RightKind,
        parties,
        projects::{self, FundingSource},
        restrictions,
        rights::{self, Break, BreakKind, InstrumentKind, Link},
    },
    storage::{Read, StorageError},
    values::{Fen, Id, Share, id::kind, share::Total},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(chain);
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
    /// How much of the whole; more than 1 in total only where the chain is broken.
    share: Total,
}

/// A source document of an act, known by its content.
#[derive(Debug, Serialize, ToSchema)]
struct SourceResponse {
    /// The document.
    #[schema(value_type = uuid::Uuid)]
    document_id: Id<kind::Document>,
    /// SHA-256 of its bytes, in hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    sha256: String,
}

/// A deciding step that was taken.
#[derive(Debug, Serialize, ToSchema)]
struct ApproverResponse {
    /// The step.
    step: Step,
    /// The user who took it.
    #[schema(value_type = uuid::Uuid)]
    by: Id<kind::User>,
    /// In whose place; null for a step that they took for themselves.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    on_behalf_of: Option<Id<kind::User>>,
    /// When.
    at: DateTime<Utc>,
    /// The rules that an approval named although they had found something, each with its reason.
    overrides: Vec<OverrideResponse>,
}

/// A public notice that hung on paper, and was recorded afterwards.
#[derive(Debug, Serialize, ToSchema)]
struct PaperNoticeOfChain {
    /// The notice.
    #[schema(value_type = uuid::Uuid)]
    notice_id: Id<kind::Notice>,
    /// The day on which it was posted.
    #[schema(example = "2021-03-01")]
    opened_on: NaiveDate,
    /// The day on which it came down.
    #[schema(required, example = "2021-03-15")]
    closed_on: Option<NaiveDate>,
    /// Where it hung.
    #[schema(example = "东村村务公开栏")]
    place: String,
    /// The photograph of it.
    #[schema(value_type = uuid::Uuid)]
    document_id: Id<kind::Document>,
}

/// What an act rests on, as it was when its case was executed.
#[derive(Debug, Serialize, ToSchema)]
struct GroundsResponse {
    /// What the case was about.
    case_kind: CaseKind,
    /// Who took the deciding steps.
    approvers: Vec<ApproverResponse>,
    /// What the village decided; null where no decision was brought.
    #[schema(required)]
    decision: Option<DecisionInput>,
    /// What each of several collectives decided.
    decisions: Vec<DecisionInput>,
    /// Why it was entered long after its day; null where it was not, or does not say it.
    #[schema(required)]
    recorded_late: Option<RecordedLate>,
    /// The appraisal of what was given; null where none was brought.
    #[schema(required)]
    appraisal: Option<AppraisalRequest>,
    /// Who auctioned what was given; null where nobody did.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    auctioneer_id: Option<Id<kind::Party>>,
    /// The trade on a property exchange; null where there was none.
    #[schema(required)]
    exchange: Option<ExchangeRequest>,
    /// Its public notice, where that hung on paper; null where it hung here.
    #[schema(required)]
    paper_notice: Option<PaperNoticeOfChain>,
    /// The contracts that the case made, or gave their right: of a lease, for what rent and until when.
    #[schema(value_type = Vec<uuid::Uuid>)]
    contract_ids: Vec<Id<kind::Contract>>,
    /// What the loss rules found.
    findings: Vec<FindingResponse>,
    /// The versions of the policies that the findings were made with.
    #[schema(example = "national@1 130828000000@3")]
    policy_version: String,
}

impl GroundsResponse {
    fn of(it: Grounds, names: &Names, language: Language) -> Result<Self, StorageError> {
        let approver = |it: StepDone| {
            let overrides = OverrideResponse::all(it.overrides)?;
            let on_behalf_of = it.on_behalf_of.map(|(user, _)| user);
            Ok(ApproverResponse { step: it.step, by: it.by, on_behalf_of, at: it.at, overrides })
        };
        Ok(Self {
            case_kind: it.kind,
            approvers: it.approvers.into_iter().map(approver).collect::<Result<_, StorageError>>()?,
            decision: it.decision,
            decisions: it.decisions,
            recorded_late: it.recorded_late,
            appraisal: it.appraisal,
            auctioneer_id: it.auctioneer_id,
            exchange: it.exchange,
            paper_notice: it.paper_notice.and_then(|notice| {
                let paper = notice.on_paper?;
                Some(PaperNoticeOfChain {
                    notice_id: notice.id,
                    opened_on: notice.days.opened_on,
                    closed_on: notice.closed.map(|(on, _)| on),
                    place: paper.place,
                    document_id: paper.document_id,
                })
            }),
            contract_ids: it.contract_ids,
            findings: FindingResponse::all(&it.findings, names, language),
            policy_version: it.policy_version,
        })
    }
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
    /// What it rests on; null where the case lies outside the caller's region, or the caller may not read cases.
    #[schema(required)]
    grounds: Option<GroundsResponse>,
    /// Its source documents.
    #[schema(value_type = Vec<uuid::Uuid>)]
    documents: Vec<Id<kind::Document>>,
    /// The same, with the hash by which each was recorded.
    sources: Vec<SourceResponse>,
    /// What it moved.
    moved: Vec<MovedResponse>,
    /// Who held the right once it had worked.
    holders_after: Vec<HolderResponse>,
}

impl LinkResponse {
    fn of(link: Link, grounds: Option<GroundsResponse>) -> Self {
        Self {
            instrument_id: link.instrument_id,
            asset_id: link.asset_id,
            became_of: link.became_of,
            kind: link.kind,
            effective_on: link.effective_on,
            recorded_at: link.recorded_at,
            journal_index: link.journal_index,
            case_id: link.case_id,
            grounds,
            documents: link.sources.iter().map(|it| it.document_id).collect(),
            sources: link
                .sources
                .into_iter()
                .map(|it| SourceResponse { document_id: it.document_id, sha256: it.sha256 })
                .collect(),
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
                .map(|(holder_id, share)| HolderResponse { holder_id, share })
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
#[utoipa::path(tag = "register", operation_id = "get_ownership_chain", security(("bearer" = ["assets:read"])), extensions(("x-may-lag" = json!(true))),
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
    let Reading { registry, reader, caller, query, .. } = asked;
    settled(&registry, query.known_at).await?;
    let picture = reader.glance(move |unit| picture(unit, &caller, &query, id)).await?;
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
        asset_name: asset.described.name.into(),
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
    let (known_at, language) = (asked.query.known_at, Language::of(&asked.request));
    asked
        .compute_known(known_at, move |unit, caller, known, query| {
            let right = query.kind.unwrap_or(RightKind::Ownership);
            let found = rights::chain(unit, caller, id, right, query.as_of, known)?;
            let cases: Vec<_> = found.links.iter().filter_map(|it| it.case_id).collect();
            let grounds = grounds(unit, caller, &cases)?;
            let named = grounds.values().flat_map(|it| &it.findings).flat_map(Finding::ids);
            let names = names(unit, named, known)?;
            let funding = projects::funding(unit, &found.project_ids, known)?;
            let project_id = found.project_ids.first().copied().filter(|_| found.project_ids.len() == 1);
            Ok(ChainResponse {
                asset_id: found.asset_id,
                origin: OriginResponse {
                    project_id,
                    project_ids: found.project_ids,
                    funding: funding
                        .into_iter()
                        .map(|it| FundingOfOrigin { source: it.source, amount_fen: it.amount_fen })
                        .collect(),
                },
                complete: found.breaks.is_empty(),
                links: found
                    .links
                    .into_iter()
                    .map(|it| {
                        let grounds = it.case_id.and_then(|it| grounds.get(&it).cloned());
                        let grounds = grounds.map(|it| GroundsResponse::of(it, &names, language));
                        Ok(LinkResponse::of(it, grounds.transpose()?))
                    })
                    .collect::<Result<_, StorageError>>()?,
                breaks: found.breaks.into_iter().map(BreakResponse::from).collect(),
            })
        })
        .await
}
