//! L23: whoever owes the state or a collective rent under a contract is let the same asset anew, or another one of the same owner.
//!
//! What fell due lately is a warning. Whoever has not paid for long, or for more than one payment, is let nothing anew of what it did not
//! pay for, and nothing else without the county. What is owed is what the receipts on record leave open: whoever paid has it recorded.
//! What was let again long ago, and is entered only now with its reason, is a fact: the county sees what was owed then.
//!
//! Whoever owes its lessor rent and buys something of it is looked at as well; nobody is refused it for that. And where another one is
//! said to have rented, in the place of a lessee that owes, the county sees with whom the debt is.

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    ties::{gives_public, is_of_one_purse, is_of_public},
};
use crate::{
    loss::facts::{
        AlterationFacts, ArrearsFacts, GrantMade, Granting, LotFacts, PartyFacts, RegistrationFacts,
        ReplacedFacts, TransferFacts,
    },
    register::{codes::RightKind, parties::ties::Web},
};

pub(super) const L23: Rule = Rule {
    id: RuleId::L23,
    name: bilingual("承租方拖欠租金", "Rent in arrears"),
    basis: "《中华人民共和国民法典》第七百二十二条",
    severity: Severity::Escalate,
    parameters: &["arrears_warn_days", "arrears_escalate_days"],
    checks: &[Check::Transfer(owing), Check::Registration(corrected), Check::Alteration(amended)],
    causes: &[
        RENT_OVERDUE,
        RENT_LONG_OVERDUE,
        OWED_BY_BUYER,
        LESSEE_REPLACED_IN_ARREARS,
        LESSEE_LEAVES_IN_ARREARS,
        RENEWED_IN_ARREARS,
        OWED_BY_ONE_BEHIND,
        OWED_BY_KIN,
        LET_AGAIN_TO_KIN,
        LESSEE_REPLACED_OWING,
        LESSEE_LEAVES_OWING,
    ],
};

const LESSEE_REPLACED_OWING: Cause = Cause {
    code: "lessee_replaced_owing",
    severity: Some(Severity::Warn),
    cure: bilingual(
        "请核实由谁实际承租、欠租由谁支付，已收的登记收款",
        "see who rented it in fact and who is to pay, and record what came in",
    ),
    ..LESSEE_REPLACED_IN_ARREARS
};

const LESSEE_LEAVES_OWING: Cause = Cause {
    code: "lessee_leaves_owing",
    severity: Some(Severity::Warn),
    cure: bilingual(
        "请核实由谁实际承租：合同的承租方登记有误的，以 `POST /v1/amendments` 更正合同及其经营权",
        "see who rented it in fact: where the contract names the wrong one, have that put right with the right under it (POST /v1/amendments)",
    ),
    ..LESSEE_LEAVES_IN_ARREARS
};

const RENT_OVERDUE: Cause = Cause {
    code: "rent_overdue",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "截至{owed_on}，受让方{lessee_id}欠{lessor_id}租金{overdue_fen}，自{since_on}起逾期{overdue_days}",
        "on {owed_on} {lessee_id} owes {lessor_id} {overdue_fen} of rent, which fell due on {since_on}, {overdue_days} ago",
    ),
    cure: bilingual("请催收；已收的请登记收款", "demand it, or record what came in"),
};

const RENT_LONG_OVERDUE: Cause = Cause {
    code: "rent_long_overdue",
    severity: None,
    sentence: bilingual(
        "截至{owed_on}，受让方{lessee_id}欠{lessor_id}租金{overdue_fen}，共{payments}期，自{since_on}起逾期{overdue_days}",
        "on {owed_on} {lessee_id} owes {lessor_id} {overdue_fen} of rent (payments: {payments}), the first of which fell due on \
         {since_on}, {overdue_days} ago",
    ),
    cure: bilingual(
        "请先催收并登记收款再出租，否则由县级说明理由后核准",
        "have it paid and recorded as received before anything is let to it; otherwise the county says why it agrees",
    ),
};

const OWED_BY_BUYER: Cause = Cause {
    code: "owed_by_buyer",
    severity: None,
    sentence: bilingual(
        "截至{owed_on}，受让所有权的{lessee_id}欠{lessor_id}租金{overdue_fen}，共{payments}期，自{since_on}起逾期{overdue_days}",
        "on {owed_on} {lessee_id}, which buys of {lessor_id}, owes it {overdue_fen} of rent (payments: {payments}), the first of which fell due \
         on {since_on}, {overdue_days} ago",
    ),
    cure: bilingual(
        "请先催收并登记收款再转让，否则由县级说明理由后核准",
        "have it paid and recorded as received before anything is sold to it; otherwise the county says why it agrees",
    ),
};

const LESSEE_REPLACED_IN_ARREARS: Cause = Cause {
    code: "lessee_replaced_in_arrears",
    severity: None,
    sentence: bilingual(
        "截至{owed_on}，登记的承租方{lessee_id}欠{lessor_id}租金{overdue_fen}，自{since_on}起逾期{overdue_days}；更正后承租方为{to_id}，该欠租由{to_id}承担",
        "on {owed_on} the lessee on record {lessee_id} owes {lessor_id} {overdue_fen} of rent, which fell due on {since_on}, \
         {overdue_days} ago; {to_id} would be the lessee in its place, and would owe it",
    ),
    cure: bilingual(
        "请核实由谁实际承租、欠租由谁支付，已收的登记收款；由县级说明理由后核准",
        "see who rented it in fact and who is to pay, and record what came in; the county says why it agrees",
    ),
};

const LESSEE_LEAVES_IN_ARREARS: Cause = Cause {
    code: "lessee_leaves_in_arrears",
    severity: None,
    sentence: bilingual(
        "截至{owed_on}，登记的承租方{lessee_id}欠{lessor_id}租金{overdue_fen}，自{since_on}起逾期{overdue_days}；更正后经营权归{to_id}，该欠租仍由{lessee_id}承担",
        "on {owed_on} the lessee on record {lessee_id} owes {lessor_id} {overdue_fen} of rent, which fell due on {since_on}, \
         {overdue_days} ago; {to_id} would have the management in its place, and what is owed stays with {lessee_id}",
    ),
    cure: bilingual(
        "请核实由谁实际承租：合同的承租方登记有误的，以 `POST /v1/amendments` 更正合同及其经营权；由县级说明理由后核准",
        "see who rented it in fact: where the contract names the wrong one, have that put right with the right under it (POST /v1/amendments); \
         the county says why it agrees",
    ),
};

const RENEWED_IN_ARREARS: Cause = Cause {
    code: "renewed_in_arrears",
    severity: Some(Severity::Block),
    sentence: bilingual(
        "截至{owed_on}，受让方{lessee_id}就资产{asset_id}欠{lessor_id}租金{overdue_fen}，共{payments}期，自{since_on}起逾期{overdue_days}，不得续租",
        "on {owed_on} {lessee_id} owes {lessor_id} {overdue_fen} of rent for asset {asset_id} (payments: {payments}), the first \
         of which fell due on {since_on}, {overdue_days} ago",
    ),
    cure: bilingual(
        "请先收清欠租并登记收款",
        "have it paid, and recorded as received, before it is let to it again",
    ),
};

const OWED_BY_ONE_BEHIND: Cause = Cause {
    code: "owed_by_one_behind",
    severity: None,
    sentence: bilingual(
        "截至{owed_on}，与受让方{to_id}为同一控制或者同户的{lessee_id}欠{lessor_id}租金{overdue_fen}，共{payments}期，自{since_on}起逾期{overdue_days}",
        "on {owed_on} {lessee_id}, which is in the same hands or of the same household as the receiver {to_id}, owes {lessor_id} {overdue_fen} of rent (payments: {payments}), \
         the first of which fell due on {since_on}, {overdue_days} ago",
    ),
    cure: bilingual(
        "请先催收并登记收款再出租、转让，否则由县级说明理由后核准",
        "have it paid and recorded as received before anything is let or sold to them; otherwise the county says why it agrees",
    ),
};

const OWED_BY_KIN: Cause = Cause {
    code: "owed_by_kin",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "截至{owed_on}，受让方{to_id}的亲属一方{lessee_id}欠{lessor_id}租金{overdue_fen}，自{since_on}起逾期{overdue_days}",
        "on {owed_on} {lessee_id}, of the kin of the receiver {to_id}, owes {lessor_id} {overdue_fen} of rent since {since_on}, for {overdue_days}",
    ),
    cure: bilingual(
        "请核实是否由欠租人实际承租，并催收欠租",
        "see who runs it in fact, and demand what is owed",
    ),
};

const LET_AGAIN_TO_KIN: Cause = Cause {
    code: "let_again_to_kin",
    severity: None,
    sentence: bilingual(
        "截至{owed_on}，{lessee_id}就资产{asset_id}欠{lessor_id}租金{overdue_fen}，自{since_on}起逾期{overdue_days}，现将该资产租给其亲属一方{to_id}",
        "on {owed_on} {lessee_id} owes {lessor_id} {overdue_fen} of rent for asset {asset_id} since {since_on}, for {overdue_days}, and it goes to {to_id}, of their kin",
    ),
    cure: bilingual(
        "请先催收并登记收款；确由亲属自己承租的，由县级说明理由后核准",
        "have it paid and recorded as received first; where the kin rents it for itself the county says why it agrees",
    ),
};

fn owing(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let found = deal.arrears.iter().filter_map(|it| match deal.right {
        // Kin buy for themselves: what they have is theirs for good, and no front for whoever owes.
        RightKind::Ownership => told(deal, it, policy),
        RightKind::Management | RightKind::Income => {
            told(deal, it, policy).or_else(|| of_kin(deal, it, policy))
        }
    });
    found.collect()
}

fn corrected(registration: &RegistrationFacts, policy: &PolicyValues) -> Vec<Found> {
    let mut found = replaced(&registration.replaced, |it| registration.is_public(it), policy);
    found.extend(registration.arrears.iter().filter_map(|it| owed_by_lessee(registration, it, policy)));
    found
}

fn amended(alteration: &AlterationFacts, policy: &PolicyValues) -> Vec<Found> {
    replaced(&alteration.replaced, |it| alteration.is_public(it), policy)
}

/// Whoever is said to rent in the place of another, or would rent for longer, is asked what it owes the owners itself, as by a lease of
/// today.
fn owed_by_lessee(
    registration: &RegistrationFacts,
    owed: &ArrearsFacts,
    policy: &PolicyValues,
) -> Option<Found> {
    let overdue = (owed.on - owed.since).num_days();
    let is_theirs = |it: &&Granting| {
        let holder = it.claim.holder.id;
        (it.in_place_of.is_some() || it.made == GrantMade::Lengthened)
            && (holder == owed.lessee || owed.behind.contains(&holder))
    };
    // The days that are added to a lease are the graver of the two.
    let mut grants: Vec<_> = registration.grants.iter().filter(is_theirs).collect();
    grants.sort_by_key(|it| it.made != GrantMade::Lengthened);
    let grant = *grants.first()?;
    if !registration.is_public(owed.lessor) || overdue <= policy.arrears_warn_days {
        return None;
    }
    let is_long = overdue > policy.arrears_escalate_days || owed.payments > 1;
    let again = grant.made == GrantMade::Lengthened && owed.assets.contains(&registration.asset.id);
    let found = if !is_long {
        Found::of(RENT_OVERDUE)
    } else if grant.claim.holder.id != owed.lessee {
        Found::of(OWED_BY_ONE_BEHIND).id("to", grant.claim.holder.id).count("payments", owed.payments)
    } else if again {
        Found::of(RENEWED_IN_ARREARS).id("asset", registration.asset.id).count("payments", owed.payments)
    } else {
        Found::of(RENT_LONG_OVERDUE).count("payments", owed.payments)
    };
    Some(owed_by(owed, overdue, found.at(grant.claim_number)))
}

/// Lessees that owe rent, and in whose place others would be. What fell due lately is a warning.
fn replaced(all: &[ReplacedFacts], public: impl Fn(PartyFacts) -> bool, policy: &PolicyValues) -> Vec<Found> {
    let in_arrears = all.iter().filter_map(|it| {
        let overdue = (it.owed.on - it.owed.since).num_days();
        let cause = match (it.passes, overdue > policy.arrears_warn_days) {
            (true, true) => LESSEE_REPLACED_IN_ARREARS,
            (true, false) => LESSEE_REPLACED_OWING,
            (false, true) => LESSEE_LEAVES_IN_ARREARS,
            (false, false) => LESSEE_LEAVES_OWING,
        };
        let is_owed = public(it.owed.lessor) && overdue > 0;
        is_owed.then(|| owed_by(&it.owed, overdue, Found::of(cause).id("to", it.by)))
    });
    in_arrears.collect()
}

/// Kin of whoever owes have debts of their own, and not those of others: what such a lease may be for is told, and of the same asset it
/// goes to the county.
fn of_kin(deal: &TransferFacts, owed: &ArrearsFacts, policy: &PolicyValues) -> Option<Found> {
    let overdue = (owed.on - owed.since).num_days();
    let is_long = overdue > policy.arrears_escalate_days || owed.payments > 1;
    let web = Web::of(&deal.ties);
    if !is_owed_to_public(deal, &web, owed) || overdue <= policy.arrears_warn_days || !is_long {
        return None;
    }
    let to_kin = || deal.all_lots().filter(|it| owed.kin.contains(&it.to.id) && gives_public(&web, it));
    let again = to_kin().find(|it| owed.assets.contains(&it.asset.id));
    let found = match again {
        Some(lot) => Found::of(LET_AGAIN_TO_KIN).id("asset", lot.asset.id).id("to", lot.to.id),
        None => {
            let lot = to_kin().find(|it| is_of_one_purse(&web, it.from.id, owed.lessor.id))?;
            Found::of(OWED_BY_KIN).id("to", lot.to.id)
        }
    };
    Some(owed_by(owed, overdue, found))
}

/// Whether what is owed is the state's or a collective's: that of whoever let, or of the village whose own organisation let.
fn is_owed_to_public(deal: &TransferFacts, web: &Web, owed: &ArrearsFacts) -> bool {
    is_of_public(web, owed.lessor) || deal.own_organisations.contains(&owed.lessor.id)
}

fn owed_by(owed: &ArrearsFacts, overdue: i64, found: Found) -> Found {
    found
        .id("contract", owed.contract)
        .id("lessor", owed.lessor.id)
        .id("lessee", owed.lessee)
        .fen("overdue", owed.amount.get())
        .at_risk(owed.amount.get())
        .on("since", owed.since)
        .on("owed", owed.on)
        .days("overdue", overdue)
}

fn told(deal: &TransferFacts, owed: &ArrearsFacts, policy: &PolicyValues) -> Option<Found> {
    let overdue = (owed.on - owed.since).num_days();
    let is_debtor = |it: &LotFacts| it.to.id == owed.lessee || owed.behind.contains(&it.to.id);
    let web = Web::of(&deal.ties);
    let to_debtor = |it: &&LotFacts| is_debtor(it) && gives_public(&web, it);
    let let_again = deal.all_lots().filter(to_debtor).find(|it| owed.assets.contains(&it.asset.id));
    let is_creditor = |it: &&LotFacts| is_of_one_purse(&web, it.from.id, owed.lessor.id);
    let by_creditor = deal.all_lots().filter(to_debtor).find(is_creditor);
    let given = let_again.or(by_creditor).filter(|_| is_owed_to_public(deal, &web, owed))?;
    let through = (given.to.id != owed.lessee).then_some(given.to.id);
    let is_long = overdue > policy.arrears_escalate_days || owed.payments > 1;
    let found = match let_again {
        _ if overdue <= policy.arrears_warn_days => return None,
        _ if !is_long => Found::of(RENT_OVERDUE),
        _ if through.is_some() => {
            Found::of(OWED_BY_ONE_BEHIND).id("to", given.to.id).count("payments", owed.payments)
        }
        _ if deal.right == RightKind::Ownership => Found::of(OWED_BY_BUYER).count("payments", owed.payments),
        Some(lot) if !deal.entered.of_its_day => {
            Found::of(RENEWED_IN_ARREARS).id("asset", lot.asset.id).count("payments", owed.payments)
        }
        _ => Found::of(RENT_LONG_OVERDUE).count("payments", owed.payments),
    };
    Some(owed_by(owed, overdue, found))
}
