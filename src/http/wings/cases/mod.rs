//! Cases over HTTP: the operations, and the words of the refusals.

mod alterations;
mod amendments;
mod because;
mod case;
mod corrections;
mod distributions;
mod loss_rules;
mod notices;
mod operations;
mod overrides;
mod policies;
mod registrations;
mod transfers;

use crate::{
    acts::{ActRefused, Difference, amendments::Resting, taken_back::Rested},
    cases::{CaseRefused, Step, StepRefused},
    http::shell::{
        findings::FindingResponse,
        problem::{Code, Problem},
        routes::Routes,
        vocabulary::{self, Both, Written},
    },
    identity::Permission,
    loss::{
        check::Severity,
        finding::{Finding, Names},
    },
    money::distributions::{DistributionRefused, Ground, Outdated},
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
        .configure(amendments::routes)
        .configure(notices::routes)
        .configure(overrides::routes)
        .configure(policies::routes)
        .configure(loss_rules::routes);
}

impl From<CaseRefused> for Problem {
    fn from(reason: CaseRefused) -> Self {
        match reason {
            CaseRefused::NotFound => Self::new(Code::NotFound),
            CaseRefused::Step(refused) => refused.into(),
        }
    }
}

impl From<StepRefused> for Problem {
    fn from(refused: StepRefused) -> Self {
        match refused {
            StepRefused::OutOfOrder { step, status, next } => {
                let problem = Self::new(Code::Conflict);
                let problem = match next {
                    Some(next) => problem
                        .saying(
                            "本案{status}，不能{step}；请先{next}。",
                            "The case is {status}, so nobody can {step} now; {next} first.",
                        )
                        .put("next", next),
                    None => problem.saying(
                        "本案{status}，已经办结，不能再{step}；如仍需办理，请另行起草。",
                        "The case is {status} and at its end, so nobody can {step} any more; draft another.",
                    ),
                };
                problem
                    .put("status", status)
                    .put("step", step)
                    .with("case_status", status)
                    .with("next_step", next)
                    .with("next_step_roles", next.map(Step::roles))
            }
            StepRefused::FourEyes => Self::new(Code::FourEyes).saying(
                "您已在本案作出另一项决定，审核与批准须由不同的人作出。",
                "You took the other deciding step of this case: they are taken by different people.",
            ),
            StepRefused::OwnDraft => Self::new(Code::FourEyes).saying(
                "本案由您起草，须由他人审核、批准。",
                "You drafted this case; somebody else reviews and approves it.",
            ),
            StepRefused::PartyToTheCase => Self::new(Code::PartyToTheCase),
            StepRefused::Related { said: (chinese, english), path } => Self::new(Code::PartyToTheCase)
                .saying(
                    "您或您所属的主体与本案当事人存在关联关系（{path}），依规定应当回避；请由与本案无关的有权人员办理。",
                    "You, or whom you work for, are related to a party of the case ({path}): have somebody decide who has no part in it.",
                )
                .put("path", Both { chinese, english })
                .with("path_ids", path),
            StepRefused::DelegatorDecided => Self::new(Code::FourEyes).saying(
                "委托您代行的人员起草了本案，或者已在本案作出另一项决定，不能由您代行；请由未参与本案的有权人员办理。",
                "Whoever delegated this to you drafted the case, or took its other decision; have somebody decide who did neither.",
            ),
            StepRefused::DelegatorConcerned => Self::new(Code::PartyToTheCase).saying(
                "委托您代行的人员是本案当事人，或者与当事人存在关联关系，应当回避，不能由您代行；请由与本案无关的有权人员办理。",
                "Whoever delegated this to you is a party of the case, or related to one; have somebody decide who has no part in it.",
            ),
            StepRefused::NoticeRunning { due_on } => Self::new(Code::Conflict)
                .saying(
                    "公示期未满，{due_on} 方可结束公示。",
                    "The notice still hangs; it can be closed on {due_on}.",
                )
                .put("due_on", due_on)
                .with("due_on", due_on),
            StepRefused::ObjectionOpen { open } => Self::new(Code::Conflict)
                .saying(
                    "尚有 {open} 件异议未答复，答复之前本案不得继续办理；请先由{roles}答复（`POST /v1/objections/{id}/decisions`）。",
                    "{open} objections have not been answered, and hold the case: the {roles} must answer them first \
                     (POST /v1/objections/{id}/decisions).",
                )
                .put("open", open)
                .put("roles", vocabulary::roles_that_may(Permission::ObjectionsAnswer))
                .with("open_objections", open),
            StepRefused::ObjectionUpheld { upheld } => Self::new(Code::Conflict)
                .saying(
                    "有 {upheld} 件异议成立，本案不得按原内容继续办理；请驳回或撤回后按更正的内容重新申请。",
                    "{upheld} objections were upheld, so the case cannot go on as it is: reject or withdraw it, and draft \
                     it anew as it should be.",
                )
                .put("upheld", upheld)
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
                    .saying(
                        "转出方在 {on} 持有的{right}份额为 {held}，不足拟转出的 {wanted}；请减少转出份额，登记有误的请先申请更正。",
                        "On {on} the giver holds {held} of the {right}, and {wanted} is to be given; give less, or have \
                         the record corrected first.",
                    )
                    .put("on", on)
                    .put("right", kind)
                    .put("held", Written(held.to_string()))
                    .put("wanted", wanted)
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
                    "自 {on} 起，该主体没有可终止的{right}；请核对主体、权利和日期，承继他人的，请填写登记簿所载的原主体。",
                    "From {on} on the party holds no grant of {right} that could end; check the party, the right and the day, and name \
                     whom it succeeds where the grant is still theirs on record.",
                )
                .put("on", on)
                .put("right", kind)
                .with("holder_id", holder)
                .with("right", kind)
                .with("on", on),
            RightsError::Unowned { kind, on } => Self::new(Code::Conflict)
                .saying(
                    "该资产在 {on} 没有所有权人；请先办理首次登记，或另选日期。",
                    "Nobody owns the asset on {on}; register it first, or name another day.",
                )
                .put("on", on)
                .with("right", kind)
                .with("on", on),
            RightsError::TooFine => Self::new(Code::ShareTooFine),
        }
    }
}

impl From<DistributionRefused> for Problem {
    fn from(reason: DistributionRefused) -> Self {
        match reason {
            DistributionRefused::Nothing { held_by } if held_by.is_empty() => {
                Self::new(Code::NothingToDistribute)
            }
            DistributionRefused::Nothing { held_by } => Self::new(Code::NothingToDistribute)
                .saying(
                    "该期间的收益已列入其他正在办理的分配方案；请待该方案办结、被驳回或撤回后再分配。",
                    "The income of the period is in another plan, which is being decided on; it can be divided once that plan \
                     is rejected or withdrawn.",
                )
                .with("held_by", held_by),
            DistributionRefused::NoHolders(asset) => Self::new(Code::Conflict)
                .saying(
                    "该资产在所属期内以及此前都没有登记的权利人；请先办理首次登记，或核对收款的所属期。",
                    "Nobody is on record as holder of any right in the asset in the period of a receipt, or before; register it first, or check \
                     that period.",
                )
                .with("asset_id", asset),
            DistributionRefused::Overtaken => Self::new(Code::Conflict).saying(
                "方案中的收益已被冲销，或已由其他方案分配；请重新起草分配方案。",
                "Income of the plan was reversed, or distributed by another plan; draft it anew.",
            ),
            DistributionRefused::Held => Self::new(Code::Conflict).saying(
                "方案中的收益已列入其他正在办理的分配方案；请待该方案办结、被驳回或撤回后再提交。",
                "Income of the plan is in another plan, which is being decided on; this one can be submitted once that is \
                 rejected or withdrawn.",
            ),
            DistributionRefused::Outdated(outdated) => plan_outdated(outdated),
            DistributionRefused::Rights(error) => error.into(),
            DistributionRefused::Ledger(error) => error.into(),
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
    let changed = Both { chinese: chinese.join("、"), english: english.join(" and ") };
    let differences = outdated.differences.len();
    outdated.differences.truncate(DIFFERENCES);
    let problem = Problem::new(Code::PlanOutdated);
    let problem = if differences == 0 {
        problem.saying(
            "方案起草后，{changed}已变更，原方案的用途安排已不能成立（见 `errors`）。请撤回本案，按现行规定重新起草方案。",
            "Since the plan was drafted, {changed} changed, and what it asks for can no longer be (see errors). Withdraw the case \
             and draft it anew by what holds now.",
        )
    } else {
        problem.saying(
            "方案起草后，{changed}已变更，按现状分配的结果不同。请撤回本案，重新起草方案。",
            "Since the plan was drafted, {changed} changed, and the income would be divided otherwise now. Withdraw the case \
             and draft it anew.",
        )
    };
    let problem = outdated.refused.into_iter().fold(problem, Problem::at);
    problem
        .put("changed", changed)
        .with("changed", outdated.changed)
        .with("differing_lines", differences)
        .with("differences", outdated.differences)
}

/// What the rules found that is at least so grave.
fn told(findings: &[Finding], names: &Names, least: Severity) -> Both {
    let grave = findings.iter().filter(|it| it.severity >= least);
    let (chinese, english): (Vec<_>, Vec<_>) = grave
        .map(|it| {
            let text = it.message(names);
            (format!("`{}` {}", it.rule, text.zh), format!("{} {}.", it.rule, text.en))
        })
        .unzip();
    Both { chinese: chinese.join("；"), english: english.join(" ") }
}

impl Problem {
    /// Names the cases that rest on something, as far as the caller sees them.
    fn rested_on(self, it: &Rested) -> Self {
        self.with("case_ids", &it.case_ids)
            .with("cases", it.cases)
            .with("cases_elsewhere", it.cases_elsewhere)
    }
}

impl From<ActRefused> for Problem {
    fn from(reason: ActRefused) -> Self {
        match reason {
            ActRefused::Rights(error) => error.into(),
            ActRefused::AlreadyRegistered => Self::new(Code::AlreadyRegistered),
            ActRefused::NotRegistered => Self::new(Code::Conflict)
                .saying(
                    "该资产在此日尚未登记权利；请先办理首次登记，或核对日期。首次登记的日期填晚了的，先更正所有权，再更正其他权利。",
                    "No rights in the asset are registered by that day; register it first, or check the day. Where its first \
                     registration named too late a day, correct the ownership first, and other rights then.",
                ),
            ActRefused::NotYetItself { asset, since, came_from } => Self::new(Code::Conflict)
                .saying(
                    "该资产由其他资产（见 `came_from`）分割或者合并而成，自 {since} 起才单独登记权利；请自该日起更正本资产的所有权，该日之前的\
                     经营权和收益权在来源资产上以 `until` 限定期间更正。",
                    "The asset came of others (came_from) and has rights of its own only from {since} on: correct its ownership from \
                     that day on, and the management and income of earlier days with until in what it came from.",
                )
                .put("since", since)
                .with("asset_id", asset)
                .with("since", since)
                .with("came_from", came_from),
            ActRefused::NothingToCorrect => Self::new(Code::Conflict)
                .saying(
                    "登记簿的记载与申请更正后的内容一致，无需更正；请核对申请内容。",
                    "The register says already what it should; check what is asked.",
                ),
            ActRefused::Closed { asset, status } => Self::new(Code::Conflict)
                .saying(
                    "该资产{status}，不能再办理此事项；请选择仍在册的资产。",
                    "The asset is {status}; nothing of this kind can happen to it any more.",
                )
                .put("status", status)
                .with("asset_id", asset)
                .with("asset_status", status),
            ActRefused::CarriedOver { asset, status, into } if into.is_empty() => Self::new(Code::Conflict)
                .saying(
                    "该资产{status}，更正不得改变其终止时的权利；请以 `until` 限定更正的期间。终止时的权利也有误的，先恢复该资产\
                     （`POST /v1/alterations`，`kind` 为 `restoration`，生效日不早于终止之日），更正后再由真正的权利人重新办理处置。",
                    "The asset is {status}; a correction may not change what was held when it ended. Say with until when the correction \
                     stops. Where what was held at its end is wrong as well, restore the asset (POST /v1/alterations, kind restoration, \
                     not before the day of its end), correct it, and let whoever held it in truth dispose of it.",
                )
                .put("status", status)
                .with("asset_id", asset)
                .with("asset_status", status)
                .with("carried_into", into),
            ActRefused::CarriedOver { asset, status, into } => Self::new(Code::Conflict)
                .saying(
                    "该资产{status}，更正不得改变其终止时的权利；请以 `until` 限定更正的期间，或更正由其形成的资产。",
                    "The asset is {status}; a correction may not change what was held when it ended. Say with until when \
                     the correction stops, or correct what the asset became.",
                )
                .put("status", status)
                .with("asset_id", asset)
                .with("asset_status", status)
                .with("carried_into", into),
            ActRefused::HeldByOthers { asset, right, from } => Self::new(Code::Conflict)
                .saying(
                    "登记簿所载的{right}自 {from} 起已有变动，更正不得改变此后的记载；请以 `until`（{from}）限定更正的期间。此后的记载也有误的，\
                     自该日起另行更正。",
                    "The holders of the {right} on record change on {from}, and nothing here is about those from then on: say until ({from}), \
                     and what is on record from that day on stays. Where that is wrong as well, correct it from that day on by itself.",
                )
                .put("right", right)
                .put("from", from)
                .with("asset_id", asset)
                .with("right", right)
                .with("held_by_others_from", from),
            ActRefused::GivesBack { contracts, passed_over } => Self::new(Code::Conflict)
                .saying(
                    "承租方或者转租方因此将少享有所租的资产（见 `resting.contract_ids`、`passed_over`），这是租赁的终止、部分终止，不能以转让办理；请办理提前终止\
                     （`POST /v1/alterations`，`kind` 为 `termination`，可以只终止部分份额），由出租方决定；误登的，请更正（`POST /v1/corrections`）。",
                    "Whoever rents, or lets on, would be left with less of what was let (see resting.contract_ids and passed_over): that \
                     ends a lease, or a part of it. Ask for a termination (POST /v1/alterations, kind termination, of a share where only that ends), \
                     which whoever lets decides; where it was recorded wrongly, for a correction (POST /v1/corrections).",
                )
                .with("resting", Resting { contract_ids: contracts, ..Resting::default() })
                .with("passed_over", passed_over),
            ActRefused::Resting(resting) => Self::new(Code::Conflict)
                .saying(
                    "已有事项以该登记为依据（见 `resting`），不能直接更正；请提出更正案件（`POST /v1/amendments`）。",
                    "Something rests on this record (see resting), so it cannot be put right at once: ask for an amendment \
                     (POST /v1/amendments).",
                )
                .with("resting", resting),
            ActRefused::Unsettled(resting) => Self::new(Code::Conflict)
                .saying(
                    "作废登记或者更正所在地，须先了结 `resting` 所列事项：在办案件办结或者撤回，收款冲销，合同期满或者终止并结清租金（误登的作废），\
                     权利限制解除，管护责任终止，项目下的资产改正所属项目。分割、合并所涉的资产不能作废。",
                    "Before a record is void, or a place is corrected, what `resting` lists has to be settled: bring a case to its end \
                     or withdraw it, book a receipt back, let a contract end and be paid (or make it void), release a restriction, \
                     end an assignment, correct the project of an asset. An asset that was divided or merged cannot be void.",
                )
                .with("resting", resting),
            ActRefused::Renewed(case_ids) => Self::new(Code::Conflict)
                .saying(
                    "该租赁已由登记的承租人续期（见 `case_ids`）；请先更正续期合同的承租人，再更正本合同。",
                    "The lessee that is named has renewed the lease (see case_ids); put the lessee of the renewal's contract right \
                     first, and then this one.",
                )
                .with("case_ids", case_ids),
            ActRefused::InCommon(assets) => Self::new(Code::Conflict)
                .saying(
                    "该资产经分割或者合并与其他资产（见 `resting.asset_ids`）相关联，分类、所在地、原值、取得日期、使用年限和残值率须与其一致，\
                     不能只更正其中一项资产；可以更正名称、种类、位置、规格，以及合计不变的数量。",
                    "The asset was divided or merged, and has its class, place, cost, day of acquisition, service life and residual rate \
                     in common with others (resting.asset_ids): these are not put right in one of them alone. Its name, category, \
                     location and specification are, and its quantity as long as the parts come to the whole.",
                )
                .with("resting", Resting { asset_ids: assets, ..Resting::default() }),
            ActRefused::Void => Self::new(Code::Conflict).saying(
                "该登记已作废，不能再更正或作废；确有其事的，请重新登记。",
                "The record is void, and is put right no more; record it anew where it is true after all.",
            ),
            ActRefused::NotTheRecorder => Self::new(Code::Conflict).saying(
                "只有原登记人可以直接更正；请提出更正案件（`POST /v1/amendments`）。",
                "Only whoever recorded it puts it right at once; ask for an amendment (POST /v1/amendments).",
            ),
            ActRefused::Overtaken => Self::new(Code::Conflict).saying(
                "提出更正以后，该记录又有变动，公示的内容已与现状不符；请撤回或驳回本案，核对现状后重新提出。",
                "The record changed since the correction was drafted, so the notice does not say what would be changed; withdraw or \
                 reject the case, look at the record as it stands, and draft it anew.",
            ),
            ActRefused::NoLongerPossible(faults) => Self::new(Code::Conflict)
                .saying(
                    "起草以后，登记情况有变动，本案所请求的内容现已不能成立（见 `errors`，所指为本案申请中的字段）；请撤回或者驳回\
                     本案，按现状重新起草。",
                    "What is on record changed since the case was drafted, and what it asks for can no longer be (see errors, which \
                     point into what the case asks for); withdraw or reject it, and draft it anew as things stand.",
                )
                .naming(faults, 0),
            ActRefused::NoticeOutdated { case, notice, changed } => Self::new(Code::Conflict)
                .saying(
                    "公示张贴以后，所涉资产或者主体的登记有变动，公示的内容已与现状不符（见 `changed`）。请撤回或者驳回本案，按现状\
                     重新提出；变动本身有误的，改回以后可以继续办理。",
                    "Since the notice was posted, what it says of an asset or a party changed (see changed), so it does not name what \
                     would be done. Withdraw or reject the case and draft it anew; where the change itself was a mistake, change it \
                     back and go on.",
                )
                .with("case_id", case)
                .with("notice_id", notice)
                .with("changed", changed),
            ActRefused::Outdated => Self::new(Code::PreconditionFailed),
            ActRefused::Erased(party) => Self::new(Code::Conflict)
                .saying(
                    "有关主体的个人信息已依法删除，不能再办理涉及其权利的事项；已有案件的，请撤回或驳回。",
                    "The data of a person whose rights this concerns were erased by law, so it can no longer be done; withdraw or \
                     reject the case where there is one.",
                )
                .with("party_id", party),
            ActRefused::Unowned(asset) => Self::new(Code::Conflict)
                .saying(
                    "该资产当日没有登记的所有权人；请先办理首次登记，或核对日期。",
                    "Nobody is on record as owner of the asset on that day; register it first, or check the day.",
                )
                .with("asset_id", asset),
            ActRefused::NotDisposed => Self::new(Code::Conflict).saying(
                "没有可自该日起撤销的处置；请核对资产和日期。",
                "No disposal is on record that could be undone from that day on; check the asset and the day.",
            ),
            ActRefused::SucceededByNobody(party) => Self::new(Code::Conflict)
                .saying(
                    "资产原属的主体（见 `party_id`）已终止，且未登记承继主体，资产不能恢复到其名下；请先登记由谁承继（`PATCH /v1/parties/{id}`，\
                     `successor_id`），资产随之恢复到承继主体名下。",
                    "Whoever owned it (party_id) has ended, and nobody succeeds to it: say first who does (PATCH /v1/parties/{id}, \
                     successor_id), who then owns it again.",
                )
                .with("party_id", party),
            ActRefused::NothingToRenew { holder, on } => Self::new(Code::Conflict)
                .saying(
                    "该主体没有于 {on} 到期、可以续期的权利；请核对主体和原期限的届满日。",
                    "No grant to the party ends by itself on {on}; check the party, and the day on which its term ends.",
                )
                .put("on", on)
                .with("holder_id", holder)
                .with("on", on),
            ActRefused::Differs { asset, by } => {
                let problem = Self::new(Code::Conflict).with("asset_id", asset);
                match by {
                    Difference::Rights => problem.saying(
                        "拟合并资产的权利不一致；请先使各资产的权利人、份额和期限一致。",
                        "The assets to be merged do not have the same rights; make these alike first.",
                    ),
                    Difference::Restrictions => problem.saying(
                        "拟合并资产上的权利限制不一致；请先解除限制，或使其一致。",
                        "The assets to be merged do not lie under the same restrictions; release these first.",
                    ),
                }
            }
            ActRefused::TooEarly(on) => Self::new(Code::Conflict)
                .saying("本案 {on} 方可执行，请届时办理。", "It can be executed on {on}.")
                .put("on", on)
                .with("due_on", on),
            ActRefused::Blocked { findings, names } => {
                let found = told(&findings, &names, Severity::Block);
                Self::new(Code::BlockedByLossCheck)
                    .saying(
                        "{found}。以上问题不得豁免，请整改后重新检查。",
                        "{found} This cannot be waived; mend it and have it checked again.",
                    )
                    .put("found", found)
                    .with_worded("findings", |it| FindingResponse::all(&findings, &names, it))
            }
            ActRefused::RecordedAlready(contract) => Self::new(Code::Conflict)
                .saying(
                    "同样的合同已经登记（见 `contract_id`）；请使用已登记的合同。",
                    "The same contract is on record (contract_id): use that one.",
                )
                .with("contract_id", contract),
            ActRefused::NotAtOnce { findings, names } => {
                let found = told(&findings, &names, Severity::Escalate);
                Self::new(Code::BlockedByLossCheck)
                    .saying(
                        "{found}。直接更正后将出现以上问题，不能直接更正；请提出更正案件（`POST /v1/amendments`）。",
                        "{found} That would be found of it once it is put right at once: have it decided by a case (POST /v1/amendments).",
                    )
                    .put("found", found)
                    .with_worded("findings", |it| FindingResponse::all(&findings, &names, it))
            }
            ActRefused::LeaseOfToday { findings, names } => {
                let found = told(&findings, &names, Severity::Escalate);
                Self::new(Code::BlockedByLossCheck)
                    .saying(
                        "{found}。现在订立的租赁请通过流转办理（`POST /v1/transfers`）；此处只补录以前订立的合同。",
                        "{found} A lease that is agreed now is made by a transfer (POST /v1/transfers); here contracts of before are put \
                         on record.",
                    )
                    .put("found", found)
                    .with_worded("findings", |it| FindingResponse::all(&findings, &names, it))
            }
            ActRefused::Encumbered { findings, names } => {
                let found = told(&findings, &names, Severity::Block);
                Self::new(Code::BlockedByLossCheck)
                    .saying(
                        "{found}。有上述问题的担保不予登记，请按各项问题的 `cure` 处理；法院或者登记机构已经登记的，请附证明（`document_id`），以 `registered_elsewhere` 填写登记机构和登记编号，如实登记。",
                        "{found} It is not recorded like this: each finding says what would put it right (cure). Where a court or an \
                         authority has it on its books all the same, show that (document_id), and say which, and under what number \
                         (registered_elsewhere).",
                    )
                    .put("found", found)
                    .with_worded("findings", |it| FindingResponse::all(&findings, &names, it))
            }
            ActRefused::SuspendedAlready(case) => Self::new(Code::Conflict)
                .saying(
                    "该资产已由另一案件报停，期间重叠（见 `case_id`）；请核对，延长停用的从该期间结束之日起填写。",
                    "Another case puts the asset out of use for some of these days (see case_id); check it, and let a longer suspension begin \
                     on the day on which that one ends.",
                )
                .with("case_id", case),
            ActRefused::EncumbranceForCounty { findings, names } => {
                let found = told(&findings, &names, Severity::Escalate);
                let for_county = findings.iter().filter(|it| it.severity >= Severity::Escalate);
                let mut rules: Vec<_> = for_county.map(|it| it.rule).collect();
                rules.dedup();
                Self::new(Code::BlockedByLossCheck)
                    .saying(
                        "{found}。有上述问题的限制须由县级批准人员登记，并在 `overrides` 中逐条说明理由；能够补正的，请先按各项问题的 `cure` 处理。",
                        "{found} It is for the county to record it like this, with the reason for each rule (overrides); what can be put \
                         right is put right first, as each finding says (cure).",
                    )
                    .put("found", found)
                    .with("rules", rules)
                    .with_worded("findings", |it| FindingResponse::all(&findings, &names, it))
                    .with("next_step_roles", Step::Approve.roles())
            }
            ActRefused::ReliedUpon(it) => Self::new(Code::FourEyes).saying(
                "该登记以后已有案件据此审查（见 `case_ids`，其他地区的只计数，见 `cases_elsewhere`），或者登记人、登记时间已无从查考，以前日期的终止、解除及其撤销不能由登记人、案件起草人或者乡镇作出；请由另一位县级批准人员填写 `mistake`，并附材料（`document_id`）办理。",
                "Cases were looked at while it was on record (see case_ids; those of other regions are counted in cases_elsewhere), or nobody \
                 knows any more who recorded it and when: what else is so of days that are over is said by an approver of the county who \
                 neither recorded it nor drafted these cases, with mistake and document_id.",
            )
            .rested_on(&it),
            ActRefused::ReleasedByDrafter(it) => Self::new(Code::FourEyes).saying(
                "您起草的案件涉及该资产，尚未办结（见 `case_ids`），不能由您解除该资产上的限制；请由其他人员附材料（`document_id`）解除。",
                "Cases about the asset that you drafted are not over yet (see case_ids): let somebody else release the restriction, with the \
                 paper that shows it (document_id).",
            )
            .rested_on(&it),
            ActRefused::LeavesPublicHands(asset_ids) => Self::new(Code::FourEyes)
                .saying(
                    "该组织仍享有资产的权利（见 `asset_ids`），其脱离集体或者国家控制须由县级批准人员附材料（`document_id`）办理；也可以先终止或者\
                     更正这些权利。",
                    "It has rights in assets (see asset_ids): that it is in the hands of the collective or the state no longer is said by an \
                     approver of the county, with the paper that shows it (document_id); or these rights are ended or put right first.",
                )
                .with("asset_ids", asset_ids),
            ActRefused::Party(error) => error.into(),
            ActRefused::Restriction(error) => error.into(),
            ActRefused::ApprovalOutdated { findings, names } => {
                let found = told(&findings, &names, Severity::Escalate);
                let mut rules: Vec<_> = findings.iter().map(|it| it.rule).collect();
                rules.dedup();
                Self::new(Code::Conflict)
                    .saying(
                        "批准以后发现：{found}。原批准未就此说明理由；请重新批准（`approve`），并在 `overrides` 中逐条说明理由，或者驳回、撤回本案。",
                        "Since it was approved, this was found: {found} The approval does not name it: approve it again with \
                         overrides that do, or reject or withdraw it.",
                    )
                    .put("found", found)
                    .with("rules", rules)
                    .with_worded("findings", |it| FindingResponse::all(&findings, &names, it))
                    .with("next_step", Step::Approve)
                    .with("next_step_roles", Step::Approve.roles())
            }
            ActRefused::HangsHere => Self::new(Code::Conflict).saying(
                "只有早已发生的首次登记，以及逾期补录并说明理由（`recorded_late`）的流转和变更，且同一事项未曾在本登记系统公示的，才能登记以前的纸质公示；请在本登记系统张贴公示（`start_notice`）。",
                "The notice of this case hangs here (start_notice): a notice of before that hung on paper is recorded for first registrations of long ago, and for transfers and alterations that are entered long after their day and say why (recorded_late), unless the same was made public here before.",
            ),
            ActRefused::Delegation(error) => error.into(),
            ActRefused::Case(error) => error.into(),
            ActRefused::Distribution(error) => error.into(),
            ActRefused::Contract(error) => error.into(),
            ActRefused::Project(error) => error.into(),
        }
    }
}
