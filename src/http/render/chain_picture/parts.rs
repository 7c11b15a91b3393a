//! The parts of the picture of a chain, each as a template over the places of its sheet.

use chrono::NaiveDate;
use maud::{Markup, html};
use num_rational::BigRational;

use crate::{
    http::{
        render::chain_picture::{
            ACT_COLUMNS, ACT_ROW, ACTS_LISTED, BAR, FLAG_LETTERS, FLAG_LINE, HOLDER_COLUMNS, HOLDER_ROW,
            HOLDERS_LISTED, Holder, Marks, Moment, RESTRICTION_COLUMNS, RESTRICTION_ROW, RESTRICTIONS_LISTED,
            Restricted, Sheet, TAG_LETTERS, act_text, case_text, clean, count, flag,
            layout::{HEIGHT, LEFT, MARGIN, RIGHT, Span, WIDTH, centre, fitted, spans, width},
            tag, tag_width, text, words,
        },
        shell::language::Language,
    },
    register::codes::{RestrictionKind, RightKind},
};

const LINE: &str = "#444444";
const WARNING: &str = "#B2182B";
const HATCH: &str = "#7A1F4E";

/// What lies over colours: dots and lines for holders, hatches for restrictions.
pub(super) fn patterns(sheet: &Sheet<'_>) -> Markup {
    let hatches = RestrictionKind::ALL.iter().copied();
    html! {
        defs {
            pattern id="dotted" width="18" height="18" patternUnits="userSpaceOnUse" {
                circle cx="5" cy="5" r="2.2" fill="#333333" fill-opacity="0.32" {}
                circle cx="14" cy="14" r="2.2" fill="#333333" fill-opacity="0.32" {}
            }
            pattern id="lined" width="14" height="14" patternUnits="userSpaceOnUse" {
                path d="M0 7H14" stroke="#333333" stroke-width="1.6" stroke-opacity="0.45" {}
            }
            @for kind in hatches {
                pattern id=(kind.code()) width="20" height="20" patternUnits="userSpaceOnUse" {
                    path d=(hatch(kind)) stroke=(HATCH) stroke-width="2.6" fill="none" {}
                }
            }
            clipPath id="time" {
                rect x=(LEFT) y=(sheet.lanes_top) width=(RIGHT - LEFT) height=(sheet.axis_top - sheet.lanes_top) {}
            }
        }
    }
}

const fn hatch(kind: RestrictionKind) -> &'static str {
    match kind {
        RestrictionKind::Mortgage => "M-5 5L5 -5M0 20L20 0M15 25L25 15",
        RestrictionKind::Pledge => "M-5 15L5 25M0 0L20 20M15 -5L25 5",
        RestrictionKind::Seizure => "M-5 5L5 -5M0 20L20 0M15 25L25 15M-5 15L5 25M0 0L20 20M15 -5L25 5",
        RestrictionKind::Dispute => "M10 0V20",
        RestrictionKind::TransferBan => "M10 0V20M0 10H20",
    }
}

/// Name and number of the asset, the times that were asked about, and whether the chain holds together.
pub(super) fn heading(sheet: &Sheet<'_>) -> Markup {
    let (picture, language) = (sheet.picture, sheet.language);
    let known = (picture.known_at + chrono::TimeDelta::hours(8)).format("%Y-%m-%d %H:%M:%S");
    let times = match language {
        Language::Chinese => format!("截至 {} · 登记簿于 {known}（UTC+8）所载", picture.as_of),
        Language::English => format!("as of {} · as the register knew it at {known} (UTC+8)", picture.as_of),
    };
    let broken = breaks(sheet);
    let room = WIDTH - 2 * MARGIN;
    html! {
        g font-weight="bold" {
            (text(MARGIN, 122, 54, "start", &fitted(&clean(&picture.asset_name), 54, room)))
        }
        (text(MARGIN, 176, 28, "start", &format!("{} · {times}", clean(&picture.registry_number))))
        @match broken {
            None => g fill="#1B6E3C" {
                (text(RIGHT, 176, 28, "end", language.of_two("链条完整", "the chain holds together")))
            },
            Some(broken) => g fill=(WARNING) font-weight="bold" {
                @let taken = width(&picture.registry_number, 28) + width(&times, 28) + 60;
                (text(RIGHT, 176, 28, "end", &fitted(&broken, 28, room - taken)))
            },
        }
        path d={ "M" (MARGIN) " 194H" (RIGHT) } stroke=(LINE) stroke-width="2" {}
    }
}

/// Where the chain does not hold together, in words; none where it does.
fn breaks(sheet: &Sheet<'_>) -> Option<String> {
    let language = sheet.language;
    let mut told: Vec<_> = sheet.picture.breaks.iter().map(|it| words::broken(it.kind, language)).collect();
    told.dedup();
    let told = told.join(language.of_two("；", "; "));
    (!told.is_empty()).then(|| match language {
        Language::Chinese => format!("链条有断点：{told}"),
        Language::English => format!("the chain is broken: {told}"),
    })
}

/// A lane with its spans, lighter where they only rest with the owners.
pub(super) fn lane(sheet: &Sheet<'_>, index: usize, right: RightKind) -> Markup {
    let (top, height) = (sheet.lane_top(index), sheet.lane_height);
    let empty = !sheet.picture.rights.iter().any(|it| it.kind == RightKind::Ownership);
    html! {
        g font-weight="bold" { (text(MARGIN, top + height / 2 - 24, 36, "start", words::right(right, sheet.language))) }
        g fill="#555555" {
            (text(LEFT - 14, top + 20, 22, "end", "1"))
            (text(LEFT - 14, top + height / 2 + 8, 22, "end", "1/2"))
            (text(LEFT - 14, top + height, 22, "end", "0"))
        }
        rect x=(LEFT) y=(top) width=(RIGHT - LEFT) height=(height) fill="#F6F6F6" {}
        @if empty {
            @let said = sheet.language.of_two("尚未首次登记", "not registered yet");
            (text((LEFT + RIGHT) / 2, top + height / 2 + 10, 30, "middle", said))
        }
        @for it in spans_of(sheet, right) { (span(sheet, &it, top)) }
        rect x=(LEFT) y=(top) width=(RIGHT - LEFT) height=(height) fill="none" stroke=(LINE) stroke-width="2" {}
    }
}

/// The spans of a lane that can be seen.
fn spans_of(sheet: &Sheet<'_>, right: RightKind) -> Vec<Span> {
    let holders: Vec<_> = sheet.holders.iter().map(|it| it.id).collect();
    let mut spans = spans(&sheet.picture.rights, right, &holders, sheet.lane_height);
    spans.retain(|it| it.height > 0 && it.from < sheet.scale.to);
    spans
}

fn span(sheet: &Sheet<'_>, it: &Span, top: i64) -> Markup {
    let Some(holder) = sheet.holder(it.holder_id) else { return Markup::default() };
    let (x, right) = sides(sheet, it);
    let strength = if it.residual { "0.34" } else { "1" };
    html! {
        g {
            title { (tooltip(sheet, holder, it)) }
            rect x=(x) y=(top + it.top) width=(right - x) height=(it.height) fill=(holder.colour) fill-opacity=(strength)
                stroke="#555555" stroke-width="1.4" stroke-dasharray=[it.residual.then_some("7 6")] {}
            @if let Some(pattern) = holder.pattern {
                rect x=(x) y=(top + it.top) width=(right - x) height=(it.height) fill={ "url(#" (pattern) ")" }
                    fill-opacity=(strength) {}
            }
        }
    }
}

/// Where a span begins and ends.
fn sides(sheet: &Sheet<'_>, it: &Span) -> (i64, i64) {
    (sheet.scale.x(it.from), it.to.map_or(RIGHT, |to| sheet.scale.x(to)))
}

/// The tooltip of a span.
fn tooltip(sheet: &Sheet<'_>, holder: &Holder, it: &Span) -> String {
    let share = share(&it.share);
    let until = it.to.map(|to| to.to_string()).unwrap_or_default();
    let how = match (it.residual, sheet.language) {
        (true, Language::Chinese) => "未另行授予，归所有权人",
        (true, Language::English) => "granted to nobody, so it rests with the owner",
        (false, Language::Chinese) => "登记",
        (false, Language::English) => "on record",
    };
    format!("{} · {share} · {} – {until} · {how}", holder.name, it.from)
}

fn share(share: &BigRational) -> String {
    format!("{}/{}", share.numer(), share.denom())
}

/// The names in the spans, as much of them as fits: the name with the share, one of them, or the holder's letter.
pub(super) fn names_in_spans(sheet: &Sheet<'_>) -> Markup {
    html! {
        g text-anchor="middle" stroke="#ffffff" stroke-width="5" stroke-opacity="0.75" stroke-linejoin="round" paint-order="stroke"
            pointer-events="none" {
            @for (index, right) in sheet.picture.lanes.iter().enumerate() {
                @for it in spans_of(sheet, *right) {
                    @if let Some((x, y, size, said)) = name_in(sheet, &it, sheet.lane_top(index)) {
                        text x=(x) y=(y) font-size=(size) { (said) }
                    }
                }
            }
        }
    }
}

/// What is written in a span: where, how large, and what.
fn name_in(sheet: &Sheet<'_>, it: &Span, top: i64) -> Option<(i64, i64, i64, String)> {
    let holder = sheet.holder(it.holder_id)?;
    let (x, right) = sides(sheet, it);
    let size = match it.height {
        40.. => 30,
        28.. => 23,
        20.. => 18,
        _ => return None,
    };
    let Holder { letter, name, .. } = holder;
    let share = share(&it.share);
    let said = [
        format!("{letter}  {name}  {share}"),
        format!("{letter}  {name}"),
        format!("{letter}  {share}"),
        letter.clone(),
    ];
    let (clear, end) = clear_of_lines(sheet, x, right);
    let y = top + it.top + it.height / 2 + size * 36 / 100;
    said.into_iter().find_map(|said| {
        let wide = width(&said, size) + 16;
        let place = if wide <= end - clear { clear.midpoint(end) } else { x.midpoint(right) };
        (wide <= right - x).then_some((place, y, size, said))
    })
}

/// The widest part of a span through which no line of an act or a day leads.
fn clear_of_lines(sheet: &Sheet<'_>, x: i64, right: i64) -> (i64, i64) {
    let days = [sheet.picture.today, sheet.picture.as_of].map(|day| sheet.scale.x(day));
    let mut lines: Vec<i64> = sheet.moments.iter().map(|it| it.x).chain(days).chain([x, right]).collect();
    lines.retain(|it| (x..=right).contains(it));
    lines.sort_unstable();
    let gaps = lines.iter().zip(lines.iter().skip(1)).map(|(from, to)| (*from, *to));
    gaps.max_by_key(|(from, to)| to - from).unwrap_or((x, right))
}

/// Restrictions: hatched over the lanes for their days, and named in rows of their own below.
pub(super) fn restrictions(sheet: &Sheet<'_>) -> Markup {
    let restrictions = &sheet.picture.restrictions;
    html! {
        g clip-path="url(#time)" pointer-events="none" {
            @for it in restrictions {
                @let (x, right) = days_of(sheet, it);
                @for index in 0..sheet.picture.lanes.len() {
                    rect x=(x) y=(sheet.lane_top(index)) width=(right - x) height=(sheet.lane_height)
                        fill={ "url(#" (it.kind.code()) ")" } fill-opacity="0.4" stroke=(HATCH) stroke-width="2"
                        stroke-dasharray="2 6" {}
                }
            }
        }
        @if !restrictions.is_empty() {
            @let said = sheet.language.of_two("限制", "Restrictions");
            (text(MARGIN, sheet.lanes_bottom + 40, 28, "start", said))
        }
        @for (index, (it, row)) in restrictions.iter().zip(&sheet.bars).enumerate() { (bar(sheet, it, index, *row)) }
    }
}

/// The days of a restriction, never so few that they cannot be seen.
fn days_of(sheet: &Sheet<'_>, it: &Restricted) -> (i64, i64) {
    let x = sheet.scale.x(it.days.from()).min(RIGHT - 6);
    (x, it.days.to().map_or(RIGHT, |to| sheet.scale.x(to)).max(x + 6))
}

fn bar(sheet: &Sheet<'_>, it: &Restricted, index: usize, row: usize) -> Markup {
    let (x, right) = days_of(sheet, it);
    let y = sheet.lanes_bottom + 12 + count(row) * BAR;
    let number = format!("R{}", index + 1);
    let full = format!("{number} {}", words::restriction(it.kind, sheet.language));
    let said = if width(&full, 22) + 12 <= right - x { full } else { number };
    let inside = width(&said, 22) + 12 <= right - x;
    // A name that is wider than its days stands beside them.
    let (place, anchor) = match (inside, right + width(&said, 22) + 12 < RIGHT) {
        (true, _) => (x.midpoint(right), "middle"),
        (false, true) => (right + 8, "start"),
        (false, false) => (x - 8, "end"),
    };
    html! {
        rect x=(x) y=(y) width=(right - x) height=(BAR - 8) fill={ "url(#" (it.kind.code()) ")" } stroke=(HATCH)
            stroke-width="2" {}
        g fill=(HATCH) stroke="#ffffff" stroke-width="6" paint-order="stroke" font-weight="bold" {
            (text(place, y + 22, 22, anchor, &said))
        }
    }
}

/// The moments of the acts: a line through the lanes each, under a flag or a tag.
pub(super) fn marks(sheet: &Sheet<'_>) -> Markup {
    match &sheet.marks {
        Marks::Flags(rows) => html! {
            @for (moment, row) in sheet.moments.iter().zip(rows) {
                (flagged(sheet, moment, sheet.lanes_top - (count(*row) + 1) * sheet.flag_height))
            }
        },
        Marks::Tags(groups) => html! {
            @for moment in &sheet.moments { (line(sheet, moment, sheet.lanes_top - 20)) }
            @for group in groups { (tagged(sheet, group)) }
        },
    }
}

fn line(sheet: &Sheet<'_>, moment: &Moment, top: i64) -> Markup {
    let broken = acts_at(sheet, moment).iter().any(|it| sheet.breaks_at(it));
    let colour = if broken { WARNING } else { LINE };
    html! {
        path d={ "M" (moment.x) " " (top) "V" (sheet.lanes_bottom) } stroke=(colour) stroke-width="2.4" {
            title {
                @for it in acts_at(sheet, moment) {
                    (it.effective_on) " · " (act_text(it, sheet.language)) " · " (case_text(it, sheet.language)) " · "
                    (sheet.language.of_two("记载于", "recorded on")) " " (it.recorded_at.date_naive()) " "
                }
            }
        }
    }
}

fn acts_at<'s>(sheet: &'s Sheet<'_>, moment: &Moment) -> &'s [crate::register::rights::Act] {
    sheet.picture.acts.get(moment.acts.clone()).unwrap_or_default()
}

fn flagged(sheet: &Sheet<'_>, moment: &Moment, top: i64) -> Markup {
    let broken = acts_at(sheet, moment).iter().any(|it| sheet.breaks_at(it));
    html! {
        (line(sheet, moment, top))
        g fill=(if broken { WARNING } else { "#1a1a1a" }) {
            @for (number, said) in flag(sheet.picture, sheet.language, moment).iter().enumerate() {
                g font-weight=[(number == 0).then_some("bold")] {
                    (text(moment.x + 10, top + FLAG_LETTERS - 2 + count(number) * FLAG_LINE, FLAG_LETTERS, "start", said))
                }
            }
        }
    }
}

fn tagged(sheet: &Sheet<'_>, group: &std::ops::Range<usize>) -> Markup {
    let places: Vec<i64> = sheet.moments.iter().map(|it| it.x).collect();
    let said = tag(&sheet.moments, group);
    let wide = tag_width(&said);
    let centre = centre(&places, group).clamp(MARGIN + wide / 2, WIDTH - MARGIN / 2 - wide / 2);
    let first = places.get(group.start).copied().unwrap_or(centre);
    let last = places.get(group.end.saturating_sub(1)).copied().unwrap_or(centre);
    let (top, foot) = (sheet.lanes_top - 62, sheet.lanes_top - 20);
    let broken = sheet.moments.get(group.clone()).unwrap_or_default().iter();
    let broken = broken.flat_map(|it| acts_at(sheet, it)).any(|it| sheet.breaks_at(it));
    let colour = if broken { WARNING } else { LINE };
    html! {
        path d={ "M" (first.min(centre)) " " (foot) "H" (last.max(centre)) "M" (centre) " " (foot) "V" (top + 34) }
            stroke=(colour) stroke-width="2.4" fill="none" {}
        rect x=(centre - wide / 2) y=(top) width=(wide) height="34" rx="17" fill="#ffffff" stroke=(colour)
            stroke-width="2.4" {}
        (text(centre, top + 26, TAG_LETTERS, "middle", &said))
    }
}

/// The axis: years, and quarters where there is room.
pub(super) fn axis(sheet: &Sheet<'_>) -> Markup {
    let y = sheet.axis_top;
    let years = sheet.scale.years();
    html! {
        path d={ "M" (LEFT) " " (y) "H" (RIGHT) } stroke=(LINE) stroke-width="2.4" {}
        @for day in &years {
            @let x = sheet.scale.x(*day);
            path d={ "M" (x) " " (sheet.lanes_top) "V" (y) } stroke="#D8D8D8" stroke-width="1.6" {}
            path d={ "M" (x) " " (y) "V" (y + 12) } stroke=(LINE) stroke-width="2.4" {}
            (text(x, y + 40, 27, "middle", &day.format("%Y").to_string()))
        }
        @for day in sheet.scale.quarters() {
            path d={ "M" (sheet.scale.x(day)) " " (y) "V" (y + 7) } stroke=(LINE) stroke-width="1.6" {}
        }
    }
}

/// The lines of today and, where it is another day, of the day that was asked about.
pub(super) fn days(sheet: &Sheet<'_>) -> Markup {
    let (picture, language) = (sheet.picture, sheet.language);
    let today = (picture.today, language.of_two("今天", "today"));
    let asked = (picture.as_of, language.of_two("所查之日", "asked about"));
    let days = if picture.today == picture.as_of { vec![today] } else { vec![today, asked] };
    html! {
        @for (day, said) in days.into_iter().filter(|(day, _)| sheet.scale.shows(*day)) {
            (day_line(sheet, day, said))
        }
    }
}

fn day_line(sheet: &Sheet<'_>, day: NaiveDate, said: &str) -> Markup {
    let (x, y) = (sheet.scale.x(day), sheet.axis_top);
    let said = format!("{said} {day}");
    let half = width(&said, 24) / 2;
    html! {
        path d={ "M" (x) " " (sheet.lanes_top - 8) "V" (y + 12) } stroke=(WARNING) stroke-width="4"
            stroke-dasharray="16 6" {}
        g fill=(WARNING) font-weight="bold" {
            (text(x.clamp(LEFT + half, WIDTH - MARGIN / 2 - half), y + 76, 24, "middle", &said))
        }
    }
}

/// Below the axis: who the holders are, what light colours mean, which restrictions, which acts.
pub(super) fn legend(sheet: &Sheet<'_>) -> Markup {
    let language = sheet.language;
    let mut y = sheet.legend_top + 34;
    let holders = section(&mut y, sheet.holders.len(), HOLDERS_LISTED, HOLDER_COLUMNS, HOLDER_ROW);
    let meaning = y;
    y += HOLDER_ROW + 16;
    let restrictions = &sheet.picture.restrictions;
    let restricted =
        section(&mut y, restrictions.len(), RESTRICTIONS_LISTED, RESTRICTION_COLUMNS, RESTRICTION_ROW);
    let restricted_gap = if restrictions.is_empty() { 0 } else { 16 };
    y += restricted_gap;
    let acts = match sheet.marks {
        Marks::Tags(_) => section(&mut y, sheet.picture.acts.len(), ACTS_LISTED, ACT_COLUMNS, ACT_ROW),
        Marks::Flags(_) => Vec::new(),
    };
    html! {
        @if let Some((_, y)) = holders.first() { (caption(*y, language.of_two("权利人", "Holders"))) }
        @for (index, place) in holders.iter().enumerate() { (holder_told(sheet, index, *place)) }
        (strengths(sheet, meaning))
        @if let Some((_, y)) = restricted.first() { (caption(*y, language.of_two("限制", "Restrictions"))) }
        @for (index, place) in restricted.iter().enumerate() { (restriction_told(sheet, index, *place)) }
        @if let Some((_, y)) = acts.first() { (caption(*y, language.of_two("变动", "Acts"))) }
        @for (index, place) in acts.iter().enumerate() { (act_in_legend(sheet, index, *place)) }
        g fill="#555555" {
            (text(MARGIN, HEIGHT - 48, 22, "start", language.of_two(
                "三权登记簿绘制。权利以登记簿所载为准；高度即份额，横向为时间。",
                "Drawn by the Sanquan register, whose records prevail. Heights are shares; time runs from left to right.",
            )))
        }
    }
}

/// The places of the entries of a section, column by column, and one more where some are left out.
fn section(y: &mut i64, entries: usize, told: usize, columns: usize, row: i64) -> Vec<(i64, i64)> {
    let shown = if entries > told { told + 1 } else { entries };
    let rows = shown.div_ceil(columns).max(1);
    let wide = (RIGHT - LEFT) / count(columns);
    let top = *y;
    if shown > 0 {
        *y += count(rows) * row;
    }
    (0..shown).map(|index| (LEFT + count(index / rows) * wide, top + count(index % rows) * row)).collect()
}

fn caption(y: i64, said: &str) -> Markup {
    html! { g font-weight="bold" { (text(MARGIN, y, 28, "start", said)) } }
}

/// How many entries are left out, where this is the place for it.
fn left_out(sheet: &Sheet<'_>, index: usize, told: usize, all: usize, (x, y): (i64, i64)) -> Option<Markup> {
    let more = (index == told && all > told).then(|| all - told)?;
    let said = match sheet.language {
        Language::Chinese => format!("另有 {more} 项，见 JSON"),
        Language::English => format!("and {more} more; see the JSON"),
    };
    Some(text(x, y, 22, "start", &said))
}

fn holder_told(sheet: &Sheet<'_>, index: usize, (x, y): (i64, i64)) -> Markup {
    if let Some(more) = left_out(sheet, index, HOLDERS_LISTED, sheet.holders.len(), (x, y)) {
        return more;
    }
    let Some(holder) = sheet.holders.get(index) else { return Markup::default() };
    let room = (RIGHT - LEFT) / count(HOLDER_COLUMNS) - 80;
    html! {
        (swatch(x, y, holder, "1"))
        (text(x + 58, y, 26, "start", &fitted(&format!("{}  {}", holder.letter, holder.name), 26, room)))
    }
}

fn swatch(x: i64, y: i64, holder: &Holder, strength: &str) -> Markup {
    html! {
        rect x=(x) y=(y - 24) width="44" height="30" fill=(holder.colour) fill-opacity=(strength) stroke="#555555"
            stroke-width="1.6" stroke-dasharray=[(strength != "1").then_some("7 6")] {}
        @if let Some(pattern) = holder.pattern {
            rect x=(x) y=(y - 24) width="44" height="30" fill={ "url(#" (pattern) ")" } {}
        }
    }
}

/// What full and light colours mean.
fn strengths(sheet: &Sheet<'_>, y: i64) -> Markup {
    let sample = Holder::new(0, uuid::Uuid::nil().into(), "");
    let language = sheet.language;
    let granted = language.of_two("深色：登记在册的权利", "full: a right on record");
    let resting = language.of_two(
        "浅色虚边：未另行授予的部分，归所有权人",
        "light, with broken edges: granted to nobody, so it rests with the owners",
    );
    let second = LEFT + 58 + width(granted, 26) + 60;
    html! {
        (swatch(LEFT, y, &sample, "1"))
        (text(LEFT + 58, y, 26, "start", granted))
        (swatch(second, y, &sample, "0.34"))
        (text(second + 58, y, 26, "start", resting))
    }
}

fn restriction_told(sheet: &Sheet<'_>, index: usize, (x, y): (i64, i64)) -> Markup {
    let all = &sheet.picture.restrictions;
    if let Some(more) = left_out(sheet, index, RESTRICTIONS_LISTED, all.len(), (x, y)) {
        return more;
    }
    let Some(it) = all.get(index) else { return Markup::default() };
    let kind = words::restriction(it.kind, sheet.language);
    let (from, holder) = (it.days.from(), clean(&it.holder_name));
    let days = match (it.days.to(), sheet.language) {
        (Some(to), _) => format!("{from} – {to}"),
        (None, Language::Chinese) => format!("{from} 起"),
        (None, Language::English) => format!("since {from}"),
    };
    let said = format!("R{} {kind}  {days}  {holder}", index + 1);
    html! {
        rect x=(x) y=(y - 24) width="44" height="28" fill={ "url(#" (it.kind.code()) ")" } stroke=(HATCH)
            stroke-width="1.6" {}
        (text(x + 58, y, 25, "start", &fitted(&said, 25, (RIGHT - LEFT) / count(RESTRICTION_COLUMNS) - 80)))
    }
}

fn act_in_legend(sheet: &Sheet<'_>, index: usize, (x, y): (i64, i64)) -> Markup {
    let all = &sheet.picture.acts;
    if let Some(more) = left_out(sheet, index, ACTS_LISTED, all.len(), (x, y)) {
        return more;
    }
    let Some(act) = all.get(index) else { return Markup::default() };
    let (told, case) = (act_text(act, sheet.language), case_text(act, sheet.language));
    let said = format!("{}  {told}  {case}", act.effective_on);
    let colour = if sheet.breaks_at(act) { WARNING } else { "#1a1a1a" };
    html! {
        g fill=(colour) {
            g font-weight="bold" { (text(x + 30, y, 20, "end", &(index + 1).to_string())) }
            (text(x + 42, y, 20, "start", &fitted(&said, 20, (RIGHT - LEFT) / count(ACT_COLUMNS) - 50)))
        }
    }
}
