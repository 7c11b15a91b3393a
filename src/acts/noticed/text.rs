//! A notice as it is read on the wall: a paragraph a line, in Chinese and English.

use chrono::NaiveDate;

use super::words::{self, Words};
use crate::{
    cases::notices::content::{
        ConsiderationKind, NoticeContent, NoticeText, NoticedAlteration, NoticedAppraisal, NoticedAsset,
        NoticedConsideration, NoticedDecision, NoticedExchange, NoticedIncome, NoticedObjections,
        NoticedParty, NoticedRight,
    },
    register::codes::RightKind,
    values::{Id, Period, id::kind},
};

/// A paragraph in both languages.
type Paragraph = (String, String);

/// The whole text of a notice.
pub(super) fn of(it: &NoticeContent) -> NoticeText {
    let mut paragraphs = vec![
        (it.title.zh.clone(), it.title.en.clone()),
        (
            format!("{}（{}）：现将下列事项予以公示，接受监督。", it.region.name, it.region.code),
            format!("{} ({}): the following is made public.", it.region.name, it.region.code),
        ),
    ];
    paragraphs.extend(it.assets.iter().map(asset));
    paragraphs.extend(it.alteration.iter().map(alteration));
    paragraphs.extend(it.amended.iter().map(|it| (it.zh.clone(), it.en.clone())));
    paragraphs.extend(it.rights.iter().map(|right| moved(right, it)));
    paragraphs.extend(it.consideration.iter().map(|what| given(what, it)));
    paragraphs.extend(it.income.iter().flat_map(|income| distributed(income, it)));
    paragraphs.extend(
        it.effective_on
            .map(|on| (format!("自{}起生效。", day(on).0), format!("It would work from {} on.", day(on).1))),
    );
    paragraphs.extend(it.period.iter().map(|period| days(period, it.income.is_some())));
    paragraphs.extend(it.appraisal.iter().map(appraised));
    paragraphs.extend(it.auctioneer.iter().map(auctioned));
    paragraphs.extend(it.exchange.iter().map(traded));
    paragraphs.extend(it.decisions.iter().map(decided));
    paragraphs.extend(it.reason.iter().map(|why| (format!("理由：{why}"), format!("Reason: {why}"))));
    paragraphs.extend(objections(&it.objections));
    let lines = |of: fn(&Paragraph) -> &str| paragraphs.iter().map(of).collect::<Vec<_>>().join("\n");
    NoticeText { zh: lines(|it| &it.0), en: lines(|it| &it.1) }
}

fn day(it: NaiveDate) -> (String, String) {
    (it.format("%Y年%-m月%-d日").to_string(), it.to_string())
}

fn asset(it: &NoticedAsset) -> Paragraph {
    let class = words::class(it.class);
    let acquired = day(it.acquired_on);
    let (mut zh, mut en) = (
        format!(
            "资产：{}（登记编号{}），{}，{}{}，位于{}",
            it.name, it.registry_number, class.0, it.quantity, it.unit, it.region.name,
        ),
        format!(
            "Asset: {} (registry number {}), {}, {} {}, in {}",
            it.name, it.registry_number, class.1, it.quantity, it.unit, it.region.name,
        ),
    );
    if let Some(location) = &it.location {
        zh.push_str(&format!("（{location}）"));
        en.push_str(&format!(" ({location})"));
    }
    let (cost, worth) = (it.original_value_fen.yuan(), it.book_value_fen.yuan());
    zh.push_str(&format!("，{}取得，原值{cost}元，账面价值{worth}元", acquired.0));
    en.push_str(&format!(", acquired on {}, cost {cost} yuan, book value {worth} yuan", acquired.1));
    if let Some(project) = &it.project {
        let funding = project.funding_fen.yuan();
        zh.push_str(&format!(
            "；项目：{}（{}，{}年，资金{funding}元）",
            project.name, project.code, project.year
        ));
        en.push_str(&format!(
            "; project: {} ({}, {}, funds of {funding} yuan)",
            project.name, project.code, project.year
        ));
    }
    (format!("{zh}。"), format!("{en}."))
}

/// The name of an asset of the notice.
fn name(asset: Id<kind::Asset>, within: &NoticeContent) -> &str {
    within.assets.iter().find(|it| it.id == asset).map_or("", |it| it.name.as_str())
}

fn moved(it: &NoticedRight, within: &NoticeContent) -> Paragraph {
    let (right, asset) = (words::right(it.right), name(it.asset_id, within));
    let share = it.share;
    let (since_zh, since_en) = match it.since.map(day) {
        Some((zh, en)) => (format!("，自{zh}起"), format!(", from {en} on")),
        None => (String::new(), String::new()),
    };
    match (&it.from, &it.to) {
        (Some(from), Some(to)) => (
            format!("权利：{asset}的{}，份额{share}，由{}转至{}{since_zh}。", right.0, from.name, to.name),
            format!(
                "Right: {share} of the {} of {asset}, from {} to {}{since_en}.",
                right.1, from.name, to.name
            ),
        ),
        (None, Some(to)) => {
            let (term_zh, term_en) = granted(it);
            if let Some(lessor) = &it.lessor {
                let (lessor, lessee) = (&lessor.name, &to.name);
                // What nothing is paid for is no lease.
                let (verb_zh, verb_en) =
                    if it.rent.is_empty() { ("交由", "given to") } else { ("出租给", "let to") };
                let runs_zh = if it.rent.is_empty() { "经营" } else { "" };
                return (
                    format!(
                        "权利：{asset}的{}，份额{share}，由{lessor}{verb_zh}{lessee}{runs_zh}{term_zh}。",
                        right.0
                    ),
                    format!(
                        "Right: {share} of the {} of {asset}, {verb_en} {lessee} by {lessor}{term_en}.",
                        right.1
                    ),
                );
            }
            (
                format!("权利：{asset}的{}，份额{share}，由{}享有{term_zh}。", right.0, to.name),
                format!("Right: {share} of the {} of {asset}, held by {}{term_en}.", right.1, to.name),
            )
        }
        (Some(from), None) => (
            format!("权利：{}对{asset}的{}，份额{share}，归于终止{since_zh}。", from.name, right.0),
            format!("Right: {share} of the {} of {asset}, of {}, ends{since_en}.", right.1, from.name),
        ),
        (None, None) => (
            format!("权利：{asset}的{}，份额{share}。", right.0),
            format!("Right: {share} of the {} of {asset}.", right.1),
        ),
    }
}

/// For how long a right was granted, and for how much altogether.
fn granted(it: &NoticedRight) -> Paragraph {
    let Some(term) = it.term else { return (String::new(), String::new()) };
    let from = day(term.from());
    let (mut zh, mut en) = match term.to().and_then(|it| it.pred_opt()).map(day) {
        Some(last) => (format!("，期限自{}至{}", from.0, last.0), format!(", from {} to {}", from.1, last.1)),
        None => (format!("，自{}起", from.0), format!(", from {} on", from.1)),
    };
    if let Some(rent) =
        crate::values::Fen::sum(it.rent.iter().map(|it| it.amount_fen)).filter(|it| !it.is_zero())
    {
        zh.push_str(&format!("，租金共{}元", rent.yuan()));
        en.push_str(&format!(", for a rent of {} yuan altogether", rent.yuan()));
    }
    (zh, en)
}

fn given(it: &NoticedConsideration, within: &NoticeContent) -> Paragraph {
    let yuan = it.amount_fen.map(crate::values::Fen::yuan).unwrap_or_default();
    let (mut zh, mut en) = match it.kind {
        ConsiderationKind::Price => (format!("价款：{yuan}元"), format!("Price: {yuan} yuan")),
        ConsiderationKind::Rent => (format!("租金：共{yuan}元"), format!("Rent: {yuan} yuan altogether")),
        ConsiderationKind::Swap if it.amount_fen.is_some() => (
            format!("对价：以同类权利互换，换回部分评估价值{yuan}元"),
            format!("Consideration: the same right in other assets, appraised at {yuan} yuan"),
        ),
        ConsiderationKind::Swap => {
            ("对价：以同类权利互换".to_owned(), "Consideration: the same right in other assets".to_owned())
        }
        // A grant that goes on is no gift: what is paid for it was not agreed with it.
        ConsiderationKind::Nothing if within.alteration.is_some() => {
            if within.rights.iter().all(|it| it.right == RightKind::Management) {
                ("租金：未约定".to_owned(), "Rent: none agreed".to_owned())
            } else {
                ("对价：未约定".to_owned(), "Consideration: none agreed".to_owned())
            }
        }
        ConsiderationKind::Nothing => ("对价：无偿".to_owned(), "Consideration: none".to_owned()),
    };
    if !it.schedule.is_empty() {
        let dues = it.schedule.iter().map(|it| (day(it.due_on), it.amount_fen.yuan()));
        let (dues_zh, dues_en): (Vec<_>, Vec<_>) =
            dues.map(|((zh, en), yuan)| (format!("{zh}付{yuan}元"), format!("{yuan} yuan on {en}"))).unzip();
        zh.push_str(&format!("，其中{}", dues_zh.join("、")));
        en.push_str(&format!(": {}", dues_en.join(", ")));
    }
    if let Some(to) = &it.pay_to {
        zh.push_str(&format!("，付至{}", to.name));
        en.push_str(&format!(", paid to {}", to.name));
    }
    (format!("{zh}。"), format!("{en}."))
}

fn distributed(it: &NoticedIncome, within: &NoticeContent) -> Vec<Paragraph> {
    let amount = it.amount_fen.yuan();
    let mut paragraphs =
        vec![(format!("拟分配收益：{amount}元。"), format!("Income to be distributed: {amount} yuan."))];
    paragraphs.extend(it.sources.iter().map(|source| {
        let (asset, yuan) = (name(source.asset_id, within), source.amount_fen.yuan());
        (format!("收益来源：{asset} {yuan}元。"), format!("Source: {asset}, {yuan} yuan."))
    }));
    paragraphs.extend(it.lines.iter().map(|line| {
        let (purpose, yuan): (Words, _) = (words::purpose(line.purpose), line.amount_fen.yuan());
        let whom = |by| line.successor_of.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(by);
        let (of_zh, of_en) = if line.successor_of.is_empty() {
            (String::new(), String::new())
        } else {
            (format!("（承继{}）", whom("、")), format!(" (who succeeds {})", whom(", ")))
        };
        (
            format!("分配：{}{of_zh}，{}，{yuan}元。", line.party.name, purpose.0),
            format!("To {}{of_en}, {}: {yuan} yuan.", line.party.name, purpose.1),
        )
    }));
    paragraphs
}

fn days(it: &Period, of_income: bool) -> Paragraph {
    let from = day(it.from());
    // People name the last day, and not the first one after it.
    let last = it.to().and_then(|it| it.pred_opt()).map(day);
    let (zh, en) = if of_income { ("收益所属期", "Period of the income") } else { ("期限", "Term") };
    match last {
        Some(last) => (format!("{zh}：{}至{}。", from.0, last.0), format!("{en}: {} to {}.", from.1, last.1)),
        None => (format!("{zh}：自{}起，不定期。", from.0), format!("{en}: from {} on.", from.1)),
    }
}

fn appraised(it: &NoticedAppraisal) -> Paragraph {
    let (on, yuan) = (day(it.appraised_on), it.value_fen.yuan());
    (
        format!("评估：{}以{}为基准日评估，价值{yuan}元。", it.appraiser.name, on.0),
        format!("Appraisal: {yuan} yuan as of {}, by {}.", on.1, it.appraiser.name),
    )
}

fn auctioned(it: &NoticedParty) -> Paragraph {
    (format!("拍卖人：{}。", it.name), format!("Auctioneer: {}.", it.name))
}

fn traded(it: &NoticedExchange) -> Paragraph {
    let on = day(it.traded_on);
    (
        format!("交易：{}在{}成交，编号{}。", on.0, it.platform, it.reference),
        format!("Trade: on {}, at {}, number {}.", on.1, it.platform, it.reference),
    )
}

fn decided(it: &NoticedDecision) -> Paragraph {
    let (body, on) = (words::body(it.body), day(it.decided_on));
    let whose: Vec<_> = it.by.iter().chain(&it.taken_for).map(|it| it.name.as_str()).collect();
    // Set off from the day that follows: names may end in a figure.
    let (of_zh, of_en) = if whose.is_empty() {
        (String::new(), String::new())
    } else {
        (format!("{}，", whose.join("、")), format!(" of {}", whose.join(", ")))
    };
    (
        format!(
            "决议：{of_zh}{}{}，应到{}人，实到{}人，赞成{}人。",
            on.0, body.0, it.members, it.attended, it.in_favour
        ),
        format!(
            "Decision: {}{of_en} on {}; {} members, {} attended, {} in favour.",
            body.1, on.1, it.members, it.attended, it.in_favour
        ),
    )
}

fn alteration(it: &NoticedAlteration) -> Paragraph {
    let fate = words::fate(it.kind);
    let (mut zh, mut en) = (format!("变更：{}", fate.0), format!("Alteration: {}", fate.1));
    if let Some(cause) = it.cause.map(words::cause) {
        zh.push_str(&format!("，原因为{}", cause.0));
        en.push_str(&format!(", because of {}", cause.1));
    }
    if let Some(way) = it.way.map(words::way) {
        zh.push_str(&format!("，方式为{}", way.0));
        en.push_str(&format!(", by {}", way.1));
    }
    if let Some(until) = it.until.map(day) {
        zh.push_str(&format!("，至{}恢复使用", until.0));
        en.push_str(&format!(", used again from {}", until.1));
    }
    if let Some(proceeds) = it.proceeds_fen {
        zh.push_str(&format!("，处置价款{}元", proceeds.yuan()));
        en.push_str(&format!(", for {} yuan", proceeds.yuan()));
    }
    for part in &it.becomes {
        let cost = part.original_value_fen.yuan();
        zh.push_str(&format!("；成为{}，{}{}，原值{cost}元", part.name, part.quantity, part.unit));
        en.push_str(&format!("; becomes {}, {} {}, cost {cost} yuan", part.name, part.quantity, part.unit));
    }
    for rent in &it.rent_given_up {
        let (lessee, yuan) = (&rent.lessee.name, rent.amount_fen.yuan());
        zh.push_str(&format!("；{lessee}已到期的租金{yuan}元不再收取，已收的应予退还"));
        en.push_str(&format!("; {yuan} yuan of rent that fell due for {lessee} would be owed no longer, and what came in of it owed back"));
    }
    (format!("{zh}。"), format!("{en}."))
}

fn objections(it: &NoticedObjections) -> [Paragraph; 2] {
    let (opened, due) = (day(it.opened_on), day(it.due_on));
    let hangs = match it.last_day.map(day) {
        Some(last) => (
            format!("公示期：{}张贴，至{}24时止，{}起方可撤下。", opened.0, last.0, due.0),
            format!(
                "Posted on {}; it hangs until the end of {} and may come down on {} at the earliest.",
                opened.1, last.1, due.1
            ),
        ),
        None => (format!("{}张贴。", opened.0), format!("Posted on {}.", opened.1)),
    };
    let how = (
        format!(
            "异议：对上述资产、权利人、份额、价款、期限等有异议的，请在公示撤下前向所在乡镇（街道）提出，或者在登记系统提交（{}，无需登录）；监督举报电话{}。异议未答复的或者成立的，本事项不予继续办理。",
            it.path, it.telephone
        ),
        format!(
            "Whoever objects to the assets, the parties, the shares, the amounts or the days may say so while the notice \
             hangs, to the township or at {} (no token is needed); complaints: {}. While an objection is not answered, and \
             where one is upheld, the case goes no further.",
            it.path, it.telephone
        ),
    );
    [hangs, how]
}
