//! Cases over HTTP: the operations, and the words of the refusals.

mod alterations;
mod case;
mod corrections;
mod distributions;
mod notices;
mod operations;
mod policies;
mod registrations;
mod transfers;

use crate::{
    acts::{ActError, Difference},
    cases::{CaseError, Step, StepRefused},
    http::shell::{
        problem::{Code, Problem},
        routes::Routes,
    },
    loss::{check::Severity, finding::Finding},
    money::distributions::{DistributionError, Ground, Outdated},
    register::rights::RightsError,
    values::{Fault, Reason},
};

pub(crate) fn routes(config: &mut impl Routes) {
    config
        .configure(registrations::routes)
        .configure(transfers::routes)
        .configure(distributions::routes)
        .configure(corrections::routes)
        .configure(alterations::routes)
        .configure(notices::routes)
        .configure(policies::routes);
}

impl From<CaseError> for Problem {
    fn from(error: CaseError) -> Self {
        match error {
            CaseError::NotFound => Self::new(Code::NotFound),
            CaseError::Step(refused) => refused.into(),
            CaseError::Denied(denied) => denied.into(),
            CaseError::Storage(error) => error.into(),
        }
    }
}

impl From<StepRefused> for Problem {
    fn from(refused: StepRefused) -> Self {
        match refused {
            StepRefused::OutOfOrder { step, status, next } => Self::new(Code::Conflict)
                .saying(
                    format!("案件处于 {status}，此时不能执行 {step}。"),
                    format!("The case is {status}; {step} cannot be taken now."),
                )
                .with("case_status", status)
                .with("next_step", next)
                .with("next_step_roles", next.map(Step::roles)),
            StepRefused::FourEyes => Self::new(Code::FourEyes),
            StepRefused::OwnDraft => Self::new(Code::FourEyes).saying(
                "本案由您起草，须由他人审核、批准。",
                "You drafted this case; somebody else reviews and approves it.",
            ),
            StepRefused::PartyToTheCase => Self::new(Code::PartyToTheCase),
            StepRefused::NoticeRunning { due_on } => Self::new(Code::Conflict)
                .saying(
                    format!("公示期未满，{due_on} 方可结束。"),
                    format!("The notice still hangs; it can be closed on {due_on}."),
                )
                .with("due_on", due_on),
            StepRefused::ObjectionOpen { open } => Self::new(Code::Conflict)
                .saying(
                    format!("尚有 {open} 件异议未答复。"),
                    format!("{open} objections have not been answered."),
                )
                .with("open_objections", open),
            StepRefused::ObjectionUpheld { upheld } => Self::new(Code::Conflict)
                .saying(
                    format!("有 {upheld} 件异议成立，本案不得按原内容继续办理；请驳回或撤回后按更正的内容重新申请。"),
                    format!(
                        "{upheld} objections were upheld, so the case cannot go on as it is: reject or withdraw it, and draft \
                         it anew as it should be."
                    ),
                )
                .with("upheld_objections", upheld),
            StepRefused::Denied(denied) => denied.into(),
        }
    }
}

impl From<RightsError> for Problem {
    fn from(error: RightsError) -> Self {
        match error {
            RightsError::Insufficient { holder, kind, on, held, wanted } => {
                Self::new(Code::InsufficientRight)
                    .with("holder_id", holder)
                    .with("right", kind)
                    .with("on", on)
                    .with("held", held.to_string())
                    .with("wanted", wanted)
            }
            RightsError::Exceeded { kind, sum } => Self::new(Code::ShareExceeded)
                .with("right", kind)
                .with("sum", sum.to_string())
                .at(Fault::at(format!("/{kind}"), Reason::SharesNotWhole { sum: sum.to_string() })),
            RightsError::NotWhole { sum } => {
                Fault::at("/ownership", Reason::SharesNotWhole { sum: sum.to_string() }).into()
            }
            RightsError::NoGrant { holder, kind, on } => Self::new(Code::Conflict)
                .saying(
                    format!("自 {on} 起，该主体没有可终止的授予权利（{kind}）。"),
                    format!("From {on} on the party holds no grant of {kind} that could end."),
                )
                .with("holder_id", holder)
                .with("right", kind)
                .with("on", on),
            RightsError::Unowned { kind, on } => Self::new(Code::Conflict)
                .saying(format!("该资产在 {on} 没有所有权人。"), format!("Nobody owns the asset on {on}."))
                .with("right", kind)
                .with("on", on),
            RightsError::TooFine => Self::new(Code::ShareTooFine),
        }
    }
}

impl From<DistributionError> for Problem {
    fn from(error: DistributionError) -> Self {
        match error {
            DistributionError::Nothing { held_by } if held_by.is_empty() => {
                Self::new(Code::NothingToDistribute)
            }
            DistributionError::Nothing { held_by } => Self::new(Code::NothingToDistribute)
                .saying(
                    "该期间的收益已列入其他正在办理的分配方案；该方案办结、被驳回或撤回后方可分配。",
                    "The income of the period is in another plan, which is being decided on; it can be divided once that plan \
                     is rejected or withdrawn.",
                )
                .with("held_by", held_by),
            DistributionError::NoHolders(asset) => Self::new(Code::Conflict)
                .saying(
                    "该资产在所属期内没有收益权人。",
                    "Nobody held the income right of the asset in the period.",
                )
                .with("asset_id", asset),
            DistributionError::Overtaken => Self::new(Code::Conflict).saying(
                "方案中的收益已被冲销或已由其他方案分配。",
                "Income of the plan was reversed, or distributed by another plan.",
            ),
            DistributionError::Held => Self::new(Code::Conflict).saying(
                "方案中的收益已列入其他正在办理的分配方案；该方案办结、被驳回或撤回后方可提交。",
                "Income of the plan is in another plan, which is being decided on; this one can be submitted once that is \
                 rejected or withdrawn.",
            ),
            DistributionError::Outdated(outdated) => plan_outdated(outdated),
            DistributionError::Invalid(faults) => faults.into(),
            DistributionError::Rights(error) => error.into(),
            DistributionError::Ledger(error) => error.into(),
            DistributionError::Storage(error) => error.into(),
        }
    }
}

/// How many differences of a plan are told at once.
const DIFFERENCES: usize = 100;

/// A plan that would be another one today: what changed, and in which lines.
fn plan_outdated(mut outdated: Outdated) -> Problem {
    let ground = |it: &Ground| match it {
        Ground::Rights => ("权利人或其份额", "the holders of the rights or their shares"),
        Ground::SetAsides => ("提取比例", "what is set aside"),
        Ground::Bounds => ("用途比例的上下限", "the least and greatest parts for the uses"),
    };
    let (mut chinese, mut english): (Vec<_>, Vec<_>) = outdated.changed.iter().map(ground).unzip();
    if chinese.is_empty() {
        (chinese, english) = (vec!["权利或政策"], vec!["the rights or the policy"]);
    }
    let differences = outdated.differences.len();
    outdated.differences.truncate(DIFFERENCES);
    Problem::new(Code::PlanOutdated)
        .saying(
            format!("方案起草后，{}已变更，按现状分配的结果不同。请撤回本案，重新起草方案。", chinese.join("、")),
            format!(
                "Since the plan was drafted, {} changed, and the income would be divided otherwise now. Withdraw the case and \
                 draft it anew.",
                english.join(" and ")
            ),
        )
        .with("changed", outdated.changed)
        .with("differing_lines", differences)
        .with("differences", outdated.differences)
}

impl From<ActError> for Problem {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Invalid(faults) => faults.into(),
            ActError::Rights(error) => error.into(),
            ActError::AlreadyRegistered => Self::new(Code::AlreadyRegistered),
            ActError::NotRegistered => Self::new(Code::Conflict)
                .saying("该资产在此日尚未登记权利。", "No rights in the asset are registered by that day."),
            ActError::NothingToCorrect => Self::new(Code::Conflict)
                .saying("登记内容与所述一致，无需更正。", "The register says already what it should."),
            ActError::Closed { asset, status } => Self::new(Code::Conflict)
                .saying(
                    format!("该资产已处于 {status} 状态，不能再办理此事项。"),
                    format!("The asset is {status}; nothing of this kind can happen to it any more."),
                )
                .with("asset_id", asset)
                .with("asset_status", status),
            ActError::CarriedOver { asset, status, into } => Self::new(Code::Conflict)
                .saying(
                    format!("该资产已处于 {status} 状态，更正不得改变其终止时的权利；请以 until 限定更正的期间，或更正由其形成的资产。"),
                    format!(
                        "The asset is {status}; a correction may not change what was held when it ended. Say with until when \
                         the correction stops, or correct what the asset became."
                    ),
                )
                .with("asset_id", asset)
                .with("asset_status", status)
                .with("carried_into", into),
            ActError::Unowned(asset) => Self::new(Code::Conflict)
                .saying(
                    "该资产当日没有登记的所有权人。",
                    "Nobody is on record as owner of the asset on that day.",
                )
                .with("asset_id", asset),
            ActError::NotDisposed => Self::new(Code::Conflict).saying(
                "没有可自该日起撤销的处置记录。",
                "No disposal is on record that could be undone from that day on.",
            ),
            ActError::NothingToRenew { holder, on } => Self::new(Code::Conflict)
                .saying(
                    format!("该主体没有于 {on} 到期的授予权利。"),
                    format!("No grant to the party ends by itself on {on}."),
                )
                .with("holder_id", holder)
                .with("on", on),
            ActError::Differs { asset, by } => {
                let problem = Self::new(Code::Conflict).with("asset_id", asset);
                match by {
                    Difference::Rights => problem.saying(
                        "拟合并资产的权利不一致。",
                        "The assets to be merged do not have the same rights.",
                    ),
                    Difference::Restrictions => problem.saying(
                        "拟合并资产上的限制不一致。",
                        "The assets to be merged do not lie under the same restrictions.",
                    ),
                }
            }
            ActError::TooEarly(on) => Self::new(Code::Conflict)
                .saying(format!("{on} 方可执行。"), format!("It can be executed on {on}."))
                .with("due_on", on),
            ActError::Blocked(findings) => {
                let blocking: Vec<&Finding> =
                    findings.iter().filter(|it| it.severity == Severity::Block).collect();
                let said = |chinese: bool| {
                    blocking
                        .iter()
                        .map(|it| {
                            let text = it.message();
                            format!("{} {}", it.rule, if chinese { text.zh } else { text.en })
                        })
                        .collect::<Vec<_>>()
                        .join(" ")
                };
                Self::new(Code::BlockedByLossCheck)
                    .saying(said(true), said(false))
                    .with("findings", &findings)
            }
            ActError::Case(error) => error.into(),
            ActError::Distribution(error) => error.into(),
            ActError::Contract(error) => error.into(),
            ActError::Denied(denied) => denied.into(),
            ActError::Storage(error) => error.into(),
        }
    }
}
