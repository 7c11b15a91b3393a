//! Who stands behind an asset, as statements of the Beneficial Ownership Data Standard 0.4.
//!
//! The standard knows people, entities and relationships whose subject is an entity. So the asset is stated as an entity
//! of the type `arrangement`, under its registry number, in which its holders have their shares. People are named only
//! within the region that the caller sees, and their identifiers never.

use chrono::{DateTime, NaiveDate, Utc};
use num_bigint::BigInt;
use num_rational::BigRational;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    http::shell::problem::Problem,
    register::{
        codes::{PartyKind, RightKind},
        holdings::{
            Behind,
            model::{Owner, Shareholding},
        },
        parties::{Party, identifiers::IdentifierScheme},
    },
    values::{Id, id::kind, share::Total},
};

/// The media type under which the statements are asked for.
pub(in crate::http) const MEDIA_TYPE: &str = "application/vnd.bods+json";

/// The name space of the statements' identifiers (RFC 9562, section 5.5), made at random once and for all.
const NAME_SPACE: Uuid = Uuid::from_u128(0x5a3c_8f1e_9b64_4d27_a0f2_6c1d_7e85_3b49);

/// A statement of the Beneficial Ownership Data Standard 0.4, about an entity, a person or a relationship.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct BodsStatement {
    /// The identifier of the statement: always the same for the same content on the same day.
    statement_id: Uuid,
    /// The record of the asset, which all statements are about in the end.
    #[schema(example = "asset-0190b6a4-7c1e-7c3e-9d1a-2f6c8a3b5d7e")]
    declaration_subject: String,
    /// The day on which it holds.
    statement_date: NaiveDate,
    /// When it was published, by whom, and by which version of the standard.
    publication_details: BodsPublication,
    /// Where it comes from.
    source: BodsSource,
    /// What the statement is about, by its identifier in the register.
    #[schema(example = "party-0190b6a4-7c1e-7c3e-9d1a-2f6c8a3b5d7e")]
    record_id: String,
    /// Of which kind that is.
    record_type: BodsRecordType,
    /// What is stated, by the standard's schema for this kind of record.
    #[schema(value_type = Object)]
    record_details: Box<RawValue>,
}

/// When a statement was published, by whom, and by which version of the standard.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BodsPublication {
    /// The instant at which the registry knew it.
    publication_date: DateTime<Utc>,
    /// The version of the standard.
    #[schema(example = "0.4")]
    bods_version: &'static str,
    /// Who publishes.
    publisher: BodsPublisher,
}

/// Who publishes a statement.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct BodsPublisher {
    /// The name.
    #[schema(example = "Sanquan")]
    name: &'static str,
}

/// Where a statement comes from.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct BodsSource {
    /// The kinds of source.
    #[schema(example = json!(["officialRegister"]))]
    r#type: [&'static str; 1],
}

/// What a statement is about.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum BodsRecordType {
    Entity,
    Person,
    Relationship,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entity<'a> {
    is_component: bool,
    entity_type: EntityType,
    name: &'a str,
    identifiers: Vec<Identifier<'a>>,
}

#[derive(Serialize)]
struct EntityType {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subtype: Option<&'static str>,
    details: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identifier<'a> {
    id: &'a str,
    scheme_name: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Person<'a> {
    is_component: bool,
    person_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<[Name<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unspecified_person_details: Option<Unspecified>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Name<'a> {
    full_name: &'a str,
}

#[derive(Serialize)]
struct Unspecified {
    reason: &'static str,
    description: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Relationship {
    is_component: bool,
    subject: String,
    interested_party: InterestedParty,
    interests: Vec<Interest>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum InterestedParty {
    Known(String),
    Unknown(Unspecified),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Interest {
    r#type: &'static str,
    direct_or_indirect: &'static str,
    beneficial_ownership_or_control: bool,
    details: String,
    share: Percentage,
}

/// A share in hundredths, as decimal numbers: exact where ten places are enough, otherwise the nearest on either side.
#[derive(Serialize)]
#[serde(untagged)]
enum Percentage {
    Exact { exact: Box<RawValue> },
    Between { minimum: Box<RawValue>, maximum: Box<RawValue> },
}

impl Percentage {
    const PLACES: u32 = 10;

    fn of(share: &Total) -> Result<Self, Problem> {
        let unit = BigInt::from(10).pow(Self::PLACES + 2);
        let units = share.to_ratio() * BigRational::from_integer(unit);
        let number = |units: BigRational| {
            RawValue::from_string(Self::decimal(&units.to_integer())).map_err(Problem::internal)
        };
        Ok(if units.is_integer() {
            Self::Exact { exact: number(units)? }
        } else {
            Self::Between { minimum: number(units.floor())?, maximum: number(units.ceil())? }
        })
    }

    /// A natural number of the last place, as a decimal number.
    fn decimal(units: &BigInt) -> String {
        let places = usize::try_from(Self::PLACES).unwrap_or_default();
        let digits = format!("{:0>width$}", units.to_string(), width = places + 1);
        let (whole, rest) = digits.split_at_checked(digits.len() - places).unwrap_or((&digits, ""));
        match rest.trim_end_matches('0') {
            "" => whole.to_owned(),
            rest => format!("{whole}.{rest}"),
        }
    }
}

/// The statements about an asset as JSON: what each says of comes before what relates it.
pub(in crate::http) fn text(found: &Behind) -> Result<String, Problem> {
    let mut statements = vec![about_asset(found)?];
    for party in found.parties.values() {
        statements.push(about_party(found, party)?);
    }
    for owner in parties_of(found) {
        statements.extend(about_rights(found, &owner)?);
    }
    for it in &found.shareholdings {
        statements.push(about_shareholding(found, it)?);
    }
    for party in found.parties.values().filter(|it| it.kind.is_owned()) {
        statements.extend(about_unrecorded(found, party)?);
    }
    serde_json::to_string(&statements).map_err(Problem::internal)
}

fn asset_record(found: &Behind) -> String {
    format!("asset-{}", found.asset.id)
}

fn party_record(party: Id<kind::Party>) -> String {
    format!("party-{party}")
}

/// A statement of what is to be said about a record.
fn statement(
    found: &Behind,
    record_type: BodsRecordType,
    record_id: String,
    details: &impl Serialize,
) -> Result<BodsStatement, Problem> {
    let details = serde_json::to_string(details).map_err(Problem::internal)?;
    let subject = asset_record(found);
    let said = format!("{subject}\n{record_id}\n{}\n{details}", found.when.as_of);
    Ok(BodsStatement {
        statement_id: Uuid::new_v5(&NAME_SPACE, said.as_bytes()),
        declaration_subject: subject,
        statement_date: found.when.as_of,
        publication_details: BodsPublication {
            publication_date: found.when.known_at,
            bods_version: "0.4",
            publisher: BodsPublisher { name: "Sanquan" },
        },
        source: BodsSource { r#type: ["officialRegister"] },
        record_id,
        record_type,
        record_details: RawValue::from_string(details).map_err(Problem::internal)?,
    })
}

fn about_asset(found: &Behind) -> Result<BodsStatement, Problem> {
    let asset = &found.asset;
    let details = Entity {
        is_component: false,
        entity_type: EntityType {
            r#type: "arrangement",
            subtype: Some("other"),
            details: format!("{} asset: {}", asset.described.class, asset.described.category),
        },
        name: &asset.described.name,
        identifiers: vec![Identifier { id: &asset.registry_number, scheme_name: "Sanquan registry number" }],
    };
    statement(found, BodsRecordType::Entity, asset_record(found), &details)
}

fn about_party(found: &Behind, party: &Party) -> Result<BodsStatement, Problem> {
    let record = party_record(party.id);
    if party.kind.is_personal() {
        let seen = found.scope.covers(&party.region_code);
        let details = Person {
            is_component: false,
            person_type: if seen { "knownPerson" } else { "anonymousPerson" },
            names: seen.then(|| [Name { full_name: &party.name }]),
            unspecified_person_details: (!seen).then_some(Unspecified {
                reason: "interestedPartyExemptFromDisclosure",
                description: "Lives outside the region for which this was asked.",
            }),
        };
        return statement(found, BodsRecordType::Person, record, &details);
    }
    let id = party.id.to_string();
    let own = Identifier { id: &id, scheme_name: "Sanquan party" };
    // What is masked is the number of a citizen that an older release took for a code.
    let is_code = |it: &&str| party.scheme == IdentifierScheme::Uscc && !it.contains('*');
    let code = party.identifier_shown.as_deref().filter(is_code);
    let code = code.map(|id| Identifier { id, scheme_name: "统一社会信用代码" });
    let details = Entity {
        is_component: false,
        entity_type: EntityType {
            r#type: entity_type(party.kind),
            subtype: None,
            details: party.kind.to_string(),
        },
        name: &party.name,
        identifiers: std::iter::once(own).chain(code).collect(),
    };
    statement(found, BodsRecordType::Entity, record, &details)
}

const fn entity_type(kind: PartyKind) -> &'static str {
    match kind {
        PartyKind::TownshipGovernment | PartyKind::CountyAgency => "stateBody",
        PartyKind::VillagersCommittee => "legalEntity",
        PartyKind::VillageCollective
        | PartyKind::StateEnterprise
        | PartyKind::Cooperative
        | PartyKind::Enterprise => "registeredEntity",
        // Stated as people, and so never as entities.
        PartyKind::Household | PartyKind::Person => "unknownEntity",
    }
}

/// What a party owns, all rights together.
struct PartysRights<'a> {
    party: &'a Party,
    rights: Vec<&'a Owner>,
}

/// The owners, each once.
fn parties_of(found: &Behind) -> Vec<PartysRights<'_>> {
    let of = |party: &Party| found.owners.iter().filter(|it| it.party_id == party.id).collect();
    found.parties.values().map(|party| PartysRights { party, rights: of(party) }).collect()
}

/// What a party has in an asset: directly, and, where it ends with them, through others.
fn about_rights(found: &Behind, owner: &PartysRights<'_>) -> Result<Vec<BodsStatement>, Problem> {
    let mut statements = Vec::new();
    for (direct, name) in [(true, "direct"), (false, "indirect")] {
        let mut interests = Vec::new();
        for right in owner.rights.iter().filter(|it| direct || !it.ends_here.is_zero()) {
            let paths = right.paths.iter().filter(|it| it.path.is_empty() == direct);
            let share = paths.fold(BigRational::from_integer(0.into()), |sum, it| sum + it.share.to_ratio());
            let share = Total::of(share);
            if share.is_zero() {
                continue;
            }
            interests.push(Interest {
                r#type: interest_in_asset(right.kind),
                direct_or_indirect: name,
                beneficial_ownership_or_control: owner.party.kind.is_personal(),
                details: format!("{} {share}", right.kind),
                share: Percentage::of(&share)?,
            });
        }
        if interests.is_empty() {
            continue;
        }
        let details = Relationship {
            is_component: false,
            subject: asset_record(found),
            interested_party: InterestedParty::Known(party_record(owner.party.id)),
            interests,
        };
        let record = format!("right-{}-{}-{name}", found.asset.id, owner.party.id);
        statements.push(statement(found, BodsRecordType::Relationship, record, &details)?);
    }
    Ok(statements)
}

/// What the standard calls a right in an asset.
const fn interest_in_asset(kind: RightKind) -> &'static str {
    match kind {
        RightKind::Ownership => "shareholding",
        RightKind::Management => "enjoymentAndUseOfAssets",
        RightKind::Income => "rightToProfitOrIncomeFromAssets",
    }
}

fn about_shareholding(found: &Behind, it: &Shareholding) -> Result<BodsStatement, Problem> {
    let personal = found.parties.get(&it.holder_id).is_some_and(|party| party.kind.is_personal());
    let details = Relationship {
        is_component: false,
        subject: party_record(it.company_id),
        interested_party: InterestedParty::Known(party_record(it.holder_id)),
        interests: vec![Interest {
            r#type: "shareholding",
            direct_or_indirect: "direct",
            beneficial_ownership_or_control: personal,
            details: format!("shareholder {}", it.share),
            share: Percentage::of(&Total::of(it.share.to_ratio()))?,
        }],
    };
    statement(found, BodsRecordType::Relationship, format!("relation-{}", it.relation_id), &details)
}

/// That nobody knows who holds the rest of a company.
fn about_unrecorded(found: &Behind, party: &Party) -> Result<Option<BodsStatement>, Problem> {
    let rest = found.unheld(party.id);
    if rest.is_zero() {
        return Ok(None);
    }
    let details = Relationship {
        is_component: false,
        subject: party_record(party.id),
        interested_party: InterestedParty::Unknown(Unspecified {
            reason: "informationUnknownToPublisher",
            description: "No shareholders are on record for this part.",
        }),
        interests: vec![Interest {
            r#type: "shareholding",
            direct_or_indirect: "unknown",
            beneficial_ownership_or_control: false,
            details: format!("unrecorded {rest}"),
            share: Percentage::of(&rest)?,
        }],
    };
    let record = format!("unrecorded-{}", party.id);
    statement(found, BodsRecordType::Relationship, record, &details).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(num: u128, den: u128, wanted: &str) {
        let share = Total::of(BigRational::new(num.into(), den.into()));
        let written = serde_json::to_string(&Percentage::of(&share).unwrap()).unwrap();
        assert_eq!(written, wanted, "{num}/{den}");
    }

    #[test]
    fn a_share_is_exact_in_hundredths_or_between_two_decimals() {
        check(1, 1, r#"{"exact":100}"#);
        check(1, 2, r#"{"exact":50}"#);
        check(1, 8, r#"{"exact":12.5}"#);
        check(1, 1000, r#"{"exact":0.1}"#);
        check(1, 3, r#"{"minimum":33.3333333333,"maximum":33.3333333334}"#);
        check(999_999_999_999, 1_000_000_000_000, r#"{"exact":99.9999999999}"#);
        check(99_999_999_999_999, 100_000_000_000_000, r#"{"minimum":99.9999999999,"maximum":100}"#);
        check(1, u128::MAX, r#"{"minimum":0,"maximum":0.0000000001}"#);
    }
}
