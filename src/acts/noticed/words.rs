//! The words of notices for what the register writes as codes, in Chinese and English.

use crate::{
    cases::{decision::DecisionBody, notices::content::NoticedFate, purpose::Purpose},
    register::{
        codes::{AssetClass, DisposalCause, DisposalWay, RightKind},
        projects::FundingSource,
    },
};

pub(super) type Words = (&'static str, &'static str);

pub(super) const fn right(it: RightKind) -> Words {
    match it {
        RightKind::Ownership => ("所有权", "ownership"),
        RightKind::Management => ("经营权", "management right"),
        RightKind::Income => ("收益权", "income right"),
    }
}

pub(in crate::acts) const fn class(it: AssetClass) -> Words {
    match it {
        AssetClass::Operating => ("经营性资产", "operating asset"),
        AssetClass::PublicWelfare => ("公益性资产", "public-welfare asset"),
        AssetClass::Household => ("到户类资产", "household asset"),
    }
}

/// What a category is called. Its list is open: one that has no words of its own is told by its code.
pub(in crate::acts) fn category(code: &str) -> (String, String) {
    let known = CATEGORIES.iter().find(|(it, ..)| *it == code);
    match known {
        Some((_, zh, en)) => ((*zh).to_owned(), (*en).to_owned()),
        None => (format!("其他种类（代码{code}）"), format!("of another category ({code})")),
    }
}

/// Categories that ledgers of counties often have, with what they are called.
const CATEGORIES: &[(&str, &str, &str)] = &[
    ("arable_land", "耕地", "arable land"),
    ("barn", "畜舍", "barn"),
    ("bridge", "桥梁", "bridge"),
    ("cattle", "肉牛", "cattle"),
    ("clinic", "卫生室", "clinic"),
    ("cold_storage", "冷库", "cold store"),
    ("cold_store", "冷库", "cold store"),
    ("contracted_land", "承包土地", "land under contract"),
    ("courtyard", "庭院", "courtyard"),
    ("culture_square", "文化广场", "culture square"),
    ("debt", "债权", "debt"),
    ("drinking_water", "饮水工程", "drinking water works"),
    ("e_commerce", "电商服务站", "e-commerce station"),
    ("equipment", "设备", "equipment"),
    ("equity", "股权", "share in a company"),
    ("fish_pond", "鱼塘", "fish pond"),
    ("forest_land", "林地", "forest land"),
    ("grassland", "草地", "grassland"),
    ("greenhouse", "温室大棚", "greenhouse"),
    ("house", "房屋", "house"),
    ("irrigation", "灌溉设施", "irrigation works"),
    ("livestock", "牲畜", "livestock"),
    ("loan_investment", "借款类投资", "money lent to a business"),
    ("machinery", "农业机械", "farm machinery"),
    ("market", "市场", "market"),
    ("market_stall", "摊位", "market stall"),
    ("orchard", "果园", "orchard"),
    ("photovoltaic", "光伏电站", "solar station"),
    ("pond", "坑塘", "pond"),
    ("pv_station", "光伏电站", "solar station"),
    ("road", "道路", "road"),
    ("school", "学校", "school"),
    ("share_investment", "入股类投资", "share in a business"),
    ("solar_station", "光伏电站", "solar station"),
    ("street_light", "路灯", "street lights"),
    ("toilet", "公共厕所", "public toilet"),
    ("vehicle", "车辆", "vehicle"),
    ("warehouse", "仓库", "warehouse"),
    ("water_supply", "供水工程", "water supply"),
    ("workshop", "帮扶车间（扶贫车间）", "workshop"),
];

pub(in crate::acts) const fn funding(it: FundingSource) -> Words {
    match it {
        FundingSource::Central => ("中央资金", "central funds"),
        FundingSource::Provincial => ("省级资金", "provincial funds"),
        FundingSource::Municipal => ("市级资金", "municipal funds"),
        FundingSource::County => ("县级资金", "county funds"),
        FundingSource::EastWestCooperation => ("东西部协作资金", "east-west cooperation"),
        FundingSource::PairedAssistance => ("定点帮扶资金", "paired assistance"),
        FundingSource::Donation => ("社会捐赠", "donations"),
        FundingSource::Bond => ("债券资金", "bonds"),
        FundingSource::Loan => ("贷款", "loans"),
        FundingSource::SelfRaised => ("自筹资金", "the village's own funds"),
        FundingSource::Other => ("其他资金", "other funds"),
    }
}

pub(super) const fn body(it: DecisionBody) -> Words {
    match it {
        DecisionBody::MembersAssembly => ("成员大会", "the members' assembly"),
        DecisionBody::DelegatesAssembly => ("成员代表大会", "the delegates' assembly"),
        DecisionBody::Council => ("理事会", "the council"),
    }
}

pub(super) const fn purpose(it: Purpose) -> Words {
    match it {
        Purpose::OperationAndMaintenance => ("运行维护", "operation and maintenance"),
        Purpose::Consolidation => ("巩固脱贫成果", "consolidating the gains of poverty alleviation"),
        Purpose::VillagePublicWelfare => ("村级公益事业", "public welfare of the village"),
        Purpose::PublicPosts => ("公益岗位", "public-welfare posts"),
        Purpose::Reserve => ("公积公益金", "reserve"),
        Purpose::Members => ("成员分配", "members"),
        Purpose::DisposalProceeds => ("处置价款", "proceeds of disposals"),
        Purpose::Undistributed => ("未分配收益", "left undistributed"),
        Purpose::Unclaimed => (
            "无人领取的收益，为权利人代存，不得支出",
            "unclaimed, kept for whom it is due to and not to be spent",
        ),
    }
}

pub(super) const fn cause(it: DisposalCause) -> Words {
    match it {
        DisposalCause::NaturalDisaster => ("自然灾害", "a natural disaster"),
        DisposalCause::Demolition => ("拆除、征占", "demolition"),
        DisposalCause::EndOfLife => ("达到使用年限或不能安全使用", "the end of its service life"),
        DisposalCause::LowYield => ("效益低下、闲置", "low yield"),
        DisposalCause::InvestmentEnded => ("投资、入股到期", "the end of the investment"),
        DisposalCause::Replaced => ("被新项目覆盖", "replacement by a new project"),
        DisposalCause::Other => ("其他原因", "another reason"),
    }
}

pub(super) const fn fate(it: NoticedFate) -> Words {
    match it {
        NoticedFate::Termination => ("提前终止", "a grant ends before its term"),
        NoticedFate::Renewal => ("续期", "a grant is given for a further term"),
        NoticedFate::Division => ("拆分", "the asset is divided"),
        NoticedFate::Merger => ("合并", "the assets are merged"),
        NoticedFate::Disposal => ("处置", "the asset is disposed of"),
        NoticedFate::Restoration => ("恢复", "the disposal of the asset is undone"),
    }
}

/// In what way an asset is disposed of.
pub(super) const fn way(it: DisposalWay) -> Words {
    match it {
        DisposalWay::Scrapping => ("报废", "scrapping"),
        DisposalWay::LossReport => ("报损", "a report of its loss"),
        DisposalWay::Demolition => ("拆除", "demolition"),
        DisposalWay::Withdrawal => ("退出投资", "withdrawal of the investment"),
        DisposalWay::Conversion => ("转产", "conversion"),
        DisposalWay::Suspension => ("报停", "suspension"),
    }
}
