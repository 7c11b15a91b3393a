//! Why a case needs each of its steps, in words.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    cases::{Case, CountyBecause, Step},
    http::shell::{language::Language, vocabulary::Worded as _},
    loss::{check::Severity, finding::Finding, rules::RuleId},
    values::Fen,
};

/// Why a case needs a step.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum BecauseCode {
    /// Every case does.
    EveryCase,
    /// Every case is made public, for the days that the policy asks for.
    PublicNotice,
    /// It is about more than the policy leaves to the township (`county_approval_above_fen`).
    AboveLimit,
    /// A loss rule found something that the county decides on.
    Finding,
    /// A loss rule found something for the county since the approval, which does not name it: the case is approved again.
    FoundSinceApproval,
    /// It is entered long after its day, and says why.
    RecordedLate,
    /// Its public notice hung on paper, which is known by a photograph alone.
    NoticeOnPaper,
    /// The county approves all cases of its kind.
    OfItsKind,
    /// Whoever drafted it reviewed it as well, so somebody else approves it.
    DrafterReviewed,
    /// It was approved when that was needed, and what was done counts.
    WasApproved,
}

/// A reason for a step.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Because {
    /// The reason.
    code: BecauseCode,
    /// The same in words, in the language that was asked for.
    #[schema(example = "It is about 120000 yuan, more than the 100000 yuan that the township decides on.")]
    message: String,
    /// The rule that found something.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<RuleId>,
    /// What the case is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    worth_fen: Option<Fen>,
    /// The most that the township decides on.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_fen: Option<Fen>,
}

/// Why a case needs a step.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StepBecause {
    /// The step.
    step: Step,
    /// The reasons, of which each would do.
    because: Vec<Because>,
}

impl StepBecause {
    /// Why a case needs each of the steps that it needs, as it was last looked at.
    pub(super) fn all(case: &Case, findings: &[Finding], language: Language) -> Vec<Self> {
        let of = |step: &Step| Self { step: *step, because: because(case, findings, *step, language) };
        case.steps_required.iter().map(of).collect()
    }
}

fn because(case: &Case, findings: &[Finding], step: Step, language: Language) -> Vec<Because> {
    let said = |code, chinese: &str, english: &str| {
        let message = language.of_two(chinese, english).to_owned();
        vec![Because { code, message, rule: None, worth_fen: None, limit_fen: None }]
    };
    match step {
        Step::Approve => county_because(case, findings, language),
        Step::StartNotice | Step::CloseNotice => said(
            BecauseCode::PublicNotice,
            "每件案件都须公示，公示天数由政策规定（`notice_days`）。",
            "Every case is made public, for the days that the policy asks for (notice_days).",
        ),
        Step::Submit => {
            said(BecauseCode::EveryCase, "每件案件都由乡镇提交。", "The township submits every case.")
        }
        Step::Review => said(
            BecauseCode::EveryCase,
            "每件案件都由乡镇审核，审核人不得是起草人。",
            "The township reviews every case; whoever drafted it does not.",
        ),
        Step::Execute | Step::Reject | Step::Withdraw => said(
            BecauseCode::EveryCase,
            "任何权利、款项都在执行时才变动。",
            "Rights and money move only when a case is executed.",
        ),
    }
}

/// Why the county approves a case: by what was kept with it when it was last decided on or looked at, and else by its findings.
fn county_because(case: &Case, findings: &[Finding], language: Language) -> Vec<Because> {
    let mut rules: Vec<_> =
        findings.iter().filter(|it| it.severity == Severity::Escalate).map(|it| it.rule).collect();
    rules.dedup();
    let kept = case.county_because.clone().unwrap_or_else(|| {
        rules.iter().map(|it| CountyBecause::Finding { rule: it.code().to_owned() }).collect()
    });
    let mut all: Vec<_> = kept.into_iter().map(|it| of_county(it, language)).collect();
    for rule in case.unnamed.iter().filter_map(|it| RuleId::of(it)) {
        let name = rule.word(language);
        let message = match language {
            Language::Chinese => format!("批准以后，规则 `{rule}`（{name}）又有发现，须重新批准。"),
            Language::English => {
                format!("Since the approval, rule {rule} ({name}) found something that it does not name.")
            }
        };
        let code = BecauseCode::FoundSinceApproval;
        all.push(Because { code, message, rule: Some(rule), worth_fen: None, limit_fen: None });
    }
    if case.reviewed_by_drafter() {
        all.push(Because {
            code: BecauseCode::DrafterReviewed,
            message: language
                .of_two(
                    "起草人同时审核了本案，须由他人批准。",
                    "Whoever drafted it reviewed it as well, so somebody else approves it.",
                )
                .to_owned(),
            rule: None,
            worth_fen: None,
            limit_fen: None,
        });
    }
    if all.is_empty() {
        all.push(Because {
            code: BecauseCode::WasApproved,
            message: language
                .of_two(
                    "作出批准时须由县级批准；已经办理的步骤继续有效。",
                    "It was approved when the county had to approve it, and what was done counts.",
                )
                .to_owned(),
            rule: None,
            worth_fen: None,
            limit_fen: None,
        });
    }
    all
}

fn of_county(it: CountyBecause, language: Language) -> Because {
    let plain = |code, chinese: &str, english: &str| Because {
        code,
        message: language.of_two(chinese, english).to_owned(),
        rule: None,
        worth_fen: None,
        limit_fen: None,
    };
    match it {
        CountyBecause::AboveLimit { worth_fen, limit_fen } => {
            let (worth, limit) = (Fen::new(worth_fen).ok(), Fen::new(limit_fen).ok());
            let written = |fen: Option<Fen>, plain: i64| match fen {
                Some(fen) => fen.word(language),
                None => plain.to_string(),
            };
            let (more, most) = (written(worth, worth_fen), written(limit, limit_fen));
            let message = match language {
                Language::Chinese => {
                    format!("所涉价值 {more}，超过乡镇决定的上限 {most}（`county_approval_above_fen`）。")
                }
                Language::English => format!(
                    "It is about {more}, more than the {most} that the township decides on (county_approval_above_fen)."
                ),
            };
            Because { code: BecauseCode::AboveLimit, message, rule: None, worth_fen: worth, limit_fen: limit }
        }
        CountyBecause::Finding { rule } => {
            let known = RuleId::of(&rule);
            let name = known.map(|it| it.word(language)).unwrap_or_default();
            let message = match language {
                Language::Chinese => format!("规则 `{rule}`（{name}）发现的问题由县级决定。"),
                Language::English => {
                    format!("Rule {rule} ({name}) found something that the county decides on.")
                }
            };
            Because { code: BecauseCode::Finding, message, rule: known, worth_fen: None, limit_fen: None }
        }
        CountyBecause::RecordedLate => plain(
            BecauseCode::RecordedLate,
            "生效日期早已过去，属于补录，由县级批准。",
            "It is entered long after its day, which the county approves.",
        ),
        CountyBecause::NoticeOnPaper => plain(
            BecauseCode::NoticeOnPaper,
            "公示以纸质形式张贴，由乡镇事后登记，由县级批准。",
            "Its notice hung on paper and was recorded afterwards, which the county approves.",
        ),
        CountyBecause::OfItsKind => plain(
            BecauseCode::OfItsKind,
            "此类案件一律由县级批准。",
            "The county approves all cases of this kind.",
        ),
    }
}
