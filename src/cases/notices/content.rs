//! What a notice says: to everybody who passes by, with persons named so that only those who know them do.
//!
//! It is stored in canonical form (RFC 8785), which is what hung; what is added to it later, old ones do not have.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    cases::{CaseKind, decision::DecisionBody, purpose::Purpose},
    register::{
        assets::AssetStatus,
        codes::{AssetClass, DisposalCause, DisposalWay, PartyKind, RightKind},
    },
    values::{Fen, Id, Period, RegionCode, Share, closed_enum, id::kind},
};

/// The form in which this release writes notices. A field that is added begins a new form.
pub const FORM: u8 = 3;

/// A text in the two languages of the registry.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeText {
    /// In Chinese.
    #[schema(example = "资产权利流转公示")]
    pub zh: String,
    /// In English.
    #[schema(example = "Notice of a transfer of rights")]
    pub en: String,
}

/// What a notice says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticeContent {
    /// The form in which it is written. Before there were forms, notices said less; from then on, what a notice of the present
    /// form does not say was not so when it was posted.
    #[schema(required = false, minimum = 2, example = 3)]
    pub form: u8,
    /// What the case is about.
    pub case_kind: CaseKind,
    /// What the notice is headed by.
    pub title: NoticeText,
    /// The whole of it, as it is read on the wall: a paragraph a line.
    pub text: NoticeText,
    /// Where it hangs.
    pub region: NoticedRegion,
    /// What it is about.
    pub assets: Vec<NoticedAsset>,
    /// Which rights would move, begin or end; empty where none does.
    pub rights: Vec<NoticedRight>,
    /// The day from which it would work.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2025-07-01")]
    pub effective_on: Option<NaiveDate>,
    /// The days for which it would: the term of a lease, the period of a distribution.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub period: Option<Period>,
    /// Why it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "原登记份额录入有误")]
    pub reason: Option<String>,
    /// What is given for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consideration: Option<NoticedConsideration>,
    /// The appraisal of what is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub appraisal: Option<NoticedAppraisal>,
    /// Who auctions what is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub auctioneer: Option<NoticedParty>,
    /// The trade on a property exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub exchange: Option<NoticedExchange>,
    /// What the village decided.
    pub decisions: Vec<NoticedDecision>,
    /// What would become of the assets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub alteration: Option<NoticedAlteration>,
    /// What should have been recorded, a sentence for each thing that was recorded wrongly.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amended: Vec<NoticeText>,
    /// The parties that those sentences name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub mentioned: Vec<NoticedParty>,
    /// The income that would be distributed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub income: Option<NoticedIncome>,
    /// How, where and until when to object.
    pub objections: NoticedObjections,
}

/// Where a notice hangs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedRegion {
    /// The code of the region.
    pub code: RegionCode,
    /// Its name.
    #[schema(example = "东村")]
    pub name: String,
}

/// An asset, as a notice names it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedAsset {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id<kind::Asset>,
    /// The number under which people know it.
    #[schema(example = "130828101-2026-7C1EX-2F6C8")]
    pub registry_number: String,
    /// Its name.
    #[schema(example = "日光温室大棚")]
    pub name: String,
    /// What it is for.
    pub class: AssetClass,
    /// What kind of thing it is.
    #[schema(example = "greenhouse")]
    pub category: String,
    /// How it is used.
    pub status: AssetStatus,
    /// Where it is.
    pub region: NoticedRegion,
    /// Where exactly; not said of what belongs to a household.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "村西 2 号地块")]
    pub location: Option<String>,
    /// How much of it there is.
    #[schema(example = "3.5")]
    pub quantity: String,
    /// In what unit.
    #[schema(example = "亩")]
    pub unit: String,
    /// What it cost.
    pub original_value_fen: Fen,
    /// What it is worth in the books on the day of posting.
    pub book_value_fen: Fen,
    /// The day on which it was acquired.
    #[schema(example = "2021-07-01")]
    pub acquired_on: NaiveDate,
    /// The project that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub project: Option<NoticedProject>,
}

/// A project, as a notice names it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedProject {
    /// Its code in the project library.
    #[schema(example = "WC-2021-07")]
    pub code: String,
    /// Its name.
    #[schema(example = "设施蔬菜大棚项目")]
    pub name: String,
    /// The year of its funds.
    #[schema(example = 2021)]
    pub year: i32,
    /// All its money.
    pub funding_fen: Fen,
}

/// A party, as a notice names it: an organisation in full, a person or a household by the surname alone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedParty {
    /// The party; absent for a person or a household.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<uuid::Uuid>)]
    pub id: Option<Id<kind::Party>>,
    /// What it is.
    pub kind: PartyKind,
    /// Its name; of a person the surname and a star.
    #[schema(example = "东村股份经济合作社")]
    pub name: String,
}

/// A share of a right that moves, begins or ends.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedRight {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    pub asset_id: Id<kind::Asset>,
    /// Which of the three rights.
    pub right: RightKind,
    /// Who gives it or loses it; absent where it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub from: Option<NoticedParty>,
    /// Who receives it; absent where it ends, or rests with all owners again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<NoticedParty>,
    /// How much of the whole right.
    pub share: Share,
    /// The day from which it moves, where that is not the day from which the act works.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2022-08-01")]
    pub since: Option<NaiveDate>,
    /// Who lets it, where that is a lease which stands when the asset is registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lessor: Option<NoticedParty>,
    /// For how long it was granted, where that is a lease which stands when the asset is registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub term: Option<Period>,
    /// What falls due for it, in the order of the days.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rent: Vec<NoticedDue>,
}

closed_enum! {
    /// In what form something is given.
    pub enum ConsiderationKind {
        /// A sum of money.
        Price = "price",
        /// Payments over time.
        Rent = "rent",
        /// The same right in other assets.
        Swap = "swap",
        /// Nothing.
        Nothing = "none",
    }
}

/// What is given.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedConsideration {
    /// In what form.
    pub kind: ConsiderationKind,
    /// All of it in money: the price, all payments together, or the appraised value of what comes back in a swap.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub amount_fen: Option<Fen>,
    /// The payments, in the order in which they fall due.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schedule: Vec<NoticedDue>,
    /// Whom it is paid to, where that is not who gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pay_to: Option<NoticedParty>,
}

/// A payment that falls due.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedDue {
    /// The day on which it falls due.
    #[schema(example = "2025-07-01")]
    pub due_on: NaiveDate,
    /// How much.
    pub amount_fen: Fen,
}

/// An appraisal.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedAppraisal {
    /// What it came to.
    pub value_fen: Fen,
    /// The day of which it speaks.
    #[schema(example = "2025-06-01")]
    pub appraised_on: NaiveDate,
    /// Who appraised.
    pub appraiser: NoticedParty,
}

/// A trade on a property exchange.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedExchange {
    /// The exchange.
    #[schema(example = "县农村产权交易中心")]
    pub platform: String,
    /// The reference of the trade there.
    #[schema(example = "WC-2025-031")]
    pub reference: String,
    /// The day of the trade.
    #[schema(example = "2025-06-20")]
    pub traded_on: NaiveDate,
}

/// What the village decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedDecision {
    /// The collective that decided; absent where the decision does not say it and several had to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub by: Option<NoticedParty>,
    /// The collectives for which it is taken, where it does not say whose it is and there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub taken_for: Vec<NoticedParty>,
    /// The body that decided.
    pub body: DecisionBody,
    /// The day of the decision.
    #[schema(example = "2025-06-20")]
    pub decided_on: NaiveDate,
    /// All who belong to the body.
    #[schema(example = 100)]
    pub members: u32,
    /// How many of them attended.
    #[schema(example = 80)]
    pub attended: u32,
    /// How many of those were in favour.
    #[schema(example = 75)]
    pub in_favour: u32,
}

closed_enum! {
    /// What would become of a grant or of an asset.
    pub enum NoticedFate {
        /// A grant ends before its term.
        Termination = "termination",
        /// A grant is given for a further term.
        Renewal = "renewal",
        /// An asset is divided into parts.
        Division = "division",
        /// Assets become one.
        Merger = "merger",
        /// An asset comes to an end.
        Disposal = "disposal",
        /// A disposal is undone.
        Restoration = "restoration",
    }
}

/// What would become of assets.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedAlteration {
    /// What.
    pub kind: NoticedFate,
    /// Why an asset is disposed of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cause: Option<DisposalCause>,
    /// In what way, where that was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub way: Option<DisposalWay>,
    /// The first day on which an asset is used again that is not used for some time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub until: Option<NaiveDate>,
    /// What comes of a disposal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub proceeds_fen: Option<Fen>,
    /// What the assets become: the parts of a division, the whole of a merger.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub becomes: Vec<NoticedPart>,
    /// The rent that fell due before the alteration was entered and would be owed no longer, by contract; what came in of it would be owed back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub rent_given_up: Vec<NoticedGivenUp>,
}

/// Rent under a contract that would be owed no longer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedGivenUp {
    /// The contract.
    #[schema(value_type = uuid::Uuid)]
    pub contract_id: Id<kind::Contract>,
    /// Who owes it.
    pub lessee: NoticedParty,
    /// How much.
    pub amount_fen: Fen,
}

/// What an asset becomes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedPart {
    /// Its name.
    #[schema(example = "一号摊位")]
    pub name: String,
    /// How much of it there is.
    #[schema(example = "12")]
    pub quantity: String,
    /// In what unit.
    #[schema(example = "平方米")]
    pub unit: String,
    /// What of the cost falls to it.
    pub original_value_fen: Fen,
}

/// Income that would be distributed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedIncome {
    /// What was received in the period and would be distributed.
    pub amount_fen: Fen,
    /// Of which asset how much.
    pub sources: Vec<NoticedSource>,
    /// Who would get how much of it, and for what; the lines sum to the amount.
    pub lines: Vec<NoticedLine>,
}

/// The income of an asset.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedSource {
    /// The asset.
    #[schema(value_type = uuid::Uuid)]
    pub asset_id: Id<kind::Asset>,
    /// How much of what is distributed it brought.
    pub amount_fen: Fen,
}

/// What somebody would get.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedLine {
    /// Who.
    pub party: NoticedParty,
    /// For what.
    pub purpose: Purpose,
    /// How much.
    pub amount_fen: Fen,
    /// In whose place, where those to whom it was due have ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub successor_of: Vec<NoticedParty>,
}

/// How, where and until when to object.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoticedObjections {
    /// The day of posting.
    #[schema(example = "2026-11-28")]
    pub opened_on: NaiveDate,
    /// The last day, which counts until 24:00; absent where the notice may come down at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-12-08")]
    pub last_day: Option<NaiveDate>,
    /// The first day on which the notice may come down.
    #[schema(example = "2026-12-09")]
    pub due_on: NaiveDate,
    /// Where an objection is sent to, by anybody, without a token (`POST`).
    #[schema(example = "/v1/notices/0197c8a1-2b3c-7d4e-8f50-6172839405a6/objections")]
    pub path: String,
    /// The complaint line of the State's rural-affairs offices.
    #[schema(example = "12317")]
    pub telephone: String,
}
