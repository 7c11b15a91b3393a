//! How receipts settle proceeds. Pure.
//!
//! What came in is whose account it was booked to: the price that a second buyer pays is the first one's, and settles nothing that the
//! first one owes. What is owed no longer keeps what came in for it until that is booked back, so that it settles nothing else.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use num_rational::BigRational;

use super::{Proceeds, ProceedsKind};
use crate::{
    money::{
        allotment::{self, Claim},
        receipts::ReceiptKind,
    },
    values::{Fen, Id, id::kind},
};

/// How many days ahead of the act a buyer can have paid its price. What came in for the asset before is for something else.
const PAID_AHEAD_DAYS: u64 = 365;

/// What came in for an asset, and was booked to one party.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paid {
    pub(super) asset_id: Id<kind::Asset>,
    pub(super) payer_id: Id<kind::Party>,
    pub(super) to_id: Id<kind::Party>,
    pub(super) kind: ReceiptKind,
    pub(super) amount: Fen,
    pub(super) received_on: NaiveDate,
}

/// What one owes another for an asset by one case: it is paid together, and divided by what each part is.
struct Group<'a> {
    /// Who takes what is paid of it.
    payee: Id<kind::Party>,
    of: Vec<&'a Proceeds>,
    open: i64,
    received: i64,
}

impl Group<'_> {
    /// Whether a receipt can be for it at all.
    fn takes(&self, paid: &Paid) -> bool {
        self.of.first().is_some_and(|it| {
            it.due.asset_id == paid.asset_id
                && self.payee == paid.to_id
                && match it.due.kind {
                    ProceedsKind::Sale => paid.kind == ReceiptKind::SaleProceeds,
                    ProceedsKind::Disposal => !paid.kind.is_income(),
                }
        })
    }

    /// Whether whoever pays owes it, and can have paid it then.
    fn is_owed_by(&self, paid: &Paid) -> bool {
        self.of.first().is_some_and(|it| {
            let first = it.due.since.checked_sub_days(Days::new(PAID_AHEAD_DAYS)).unwrap_or(it.due.since);
            it.due.payer_id == Some(paid.payer_id) && paid.received_on >= first
        })
    }

    /// Whether somebody else can have paid it then.
    fn may_be_paid_by_others(&self, paid: &Paid) -> bool {
        self.of.first().is_some_and(|it| paid.received_on >= it.due.since)
    }
}

/// How much of each came in, by what was paid in the order of the days. What is settled is never more than what is due. `taking` says
/// who takes what a creditor would get, since it ended.
pub(super) fn settled<'a>(
    standing: &'a [Proceeds],
    taking: impl Fn(Id<kind::Party>) -> Id<kind::Party>,
    paid: &[Paid],
) -> Vec<(&'a Proceeds, Fen)> {
    let mut groups = BTreeMap::<_, Group<'a>>::new();
    for it in standing {
        let due = &it.due;
        let payee = taking(due.creditor_id);
        let key = (due.due_on, it.case_id, due.asset_id, due.payer_id, payee, it.lapsed);
        let group =
            groups.entry(key).or_insert_with(|| Group { payee, of: Vec::new(), open: 0, received: 0 });
        group.open = group.open.saturating_add(it.takes().get());
        group.of.push(it);
    }
    let mut groups: Vec<Group<'a>> = groups.into_values().collect();
    for paid in paid {
        let owes = groups.iter().any(|it| it.takes(paid) && it.is_owed_by(paid));
        let mut left = paid.amount.get();
        for group in groups.iter_mut().filter(|it| it.takes(paid)) {
            let is_for_it = if owes { group.is_owed_by(paid) } else { group.may_be_paid_by_others(paid) };
            if is_for_it {
                let taken = left.min(group.open);
                (left, group.open, group.received) =
                    (left - taken, group.open - taken, group.received + taken);
            }
        }
    }
    groups.iter().flat_map(divided).collect()
}

/// What came in for some proceeds together, divided by what each of them is.
fn divided<'a>(group: &Group<'a>) -> Vec<(&'a Proceeds, Fen)> {
    let claims: Vec<Claim<&'a Proceeds>> = group
        .of
        .iter()
        .map(|it| Claim {
            key: *it,
            weight: BigRational::from_integer(it.takes().get().into()),
            tie: allotment::tie(b"proceeds", it.id.uuid().as_bytes()),
        })
        .collect();
    let received = Fen::new(group.received).unwrap_or_default();
    allotment::allot(received, &claims).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::{super::NewProceeds, *};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn village() -> Id<kind::Party> {
        Uuid::from_u128(11).into()
    }

    fn due(number: u128, payer: Option<u128>, amount: i64, due_on: &str) -> Proceeds {
        Proceeds {
            id: Uuid::from_u128(number).into(),
            case_id: Uuid::from_u128(70).into(),
            due: NewProceeds {
                kind: ProceedsKind::Sale,
                asset_id: Uuid::from_u128(1).into(),
                region_code: "130828101201".parse().unwrap(),
                creditor_id: village(),
                payer_id: payer.map(|it| Uuid::from_u128(it).into()),
                amount: Fen::new(amount).unwrap(),
                since: day("2026-07-01"),
                due_on: day(due_on),
            },
            received: Fen::ZERO,
            lapsed: false,
            recorded_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn paid(payer: u128, amount: i64, on: &str) -> Paid {
        Paid {
            asset_id: Uuid::from_u128(1).into(),
            payer_id: Uuid::from_u128(payer).into(),
            to_id: village(),
            kind: ReceiptKind::SaleProceeds,
            amount: Fen::new(amount).unwrap(),
            received_on: day(on),
        }
    }

    #[track_caller]
    fn check(standing: &[Proceeds], receipts: &[Paid], wanted: &[i64]) {
        let mut found = settled(standing, |it| it, receipts);
        found.sort_by_key(|(it, _)| it.id);
        let found: Vec<_> = found.iter().map(|(_, fen)| fen.get()).collect();
        assert_eq!(found, wanted, "{receipts:?}");
    }

    #[test]
    fn a_buyer_settles_what_it_owes_to_the_fen() {
        let one = [due(1, Some(5), 100, "2026-07-31")];
        check(&one, &[], &[0]);
        check(&one, &[paid(5, 99, "2026-07-31")], &[99]);
        check(&one, &[paid(5, 99, "2026-07-31"), paid(5, 1, "2026-08-31")], &[100]);
        check(&one, &[paid(5, 101, "2026-07-31")], &[100]);
        // Ahead, but not long ago; and never by what is for something else.
        check(&one, &[paid(5, 100, "2025-07-01")], &[100]);
        check(&one, &[paid(5, 100, "2025-06-30")], &[0]);
        check(&one, &[Paid { kind: ReceiptKind::Compensation, ..paid(5, 100, "2026-07-31") }], &[0]);
        check(&one, &[Paid { asset_id: Uuid::from_u128(2).into(), ..paid(5, 100, "2026-07-31") }], &[0]);
    }

    #[test]
    fn who_owes_nothing_pays_for_others_from_the_day_on() {
        let one = [due(1, Some(5), 100, "2026-07-31")];
        check(&one, &[paid(6, 60, "2026-07-01")], &[60]);
        check(&one, &[paid(6, 60, "2026-06-30")], &[0]);
        let two = [due(1, Some(5), 100, "2026-07-31"), due(2, Some(6), 50, "2026-07-31")];
        // What one pays too much is not another's.
        check(&two, &[paid(6, 60, "2026-07-02")], &[0, 50]);
        check(&[due(1, None, 100, "2026-07-31")], &[paid(6, 100, "2026-07-02")], &[100]);
    }

    #[test]
    fn a_disposal_is_settled_by_compensation_as_well() {
        let mut lost = due(1, Some(5), 100, "2026-07-31");
        lost.due.kind = ProceedsKind::Disposal;
        let paid_for = |kind| [Paid { kind, ..paid(5, 40, "2026-07-31") }];
        check(&[lost.clone()], &paid_for(ReceiptKind::Compensation), &[40]);
        check(&[lost.clone()], &paid_for(ReceiptKind::SaleProceeds), &[40]);
        check(&[lost], &paid_for(ReceiptKind::Rent), &[0]);
    }

    #[test]
    fn those_who_sold_together_are_paid_together() {
        let two = [due(1, Some(5), 200, "2026-07-31"), due(2, Some(5), 100, "2026-07-31")];
        check(&two, &[paid(5, 90, "2026-07-31")], &[60, 30]);
        check(&two, &[paid(5, 300, "2026-07-31")], &[200, 100]);
        // What is due first is settled first.
        let later = [due(1, Some(5), 200, "2026-07-31"), due(2, Some(5), 100, "2026-08-31")];
        check(&later, &[paid(5, 250, "2026-07-31")], &[200, 50]);
    }

    #[test]
    fn what_a_second_buyer_pays_is_the_first_one_s() {
        let one = [due(1, Some(5), 100, "2026-07-31")];
        let to_first = Paid { to_id: Uuid::from_u128(5).into(), ..paid(6, 100, "2026-08-01") };
        check(&one, &[to_first], &[0]);
        // Who succeeds to the village takes what is paid to it.
        let heir: Id<kind::Party> = Uuid::from_u128(12).into();
        let to_heir = Paid { to_id: heir, ..paid(5, 100, "2026-08-01") };
        assert_eq!(settled(&one, |_| heir, &[to_heir])[0].1.get(), 100);
        check(&one, &[to_heir], &[0]);
    }

    #[test]
    fn what_is_owed_no_longer_keeps_what_came_in_for_it() {
        let mut undone = due(1, Some(5), 100, "2026-07-31");
        (undone.lapsed, undone.received) = (true, Fen::new(60).unwrap());
        let anew = due(2, Some(5), 100, "2026-08-31");
        let both = [undone, anew];
        check(&both, &[paid(5, 60, "2026-07-31")], &[60, 0]);
        check(&both, &[paid(5, 60, "2026-07-31"), paid(5, 30, "2026-08-31")], &[60, 30]);
        check(&both, &[], &[0, 0]);
    }

    proptest! {
        #[test]
        fn no_more_is_settled_than_is_due_or_came_in(
            dues in prop::collection::vec((prop::option::of(5..8_u128), 1..1000_i64), 1..6),
            receipts in prop::collection::vec((5..9_u128, 1..1000_i64), 0..6),
        ) {
            let standing: Vec<_> =
                (1..).zip(&dues).map(|(number, (payer, amount))| due(number, *payer, *amount, "2026-07-31")).collect();
            let paid: Vec<_> = receipts.iter().map(|(payer, amount)| paid(*payer, *amount, "2026-08-01")).collect();
            let found = settled(&standing, |it| it, &paid);
            prop_assert_eq!(found.len(), standing.len());
            prop_assert!(found.iter().all(|(it, fen)| *fen <= it.due.amount));
            let sum: i64 = found.iter().map(|(_, fen)| fen.get()).sum();
            prop_assert!(sum <= receipts.iter().map(|(_, amount)| amount).sum());
        }
    }
}
