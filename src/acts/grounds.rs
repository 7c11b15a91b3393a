//! What acts rest on: who approved, what was decided, appraised and found in the cases that they executed.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    acts::{
        act::{findings_of, kept, stored},
        asked::RecordedLate,
        transfers::asked::{AppraisalRequest, ExchangeRequest},
    },
    cases::{
        self, Case, CaseKind, StepDone,
        decision::DecisionInput,
        notices::{self, Notice},
    },
    identity::Caller,
    loss::finding::Finding,
    money::contracts,
    storage::{Read, StorageError},
    values::{Fen, Id, id::kind},
};

/// What an act rests on, as it was when the case was executed.
#[derive(Debug, Clone)]
pub struct Grounds {
    /// What the case was about.
    pub kind: CaseKind,
    /// Who took the deciding steps.
    pub approvers: Vec<StepDone>,
    /// What the village decided.
    pub decision: Option<DecisionInput>,
    /// What each of several collectives decided.
    pub decisions: Vec<DecisionInput>,
    /// Why it was entered long after its day, where it was.
    pub recorded_late: Option<RecordedLate>,
    /// The appraisal of what was given.
    pub appraisal: Option<AppraisalRequest>,
    /// Who auctioned what was given.
    pub auctioneer_id: Option<Id<kind::Party>>,
    /// The trade on a property exchange.
    pub exchange: Option<ExchangeRequest>,
    /// What the loss rules found.
    pub findings: Vec<Finding>,
    /// The policy that the findings were made with.
    pub policy_version: String,
    /// Its public notice, where that hung on paper.
    pub paper_notice: Option<Notice>,
    /// The contracts that it made, or gave their right.
    pub contract_ids: Vec<Id<kind::Contract>>,
}

/// The papers in what was asked, whatever the kind of the case.
#[derive(Debug, Deserialize)]
struct Papers {
    #[serde(default)]
    decision: Option<DecisionInput>,
    #[serde(default)]
    decisions: Vec<DecisionInput>,
    #[serde(default)]
    recorded_late: Option<RecordedLate>,
    #[serde(default)]
    appraisal: Option<AppraisalRequest>,
    #[serde(default)]
    auctioneer_id: Option<Id<kind::Party>>,
    #[serde(default)]
    exchange: Option<ExchangeRequest>,
}

impl Grounds {
    fn of(case: Case) -> Result<Self, StorageError> {
        let Papers { decision, decisions, recorded_late, appraisal, auctioneer_id, exchange } =
            stored(&case.asked, &case)?;
        Ok(Self {
            findings: findings_of(&case)?,
            kind: case.kind,
            decision,
            decisions,
            recorded_late,
            appraisal,
            auctioneer_id,
            exchange,
            policy_version: case.policy_version,
            paper_notice: None,
            contract_ids: Vec::new(),
            approvers: case.steps_done.into_iter().filter(|it| it.step.decides()).collect(),
        })
    }
}

/// What the rent of a lease was appraised at when it was let by a case; none where it was not.
pub(super) fn appraised(unit: &mut Read<'_>, case: Id<kind::Case>) -> Result<Option<Fen>, StorageError> {
    let Some(asked) = cases::asked_of(unit, case)? else { return Ok(None) };
    let papers: Papers =
        kept(&asked).map_err(|error| StorageError::Corrupt(format!("case {case}: {error}")))?;
    Ok(papers.appraisal.map(|it| it.value_fen))
}

/// What some acts rest on, by the case that each executed: of cases in the caller's region, which the caller may read.
///
/// An act is on record from its case's execution on, and a case changes no more after that: so this is the same whenever
/// it is asked.
pub fn grounds(
    unit: &mut Read<'_>,
    caller: &Caller,
    cases: &[Id<kind::Case>],
) -> Result<BTreeMap<Id<kind::Case>, Grounds>, StorageError> {
    let executed = cases::executed(unit, caller, cases)?;
    let on_paper: Vec<_> =
        executed.iter().flat_map(|it| &it.steps_done).filter_map(|it| it.on_paper).collect();
    let mut papers: BTreeMap<_, _> =
        notices::some(unit, &on_paper)?.into_iter().map(|it| (it.case_id, it)).collect();
    let mut made: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (case, contract) in contracts::made_by(unit, &executed.iter().map(|it| it.id).collect::<Vec<_>>())? {
        made.entry(case).or_default().push(contract);
    }
    let whole = |it: Case| {
        let (id, paper_notice) = (it.id, papers.remove(&it.id));
        let contract_ids = made.remove(&id).unwrap_or_default();
        Ok((id, Grounds { paper_notice, contract_ids, ..Grounds::of(it)? }))
    };
    executed.into_iter().map(whole).collect()
}
