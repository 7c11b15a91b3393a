//! What each rule finds and what it leaves alone, by the example of two villages that own a greenhouse
//! together.

mod alterations;
mod appraisals;
mod contracts;
mod cures;
mod dealings;
mod document;
mod endless_leases;
mod exchanges;
mod hands;
mod income;
mod income_ahead;
mod kept;
mod land_mortgaged;
mod late;
mod laws;
mod lessees;
mod lessees_owing;
mod lessees_restricted;
mod new_owners;
mod notices;
mod own_organisations;
mod owners_asked;
mod paid_together;
mod parameters;
mod prices;
mod procedure;
mod proceeds;
mod promised;
mod published_causes;
mod purchases;
mod reclassed;
mod related;
mod rent_agreed;
mod restated;
mod small_disposals;
mod successions;
mod sums_of_shares;
mod surroundings;
mod title;
mod ways_around;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{RULES, RuleId, Severity};
use crate::{
    cases::{
        decision::{DecisionBody, Matter, VillageDecision, Votes},
        policies::values::PolicyValues,
        purpose::Purpose,
    },
    loss::{
        facts::{
            Acquired, AlterationFacts, AppraisalFacts, ArrearsFacts, AssetFacts, Claim, Consideration,
            ContractFacts, DecisionFacts, DisposalFacts, DistributionFacts, Divided, EncumbranceFacts,
            Entered, GrantMade, Granting, Held, IncomeSource, LeaseTerms, LetFacts, LettingFacts, LineFacts,
            Lost, LotFacts, MadeBy, NoticeFacts, PaperNoticeFacts, PartyFacts, Payment, PaymentFacts,
            PieceFacts, ProceedsFacts, Registered, RegistrationFacts, Relabelled, RestatedFacts, SaidOfAsset,
            StruckOff, Tie, TradeFacts, TransferFacts,
        },
        finding::{self, Finding},
    },
    register::codes::{AssetClass, DisposalCause, OfficerPost, PartyKind, RelationKind, RightKind},
    values::{
        Fen, Id, Period, Share,
        id::kind,
        share::{self, Total},
    },
};

fn id<Kind>(number: u128) -> Id<Kind> {
    uuid::Uuid::from_u128(number).into()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn fen(amount: i64) -> Fen {
    Fen::new(amount).unwrap()
}

fn part(text: &str) -> Share {
    text.parse().unwrap()
}

fn total(text: &str) -> Total {
    Total::of(text.parse().unwrap())
}

fn over(from: &str, to: &str) -> Period {
    Period::new(day(from), Some(day(to))).unwrap()
}

fn since(from: &str) -> Period {
    Period::since(day(from))
}

fn party(number: u128, kind: PartyKind) -> PartyFacts {
    PartyFacts { id: id(number), kind, ended_on: None, succeeded_by: None }
}

fn east() -> PartyFacts {
    party(1, PartyKind::VillageCollective)
}

fn west() -> PartyFacts {
    party(2, PartyKind::VillageCollective)
}

fn committee() -> PartyFacts {
    party(3, PartyKind::VillagersCommittee)
}

fn township() -> PartyFacts {
    party(4, PartyKind::TownshipGovernment)
}

fn firm() -> PartyFacts {
    party(5, PartyKind::Enterprise)
}

fn cooperative() -> PartyFacts {
    party(6, PartyKind::Cooperative)
}

fn household() -> PartyFacts {
    party(7, PartyKind::Household)
}

fn person() -> PartyFacts {
    party(8, PartyKind::Person)
}

fn officer() -> PartyFacts {
    party(9, PartyKind::Person)
}

fn appraiser() -> PartyFacts {
    party(10, PartyKind::Enterprise)
}

fn tie(from: PartyFacts, kind: RelationKind, to: PartyFacts) -> Tie {
    Tie { from: from.id, from_kind: from.kind, kind, post: None, share: None, to: to.id, to_kind: to.kind }
}

fn holding(from: PartyFacts, held: &str, to: PartyFacts) -> Tie {
    Tie { share: Some(part(held)), ..tie(from, RelationKind::Shareholder, to) }
}

fn in_office(from: PartyFacts, post: OfficerPost, to: PartyFacts) -> Tie {
    Tie { post: Some(post), ..tie(from, RelationKind::OfficerOf, to) }
}

/// An asset that 1,200,000 yuan were invested in and that is worth 900,000 in the books.
fn greenhouse(number: u128) -> AssetFacts {
    AssetFacts {
        id: id(number),
        class: AssetClass::Operating,
        category: "greenhouse".to_owned(),
        original_value: fen(120_000_000),
        book_value: fen(90_000_000),
        measured_in: None,
    }
}

/// A lot whose giver holds exactly what it gives.
fn lot(asset: u128, from: PartyFacts, to: PartyFacts, given: &str) -> LotFacts {
    let held = share::sum([part(given)]);
    LotFacts {
        asset: greenhouse(asset),
        from,
        to,
        share: part(given),
        held: Held { at_start: held.clone(), least: held },
        holders_after: total("1"),
        rivals: vec![],
        restrictions: vec![],
        owner_consent: None,
        sublease_consent: None,
        earlier_terms: vec![],
        owners: vec![from],
        acquired: vec![],
    }
}

/// An appraisal of 1 June 2026 that nothing is wrong with.
fn appraised(value: i64) -> AppraisalFacts {
    AppraisalFacts {
        appraiser_kind: Some(PartyKind::Enterprise),
        value: fen(value),
        appraised_on: day("2026-06-01"),
        appraiser: appraiser().id,
        signatures: 2,
        document: Some(id(100)),
    }
}

fn decided_by(by: Option<PartyFacts>, body: DecisionBody, votes: [u32; 3]) -> DecisionFacts {
    decided_on("2026-05-20", by, body, votes)
}

fn decided_on(
    on: &str,
    by: Option<PartyFacts>,
    body: DecisionBody,
    [members, attended, in_favour]: [u32; 3],
) -> DecisionFacts {
    let votes = Votes { members, attended, in_favour };
    let decision = VillageDecision::new("/decision", body, day(on), votes, id(101)).unwrap();
    DecisionFacts { by: by.map(|it| it.id), decision }
}

/// A decision of all members that carries anything, of whichever village has to decide.
fn decided() -> Vec<DecisionFacts> {
    vec![decided_by(None, DecisionBody::MembersAssembly, [100, 80, 75])]
}

/// The decisions of both villages, each by all members, which carry anything.
fn both_decided() -> Vec<DecisionFacts> {
    [east(), west()].map(|it| decided_by(Some(it), DecisionBody::MembersAssembly, [100, 80, 75])).to_vec()
}

/// Entered on 15 June 2026, without a word on the day.
fn entered() -> Entered {
    Entered { on: day("2026-06-15"), explained: false, of_its_day: false }
}

/// One village sells the firm its two thirds for what they cost and were appraised at, 800,000 yuan.
fn sale() -> TransferFacts {
    TransferFacts {
        right: RightKind::Ownership,
        lots: vec![lot(1, east(), firm(), "2/3")],
        consideration: Consideration::Price(fen(80_000_000)),
        pay_to: None,
        effective_on: day("2026-07-01"),
        term: None,
        appraisal: Some(appraised(80_000_000)),
        decisions: decided(),
        auctioneer: None,
        ties: vec![],
        ties_today: Vec::new(),
        entered: entered(),
        today: day("2026-06-15"),
        sources: 1,
        arrears: vec![],
        trade: Some(TradeFacts { on: day("2026-06-10"), confirmed: None, used_by: vec![] }),
        nearby: vec![],
        papers_elsewhere: vec![],
        proceeds: vec![],
        proceeds_due_on: None,
        restated: vec![],
        let_already: vec![],
        own_organisations: vec![],
        auction_shown: None,
    }
}

/// The same amount at the end of each year of a term, and at the end of what remains of it.
fn at_ends_of_years(amount: i64, from: &str, to: &str) -> Consideration {
    let (from, to) = (day(from), day(to));
    let ends = (1..).map(|count| from.checked_add_months(chrono::Months::new(12 * count)).unwrap());
    let mut payments: Vec<_> =
        ends.take_while(|end| *end < to).map(|due_on| Payment { due_on, amount: fen(amount) }).collect();
    payments.push(Payment { due_on: to, amount: fen(amount) });
    Consideration::Rent(payments)
}

/// Amounts that all fall due on the first day.
fn at_once(amounts: impl IntoIterator<Item = i64>) -> Consideration {
    let payment = |amount| Payment { due_on: day("2026-07-01"), amount: fen(amount) };
    Consideration::Rent(amounts.into_iter().map(payment).collect())
}

/// Both villages let the whole to the firm, for five years of exactly the least rent: 72,000 yuan each.
fn lease() -> TransferFacts {
    TransferFacts {
        right: RightKind::Management,
        lots: vec![lot(1, east(), firm(), "2/3"), lot(1, west(), firm(), "1/3")],
        consideration: at_ends_of_years(7_200_000, "2026-07-01", "2031-07-01"),
        appraisal: None,
        decisions: both_decided(),
        ..for_term(sale(), "2026-07-01", "2031-07-01")
    }
}

/// A contract by which one village lets a greenhouse of its own to the firm, which has the management of it, for five years of exactly
/// the least rent.
fn contract() -> ContractFacts {
    let Consideration::Rent(rent) = at_ends_of_years(7_200_000, "2026-07-01", "2031-07-01") else {
        unreachable!("it is a rent")
    };
    let let_whole = LetFacts {
        asset: id(1),
        category: "greenhouse".to_owned(),
        cost: fen(120_000_000),
        share: Share::WHOLE,
    };
    ContractFacts {
        terms: LeaseTerms {
            lessor: east(),
            lessee: firm(),
            lets: vec![let_whole],
            rent,
            term: over("2026-07-01", "2031-07-01"),
            lengthened: true,
            appraised: None,
        },
        lets: vec![letting()],
        restrictions: vec![],
        ties: vec![],
        decisions: decided(),
        owner_consent: None,
        entered: entered(),
        papers_elsewhere: vec![],
    }
}

/// A greenhouse of which the firm has all the management.
fn letting() -> LettingFacts {
    LettingFacts {
        asset: id(1),
        registered: Registered::Within,
        granted: total("1"),
        left: total("0"),
        rented: false,
        others: vec![],
    }
}

fn for_term(deal: TransferFacts, from: &str, to: &str) -> TransferFacts {
    TransferFacts { effective_on: day(from), term: Some(over(from, to)), ..deal }
}

fn given_by(giver: PartyFacts, mut deal: TransferFacts) -> TransferFacts {
    for lot in &mut deal.lots {
        lot.from = giver;
        lot.owner_consent = Some(id(102));
    }
    deal
}

fn swapped(given: Vec<LotFacts>, back: Vec<LotFacts>) -> TransferFacts {
    TransferFacts {
        lots: given,
        consideration: Consideration::Swap { lots: back, appraised: None, appraisal: None },
        appraisal: None,
        ..sale()
    }
}

fn claim(right: RightKind, holder: PartyFacts, claimed: &str) -> Claim {
    Claim { right, holder, share: part(claimed) }
}

/// Two villages have what they own together confirmed.
fn registration() -> RegistrationFacts {
    registered(&[claim(RightKind::Ownership, east(), "2/3"), claim(RightKind::Ownership, west(), "1/3")])
}

fn registered(claims: &[Claim]) -> RegistrationFacts {
    RegistrationFacts {
        effective_on: day("2026-07-01"),
        rebound: Vec::new(),
        overdue_given_up: Vec::new(),
        ended_early: Vec::new(),
        replaced: Vec::new(),
        later_rent: Vec::new(),
        arrears: Vec::new(),
        asset: greenhouse(1),
        claims: claims.to_vec(),
        grants: vec![],
        ties: vec![],
        restrictions: Vec::new(),
        standing: vec![],
        owners_since: vec![],
        owner_consent: None,
        entered: entered(),
        decisions: decided(),
        sources: 1,
        own_organisations: vec![],
        project: None,
    }
}

fn line(party: PartyFacts, purpose: Purpose, amount: i64) -> LineFacts {
    LineFacts { party, account_owner: party.id, purpose, amount: fen(amount), use_code: None }
}

/// A village distributes everything that it received and has not kept back: 70,000 yuan.
fn distribution() -> DistributionFacts {
    DistributionFacts {
        sources: vec![IncomeSource { asset: greenhouse(1), owners: vec![east()], owner_consent: None }],
        received: fen(10_000_000),
        reserved: fen(3_000_000),
        reserved_by: Vec::new(),
        lines: vec![
            line(east(), Purpose::VillagePublicWelfare, 3_000_000),
            line(household(), Purpose::PublicPosts, 4_000_000),
        ],
        decisions: decided(),
        today: day("2026-06-15"),
    }
}

/// The lease of a firm ends before its term, and the village has the management again.
fn termination() -> AlterationFacts {
    AlterationFacts {
        effective_on: day("2026-07-01"),
        entered: entered(),
        matter: Matter::Lease,
        concerned: vec![east(), firm()],
        lost: vec![Lost { asset: id(1), claim: claim(RightKind::Management, firm(), "1"), rivals: vec![] }],
        owner_consent: None,
        restrictions: vec![],
        decisions: decided(),
        disposal: None,
        eased: None,
        reclassed: Vec::new(),
        rebound: Vec::new(),
        given_up: None,
        overdue_given_up: Vec::new(),
        sources: Some(1),
        relabelled: None,
        divided: None,
        ended_early: Vec::new(),
        replaced: Vec::new(),
        later_rent: Vec::new(),
        own_organisations: Vec::new(),
        restated: Vec::new(),
        struck_off: None,
    }
}

/// A greenhouse that should have served for fifteen more years is lost in a flood, and there is a proof of
/// it.
fn disposal() -> AlterationFacts {
    AlterationFacts {
        matter: Matter::Disposal,
        concerned: vec![east(), west()],
        decisions: both_decided(),
        lost: vec![
            Lost { asset: id(1), claim: claim(RightKind::Ownership, east(), "2/3"), rivals: vec![] },
            Lost { asset: id(1), claim: claim(RightKind::Ownership, west(), "1/3"), rivals: vec![] },
        ],
        disposal: Some(DisposalFacts {
            asset: greenhouse(1),
            cause: DisposalCause::NaturalDisaster,
            serves_until: Some(day("2041-07-01")),
            report: Some(id(104)),
            way: None,
            evidence: vec![],
            of_several_kinds: vec![],
            replaced_by: None,
            until: None,
            proceeds: None,
            payer: None,
            proceeds_due_on: None,
        }),
        ..termination()
    }
}

/// The facts of any kind of act.
#[derive(Debug, Clone)]
enum Facts {
    Transfer(TransferFacts),
    Registration(RegistrationFacts),
    Distribution(DistributionFacts),
    Alteration(Box<AlterationFacts>),
    Contract(ContractFacts),
    Notice(NoticeFacts),
    Encumbrance(EncumbranceFacts),
    Payment(PaymentFacts),
}

impl From<NoticeFacts> for Facts {
    fn from(it: NoticeFacts) -> Self {
        Self::Notice(it)
    }
}

impl From<EncumbranceFacts> for Facts {
    fn from(it: EncumbranceFacts) -> Self {
        Self::Encumbrance(it)
    }
}

impl From<PaymentFacts> for Facts {
    fn from(it: PaymentFacts) -> Self {
        Self::Payment(it)
    }
}

impl From<ContractFacts> for Facts {
    fn from(it: ContractFacts) -> Self {
        Self::Contract(it)
    }
}

impl From<AlterationFacts> for Facts {
    fn from(it: AlterationFacts) -> Self {
        Self::Alteration(Box::new(it))
    }
}

impl From<TransferFacts> for Facts {
    fn from(it: TransferFacts) -> Self {
        Self::Transfer(it)
    }
}

impl From<RegistrationFacts> for Facts {
    fn from(it: RegistrationFacts) -> Self {
        Self::Registration(it)
    }
}

impl From<DistributionFacts> for Facts {
    fn from(it: DistributionFacts) -> Self {
        Self::Distribution(it)
    }
}

/// A finding that a test expects, with those of its figures that matter; its lot is among them, as `lot`, and the money at risk, as
/// `at_risk_fen`.
#[derive(Debug, Clone)]
struct Expected {
    severity: Severity,
    cause: &'static str,
    figures: Value,
}

fn blocks(cause: &'static str, figures: Value) -> Expected {
    Expected { severity: Severity::Block, cause, figures }
}

fn warns(cause: &'static str, figures: Value) -> Expected {
    Expected { severity: Severity::Warn, cause, figures }
}

fn escalates(cause: &'static str, figures: Value) -> Expected {
    Expected { severity: Severity::Escalate, cause, figures }
}

fn found_by(rule: RuleId, facts: &Facts, policy: &PolicyValues) -> Vec<Finding> {
    let rule = rule.rule();
    match facts {
        Facts::Transfer(it) => finding::check_by(rule, it, policy),
        Facts::Registration(it) => finding::check_by(rule, it, policy),
        Facts::Distribution(it) => finding::check_by(rule, it, policy),
        Facts::Alteration(it) => finding::check_by(rule, it.as_ref(), policy),
        Facts::Contract(it) => finding::check_by(rule, it, policy),
        Facts::Notice(it) => finding::check_by(rule, it, policy),
        Facts::Encumbrance(it) => finding::check_by(rule, it, policy),
        Facts::Payment(it) => finding::check_by(rule, it, policy),
    }
}

fn findings(facts: &Facts, policy: &PolicyValues) -> Vec<Finding> {
    match facts {
        Facts::Transfer(it) => finding::check(it, policy),
        Facts::Registration(it) => finding::check(it, policy),
        Facts::Distribution(it) => finding::check(it, policy),
        Facts::Alteration(it) => finding::check(it.as_ref(), policy),
        Facts::Contract(it) => finding::check(it, policy),
        Facts::Notice(it) => finding::check(it, policy),
        Facts::Encumbrance(it) => finding::check(it, policy),
        Facts::Payment(it) => finding::check(it, policy),
    }
}

/// Under the national numbers, the rule finds just this.
#[track_caller]
fn check(rule: RuleId, facts: impl Into<Facts>, expected: &[Expected]) {
    check_under(&PolicyValues::national(), rule, facts, expected);
}

#[track_caller]
fn check_under(policy: &PolicyValues, rule: RuleId, facts: impl Into<Facts>, expected: &[Expected]) {
    let found = found_by(rule, &facts.into(), policy);

    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!((found.rule, found.cause.code, found.severity), (rule, expected.cause, expected.severity));
        let mut figures = json!(found.figures);
        figures["lot"] = json!(found.lot);
        figures["at_risk_fen"] = json!(found.at_risk_fen);
        for (name, figure) in expected.figures.as_object().unwrap() {
            assert_eq!(figures.get(name), Some(figure), "{name} of {found:#?}");
        }
    }
}

#[track_caller]
fn leaves_alone(rule: RuleId, facts: impl Into<Facts>) {
    check(rule, facts, &[]);
}

#[test]
fn every_rule_is_run_once() {
    let run: Vec<_> = RULES.iter().map(|it| it.id).collect();

    assert_eq!(run, RuleId::ALL);
    assert!(RuleId::ALL.iter().all(|it| it.to_string() == it.code()));
}

#[test]
fn sound_acts_pass_every_rule() {
    let sound: [Facts; 7] = [
        sale().into(),
        lease().into(),
        registration().into(),
        distribution().into(),
        termination().into(),
        disposal().into(),
        contract().into(),
    ];
    for facts in sound {
        assert_eq!(findings(&facts, &PolicyValues::national()), []);
    }
}

#[test]
fn what_several_rules_find_is_reported_in_the_order_of_the_rules() {
    let mut deal = TransferFacts { consideration: Consideration::Price(fen(1)), decisions: vec![], ..sale() };
    deal.lots[0].held.least = total("0");

    let found: Vec<_> = findings(&deal.into(), &PolicyValues::national()).iter().map(|it| it.rule).collect();

    assert_eq!(found, [RuleId::L01, RuleId::L10, RuleId::L15]);
}
