//! What each kind of disposal needs to show: one table, by why an asset is disposed of and in what way.

use crate::{
    loss::facts::DisposalFacts,
    register::codes::{DisposalCause, DisposalPaper, DisposalWay},
};

/// Something that a disposal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// A paper.
    Paper(DisposalPaper),
    /// The project that takes its place.
    NewProject,
    /// What is repaid of an investment.
    Repayment,
    /// Until when it is not used.
    Until,
}

/// Why an asset is disposed of, with what each kind shows.
pub(super) struct Row {
    cause: DisposalCause,
    /// What is shown of an asset that comes to an end, whatever its age.
    always: &'static [Need],
    /// Of these one is shown at least where it ends before its service life is over.
    early: &'static [Need],
}

use DisposalPaper::{
    CompensationAgreement, ConversionPlan, DisasterProof, InvestmentAgreement, OfficialDecision,
    TechnicalReport,
};

const REPORT: Need = Need::Paper(TechnicalReport);

/// By why it is disposed of.
const BY_CAUSE: &[Row] = &[
    Row {
        cause: DisposalCause::NaturalDisaster,
        always: &[Need::Paper(DisasterProof)],
        early: &[Need::Paper(DisasterProof), REPORT],
    },
    Row {
        cause: DisposalCause::Demolition,
        always: &[Need::Paper(OfficialDecision), Need::Paper(CompensationAgreement)],
        early: &[Need::Paper(OfficialDecision), REPORT],
    },
    Row { cause: DisposalCause::EndOfLife, always: &[], early: &[REPORT] },
    Row { cause: DisposalCause::LowYield, always: &[], early: &[REPORT] },
    Row { cause: DisposalCause::InvestmentEnded, always: &[], early: &[] },
    Row { cause: DisposalCause::Replaced, always: &[Need::NewProject], early: &[Need::NewProject, REPORT] },
    Row { cause: DisposalCause::Other, always: &[], early: &[REPORT] },
];

/// By the way of it, whatever the cause.
const BY_WAY: &[(DisposalWay, &[Need])] = &[
    (DisposalWay::Withdrawal, &[Need::Paper(InvestmentAgreement), Need::Repayment]),
    (DisposalWay::Conversion, &[Need::Paper(ConversionPlan)]),
    (DisposalWay::Suspension, &[Need::Until]),
];

impl Need {
    /// The code by which it is written.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Paper(kind) => kind.code(),
            Self::NewProject => "new_project",
            Self::Repayment => "repayment",
            Self::Until => "until_day",
        }
    }

    /// Whether a disposal shows it.
    fn is_shown(self, by: &DisposalFacts) -> bool {
        match self {
            // One paper may be either, by what the asset is disposed of for: so it was asked before there were kinds of them.
            Self::Paper(TechnicalReport | DisasterProof) if by.report.is_some() => true,
            Self::Paper(kind) => by.evidence.contains(&kind),
            Self::NewProject => by.replaced_by.is_some(),
            Self::Repayment => by.proceeds.is_some(),
            Self::Until => by.until.is_some(),
        }
    }
}

fn row_of(cause: DisposalCause) -> impl Iterator<Item = &'static Row> {
    BY_CAUSE.iter().filter(move |it| it.cause == cause)
}

/// What a disposal should show and does not.
pub(super) fn missing(of: &DisposalFacts) -> Vec<Need> {
    let way = of.way();
    let by_cause = row_of(of.cause).filter(|_| way.ends_the_asset()).flat_map(|it| it.always);
    let by_way = BY_WAY.iter().filter(|(it, _)| *it == way).flat_map(|(_, needs)| *needs);
    by_cause.chain(by_way).copied().filter(|it| !it.is_shown(of)).collect()
}

/// Whether a disposal shows why an asset ends before its service life is over.
pub(super) fn shows_why_early(of: &DisposalFacts) -> bool {
    row_of(of.cause).flat_map(|it| it.early).any(|it| it.is_shown(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_stands_in_the_table_once() {
        for cause in DisposalCause::ALL {
            assert_eq!(row_of(*cause).count(), 1, "{cause}");
        }
    }

    #[test]
    fn whatever_ends_a_service_life_early_can_be_shown() {
        for cause in DisposalCause::ALL {
            let can_be = row_of(*cause).all(|it| !it.early.is_empty());
            assert_eq!(can_be, cause.ends_a_service_life(), "{cause}");
        }
    }
}
