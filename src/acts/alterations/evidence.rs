//! What the papers of a disposal show, by their bytes: what a village decided shows nothing else, whatever it is called.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::EvidenceRequest;
use crate::{
    cases::decision::Decisions,
    register::{codes::DisposalPaper, documents},
    storage::{Read, StorageError},
    values::{Id, id::kind},
};

/// A paper, and what it is said to be.
type Paper = (DisposalPaper, Id<kind::Document>);

/// What the papers of a disposal show.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// The technical report, or the proof of the disaster, where it is no minutes.
    pub(super) report: Option<Id<kind::Document>>,
    /// The kinds of papers, as they are named.
    pub(super) kinds: Vec<DisposalPaper>,
    /// Papers that are named as several kinds: the first of those with the same bytes.
    pub(super) of_several_kinds: Vec<(Id<kind::Document>, Vec<DisposalPaper>)>,
}

impl Shown {
    /// By some evidence and a report, beside what the villages decided.
    pub(super) fn by(
        unit: &mut Read<'_>,
        decided: Decisions<'_>,
        (evidence, report): (&[EvidenceRequest], Option<Id<kind::Document>>),
    ) -> Result<Self, StorageError> {
        let papers: Vec<Paper> = evidence.iter().map(|it| (it.kind, it.document_id)).collect();
        let minutes: Vec<_> = decided.all().map(|(_, it)| it.document_id).collect();
        let named: BTreeSet<_> =
            papers.iter().map(|(_, it)| *it).chain(report).chain(minutes.iter().copied()).collect();
        let contents = documents::contents(unit, &named.into_iter().collect::<Vec<_>>())?;
        Ok(Self::of(&contents, &minutes, (&papers, report)))
    }

    fn of(
        contents: &BTreeMap<Id<kind::Document>, String>,
        minutes: &[Id<kind::Document>],
        (papers, report): (&[Paper], Option<Id<kind::Document>>),
    ) -> Self {
        let decided: BTreeSet<_> = minutes.iter().filter_map(|it| contents.get(it)).collect();
        let shows = |it: &Id<kind::Document>| !contents.get(it).is_some_and(|it| decided.contains(it));
        let papers: Vec<_> = papers.iter().filter(|(_, it)| shows(it)).collect();
        let mut by_content = BTreeMap::<&String, (Id<kind::Document>, Vec<DisposalPaper>)>::new();
        for (kind, document) in &papers {
            let Some(content) = contents.get(document) else { continue };
            let (_, kinds) = by_content.entry(content).or_insert_with(|| (*document, Vec::new()));
            if !kinds.contains(kind) {
                kinds.push(*kind);
            }
        }
        let of_several_kinds = by_content.into_values().filter(|(_, kinds)| kinds.len() > 1);
        Self {
            report: report.filter(shows),
            kinds: papers.iter().map(|(kind, _)| *kind).collect(),
            of_several_kinds: of_several_kinds.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DisposalPaper::{CompensationAgreement, OfficialDecision, TechnicalReport};

    fn document(number: u128) -> Id<kind::Document> {
        uuid::Uuid::from_u128(number).into()
    }

    /// Documents 1 and 2 have the same bytes, 3 and 4 have others.
    fn contents() -> BTreeMap<Id<kind::Document>, String> {
        [(1, "one"), (2, "one"), (3, "three"), (4, "four")]
            .map(|(number, content)| (document(number), content.to_owned()))
            .into()
    }

    #[test]
    fn minutes_are_no_evidence_whatever_they_are_called() {
        let papers = [(OfficialDecision, document(2)), (CompensationAgreement, document(3))];
        let shown = Shown::of(&contents(), &[document(1)], (&papers, Some(document(1))));
        let wanted = Shown { report: None, kinds: vec![CompensationAgreement], of_several_kinds: vec![] };
        assert_eq!(shown, wanted);
        let shown = Shown::of(&contents(), &[document(4)], (&papers, Some(document(1))));
        let kinds = vec![OfficialDecision, CompensationAgreement];
        assert_eq!(shown, Shown { report: Some(document(1)), kinds, of_several_kinds: vec![] });
    }

    #[test]
    fn a_paper_of_several_kinds_shows_them_and_is_told() {
        let papers = [
            (OfficialDecision, document(1)),
            (CompensationAgreement, document(2)),
            (TechnicalReport, document(3)),
            (TechnicalReport, document(3)),
        ];
        let shown = Shown::of(&contents(), &[], (&papers, None));
        assert_eq!(shown.kinds, papers.map(|(kind, _)| kind));
        let several = vec![(document(1), vec![OfficialDecision, CompensationAgreement])];
        assert_eq!(shown.of_several_kinds, several);
    }
}
