//! Payments on the wire.

use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::reversal::ReversalRequest;
use crate::{
    acts::names,
    http::shell::{
        act::{Acting, Done, DryRun, IdempotencyKey},
        answer::{Fetched, Resource},
        ask::{NoQuery, Reading, id_in},
        findings::FindingResponse,
        language::Language,
        listing::Listing,
        paging::{ListResponse, PageQuery},
        problem::{Code, Problem},
        routes::Routes,
    },
    journal::Known,
    loss::finding::{Finding, Names},
    money::{
        MoneyError,
        payments::{self, NewPayment, Payment},
    },
    storage::{Read, StorageError},
    values::{Fen, Id, RegionCode, UseCode, id::kind},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(pay).service(list).service(fetch).service(reverse);
}

/// Money to be spent from a village account.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PaymentRequest {
    /// What it is spent on, a code in small letters; the uses that the policy in force forbids are refused.
    purpose: UseCode,
    /// Who is paid.
    #[schema(value_type = uuid::Uuid)]
    payee_id: Id<kind::Party>,
    /// How much, in fen; not more than the account holds.
    #[schema(value_type = i64, format = Int64, minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 150_000)]
    amount_fen: Fen,
    /// The day on which it was paid, not in the future.
    #[schema(example = "2025-09-15")]
    paid_on: NaiveDate,
    /// The voucher.
    #[schema(value_type = uuid::Uuid)]
    document_id: Id<kind::Document>,
}

/// A payment.
#[derive(Debug, Serialize, ToSchema)]
struct PaymentResponse {
    /// The identifier.
    #[schema(value_type = uuid::Uuid)]
    id: Id<kind::Payment>,
    /// The account that it was made from.
    #[schema(value_type = uuid::Uuid)]
    account_id: Id<kind::Account>,
    /// What it was spent on.
    purpose: UseCode,
    /// Who was paid.
    #[schema(value_type = uuid::Uuid)]
    payee_id: Id<kind::Party>,
    /// How much, in fen.
    amount_fen: Fen,
    /// The day on which it was paid.
    #[schema(example = "2025-09-15")]
    paid_on: NaiveDate,
    /// The voucher.
    #[schema(required, value_type = Option<uuid::Uuid>)]
    document_id: Option<Id<kind::Document>>,
    /// The region: that of the account.
    region_code: RegionCode,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// Whether it was booked back, since it was booked wrongly.
    reversed: bool,
    /// What the loss rules found of it when it was recorded.
    findings: Vec<FindingResponse>,
}

/// A payment, with what those are called that the findings about it name.
type Named = (Payment, Names);

fn named(unit: &mut Read<'_>, payments: Vec<Payment>) -> Result<Vec<Named>, StorageError> {
    let findings = payments.iter().flat_map(|it| &it.findings);
    let names = names(unit, findings.flat_map(Finding::ids), Known::Now)?;
    Ok(payments.into_iter().map(|it| (it, names.clone())).collect())
}

impl PaymentResponse {
    fn one(unit: &mut Read<'_>, payment: Payment, language: Language) -> Result<Self, Problem> {
        let named = named(unit, vec![payment])?.pop();
        named.map(|it| Self::of(it, language)).ok_or_else(|| Problem::new(Code::NotFound))
    }

    fn of((payment, names): Named, language: Language) -> Self {
        Self {
            findings: FindingResponse::all(&payment.findings, &names, language),
            id: payment.id,
            account_id: payment.account_id,
            purpose: payment.paid.purpose,
            payee_id: payment.paid.payee_id,
            amount_fen: payment.paid.amount,
            paid_on: payment.paid.paid_on,
            document_id: payment.paid.document_id,
            region_code: payment.region_code,
            recorded_at: payment.recorded_at,
            reversed: payment.reversed,
        }
    }
}

impl Resource for PaymentResponse {
    fn location(&self) -> String {
        format!("/v1/payments/{}", self.id)
    }

    /// The only change that a payment knows is its reversal.
    fn version(&self) -> Option<i64> {
        Some(if self.reversed { 2 } else { 1 })
    }

    fn subject(&self) -> Option<Id<kind::Subject>> {
        Some(self.id.seen_as())
    }
}

/// Spends from a village account.
///
/// The loss rules look at who is paid, and what for: what they block is refused, and what else they find is kept with the payment.
#[utoipa::path(tag = "money", operation_id = "pay_from_account", security(("bearer" = ["payments:write"])),
    params(("id" = uuid::Uuid, Path, description = "The account"), IdempotencyKey, DryRun), request_body = PaymentRequest, responses(
    (status = 201, description = "The payment, booked", body = PaymentResponse),
    (status = 409, description = "`account_overdrawn`; `blocked_by_loss_check`: the policy forbids the use (L38); `conflict`: the account is not a party's")))]
#[post("/v1/accounts/{id}/payments")]
async fn pay(request: HttpRequest, act: Acting<PaymentRequest>) -> Result<HttpResponse, Problem> {
    let (account, language) = (id_in(&request, "id")?, Language::of(&request));
    act.perform(move |unit, _, caller, asked| {
        let payment = NewPayment {
            purpose: asked.purpose.clone(),
            payee_id: asked.payee_id,
            amount: asked.amount_fen,
            paid_on: asked.paid_on,
            document_id: Some(asked.document_id),
        };
        let paid = payments::pay(unit, caller, account, &payment)?;
        Done::created(&PaymentResponse::one(unit, paid, language)?)
    })
    .await
}

/// Lists what was spent from an account.
#[utoipa::path(tag = "money", operation_id = "list_payments", security(("bearer" = ["money:read"])), extensions(("x-may-lag" = json!(true))),
    params(("id" = uuid::Uuid, Path, description = "The account"), PageQuery), responses(
    (status = 200, description = "Payments in the order of their recording", body = ListResponse<PaymentResponse>)))]
#[get("/v1/accounts/{id}/payments")]
async fn list(
    request: HttpRequest,
    asked: Listing<NoQuery, Id<kind::Payment>>,
) -> Result<HttpResponse, Problem> {
    let language = Language::of(&request);
    let account: Id<kind::Account> = asked.id("id")?;
    asked
        .answer_whole(
            move |unit, caller, it| -> Result<_, MoneyError> {
                let found = payments::of_account(unit, caller, account, it.after, it.limit)?;
                Ok(named(unit, found)?)
            },
            |(it, _)| it.id,
            move |it| PaymentResponse::of(it, language),
        )
        .await
}

/// Shows a payment.
#[utoipa::path(tag = "money", operation_id = "get_payment", security(("bearer" = ["money:read"])),
    params(("id" = uuid::Uuid, Path, description = "The payment")), responses(
    (status = 200, description = "The payment", body = PaymentResponse)))]
#[get("/v1/payments/{id}")]
async fn fetch(request: HttpRequest, asked: Reading) -> Result<Fetched<PaymentResponse>, Problem> {
    let (id, language) = (asked.id("id")?, Language::of(&request));
    asked
        .fetch_whole(move |unit, caller, _| {
            let found = payments::find(unit, caller, id)?;
            PaymentResponse::one(unit, found, language)
        })
        .await
}

/// Reverses a payment that was booked wrongly.
///
/// A contrary row names the row that was wrong; nothing is deleted, and the account holds what it held.
#[utoipa::path(tag = "money", operation_id = "reverse_payment", security(("bearer" = ["payments:write"])),
    params(("id" = uuid::Uuid, Path, description = "The payment"), IdempotencyKey, DryRun), request_body = ReversalRequest, responses(
    (status = 200, description = "The payment as it is now", body = PaymentResponse),
    (status = 409, description = "`conflict`: it was reversed already")))]
#[post("/v1/payments/{id}/reversal")]
async fn reverse(request: HttpRequest, act: Acting<ReversalRequest>) -> Result<HttpResponse, Problem> {
    let (id, language) = (id_in(&request, "id")?, Language::of(&request));
    act.perform(move |unit, _, caller, asked| {
        let reversed = payments::reverse(unit, caller, id, &asked.into())?;
        Done::changed(&PaymentResponse::one(unit, reversed, language)?)
    })
    .await
}
