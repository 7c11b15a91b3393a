//! The numbers of a region's rules: the national default, what a region puts in its place, and the one that applies.
//!
//! Money is in fen, rates in basis points (1/10000), time in days or years. Storing versions and finding those in force
//! is left to the policies of this room.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cases::{
    decision::Quorum,
    notices::DayCount,
    purpose::{Purpose, UseOfIncome},
};
use crate::values::{Fault, Reason, RegionCode, Share, UseCode, period::calendar_day};

/// What no policy refuses as too much for one receipt, in fen: the least that a region can set as its ceiling.
pub const NEVER_ABOVE_CEILING_FEN: i64 = 100_000_000;

/// The whole, in basis points.
pub const WHOLE_BP: i64 = 10_000;

/// The version of the national default. It goes up whenever a default below changes, so that a decision names the
/// numbers that it was made with.
pub const NATIONAL_VERSION: i64 = 3;

/// What a key means, and its bounds, as they stand with it.
pub(super) struct Documented {
    pub(super) key: &'static str,
    pub(super) about: &'static str,
    pub(super) bounds: Option<(i64, i64)>,
}

/// Declares each key of a policy once: its meaning, its bounds, its national default.
macro_rules! policy_keys {
    (
        numbers { $($(#[doc = $ndoc:literal])+ $number:ident: $min:tt to $max:tt, default $value:tt;)+ }
        others { $($(#[doc = $odoc:literal])+ $(#[schema($($extra:tt)+)])? $other:ident: $type:ty $(as $schema:ty)?, default $default:expr;)+ }
    ) => {
        /// A full set of a region's numbers.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
        pub struct PolicyValues {
            $($(#[doc = $ndoc])+ #[schema(minimum = $min, maximum = $max, example = $value)] pub $number: i64,)+
            $($(#[doc = $odoc])+ $(#[schema($($extra)+)])? $(#[schema(value_type = $schema)])? pub $other: $type,)+
        }

        /// What one region puts in the place of the wider region's numbers; a key that is absent leaves them.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct PolicyOverrides {
            $($(#[doc = $ndoc])+ #[serde(skip_serializing_if = "Option::is_none")]
              #[schema(minimum = $min, maximum = $max, example = $value)] pub $number: Option<i64>,)+
            $($(#[doc = $odoc])+ $(#[schema($($extra)+)])? #[serde(skip_serializing_if = "Option::is_none")]
              $(#[schema(value_type = Option<$schema>)])? pub $other: Option<$type>,)+
        }

        /// The name of each key, in the order of the interface.
        pub const POLICY_KEYS: &[&str] = &[$(stringify!($number),)+ $(stringify!($other),)+];

        /// Each key with what it means and its bounds, in the order of the interface.
        pub(super) const DOCUMENTED: &[Documented] = &[
            $(Documented { key: stringify!($number), about: concat!($($ndoc),+), bounds: Some(($min, $max)) },)+
            $(Documented { key: stringify!($other), about: concat!($($odoc),+), bounds: None },)+
        ];

        impl PolicyValues {
            /// The default that the registry ships, where no region has set a number of its own.
            pub fn national() -> Self {
                Self { $($number: $value,)+ $($other: $default,)+ }
            }
        }

        impl PolicyOverrides {
            fn number_faults(&self) -> Vec<Fault> {
                let mut faults = Vec::new();
                $(faults.extend(self.$number.and_then(|it| out_of_bounds(key(stringify!($number)), it, $min, $max)));)+
                faults
            }

            fn override_in(&self, effective: &mut Effective, source: Source) {
                $(if let Some(value) = self.$number {
                    effective.values.$number = value;
                    effective.sources.insert(stringify!($number), source);
                })+
                $(if let Some(value) = &self.$other {
                    effective.values.$other = value.clone();
                    effective.sources.insert(stringify!($other), source);
                })+
            }
        }
    };
}

policy_keys! {
    numbers {
        /// Days that a public notice hangs: see `notice_day_count` for how they are counted. Ten is the length met most often
        /// in published notices (永吉, 满城, 涵江); collective appraisals hang 15 days in 浙江.
        notice_days: 0 to 365, default 10;
        /// Longest term of a lease, in calendar years. 民法典 art. 705 makes twenty the ceiling: a region can only go below.
        lease_term_cap_years: 1 to 20, default 20;
        /// Longest term of contracted arable land, in calendar years, and of contracted land that says nothing of its kind. 民法典
        /// art. 332 makes thirty the ceiling: a region can only go below.
        arable_land_term_cap_years: 1 to 30, default 30;
        /// Longest term of contracted grassland, in calendar years: fifty by 民法典 art. 332, or less.
        grassland_term_cap_years: 1 to 50, default 50;
        /// Longest term of contracted forest land, in calendar years: seventy by 民法典 art. 332, or less.
        forest_land_term_cap_years: 1 to 70, default 70;
        /// Years beyond which the county looks at a lease of what the state or a collective owns, land apart. Twenty, at which the
        /// law ends every lease, asks for nothing more than the law; a county that wants to see longer ones sets less.
        lease_term_county_years: 1 to 20, default 20;
        /// Least rent of a year, in basis points of the money invested: 6 % as in 满城 and 清河; 5 to 10 % are met.
        rent_floor_bp: 0 to 10000, default 600;
        /// Least rent, in basis points of the appraised or comparable rent.
        rent_comparable_floor_bp: 0 to 10000, default 8000;
        /// Least price, in basis points of the appraisal: below nine tenths a sale of state property is suspended.
        price_floor_bp: 0 to 10000, default 9000;
        /// The price that nobody may agree to, in basis points of the appraisal: below half of it a sale is refused, whoever approves.
        price_block_bp: 0 to 10000, default 5000;
        /// The appraisal that the county must look at, in basis points of the book value: below half of what stands in the books.
        appraisal_books_floor_bp: 0 to 10000, default 5000;
        /// Interest of a year, in basis points, by which money that comes later is worth less. 3 % is what banks asked of their best
        /// debtors for a year in 2025 (LPR).
        discount_rate_bp: 0 to 10000, default 300;
        /// Years of income that may be given for money ahead without the county: what comes later belongs to those who come later.
        income_sale_years: 0 to 70, default 3;
        /// Days that an appraisal is good for, from the day it speaks of: a year by professional practice.
        appraisal_validity_days: 1 to 3650, default 365;
        /// Value in fen above which ownership that the state or a collective sells must be appraised. The default is any
        /// value: neither 国有资产评估管理办法 art. 3 nor 浙江省农村集体资产管理条例 art. 36 knows a sale too small for it.
        appraisal_required_above_fen: 0 to 9_007_199_254_740_991_i64, default 0;
        /// Least number of appraisers who signed: two by 资产评估法 art. 28, which a region can only exceed.
        appraisal_signatures_min: 2 to 10, default 2;
        /// How much less a swap may bring than it gives, in basis points of what it gives. The counterpart of the price
        /// floor: nine tenths must come back.
        swap_tolerance_bp: 0 to 10000, default 1000;
        /// Value in fen above which a case needs the county's approval. The default is any value.
        county_approval_above_fen: 0 to 9_007_199_254_740_991_i64, default 0;
        /// Value in fen above which a deal must go through a property exchange: 200,000 yuan as in 介政办发〔2020〕27号. L02, L15, L35,
        /// L46, L47 and L49 take it for the line between what is small and what is large as well, and L08 for what deals are split below.
        exchange_required_above_fen: 0 to 9_007_199_254_740_991_i64, default 20000000;
        /// The most, in fen, that is taken for one receipt: what is typed above it is a slip of the pen. A hundred million yuan
        /// is more than any such asset earns at once; a county with larger ones sets more.
        receipt_ceiling_fen: 100_000_000 to 10_000_000_000_000_i64, default 10_000_000_000_i64;
        /// Days after which unpaid rent is a warning.
        arrears_warn_days: 0 to 3650, default 30;
        /// Days after which unpaid rent goes to the county.
        arrears_escalate_days: 0 to 3650, default 180;
        /// Days without use or operator after which an asset counts as idle.
        idle_warn_days: 0 to 3650, default 180;
        /// Days within which deals with the same party are added up.
        structuring_window_days: 0 to 3650, default 365;
        /// Days within which an asset that is sold on counts as flipped.
        flip_window_days: 0 to 3650, default 730;
        /// What a right may be given on for within these days, in basis points of what was paid to the state or the collective for
        /// it: a fifth more is what work of one's own may have added.
        flip_ratio_bp: 10000 to 1000000, default 12000;
        /// Days for which a decision of the village carries an act by the law of its own day alone: one that takes effect later after
        /// it must be carried by the law of that day as well. Two years: a village that lets what is being built decides a year ahead.
        decision_validity_days: 1 to 36500, default 730;
        /// Least number of people who belong to a body that decides. Below it the county looks whether it is all of them. Delegates
        /// are more than twenty by 农村集体经济组织法 art. 28, and they stand for more members than there are of them.
        assembly_members_floor: 1 to 10000, default 21;
        /// Days within which an act is entered. What is entered later says why, or goes to the county for that. A quarter: what
        /// a village does is made public at least each quarter (村民委员会组织法 art. 30).
        late_entry_days: 0 to 3650, default 90;
        /// Days after the act within which the price of what the state or a collective sold, or what a disposal brought, falls due where
        /// no other day is agreed. No text sets one for villages; what state enterprises sell is paid within five working days
        /// (企业国有资产交易监督管理办法 art. 28), and a month leaves room for a bank.
        proceeds_due_days: 0 to 3650, default 30;
        /// Days after which a price that did not come in stands in the way of another deal between the same two: as for rent.
        proceeds_warn_days: 0 to 3650, default 30;
        /// Days within which what was said otherwise of an asset, its class, its value or its category, is held against a deal about
        /// it: two years, as for what is sold on.
        reclass_window_days: 0 to 3650, default 730;
        /// Days within which a public-welfare asset must have somebody who keeps it in repair.
        responsible_body_within_days: 0 to 3650, default 30;
        /// The greatest part of what a village distributes that goes to its members as such without the county, in basis points.
        /// Seventy hundredths are the most that was met in published plans (灵台县柳家铺, up to June 2019); 国办函〔2021〕51号 forbids to
        /// hand out all of it.
        members_share_max_bp: 0 to 10000, default 7000;
        /// Steps over which parties count as related to each other, through whomever they go: four lead from an officer over kin
        /// and a company of theirs to what that controls. Those from a village to its own officers are not counted.
        related_party_depth: 1 to 8, default 4;
    }
    others {
        /// How the days of a public notice are counted. By 民法典 art. 201 the day of posting does not count; some counties
        /// count both the first and the last day (永吉: ten days from 22 to 31 January).
        notice_day_count: DayCount, default DayCount::AfterPosting;
        /// Days of rest, on which no notice ends: one that would end on such a day ends on the first day after it that is
        /// none (民法典 art. 203). They are declared each year anew, so the registry knows none by itself; 1000 at most.
        #[schema(max_items = 1000)]
        rest_days: Vec<NaiveDate>, default Vec::new();
        /// Whether an objection must say how to reach whoever raises it. Where it need not, anybody may object and name nobody.
        #[schema(example = false)]
        objection_contact_required: bool, default false;
        /// Part of all members that must attend their assembly: two thirds by 农村集体经济组织法 art. 27, or more.
        decision_attendance: Share, default two_thirds();
        /// Part of all members or delegates that must be in favour: two thirds by arts. 27 and 28 of that law, or more.
        decision_approval: Share, default two_thirds();
        /// Least and greatest part of distributed income for each use. No national figure exists (the 60 % that is often
        /// quoted stands in no national text), so the default binds nobody.
        uses: BTreeMap<Purpose, UseBounds> as BTreeMap<UseOfIncome, UseBounds>, default BTreeMap::new();
        /// What is set aside from income before it is distributed, in this order. No national figure exists either.
        set_asides: Vec<SetAside>, default Vec::new();
        /// Codes of uses that income must never be put to: small letters and underscores, 2 to 64 of them.
        forbidden_uses: Vec<String> as Vec<UseCode>, default FORBIDDEN_USES.iter().map(|(code, ..)| (*code).to_owned()).collect();
    }
}

/// The uses that township measures and the 2023 notice of 涵江 forbid: each with what it is called in Chinese and in English.
pub const FORBIDDEN_USES: &[(&str, &str, &str)] = &[
    ("village_running_expenses", "村级办公经费", "running expenses of the village"),
    ("vehicles_and_phones", "购买交通工具、通讯设备", "vehicles and telephones"),
    ("allowances_and_welfare", "发放津补贴、福利", "allowances and welfare of officials"),
    ("covering_losses_and_debts", "弥补亏损、偿还债务", "covering losses and debts"),
    ("office_buildings", "修建楼堂馆所", "office buildings"),
    ("large_infrastructure", "大型基础设施建设", "large infrastructure"),
    (
        "environmental_breach",
        "违反生态环境保护规定的项目",
        "projects against the protection of the environment",
    ),
    ("farmland_breach", "违反耕地保护规定的项目", "projects against the protection of farmland"),
];

/// The least and the greatest part of income that one use may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UseBounds {
    /// Least part, in basis points.
    #[schema(minimum = 0, maximum = 10000, example = 1000)]
    pub min_bp: i64,
    /// Greatest part, in basis points.
    #[schema(minimum = 0, maximum = 10000, example = 3000)]
    pub max_bp: i64,
}

impl Default for UseBounds {
    /// Bounds that bind nobody.
    fn default() -> Self {
        Self { min_bp: 0, max_bp: WHOLE_BP }
    }
}

/// A part of income that is set aside before the rest is distributed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAside {
    /// What it is set aside for.
    #[schema(value_type = UseOfIncome)]
    pub purpose: Purpose,
    /// The part, in basis points of the income.
    #[schema(minimum = 1, maximum = 10000, example = 500)]
    pub bp: i64,
}

/// Where a number comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Source {
    /// The region that set it; none for the national default.
    pub region_code: Option<RegionCode>,
    /// The version of that region's policy.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.region_code {
            Some(region) => write!(f, "{}@{}", region.as_str(), self.version),
            None => write!(f, "national@{}", self.version),
        }
    }
}

/// One region's version of its numbers, in force on the day in question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The region that set it.
    pub region_code: RegionCode,
    /// The version.
    pub version: i64,
    /// What it puts in the place of the wider region's numbers.
    pub overrides: PolicyOverrides,
}

/// The numbers that apply in a region on a day, and where each one comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Effective {
    /// The numbers.
    pub values: PolicyValues,
    /// The source of each key.
    pub sources: BTreeMap<&'static str, Source>,
}

impl Effective {
    /// The national default, with the layers over it key by key: a narrower region's number stands in the place of a
    /// wider one's, and of one region's versions the last. `layers` are those of one region and of the regions around it, the
    /// versions of each in their order.
    pub fn layered(layers: &[Layer]) -> Self {
        let national = Source { region_code: None, version: NATIONAL_VERSION };
        let sources = POLICY_KEYS.iter().map(|it| (*it, national)).collect();
        let mut effective = Self { values: PolicyValues::national(), sources };
        let mut from_wide_to_narrow: Vec<_> = layers.iter().collect();
        from_wide_to_narrow.sort_by_key(|it| it.region_code.level());
        for it in from_wide_to_narrow {
            it.overrides.override_in(
                &mut effective,
                Source { region_code: Some(it.region_code), version: it.version },
            );
        }
        effective
    }

    /// The versions that any of the numbers comes from, the widest region first, separated by blanks:
    /// `national@1 130828000000@3`.
    pub fn version(&self) -> String {
        let parts: BTreeSet<_> = self.sources.values().collect();
        parts.into_iter().map(Source::to_string).collect::<Vec<_>>().join(" ")
    }
}

impl PolicyValues {
    /// The quorum that a village's decision needs.
    pub const fn quorum(&self) -> Quorum {
        Quorum { attendance: self.decision_attendance, approval: self.decision_approval }
    }

    /// The least and greatest part of income for a use; a use that the policy does not name is free.
    pub fn bounds_of(&self, purpose: Purpose) -> UseBounds {
        self.uses.get(&purpose).copied().unwrap_or_default()
    }
}

impl PolicyOverrides {
    /// The keys that are set, in the order of the interface.
    pub fn keys(&self) -> Vec<&'static str> {
        let set = serde_json::to_value(self).unwrap_or_default();
        POLICY_KEYS.iter().copied().filter(|key| set.get(key).is_some()).collect()
    }

    /// Everything that is wrong with the numbers, with pointers that start at `/values`.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = self.number_faults();
        if let (Some(warn), Some(escalate)) = (self.arrears_warn_days, self.arrears_escalate_days)
            && escalate < warn
        {
            let other = key("arrears_warn_days");
            faults.push(Fault::at(key("arrears_escalate_days"), Reason::Contradicts { other }));
        }
        for (name, part) in
            [("decision_attendance", self.decision_attendance), ("decision_approval", self.decision_approval)]
        {
            if part.is_some_and(|it| it < two_thirds()) {
                faults
                    .push(Fault::at(key(name), Reason::BelowLegalMinimum { min: two_thirds().to_string() }));
            }
        }
        faults.extend(self.rest_days.as_deref().map(rest_days_faults).unwrap_or_default());
        faults.extend(self.uses.as_ref().map(uses_faults).unwrap_or_default());
        faults.extend(self.set_asides.as_deref().map(set_asides_faults).unwrap_or_default());
        faults.extend(self.forbidden_uses.as_deref().map(forbidden_uses_faults).unwrap_or_default());
        faults
    }
}

fn rest_days_faults(days: &[NaiveDate]) -> Vec<Fault> {
    let at = key("rest_days");
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, day) in days.iter().enumerate() {
        if let Err(reason) = calendar_day(*day) {
            faults.push(Fault::at(format!("{at}/{index}"), reason));
        } else if !seen.insert(day) {
            faults.push(Fault::at(format!("{at}/{index}"), Reason::Duplicate));
        }
    }
    faults
}

fn uses_faults(uses: &BTreeMap<Purpose, UseBounds>) -> Vec<Fault> {
    let at = key("uses");
    let mut faults = Vec::new();
    for (purpose, bounds) in uses {
        faults.extend(not_a_use(format!("{at}/{purpose}"), *purpose));
        faults.extend(out_of_bounds(format!("{at}/{purpose}/min_bp"), bounds.min_bp, 0, WHOLE_BP));
        faults.extend(out_of_bounds(format!("{at}/{purpose}/max_bp"), bounds.max_bp, 0, WHOLE_BP));
        if bounds.min_bp > bounds.max_bp {
            let other = format!("{at}/{purpose}/max_bp");
            faults.push(Fault::at(format!("{at}/{purpose}/min_bp"), Reason::Contradicts { other }));
        }
    }
    faults.extend(above_whole(at, uses.values().map(|it| it.min_bp)));
    faults
}

fn set_asides_faults(set_asides: &[SetAside]) -> Vec<Fault> {
    let at = key("set_asides");
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, it) in set_asides.iter().enumerate() {
        faults.extend(not_a_use(format!("{at}/{index}/purpose"), it.purpose));
        faults.extend(out_of_bounds(format!("{at}/{index}/bp"), it.bp, 1, WHOLE_BP));
        if !seen.insert(it.purpose) {
            faults.push(Fault::at(format!("{at}/{index}/purpose"), Reason::Duplicate));
        }
    }
    faults.extend(above_whole(at, set_asides.iter().map(|it| it.bp)));
    faults
}

fn forbidden_uses_faults(codes: &[String]) -> Vec<Fault> {
    let at = key("forbidden_uses");
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, code) in codes.iter().enumerate() {
        if let Err(reason) = code.parse::<UseCode>() {
            faults.push(Fault::at(format!("{at}/{index}"), reason));
        } else if !seen.insert(code) {
            faults.push(Fault::at(format!("{at}/{index}"), Reason::Duplicate));
        }
    }
    faults
}

/// The part that the law asks of a decision. The whole, which would ask for more, is never reached: 2/3 is a share.
fn two_thirds() -> Share {
    Share::new(2, 3).unwrap_or(Share::WHOLE)
}

fn key(name: &str) -> String {
    format!("/values/{name}")
}

fn not_a_use(pointer: String, purpose: Purpose) -> Option<Fault> {
    let refused = !purpose.is_use_of_income();
    refused.then(|| Fault::at(pointer, Reason::NotOneOf { allowed: Purpose::uses_of_income() }))
}

fn above_whole(pointer: String, parts: impl Iterator<Item = i64>) -> Option<Fault> {
    let sum: i128 = parts.map(i128::from).sum();
    (sum > i128::from(WHOLE_BP)).then(|| Fault::at(pointer, Reason::TooLarge { max: WHOLE_BP.to_string() }))
}

fn out_of_bounds(pointer: String, value: i64, min: i64, max: i64) -> Option<Fault> {
    if value < min {
        Some(Fault::at(pointer, Reason::TooSmall { min: min.to_string() }))
    } else if value > max {
        Some(Fault::at(pointer, Reason::TooLarge { max: max.to_string() }))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn overrides(values: Value) -> PolicyOverrides {
        serde_json::from_value(values).unwrap()
    }

    fn layer(region_code: &str, version: i64, values: Value) -> Layer {
        Layer { region_code: region_code.parse().unwrap(), version, overrides: overrides(values) }
    }

    #[track_caller]
    fn check(values: Value, faults: &[(&str, &str)]) {
        let found = overrides(values).faults();
        let found: Vec<_> = found.iter().map(|it| (it.pointer.as_str(), it.reason.code())).collect();
        assert_eq!(found, faults);
    }

    #[test]
    fn the_national_default_is_whole_and_within_its_own_bounds() {
        let national = serde_json::to_value(PolicyValues::national()).unwrap();

        let keys: BTreeSet<_> = national.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, POLICY_KEYS.iter().copied().collect());
        check(national.clone(), &[]);
        assert_eq!(national["notice_days"], 10);
        assert_eq!(national["lease_term_cap_years"], 20);
        assert_eq!(national["rent_floor_bp"], 600);
        assert_eq!(national["price_floor_bp"], 9000);
        assert_eq!(national["appraisal_validity_days"], 365);
        assert_eq!(national["exchange_required_above_fen"], 20_000_000);
        assert_eq!(national["receipt_ceiling_fen"], 10_000_000_000_i64);
        assert_eq!(national["decision_approval"], "2/3");
        assert_eq!(national["forbidden_uses"].as_array().unwrap().len(), 8);
    }

    #[test]
    fn no_region_goes_beyond_the_law() {
        check(json!({"lease_term_cap_years": 21}), &[("/values/lease_term_cap_years", "too_large")]);
        check(json!({"lease_term_cap_years": 0}), &[("/values/lease_term_cap_years", "too_small")]);
        check(json!({"appraisal_signatures_min": 1}), &[("/values/appraisal_signatures_min", "too_small")]);
        check(json!({"decision_approval": "1/2"}), &[("/values/decision_approval", "below_legal_minimum")]);
        check(json!({"decision_attendance": "3/4"}), &[]);
    }

    #[test]
    fn rates_days_and_money_keep_within_their_bounds() {
        check(
            json!({"notice_days": 0, "rent_floor_bp": 10_000, "county_approval_above_fen": 5_000_000}),
            &[],
        );
        check(
            json!({"notice_days": -1, "rent_floor_bp": 10_001, "county_approval_above_fen": -1}),
            &[
                ("/values/notice_days", "too_small"),
                ("/values/rent_floor_bp", "too_large"),
                ("/values/county_approval_above_fen", "too_small"),
            ],
        );
        check(
            json!({"arrears_warn_days": 60, "arrears_escalate_days": 30}),
            &[("/values/arrears_escalate_days", "contradicts")],
        );
    }

    #[test]
    fn a_ceiling_for_receipts_is_never_so_low_that_small_ones_must_ask_for_it() {
        check(json!({"receipt_ceiling_fen": NEVER_ABOVE_CEILING_FEN}), &[]);
        check(
            json!({"receipt_ceiling_fen": NEVER_ABOVE_CEILING_FEN - 1}),
            &[("/values/receipt_ceiling_fen", "too_small")],
        );
    }

    #[test]
    fn bounds_of_uses_leave_room_for_the_whole() {
        check(
            json!({"uses": {"public_posts": {"min_bp": 8000}, "consolidation": {"min_bp": 1000, "max_bp": 2000}}}),
            &[],
        );
        check(
            json!({"uses": {"public_posts": {"min_bp": 8000}, "consolidation": {"min_bp": 3000, "max_bp": 2000}}}),
            &[("/values/uses/consolidation/min_bp", "contradicts"), ("/values/uses", "too_large")],
        );
        check(json!({"uses": {"undistributed": {}}}), &[("/values/uses/undistributed", "not_one_of")]);
        check(
            json!({"uses": {"members": {"min_bp": -1, "max_bp": 10_001}}}),
            &[("/values/uses/members/min_bp", "too_small"), ("/values/uses/members/max_bp", "too_large")],
        );
    }

    #[test]
    fn what_is_set_aside_is_at_most_the_whole_and_named_once() {
        check(json!({"set_asides": [{"purpose": "reserve", "bp": 3000}]}), &[]);
        check(
            json!({"set_asides": [{"purpose": "reserve", "bp": 6000}, {"purpose": "reserve", "bp": 5000}]}),
            &[("/values/set_asides/1/purpose", "duplicate"), ("/values/set_asides", "too_large")],
        );
        check(
            json!({"set_asides": [{"purpose": "disposal_proceeds", "bp": 0}]}),
            &[("/values/set_asides/0/purpose", "not_one_of"), ("/values/set_asides/0/bp", "too_small")],
        );
    }

    #[test]
    fn a_forbidden_use_is_a_code_named_once() {
        check(json!({"forbidden_uses": []}), &[]);
        check(
            json!({"forbidden_uses": ["banquets", "Banquets", "x", "banquets", "吃喝"]}),
            &[
                ("/values/forbidden_uses/1", "wrong_form"),
                ("/values/forbidden_uses/2", "wrong_form"),
                ("/values/forbidden_uses/3", "duplicate"),
                ("/values/forbidden_uses/4", "wrong_form"),
            ],
        );
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(serde_json::from_value::<PolicyOverrides>(json!({"notice_hours": 240})).is_err());
        assert!(serde_json::from_value::<PolicyOverrides>(json!({"uses": {"banquets": {}}})).is_err());
    }

    #[test]
    fn the_narrower_region_overrides_the_wider_key_by_key() {
        let county = layer("130828000000", 2, json!({"notice_days": 15, "rent_floor_bp": 500}));
        let province = layer("130000000000", 7, json!({"rent_floor_bp": 800, "price_floor_bp": 9500}));

        let effective = Effective::layered(&[county.clone(), province.clone()]);

        assert_eq!(effective, Effective::layered(&[province.clone(), county.clone()]));
        assert_eq!(effective.values.notice_days, 15);
        assert_eq!(effective.values.rent_floor_bp, 500);
        assert_eq!(effective.values.price_floor_bp, 9500);
        assert_eq!(effective.values.lease_term_cap_years, 20);
        let source = |it: &Layer| Source { region_code: Some(it.region_code), version: it.version };
        assert_eq!(effective.sources["rent_floor_bp"], source(&county));
        assert_eq!(effective.sources["price_floor_bp"], source(&province));
        assert_eq!(effective.sources["uses"], Source { region_code: None, version: NATIONAL_VERSION });
        assert_eq!(effective.sources.len(), POLICY_KEYS.len());
        assert_eq!(effective.version(), "national@3 130000000000@7 130828000000@2");
    }

    #[test]
    fn a_region_that_sets_nothing_takes_everything_from_around_it() {
        let effective = Effective::layered(&[layer("130828000000", 3, json!({}))]);

        assert_eq!(effective.values, PolicyValues::national());
        assert_eq!(effective.version(), "national@3");
    }

    #[test]
    fn overrides_are_stored_without_the_keys_that_they_leave() {
        let stored = serde_json::to_value(overrides(json!({"notice_days": 0, "uses": null}))).unwrap();

        assert_eq!(stored, json!({"notice_days": 0}));
    }

    #[test]
    fn keys_that_are_set_are_told_from_those_that_are_left() {
        let set =
            overrides(json!({"idle_warn_days": 90, "uses": {}, "notice_days": 0, "flip_window_days": null}));

        assert_eq!(set.keys(), ["notice_days", "idle_warn_days", "uses"]);
    }

    #[test]
    fn a_use_that_the_policy_does_not_name_is_free() {
        assert_eq!(
            PolicyValues::national().bounds_of(Purpose::Members),
            UseBounds { min_bp: 0, max_bp: WHOLE_BP }
        );
    }
}
