//! Rivals: the other acts that take a right in an asset from the same party.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    acts::{act::kept, alterations::asked::AlterationRequest, transfers::asked::TransferRequest},
    cases::{self, CaseKind, Lot, RivalCase},
    loss::facts::{Rival, RivalAct},
    register::{
        codes::RightKind,
        rights::{self, LaterMove},
    },
    storage::{Read, StorageError},
    values::{Id, Period, Share, id::kind, share},
};

/// The acts beside the one that is looked at which take a right in some assets from whoever holds it.
#[derive(Debug)]
pub(super) struct Rivals {
    /// Cases under way, with the days for which each would take the right away.
    under_way: Vec<(Id<kind::Case>, Period, Vec<Lot>)>,
    /// Acts on record for a later day.
    later: Vec<LaterMove>,
}

impl Rivals {
    /// Finds the rivals of an act that works from a day on. `case` is its own, which is no rival of itself.
    pub(super) fn find(
        unit: &mut Read<'_>,
        assets: &[Id<kind::Asset>],
        right: RightKind,
        case: Option<Id<kind::Case>>,
        on: NaiveDate,
    ) -> Result<Self, StorageError> {
        let under_way = cases::rivals(unit, assets, right, case)?
            .into_iter()
            .map(|it| (it.case_id, days_of(&it).unwrap_or(Period::since(on)), it.lots))
            .collect();
        Ok(Self { under_way, later: rights::later_moves(unit, assets, right, on)? })
    }

    /// Those that take the right in an asset from a party.
    pub(super) fn of(&self, asset: Id<kind::Asset>, from: Id<kind::Party>) -> Vec<Rival> {
        let mut claims: BTreeMap<RivalAct, (Vec<Share>, Period)> = BTreeMap::new();
        let mut claim = |by, share, span| claims.entry(by).or_insert((Vec::new(), span)).0.push(share);
        for (case, days, lots) in &self.under_way {
            for lot in lots.iter().filter(|it| it.asset_id == asset && it.from_id == Some(from)) {
                claim(RivalAct::Pending(*case), lot.share, *days);
            }
        }
        for act in self.later.iter().filter(|act| act.asset_id == asset && act.from_id == from) {
            claim(RivalAct::LaterDated(act.instrument_id), act.share, Period::since(act.effective_on));
        }
        let rival = |(by, (shares, span))| {
            let share = Share::from_ratio(share::sum(shares).to_ratio()).unwrap_or(Share::WHOLE);
            Rival { by, share, span }
        };
        claims.into_iter().map(rival).collect()
    }
}

/// The days for which a case would take rights away; none where it is not said for how long.
fn days_of(rival: &RivalCase) -> Option<Period> {
    match rival.kind {
        CaseKind::Transfer => kept::<TransferRequest>(&rival.asked).ok()?.days().ok(),
        CaseKind::Alteration => kept::<AlterationRequest>(&rival.asked).ok()?.days().ok(),
        _ => None,
    }
}
