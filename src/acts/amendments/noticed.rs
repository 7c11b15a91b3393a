//! What the notice of an amendment says: what should have been recorded, thing by thing.

use std::fmt::Display;

use chrono::NaiveDate;

use super::{Amended, asked::AssetAmendment};
use crate::{
    acts::noticed::{Mention, Sentence, words},
    money::contracts::Recorded,
    register::{
        assets::Asset,
        projects::{FundingOfProject, Project},
    },
    values::{Change, Fen, Period},
};

/// A sentence of a correction.
fn correction(zh: &str, en: &str, (value_zh, value_en): (String, String)) -> Sentence {
    Sentence::of(format!("拟更正{zh}为：{value_zh}。"), format!("{en} to be corrected to: {value_en}."))
}

/// A sentence of a correction to something that is on record.
fn corrected_to(zh: &str, en: &str, named: Mention) -> Sentence {
    Sentence::naming(
        format!("拟更正{zh}为：{{named}}。"),
        format!("{en} to be corrected to: {{named}}."),
        named,
    )
}

fn money(amount: Fen) -> (String, String) {
    let yuan = amount.yuan();
    (format!("{yuan}元"), format!("{yuan} yuan"))
}

fn day(on: NaiveDate) -> (String, String) {
    (on.format("%Y年%-m月%-d日").to_string(), on.to_string())
}

/// The days of a term, the last one among them.
fn days(term: &Period) -> (String, String) {
    let (from_zh, from_en) = day(term.from());
    match term.to().and_then(|to| to.pred_opt()) {
        Some(last) => {
            let (last_zh, last_en) = day(last);
            (format!("{from_zh}至{last_zh}"), format!("{from_en} to {last_en}"))
        }
        None => (format!("{from_zh}起"), format!("from {from_en} on")),
    }
}

fn same(text: &str) -> (String, String) {
    (text.to_owned(), text.to_owned())
}

fn all_funds(funding: &[FundingOfProject]) -> (String, String) {
    money(Fen::sum(funding.iter().map(|it| it.amount_fen)).unwrap_or(Fen::ZERO))
}

/// The money of a project by its sources.
fn funds(funding: &[FundingOfProject]) -> (String, String) {
    let of_each = funding.iter().map(|it| {
        let ((zh, en), (yuan_zh, yuan_en)) = (words::funding(it.source), money(it.amount_fen));
        (format!("{zh}{yuan_zh}"), format!("{en} {yuan_en}"))
    });
    let (zh, en): (Vec<_>, Vec<_>) = of_each.unzip();
    (zh.join("、"), en.join(", "))
}

/// Which project is put right, and what should have been recorded of it.
pub(super) fn of_project(amended: &Amended<Project>) -> Vec<Sentence> {
    let was = &amended.before;
    let (funds_zh, funds_en) = all_funds(&was.funding);
    let mut said = vec![Sentence::naming(
        format!(
            "所涉项目：{}（{}），{}年度，位于{{named}}，资金合计{funds_zh}。",
            was.name, was.code, was.year
        ),
        format!(
            "The project: {} ({}) of {}, in {{named}}, with {funds_en} in all.",
            was.name, was.code, was.year
        ),
        Mention::Region(was.region_code),
    )];
    let Some(is) = &amended.after else {
        said.push(Sentence::of(
            "拟作废：该项目系误登，登记予以作废。".to_owned(),
            "To be void: the project was recorded by mistake.".to_owned(),
        ));
        return said;
    };
    if is.code != was.code {
        said.push(correction("项目编号", "Code", same(&is.code)));
    }
    if is.name != was.name {
        said.push(correction("名称", "Name", same(&is.name)));
    }
    if is.year != was.year {
        said.push(correction("资金年度", "Year of its funds", same(&is.year.to_string())));
    }
    if is.region_code != was.region_code {
        said.push(corrected_to("所在地", "Place", Mention::Region(is.region_code)));
    }
    if is.funding != was.funding {
        said.push(correction("资金", "Money", funds(&is.funding)));
    }
    said
}

/// Which contract is put right, and what should have been recorded of it. Whom it binds is named as everywhere in a notice.
pub(super) fn of_contract(amended: &Amended<Recorded>) -> Vec<Sentence> {
    let was = &amended.before.agreed;
    let all = |dues: &[(NaiveDate, Fen)]| money(Fen::sum(dues.iter().map(|it| it.1)).unwrap_or(Fen::ZERO));
    let ((days_zh, days_en), (all_zh, all_en)) = (days(&was.term), all(&was.dues));
    let mut said = vec![
        Sentence::of(
            format!("所涉合同：期限{days_zh}，应收租金合计{all_zh}。"),
            format!("The contract: {days_en}, with {all_en} of rent in all."),
        ),
        Sentence::naming("出租方：{named}。", "Lessor: {named}.", Mention::Party(was.lessor_id)),
        Sentence::naming("承租方：{named}。", "Lessee: {named}.", Mention::Party(was.lessee_id)),
    ];
    let Some(is) = &amended.after else {
        said.push(Sentence::of(
            "拟作废：该合同系误登，登记予以作废，自始不产生应收款。".to_owned(),
            "To be void: the contract was recorded by mistake, and nothing falls due under it.".to_owned(),
        ));
        return said;
    };
    let is = &is.agreed;
    if is.lessor_id != was.lessor_id {
        said.push(corrected_to("出租方", "Lessor", Mention::Party(is.lessor_id)));
    }
    if is.lessee_id != was.lessee_id {
        said.push(corrected_to("承租方", "Lessee", Mention::Party(is.lessee_id)));
    }
    if is.asset_ids != was.asset_ids {
        said.push(corrected_to("出租资产", "What is let", Mention::Assets(is.asset_ids.clone())));
    }
    if is.term != was.term {
        said.push(correction("期限", "Term", days(&is.term)));
    }
    if is.dues != was.dues {
        let each = is.dues.iter().map(|(on, amount)| {
            let ((on_zh, on_en), (yuan_zh, yuan_en)) = (day(*on), money(*amount));
            (format!("{on_zh}{yuan_zh}"), format!("{on_en} {yuan_en}"))
        });
        let (zh, en): (Vec<_>, Vec<_>) = each.unzip();
        said.push(correction("应收租金", "Rent", (zh.join("、"), en.join(", "))));
    }
    said
}

/// A sentence for each thing that was recorded wrongly of an asset.
pub(super) fn of_asset(
    asked: Option<&AssetAmendment>,
    amended: &Amended<Asset>,
    at_home: bool,
) -> Vec<Sentence> {
    if amended.after.is_none() {
        return vec![Sentence::of(
            "拟作废：该资产系误登，登记予以作废，自始不计入。".to_owned(),
            "To be void: the asset was recorded by mistake, and counts on no day.".to_owned(),
        )];
    }
    let Some(it) = asked.and_then(|it| it.corrected.as_ref()) else { return Vec::new() };
    let mut said = Vec::new();
    if let Some(region) = it.region_code {
        said.push(corrected_to("所在地", "Place", Mention::Region(region)));
    }
    match it.project_id {
        Change::Keep => {}
        Change::Clear => {
            let none = ("无".to_owned(), "none".to_owned());
            said.push(correction("所属项目", "Its project", none));
        }
        Change::To(project) => {
            said.push(corrected_to("所属项目", "Its project", Mention::Project(project)));
        }
    }
    let mut say = |zh: &str, en: &str, value: (String, String)| said.push(correction(zh, en, value));
    if let Some(name) = &it.name {
        say("名称", "Name", same(name));
    }
    if let Some(class) = it.class {
        let (zh, en) = words::class(class);
        say("类别", "Class", (zh.to_owned(), en.to_owned()));
    }
    if let Some(category) = &it.category {
        say("种类", "Category", words::category(category));
    }
    if let Some(quantity) = &it.quantity {
        say("数量", "Quantity", same(&quantity.to_string()));
    }
    if let Some(unit) = &it.unit {
        say("计量单位", "Unit", same(unit));
    }
    if let Some(value) = it.original_value_fen {
        say("原值", "Cost", money(value));
    }
    if let Some(on) = it.acquired_on {
        say("取得日期", "Day of acquisition", day(on));
    }
    if let Some(months) = it.service_life_months {
        let months = months.get();
        say("使用年限", "Service life", (format!("{months}个月"), format!("{months} months")));
    }
    if let Some(rate) = it.residual_rate_bp {
        let (whole, part) = (rate.get() / 100, rate.get() % 100);
        say("残值率", "Residual rate", same(&format!("{whole}.{part:02}%")));
    }
    // Where people live is not said.
    if let Some(location) = changed(&it.location).filter(|_| !at_home) {
        say("位置", "Location", location);
    }
    if let Some(specification) = changed(&it.specification) {
        say("规格", "Specification", specification);
    }
    said
}

/// What a field that may be empty is to say, in Chinese and English; none where it stays.
fn changed<T: Display>(change: &Change<T>) -> Option<(String, String)> {
    match change {
        Change::Keep => None,
        Change::Clear => Some(("无".to_owned(), "none".to_owned())),
        Change::To(content) => Some((content.to_string(), content.to_string())),
    }
}
