//! Registration certificates on the wire: issued to those who may read the asset, checked by anybody.

use actix_web::{
    HttpResponse, get,
    http::header::{self, HeaderValue},
    post,
};
use chrono::{DateTime, NaiveDate, Utc};
use jsonwebtoken::jwk::Jwk;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    http::{
        render::certificate_sheet as sheet,
        shell::{
            ask::{NoQuery, PublicAsking, PublicReading, Reading, settled},
            negotiation::{JSON, preferred},
            problem::{Code, Problem},
            routes::Routes,
        },
    },
    identity::{SecondSignature, Sm2Jwk, StatedKeys},
    journal::Placed,
    register::certificates::{
        self, CERTIFICATE, Certificate, CertificateRefused, Point, Refusal, SHEET, Verified, VerifyError,
    },
    storage::Read,
    values::{Fault, Id, Reason, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(issue).service(list_keys).service(verify_sheet).service(verify);
}

const HTML: &str = "text/html";
const JOSE: &str = "application/jose";

impl From<CertificateRefused> for Problem {
    fn from(reason: CertificateRefused) -> Self {
        match reason {
            CertificateRefused::NotFound => Self::new(Code::NotFound),
            CertificateRefused::Unregistered => Self::new(Code::Conflict)
                .saying(
                    "该资产尚未首次登记，不能出具登记证明；请先办理首次登记。",
                    "The asset has had no first registration yet; register it first.",
                ),
            CertificateRefused::Void => Self::new(Code::Conflict).saying(
                "该资产的登记已作废，自始不计入，任何日期均不能出具登记证明；请改用正确的资产记录。",
                "The record of the asset is void, and it counts on no day, so there is nothing to certify; use the record of the right one.",
            ),
            CertificateRefused::Unowned => Self::new(Code::Conflict).saying(
                "该资产当日没有所有权人：已经终止，或者登记的生效日期在此之后；请另选日期。",
                "Nobody owns the asset on this day: it has ended, or is registered from a later day. Ask for another day.",
            ),
            CertificateRefused::InFuture => Fault::at("/as_of", Reason::InFuture).into(),
            CertificateRefused::Rights(error) => error.into(),
        }
    }
}

/// A certificate, readable and signed.
#[derive(Debug, Serialize, ToSchema)]
struct CertificateResponse {
    /// What it says.
    certificate: Certificate,
    /// The same, signed: a JSON Web Signature in its compact form (RFC 7515), by Ed25519, with its public key inside. Only
    /// this is the certificate; what stands beside it is for reading.
    #[schema(example = "eyJ0eXAiOiJzYW5xdWFuLWNlcnRpZmljYXRlK2p3cyIsImFsZyI6IkVkRFNBIn0.e30.c2lnbmF0dXJl")]
    jws: String,
    /// A second signature over the same content, by SM2 with SM3: a JSON Web Signature without its payload (RFC 7515,
    /// appendix F). Null where the registry signs by Ed25519 alone.
    #[schema(required, example = "eyJ0eXAiOiJzYW5xdWFuLWNlcnRpZmljYXRlK2p3cyJ9..c2lnbmF0dXJl")]
    jws_sm2: Option<String>,
}

/// Of which day, and as known when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct IssueQuery {
    /// The day of whose rights and restrictions it speaks; today unless said. It must not lie in the future.
    #[param(example = "2025-07-01")]
    as_of: Option<NaiveDate>,
    /// As the registry knew it at this instant; now unless said.
    #[param(example = "2025-07-01T00:00:00Z")]
    known_at: Option<DateTime<Utc>>,
}

/// Issues a registration certificate of an asset, as it stands now, or as it stood on a day and was known at an instant.
///
/// As JSON with its signed form, as the signed form alone (`application/jose`), or as one printable page in Chinese and
/// English (`text/html`) with a code that leads to its verification. People and households are named by their surname
/// alone. Nothing is kept of it: what a certificate says is true of the day and of the instant that stand in it.
#[utoipa::path(tag = "certificates", operation_id = "issue_certificate", security(("bearer" = ["assets:read"])),
    params(("id" = uuid::Uuid, Path, description = "The asset"), IssueQuery), responses(
    (status = 200, description = "The certificate", content(
        (CertificateResponse = "application/json"), (String = "application/jose"), (String = "text/html"))),
    (status = 406, description = "`not_acceptable`: neither JSON nor JOSE nor HTML is accepted"),
    (status = 409, description = "`conflict`: the asset has had no first registration yet, or nobody owns it on this day")))]
#[get("/v1/assets/{id}/certificate")]
async fn issue(asked: Reading<IssueQuery>) -> Result<HttpResponse, Problem> {
    let id: Id<kind::Asset> = asked.id("id")?;
    let form = preferred(&asked.request, &[JSON, JOSE, HTML])?;
    let Reading { registry, reader, caller, query, .. } = asked;
    let point = Point { as_of: query.as_of, known_at: query.known_at };
    let origin = registry.origin();
    // What was committed a moment ago is certified too, so it gets its place in the journal now.
    settled(&registry, Some(query.known_at.unwrap_or_else(|| registry.storage.clock().now()))).await?;
    let issue = move |unit: &mut Read<'_>| certificates::issue(unit, &caller, id, &origin, point);
    let certificate = reader.snapshot(issue).await?;
    let unsigned = || Problem::internal("a certificate could not be signed");
    let jws = registry.signer.sign(CERTIFICATE, &certificate).ok_or_else(unsigned)?;
    let jws_sm2 = registry.signer.sign_again(CERTIFICATE, &jws).map_err(Problem::internal)?;
    let mut answer = match form {
        HTML => {
            let code = registry.signer.sign_short(SHEET, &certificate.sheet()).ok_or_else(unsigned)?;
            // Where the public reaches the registry, a request does not say: its headers are whatever its sender wrote.
            let address = format!("{}/v1/certificates/verify?c={code}", registry.settings.public_url);
            page(sheet::printed(&certificate, &jws, &address)?)
        }
        JOSE => HttpResponse::Ok().content_type(JOSE).body(jws),
        _ => HttpResponse::Ok().json(CertificateResponse { certificate, jws, jws_sm2 }),
    };
    answer.headers_mut().append(header::VARY, HeaderValue::from_static("Accept"));
    Ok(answer)
}

/// A page that loads nothing, runs nothing, and cannot be framed.
fn page(content: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, sheet::policy()))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(content)
}

/// A certificate to be checked.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct VerificationRequest {
    /// The certificate in its signed form.
    #[schema(
        min_length = 1,
        max_length = 80_000,
        example = "eyJ0eXAiOiJzYW5xdWFuLWNlcnRpZmljYXRlK2p3cyIsImFsZyI6IkVkRFNBIn0.e30.c2lnbmF0dXJl"
    )]
    jws: String,
    /// Its second signature, as the registry gave it beside the signed form; null or absent where there is none.
    #[schema(
        min_length = 1,
        max_length = 4000,
        example = "eyJ0eXAiOiJzYW5xdWFuLWNlcnRpZmljYXRlK2p3cyJ9..c2lnbmF0dXJl"
    )]
    jws_sm2: Option<String>,
}

/// An entry of the journal, by its place.
#[derive(Debug, Serialize, ToSchema)]
struct PlacedResponse {
    /// The index of the entry.
    #[schema(minimum = 0, example = 1107)]
    index: i64,
    /// The identifier of the entry.
    #[schema(value_type = uuid::Uuid)]
    entry_id: Id<kind::Entry>,
}

impl From<Placed> for PlacedResponse {
    fn from(it: Placed) -> Self {
        Self { index: it.index, entry_id: it.id }
    }
}

/// Whether a certificate is genuine, and whether it still says how things are.
#[derive(Debug, Serialize, ToSchema)]
struct VerificationResponse {
    /// Whether this registry issued it, and it is unaltered. What it says was true then, whatever has happened since.
    valid: bool,
    /// Why it is not; null where it is.
    #[schema(required)]
    reason: Option<Refusal>,
    /// Whether the rights or restrictions of the asset have changed since; false where it is not valid.
    superseded: bool,
    /// The first entry of the journal that changed them since; null where none did.
    #[schema(required)]
    superseded_by: Option<PlacedResponse>,
    /// What is known of its second signature, by SM2 with SM3; null where it is not valid. One that was given and does not fit
    /// makes the certificate invalid.
    #[schema(required)]
    second_signature: Option<SecondSignature>,
    /// What it says; null where it is not valid.
    #[schema(required)]
    certificate: Option<Certificate>,
}

impl VerificationResponse {
    fn of(outcome: Result<Verified, VerifyError>) -> Result<Self, Problem> {
        match outcome {
            Ok(it) => Ok(Self {
                valid: true,
                reason: None,
                superseded: it.superseded_by.is_some(),
                superseded_by: it.superseded_by.map(PlacedResponse::from),
                second_signature: Some(it.second_signature),
                certificate: Some(it.certificate),
            }),
            Err(VerifyError::Refused(reason)) => Ok(Self {
                valid: false,
                reason: Some(reason),
                superseded: false,
                superseded_by: None,
                second_signature: None,
                certificate: None,
            }),
            Err(VerifyError::Storage(error)) => Err(error.into()),
        }
    }
}

/// Checks a certificate.
///
/// Anybody may, without a token. A certificate of a right that has since moved is still valid, and superseded.
#[utoipa::path(tag = "certificates", operation_id = "verify_certificate", security(()), request_body = VerificationRequest, responses(
    (status = 200, description = "Whether it is genuine, and whether it is superseded", body = VerificationResponse)))]
#[post("/v1/certificates/verification")]
async fn verify(asked: PublicAsking<VerificationRequest>) -> Result<HttpResponse, Problem> {
    let PublicAsking { registry, content, .. } = asked;
    let keys = registry.signer.keys().clone();
    let outcome = registry
        .storage
        .snapshot(move |unit| {
            let second = content.jws_sm2.as_deref().map(str::trim);
            certificates::verify(unit, &keys, content.jws.trim(), second)
        })
        .await;
    Ok(HttpResponse::Ok().json(VerificationResponse::of(outcome)?))
}

/// The code of a printed certificate.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CodeQuery {
    /// The code, as the square on the sheet holds it.
    #[param(
        min_length = 1,
        max_length = 2000,
        example = "eyJ0eXAiOiJzYW5xdWFuLXNoZWV0K2p3cyJ9.e30.c2lnbmF0dXJl"
    )]
    c: String,
}

/// Checks a printed certificate by the code in its square.
///
/// Tells what the sheet must say, so that it can be compared with what it does say: as a page for people (`text/html`), or
/// as JSON. Anybody may who has the code, without a token.
#[utoipa::path(tag = "certificates", operation_id = "verify_printed_certificate", security(()), params(CodeQuery), responses(
    (status = 200, description = "Whether it is genuine, whether it is superseded, and what it must say", content(
        (VerificationResponse = "application/json"), (String = "text/html"))),
    (status = 406, description = "`not_acceptable`: neither JSON nor HTML is accepted")))]
#[get("/v1/certificates/verify")]
async fn verify_sheet(asked: PublicReading<CodeQuery>) -> Result<HttpResponse, Problem> {
    let PublicReading { registry, query, request, .. } = asked;
    let form = preferred(&request, &[JSON, HTML])?;
    let (keys, origin) = (registry.signer.keys().clone(), registry.origin());
    let outcome = registry
        .storage
        .snapshot(move |unit| certificates::verify_sheet(unit, &keys, &origin, &query.c))
        .await;
    let mut answer = match form {
        HTML => page(match outcome {
            Ok(it) => sheet::confirmed(&it),
            Err(VerifyError::Refused(reason)) => sheet::refused(reason),
            Err(VerifyError::Storage(error)) => return Err(error.into()),
        }),
        _ => HttpResponse::Ok().json(VerificationResponse::of(outcome)?),
    };
    answer.headers_mut().append(header::VARY, HeaderValue::from_static("Accept"));
    Ok(answer)
}

/// The keys by which certificates are checked.
#[derive(Debug, Serialize, ToSchema)]
struct CertificateKeysResponse {
    /// The public keys of Ed25519, each a JWK (RFC 7517).
    #[schema(value_type = Vec<Object>)]
    keys: Vec<Jwk>,
    /// The public keys of SM2, each a JWK of the curve `urn:oid:1.2.156.10197.1.301`. They stand apart, so that programs that
    /// do not know the curve read the others.
    #[schema(value_type = Vec<Object>)]
    sm2_keys: Vec<Sm2Jwk>,
}

/// Shows the public keys of the registry's certificates, as a JWK set.
///
/// Kept beforehand, or taken from a place of trust, it lets certificates be checked with no server at all.
#[utoipa::path(tag = "certificates", operation_id = "list_certificate_keys", security(()), responses(
    (status = 200, description = "The keys", body = CertificateKeysResponse)))]
#[get("/v1/certificates/keys")]
async fn list_keys(asked: PublicReading<NoQuery>) -> Result<HttpResponse, Problem> {
    let StatedKeys { keys, sm2_keys } = asked.registry.signer.keys().stated();
    Ok(HttpResponse::Ok().json(CertificateKeysResponse { keys, sm2_keys }))
}
