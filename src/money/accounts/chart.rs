//! The chart of accounts: what each account of the registry is in the accounting system for rural collective economic
//! organisations (农村集体经济组织会计制度, 财会〔2023〕14号, in force since 2024-01-01).
//!
//! Data, not logic: a county that books otherwise changes a line here and nothing else.

use crate::money::accounts::AccountPurpose;

/// The code of an account.
pub(super) const fn code(purpose: AccountPurpose) -> &'static str {
    match purpose {
        // 银行存款: the world outside, from which money comes and to which it goes.
        AccountPurpose::External => "102",
        // 本年收益: income of an asset that has not been distributed yet.
        AccountPurpose::Income => "321",
        // 公积公益金.
        AccountPurpose::Reserve => "311",
        // 应付款: what is due to others.
        AccountPurpose::Unclaimed => "202",
        // 固定资产清理.
        AccountPurpose::DisposalProceeds => "153",
        // 收益分配, by what it is for.
        AccountPurpose::OperationAndMaintenance
        | AccountPurpose::Consolidation
        | AccountPurpose::VillagePublicWelfare
        | AccountPurpose::PublicPosts
        | AccountPurpose::Members
        | AccountPurpose::Undistributed => "322",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_has_a_code_of_three_digits() {
        for purpose in AccountPurpose::ALL {
            let code = code(*purpose);
            assert!(code.len() == 3 && code.bytes().all(|it| it.is_ascii_digit()), "{purpose}: {code}");
        }
    }
}
