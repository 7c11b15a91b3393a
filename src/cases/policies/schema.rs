//! What each number of a policy is: its unit, its bounds, its default, and what it means in both languages. The English stands with
//! the key itself, the Chinese here.

use serde_json::Value;

use super::values::{DOCUMENTED, PolicyValues};
use crate::{cases::notices::DayCount, values::closed_enum};

closed_enum! {
    /// In what a number of a policy is counted.
    pub enum PolicyUnit {
        /// Money in fen.
        Fen = "fen",
        /// A rate in basis points, of which 10000 are the whole.
        BasisPoints = "basis_points",
        /// Days.
        Days = "days",
        /// Calendar years.
        Years = "years",
        /// A number of people, signatures or steps.
        Count = "count",
        /// A share, written `n/d`.
        Share = "share",
        /// Yes or no.
        Flag = "flag",
        /// One of some codes.
        Code = "code",
        /// Several codes.
        Codes = "codes",
        /// Days of the calendar.
        Dates = "dates",
        /// Parts of income by use, in basis points.
        PartsByUse = "parts_by_use",
    }
}

impl PolicyUnit {
    /// Whether it is that of an integer.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Fen | Self::BasisPoints | Self::Days | Self::Years | Self::Count)
    }
}

/// What a number of a policy is.
#[derive(Debug, Clone)]
pub struct PolicyKey {
    /// Its name.
    pub key: &'static str,
    /// In what it is counted.
    pub unit: PolicyUnit,
    /// The least and the greatest that a region can set; none for what is no number.
    pub bounds: Option<(i64, i64)>,
    /// The codes that it can be; empty for what is no code.
    pub choices: Vec<&'static str>,
    /// The national default.
    pub default: Value,
    /// What it means, in Chinese.
    pub zh: &'static str,
    /// What it means, in English.
    pub en: &'static str,
}

/// Every number of a policy, in the order of the interface.
pub fn policy_keys() -> Vec<PolicyKey> {
    let national = serde_json::to_value(PolicyValues::national()).unwrap_or_default();
    let of = |it: &super::values::Documented| {
        let (_, unit, zh) = *WORDS.iter().find(|(key, ..)| *key == it.key)?;
        Some(PolicyKey {
            key: it.key,
            unit,
            bounds: it.bounds,
            choices: if unit == PolicyUnit::Code {
                DayCount::ALL.iter().map(|it| it.code()).collect()
            } else {
                Vec::new()
            },
            default: national.get(it.key).cloned().unwrap_or_default(),
            zh,
            en: it.about.trim(),
        })
    };
    DOCUMENTED.iter().filter_map(of).collect()
}

/// Each key with its unit and what it means, in Chinese.
const WORDS: &[(&str, PolicyUnit, &str)] = &[
    (
        "notice_days",
        PolicyUnit::Days,
        "公示的天数，计算方法见 `notice_day_count`。已公布的公示多为十天（永吉、满城、涵江）；浙江的集体资产评估公示十五天。",
    ),
    (
        "lease_term_cap_years",
        PolicyUnit::Years,
        "租赁期限的上限，按日历年计。《民法典》第七百零五条规定不超过二十年，区域只能降低。",
    ),
    (
        "lease_term_county_years",
        PolicyUnit::Years,
        "租赁期限超过多少年须由县级说明理由，按日历年计。没有全国统一的数字：默认与法定上限相同，由县自行降低。",
    ),
    (
        "arable_land_term_cap_years",
        PolicyUnit::Years,
        "耕地承包期的上限，以及未注明种类的承包地的上限，按日历年计。《民法典》第三百三十二条规定为三十年，区域只能降低。",
    ),
    (
        "grassland_term_cap_years",
        PolicyUnit::Years,
        "草地承包期的上限，按日历年计。《民法典》第三百三十二条规定至多五十年，区域只能降低。",
    ),
    (
        "forest_land_term_cap_years",
        PolicyUnit::Years,
        "林地承包期的上限，按日历年计。《民法典》第三百三十二条规定至多七十年，区域只能降低。",
    ),
    (
        "rent_floor_bp",
        PolicyUnit::BasisPoints,
        "年租金的下限，占所投入资金的万分比。满城、清河为百分之六，各地在百分之五至百分之十之间。",
    ),
    ("rent_comparable_floor_bp", PolicyUnit::BasisPoints, "租金的下限，占评估租金或者可比租金的万分比。"),
    (
        "price_floor_bp",
        PolicyUnit::BasisPoints,
        "价格的下限，占评估价值的万分比：国有资产交易价格低于评估结果九成的，应当暂停交易。",
    ),
    (
        "price_block_bp",
        PolicyUnit::BasisPoints,
        "任何人不得同意的价格，占评估价值的万分比：低于评估价值一半的，无论谁批准都不得出售。",
    ),
    (
        "appraisal_books_floor_bp",
        PolicyUnit::BasisPoints,
        "评估价值须报县级核实的界限，占账面净值的万分比：低于账面净值一半的，由县级核实。",
    ),
    (
        "discount_rate_bp",
        PolicyUnit::BasisPoints,
        "折现的年利率，以万分比计。百分之三为二〇二五年一年期贷款市场报价利率（LPR）的水平。",
    ),
    (
        "income_sale_years",
        PolicyUnit::Years,
        "未经县级批准，可以一次出让的收益年数：以后的收益属于以后的人。",
    ),
    ("appraisal_validity_days", PolicyUnit::Days, "评估结论的有效天数，自评估基准日起算：执业惯例为一年。"),
    (
        "appraisal_required_above_fen",
        PolicyUnit::Fen,
        "国家、集体出售所有权须经评估的价值界限（分）。默认任何价值都须评估：《国有资产评估管理办法》第三条、《浙江省农村集体资产管理条例》第三十六条均未规定例外。",
    ),
    (
        "appraisal_signatures_min",
        PolicyUnit::Count,
        "签字评估师的最少人数：《资产评估法》第二十八条规定两名，区域只能提高。",
    ),
    (
        "swap_tolerance_bp",
        PolicyUnit::BasisPoints,
        "置换中换回的价值可以少于换出的价值的幅度，占换出价值的万分比：与价格下限相当，至少换回九成。",
    ),
    ("county_approval_above_fen", PolicyUnit::Fen, "须经县级批准的价值界限（分）。默认任何价值。"),
    (
        "exchange_required_above_fen",
        PolicyUnit::Fen,
        "须经产权交易平台交易的价值界限（分）：介政办发〔2020〕27号为二十万元。规则 L02、L15、L35、L46、L47、L49 也以此区分价值大小，L08 以此认定化整为零。",
    ),
    (
        "receipt_ceiling_fen",
        PolicyUnit::Fen,
        "单笔收款的上限（分）：超过的视为录入笔误。一亿元高于此类资产的任何一笔收入；有更大资产的县可以提高。",
    ),
    ("arrears_warn_days", PolicyUnit::Days, "租金逾期多少天予以提示。"),
    ("arrears_escalate_days", PolicyUnit::Days, "租金逾期多少天报县级。"),
    ("idle_warn_days", PolicyUnit::Days, "资产没有使用、没有经营者多少天视为闲置。"),
    ("structuring_window_days", PolicyUnit::Days, "与同一对方的交易合并计算的天数。"),
    ("flip_window_days", PolicyUnit::Days, "资产购得后多少天内转卖视为倒手。"),
    (
        "flip_ratio_bp",
        PolicyUnit::BasisPoints,
        "在上述天数内可以转手的价格，占付给国家、集体价款的万分比：多出五分之一，相当于自己经营可能增加的价值。",
    ),
    (
        "decision_validity_days",
        PolicyUnit::Days,
        "民主决议仅凭决议当日的法律即可支持事项的天数：此后生效的，还须符合生效当日的法律。两年：在建项目的出租往往提前一年决定。",
    ),
    (
        "assembly_members_floor",
        PolicyUnit::Count,
        "作出决议的会议成员的最少人数，低于此数的由县级核实是否为全体。《农村集体经济组织法》第二十八条规定成员代表多于二十人。",
    ),
    (
        "late_entry_days",
        PolicyUnit::Days,
        "事项应当录入的天数，逾期的说明理由，否则报县级。一个季度：村务至少每季度公布一次（《村民委员会组织法》第三十条）。",
    ),
    (
        "proceeds_due_days",
        PolicyUnit::Days,
        "国有、集体资产出售价款或者处置所得，未另约定的，自生效之日起应当收到的天数。国家没有对村的统一规定；国有企业资产转让应在五个工作日内付清（《企业国有资产交易监督管理办法》第二十八条），一个月为银行往来留出余地。",
    ),
    (
        "proceeds_warn_days",
        PolicyUnit::Days,
        "处置价款逾期超过该天数的，欠款人再从同一出让方取得资产须报县级，与租金相同。",
    ),
    (
        "reclass_window_days",
        PolicyUnit::Days,
        "资产类别、原值、类型由案件变更后，在该天数以内处置、出租的须核查：两年，与转卖相同。",
    ),
    ("responsible_body_within_days", PolicyUnit::Days, "公益性资产应当落实管护责任人的天数。"),
    (
        "members_share_max_bp",
        PolicyUnit::BasisPoints,
        "村集体直接分给成员的部分占其分配额的上限，超过的由县级说明。默认百分之七十，是已公布方案中分给农户的最高比例（灵台县柳家铺，至2019年6月）。",
    ),
    (
        "related_party_depth",
        PolicyUnit::Count,
        "认定关联关系的步数，不论经过谁：四步可以从任职人员经其亲属、亲属的企业到该企业所控制的企业。村与其任职人员之间的一步不计。",
    ),
    (
        "notice_day_count",
        PolicyUnit::Code,
        "公示天数的计算方法。《民法典》第二百零一条规定开始的当日不计入；有的县首尾两日都计入（永吉：一月二十二日至三十一日为十天）。",
    ),
    (
        "rest_days",
        PolicyUnit::Dates,
        "公示不在其届满的休息日：届满日是休息日的，顺延至其后第一个工作日（《民法典》第二百零三条）。休息日每年公布，登记簿本身不掌握；至多一千个。",
    ),
    (
        "objection_contact_required",
        PolicyUnit::Flag,
        "提出异议是否必须留下联系方式。无须的，任何人都可以不具名提出。",
    ),
    (
        "decision_attendance",
        PolicyUnit::Share,
        "成员大会应到会的比例：《农村集体经济组织法》第二十七条规定三分之二以上，区域只能提高。",
    ),
    (
        "decision_approval",
        PolicyUnit::Share,
        "同意的成员、成员代表占全体的比例：同法第二十七条、第二十八条规定三分之二以上，区域只能提高。",
    ),
    (
        "uses",
        PolicyUnit::PartsByUse,
        "各用途占可分配收益的下限和上限。全国没有统一规定（常被引用的百分之六十不见于任何全国性文件），默认不限制。",
    ),
    ("set_asides", PolicyUnit::PartsByUse, "分配之前依次提取的部分。全国也没有统一规定。"),
    ("forbidden_uses", PolicyUnit::Codes, "收益不得用于的用途的代码：小写字母和下划线，二至六十四个字符。"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::policies::values::POLICY_KEYS;

    #[test]
    fn every_key_is_described_in_both_languages_once() {
        let described: Vec<_> = policy_keys().into_iter().map(|it| it.key).collect();
        assert_eq!(described, POLICY_KEYS);
        assert_eq!(WORDS.len(), POLICY_KEYS.len());
        for it in policy_keys() {
            assert!(!it.en.is_empty() && it.zh.ends_with('。'), "{}", it.key);
        }
    }

    #[test]
    fn the_unit_of_a_number_is_the_end_of_its_name() {
        for it in policy_keys() {
            let by_name = [
                ("_fen", PolicyUnit::Fen),
                ("_bp", PolicyUnit::BasisPoints),
                ("_days", PolicyUnit::Days),
                ("_years", PolicyUnit::Years),
            ];
            let named = by_name.iter().find(|(end, _)| it.key.ends_with(end));
            match (it.bounds, named) {
                (Some(_), Some((_, unit))) => assert_eq!(it.unit, *unit, "{}", it.key),
                (Some(_), None) => assert_eq!(it.unit, PolicyUnit::Count, "{}", it.key),
                (None, _) => assert!(!it.unit.is_number(), "{}", it.key),
            }
        }
    }
}
