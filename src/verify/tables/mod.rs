//! What the journal says of rights, the ledger and cases, held against the tables row by row.
//!
//! The entries are read once, in their order. Of each right and each case only a digest of what its row must say is kept
//! in memory (some 60 bytes); rows of the ledger, which never change, are compared as their entries come by.

mod store;

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use crate::{
    cases,
    journal::{self, entry::Said},
    money::ledger::PostingKind,
    register::rights,
    storage::{Read, StorageError, folding, rows::Table},
    values::{Folded, Id, Share, id::kind},
    verify::{
        Damage, DamageKind, Report,
        database::natural,
        rows::{Commitments, each_batch},
        tables::store::{CaseRow, LedgerRow, RightRow, StepRow},
    },
};

/// How many rows or entries are looked at at once.
const AT_ONCE: i64 = 1_000;

/// Compares the tables with the journal, entries that wait for the sealer included.
pub(super) fn compare(unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
    let mut told = Told::default();
    let mut commitments = Commitments::default();
    each_batch(unit, report, |unit, report, entries| {
        for (index, said) in &entries {
            commitments.take(*index, said, report);
        }
        told.listen(unit, entries, report)
    })?;
    // Where a row cannot be read, its own table says which.
    let done = rights_as_told(unit, told.rights, report);
    report.read("rights", done)?;
    let done = cases_as_told(unit, told.cases, report);
    report.read("cases", done)?;
    let done = ledger_as_told(unit, report);
    report.read("ledger_entries", done)?;
    let done = balances_as_booked(unit, report);
    report.read("accounts", done)?;
    names_as_folded(unit, report)?;
    commitments.compare(unit, report)
}

/// The first half of a SHA-256: enough that no two rows are ever taken for each other.
type Digest = [u8; 16];

fn digest_of(said: &impl Serialize) -> Digest {
    let text = serde_json::to_vec(said).unwrap_or_default();
    let mut short = Digest::default();
    short.iter_mut().zip(digest(&SHA256, &text).as_ref()).for_each(|(to, from)| *to = *from);
    short
}

/// What must stand in a row, and the entry that last spoke of it.
#[derive(Debug, Clone, Copy)]
struct RowTold {
    digest: Digest,
    index: Option<u64>,
}

/// What must stand in the row of a case and in those of its steps.
#[derive(Debug, Clone, Copy)]
struct CaseTold {
    /// What never changes in it.
    fixed: Digest,
    /// What its last step left.
    state: Digest,
    /// All its steps, each upon those before.
    steps: Digest,
    index: Option<u64>,
}

/// All that the journal said so far.
#[derive(Debug, Default)]
struct Told {
    rights: HashMap<Id<kind::Right>, RowTold>,
    cases: HashMap<Id<kind::Case>, CaseTold>,
}

/// An entry with its place, where it has one.
type Placed = (Option<u64>, Said);

#[derive(Deserialize)]
struct MovedFacts {
    closed: Vec<Id<kind::Right>>,
    opened: Vec<OpenedFacts>,
}

#[derive(Deserialize)]
struct OpenedFacts {
    id: Id<kind::Right>,
    asset_id: Id<kind::Asset>,
    kind: String,
    holder_id: Id<kind::Party>,
    grantor_id: Option<Id<kind::Party>>,
    through: Vec<Id<kind::Party>>,
    share: Share,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    begun_by: Id<kind::Instrument>,
    ended_by: Option<Id<kind::Instrument>>,
}

#[derive(Deserialize)]
struct BookedFacts {
    ledger_entry_id: Id<kind::LedgerEntry>,
    debit_account_id: Id<kind::Account>,
    credit_account_id: Id<kind::Account>,
    amount_fen: i64,
    kind: String,
    asset_id: Option<Id<kind::Asset>>,
    party_id: Option<Id<kind::Party>>,
    purpose: String,
    case_id: Option<Id<kind::Case>>,
    receipt_id: Option<Id<kind::Receipt>>,
    payment_id: Option<Id<kind::Payment>>,
    reverses_id: Option<Id<kind::LedgerEntry>>,
    booked_on: NaiveDate,
}

#[derive(Deserialize)]
struct CaseFacts<'a> {
    case_id: Id<kind::Case>,
    kind: &'a str,
    #[serde(borrow)]
    asked: Option<&'a RawValue>,
    #[serde(borrow)]
    findings: &'a RawValue,
    outcome: &'a str,
    policy_version: &'a str,
    steps_required: Vec<String>,
    status: Option<&'a str>,
    version: Option<i64>,
    step: Option<&'a str>,
    ordinal: Option<i32>,
    comment_sha256: Option<&'a str>,
}

impl Told {
    /// Takes in what entries say. What an entry cannot be understood to say leaves its rows unexplained.
    fn listen(
        &mut self,
        unit: &mut Read<'_>,
        entries: Vec<Placed>,
        report: &mut Report,
    ) -> Result<(), StorageError> {
        let mut booked = Vec::new();
        for (index, said) in entries {
            match said.action.as_str() {
                it if it == rights::MOVED.name() => self.moved(index, &said),
                it if it == cases::DRAFTED.name() => self.drafted(index, &said),
                it if it == cases::STEP_TAKEN.name() => self.step_taken(index, &said),
                it if is_booking(it) => booked.extend(booking(index, &said)),
                _ => {}
            }
        }
        let done = booked_as_told(unit, &booked, report);
        report.read("ledger_entries", done)
    }

    fn moved(&mut self, index: Option<u64>, said: &Said) {
        let Ok(MovedFacts { closed, opened }) = serde_json::from_str(&said.facts) else { return };
        let at = said.at.naive_utc();
        for it in opened {
            let row = RightRow {
                id: it.id,
                asset_id: it.asset_id,
                kind: it.kind,
                holder_id: it.holder_id,
                grantor_id: it.grantor_id,
                through: it.through.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
                share_num: it.share.num(),
                share_den: it.share.den(),
                valid_from: it.valid_from,
                valid_to: it.valid_to,
                begun_by: it.begun_by,
                ended_by: it.ended_by,
                recorded_from: at,
                recorded_by: said.id,
            };
            self.rights.insert(it.id, RowTold { digest: digest_of(&row), index });
        }
        for id in closed {
            if let Some(told) = self.rights.get_mut(&id) {
                *told = RowTold { digest: closed_by(told.digest, (Some(at), Some(said.id))), index };
            }
        }
    }

    fn drafted(&mut self, index: Option<u64>, said: &Said) {
        let Ok(facts) = serde_json::from_str::<CaseFacts<'_>>(&said.facts) else { return };
        let asked = facts.asked.map_or("null", RawValue::get);
        let fixed = Fixed {
            kind: facts.kind,
            region_code: &said.region_code,
            asked: serde_json::from_str(asked).unwrap_or_default(),
            created_by: said.actor_id,
            created_at: said.at,
        };
        let told = CaseTold {
            fixed: digest_of(&fixed),
            state: state_of(&facts, "draft", 1),
            steps: Digest::default(),
            index,
        };
        self.cases.insert(facts.case_id, told);
    }

    fn step_taken(&mut self, index: Option<u64>, said: &Said) {
        let Ok(facts) = serde_json::from_str::<CaseFacts<'_>>(&said.facts) else { return };
        let (Some(told), Some(step), Some(ordinal)) =
            (self.cases.get_mut(&facts.case_id), facts.step, facts.ordinal)
        else {
            return;
        };
        let taken = Step {
            ordinal,
            step,
            taken_by: said.actor_id,
            taken_at: said.at,
            comment_sha256: facts.comment_sha256.map(str::to_owned),
        };
        told.steps = digest_of(&(told.steps, taken));
        told.state = state_of(&facts, facts.status.unwrap_or_default(), facts.version.unwrap_or_default());
        told.index = index;
    }
}

/// What never changes in a case.
#[derive(Serialize)]
struct Fixed<'a> {
    kind: &'a str,
    region_code: &'a str,
    asked: Value,
    created_by: Option<Id<kind::User>>,
    created_at: DateTime<Utc>,
}

/// What its steps change in a case.
#[derive(Serialize)]
struct State<'a> {
    status: &'a str,
    findings: Value,
    outcome: &'a str,
    policy_version: &'a str,
    steps_required: String,
    version: i64,
}

/// A step in a case.
#[derive(Serialize)]
struct Step<'a> {
    ordinal: i32,
    step: &'a str,
    taken_by: Option<Id<kind::User>>,
    taken_at: DateTime<Utc>,
    comment_sha256: Option<String>,
}

fn state_of(facts: &CaseFacts<'_>, status: &str, version: i64) -> Digest {
    digest_of(&State {
        status,
        findings: serde_json::from_str(facts.findings.get()).unwrap_or_default(),
        outcome: facts.outcome,
        policy_version: facts.policy_version,
        steps_required: facts.steps_required.join(" "),
        version,
    })
}

/// What a right that was on record must say once its recorded interval is closed.
fn closed_by(open: Digest, superseded: store::Superseded) -> Digest {
    digest_of(&(open, superseded))
}

fn is_booking(action: &str) -> bool {
    PostingKind::ALL.iter().any(|it| it.action().name() == action)
}

fn booking(index: Option<u64>, said: &Said) -> Option<(Option<u64>, LedgerRow)> {
    let facts: BookedFacts = serde_json::from_str(&said.facts).ok()?;
    let row = LedgerRow {
        id: facts.ledger_entry_id,
        booked_on: facts.booked_on,
        recorded_at: said.at.naive_utc(),
        debit_account_id: facts.debit_account_id,
        credit_account_id: facts.credit_account_id,
        amount_fen: facts.amount_fen,
        kind: facts.kind,
        region_code: said.region_code.clone(),
        asset_id: facts.asset_id,
        party_id: facts.party_id,
        purpose: facts.purpose,
        case_id: facts.case_id,
        receipt_id: facts.receipt_id,
        payment_id: facts.payment_id,
        reverses_id: facts.reverses_id,
        entry_id: said.id,
    };
    Some((index, row))
}

fn booked_as_told(
    unit: &mut Read<'_>,
    booked: &[(Option<u64>, LedgerRow)],
    report: &mut Report,
) -> Result<(), StorageError> {
    let entries: Vec<_> = booked.iter().map(|(_, row)| row.entry_id).collect();
    let found = store::ledger_of(unit, &entries)?;
    let found: HashMap<_, _> = found.into_iter().map(|row| (row.entry_id, row)).collect();
    for (index, told) in booked {
        let kind = match found.get(&told.entry_id) {
            Some(row) if row == told => continue,
            Some(_) => DamageKind::RowDiffers,
            None => DamageKind::RowMissing,
        };
        report.add(Damage::row(kind, "ledger_entries", told.id.to_string(), *index));
    }
    Ok(())
}

/// The sums of accounts, added up anew; where the ledger itself is damaged, they would prove nothing more.
fn balances_as_booked(unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
    if report.damages.iter().any(|it| it.table == Some("ledger_entries")) {
        return Ok(());
    }
    for (account, detail) in store::balances_that_differ(unit, AT_ONCE)? {
        let damage = Damage::row(DamageKind::BalanceDiffers, "accounts", account.to_string(), None);
        report.add(Damage { detail: Some(detail), ..damage });
    }
    Ok(())
}

/// What stands beside the names to be searched, folded anew.
fn names_as_folded(unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
    for table in folding::tables() {
        let done = table_as_folded(unit, table, report);
        report.read(table.name, done)?;
    }
    Ok(())
}

fn table_as_folded(unit: &mut Read<'_>, table: &Table, report: &mut Report) -> Result<(), StorageError> {
    let mut after = None;
    loop {
        let found = folding::names(unit, table, false, after, AT_ONCE)?;
        let Some(last) = found.last() else { return Ok(()) };
        after = Some(last.id);
        // What is not folded yet, after a migration, is filled in at the next start.
        let folded = found.iter().filter(|it| !it.name_folded.is_empty());
        for it in folded.filter(|it| Folded::of(&it.name).as_str() != it.name_folded) {
            let damage = Damage::row(DamageKind::RowDiffers, table.name, it.id.to_string(), None);
            report.add(Damage { detail: Some("another name is searched".to_owned()), ..damage });
        }
    }
}

/// Rows of the ledger that name an entry which booked nothing.
fn ledger_as_told(unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
    let mut after = None;
    loop {
        let rows = store::ledger_after(unit, after, AT_ONCE)?;
        let Some((last, ..)) = rows.last() else { return Ok(()) };
        after = Some(*last);
        let entries: Vec<_> = rows.iter().map(|(_, entry, _)| *entry).collect();
        let actions = journal::actions_of(unit, &entries)?;
        for (id, entry, index) in rows {
            if !actions.get(&entry).is_some_and(|it| is_booking(it)) {
                let index = index.map(natural);
                report.add(Damage::row(DamageKind::RowUnexplained, "ledger_entries", id.to_string(), index));
            }
        }
    }
}

fn rights_as_told(
    unit: &mut Read<'_>,
    mut told: HashMap<Id<kind::Right>, RowTold>,
    report: &mut Report,
) -> Result<(), StorageError> {
    let mut after = None;
    loop {
        let rows = store::rights_after(unit, after, AT_ONCE)?;
        let Some((last, _)) = rows.last() else { break };
        after = Some(last.id);
        for (row, superseded) in rows {
            let open = digest_of(&row);
            let digest = if superseded == (None, None) { open } else { closed_by(open, superseded) };
            let (kind, index) = match told.remove(&row.id) {
                Some(it) if it.digest == digest => continue,
                Some(it) => (DamageKind::RowDiffers, it.index),
                None => (DamageKind::RowUnexplained, None),
            };
            report.add(Damage::row(kind, "rights", row.id.to_string(), index));
        }
    }
    for (id, it) in sorted(told) {
        report.add(Damage::row(DamageKind::RowMissing, "rights", id.to_string(), it.index));
    }
    Ok(())
}

/// What is left of a map, in an order that does not change from one check to the next.
fn sorted<Kind, T>(left: HashMap<Id<Kind>, T>) -> Vec<(Id<Kind>, T)> {
    let mut left: Vec<_> = left.into_iter().collect();
    left.sort_by_key(|(id, _)| *id);
    left
}

fn cases_as_told(
    unit: &mut Read<'_>,
    mut told: HashMap<Id<kind::Case>, CaseTold>,
    report: &mut Report,
) -> Result<(), StorageError> {
    let mut after = None;
    loop {
        let rows = store::cases_after(unit, after, AT_ONCE)?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id);
        let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
        let mut steps: HashMap<Id<kind::Case>, Digest> = HashMap::new();
        for step in store::steps_of(unit, &ids)? {
            let before = steps.entry(step.case_id).or_default();
            *before = digest_of(&(*before, step_of(&step)));
        }
        for row in rows {
            let Some(it) = told.remove(&row.id) else {
                report.add(Damage::row(DamageKind::RowUnexplained, "cases", row.id.to_string(), None));
                continue;
            };
            if (it.fixed, it.state) != case_digests(&row) {
                report.add(Damage::row(DamageKind::RowDiffers, "cases", row.id.to_string(), it.index));
            }
            if it.steps != steps.remove(&row.id).unwrap_or_default() {
                report.add(Damage::row(DamageKind::RowDiffers, "case_steps", row.id.to_string(), it.index));
            }
        }
    }
    for (id, it) in sorted(told) {
        report.add(Damage::row(DamageKind::RowMissing, "cases", id.to_string(), it.index));
    }
    Ok(())
}

fn case_digests(row: &CaseRow) -> (Digest, Digest) {
    let fixed = Fixed {
        kind: &row.kind,
        region_code: &row.region_code,
        asked: serde_json::from_str(&row.asked).unwrap_or_default(),
        created_by: Some(row.created_by),
        created_at: row.created_at.and_utc(),
    };
    let state = State {
        status: &row.status,
        findings: serde_json::from_str(&row.findings).unwrap_or_default(),
        outcome: &row.outcome,
        policy_version: &row.policy_version,
        steps_required: row.steps_required.clone(),
        version: row.version,
    };
    (digest_of(&fixed), digest_of(&state))
}

fn step_of(row: &StepRow) -> Step<'_> {
    Step {
        ordinal: row.ordinal,
        step: &row.step,
        taken_by: Some(row.taken_by),
        taken_at: row.taken_at.and_utc(),
        comment_sha256: row.comment.as_deref().map(cases::sha256),
    }
}
