//! Compares what the journal says of rights, the ledger and cases with the tables, row by row.
//!
//! The entries are read once, in order. Of each right and each case only a digest of the expected row is kept in memory
//! (some 60 bytes); ledger rows, which never change, are compared as soon as their entries are read.

mod store;

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use crate::{
    cases,
    journal::{self, entry::EntryBody},
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

/// How many rows are read per query.
const BATCH_SIZE: i64 = 1_000;

/// Compares the tables with the journal, including entries that are not sealed yet.
pub(super) fn compare(unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
    let mut expected = Expected::default();
    let mut commitments = Commitments::default();
    each_batch(unit, report, |unit, report, entries| {
        for (index, body) in &entries {
            commitments.take(*index, body, report);
        }
        expected.take_in(unit, entries, report)
    })?;
    let done = compare_rights(unit, expected.rights, report);
    report.read("rights", done)?;
    let done = compare_cases(unit, expected.cases, report);
    report.read("cases", done)?;
    let done = find_unexplained_bookings(unit, report);
    report.read("ledger_entries", done)?;
    let done = compare_balances(unit, report);
    report.read("accounts", done)?;
    compare_folded_names(unit, report)?;
    commitments.compare(unit, report)
}

/// The first half of a SHA-256, which is enough to tell any two rows apart.
type Digest = [u8; 16];

fn digest_of(body: &impl Serialize) -> Digest {
    let text = serde_json::to_vec(body).unwrap_or_default();
    let mut short = Digest::default();
    short.iter_mut().zip(digest(&SHA256, &text).as_ref()).for_each(|(to, from)| *to = *from);
    short
}

/// What a row must hold, and the index of the entry that last described it; `None` if that entry is not sealed yet.
#[derive(Debug, Clone, Copy)]
struct ExpectedRow {
    digest: Digest,
    index: Option<u64>,
}

/// What the row of a case and the rows of its steps must hold.
#[derive(Debug, Clone, Copy)]
struct ExpectedCase {
    /// Digest of the columns that never change.
    fixed: Digest,
    /// Digest of the columns as its last step left them.
    state: Digest,
    /// Running digest over all its steps.
    steps: Digest,
    index: Option<u64>,
}

/// The rows that the entries read so far call for.
#[derive(Debug, Default)]
struct Expected {
    rights: HashMap<Id<kind::Right>, ExpectedRow>,
    cases: HashMap<Id<kind::Case>, ExpectedCase>,
}

/// An entry and its index; `None` while it waits to be sealed.
type IndexedBody = (Option<u64>, EntryBody);

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

impl Expected {
    /// Takes in a batch of entries. An entry whose facts cannot be parsed leaves its rows unexplained.
    fn take_in(
        &mut self,
        unit: &mut Read<'_>,
        entries: Vec<IndexedBody>,
        report: &mut Report,
    ) -> Result<(), StorageError> {
        let mut booked = Vec::new();
        for (index, body) in entries {
            match body.action.as_str() {
                action if action == rights::MOVED.name() => self.rights_moved(index, &body),
                action if action == cases::DRAFTED.name() => self.case_drafted(index, &body),
                action if action == cases::STEP_TAKEN.name() => self.step_taken(index, &body),
                action if is_booking(action) => booked.extend(booking(index, &body)),
                _ => {}
            }
        }
        let done = compare_bookings(unit, &booked, report);
        report.read("ledger_entries", done)
    }

    fn rights_moved(&mut self, index: Option<u64>, body: &EntryBody) {
        let Ok(MovedFacts { closed, opened }) = serde_json::from_str(&body.facts) else { return };
        let at = body.at.naive_utc();
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
                recorded_by: body.id,
            };
            self.rights.insert(it.id, ExpectedRow { digest: digest_of(&row), index });
        }
        for id in closed {
            if let Some(expected) = self.rights.get_mut(&id) {
                *expected = ExpectedRow {
                    digest: digest_when_closed(expected.digest, (Some(at), Some(body.id))),
                    index,
                };
            }
        }
    }

    fn case_drafted(&mut self, index: Option<u64>, body: &EntryBody) {
        let Ok(facts) = serde_json::from_str::<CaseFacts<'_>>(&body.facts) else { return };
        let asked = facts.asked.map_or("null", RawValue::get);
        let fixed = Fixed {
            kind: facts.kind,
            region_code: &body.region_code,
            asked: serde_json::from_str(asked).unwrap_or_default(),
            created_by: body.actor_id,
            created_at: body.at,
        };
        let expected = ExpectedCase {
            fixed: digest_of(&fixed),
            state: state_of(&facts, "draft", 1),
            steps: Digest::default(),
            index,
        };
        self.cases.insert(facts.case_id, expected);
    }

    fn step_taken(&mut self, index: Option<u64>, body: &EntryBody) {
        let Ok(facts) = serde_json::from_str::<CaseFacts<'_>>(&body.facts) else { return };
        let (Some(expected), Some(step), Some(ordinal)) =
            (self.cases.get_mut(&facts.case_id), facts.step, facts.ordinal)
        else {
            return;
        };
        let taken = Step {
            ordinal,
            step,
            taken_by: body.actor_id,
            taken_at: body.at,
            comment_sha256: facts.comment_sha256.map(str::to_owned),
        };
        expected.steps = digest_of(&(expected.steps, taken));
        expected.state =
            state_of(&facts, facts.status.unwrap_or_default(), facts.version.unwrap_or_default());
        expected.index = index;
    }
}

/// The columns of a case that never change.
#[derive(Serialize)]
struct Fixed<'a> {
    kind: &'a str,
    region_code: &'a str,
    asked: Value,
    created_by: Option<Id<kind::User>>,
    created_at: DateTime<Utc>,
}

/// The columns of a case that its steps change.
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

/// The digest of a right once its recorded interval is closed.
fn digest_when_closed(open: Digest, superseded: store::Superseded) -> Digest {
    digest_of(&(open, superseded))
}

fn is_booking(action: &str) -> bool {
    PostingKind::ALL.iter().any(|it| it.action().name() == action)
}

fn booking(index: Option<u64>, body: &EntryBody) -> Option<(Option<u64>, LedgerRow)> {
    let facts: BookedFacts = serde_json::from_str(&body.facts).ok()?;
    let row = LedgerRow {
        id: facts.ledger_entry_id,
        booked_on: facts.booked_on,
        recorded_at: body.at.naive_utc(),
        debit_account_id: facts.debit_account_id,
        credit_account_id: facts.credit_account_id,
        amount_fen: facts.amount_fen,
        kind: facts.kind,
        region_code: body.region_code.clone(),
        asset_id: facts.asset_id,
        party_id: facts.party_id,
        purpose: facts.purpose,
        case_id: facts.case_id,
        receipt_id: facts.receipt_id,
        payment_id: facts.payment_id,
        reverses_id: facts.reverses_id,
        entry_id: body.id,
    };
    Some((index, row))
}

fn compare_bookings(
    unit: &mut Read<'_>,
    booked: &[(Option<u64>, LedgerRow)],
    report: &mut Report,
) -> Result<(), StorageError> {
    let entries: Vec<_> = booked.iter().map(|(_, row)| row.entry_id).collect();
    let found = store::ledger_of(unit, &entries)?;
    let found: HashMap<_, _> = found.into_iter().map(|row| (row.entry_id, row)).collect();
    for (index, expected) in booked {
        let kind = match found.get(&expected.entry_id) {
            Some(row) if row == expected => continue,
            Some(_) => DamageKind::RowDiffers,
            None => DamageKind::RowMissing,
        };
        report.add(Damage::row(kind, "ledger_entries", expected.id.to_string(), *index));
    }
    Ok(())
}

/// Recomputes the balances of accounts from the ledger. Skipped if the ledger itself is damaged, since they would prove nothing.
fn compare_balances(unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
    if report.damages.iter().any(|it| it.table == Some("ledger_entries")) {
        return Ok(());
    }
    for (account, detail) in store::balances_that_differ(unit, BATCH_SIZE)? {
        let damage = Damage::row(DamageKind::BalanceDiffers, "accounts", account.to_string(), None);
        report.add(Damage { detail: Some(detail), ..damage });
    }
    Ok(())
}

/// Recomputes the folded names that are stored for searching.
fn compare_folded_names(unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
    for table in folding::tables() {
        let done = compare_folded_names_of(unit, table, report);
        report.read(table.name, done)?;
    }
    Ok(())
}

fn compare_folded_names_of(
    unit: &mut Read<'_>,
    table: &Table,
    report: &mut Report,
) -> Result<(), StorageError> {
    let mut after = None;
    loop {
        let found = folding::names(unit, table, false, after, BATCH_SIZE)?;
        let Some(last) = found.last() else { return Ok(()) };
        after = Some(last.id);
        // Names not folded yet after a migration are filled in at the next start.
        let folded = found.iter().filter(|it| !it.name_folded.is_empty());
        for it in folded.filter(|it| Folded::of(&it.name).as_str() != it.name_folded) {
            let damage = Damage::row(DamageKind::RowDiffers, table.name, it.id.to_string(), None);
            report.add(Damage {
                detail: Some("the name stored for searching is not that of the row".to_owned()),
                ..damage
            });
        }
    }
}

/// Reports ledger rows whose journal entry is not a booking.
fn find_unexplained_bookings(unit: &mut Read<'_>, report: &mut Report) -> Result<(), StorageError> {
    let mut after = None;
    loop {
        let rows = store::ledger_after(unit, after, BATCH_SIZE)?;
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

fn compare_rights(
    unit: &mut Read<'_>,
    mut expected: HashMap<Id<kind::Right>, ExpectedRow>,
    report: &mut Report,
) -> Result<(), StorageError> {
    let mut after = None;
    loop {
        let rows = store::rights_after(unit, after, BATCH_SIZE)?;
        let Some((last, _)) = rows.last() else { break };
        after = Some(last.id);
        for (row, superseded) in rows {
            let open = digest_of(&row);
            let digest = if superseded == (None, None) { open } else { digest_when_closed(open, superseded) };
            let (kind, index) = match expected.remove(&row.id) {
                Some(it) if it.digest == digest => continue,
                Some(it) => (DamageKind::RowDiffers, it.index),
                None => (DamageKind::RowUnexplained, None),
            };
            report.add(Damage::row(kind, "rights", row.id.to_string(), index));
        }
    }
    for (id, it) in sorted(expected) {
        report.add(Damage::row(DamageKind::RowMissing, "rights", id.to_string(), it.index));
    }
    Ok(())
}

/// What is left of a map, ordered by id so that reports are reproducible.
fn sorted<Kind, T>(left: HashMap<Id<Kind>, T>) -> Vec<(Id<Kind>, T)> {
    let mut left: Vec<_> = left.into_iter().collect();
    left.sort_by_key(|(id, _)| *id);
    left
}

fn compare_cases(
    unit: &mut Read<'_>,
    mut expected: HashMap<Id<kind::Case>, ExpectedCase>,
    report: &mut Report,
) -> Result<(), StorageError> {
    let mut after = None;
    loop {
        let rows = store::cases_after(unit, after, BATCH_SIZE)?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id);
        let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
        let mut steps: HashMap<Id<kind::Case>, Digest> = HashMap::new();
        for step in store::steps_of(unit, &ids)? {
            let before = steps.entry(step.case_id).or_default();
            *before = digest_of(&(*before, step_of(&step)));
        }
        for row in rows {
            let Some(it) = expected.remove(&row.id) else {
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
    for (id, it) in sorted(expected) {
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
