//! Losses of entries that the journal acknowledges: each is told, and what was kept elsewhere is explained by it, though not excused.

use crate::{
    journal::loss::{Acknowledged, Found},
    verify::{Damage, DamageKind, HeadSource, Heads, LossAcknowledged, Report},
};

/// Reports the acknowledgements of a journal, each with the index of its entry, and names them beside the checkpoints that they
/// explain.
pub(super) fn tell(found: Vec<Found>, heads: &Heads, report: &mut Report) {
    let mut believed = Vec::new();
    for (index, read) in found {
        match read {
            Ok(acknowledged) => believed.push(acknowledged),
            Err(fault) => {
                let detail = Some(format!("an acknowledgement of a loss: {fault}"));
                report.add(Damage { detail, ..Damage::at(DamageKind::BadSignature, index) });
            }
        }
    }
    let rolled_back = |it: &&mut Damage| it.kind == DamageKind::RolledBack && it.detail.is_none();
    for damage in report.damages.iter_mut().filter(rolled_back) {
        let of_size = damage.tree_size.and_then(|it| heads.by_size.get(&it)).into_iter().flatten();
        let supplied = of_size.filter(|it| it.1 == HeadSource::Verifier).map(|it| it.0);
        damage.detail = supplied.into_iter().find_map(|head| {
            let exact = believed.iter().find(|it| it.loss.names(head));
            let within = || believed.iter().find(|it| it.loss.covers(head));
            let told = |it: &Acknowledged| format!("entry {} acknowledges that this tree is lost", it.index);
            let around = |it: &Acknowledged| {
                format!("entry {} acknowledges that a tree of {} entries is lost, and this one is no part of what is kept", it.index, it.loss.lost.size)
            };
            exact.map(told).or_else(|| within().map(around))
        });
    }
    report.losses = believed.iter().map(LossAcknowledged::from).collect();
}
