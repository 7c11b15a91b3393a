//! The wing of money.

mod accounts;
mod contracts;
mod payments;
mod proceeds;
mod receipts;
mod reversal;

use crate::{
    http::shell::{
        problem::{Code, Problem},
        routes::Routes,
        vocabulary::UseInWords,
    },
    loss::rules::RuleId,
    money::{
        MoneyRefused,
        contracts::ContractRefused,
        ledger::{LedgerRefused, Shortage},
    },
};

pub(crate) fn routes(config: &mut impl Routes) {
    config
        .configure(receipts::routes)
        .configure(contracts::routes)
        .configure(accounts::routes)
        .configure(payments::routes)
        .configure(proceeds::routes);
}

impl From<LedgerRefused> for Problem {
    fn from(reason: LedgerRefused) -> Self {
        match reason {
            LedgerRefused::Overdrawn(None) => Self::new(Code::AccountOverdrawn),
            LedgerRefused::Overdrawn(Some(Shortage { account, on, available, wanted })) => {
                Self::new(Code::AccountOverdrawn)
                    .saying(
                        "{on} 该账户可支用 {available}，不足 {wanted}：账户在该日及以后任何一天都不得透支；请减少金额，或待款项入账后再办理。",
                        "On {on} the account can give {available} and not {wanted}: it must not be overdrawn on that day or on \
                         any after it.",
                    )
                    .put("on", on)
                    .put("available", available)
                    .put("wanted", wanted)
                    .with("account_id", account)
                    .with("on", on)
                    .with("available_fen", available)
                    .with("wanted_fen", wanted)
            }
            LedgerRefused::AlreadyReversed => Self::new(Code::Conflict).saying(
                "该笔记录已被冲销，不能再次冲销；请重新读取后核对。",
                "This was reversed already, and is not reversed twice.",
            ),
            LedgerRefused::TooLarge => Self::new(Code::Conflict).saying(
                "账户余额将超出账簿所能精确记录的范围；请核对金额及其单位（分）。",
                "The account would hold more than the ledger keeps exactly; check the amount, and its unit.",
            ),
        }
    }
}

impl From<MoneyRefused> for Problem {
    fn from(reason: MoneyRefused) -> Self {
        match reason {
            MoneyRefused::NotFound => Self::new(Code::NotFound),
            MoneyRefused::NoOwner => Self::new(Code::Conflict).saying(
                "该资产当日没有登记的所有权人，款项无从入账；请先办理首次登记，或核对日期。",
                "Nobody is on record as owner of the asset on that day; register it first, or check the day.",
            ),
            MoneyRefused::Void => Self::new(Code::Conflict).saying(
                "该资产已作废，不能再登记收入；请改用正确的资产记录。",
                "The asset is void, and nothing is booked to it; use the record of the right one.",
            ),
            MoneyRefused::NotOfAParty => Self::new(Code::Conflict).saying(
                "只能从主体的账户支出；请填写村集体等主体的账户编号。",
                "Money is spent from the accounts of parties only; name one of these.",
            ),
            MoneyRefused::Unclaimed => Self::new(Code::Conflict).saying(
                "该账户的款项是为尚无人领取的权利人代存的，不得支出；请从其他用途的账户支出。",
                "The account keeps what others are due and nobody could claim yet, so nothing is spent from it; name another account.",
            ),
            MoneyRefused::OwnerGone(successor) => Self::new(Code::Conflict)
                .saying(
                    "账户所属的主体已终止或者已删除，账上资金只能付给其承继主体（见 `successor_id`）；尚无承继主体的，请先登记。",
                    "The party whose account it is is there no more; what it holds goes to its successor alone (see successor_id). \
                     Where there is none, record one first.",
                )
                .with("successor_id", successor),
            MoneyRefused::DebtorGone { contract, party } => Self::new(Code::Conflict)
                .saying(
                    "冲销后，合同（见 `contract_id`）的承租方（见 `party_id`）将重新欠缴租金，而该主体已终止且无承继主体，或者个人信息已依法删除，\
                     无人负担。已终止的，请先登记承继主体（`PATCH /v1/parties/{id}`，`successor_id`）；否则请先提出更正案件\
                     （`POST /v1/amendments`）更正承租方，或者作废该合同，再冲销。",
                    "Booked back, the lessee (party_id) of the contract (contract_id) would owe it again, and is there no more: it ended \
                     and nobody succeeds to it, or its data were erased. Where it ended, say first who succeeds to it (PATCH \
                     /v1/parties/{id}, successor_id); else have its lessee corrected, or the contract made void, first (POST /v1/amendments).",
                )
                .with("contract_id", contract)
                .with("party_id", party),
            MoneyRefused::Distributed => Self::new(Code::Conflict).saying(
                "该笔收款已经分配，已执行的分配不能撤销，因此不能再冲销。多收的款项退还时，请从受分配主体的账户登记付款\
                 （`POST /v1/accounts/{id}/payments`）；少收的请另行登记收款；金额记错的请在附件中写明原收款。",
                "The receipt was distributed, and an executed distribution is not undone, so it is not reversed any more. What came in \
                 too much is paid back from the accounts that it was distributed to (POST /v1/accounts/{id}/payments), and what is \
                 missing is recorded as a receipt of its own.",
            ),
            MoneyRefused::ForbiddenUse(purpose) => Self::new(Code::BlockedByLossCheck)
                .saying(
                    "现行政策禁止将款项用于{purpose}；请改为允许的用途。",
                    "The policy in force forbids the use {purpose}; put the money to another.",
                )
                .put("purpose", UseInWords(&purpose))
                .with("rule", RuleId::L38)
                .with("purpose", purpose),
            MoneyRefused::Ledger(error) => error.into(),
        }
    }
}

impl From<ContractRefused> for Problem {
    fn from(reason: ContractRefused) -> Self {
        match reason {
            ContractRefused::NotFound => Self::new(Code::NotFound),
            ContractRefused::Gone(party) => Self::new(Code::Conflict)
                .saying(
                    "合同的出租方或者承租方（见 `party_id`）已终止且无承继主体，或者个人信息已依法删除，不能再加重其义务：期限不能延长，标的不能增加，\
                     承租方的租金不能增加或者提前。已终止的，请先登记承继主体；承租方登记有误的，可以更换承租方。",
                    "A party of the contract (party_id) is there no more: it ended and nobody succeeds to it, or its data were erased. It \
                     cannot be bound to more: no longer term, nothing further that is let, no more rent or sooner. Where it ended, \
                     say first who succeeds to it; where somebody else rents, correct the lessee.",
                )
                .with("party_id", party),
            ContractRefused::DecidedBy(case) => Self::new(Code::Conflict)
                .saying(
                    "该合同由流转案件形成，出租方、承租方、标的和期限以村集体的决定为准，不随合同更正；请先更正或变更权利（`POST /v1/corrections`、`POST /v1/alterations`）。只出租一项资产、此后未转租、未终止的租赁，承租方有误的（包括转移、续租所立的）以 `POST /v1/amendments`（`contract.corrected` 中的 `lessee_id`、`schedule`）一并更正权利和合同，欠租随合同由正确的承租方承担；首次登记时存续的租赁还可以更正期限（`term`）。其他租赁承租方误登的，将经营权更正给出租方，原合同即终止、款项不再到期，再与正确的承租方办理流转。租金计划可以更正。",
                    "The contract is that of a lease which went through a case: whom it binds, what it lets and for how long is what the village decided, and is put right with the rights (POST /v1/corrections, POST /v1/alterations). Of a lease of one asset that was neither let on nor ended since, be it made by a transfer or a renewal, POST /v1/amendments puts right who rents together with the right (lessee_id, schedule in contract.corrected), and what is owed is owed by the right one; of a lease that stood at the first registration for how long as well (term). Of any other, where the lessee is wrong, correct the management back to whoever let it, by which the contract ends and nothing falls due of it, and let it to the right one by a transfer. Its schedule can be corrected.",
                )
                .with("case_id", case),
            ContractRefused::Closed { asset, status } => Self::new(Code::Conflict)
                .saying(
                    "该资产{status}，不能再登记合同；请选择仍在册的资产。",
                    "The asset is {status}; no contract about it can be recorded any more.",
                )
                .put("status", status)
                .with("asset_id", asset)
                .with("asset_status", status),
        }
    }
}
