//! What the notice of an amendment says: what should have been recorded, thing by thing.

use std::fmt::Display;

use crate::{
    acts::{amendments::asked::AssetAmendment, noticed::words},
    cases::notices::content::NoticeText,
    values::Change,
};

/// A sentence for each thing that was recorded wrongly.
pub(super) fn sentences(of: &AssetAmendment, at_home: bool) -> Vec<NoticeText> {
    if of.void {
        return vec![NoticeText {
            zh: "拟作废：该资产系误登，登记予以作废，自始不计入。".to_owned(),
            en: "To be void: the asset was recorded by mistake, and counts on no day.".to_owned(),
        }];
    }
    let Some(it) = &of.corrected else { return Vec::new() };
    let mut said = Vec::new();
    let mut say = |zh: &str, en: &str, (value_zh, value_en): (String, String)| {
        said.push(NoticeText {
            zh: format!("拟更正{zh}为：{value_zh}。"),
            en: format!("{en} to be corrected to: {value_en}."),
        });
    };
    let same = |text: String| (text.clone(), text);
    if let Some(name) = &it.name {
        say("名称", "Name", same(name.to_string()));
    }
    if let Some(class) = it.class {
        let (zh, en) = words::class(class);
        say("类别", "Class", (zh.to_owned(), en.to_owned()));
    }
    if let Some(category) = &it.category {
        say("种类", "Category", same(category.to_string()));
    }
    if let Some(region) = it.region_code {
        say("所在地区划代码", "Division code of its place", same(region.to_string()));
    }
    if let Some(project) = changed(&it.project_id) {
        say("所属项目编号", "Identifier of its project", project);
    }
    if let Some(quantity) = &it.quantity {
        say("数量", "Quantity", same(quantity.to_string()));
    }
    if let Some(unit) = &it.unit {
        say("计量单位", "Unit", same(unit.to_string()));
    }
    if let Some(value) = it.original_value_fen {
        let yuan = value.yuan();
        say("原值", "Cost", (format!("{yuan}元"), format!("{yuan} yuan")));
    }
    if let Some(day) = it.acquired_on {
        let zh = day.format("%Y年%-m月%-d日").to_string();
        say("取得日期", "Day of acquisition", (zh, day.to_string()));
    }
    if let Some(months) = it.service_life_months {
        let months = months.get();
        say("使用年限", "Service life", (format!("{months}个月"), format!("{months} months")));
    }
    if let Some(rate) = it.residual_rate_bp {
        let (whole, part) = (rate.get() / 100, rate.get() % 100);
        say("残值率", "Residual rate", same(format!("{whole}.{part:02}%")));
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
