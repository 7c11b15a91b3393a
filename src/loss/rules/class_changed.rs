//! L49: an asset is said to be something else, and then given away as that.
//!
//! What serves the public is not for sale; said to be operating, it is. What cost less needs no appraisal to look cheap; what was
//! another kind of thing may be let for longer. So the county looks at a deal about what was put right within the window, by a case
//! that says what was wrong with the record, and at one about which such a case is under way; and at the change of class itself.
//! What was divided or merged from it and is on record as another kind of thing since is looked at in the same way.
//!
//! What is divided is said to have cost, piece by piece, what its quantity tells where nothing else does: a piece with nearly all of the
//! quantity and next to nothing of the cost is sold for next to nothing afterwards. Pieces differ, and far less alone is looked at.
//! What was put right after the day of a deal that is entered late was not yet so on that day.
//!
//! What is a household's may be given to one, and land may be contracted out to people: so said, neither is asked whether it is given for
//! nothing, was offered in the open or bears a rent (L05, L17, L20). What one of those rules would find, had the asset stayed what it was,
//! is found here.

use std::{cell::OnceCell, collections::BTreeMap};

use chrono::{Datelike as _, NaiveDate};

use super::{
    Cause, Check, Found, PolicyValues, Rule, RuleId, Severity, bilingual,
    exact::{Exact, floored, money, rate, whole, years_after},
    given_away::given_away,
    rent_below_floor::below_floor,
    term_above_cap,
    ties::{gives_public, is_private},
    untraded::untraded,
};
use crate::{
    loss::facts::{
        AlterationFacts, Consideration, Divided, LotFacts, PieceFacts, RegistrationFacts, RestatedFacts,
        TransferFacts,
    },
    register::{
        codes::{AssetClass, RightKind},
        parties::ties::Web,
    },
    values::Fen,
};

pub(super) const L49: Rule = Rule {
    id: RuleId::L49,
    name: bilingual("变更资产类别、原值后处置", "Said to be something else, and then given away"),
    basis: "国办函〔2021〕51号；《中华人民共和国农村集体经济组织法》第三十五条",
    severity: Severity::Escalate,
    parameters: &[
        "reclass_window_days",
        "appraisal_books_floor_bp",
        "lease_term_cap_years",
        "arable_land_term_cap_years",
        "grassland_term_cap_years",
        "forest_land_term_cap_years",
        "exchange_required_above_fen",
        "appraisal_validity_days",
        "related_party_depth",
        "rent_floor_bp",
        "discount_rate_bp",
    ],
    checks: &[Check::Transfer(given), Check::Alteration(said_anew), Check::Registration(made)],
    causes: &[
        RECLASSED_BEFORE_DEAL,
        RECLASSED_BEFORE_LEASE,
        RECLASSING_UNDER_WAY,
        VALUE_AMENDED_BEFORE_DEAL,
        WRITE_OFF_AMENDED_BEFORE_DEAL,
        CATEGORY_AMENDED_BEFORE_LEASE,
        CLASS_WOULD_CHANGE,
        COST_AGAINST_QUANTITY,
        COST_OF_ANOTHER_KIND,
        SMALL_CLASS_WOULD_CHANGE,
        FREED_BEFORE_DEAL,
        FREED_BEFORE_SMALL_DEAL,
        ACQUIRED_BEFORE_PROJECT,
    ],
};

const SMALL_CLASS_WOULD_CHANGE: Cause = Cause {
    code: "small_class_would_change",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "资产{asset_id}登记为{before_class}，将更正为{after_class}（原值不超过{threshold_fen}），此后可以无偿给予农户",
        "asset {asset_id}, which cost no more than {threshold_fen}, is on record as {before_class} and would be {after_class}, which may be given \
         to a household",
    ),
    cure: bilingual(
        "请核对采购、发放等材料",
        "look at what it was bought for, and to whom it was handed out",
    ),
};

const FREED_BEFORE_DEAL: Cause = Cause {
    code: "freed_before_deal",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}的类别或者类型{restated_on}由案件变更，{ago_days}后即给予{to_id}；按变更前的登记，应受规则`{former_rules}`约束（{window_days}以内须核查）",
        "by a case of {restated_on} asset {asset_id} became something else; {ago_days} later {to_id} has it, which {former_rules} would have found \
         fault with as what it was (looked into within {window_days})",
    ),
    cure: bilingual(
        "请核查变更依据，按变更前的类别约定对价、公开交易；否则由县级说明理由后核准",
        "see what the change rests on, and agree on a price and offer it as what it was; otherwise the county says why it agrees",
    ),
};

const FREED_BEFORE_SMALL_DEAL: Cause = Cause {
    code: "freed_before_small_deal",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "资产{asset_id}（原值不超过{threshold_fen}）的类别或者类型{restated_on}由案件变更，{ago_days}后即给予{to_id}；按变更前的登记，应受规则`{former_rules}`约束（{window_days}以内须核查）",
        "by a case of {restated_on} asset {asset_id}, which cost no more than {threshold_fen}, became something else; {ago_days} later {to_id} has it, \
         which {former_rules} would have found fault with as what it was (looked into within {window_days})",
    ),
    cure: bilingual("请核查变更依据", "see what the change rests on"),
};

const ACQUIRED_BEFORE_PROJECT: Cause = Cause {
    code: "acquired_before_project",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "资产{asset_id}登记的取得日期{acquired_on}早于其项目资金的年度（自{not_before_on}起），折旧因此多计",
        "asset {asset_id} is said to be there since {acquired_on}, before the year of the funds that made it, which began on {not_before_on}: so \
         more of it is written off",
    ),
    cure: bilingual(
        "请核对验收、移交日期；原有资产由项目改造的，附说明",
        "check the day of its acceptance; where the project rebuilt what was there, attach what shows it",
    ),
};

const COST_AGAINST_QUANTITY: Cause = Cause {
    code: "cost_against_quantity",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}分割后第{piece}部分的原值{said_fen}，按数量应分摊{expected_fen}，低于其{books_floor_bp}",
        "piece {piece} of asset {asset_id} is said to have cost {said_fen}, below {books_floor_bp} of the {expected_fen} that fall to it by its quantity",
    ),
    cure: bilingual(
        "请按数量分摊原值；各部分单位价值确实不同的，附分摊依据，由县级说明理由后核准",
        "divide the cost by the quantities; where the pieces differ in what a unit of them cost, attach what shows it, and the county says why it agrees",
    ),
};

const COST_OF_ANOTHER_KIND: Cause = Cause {
    code: "cost_of_another_kind",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "资产{asset_id}分割后第{piece}部分登记为其他类型，原值{said_fen}，按数量应分摊{expected_fen}，低于其{books_floor_bp}",
        "piece {piece} of asset {asset_id} is another kind of thing, and is said to have cost {said_fen}, below {books_floor_bp} of the {expected_fen} that fall to it by its quantity",
    ),
    cure: bilingual("请核对类型和分摊依据", "see that it is that kind of thing, and what its cost rests on"),
};

const RECLASSED_BEFORE_DEAL: Cause = Cause {
    code: "reclassed_before_deal",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}原登记为{before_class}，{restated_on}由案件更正为{after_class}，{ago_days}后即处置给{to_id}（{window_days}以内须核查）",
        "asset {asset_id} was on record as {before_class}, and by a case of {restated_on} as {after_class}; {ago_days} later it goes to {to_id} (looked into within {window_days})",
    ),
    cure: bilingual(
        "请核查更正依据，由县级核准",
        "see what the change rests on: the county agrees, or it stays",
    ),
};

const RECLASSED_BEFORE_LEASE: Cause = Cause {
    code: "reclassed_before_lease",
    severity: Some(Severity::Warn),
    sentence: bilingual(
        "资产{asset_id}原登记为{before_class}，{restated_on}由案件更正为{after_class}，{ago_days}后即出租给{to_id}（{window_days}以内须核查）",
        "asset {asset_id} was on record as {before_class}, and by a case of {restated_on} as {after_class}; {ago_days} later it is let to {to_id} (looked into within {window_days})",
    ),
    cure: bilingual(
        "请核查更正依据，确认不再用于公益",
        "see what the change rests on, and that the public needs it no longer",
    ),
};

const RECLASSING_UNDER_WAY: Cause = Cause {
    code: "reclassing_under_way",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}登记为{before_class}，更正为{after_class}的案件尚未办结，现拟处置给{to_id}",
        "asset {asset_id} is on record as {before_class}, a case that would say {after_class} is under way, and it goes to {to_id}",
    ),
    cure: bilingual(
        "请待该案件办结，或者由县级一并核查",
        "wait for the end of that case, or have the county look at both",
    ),
};

const VALUE_AMENDED_BEFORE_DEAL: Cause = Cause {
    code: "value_amended_before_deal",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}原值{restated_on}由案件从{before_fen}更正为{after_fen}，{ago_days}后即处置给{to_id}（{window_days}以内须核查）",
        "by a case of {restated_on} the cost of asset {asset_id} was lowered from {before_fen} to {after_fen}; {ago_days} later it goes to {to_id} (looked into within {window_days})",
    ),
    cure: bilingual(
        "请核查更正依据，按更正前的原值核对对价，由县级核准",
        "see what the change rests on, and hold the price against the former cost: the county agrees, or it stays",
    ),
};

const WRITE_OFF_AMENDED_BEFORE_DEAL: Cause = Cause {
    code: "write_off_amended_before_deal",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}的折旧登记{restated_on}由案件更正，其账面价值由{before_fen}减为{after_fen}，{ago_days}后即处置给{to_id}（{window_days}以内须核查）",
        "by a case of {restated_on} asset {asset_id} was written off faster, and its book value lowered from {before_fen} to {after_fen}; {ago_days} later it goes to {to_id} (looked into within {window_days})",
    ),
    cure: bilingual(
        "请核查更正依据，按更正前的账面价值核对对价，由县级核准",
        "see what the change rests on, and hold the price against the former book value: the county agrees, or it stays",
    ),
};

const CATEGORY_AMENDED_BEFORE_LEASE: Cause = Cause {
    code: "category_amended_before_lease",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}的类型{restated_on}由案件变更，{ago_days}后出租给{to_id}，期限至{until_on}，按原类型最迟应至{latest_on}（{window_days}以内须核查）",
        "by a case of {restated_on} asset {asset_id} became another kind of thing; {ago_days} later it is let to {to_id} until {until_on}, where as what it was it could be let until {latest_on} (looked into within {window_days})",
    ),
    cure: bilingual("请核查变更依据，或者缩短期限", "see what the change rests on, or let it for less"),
};

const CLASS_WOULD_CHANGE: Cause = Cause {
    code: "class_would_change",
    severity: None,
    sentence: bilingual(
        "资产{asset_id}登记为{before_class}，将更正为{after_class}，此后即可按该类别出售、出租或者给予农户",
        "asset {asset_id} is on record as {before_class} and would be {after_class}, which can be sold, let or given to a household as that",
    ),
    cure: bilingual(
        "请核查验收、实际用途等材料，由县级核准并说明理由",
        "look at its acceptance and at what it is used for: the county agrees and says why",
    ),
};

fn given(deal: &TransferFacts, policy: &PolicyValues) -> Vec<Found> {
    let web = Web::of(&deal.ties);
    let lots =
        deal.all_lots().enumerate().filter(|(_, it)| gives_public(&web, it) && is_private(&web, it.to));
    let freed = Freed::of(deal, policy);
    let of_lot = |(number, lot): (usize, &LotFacts)| -> Vec<Found> {
        let about = deal.restated.iter().filter(|it| it.asset == lot.asset.id);
        about.flat_map(|it| told((deal, &freed), lot, it, policy)).map(|it| it.at(number)).collect()
    };
    lots.flat_map(of_lot).collect()
}

/// Whether an asset said to be of one class and then of another can be given away only since.
const fn opens_it(before: AssetClass, after: AssetClass) -> bool {
    match after {
        AssetClass::Operating => !matches!(before, AssetClass::Operating),
        // What is for households is given to them for nothing.
        AssetClass::Household => !matches!(before, AssetClass::Household),
        AssetClass::PublicWelfare => false,
    }
}

fn told(
    (deal, freed): (&TransferFacts, &Freed<'_>),
    lot: &LotFacts,
    it: &RestatedFacts,
    policy: &PolicyValues,
) -> Vec<Found> {
    let opened = opens_it(it.before.class, it.after.class);
    let of = |cause| Found::of(cause).id("asset", it.asset).id("to", lot.to.id).id("case", it.case);
    let classes = |found: Found| {
        found.code("before_class", it.before.class.code()).code("after_class", it.after.class.code())
    };
    let Some(on) = it.on else {
        return if opened && deal.is_for_good() {
            vec![classes(of(RECLASSING_UNDER_WAY))]
        } else {
            Vec::new()
        };
    };
    let Some(ago) = deal.days_since(on).filter(|it| *it <= policy.reclass_window_days) else {
        return Vec::new();
    };
    let dated =
        |found: Found| found.on("restated", on).days("ago", ago).days("window", policy.reclass_window_days);
    let mut all = Vec::new();
    if opened && deal.is_for_good() {
        all.push(dated(classes(of(RECLASSED_BEFORE_DEAL))));
    } else if opened && deal.right == RightKind::Management {
        all.push(dated(classes(of(RECLASSED_BEFORE_LEASE))));
    }
    // What is sold is held against what it cost before; what is let, where it is said to have cost far less.
    let floor = if deal.is_for_good() { whole(1) } else { rate(policy.appraisal_books_floor_bp) };
    let lowered = |before: Fen, after: Fen| money(after) < money(before) * &floor;
    if lowered(it.before.original_value, it.after.original_value) {
        let (before, after) = (it.before.original_value.get(), it.after.original_value.get());
        all.push(dated(of(VALUE_AMENDED_BEFORE_DEAL).fen("before", before).fen("after", after)));
    } else if let (Some(before), Some(after)) = (it.before.book_value, it.after.book_value)
        && lowered(before, after)
    {
        let (before, after) = (before.get(), after.get());
        all.push(dated(of(WRITE_OFF_AMENDED_BEFORE_DEAL).fen("before", before).fen("after", after)));
    }
    all.extend(let_for_longer(deal, it, policy).map(|(until, latest)| {
        dated(of(CATEGORY_AMENDED_BEFORE_LEASE).on("until", until).on("latest", latest))
    }));
    if opened && deal.is_for_good() {
        return all;
    }
    let freed = freed.by(it);
    if !freed.is_empty() {
        let threshold = policy.exchange_required_above_fen;
        let is_large = it.before.original_value.max(it.after.original_value).get() > threshold;
        let cause = if is_large { FREED_BEFORE_DEAL } else { FREED_BEFORE_SMALL_DEAL };
        let freed = freed.into_iter().map(|it| it.code().to_owned()).collect();
        all.push(dated(of(cause).list("former_rules", freed).fen("threshold", threshold)));
    }
    all
}

/// What L05, L17 and L20 would find more of a deal if assets were still what they were.
struct Freed<'a> {
    deal: &'a TransferFacts,
    policy: &'a PolicyValues,
    /// How much each of the rules finds of the deal as it is.
    now: OnceCell<[usize; FREEING.len()]>,
    /// The changes of class or category within the window, the first one first.
    lately: Vec<&'a RestatedFacts>,
    /// What they would find more if all of it were what it was.
    together: OnceCell<Vec<RuleId>>,
}

/// The rules from which a change of class or category frees.
const FREEING: [(RuleId, Finds); 3] =
    [(RuleId::L05, given_away), (RuleId::L17, untraded), (RuleId::L20, below_floor)];

/// How many changes are told apart at most: of more, the deal is looked at once as it was before all of them, so that the time it takes goes
/// with its lots and not with their square.
const TOLD_APART: usize = 8;

impl<'a> Freed<'a> {
    fn of(deal: &'a TransferFacts, policy: &'a PolicyValues) -> Self {
        let is_late = |it: &&RestatedFacts| {
            let ago = it.on.and_then(|on| deal.days_since(on));
            is_relabelled(it) && ago.is_some_and(|it| it <= policy.reclass_window_days)
        };
        let mut lately: Vec<_> = deal.restated.iter().filter(is_late).collect();
        lately.sort_by_key(|it| it.on);
        Self { deal, policy, now: OnceCell::new(), lately, together: OnceCell::new() }
    }

    /// The rules that would find more if an asset were still what it was.
    fn by(&self, it: &RestatedFacts) -> Vec<RuleId> {
        if !is_relabelled(it) {
            Vec::new()
        } else if self.lately.len() > TOLD_APART {
            self.together.get_or_init(|| self.more(&self.lately)).clone()
        } else {
            self.more(&[it])
        }
    }

    fn more(&self, restated: &[&RestatedFacts]) -> Vec<RuleId> {
        let mut as_it_was = self.deal.clone();
        let back = match &mut as_it_was.consideration {
            Consideration::Swap { lots, .. } => lots.as_mut_slice(),
            _ => &mut [],
        };
        // Of an asset that was put right more than once, what was first on record is.
        let mut was = BTreeMap::new();
        for it in restated {
            was.entry(it.asset).or_insert(&it.before);
        }
        for lot in as_it_was.lots.iter_mut().chain(back) {
            if let Some(was) = was.get(&lot.asset.id) {
                lot.asset.class = was.class;
                lot.asset.category.clone_from(&was.category);
            }
        }
        let found = |deal: &TransferFacts| FREEING.map(|(_, find)| find(deal, self.policy).len());
        let (before, now) = (found(&as_it_was), self.now.get_or_init(|| found(self.deal)));
        let more = FREEING.iter().zip(before.iter().zip(now)).filter(|(_, (before, now))| before > now);
        more.map(|((rule, _), _)| *rule).collect()
    }
}

/// Whether an asset was said to be of another class or category.
fn is_relabelled(it: &RestatedFacts) -> bool {
    it.before.class != it.after.class || it.before.category != it.after.category
}

/// What a rule finds of a deal.
type Finds = fn(&TransferFacts, &PolicyValues) -> Vec<Found>;

/// What is said to be there before the funds that made it.
fn made(registration: &RegistrationFacts, _: &PolicyValues) -> Vec<Found> {
    let early = registration.project.filter(|it| it.acquired_on.year() < it.year);
    let found = early.and_then(|it| {
        let not_before = NaiveDate::from_ymd_opt(it.year, 1, 1)?;
        let found = Found::of(ACQUIRED_BEFORE_PROJECT).id("asset", registration.asset.id);
        Some(found.on("acquired", it.acquired_on).on("not_before", not_before))
    });
    found.into_iter().collect()
}

/// The day until which an asset is let, and the last until which it could be as what it was before; none where that is no earlier.
fn let_for_longer(
    deal: &TransferFacts,
    it: &RestatedFacts,
    policy: &PolicyValues,
) -> Option<(NaiveDate, NaiveDate)> {
    if deal.right != RightKind::Management {
        return None;
    }
    let (term, cap) = (deal.term?, |category: &str| term_above_cap::cap_of(category, policy).0);
    let (before, after) = (cap(&it.before.category), cap(&it.after.category));
    let latest = years_after(term.from(), u32::try_from(before).ok()?)?;
    term.to().filter(|until| before < after && *until > latest).map(|until| (until, latest))
}

fn said_anew(alteration: &AlterationFacts, policy: &PolicyValues) -> Vec<Found> {
    let mut all = relabelled(alteration, policy);
    all.extend(alteration.divided.iter().filter(|it| it.public).flat_map(|it| too_cheap(it, policy)));
    all
}

/// The change of class itself.
fn relabelled(alteration: &AlterationFacts, policy: &PolicyValues) -> Vec<Found> {
    let threshold = policy.exchange_required_above_fen;
    let found = alteration.relabelled.iter().filter(|it| it.public && opens_it(it.before, it.after));
    found
        .map(|it| {
            // What is handed out to households is small, and is put right often.
            let is_small =
                it.after == AssetClass::Household && it.cost.is_some_and(|cost| cost.get() <= threshold);
            let found = match is_small {
                true => Found::of(SMALL_CLASS_WOULD_CHANGE).fen("threshold", threshold),
                false => Found::of(CLASS_WOULD_CHANGE),
            };
            found
                .id("asset", it.asset)
                .code("before_class", it.before.code())
                .code("after_class", it.after.code())
        })
        .collect()
}

/// One in so many of an equal part: what a piece of any kind that is worth anything costs.
const TRIFLE: i64 = 10;

/// The pieces that are said to have cost far less than falls to them by their quantity.
fn too_cheap(divided: &Divided, policy: &PolicyValues) -> Vec<Found> {
    // What is counted in one unit is held against each other; of what is not, each piece against an equal part.
    let are_alike = divided.pieces.windows(2).all(|it| matches!(it, [one, next] if one.unit == next.unit));
    let weight = |it: &PieceFacts| whole(if are_alike { it.quantity } else { 1 });
    let together: Exact = divided.pieces.iter().map(weight).sum();
    let cost: Exact = divided.pieces.iter().map(|it| money(it.cost)).sum();
    if together <= whole(0) {
        return Vec::new();
    }
    let found = (1_u32..).zip(&divided.pieces).filter_map(|(piece, it)| {
        let expected = &cost * weight(it) / &together;
        // A shed beside a hall costs less than half of the two; next to nothing it does not cost.
        let is_trifle = money(it.cost) * whole(TRIFLE) < expected;
        let cause = if are_alike && it.of_its_kind || is_trifle {
            COST_AGAINST_QUANTITY
        } else {
            COST_OF_ANOTHER_KIND
        };
        (money(it.cost) < &expected * rate(policy.appraisal_books_floor_bp)).then(|| {
            Found::of(cause)
                .id("asset", divided.asset)
                .count("piece", piece)
                .fen("said", it.cost.get())
                .fen("expected", floored(&expected))
                .bp("books_floor", policy.appraisal_books_floor_bp)
                .at_risk(floored(&(&expected - money(it.cost))))
        })
    });
    found.collect()
}
