//! The wing of money: accounts and the ledger, receipts and payments, contracts, and the feed of income records.

mod accounts;
mod contracts;
mod payments;
mod receipts;

use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    http::problem::{Code, Problem},
    money::{MoneyError, contracts::ContractError, ledger::LedgerError},
};

pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .configure(accounts::routes)
        .configure(contracts::routes)
        .configure(payments::routes)
        .configure(receipts::routes);
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Overdrawn => Self::new(Code::AccountOverdrawn),
            LedgerError::AlreadyReversed => {
                Self::new(Code::Conflict).saying("该笔款项已冲销。", "This was reversed before.")
            }
            LedgerError::TooLarge => Self::new(Code::Conflict)
                .saying("金额合计超出账簿可精确记录的范围。", "The amounts together are larger than the ledger keeps exactly."),
            LedgerError::Storage(error) => error.into(),
        }
    }
}

impl From<MoneyError> for Problem {
    fn from(error: MoneyError) -> Self {
        match error {
            MoneyError::NotFound => Self::new(Code::NotFound),
            MoneyError::NoOwner => Self::new(Code::Conflict).saying(
                "该资产在收款日没有登记的所有权人，价款无从归属。",
                "The asset has no registered owner on the day to whom the money could belong.",
            ),
            MoneyError::NotOfAParty => Self::new(Code::Conflict).saying(
                "只能从主体的账户付款；资产收益先分配后使用。",
                "Only accounts of parties are spent from; the income of an asset is distributed first.",
            ),
            MoneyError::Distributed => Self::new(Code::Conflict)
                .saying("该笔收款已分配，不能冲销。", "The receipt was distributed and cannot be reversed."),
            MoneyError::ForbiddenUse(purpose) => Self::new(Code::BlockedByLossCheck)
                .saying(
                    format!("现行政策禁止将资金用于 {purpose}。"),
                    format!("The policy in force forbids the use {purpose}."),
                )
                .with("rule", "L38")
                .with("findings", json!([{"rule": "L38", "severity": "block", "figures": {"use": purpose}}])),
            MoneyError::Invalid(faults) => faults.into(),
            MoneyError::Ledger(error) => error.into(),
            MoneyError::Denied(denied) => denied.into(),
            MoneyError::Storage(error) => error.into(),
        }
    }
}

impl From<ContractError> for Problem {
    fn from(error: ContractError) -> Self {
        match error {
            ContractError::NotFound => Self::new(Code::NotFound),
            ContractError::Invalid(faults) => faults.into(),
            ContractError::Denied(denied) => denied.into(),
            ContractError::Storage(error) => error.into(),
        }
    }
}
