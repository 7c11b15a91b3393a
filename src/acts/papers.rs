//! Papers of one act that are those of another: the same document, or one with the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    acts::{Act as _, act::kept, contracts::asked::ContractPapers, transfers::asked::TransferRequest},
    cases::{self, decision::Decisions},
    loss::facts::{PaperFacts, PaperOf},
    money::contracts,
    register::{documents, rights},
    storage::{Read, StorageError},
    values::{Id, id::kind},
};

/// Which of the papers of an act are those of other transfers, or of contracts of the same givers. What a village decided on may be
/// about many deals, and is left out where it stands among the papers. `own` is the record of the contract itself.
pub(super) fn elsewhere(
    unit: &mut Read<'_>,
    papers: &[Id<kind::Document>],
    decided: Decisions<'_>,
    givers: &[Id<kind::Party>],
    own: Option<Id<kind::Contract>>,
) -> Result<Vec<PaperFacts>, StorageError> {
    if papers.is_empty() {
        return Ok(Vec::new());
    }
    let mut recorded = Vec::new();
    for it in contracts::papers_of(unit, givers)? {
        // What an earlier release kept otherwise shows nothing.
        if let Some(of) = kept::<ContractPapers>(&it.papers).ok().filter(|_| Some(it.contract_id) != own) {
            recorded.push((it, of));
        }
    }
    let decisions: Vec<_> = decided.all().map(|(_, it)| it.document_id).collect();
    let of_contracts = recorded.iter().flat_map(|(_, of)| {
        of.documents
            .iter()
            .copied()
            .chain(of.decided().all().map(|(_, it)| it.document_id).collect::<Vec<_>>())
    });
    let mut all: Vec<_> =
        papers.iter().copied().chain(decisions.iter().copied()).chain(of_contracts).collect();
    all.sort();
    all.dedup();
    let contents = documents::contents(unit, &all)?;
    let of = |ids: &[Id<kind::Document>]| -> BTreeSet<&String> {
        ids.iter().filter_map(|it| contents.get(it)).collect()
    };
    let minutes = of(&decisions);
    let mut named = BTreeMap::new();
    for paper in papers {
        if let Some(content) = contents.get(paper).filter(|it| !minutes.contains(it)) {
            named.entry(content).or_insert(*paper);
        }
    }
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let wanted: Vec<String> = named.keys().map(|it| (*it).clone()).collect();
    let moved = rights::moved_by_papers(unit, &wanted)?;
    let cases: BTreeSet<_> = moved.iter().map(|(_, case)| *case).collect();
    let asked = cases::asked_of_all(unit, &cases.into_iter().collect::<Vec<_>>())?;
    let mut deals = BTreeMap::new();
    for (case, asked) in &asked {
        // What an earlier release kept otherwise shows nothing.
        if let Ok(asked) = kept::<TransferRequest>(asked) {
            deals.insert(*case, asked);
        }
    }
    let ids = deals.values().flat_map(minutes_of).collect::<Vec<_>>();
    let decided_there = documents::contents(unit, &ids)?;
    for (content, case) in &moved {
        let (Some(document), Some(deal)) = (named.get(content), deals.get(case)) else { continue };
        if minutes_of(deal).iter().any(|it| decided_there.get(it) == Some(content)) {
            continue;
        }
        for lot in deal.all_lots() {
            let (of, giver, receiver) = (PaperOf::Case(*case), lot.from_id, lot.to_id);
            found.push(PaperFacts { document: *document, of, giver, receiver });
        }
    }
    for (it, papers) in &recorded {
        let minutes: Vec<_> = papers.decided().all().map(|(_, it)| it.document_id).collect();
        let minutes = of(&minutes);
        for content in of(&papers.documents).into_iter().filter(|it| !minutes.contains(it)) {
            let Some(document) = named.get(content) else { continue };
            let of = PaperOf::Contract(it.contract_id);
            found.push(PaperFacts { document: *document, of, giver: it.lessor_id, receiver: it.lessee_id });
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Whether a paper of a transfer shows that it was traded or auctioned: the one that is said to, or else one of its papers, that is neither what the
/// villages decided nor an appraisal nor a consent, nor has the bytes of one.
pub(super) fn confirm(
    unit: &mut Read<'_>,
    asked: &TransferRequest,
    named: Option<Id<kind::Document>>,
) -> Result<bool, StorageError> {
    let appraised = asked.appraisals().filter_map(|(_, it)| it.document_id);
    let consents = asked.owner_consent_id.into_iter().chain(asked.sublease_consent_id);
    let consents = consents.chain(asked.restriction_consents.values().copied());
    let others: Vec<_> = minutes_of(asked).into_iter().chain(appraised).chain(consents).collect();
    let shown = match named {
        Some(named) => vec![named],
        None => asked.documents.clone(),
    };
    let contents = documents::contents(unit, &[others.as_slice(), shown.as_slice()].concat())?;
    let others: BTreeSet<_> = others.iter().filter_map(|it| contents.get(it)).collect();
    Ok(shown.iter().any(|it| contents.get(it).is_some_and(|content| !others.contains(content))))
}

/// The papers of what the villages decided on a transfer.
fn minutes_of(deal: &TransferRequest) -> Vec<Id<kind::Document>> {
    deal.decided().all().map(|(_, it)| it.document_id).collect()
}
