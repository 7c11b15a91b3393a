//! The wing of money.

mod accounts;
mod contracts;
mod payments;
mod receipts;

use crate::{
    http::shell::{
        problem::{Code, Problem},
        routes::Routes,
    },
    loss::rules::RuleId,
    money::{
        MoneyError,
        contracts::ContractError,
        ledger::{LedgerError, Shortage},
    },
};

pub(crate) fn routes(config: &mut impl Routes) {
    config
        .configure(receipts::routes)
        .configure(contracts::routes)
        .configure(accounts::routes)
        .configure(payments::routes);
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Overdrawn(None) => Self::new(Code::AccountOverdrawn),
            LedgerError::Overdrawn(Some(Shortage { account, on, available, wanted })) => {
                Self::new(Code::AccountOverdrawn)
                    .saying(
                        format!(
                            "{on} 该账户可支用 {} 元，不足 {} 元：账户在该日及以后任何一天都不得透支。",
                            available.yuan(),
                            wanted.yuan()
                        ),
                        format!(
                            "On {on} the account can give {} yuan and not {}: it must not be overdrawn on that day or on any \
                             after it.",
                            available.yuan(),
                            wanted.yuan()
                        ),
                    )
                    .with("account_id", account)
                    .with("on", on)
                    .with("available_fen", available)
                    .with("wanted_fen", wanted)
            }
            LedgerError::AlreadyReversed => {
                Self::new(Code::Conflict).saying("该笔记录已被冲销。", "This was reversed already.")
            }
            LedgerError::TooLarge => Self::new(Code::Conflict).saying(
                "账户余额将超出账簿所能精确记录的范围。",
                "The account would hold more than the ledger keeps exactly.",
            ),
            LedgerError::Storage(error) => error.into(),
        }
    }
}

impl From<MoneyError> for Problem {
    fn from(error: MoneyError) -> Self {
        match error {
            MoneyError::NotFound => Self::new(Code::NotFound),
            MoneyError::NoOwner => Self::new(Code::Conflict).saying(
                "该资产当日没有登记的所有权人。",
                "Nobody is on record as owner of the asset on that day.",
            ),
            MoneyError::NotOfAParty => Self::new(Code::Conflict)
                .saying("只能从主体的账户支出。", "Money is spent from the accounts of parties only."),
            MoneyError::Distributed => {
                Self::new(Code::Conflict).saying("该笔收入已经分配。", "The receipt was distributed already.")
            }
            MoneyError::ForbiddenUse(purpose) => Self::new(Code::BlockedByLossCheck)
                .saying(
                    format!("现行政策禁止该用途：{purpose}。"),
                    format!("The policy in force forbids the use {purpose}."),
                )
                .with("rule", RuleId::L38)
                .with("purpose", purpose),
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
            ContractError::Closed { asset, status } => Self::new(Code::Conflict)
                .saying(
                    format!("该资产已处于 {status} 状态，不能再登记合同。"),
                    format!("The asset is {status}; no contract about it can be recorded any more."),
                )
                .with("asset_id", asset)
                .with("asset_status", status),
            ContractError::Invalid(faults) => faults.into(),
            ContractError::Denied(denied) => denied.into(),
            ContractError::Storage(error) => error.into(),
        }
    }
}
