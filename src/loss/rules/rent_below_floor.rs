//! L20: the rent of a year is below a part of the money invested, or the whole rent below a part of the
//! appraised rent. The county may agree to it.
//!
//! A single sum for a term is a rent that is paid at once, and whoever has the income of an asset for a term has what is worth its
//! rent. What comes later counts for less, so that all of it at the end is not as much as some of it each year. Rent that fell due and is owed no longer, since the end of the lease is
//! said to have been earlier, is below any floor. So is what a lessee would not owe for the days that it did use, where its rent falls due
//! late and the lease ends before: all of it where nothing fell due by then, or more than any payment that did.

use chrono::NaiveDate;

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{
        Exact, annuity, floored, invested, money, paid, present_value, raised, rate, share, whole, years,
    },
    lots::owned_by_public,
    ties::{gives_public, is_of_public},
};
use crate::{
    loss::facts::{
        AlterationFacts, Consideration, ContractFacts, EndedEarly, Entered, LandUse, LaterRent, LeaseTerms,
        PartyFacts, Payment, RegistrationFacts, RentGivenUp, TransferFacts,
    },
    register::{codes::RightKind, parties::ties::Web},
    values::{Fen, Period},
};

pub(super) const L20: Rule = Rule {
    id: RuleId::L20,
    name: bilingual("租金低于底线", "Rent below the floor"),
    basis: "《中华人民共和国农村集体经济组织法》第三十五条；县级扶贫资产管理办法关于年租金底线的规定",
    severity: Severity::Escalate,
    parameters: &["rent_floor_bp", "rent_comparable_floor_bp", "discount_rate_bp"],
    checks: &[
        Check::Transfer(below_floor),
        Check::Registration(registered),
        Check::Alteration(altered),
        Check::Contract(agreed),
    ],
    causes: &[
        RENT_BELOW_INVESTMENT,
        RENT_BELOW_APPRAISAL,
        DUE_RENT_GIVEN_UP,
        OVERDUE_RENT_GIVEN_UP,
        USED_TERM_UNPAID,
        USED_TERM_UNDERPAID,
        LATER_RENT_LAPSES,
    ],
};

const RENT_BELOW_INVESTMENT: Cause = Cause {
    code: "rent_below_investment",
    severity: None,
    sentence: bilingual(
        "对价折合每年{annual_rent_fen}，低于投入资金{invested_fen}的{rent_floor_bp}（{floor_fen}）",
        "what is paid comes to {annual_rent_fen} a year, which is below {floor_fen}, {rent_floor_bp} of the {invested_fen} \
         invested",
    ),
    cure: bilingual(
        "请将租金提高到每年{floor_fen}以上；否则由县级说明理由后核准",
        "agree on {floor_fen} a year or more; otherwise the county says why it agrees",
    ),
};

const RENT_BELOW_APPRAISAL: Cause = Cause {
    code: "rent_below_appraisal",
    severity: None,
    sentence: bilingual(
        "租金总额{rent_fen}低于评估租金{appraised_fen}的{comparable_floor_bp}（{floor_fen}）",
        "the rent of {rent_fen} is below {floor_fen}, which is {comparable_floor_bp} of the appraised {appraised_fen}",
    ),
    cure: bilingual(
        "请将租金总额提高到{floor_fen}以上；否则由县级说明理由后核准",
        "agree on {floor_fen} in all or more; otherwise the county says why it agrees",
    ),
};

const DUE_RENT_GIVEN_UP: Cause = Cause {
    code: "due_rent_given_up",
    severity: None,
    sentence: bilingual(
        "截至{due_by_on}已到期的租金中，有{amount_fen}将不再收取或者推迟收取",
        "of the rent that fell due by {due_by_on}, {amount_fen} would be owed no longer, or later",
    ),
    cure: bilingual(
        "请先收取并登记已到期的租金；确需减免的由县级说明理由后核准",
        "have what fell due paid and recorded first; where it is to be remitted the county says why it agrees",
    ),
};

const OVERDUE_RENT_GIVEN_UP: Cause = Cause {
    code: "overdue_rent_given_up",
    severity: None,
    sentence: bilingual(
        "租赁自{effective_on}起终止，承租方{lessee_id}在{due_before_on}以前已到期的租金{given_up_fen}不再收取，已收的应予退还",
        "the lease would end from {effective_on} on: {given_up_fen} of rent that fell due for {lessee_id} before \
         {due_before_on} would be owed no longer, and what came in of it would be owed back",
    ),
    cure: bilingual(
        "请核对终止之日；确需退还、减免的由县级说明理由后核准",
        "check the day from which it ends; where rent is to be remitted or paid back the county says why it agrees",
    ),
};

const USED_TERM_UNPAID: Cause = Cause {
    code: "used_term_unpaid",
    severity: None,
    sentence: bilingual(
        "租赁自{effective_on}起提前终止：承租方{lessee_id}自{from_on}起已使用的期间按时间应分摊租金{used_fen}（全期{rent_fen}），截至终止仅到期{fell_due_fen}，其余{missing_fen}不再到期",
        "the lease would end early from {effective_on} on: for what {lessee_id} has used since {from_on}, {used_fen} of the rent of {rent_fen} \
         belong to that time, and {fell_due_fen} fell due by then; {missing_fen} never would",
    ),
    cure: bilingual(
        "请先以 `POST /v1/amendments` 将已使用期间的租金约定在终止之日以前到期；确不收取的，由县级说明理由后核准",
        "have the rent for what was used fall due before it ends (POST /v1/amendments); where it is not to be paid the county says why it agrees",
    ),
};

const USED_TERM_UNDERPAID: Cause = Cause {
    code: "used_term_underpaid",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "租赁自{effective_on}起提前终止：承租方{lessee_id}自{from_on}起已使用的期间按时间应分摊租金{used_fen}（全期{rent_fen}），截至终止到期{fell_due_fen}，相差{missing_fen}",
        "the lease would end early from {effective_on} on: for what {lessee_id} has used since {from_on}, {used_fen} of the rent of {rent_fen} \
         belong to that time, and {fell_due_fen} fell due by then, {missing_fen} less",
    ),
    cure: bilingual(
        "请核对终止当期的租金是否另行结清；应收的请先以 `POST /v1/amendments` 约定到期日",
        "see whether the rent of the last period is settled; where it is to be paid, say first when it falls due (POST /v1/amendments)",
    ),
};

const LATER_RENT_LAPSES: Cause = Cause {
    code: "later_rent_lapses",
    severity: None,
    sentence: bilingual(
        "更正后，承租方{lessee_id}自{from_on}起应付{lessor_id}的租金{given_up_fen}不再到期，也没有他人向其支付",
        "by this {given_up_fen} of rent that {lessee_id} would owe {lessor_id} from {from_on} on would never fall due, and nobody would owe it to {lessor_id} instead",
    ),
    cure: bilingual(
        "承租方登记有误的，以 `POST /v1/amendments` 一并更正合同的承租方，租金由其支付；因缩短租期等确不再收取的，由县级说明理由后核准",
        "where the wrong lessee is on record, have that put right in the contract as well (POST /v1/amendments): the right one owes it then; where it is \
         to be given up, as by a shorter term, the county says why it agrees",
    ),
};

pub(super) fn below_floor(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let interest = rate(policy.discount_rate_bp);
    let (sum, value) = match (&deal.consideration, paid(deal, &interest)) {
        // What comes back for a term is worth what a report says of it; where none does, the books of both are compared (L05).
        (Consideration::Swap { appraised: Some(back), .. }, _) => (money(*back), money(*back)),
        (consideration, Some(value)) => match consideration.money() {
            Some(sum) => (whole(sum), value),
            None => return Vec::new(),
        },
        (_, None) => return Vec::new(),
    };
    let web = Web::of(&deal.ties);
    let is_swap = matches!(deal.consideration, Consideration::Swap { .. });
    if deal.right == RightKind::Ownership || !deal.all_lots().any(|it| gives_public(&web, it)) {
        return Vec::new();
    }
    Let {
        sum,
        value,
        term: deal.term,
        invested: invested(deal.lots.iter().filter(|it| bears_floor(&it.asset.category, &deal.entered))),
        // Of a swap the two reports are held against each other (L05).
        appraised: deal.appraisal.as_ref().filter(|_| !is_swap).map(|it| it.value),
    }
    .below_floor(policy)
}

/// The leases that stand when an asset is registered are judged like any.
fn registered(registration: &RegistrationFacts, policy: &PolicyValues) -> Vec<Found> {
    let public = |it: PartyFacts| registration.is_public(it);
    let overdue = overdue(registration.effective_on, &registration.overdue_given_up, public);
    let standing = registration.grants.iter().filter(|_| owned_by_public(registration)).flat_map(|it| {
        let (Some(term), Some(rent)) = (it.term, &it.rent) else { return Vec::new() };
        let bears_floor = bears_floor(&registration.asset.category, &registration.entered);
        let invested = if bears_floor {
            money(registration.asset.original_value) * share(it.claim.share)
        } else {
            whole(0)
        };
        let below = Let::of(rent, term, invested, policy);
        below.below_floor(policy).into_iter().map(|found| found.at(it.claim_number)).collect()
    });
    let unpaid = unpaid(&registration.ended_early, &registration.overdue_given_up, public);
    let later = later(&registration.later_rent, public);
    overdue.chain(standing).chain(unpaid).chain(later).collect()
}

fn altered(alteration: &AlterationFacts, policy: &PolicyValues) -> Vec<Found> {
    let public = |it: PartyFacts| alteration.is_public(it);
    let overdue = overdue(alteration.effective_on, &alteration.overdue_given_up, public);
    let unpaid = unpaid(&alteration.ended_early, &alteration.overdue_given_up, public);
    let later = later(&alteration.later_rent, public);
    eased(alteration, policy).into_iter().chain(overdue).chain(unpaid).chain(later).collect()
}

/// The rent that would fall due later, and lapses by what is put right. The end of a lease gives up none: nobody uses it any more.
fn later(all: &[LaterRent], public: impl Fn(PartyFacts) -> bool) -> impl Iterator<Item = Found> {
    let of_public = all.iter().filter(move |it| public(it.lessor));
    of_public.map(|it| {
        Found::of(LATER_RENT_LAPSES)
            .on("from", it.from)
            .id("contract", it.contract)
            .id("lessor", it.lessor.id)
            .id("lessee", it.lessee)
            .fen("given_up", it.amount.get())
            .at_risk(it.amount.get())
    })
}

/// What of the rent belongs to the time for which it was let to the day on which it ends, and does not fall due by then. A lease of which
/// rent that fell due would be owed no longer goes to the county by that.
fn unpaid(
    ended: &[EndedEarly],
    given_up: &[RentGivenUp],
    public: impl Fn(PartyFacts) -> bool,
) -> impl Iterator<Item = Found> {
    let found = |it: &EndedEarly| {
        let used = Period::new(it.term.from(), Some(it.on)).ok().and_then(|it| years(&it))?;
        let part = money(it.rent) * used / years(&it.term)?;
        let missing = floored(&(&part - money(it.fell_due)));
        if missing <= 0 {
            return None;
        }
        let is_grave = missing > it.greatest.get();
        let cause = if is_grave { USED_TERM_UNPAID } else { USED_TERM_UNDERPAID };
        let found = Found::of(cause)
            .on("effective", it.on)
            .on("from", it.term.from())
            .id("contract", it.contract)
            .id("lessor", it.lessor.id)
            .id("lessee", it.lessee)
            .fen("rent", it.rent.get())
            .fen("used", floored(&part))
            .fen("fell_due", it.fell_due.get())
            .fen("missing", missing);
        Some(found.at_risk(missing))
    };
    let is_told = |it: &EndedEarly| given_up.iter().any(|of| of.contract == it.contract);
    ended.iter().filter(move |it| public(it.lessor) && !is_told(it)).filter_map(found)
}

/// A contract would let by easier terms than were agreed: what the rent had to reach then, it has to reach by these.
fn eased(alteration: &AlterationFacts, policy: &PolicyValues) -> Vec<Found> {
    let given_up = alteration.given_up.filter(|it| alteration.is_public(it.creditor)).map(|it| {
        Found::of(DUE_RENT_GIVEN_UP)
            .on("due_by", it.due_by)
            .fen("amount", it.amount.get())
            .at_risk(it.amount.get())
    });
    let eased = alteration.eased.as_ref().filter(|it| alteration.is_public(it.lessor));
    let below = eased.map(|it| below_floor_by(it, &alteration.entered, policy)).unwrap_or_default();
    given_up.into_iter().chain(below).collect()
}

/// A contract that is put on record by itself.
fn agreed(contract: &ContractFacts, policy: &PolicyValues) -> Vec<Found> {
    if is_of_public(&Web::of(&contract.ties), contract.terms.lessor) {
        below_floor_by(&contract.terms, &contract.entered, policy)
    } else {
        Vec::new()
    }
}

fn below_floor_by(it: &LeaseTerms, entered: &Entered, policy: &PolicyValues) -> Vec<Found> {
    let built = it.lets.iter().filter(|it| bears_floor(&it.category, entered));
    let invested = built.map(|it| money(it.cost) * share(it.share)).sum();
    Let { appraised: it.appraised, ..Let::of(&it.rent, it.term, invested, policy) }.below_floor(policy)
}

/// Whether the rent of what is let is measured by what was invested. That of land that was contracted out long ago, and is entered late
/// with its reason, is not: it was a fee for the land, agreed on before anybody measured rents so.
fn bears_floor(category: &str, entered: &Entered) -> bool {
    LandUse::of(category).is_none() || !entered.of_its_day
}

/// What fell due by now to the state or a collective, on days from which on the lease would have ended, would be owed no longer.
fn overdue(
    effective_on: NaiveDate,
    given_up: &[RentGivenUp],
    public: impl Fn(PartyFacts) -> bool,
) -> impl Iterator<Item = Found> {
    let of_public = given_up.iter().filter(move |it| public(it.lessor));
    of_public.map(move |it| {
        Found::of(OVERDUE_RENT_GIVEN_UP)
            .on("effective", effective_on)
            .on("due_before", it.due_before)
            .id("contract", it.contract)
            .id("lessor", it.lessor.id)
            .id("lessee", it.lessee)
            .fen("given_up", it.amount.get())
            .at_risk(it.amount.get())
    })
}

/// What is let, and for how much.
struct Let {
    /// What is paid, all of it together.
    sum: Exact,
    /// The same, as it is worth on the first day.
    value: Exact,
    term: Option<Period>,
    invested: Exact,
    appraised: Option<Fen>,
}

impl Let {
    /// What is let for a rent over a term, without an appraisal.
    fn of(rent: &[Payment], term: Period, invested: Exact, policy: &PolicyValues) -> Self {
        Self {
            sum: whole(Payment::total(rent)),
            value: present_value(rent, term.from(), &rate(policy.discount_rate_bp)),
            term: Some(term),
            invested,
            appraised: None,
        }
    }

    fn below_floor(&self, policy: &PolicyValues) -> Vec<Found> {
        self.below_investment(policy).into_iter().chain(self.below_appraised_rent(policy)).collect()
    }

    fn below_investment(&self, policy: &PolicyValues) -> Option<Found> {
        let term = self.term?;
        let annual = &self.value / annuity(&term, &rate(policy.discount_rate_bp))?;
        let floor = &self.invested * rate(policy.rent_floor_bp);
        (annual < floor).then(|| {
            Found::of(RENT_BELOW_INVESTMENT)
                .fen("annual_rent", floored(&annual))
                .fen("rent", floored(&self.sum))
                .fen("invested", floored(&self.invested))
                .fen("floor", raised(&floor))
                .bp("rent_floor", policy.rent_floor_bp)
                .days("term", term.days().unwrap_or_default())
                .at_risk(floored(&((floor - annual) * (years(&term).unwrap_or_else(|| whole(1))))))
        })
    }

    fn below_appraised_rent(&self, policy: &PolicyValues) -> Option<Found> {
        let appraised = self.appraised?;
        let floor = money(appraised) * rate(policy.rent_comparable_floor_bp);
        (self.sum < floor).then(|| {
            Found::of(RENT_BELOW_APPRAISAL)
                .fen("rent", floored(&self.sum))
                .fen("appraised", appraised.get())
                .fen("floor", raised(&floor))
                .bp("comparable_floor", policy.rent_comparable_floor_bp)
                .at_risk(floored(&(money(appraised) - &self.sum)))
        })
    }
}
