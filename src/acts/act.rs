//! What an act is, and how any of them goes through its case.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    acts::{ActError, ActRefused, Terms, asked::RecordedLate, names, noticed, paper_notices},
    cases::{
        self, Assessment, Case, CaseKind, CountyBecause, Draft, Look, Lot, NewStep, Step,
        decision::Decisions,
        overrides::NewOverride,
        policies::{
            self,
            values::{Effective, PolicyValues},
        },
    },
    identity::{Caller, Permission},
    journal::{Actor, Known},
    loss::{
        check::{Facts, Severity},
        facts::{self, Entered, GrantMade, NoticeFacts},
        finding::{self, Finding, Outcome},
        rules::RuleId,
    },
    money::contracts::endings as contract_endings,
    register::{
        parties,
        rights::{self, model::hands},
    },
    storage::{Failure as _, Locked, Read, StorageError, Write, day_of, lock},
    values::{
        Comment, Fault, Faults, Id, OverrideReason, Reason, RegionCode, Scope, id::kind, words::acts_on_text,
    },
};

/// An act that goes through a case, as it is asked for and as it is kept with its case.
pub trait Act: Serialize + DeserializeOwned {
    /// The kind of its cases.
    const KIND: CaseKind;

    /// What it comes to, worked out when it is looked at and carried out as it was worked out.
    type Plan;

    /// The assets that it is about: they are locked before it is looked at in its case.
    fn assets(&self) -> Vec<Id<kind::Asset>>;

    /// The case that it asks for anew.
    fn resubmits(&self) -> Option<Id<kind::Case>>;

    /// What the villages decided.
    fn decided(&self) -> Decisions<'_>;

    /// Locks what it is about, in the one order of all: what is looked at then is what is kept or executed. `parties` are those
    /// whom its case may concern, so that none of them is erased or ends meanwhile.
    fn lock(
        &self,
        unit: &mut Write<'_>,
        parties: &[Id<kind::Party>],
        executes: bool,
    ) -> Result<(), StorageError> {
        let assets = self.assets();
        lock(unit, &Locked::Assets(&assets))?;
        let mut all = self.staying(unit)?;
        all.extend(parties);
        all.sort();
        all.dedup();
        lock(unit, &Locked::Parties(&all))?;
        if executes { contract_endings::lock_about(unit, &assets) } else { Ok(()) }
    }

    /// Who stays as it is beside those whom its case concerns, by what is on record of the locked assets.
    fn staying(&self, _unit: &mut Read<'_>) -> Result<Vec<Id<kind::Party>>, StorageError> {
        Ok(Vec::new())
    }

    /// Looks at it as things are now: refuses what cannot be, asks the loss rules, and works out what it comes to.
    fn look(&self, unit: &mut Read<'_>, at: &Occasion<'_>) -> Result<Looked<Self::Plan>, ActError>;

    /// What is kept of it with its case: all that was asked, and what it was decided on by.
    fn kept(&self, _plan: &Self::Plan) -> Value {
        json!(self)
    }

    /// Keeps the plan with the case that was just drafted, where the plan itself is what is decided on.
    fn keep(_unit: &mut Write<'_>, _case: &Case, _plan: &Self::Plan) -> Result<(), ActError> {
        Ok(())
    }

    /// What its public notice says beside what moves in which assets.
    fn terms(&self, plan: &Self::Plan) -> Terms;

    /// What a step brings with it beside what it does to the case: of every step, before it is taken.
    fn follow(_unit: &mut Write<'_>, _case: &Case, _step: Step) -> Result<(), ActError> {
        Ok(())
    }

    /// Carries the plan out.
    fn execute(
        &self,
        unit: &mut Write<'_>,
        actor: &Actor,
        case: &Case,
        plan: &Self::Plan,
    ) -> Result<(), ActError>;
}

/// Through whose hands a right in some assets came, and whom the contracts about them bind from a day on: what becomes of both hangs on
/// who takes their place.
pub(super) fn bound_to(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    on: NaiveDate,
) -> Result<Vec<Id<kind::Party>>, StorageError> {
    let mut bound = contract_endings::bound_by(unit, assets, on)?;
    bound.extend(rights::standing(unit, assets)?.iter().flat_map(|(_, it)| hands(it)));
    Ok(bound)
}

/// How a right came about that is put on record as one that stood from a day on: so lately that a transfer could have given it, or long ago.
pub(super) fn made_on(from: NaiveDate, judging: &Judging<'_>) -> GrantMade {
    if judging.entered.is_late(from, &judging.policy.values) { GrantMade::LongAgo } else { GrantMade::Lately }
}

/// When an act is looked at: before its case is drafted, or at a step in it.
#[derive(Debug)]
pub struct Occasion<'a> {
    /// What the caller may see.
    pub(super) scope: Scope,
    /// Its case, with the policy that holds there today; none before it is drafted.
    pub(super) case: Option<(&'a Case, &'a Effective)>,
}

impl<'a> Occasion<'a> {
    /// A look at an act in its case. Whoever may see the case may see it looked at: what it names was looked up in the scope
    /// of whoever drafted it, and the offices through which it goes need not see each paper of another.
    pub(super) const fn of(case: &'a Case, policy: &'a Effective) -> Self {
        Self { scope: Scope::WHOLE, case: Some((case, policy)) }
    }
}

impl Occasion<'_> {
    /// Its case, which is no rival of itself.
    pub(super) fn case_id(&self) -> Option<Id<kind::Case>> {
        self.case.map(|(case, _)| case.id)
    }

    /// By what an act of a day is judged. What is entered in time is judged by today's policy, so that nobody gains by
    /// choosing a day; what is entered late, and says why, by that of its own day, and the county approves it.
    pub(super) fn judging(
        &self,
        unit: &mut Read<'_>,
        region: RegionCode,
        effective_on: NaiveDate,
        recorded_late: Option<&RecordedLate>,
    ) -> Result<Judging<'_>, StorageError> {
        let policy = self.policy(unit, region)?;
        let entered = self.entered(unit.today(), recorded_late.is_some());
        if !entered.explained || !entered.is_late(effective_on, &policy.values) {
            return Ok(Judging { policy, policy_on: unit.today(), entered });
        }
        let policy = Cow::Owned(policies::effective(unit, region, effective_on)?);
        let entered = Entered { of_its_day: true, ..entered };
        Ok(Judging { policy, policy_on: effective_on, entered })
    }

    /// When the act was entered: on the day on which its case was drafted.
    pub(super) fn entered(&self, today: NaiveDate, explained: bool) -> Entered {
        let on = self.case.map_or(today, |(case, _)| day_of(case.created_at));
        Entered { on, explained, of_its_day: false }
    }

    /// The policy that holds today in the region of the act.
    pub(super) fn policy(
        &self,
        unit: &mut Read<'_>,
        region: RegionCode,
    ) -> Result<Cow<'_, Effective>, StorageError> {
        match self.case {
            Some((_, policy)) => Ok(Cow::Borrowed(policy)),
            None => Ok(Cow::Owned(policies::effective(unit, region, unit.today())?)),
        }
    }
}

/// By what an act is judged.
#[derive(Debug)]
pub(super) struct Judging<'a> {
    /// The policy.
    pub(super) policy: Cow<'a, Effective>,
    /// The day on which it is in force.
    pub(super) policy_on: NaiveDate,
    /// When it was entered.
    pub(super) entered: Entered,
}

impl<'a> Judging<'a> {
    /// By today's policy: an act that is done on the day on which it is executed.
    pub(super) const fn today(policy: Cow<'a, Effective>, today: NaiveDate) -> Self {
        let entered = Entered { on: today, explained: false, of_its_day: false };
        Self { policy, policy_on: today, entered }
    }
}

/// An act that was looked at.
#[derive(Debug)]
pub struct Looked<Plan> {
    /// What the rules say of it.
    pub(super) checked: Checked,
    /// The narrowest region that holds all its assets.
    pub(super) region: RegionCode,
    /// What it would move.
    pub(super) lots: Vec<Lot>,
    /// What it comes to.
    pub(super) plan: Plan,
}

/// What the rules say of an act that is asked for.
#[derive(Debug, Clone)]
pub struct Checked {
    /// What all findings come to.
    pub outcome: Outcome,
    /// The findings, in the order of the rules.
    pub findings: Vec<Finding>,
    /// The policy that they were made with.
    pub policy_version: String,
    /// Why the county must approve; nothing where it need not.
    county_because: Vec<CountyBecause>,
    /// What was looked at.
    look: Look,
}

/// What findings come to under a policy, and why the county must approve what they are of. `worth` is what the act is about, in fen.
pub(super) fn weigh(
    findings: &[Finding],
    policy: &PolicyValues,
    worth: i64,
    of_its_day: bool,
) -> (Outcome, Vec<CountyBecause>) {
    let outcome = Outcome::of(findings);
    let limit_fen = policy.county_approval_above_fen;
    let mut because = Vec::new();
    if worth > limit_fen {
        because.push(CountyBecause::AboveLimit { worth_fen: worth, limit_fen });
    }
    if outcome == Outcome::Escalate {
        let rules = escalating(findings).into_iter();
        because.extend(rules.map(|it| CountyBecause::Finding { rule: it.code().to_owned() }));
    }
    if of_its_day {
        because.push(CountyBecause::RecordedLate);
    }
    (outcome, because)
}

impl Checked {
    /// Runs the rules. `worth` is what the act is about, in fen: above the policy's limit the county approves.
    pub(super) fn by_rules<F: Facts>(facts: &F, judging: &Judging<'_>, worth: i128) -> Self {
        let policy = &judging.policy;
        let findings = finding::check(facts, &policy.values);
        // No limit is beyond what an amount can be.
        let worth_fen = i64::try_from(worth).unwrap_or(i64::MAX);
        let of_its_day = judging.entered.of_its_day;
        let (outcome, county_because) = weigh(&findings, &policy.values, worth_fen, of_its_day);
        let look = Look {
            kind: F::KIND.to_owned(),
            format: facts::FORMAT,
            // What could not be written could not be read, and counts as not kept: no facts are such.
            facts: serde_json::to_string(facts).unwrap_or_default(),
            worth_fen,
            of_its_day,
            of_its_kind: false,
            policy_on: judging.policy_on,
        };
        Self { county_because, policy_version: policy.version(), outcome, findings, look }
    }

    /// What the county must approve whatever it is worth.
    pub(super) fn for_the_county(mut self) -> Self {
        self.county_because.push(CountyBecause::OfItsKind);
        self.look.of_its_kind = true;
        self
    }

    /// The same with what the rules say of the notice of its case. Where that hung on paper the county approves, whatever the act is about.
    pub(super) fn with_notice(mut self, notice: &NoticeFacts, policy: &PolicyValues) -> Self {
        self.findings.extend(finding::check(notice, policy));
        // Within a rule they stay in their order.
        self.findings.sort_by_key(|it| it.rule);
        self.outcome = Outcome::of(&self.findings);
        if notice.on_paper.is_some() {
            self.county_because.push(CountyBecause::NoticeOnPaper);
            // Other numbers of a policy change nothing about that.
            self.look.of_its_kind = true;
        }
        self
    }

    /// Whether it is judged as of its own day.
    pub(super) const fn is_of_its_day(&self) -> bool {
        self.look.of_its_day
    }

    /// The day of the policy by which it is judged.
    pub(super) const fn policy_on(&self) -> NaiveDate {
        self.look.policy_on
    }

    pub(super) fn assessment(&self) -> Assessment {
        Assessment {
            findings: json!(self.findings),
            outcome: self.outcome.code(),
            policy_version: self.policy_version.clone(),
            county_because: Some(self.county_because.clone()),
            escalating: escalating(&self.findings).into_iter().map(|it| it.code().to_owned()).collect(),
            look: self.look.clone(),
        }
    }

    /// Lets a step pass only if it is next by what the case needs now, if no rule blocks the act now, and if the approval names
    /// what goes to the county now.
    pub(super) fn admit(&self, unit: &mut Read<'_>, case: &Case, step: Step) -> Result<(), ActError> {
        let is_outdated = step == Step::Execute && !case.unnamed.is_empty();
        if !is_outdated {
            cases::admit_next(unit, case, step)?;
        }
        if self.outcome == Outcome::Block {
            let names = names(unit, self.findings.iter().flat_map(Finding::ids), Known::Now)?;
            return Err(ActRefused::Blocked { findings: self.findings.clone(), names }.into());
        }
        if is_outdated {
            let unnamed =
                |it: &&Finding| goes_to_county(it) && case.unnamed.contains(&it.rule.code().to_owned());
            let findings: Vec<_> = self.findings.iter().filter(unnamed).cloned().collect();
            let names = names(unit, findings.iter().flat_map(Finding::ids), Known::Now)?;
            return Err(ActRefused::ApprovalOutdated { findings, names }.into());
        }
        Ok(())
    }

    fn overridden(&self, unit: &mut Read<'_>, named: &[Override]) -> Result<Vec<Overridden>, ActError> {
        overridden(unit, &self.findings, named)
    }
}

/// What whoever agrees for the county names: each rule that found something for it just once, and no other.
///
/// # Errors
/// All that is missing, and all that is named in vain.
pub(super) fn overridden(
    unit: &mut Read<'_>,
    findings: &[Finding],
    named: &[Override],
) -> Result<Vec<Overridden>, ActError> {
    let wanted = escalating(findings);
    let mut faults = Vec::new();
    for (index, it) in named.iter().enumerate() {
        let at = format!("/overrides/{index}/rule");
        if !wanted.contains(&it.rule) {
            let (rule, wanted) = (it.rule.code().to_owned(), wanted.iter().map(ToString::to_string));
            faults.push(Fault::at(at, Reason::NothingToOverride { rule, wanted: wanted.collect() }));
        } else if named.iter().take(index).any(|before| before.rule == it.rule) {
            faults.push(Fault::at(at, Reason::Duplicate));
        }
        if it.reason.as_str().chars().filter(|it| it.is_alphanumeric()).count() < LEAST_OF_A_REASON {
            let min = u64::try_from(LEAST_OF_A_REASON).unwrap_or(u64::MAX);
            faults.push(Fault::at(format!("/overrides/{index}/reason"), Reason::TooShort { min }));
        }
    }
    let found = |rule: RuleId| findings.iter().filter(move |it| it.rule == rule && goes_to_county(it));
    let missing: Vec<_> =
        wanted.iter().copied().filter(|rule| !named.iter().any(|it| it.rule == *rule)).collect();
    let ids = missing.iter().flat_map(|it| found(*it)).flat_map(Finding::ids);
    let names = names(unit, ids, Known::Now)?;
    for rule in missing {
        let (chinese, english): (Vec<_>, Vec<_>) =
            found(rule).map(|it| it.message(&names)).map(|it| (it.zh, it.en)).unzip();
        let name = rule.rule().name;
        let reason = Reason::OverrideMissing {
            rule: rule.code().to_owned(),
            chinese: format!("（{}）发现：{}", name.zh, chinese.join("；")),
            english: format!("({}) found: {}", name.en, english.join("; ")),
        };
        faults.push(Fault::at("/overrides", reason));
    }
    Faults::none_of(faults)?;
    let overridden = named.iter().map(|it| Overridden {
        rule: it.rule,
        reason: it.reason.clone(),
        findings: found(it.rule).cloned().collect(),
    });
    let mut overridden: Vec<_> = overridden.collect();
    overridden.sort_by_key(|it| it.rule);
    Ok(overridden)
}

/// The least number of letters and ideographs of a reason: a full stop says nothing.
const LEAST_OF_A_REASON: usize = 4;

/// Whether a finding is for the county to decide on.
fn goes_to_county(finding: &Finding) -> bool {
    finding.severity == Severity::Escalate
}

/// The rules that found something for the county, in their order, each once.
fn escalating(findings: &[Finding]) -> Vec<RuleId> {
    let mut rules: Vec<_> = findings.iter().filter(|it| goes_to_county(it)).map(|it| it.rule).collect();
    rules.sort();
    rules.dedup();
    rules
}

/// A rule that whoever approves names, although it found something.
#[derive(Debug, Clone)]
pub struct Override {
    /// The rule.
    pub rule: RuleId,
    /// Why they approve all the same.
    pub reason: OverrideReason,
}

/// The same, with what the rule found.
pub(super) struct Overridden {
    pub(super) rule: RuleId,
    pub(super) reason: OverrideReason,
    pub(super) findings: Vec<Finding>,
}

/// A step that is asked for.
#[derive(Debug, Clone)]
pub struct AskedStep {
    /// The step.
    pub step: Step,
    /// What there is to say about it.
    pub comment: Option<Comment>,
    /// The rules that an approval names.
    pub overrides: Vec<Override>,
    /// In whose place it is taken, where that is said.
    pub on_behalf_of: Option<Id<kind::User>>,
}

/// A case in which a step was taken.
#[derive(Debug)]
pub struct Decided<Plan> {
    /// The case as it is now.
    pub case: Case,
    /// What the act comes to; none for a step that ends the case, before which nothing is looked at.
    pub plan: Option<Plan>,
}

/// Checks an act for asset loss before it is drafted. Nothing is stored.
pub fn check<A: Act>(unit: &mut Read<'_>, caller: &Caller, asked: &A) -> Result<Checked, ActError> {
    let scope = caller.permit(Permission::CasesDraft)?;
    let Looked { checked, lots, .. } = asked.look(unit, &Occasion { scope, case: None })?;
    nobody_erased(unit, &lots)?;
    Ok(checked)
}

/// Refuses to ask anew for what was about other assets: the difference that the new case shows would tell nobody anything.
fn about_the_same(
    unit: &mut Read<'_>,
    assets: &[Id<kind::Asset>],
    former: Id<kind::Case>,
) -> Result<(), ActError> {
    let lots = cases::lots_of(unit, former)?;
    if lots.is_empty() || assets.is_empty() || lots.iter().any(|it| assets.contains(&it.asset_id)) {
        return Ok(());
    }
    let because = "it was about other assets".to_owned();
    Err(Faults::one("/resubmits", Reason::NotApplicable { because }).into())
}

/// Drafts the case of an act. What a rule blocks stays a draft.
pub fn draft<A: Act>(unit: &mut Write<'_>, caller: &Caller, asked: &A) -> Result<(Case, A::Plan), ActError> {
    let scope = caller.permit(Permission::CasesDraft)?;
    // What is kept with the case is of one moment.
    lock(unit, &Locked::Basis)?;
    asked.lock(unit, &[], false)?;
    if let Some(former) = asked.resubmits() {
        cases::may_be_resubmitted(unit, &scope, A::KIND, former)?;
        about_the_same(unit, &asked.assets(), former)?;
    }
    let Looked { checked, region, lots, plan } = asked.look(unit, &Occasion { scope, case: None })?;
    nobody_erased(unit, &lots)?;
    let draft = Draft {
        resubmits: asked.resubmits(),
        kind: A::KIND,
        region_code: region,
        asked: asked.kept(&plan),
        assessment: checked.assessment(),
        lots,
    };
    let case = cases::draft(unit, caller, &draft)?;
    A::keep(unit, &case, &plan)?;
    Ok((case, plan))
}

/// Takes a step in the case of an act: the assets are locked, the rules look anew under the policy of the day, what they
/// block goes no further, and the last step executes what was looked at.
pub fn decide<A: Act>(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Case>,
    wanted: &AskedStep,
) -> Result<Decided<A::Plan>, ActError> {
    let AskedStep { step, comment, overrides, on_behalf_of } = wanted;
    let step = *step;
    if step != Step::Approve && !overrides.is_empty() {
        let because = format!("step = {step}");
        return Err(Faults::one("/overrides", Reason::NotApplicable { because }).into());
    }
    if !step.ends() {
        lock(unit, &Locked::Basis)?;
    }
    let acting_for = cases::acting_for(unit, caller, id, step, *on_behalf_of)?;
    let case = cases::about_to(unit, caller, A::KIND, id, step, acting_for.as_ref())?;
    let comment = comment.clone();
    let mut taken = NewStep { step, comment, overrides: None, on_paper: None, acting_for };
    let asked: A = stored(&case.asked, &case)?;
    // Held until the end: what the rules see is what is executed.
    let concerned = cases::parties_of(unit, &case)?;
    asked.lock(unit, &concerned, step == Step::Execute)?;
    let today = unit.today();
    let policy = policies::effective(unit, case.region_code, today)?;
    if step.ends() {
        A::follow(unit, &case, step)?;
        let case = cases::take_step(unit, caller, &case, &taken, None)?;
        return Ok(Decided { case, plan: None });
    }
    let looked = asked.look(unit, &Occasion::of(&case, &policy)).map_err(|error| match error {
        // They are faults of what the case asks for, and not of this request.
        ActError::Invalid(faults) => ActRefused::NoLongerPossible(faults).into(),
        other => other,
    });
    let Looked { checked, plan, lots, .. } = looked?;
    nobody_erased(unit, &lots)?;
    let checked = paper_notices::with_notice(unit, &case, (&asked, &plan), checked)?;
    let assessment = checked.assessment();
    let case = case.looked_at(&assessment);
    checked.admit(unit, &case, step)?;
    if matches!(step, Step::Approve | Step::Execute) {
        noticed::still_true(unit, &case, (&asked, &plan, &lots))?;
    }
    if step == Step::Approve {
        let overridden = checked.overridden(unit, overrides)?;
        taken.overrides = Some(kept_of(unit, &case, (&asked, &plan, &lots), overridden)?);
    }
    A::follow(unit, &case, step)?;
    match step {
        Step::StartNotice => {
            noticed::post(unit, &caller.actor(), &case, (&asked, &plan, &lots), &policy.values)?;
        }
        Step::Execute => asked.execute(unit, &caller.actor(), &case, &plan)?,
        _ => {}
    }
    let case = cases::take_step(unit, caller, &case, &taken, Some(&assessment))?;
    Ok(Decided { case, plan: Some(plan) })
}

/// What is kept of the rules that an approval names: with each reason as anybody may read it.
fn kept_of<A: Act>(
    unit: &mut Read<'_>,
    case: &Case,
    act: (&A, &A::Plan, &[Lot]),
    overridden: Vec<Overridden>,
) -> Result<Vec<NewOverride>, ActError> {
    let reasons: Vec<&str> = overridden.iter().map(|it| it.reason.as_str()).collect();
    let found: Vec<Finding> = overridden.iter().flat_map(|it| it.findings.iter().cloned()).collect();
    let public = noticed::as_published(unit, case, act, &reasons, &found)?;
    let kept = overridden.into_iter().zip(public).map(|(it, public_reason)| NewOverride {
        rule: it.rule.code().to_owned(),
        reason: it.reason,
        public_reason,
        findings: json!(it.findings),
    });
    Ok(kept.collect())
}

/// A case as it looks now: with what the rules find now, with the steps that it needs now, and so with the one that comes next:
/// the policy, a relation or a fact may have changed since it was last decided on. What cannot be looked at any more, since
/// something that it names is gone, is as it was; the next step says why.
pub fn as_needed_now<A: Act>(unit: &mut Read<'_>, case: Case) -> Result<Case, ActError> {
    if case.status.is_final() {
        return Ok(case);
    }
    let asked: A = stored(&case.asked, &case)?;
    let policy = policies::effective(unit, case.region_code, unit.today())?;
    let looked = asked.look(unit, &Occasion::of(&case, &policy));
    match looked {
        Ok(Looked { checked, plan, .. }) => {
            let checked = paper_notices::with_notice(unit, &case, (&asked, &plan), checked)?;
            Ok(case.looked_at(&checked.assessment()))
        }
        Err(error) if error.storage().is_some() => Err(error),
        Err(_) => Ok(case),
    }
}

/// Refuses an act by which somebody would get or give something whose data were erased: the register could not say who it is.
pub(super) fn nobody_erased(unit: &mut Read<'_>, lots: &[Lot]) -> Result<(), ActError> {
    let mut people: Vec<_> = lots.iter().flat_map(|it| [it.from_id, it.to_id]).flatten().collect();
    people.sort();
    people.dedup();
    let found = parties::standing(unit, &people)?;
    match found.values().find(|it| it.erased) {
        Some(it) => Err(ActRefused::Erased(it.id).into()),
        None => Ok(()),
    }
}

/// The findings that are kept with a case.
pub fn findings_of(case: &Case) -> Result<Vec<Finding>, StorageError> {
    stored(&case.findings, case)
}

/// What is kept with a case as JSON.
pub(super) fn stored<T: DeserializeOwned>(value: &Value, case: &Case) -> Result<T, StorageError> {
    kept(value).map_err(|error| StorageError::Corrupt(format!("case {}: {error}", case.id)))
}

/// Reads what is kept with a case. Older releases took texts that are refused today.
pub(super) fn kept<T: DeserializeOwned>(value: &Value) -> Result<T, serde_json::Error> {
    T::deserialize(value).or_else(|error| T::deserialize(readable(value)).map_err(|_| error))
}

/// The same with every text as it would be taken today: control characters are left out, and a dash stands for a text of
/// which nothing is left to see.
fn readable(kept: &Value) -> Value {
    match kept {
        Value::String(text) => {
            let mended: String = text.chars().filter(|it| !acts_on_text(*it) || *it == '\n').collect();
            Value::String(if mended.trim().is_empty() { "-".to_owned() } else { mended })
        }
        Value::Array(items) => items.iter().map(readable).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, it)| (name.clone(), readable(it))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acts::transfers::asked::ExchangeRequest;

    #[test]
    fn what_an_older_release_took_is_still_read() {
        let asked = json!({"platform": "交易\u{7}中心", "reference": " ", "traded_on": "2025-06-20"});
        let read: ExchangeRequest = kept(&asked).unwrap();
        assert_eq!((read.platform.as_str(), read.reference.as_str()), ("交易中心", "-"));
        assert!(kept::<ExchangeRequest>(&json!({"platform": "交易中心"})).is_err());
    }
}
