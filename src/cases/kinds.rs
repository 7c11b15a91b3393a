//! The kinds of cases.

use crate::values::closed_enum;

closed_enum! {
    /// What a case is about.
    pub enum CaseKind {
        /// First registration of an asset's rights.
        Registration = "registration",
        /// A transfer of rights.
        Transfer = "transfer",
        /// A distribution of income.
        Distribution = "distribution",
        /// A correction of what was recorded wrongly.
        Correction = "correction",
        /// An alteration: a grant ended or renewed, an asset divided, merged, disposed of or restored.
        Alteration = "alteration",
        /// An amendment: what was recorded wrongly of an asset, a project or a contract is corrected, or is void.
        Amendment = "amendment",
    }
}

impl CaseKind {
    /// What its public notices are headed by, in Chinese and English. `voids` says whether a record is void by it.
    pub const fn notice_title(self, voids: bool) -> (&'static str, &'static str) {
        match self {
            Self::Registration => ("资产确权登记公示", "Notice of a first registration"),
            Self::Transfer => ("资产权利流转公示", "Notice of a transfer of rights"),
            Self::Distribution => ("资产收益分配公示", "Notice of a distribution of income"),
            Self::Amendment if voids => ("登记作废公示", "Notice that what is recorded is void"),
            Self::Amendment => ("登记内容更正公示", "Notice of a correction of what is recorded"),
            Self::Correction => ("资产权利更正登记公示", "Notice of a correction of the register"),
            Self::Alteration => {
                ("资产变更事项公示", "Notice of an alteration of an asset or of a right in it")
            }
        }
    }
}
