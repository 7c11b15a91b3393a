//! L51: a paper that shows this deal shows another one already, of another giver or with another receiver.
//!
//! The same document counts, and any with the same bytes. What the villages decided may be about many deals, and is left out where the
//! facts are loaded; so are registrations, for which a county has lists of hundreds of assets.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual};
use crate::{
    loss::facts::{ContractFacts, PaperFacts, PaperOf, TransferFacts},
    values::{Id, id::kind},
};

pub(super) const L51: Rule = Rule {
    id: RuleId::L51,
    name: bilingual("合同材料重复使用", "A paper of another deal"),
    basis: "《中华人民共和国农村集体经济组织法》第三十五条；国办函〔2021〕51号",
    severity: Severity::Warn,
    parameters: &[],
    checks: &[Check::Transfer(moved), Check::Contract(agreed)],
    causes: &[PAPER_OF_ANOTHER_DEAL],
};

const PAPER_OF_ANOTHER_DEAL: Cause = Cause {
    code: "paper_of_another_deal",
    severity: None,
    sentence: bilingual(
        "材料{document_id}已是{giver_id}与{receiver_id}另一项交易的材料",
        "document {document_id} is a paper of another deal already, of {giver_id} with {receiver_id}",
    ),
    cure: bilingual(
        "请核对合同原件，附错的请更换",
        "look at the original, and attach the right one where this is not",
    ),
};

type Parties = BTreeSet<(Id<kind::Party>, Id<kind::Party>)>;

fn moved(deal: &TransferFacts, _: &PolicyValues) -> Vec<Found> {
    let parties = deal.all_lots().map(|it| (it.from.id, it.to.id)).collect();
    of_others(&deal.papers_elsewhere, &parties)
}

fn agreed(contract: &ContractFacts, _: &PolicyValues) -> Vec<Found> {
    let parties = BTreeSet::from([(contract.terms.lessor.id, contract.terms.lessee.id)]);
    of_others(&contract.papers_elsewhere, &parties)
}

/// One finding for each paper that is one of others, with the first of them.
fn of_others(papers: &[PaperFacts], parties: &Parties) -> Vec<Found> {
    let mut others = BTreeMap::<Id<kind::Document>, BTreeSet<&PaperFacts>>::new();
    for it in papers.iter().filter(|it| !parties.contains(&(it.giver, it.receiver))) {
        others.entry(it.document).or_default().insert(it);
    }
    let found = others.into_iter().filter_map(|(document, deals)| {
        let first = deals.first()?;
        let ids = |wanted: fn(PaperOf) -> Option<String>| -> Vec<String> {
            deals.iter().filter_map(|it| wanted(it.of)).collect::<BTreeSet<_>>().into_iter().collect()
        };
        let cases = ids(|it| if let PaperOf::Case(id) = it { Some(id.to_string()) } else { None });
        let contracts = ids(|it| if let PaperOf::Contract(id) = it { Some(id.to_string()) } else { None });
        let found = Found::of(PAPER_OF_ANOTHER_DEAL).id("document", document);
        let found = found.id("giver", first.giver).id("receiver", first.receiver);
        let found = if cases.is_empty() { found } else { found.list("case_ids", cases) };
        Some(if contracts.is_empty() { found } else { found.list("contract_ids", contracts) })
    });
    found.collect()
}
