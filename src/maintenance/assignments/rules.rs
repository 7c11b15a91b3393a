//! What maintenance admits, and what of it is carried over to what assets become. Pure.

use chrono::NaiveDate;

use crate::{
    maintenance::assignments::model::{Assignment, NewAssignment},
    values::{Fen, Id, Period, id::kind},
};

/// Another body answers for the asset on some of the days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{by} answers for the asset already")]
pub struct AlreadyHeld {
    /// Which body.
    pub by: Id<kind::Party>,
    /// On which days.
    pub during: Period,
}

/// An asset has at most one responsible body on any day.
pub(super) fn admit(asked: &NewAssignment, standing: &[Assignment]) -> Result<(), AlreadyHeld> {
    let held = |it: &Assignment| {
        let shared = it.assigned.period.in_common(&asked.period);
        let during = shared.and(it.assigned.period.days())?;
        Some(AlreadyHeld { by: it.assigned.responsible_id, during })
    };
    standing.iter().find_map(held).map_or(Ok(()), Err)
}

/// What is assigned in that which some assets become on a day, by what is assigned in each of them: on the days on which one
/// body answers for all of them it answers for the whole. On any other day nobody does, which is a gap and reported as one:
/// who keeps a part has not taken on the rest.
///
/// The whole is inspected as often as the part that is inspected most often; duties are those of all parts, and budgets are
/// added up.
pub(super) fn carried(of_each: &[Vec<NewAssignment>], on: NaiveDate) -> Vec<NewAssignment> {
    let from_then_on = Period::since(on);
    let clipped = |of_one: &Vec<NewAssignment>| -> Vec<NewAssignment> {
        let left = of_one.iter().filter_map(|it| {
            Some(NewAssignment { period: it.period.intersection(&from_then_on)?.into(), ..it.clone() })
        });
        left.collect()
    };
    of_each.iter().map(clipped).reduce(|all, more| shared(&all, &more)).unwrap_or_default()
}

fn shared(all: &[NewAssignment], more: &[NewAssignment]) -> Vec<NewAssignment> {
    let pairs = all.iter().flat_map(|one| more.iter().map(move |other| (one, other)));
    let shared =
        pairs.filter(|(one, other)| one.responsible_id == other.responsible_id).filter_map(|(one, other)| {
            let budgets = [one.budget, other.budget].into_iter().flatten();
            Some(NewAssignment {
                period: one.period.in_common(&other.period)?.into(),
                duties: if one.duties.lines().any(|it| it == other.duties.as_str()) {
                    one.duties.clone()
                } else {
                    one.duties.and(&other.duties)
                },
                inspect_every_days: one.inspect_every_days.min(other.inspect_every_days),
                budget: Fen::sum(budgets.clone()).filter(|_| budgets.count() > 0),
                ..one.clone()
            })
        });
    shared.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{maintenance::assignments::model::Mode, values::Validity};

    fn assigned(body: u128, days: [&str; 2], duties: &str, every: i32, budget: Option<i64>) -> NewAssignment {
        let [from, to] = days.map(|it| it.parse::<NaiveDate>().ok());
        NewAssignment {
            asset_id: uuid::Uuid::nil().into(),
            responsible_id: uuid::Uuid::from_u128(body).into(),
            mode: Mode::SelfManaged,
            period: Validity::new(from.unwrap(), to).unwrap(),
            duties: duties.parse().unwrap(),
            inspect_every_days: every.try_into().unwrap(),
            budget: budget.map(|it| Fen::new(it).unwrap()),
        }
    }

    #[track_caller]
    fn check(of_each: &[Vec<NewAssignment>], wanted: &[NewAssignment]) {
        assert_eq!(carried(of_each, "2025-01-01".parse().unwrap()), wanted);
    }

    #[test]
    fn who_answers_for_all_answers_for_what_they_become() {
        let one = assigned(1, ["2024-01-01", ""], "路面", 90, Some(100));
        let since = assigned(1, ["2025-01-01", ""], "路面", 90, Some(100));
        check(&[vec![one.clone()]], std::slice::from_ref(&since));
        check(&[vec![assigned(1, ["2024-01-01", "2025-01-01"], "路面", 90, None)]], &[]);
        let until = assigned(1, ["2024-06-01", "2026-01-01"], "路灯", 30, Some(50));
        let both = assigned(1, ["2025-01-01", "2026-01-01"], "路面\n路灯", 30, Some(150));
        check(&[vec![one.clone()], vec![until]], &[both]);
        let later = assigned(2, ["2026-01-01", ""], "路面", 90, None);
        let first = assigned(1, ["2024-01-01", "2026-01-01"], "路面", 90, Some(100));
        check(
            &[vec![one.clone()], vec![first, later]],
            &[assigned(1, ["2025-01-01", "2026-01-01"], "路面", 90, Some(200))],
        );
        check(&[vec![one.clone()], vec![assigned(2, ["2024-01-01", ""], "路面", 90, None)]], &[]);
        check(&[vec![one], vec![]], &[]);
        check(&[], &[]);
    }
}
