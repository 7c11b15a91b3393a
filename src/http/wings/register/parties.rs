//! Parties: whoever can hold a right or a duty.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::SchemaType, schema::Type},
};
use validator::Validate;

use crate::{
    acts::departures::{self, DepartureRefused},
    http::shell::{
        act::{Acting, Changing, Done, DryRun, IdempotencyKey, IfMatch},
        answer::{Fetched, Resource},
        ask::{KnownQuery, Reading, id_in},
        listing::{Filters, Listing},
        paging::{ListResponse, PageQuery},
        problem::{Code, Problem},
        routes::Routes,
    },
    register::{
        codes::{PartyKind, Sector},
        parties::{
            self, ChangedParty, NewParty, Party, PartyRefused, Wanted,
            erasure::{Erasure, ErasureGround, ErasureRefused},
            identifiers::IdentifierScheme,
        },
    },
    storage::forget_answers_about,
    values::{Change, Fault, Id, Name, Reason, RegionCode, SearchText, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(record).service(list).service(fetch).service(change).service(erase);
}

impl From<PartyRefused> for Problem {
    fn from(reason: PartyRefused) -> Self {
        match reason {
            PartyRefused::NotFound => Self::new(Code::NotFound),
            PartyRefused::AlreadyRecorded => Self::new(Code::AlreadyRegistered)
                .saying(
                    "已有主体使用该证件号码；请查找并使用已登记的主体，不要重复登记。",
                    "A party with this identifier is recorded already; find it and use it.",
                )
                .at(Fault::at("/identifier/value", Reason::OnRecord)),
            PartyRefused::Outdated => Self::new(Code::PreconditionFailed),
            PartyRefused::Erased => erased(),
            PartyRefused::AlreadyRelated => Self::new(Code::AlreadyRegistered).saying(
                "该关系在此期间内已登记；请先终止原有关系，或另定期间。",
                "This relation is on record for some of these days already; end that one first, or name other days.",
            ),
            PartyRefused::TooManyShares(too_many) => Self::new(Code::ShareExceeded)
                .with("sum", too_many.sum.clone())
                .at(Fault::at("/share", Reason::SharesNotWhole { sum: too_many.sum })),
            PartyRefused::Unsealed => Self::internal(PartyRefused::Unsealed),
        }
    }
}

impl From<ErasureRefused> for Problem {
    fn from(reason: ErasureRefused) -> Self {
        match reason {
            ErasureRefused::NotFound => Self::new(Code::NotFound),
            ErasureRefused::NoPerson => Self::new(Code::Conflict).saying(
                "组织的名称和代码是公开信息，不予删除；只有自然人和农户的个人信息可以申请删除。",
                "The name and code of an organisation are public and are not erased; only the data of a person or a household are.",
            ),
            ErasureRefused::Already => erased(),
            ErasureRefused::Outdated => Self::new(Code::Conflict)
                .saying("该主体刚被他人修改，请重新发送。", "The party was changed at this moment; try again."),
        }
    }
}

impl From<DepartureRefused> for Problem {
    fn from(reason: DepartureRefused) -> Self {
        match reason {
            DepartureRefused::Party(reason) => reason.into(),
            DepartureRefused::Erasure(reason) => reason.into(),
            DepartureRefused::Resting(resting) => Self::new(Code::Conflict)
                .saying(
                    "该主体已有权利、案件、合同、资金、限制或管护责任（见 `resting`），其证件号码不得改为他人的号码，名称变更须由县级批准人员\
                     （`county_approver`）办理，且不得由原登记人办理。主体登记错误的，请另行登记正确的主体，权利以 `POST /v1/corrections` 更正，\
                     合同以 `POST /v1/amendments` 更正。",
                    "Something rests on the party (see resting): what identifies it cannot become another's, and its name is changed by \
                     a county_approver who did not record it. Where the wrong party was recorded, record the right one, correct the \
                     rights (POST /v1/corrections) and the contracts (POST /v1/amendments).",
                )
                .with("resting", resting),
            DepartureRefused::OwnRecord => Self::new(Code::FourEyes).saying(
                "该主体名下仍有未了事项，承继主体须由另一位批准人员登记：登记过该主体或承继主体的人不得办理。",
                "The party still holds or owes something: whoever recorded it or its successor does not say who takes that; have \
                 another approver say it.",
            ),
            DepartureRefused::Succeeded(cases) => Self::new(Code::Conflict)
                .saying(
                    "已有案件依据该承继关系执行（见 `case_ids`），主体的终止和承继不能再改；确有错误的，请以新的案件办理转移或更正。",
                    "Cases were executed by this succession (see case_ids), so the end of the party and its successor stay as they are; \
                     where they were wrong, move or correct what they moved by new cases.",
                )
                .with("case_ids", cases),
            DepartureRefused::Left(left) if left.is_of_predecessors() => Self::new(Code::Conflict)
                .saying(
                    "由该主体承继的主体（见 `left.predecessor_ids`）仍有未了事项；请先将其权利转出、事项结清，再办理终止。",
                    "The party succeeds to others of which something is left (see left.predecessor_ids): move and settle what they \
                     still hold first.",
                )
                .with("left", left),
            DepartureRefused::Left(left) => Self::new(Code::Conflict)
                .saying(
                    "该主体名下仍有权利、在办案件、合同、资金、未收讫的处置价款、未分配收益、限制或管护责任，或者由其承继的主体仍有未了事项（见 `left`）；请先终止、转出或结清，组织终止时也可以用 \
                     `successor_id` 登记承继主体。",
                    "The party still has rights, cases under way, contracts, money, proceeds that did not come in, income to be distributed, restrictions or duties of upkeep, or succeeds to a party that has (see \
                     left), which have to end, move or be settled first. An organisation that ends may name its successor \
                     (successor_id) instead.",
                )
                .with("asset_id", left.asset_ids.first())
                .with("left", left),
        }
    }
}

fn erased() -> Problem {
    Problem::new(Code::Conflict).saying(
        "该主体的个人信息已依法删除，不能再修改；请改用其他主体。",
        "What identified this person was erased by law, and is not changed any more.",
    )
}

/// What identifies a party.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "scheme", rename_all = "snake_case", deny_unknown_fields)]
enum IdentifierRequest {
    /// The unified social credit code (统一社会信用代码) of an organisation.
    Uscc {
        /// The code. Its check character is checked.
        #[schema(
            pattern = "^[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]{10}$",
            example = "N2130726MF00000060"
        )]
        value: String,
    },
    /// The citizen identification number (公民身份号码) of a person or a household.
    CitizenId {
        /// The number. Its day of birth and its check character are checked.
        #[schema(pattern = "^[1-9][0-9]{16}[0-9Xx]$", example = "11010519491231002X")]
        value: String,
    },
    /// None.
    None {
        /// Null or absent.
        #[serde(default)]
        #[schema(schema_with = nothing, required = false)]
        value: (),
    },
}

/// The schema of what is null.
fn nothing() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::Null))
        .description(Some("Null or absent: without a scheme there is nothing to say."))
        .into()
}

impl IdentifierRequest {
    fn parts(&self) -> (IdentifierScheme, Option<String>) {
        match self {
            Self::Uscc { value } => (IdentifierScheme::Uscc, Some(value.clone())),
            Self::CitizenId { value } => (IdentifierScheme::CitizenId, Some(value.clone())),
            Self::None { value: () } => (IdentifierScheme::None, None),
        }
    }
}

/// A party to be recorded.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PartyRequest {
    /// What it is; its sector follows from it.
    kind: PartyKind,
    /// Its name.
    name: Name,
    /// Where it belongs.
    region_code: RegionCode,
    /// What identifies it. Personal identifiers are kept sealed and come back masked.
    identifier: IdentifierRequest,
}

/// What changes in a party; absent fields stay as they are.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1)]
struct PartyChangeRequest {
    /// A new name.
    #[serde(default)]
    #[schema(value_type = Name)]
    name: Option<Name>,
    /// What identifies it, corrected. What was said before stays known as it was said.
    #[serde(default)]
    #[schema(value_type = IdentifierRequest)]
    identifier: Option<IdentifierRequest>,
    /// The day from which it no longer exists; null where it exists after all.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>, example = "2025-07-01")]
    ended_on: Change<NaiveDate>,
    /// Who takes over what it still holds and owes then. Without one, nothing may be left.
    #[serde(default)]
    #[schema(value_type = Option<uuid::Uuid>)]
    successor_id: Change<Id<kind::Party>>,
}

/// What identifies a party, as far as it is shown.
#[derive(Debug, Serialize, ToSchema)]
struct IdentifierResponse {
    /// The scheme.
    scheme: IdentifierScheme,
    /// The identifier: whole for an organisation, masked for a person; null without one.
    #[schema(required, example = "110*************2X")]
    value: Option<String>,
}

/// A party.
#[derive(Debug, Serialize, ToSchema)]
struct PartyResponse {
    /// The identifier in the register.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Party>,
    /// What it is.
    kind: PartyKind,
    /// Whose wealth it holds.
    sector: Sector,
    /// Its name.
    #[schema(example = "东村股份经济合作社")]
    name: String,
    /// Where it belongs.
    region_code: RegionCode,
    /// What identifies it.
    identifier: IdentifierResponse,
    /// The day from which it no longer exists; null while it does.
    #[schema(required)]
    ended_on: Option<NaiveDate>,
    /// Who takes over what it still held and owed when it ended: its rights can move to that party, and to no other.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    successor_id: Option<Id<kind::Party>>,
    /// The version of this record.
    #[schema(minimum = 1, example = 1)]
    version: i64,
    /// When it was recorded.
    created_at: DateTime<Utc>,
    /// When what identified the person was erased by law, in every version; null where it was not.
    #[schema(required)]
    erased_at: Option<DateTime<Utc>>,
}

impl From<Party> for PartyResponse {
    fn from(party: Party) -> Self {
        Self {
            id: party.id,
            kind: party.kind,
            sector: party.sector,
            name: party.name,
            region_code: party.region_code,
            identifier: IdentifierResponse { scheme: party.scheme, value: party.identifier_shown },
            ended_on: party.ended_on,
            successor_id: party.successor_id,
            version: party.version,
            created_at: party.created_at,
            erased_at: party.erased_at,
        }
    }
}

impl Resource for PartyResponse {
    fn location(&self) -> String {
        format!("/v1/parties/{}", self.id)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// Records a party.
#[utoipa::path(tag = "register", operation_id = "record_party", security(("bearer" = ["parties:write"])),
    params(IdempotencyKey, DryRun), request_body = PartyRequest, responses(
    (status = 201, description = "The party", body = PartyResponse),
    (status = 403, description = "`out_of_scope`"),
    (status = 409, description = "`already_registered`: a party has this identifier")))]
#[post("/v1/parties")]
async fn record(act: Acting<PartyRequest>) -> Result<HttpResponse, Problem> {
    act.perform(move |unit, registry, caller, asked| {
        let (scheme, identifier) = asked.identifier.parts();
        let party = NewParty {
            kind: asked.kind,
            name: asked.name.clone(),
            region_code: asked.region_code,
            scheme,
            identifier,
        };
        Done::created(&PartyResponse::from(parties::record(unit, caller, &registry.keys.vault, &party)?))
    })
    .await
}

/// Which parties are wanted.
#[derive(Debug, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PartiesFilters {
    /// Only parties whose name contains this, whatever the case and the width of its letters.
    #[param(inline)]
    q: Option<SearchText>,
    /// Only parties of this kind.
    #[param(inline)]
    kind: Option<PartyKind>,
    /// Only parties of this region and everything under it.
    #[param(inline)]
    region_code: Option<RegionCode>,
}

impl Filters for PartiesFilters {}

/// Lists parties.
#[utoipa::path(tag = "register", operation_id = "list_parties", security(("bearer" = ["parties:read"])), extensions(("x-may-lag" = json!(true))),
    params(PartiesFilters, PageQuery), responses(
    (status = 200, description = "Parties by region", body = ListResponse<PartyResponse>),
    (status = 403, description = "`out_of_scope`")))]
#[get("/v1/parties")]
async fn list(
    asked: Listing<PartiesFilters, (RegionCode, Id<kind::Party>)>,
) -> Result<HttpResponse, Problem> {
    asked
        .answer(
            |unit, caller, it| {
                let PartiesFilters { q, kind, region_code } = it.filters;
                let wanted = Wanted { q, kind, region_code, after: it.after };
                parties::list(unit, caller, &wanted, it.limit)
            },
            |it| (it.region_code, it.id),
            PartyResponse::from,
        )
        .await
}

/// Shows a party.
#[utoipa::path(tag = "register", operation_id = "get_party", security(("bearer" = ["parties:read"])),
    params(("id" = uuid::Uuid, Path, description = "The party"), KnownQuery), responses(
    (status = 200, description = "The party", body = PartyResponse)))]
#[get("/v1/parties/{id}")]
async fn fetch(asked: Reading<KnownQuery>) -> Result<Fetched<PartyResponse>, Problem> {
    let (id, known_at) = (asked.id("id")?, asked.query.known_at);
    asked
        .fetch_known(known_at, move |unit, caller, known| Ok(parties::find(unit, caller, id, known)?.into()))
        .await
}

/// Corrects a party's name or identifier, or says when it ended.
///
/// Once something rests on a party, what identifies it does not become another's, and its name is changed by a `county_approver`
/// who did not record it; an identifier that is missing can be filled in.
///
/// A party that ends leaves nothing behind: no right, case under way, contract, money, restriction or duty of upkeep. Or it
/// names its successor; what is left then stays with it on record until transfers move it there. Who succeeds to a party of which
/// something is left, a `county_approver` says who recorded neither of both; once a case was executed by it, it is not undone.
#[utoipa::path(tag = "register", operation_id = "change_party", security(("bearer" = ["parties:write"])),
    params(("id" = uuid::Uuid, Path, description = "The party"), DryRun, IfMatch), request_body = PartyChangeRequest,
    responses(
    (status = 200, description = "The party as it is now", body = PartyResponse),
    (status = 409, description = "`already_registered`: a party has this identifier; `conflict`: its data were erased, `left` says what it still holds and owes, `resting` what rests on it, or `case_ids` what was done by its end; `four_eyes`: whoever recorded one of both names no successor")))]
#[patch("/v1/parties/{id}")]
async fn change(request: HttpRequest, change: Changing<PartyChangeRequest>) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    let inside = web::Data::clone(change.registry());
    change
        .perform(move |unit, caller, seen, asked| {
            let changed = ChangedParty {
                name: asked.name.clone(),
                identifier: asked.identifier.as_ref().map(IdentifierRequest::parts),
                ended_on: asked.ended_on,
                successor_id: asked.successor_id,
            };
            let party = departures::change(unit, caller, &inside.keys.vault, id, seen, &changed)?;
            Done::changed(&PartyResponse::from(party))
        })
        .await
}

/// Why a person's data are to be erased.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ErasureRequest {
    /// The ground that the law gives.
    ground: ErasureGround,
    /// The request or decision that it rests on.
    #[schema(value_type = uuid::Uuid)]
    document_id: Id<kind::Document>,
}

/// Erases what identifies a person or a household.
///
/// The name in every version, and the identifier, are gone for good, and what was known at any time answers without them
/// (个人信息保护法, art. 47). The party stays, with what it held, so that chains and proofs hold. Refused while anything is
/// left: a right, a case under way, a contract, money, a restriction, a duty of upkeep.
#[utoipa::path(tag = "register", operation_id = "erase_party", security(("bearer" = ["parties:erase"])),
    params(("id" = uuid::Uuid, Path, description = "The party"), IdempotencyKey, DryRun), request_body = ErasureRequest,
    responses(
    (status = 200, description = "What is left of the party", body = PartyResponse),
    (status = 409, description = "`conflict`: an organisation, erased before, or `left` says what it still holds and owes")))]
#[post("/v1/parties/{id}/erasure")]
async fn erase(request: HttpRequest, act: Acting<ErasureRequest>) -> Result<HttpResponse, Problem> {
    let id = id_in(&request, "id")?;
    act.perform(move |unit, _, caller, asked| {
        let asked = Erasure { ground: asked.ground, document_id: asked.document_id };
        let party = PartyResponse::from(departures::erase(unit, caller, id, &asked)?);
        // The first answer to whoever recorded the party is kept for retries, and names it.
        forget_answers_about(unit, &party.location())?;
        Done::changed(&party)
    })
    .await
}
