//! The chart of accounts: under which code of the accounting system each kind of account stands.
//!
//! The codes are data, those of the 农村集体经济组织会计制度 (财会〔2023〕14号, in force from 2024-01-01). They are written into
//! an account when it is opened, so that a later chart changes what is opened from then on and no account that stands.

use crate::money::accounts::AccountPurpose;

/// One line of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heading {
    /// The kind of account.
    pub purpose: AccountPurpose,
    /// The code in the accounting system.
    pub code: &'static str,
    /// The name of the code there.
    pub name: &'static str,
}

const fn heading(purpose: AccountPurpose, code: &'static str, name: &'static str) -> Heading {
    Heading { purpose, code, name }
}

/// The chart: every kind of account once.
pub const CHART: &[Heading] = &[
    heading(AccountPurpose::External, "102", "银行存款"),
    heading(AccountPurpose::DisposalProceeds, "153", "固定资产清理"),
    heading(AccountPurpose::Reserve, "311", "公积公益金"),
    heading(AccountPurpose::Income, "321", "本年收益"),
    heading(AccountPurpose::OperationAndMaintenance, "322", "收益分配"),
    heading(AccountPurpose::Consolidation, "322", "收益分配"),
    heading(AccountPurpose::VillagePublicWelfare, "322", "收益分配"),
    heading(AccountPurpose::PublicPosts, "322", "收益分配"),
    heading(AccountPurpose::Members, "322", "收益分配"),
    heading(AccountPurpose::Undistributed, "322", "收益分配"),
];

/// The code under which an account is opened.
pub fn code(purpose: AccountPurpose) -> &'static str {
    // A test proves that the chart has every kind; 322 is where what is not told apart belongs.
    CHART.iter().find(|it| it.purpose == purpose).map_or("322", |it| it.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_account_stands_in_the_chart_once() {
        for purpose in AccountPurpose::ALL {
            assert_eq!(CHART.iter().filter(|it| it.purpose == *purpose).count(), 1, "{purpose}");
        }
        assert_eq!(code(AccountPurpose::Income), "321");
        assert_eq!(code(AccountPurpose::Members), "322");
    }

    #[test]
    fn a_code_has_one_name() {
        for one in CHART {
            assert!(CHART.iter().filter(|it| it.code == one.code).all(|it| it.name == one.name), "{}", one.code);
        }
    }
}
