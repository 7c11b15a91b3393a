//! Public notices that hung on paper before their cases were on record: a township records them, and the case need not hang again.
//!
//! They are for what is put on record long after it happened: first registrations, and what is entered long after its day with its
//! reason. What is entered in time hangs here. The registry knows of such a notice by a photograph alone, so that the county approves
//! the case, whatever it is about, and the rule L16 names the notice to it.

use chrono::NaiveDate;

use crate::{
    acts::{
        Act, ActError, ActRefused, Occasion,
        act::{Checked, nobody_erased, stored},
        alterations::asked::AlterationRequest,
        registrations::asked::RegistrationRequest,
        transfers::asked::TransferRequest,
    },
    cases::{
        self, Case, CaseKind, CaseStatus, NewStep, Step,
        notices::{
            Notice, NoticeDays,
            paper::{self, Hung, NewPaperNotice},
        },
        policies,
    },
    identity::{Caller, Permission},
    loss::facts::{NoticeFacts, PaperNoticeFacts, Shown},
    register::{assets, documents},
    storage::{Locked, Read, StorageError, Write, lock},
    values::{
        Fault, Faults, Id, Period, Reason, Scope,
        id::kind,
        period::{calendar_day, past_day},
    },
};

/// Records that the notice of a case hung on paper: its steps `start_notice` and `close_notice` count as done by it.
///
/// # Errors
/// What cannot be about its days and its photograph; a case for which there is no such notice, or which does not stand where its
/// notice would be posted; what the loss rules block, the days of the notice among it.
pub fn record(
    unit: &mut Write<'_>,
    caller: &Caller,
    case: Id<kind::Case>,
    asked: &NewPaperNotice,
) -> Result<Notice, ActError> {
    let scope = caller.permit(Permission::CasesSubmit)?;
    let mut faults = Vec::new();
    let kind = cases::kind_of(unit, &scope, case)?;
    if kind.is_none() {
        faults.push(Fault::at("/case_id", Reason::NotFound { what: "case" }));
    }
    faults.extend(faults_of(unit, &scope, asked)?);
    Faults::none_of(faults)?;
    lock(unit, &Locked::Basis)?;
    // Whoever records a notice by the same photograph at this moment waits, and sees this one.
    if let Some(sha256) = documents::contents(unit, &[asked.document_id])?.get(&asked.document_id) {
        lock(unit, &Locked::Name(&format!("photograph {sha256}")))?;
    }
    match kind {
        Some(CaseKind::Registration) => record_of::<RegistrationRequest>(unit, caller, case, asked),
        Some(CaseKind::Transfer) => record_of::<TransferRequest>(unit, caller, case, asked),
        Some(CaseKind::Alteration) => record_of::<AlterationRequest>(unit, caller, case, asked),
        // What is put right, and what is distributed, was never made public before it was asked for here.
        _ => Err(ActRefused::HangsHere.into()),
    }
}

/// What is wrong with the days and the photograph of a notice.
fn faults_of(unit: &mut Read<'_>, scope: &Scope, asked: &NewPaperNotice) -> Result<Vec<Fault>, StorageError> {
    let today = unit.today();
    let mut faults = Vec::new();
    for (at, day) in [("/opened_on", asked.opened_on), ("/closed_on", asked.closed_on)] {
        let wrong = calendar_day(day).and_then(|it| past_day(it, today)).err();
        faults.extend(wrong.map(|reason| Fault::at(at, reason)));
    }
    if asked.closed_on <= asked.opened_on {
        faults.push(Fault::at("/closed_on", Reason::DatesReversed));
    }
    if !documents::missing(unit, scope, &[asked.document_id])?.is_empty() {
        faults.push(Fault::at("/document_id", Reason::NotFound { what: "document" }));
    }
    Ok(faults)
}

fn record_of<A: Act>(
    unit: &mut Write<'_>,
    caller: &Caller,
    id: Id<kind::Case>,
    asked: &NewPaperNotice,
) -> Result<Notice, ActError> {
    let case = cases::about_to(unit, caller, A::KIND, id, Step::StartNotice, None)?;
    let act: A = stored(&case.asked, &case)?;
    let concerned = cases::parties_of(unit, &case)?;
    act.lock(unit, &concerned, false)?;
    let today = unit.today();
    let policy = policies::effective(unit, case.region_code, today)?;
    let occasion = Occasion::of(&case, &policy);
    let looked = act.look(unit, &occasion)?;
    nobody_erased(unit, &looked.lots)?;
    let effective_on = act.terms(&looked.plan).effective_on;
    let is_of_long_ago = match A::KIND {
        // What is registered for the first time is so already, and need not say why it is entered late.
        CaseKind::Registration => {
            effective_on.is_some_and(|on| occasion.entered(today, false).is_late(on, &policy.values))
        }
        _ => looked.checked.is_of_its_day(),
    };
    if !is_of_long_ago || paper::hung_here_in_vain(unit, &case, &act.assets())? {
        return Err(ActRefused::HangsHere.into());
    }
    let hung = Hung {
        id: None,
        opened_on: asked.opened_on,
        closed_on: asked.closed_on,
        document_id: asked.document_id,
    };
    let judged_on = looked.checked.policy_on();
    let policy =
        if judged_on == today { policy } else { policies::effective(unit, case.region_code, judged_on)? };
    let policy = policy.values;
    let facts = facts_of(unit, &case, &act, worked_from(&case, effective_on), Some(&hung))?;
    let checked = looked.checked.with_notice(&facts, &policy);
    let assessment = checked.assessment();
    let case = case.looked_at(&assessment);
    checked.admit(unit, &case, Step::StartNotice)?;
    let days =
        NoticeDays::of(asked.opened_on, policy.notice_days, policy.notice_day_count, &policy.rest_days);
    let notice = paper::record(unit, caller, &case, days, asked)?;
    let mut case = case;
    for step in [Step::StartNotice, Step::CloseNotice] {
        A::follow(unit, &case, step)?;
        let on_paper = Some(notice.id);
        let taken = NewStep { step, comment: None, overrides: None, on_paper, acting_for: None };
        case = cases::take_step(unit, caller, &case, &taken, Some(&assessment))?;
    }
    Ok(notice)
}

/// The day before which the notice of a case had to hang, where it works from a day: what is registered for the first time says what
/// was so already.
fn worked_from(case: &Case, effective_on: Option<NaiveDate>) -> Option<NaiveDate> {
    effective_on.filter(|_| case.kind != CaseKind::Registration)
}

/// What the rules look at of the notice of a case.
fn facts_of<A: Act>(
    unit: &mut Read<'_>,
    case: &Case,
    act: &A,
    worked_from: Option<NaiveDate>,
    hung: Option<&Hung>,
) -> Result<NoticeFacts, StorageError> {
    let Some((hung, days)) =
        hung.and_then(|it| Some((it, Period::new(it.opened_on, Some(it.closed_on)).ok()?)))
    else {
        return Ok(NoticeFacts { worked_from, on_paper: None });
    };
    let assets = assets::some(unit, &Scope::WHOLE, &act.assets())?;
    let on_paper = PaperNoticeFacts {
        hung: days,
        acquired_on: assets.iter().map(|it| it.described.write_off.acquired_on).max(),
        decided_on: act.decided().all().map(|(_, it)| it.decided_on).max(),
        photograph: hung.document_id,
        shows: shown(unit, case, act, hung)?,
    };
    Ok(NoticeFacts { worked_from, on_paper: Some(on_paper) })
}

/// What the photograph of a notice shows beside that notice.
fn shown<A: Act>(unit: &mut Read<'_>, case: &Case, act: &A, hung: &Hung) -> Result<Shown, StorageError> {
    let minutes: Vec<_> = act.decided().all().map(|(_, it)| it.document_id).collect();
    let all: Vec<_> = minutes.iter().copied().chain([hung.document_id]).collect();
    let contents = documents::contents(unit, &all)?;
    let Some(photograph) = contents.get(&hung.document_id) else { return Ok(Shown::ItAlone) };
    if minutes.iter().any(|it| contents.get(it) == Some(photograph)) {
        return Ok(Shown::Minutes);
    }
    let alike = documents::alike(unit, photograph)?;
    let other = paper::with_photograph(unit, case.id, hung, &alike)?;
    let of_other = other.and_then(|(case, it)| {
        let hung = Period::new(it.opened_on, Some(it.closed_on)).ok()?;
        Some(Shown::OfOtherDays { case, hung })
    });
    Ok(of_other.unwrap_or(Shown::ItAlone))
}

/// Adds to what the rules say of an act what they say of its notice, once that is over: where it hung on paper, and where the act is
/// entered long after its day and none did.
pub(super) fn with_notice<A: Act>(
    unit: &mut Read<'_>,
    case: &Case,
    act: (&A, &A::Plan),
    checked: Checked,
) -> Result<Checked, StorageError> {
    if !matches!(case.status, CaseStatus::Noticed | CaseStatus::Approved) {
        return Ok(checked);
    }
    let (act, plan) = act;
    let hung = paper::hung(unit, case.id)?;
    let effective_on = act.terms(plan).effective_on;
    let worked_from = worked_from(case, effective_on).filter(|_| checked.is_of_its_day());
    if hung.is_none() && worked_from.is_none() {
        return Ok(checked);
    }
    let facts = facts_of(unit, case, act, worked_from, hung.as_ref())?;
    let policy = policies::effective(unit, case.region_code, checked.policy_on())?;
    Ok(checked.with_notice(&facts, &policy.values))
}
