//! L35: the money of a deal or of a distribution does not go into the account of whoever it belongs to, or does not come in.
//!
//! What a sale or a disposal brings falls due on a day. Whoever still owes the state or a collective such money beyond it is given
//! nothing else of that giver's without the county, nor is whoever is one with them; of their kin it is told. And a disposal by which something is compensated or repaid says how much, and
//! who pays it. Where that is far below what the books say, the county looks at it: one fen is as good as nothing. So it is where
//! something is scrapped before its time that others would still buy; what has served its life brings what scrap brings. What was put right
//! within the window makes nothing older, cheaper or of less use for it.

use chrono::{Days, NaiveDate};

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{Exact, floored, money, raised, rate, whole},
    former::Former,
    ties::{acting, gives_public, is_of_one_purse, purchases},
};
use crate::{
    cases::purpose::Purpose,
    loss::facts::{
        AlterationFacts, DisposalFacts, DistributionFacts, LotFacts, PartyFacts, PaymentFacts, ProceedsFacts,
        TransferFacts,
    },
    register::{
        codes::{AssetClass, DisposalCause, DisposalWay, Sector},
        parties::ties::Web,
    },
    values::{Id, id::kind},
};

pub(super) const L35: Rule = Rule {
    id: RuleId::L35,
    name: bilingual("资金未进入权利人账户", "Money that does not reach the owner's account"),
    basis: "《中华人民共和国农村集体经济组织法》第四十四条",
    severity: Severity::Block,
    parameters: &[
        "proceeds_due_days",
        "proceeds_warn_days",
        "appraisal_books_floor_bp",
        "exchange_required_above_fen",
        "reclass_window_days",
    ],
    checks: &[
        Check::Transfer(of_deal),
        Check::Alteration(brings),
        Check::Distribution(booked_to),
        Check::Payment(paid_out),
    ],
    causes: &[
        PAID_TO_ANOTHER,
        PAID_TO_PERSON,
        PURCHASE_PAID_TO_ANOTHER,
        ACCOUNT_OF_ANOTHER,
        PROCEEDS_OVERDUE,
        PROCEEDS_OWED_BY_ONE_BEHIND,
        PROCEEDS_OWED_BY_KIN,
        PROCEEDS_DUE_LATE,
        NOTHING_RECEIVED,
        FAR_BELOW_BOOKS,
        SCRAPPED_BELOW_BOOKS,
        FAR_BELOW_FORMER_BOOKS,
        SCRAPPED_BELOW_FORMER_BOOKS,
        PAYER_UNNAMED,
        PAID_TO_ITSELF,
        MEMBERS_MONEY_TO_ORGANISATION,
    ],
};

const PAID_TO_ITSELF: Cause = Cause {
    code: "paid_to_itself",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "{from_id}从自己的账户付给自己{amount_fen}，款项此后不在账上",
        "{from_id} pays itself {amount_fen} out of its own account, and has it on no account since",
    ),
    cure: bilingual(
        "请核实款项去向：付给他人的写明收款人，误登的予以冲销",
        "see where it went: name whoever was paid, and reverse what was entered by mistake",
    ),
};

const MEMBERS_MONEY_TO_ORGANISATION: Cause = Cause {
    code: "members_money_to_organisation",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "{from_id}的成员分配资金{amount_fen}付给{to_id}，后者不是成员，也不是农户",
        "{amount_fen} of what {from_id} has for its members go to {to_id}, which is neither a person nor a household",
    ),
    cure: bilingual(
        "成员分配应付给成员或者农户；代发的附发放明细",
        "what is the members' is paid to members or households; where somebody pays it out for them, attach the list",
    ),
};

/// Money that leaves an account for the one whose it is, or what is the members' for somebody who is no member.
fn paid_out(payment: &PaymentFacts, _: &PolicyValues) -> Vec<Found> {
    let (payer, payee, amount) = (payment.payer, payment.payee, payment.amount.get());
    let of = |cause| Found::of(cause).id("from", payer.id).fen("amount", amount).at_risk(amount);
    if payer.id == payee.id {
        return vec![of(PAID_TO_ITSELF)];
    }
    let is_members = payment.account == Some(Purpose::Members) && payer.sector() == Sector::Collective;
    if is_members && !payee.kind.is_personal() {
        return vec![of(MEMBERS_MONEY_TO_ORGANISATION).id("to", payee.id)];
    }
    Vec::new()
}

const PROCEEDS_OVERDUE: Cause = Cause {
    code: "proceeds_overdue",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "截至{owed_on}，{payer_id}就资产{asset_id}仍欠{creditor_id}出售或者处置价款{open_fen}，{due_on}到期，已逾期{overdue_days}（超过{warn_days}）",
        "on {owed_on} {payer_id} still owes {creditor_id} {open_fen} of the price or of what the disposal of asset {asset_id} brings, due on \
         {due_on}, {overdue_days} ago (more than {warn_days})",
    ),
    cure: bilingual(
        "请先催收并登记收款（`sale_proceeds` 或者 `compensation`），否则由县级说明理由后核准",
        "have it paid and recorded first (`sale_proceeds` or `compensation`); otherwise the county says why it agrees",
    ),
};

const PROCEEDS_OWED_BY_ONE_BEHIND: Cause = Cause {
    code: "proceeds_owed_by_one_behind",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "截至{owed_on}，与受让方{to_id}为同一控制或者同户的{payer_id}就资产{asset_id}仍欠{creditor_id}出售或者处置价款{open_fen}，{due_on}到期，已逾期{overdue_days}（超过{warn_days}）",
        "on {owed_on} {payer_id}, which is in the same hands or of the same household as the receiver {to_id}, still owes {creditor_id} \
         {open_fen} of the price or of what the disposal of asset {asset_id} brings, due on {due_on}, {overdue_days} ago (more than {warn_days})",
    ),
    cure: bilingual(
        "请先催收并登记收款（`sale_proceeds` 或者 `compensation`），否则由县级说明理由后核准",
        "have it paid and recorded first (`sale_proceeds` or `compensation`); otherwise the county says why it agrees",
    ),
};

const PROCEEDS_OWED_BY_KIN: Cause = Cause {
    code: "proceeds_owed_by_kin",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "截至{owed_on}，受让方{to_id}的亲属一方{payer_id}就资产{asset_id}仍欠{creditor_id}出售或者处置价款{open_fen}，{due_on}到期，已逾期{overdue_days}（超过{warn_days}）",
        "on {owed_on} {payer_id}, of the kin of the receiver {to_id}, still owes {creditor_id} {open_fen} of the price or of what the disposal \
         of asset {asset_id} brings, due on {due_on}, {overdue_days} ago (more than {warn_days})",
    ),
    cure: bilingual(
        "请核实是否由欠款人实际受让，并催收欠款",
        "see who buys it in fact, and demand what is owed",
    ),
};

const PROCEEDS_DUE_LATE: Cause = Cause {
    code: "proceeds_due_late",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "出售或者处置价款约定于{due_on}到期，晚于按规定{within_days}内应收的{latest_on}",
        "the price, or what the disposal brings, falls due on {due_on}, later than {latest_on}, within {within_days} of the act",
    ),
    cure: bilingual(
        "请改为{latest_on}以前到期，否则由县级说明理由后核准",
        "agree on a day up to {latest_on}; otherwise the county says why it agrees",
    ),
};

const NOTHING_RECEIVED: Cause = Cause {
    code: "nothing_received",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "资产{asset_id}因{cause}处置（{way}），账面价值{book_value_fen}，应有补偿或者收回的款项，却未登记",
        "asset {asset_id}, of a book value of {book_value_fen}, is disposed of ({cause}, by {way}), by which something is compensated or \
         repaid, and nothing is said to come of it",
    ),
    cure: bilingual(
        "请填写应收金额（`proceeds_fen`）；确无应收的，由县级说明理由后核准",
        "say how much comes of it (`proceeds_fen`); where nothing does, the county says why it agrees",
    ),
};

const FAR_BELOW_BOOKS: Cause = Cause {
    code: "received_far_below_books",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "资产{asset_id}因{cause}处置（{way}），账面价值{book_value_fen}，收回{received_fen}，低于账面价值的{books_floor_bp}（{floor_fen}）",
        "asset {asset_id}, of a book value of {book_value_fen}, is disposed of ({cause}, by {way}), and {received_fen} come of it, below {floor_fen}, which is {books_floor_bp} of that",
    ),
    cure: bilingual(
        "请附补偿、清算或者回收价格的依据，有证据证明其公允的，由县级说明理由后核准",
        "attach what the sum rests on, a compensation, a liquidation or a price that was offered openly; the county says why it agrees",
    ),
};

const SCRAPPED_BELOW_BOOKS: Cause = Cause {
    code: "scrapped_below_books",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "资产{asset_id}未达使用年限即处置（原因：{cause}；方式：{way}），账面价值{book_value_fen}，收回{received_fen}，低于账面价值的{books_floor_bp}（{floor_fen}）",
        "asset {asset_id}, of a book value of {book_value_fen}, is disposed of before its time ({cause}, by {way}), and {received_fen} come of it, below {floor_fen}, which is {books_floor_bp} of that",
    ),
    cure: bilingual(
        "请核实能否出售或者转用，并附残值回收价格的依据",
        "see whether it can be sold or used otherwise, and attach what the price of the scrap rests on",
    ),
};

const FAR_BELOW_FORMER_BOOKS: Cause = Cause {
    code: "received_far_below_former_books",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "资产{asset_id}因{cause}处置（{way}）；按{restated_on}由案件更正以前登记的类别、年限和原值，账面价值为{book_value_fen}，收回{received_fen}，低于其{books_floor_bp}（{floor_fen}）",
        "asset {asset_id} is disposed of ({cause}, by {way}); by the class, the life and the cost that were on record before the case of \
         {restated_on} its book value is {book_value_fen}, and {received_fen} come of it, below {floor_fen}, which is {books_floor_bp} of that",
    ),
    cure: bilingual(
        "请核查更正依据，并附收回金额的依据，由县级说明理由后核准",
        "see what the change rests on, and attach what the sum does; the county says why it agrees",
    ),
};

const SCRAPPED_BELOW_FORMER_BOOKS: Cause = Cause {
    code: "scrapped_below_former_books",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "资产{asset_id}因{cause}处置（{way}）；按{restated_on}由案件更正以前登记的类别、年限和原值，账面价值为{book_value_fen}（不超过{threshold_fen}），收回{received_fen}，低于其{books_floor_bp}（{floor_fen}）",
        "asset {asset_id} is disposed of ({cause}, by {way}); by the class, the life and the cost that were on record before the case of \
         {restated_on} its book value is {book_value_fen}, no more than {threshold_fen}, and {received_fen} come of it, below {floor_fen}, which is \
         {books_floor_bp} of that",
    ),
    cure: bilingual("请核查更正依据", "see what the change rests on"),
};

const PAYER_UNNAMED: Cause = Cause {
    code: "payer_unnamed",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "资产{asset_id}处置应收{proceeds_fen}，未写明由谁支付",
        "{proceeds_fen} come of the disposal of asset {asset_id}, and nobody is named who pays it",
    ),
    cure: bilingual(
        "请填写付款人（`payer_id`），以便催收",
        "name the payer (`payer_id`), so that it can be demanded",
    ),
};

const PAID_TO_ANOTHER: Cause = Cause {
    code: "paid_to_another",
    severity: None,
    sentence: bilingual(
        "价款支付给{payee_id}，而非出让方{from_id}",
        "the money goes to {payee_id} and not to the giver {from_id}",
    ),
    cure: bilingual("请将价款支付给出让方{from_id}", "have the money paid to {from_id}"),
};

const PURCHASE_PAID_TO_ANOTHER: Cause = Cause {
    code: "purchase_paid_to_another",
    severity: Some(Severity::Escalate),
    sentence: bilingual(
        "{to_id}有偿取得{from_id}的资产，价款却支付给{payee_id}",
        "{to_id} buys of {from_id}, and its money goes to {payee_id}",
    ),
    cure: bilingual(
        "请将价款支付给出让方{from_id}；确须支付给他人的，由县级说明理由后核准",
        "have {from_id} paid; where somebody else has to be, the county says why it agrees",
    ),
};

const PAID_TO_PERSON: Cause = Cause {
    code: "paid_to_person",
    severity: None,
    sentence: bilingual(
        "集体{from_id}的价款支付给个人或农户{payee_id}",
        "money of the collective {from_id} goes to {payee_id}, a person or household",
    ),
    cure: bilingual("请将价款转入集体{from_id}的账户", "have the money paid into the account of {from_id}"),
};

const ACCOUNT_OF_ANOTHER: Cause = Cause {
    code: "account_of_another",
    severity: None,
    sentence: bilingual(
        "{party_id}应得的{amount_fen}记入{owner_id}的账户",
        "the {amount_fen} of {party_id} go into an account of {owner_id}",
    ),
    cure: bilingual("请记入{party_id}自己的账户", "put it into an account of {party_id}"),
};

fn of_deal(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let mut all = paid_to(deal);
    all.extend(owing(deal, policy));
    all.extend(due_late(deal, policy));
    all
}

fn paid_to(deal: &TransferFacts) -> Vec<Found> {
    let Some(payee) = deal.pay_to else { return Vec::new() };
    if deal.consideration.money().is_none() {
        return Vec::new();
    }
    let mut all: Vec<Found> = Vec::new();
    let web = Web::of(&deal.ties);
    // What a village's own cooperative lets may be paid to the village, whose it is.
    let is_its_own = |it: &LotFacts| acting(&web, it.from).iter().any(|of| of.id == payee.id);
    for lot in deal.lots.iter().filter(|it| gives_public(&web, it) && !is_its_own(it)) {
        let of_collective = |it: PartyFacts| it.sector() == Sector::Collective;
        let cause = if acting(&web, lot.from).into_iter().any(of_collective) && payee.kind.is_personal() {
            PAID_TO_PERSON
        } else {
            PAID_TO_ANOTHER
        };
        let found = Found::of(cause).id("payee", payee.id).id("from", lot.from.id);
        if !all.contains(&found) {
            all.push(found);
        }
    }
    // What somebody public buys is paid to whoever gives it, or nobody knows for what the money was.
    let paid_by = purchases(deal, &web).find(|(_, it)| !is_of_one_purse(&web, it.from.id, payee.id));
    all.extend(paid_by.map(|(index, it)| {
        let found = Found::of(PURCHASE_PAID_TO_ANOTHER).at(index).id("payee", payee.id);
        found.id("from", it.from.id).id("to", it.to.id)
    }));
    all
}

fn owing(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    deal.proceeds
        .iter()
        .map(|it| (it, (it.on - it.due_on).num_days()))
        .filter(|(_, overdue)| *overdue > policy.proceeds_warn_days)
        .filter_map(|(it, overdue)| Some((given_to_debtor(deal, it)?, it, overdue)))
        .map(|(found, it, overdue)| {
            found
                .id("asset", it.asset)
                .id("payer", it.payer)
                .id("creditor", it.creditor.id)
                .fen("open", it.open.get())
                .at_risk(it.open.get())
                .on("due", it.due_on)
                .on("owed", it.on)
                .days("overdue", overdue)
                .days("warn", policy.proceeds_warn_days)
        })
        .collect()
}

/// What is said of a debt where its creditor gives something to whoever owes it, to whoever is one with them, or else to their kin.
fn given_to_debtor(deal: &TransferFacts, owed: &ProceedsFacts) -> Option<Found> {
    let web = Web::of(&deal.ties);
    let of_creditor = |it: &&LotFacts| is_of_one_purse(&web, it.from.id, owed.creditor.id);
    let given = || deal.all_lots().filter(|it| gives_public(&web, it)).filter(of_creditor);
    if given().any(|it| it.to.id == owed.payer) {
        return Some(Found::of(PROCEEDS_OVERDUE));
    }
    let among = |all: &[Id<kind::Party>]| given().map(|it| it.to.id).find(|it| all.contains(it));
    let behind = among(&owed.behind).map(|to| Found::of(PROCEEDS_OWED_BY_ONE_BEHIND).id("to", to));
    behind.or_else(|| among(&owed.kin).map(|to| Found::of(PROCEEDS_OWED_BY_KIN).id("to", to)))
}

fn due_late(deal: &TransferFacts, policy: &PolicyValues) -> Option<Found> {
    late(deal.proceeds_due_on.filter(|_| deal.gives_public()), deal.effective_on, policy)
}

/// That money falls due later than it should after an act.
fn late(due_on: Option<NaiveDate>, effective_on: NaiveDate, policy: &PolicyValues) -> Option<Found> {
    let days = u64::try_from(policy.proceeds_due_days).ok()?;
    let latest = effective_on.checked_add_days(Days::new(days))?;
    due_on.filter(|it| *it > latest).map(|it| {
        Found::of(PROCEEDS_DUE_LATE)
            .on("due", it)
            .on("latest", latest)
            .days("within", policy.proceeds_due_days)
    })
}

/// Whether something is compensated or repaid by a disposal.
fn is_paid_for(end: &DisposalFacts) -> bool {
    let way = end.way();
    way == DisposalWay::Withdrawal || end.cause == DisposalCause::Demolition && way.ends_the_asset()
}

fn brings(alteration: &AlterationFacts, policy: &PolicyValues) -> Vec<Found> {
    let Some(end) = &alteration.disposal else { return Vec::new() };
    if !alteration.lost.iter().any(|it| alteration.is_public(it.claim.holder)) {
        return Vec::new();
    }
    let mut all = Vec::new();
    let brought = end.proceeds.filter(|it| !it.is_zero());
    if let Some(proceeds) = brought
        && end.payer.is_none()
    {
        all.push(Found::of(PAYER_UNNAMED).id("asset", end.asset.id).fen("proceeds", proceeds.get()));
    }
    if brought.is_none() && is_paid_for(end) && !end.asset.book_value.is_zero() {
        all.push(
            Found::of(NOTHING_RECEIVED)
                .id("asset", end.asset.id)
                .code("cause", end.cause.code())
                .code("way", end.way().code())
                .fen("book_value", end.asset.book_value.get())
                .at_risk(end.asset.book_value.get()),
        );
    }
    all.extend(far_below_books(alteration, end, policy));
    all.extend(late(end.proceeds_due_on, alteration.effective_on, policy));
    all
}

/// That what comes of a disposal is far below the books, or below what they were before they were put right for it.
fn far_below_books(
    alteration: &AlterationFacts,
    end: &DisposalFacts,
    policy: &PolicyValues,
) -> Option<Found> {
    let books = money(end.asset.book_value);
    let by_record = Held {
        is_large: is_paid_for(end) || is_large(&books, policy),
        books,
        serves_until: end.serves_until,
        is_of_use_to_others: end.asset.class != AssetClass::PublicWelfare,
    };
    let short = by_record.short(alteration, end, policy);
    let found = short.map(|it| {
        let cause = if by_record.is_large { FAR_BELOW_BOOKS } else { SCRAPPED_BELOW_BOOKS };
        by_record.found(cause, end, it, policy)
    });
    if found.is_some() && by_record.is_large {
        return found;
    }
    let before = Former::of(alteration, &end.asset, policy).and_then(|former| {
        let books = former.books(&end.asset);
        let held = Held {
            is_large: is_large(&books, policy),
            books,
            serves_until: former.serves_until().max(end.serves_until),
            is_of_use_to_others: by_record.is_of_use_to_others || former.was_of_use_to_others(),
        };
        let cause = if held.is_large { FAR_BELOW_FORMER_BOOKS } else { SCRAPPED_BELOW_FORMER_BOOKS };
        let found = held.found(cause, end, held.short(alteration, end, policy)?, policy);
        let found = found.fen("threshold", policy.exchange_required_above_fen);
        // What the record as it is says of something small is enough of it.
        let last = former.last().filter(|_| held.is_large || !by_record.is_found(alteration, end, policy))?;
        Some(found.on("restated", last.on?).id("case", last.case))
    });
    before.or(found)
}

fn is_large(books: &Exact, policy: &PolicyValues) -> bool {
    *books > whole(policy.exchange_required_above_fen)
}

/// What is, or was, on record of an asset that is disposed of, as far as it tells what comes of that.
struct Held {
    books: Exact,
    serves_until: Option<NaiveDate>,
    is_of_use_to_others: bool,
    /// Whether the county looks at it.
    is_large: bool,
}

impl Held {
    /// What comes of it, and what should at least, where that is more. Nothing at all is told where it is owed.
    fn short(
        &self,
        alteration: &AlterationFacts,
        end: &DisposalFacts,
        policy: &PolicyValues,
    ) -> Option<(Exact, Exact)> {
        let brought = end.proceeds.filter(|it| !it.is_zero());
        let is_over = self.serves_until.is_some_and(|it| it <= alteration.effective_on);
        let is_investment = end.way() == DisposalWay::Withdrawal;
        // What a flood took, has become unsafe or is covered by a new project brings what is said; what would serve on, and is only given
        // up, is worth something to somebody. A road is bought by nobody, unless somebody pays for it.
        let is_given_up =
            matches!(end.cause, DisposalCause::LowYield | DisposalCause::Other | DisposalCause::EndOfLife);
        let is_of_use_to_others = self.is_of_use_to_others || brought.is_some();
        // Without anything in the books as they are, nothing is owed by them.
        let is_told = brought.is_none() && !end.asset.book_value.is_zero();
        let is_looked_at = if is_paid_for(end) {
            !is_told && (is_investment || !is_over)
        } else {
            end.way().ends_the_asset() && !is_over && is_of_use_to_others && is_given_up
        };
        let received = brought.map_or(whole(0), money);
        let floor = &self.books * rate(policy.appraisal_books_floor_bp);
        (is_looked_at && received < floor).then_some((received, floor))
    }

    fn is_found(&self, alteration: &AlterationFacts, end: &DisposalFacts, policy: &PolicyValues) -> bool {
        self.short(alteration, end, policy).is_some()
    }

    fn found(
        &self,
        cause: Cause,
        end: &DisposalFacts,
        (received, floor): (Exact, Exact),
        policy: &PolicyValues,
    ) -> Found {
        Found::of(cause)
            .id("asset", end.asset.id)
            .code("cause", end.cause.code())
            .code("way", end.way().code())
            .fen("book_value", floored(&self.books))
            .fen("received", floored(&received))
            .fen("floor", raised(&floor))
            .bp("books_floor", policy.appraisal_books_floor_bp)
            .at_risk(floored(&(&self.books - &received)))
    }
}

fn booked_to(distribution: &DistributionFacts, _: &PolicyValues) -> Vec<Found> {
    let lines = distribution.lines.iter().enumerate();
    lines
        .filter(|(_, it)| it.account_owner != it.party.id)
        .map(|(index, it)| {
            Found::of(ACCOUNT_OF_ANOTHER)
                .at(index)
                .id("party", it.party.id)
                .id("owner", it.account_owner)
                .fen("amount", it.amount.get())
                .at_risk(it.amount.get())
        })
        .collect()
}
