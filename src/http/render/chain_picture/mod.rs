//! The chain of the rights in an asset as a picture: time from left to right, a lane for each right, shares as heights.
//!
//! A pure function from what is on record to an SVG of A4, landscape, for a screen or a printer. Holders are told apart by
//! a colour that colour-blind readers can tell too, by a pattern that is left in grey print, and by a letter. Where labels
//! would overlap, acts are numbered and listed below. Places are whole numbers; see [`layout`].

pub(in crate::http) mod drawing;
mod layout;
mod parts;
mod words;

use std::{collections::BTreeMap, ops::Range};

use chrono::{DateTime, NaiveDate, Utc};
use maud::{Markup, html};

use crate::{
    http::shell::language::Language,
    register::{
        codes::{RestrictionKind, RightKind},
        rights::{Act, Break, Right},
    },
    values::{Id, Period, id::kind},
};
use layout::{HEIGHT, Scale, joined, rows, width};

pub(in crate::http) use words::{restriction, right};

/// What is drawn.
#[derive(Debug, Clone)]
pub(in crate::http) struct Picture {
    /// The name of the asset.
    pub(in crate::http) asset_name: String,
    /// The number under which people know it.
    pub(in crate::http) registry_number: String,
    /// The rights that have a lane.
    pub(in crate::http) lanes: Vec<RightKind>,
    /// The day that was asked about.
    pub(in crate::http) as_of: NaiveDate,
    /// Today.
    pub(in crate::http) today: NaiveDate,
    /// The instant at which the register knew it.
    pub(in crate::http) known_at: DateTime<Utc>,
    /// The rights, over all days.
    pub(in crate::http) rights: Vec<Right>,
    /// The names of their holders.
    pub(in crate::http) names: BTreeMap<Id<kind::Party>, String>,
    /// The acts, in the order in which they took effect.
    pub(in crate::http) acts: Vec<Act>,
    /// What lay or lies on the asset.
    pub(in crate::http) restrictions: Vec<Restricted>,
    /// Where the chain does not hold together.
    pub(in crate::http) breaks: Vec<Break>,
}

/// A restriction in the picture.
#[derive(Debug, Clone)]
pub(in crate::http) struct Restricted {
    /// What it is.
    pub(in crate::http) kind: RestrictionKind,
    /// The name of its holder.
    pub(in crate::http) holder_name: String,
    /// The days on which it lies there.
    pub(in crate::http) days: Period,
}

/// A text that XML can hold: what it cannot is replaced (XML 1.0, section 2.2). The templates escape the rest.
fn clean(text: &str) -> String {
    let fits = |it: char| matches!(it, '\t' | ' '..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|it| if fits(it) { it } else { '\u{fffd}' }).collect()
}

/// A holder with what the picture tells it apart by.
#[derive(Debug)]
struct Holder {
    id: Id<kind::Party>,
    /// `A`, `B` and so on.
    letter: String,
    name: String,
    colour: &'static str,
    /// What lies over the colour; none for the first few.
    pattern: Option<&'static str>,
}

/// The bright colours of Paul Tol's scheme for cells with dark text, which colour-blind readers can tell apart. Here
/// neighbours differ in brightness too, so that they do in grey print.
const COLOURS: [&str; 9] =
    ["#77AADD", "#EEDD88", "#FFAABB", "#44BB99", "#DDDDDD", "#EE8866", "#99DDFF", "#AAAA00", "#BBCC33"];
const PATTERNS: [Option<&str>; 3] = [None, Some("dotted"), Some("lined")];

impl Holder {
    fn new(index: usize, id: Id<kind::Party>, name: &str) -> Self {
        let pattern = (index / 3 + index / COLOURS.len()) % PATTERNS.len();
        Self {
            id,
            letter: letter(index),
            name: clean(name),
            colour: COLOURS.get(index % COLOURS.len()).copied().unwrap_or("#DDDDDD"),
            pattern: PATTERNS.get(pattern).copied().flatten(),
        }
    }
}

/// `A` to `Z`, then `AA` and so on.
fn letter(index: usize) -> String {
    let last = char::from(b'A'.saturating_add(u8::try_from(index % 26).unwrap_or(0)));
    match (index / 26).checked_sub(1) {
        None => last.to_string(),
        Some(before) => format!("{}{last}", letter(before)),
    }
}

/// A day on which acts took effect: which, by their numbers from 0.
#[derive(Debug)]
struct Moment {
    on: NaiveDate,
    x: i64,
    acts: Range<usize>,
}

/// How the moments of the acts are marked.
#[derive(Debug)]
enum Marks {
    /// Each by a flag with its whole text, in its row above the lanes.
    Flags(Vec<usize>),
    /// By tags with the numbers under which the acts are listed below; neighbours share one.
    Tags(Vec<Range<usize>>),
}

/// The size of letters in flags.
const FLAG_LETTERS: i64 = 25;
/// The height of a line in a flag.
const FLAG_LINE: i64 = 31;
/// How high the flags may be in all.
const FLAGS_AT_MOST: i64 = 460;
/// The size of letters in tags.
const TAG_LETTERS: i64 = 24;
/// How many acts, restrictions and holders the legend lists.
const ACTS_LISTED: usize = 60;
const RESTRICTIONS_LISTED: usize = 6;
const HOLDERS_LISTED: usize = 23;

/// The picture with the place of everything.
#[derive(Debug)]
struct Sheet<'p> {
    picture: &'p Picture,
    language: Language,
    scale: Scale,
    holders: Vec<Holder>,
    moments: Vec<Moment>,
    marks: Marks,
    /// The height of a flag.
    flag_height: i64,
    /// Of each restriction that is shown below the lanes, its row there.
    bars: Vec<usize>,
    lanes_top: i64,
    lane_height: i64,
    lanes_bottom: i64,
    axis_top: i64,
    legend_top: i64,
}

/// The space between two lanes.
const LANE_GAP: i64 = 26;
/// The height of the row of a restriction.
const BAR: i64 = 36;
/// The heights of rows in the legend.
const HOLDER_ROW: i64 = 42;
const RESTRICTION_ROW: i64 = 36;
const ACT_ROW: i64 = 32;
/// How many acts stand side by side in the legend.
const ACT_COLUMNS: usize = 4;
/// How many holders stand side by side in the legend.
const HOLDER_COLUMNS: usize = 4;
/// How many restrictions stand side by side in the legend.
const RESTRICTION_COLUMNS: usize = 2;

impl<'p> Sheet<'p> {
    fn of(picture: &'p Picture, language: Language) -> Self {
        let scale = scale(picture);
        let moments = moments(&picture.acts, &scale);
        let most = moments.iter().map(|it| it.acts.len()).max().unwrap_or(0);
        let flag_height = FLAG_LINE * (1 + 2 * count(most)) + 10;
        let (marks, marks_height) = marks(picture, language, &moments, flag_height);
        let bars = bars(&picture.restrictions);
        let lanes_top = 222 + marks_height;
        let legend_top = HEIGHT - 90 - legend_height(picture, &marks);
        let strip = bars.iter().max().map_or(0, |it| BAR * (count(*it) + 1) + 14);
        let axis_top = legend_top - 110;
        let lanes = count(picture.lanes.len()).max(1);
        let lane_height = (axis_top - strip - lanes_top - LANE_GAP * (lanes - 1)) / lanes;
        Self {
            holders: holders(picture),
            lanes_bottom: lanes_top + lanes * lane_height + (lanes - 1) * LANE_GAP,
            picture,
            language,
            scale,
            moments,
            marks,
            flag_height,
            bars,
            lanes_top,
            lane_height,
            axis_top,
            legend_top,
        }
    }

    fn lane_top(&self, index: usize) -> i64 {
        self.lanes_top + count(index) * (self.lane_height + LANE_GAP)
    }

    fn holder(&self, id: Id<kind::Party>) -> Option<&Holder> {
        self.holders.iter().find(|it| it.id == id)
    }

    /// Whether the chain breaks at an act.
    fn breaks_at(&self, act: &Act) -> bool {
        self.picture.breaks.iter().any(|it| it.instrument_id == Some(act.instrument_id))
    }
}

/// A number of things as a number of units.
fn count(things: usize) -> i64 {
    i64::try_from(things).unwrap_or(i64::MAX)
}

fn scale(picture: &Picture) -> Scale {
    let rights = picture.rights.iter().map(|it| it.period);
    let periods: Vec<Period> = rights.chain(picture.restrictions.iter().map(|it| it.days)).collect();
    let acted = picture.acts.iter().map(|it| it.effective_on);
    let first = periods.iter().map(Period::from).chain(acted.clone()).min();
    let last = acted.chain([picture.as_of, picture.today]).max().unwrap_or(picture.as_of);
    let ends = periods.iter().filter_map(Period::to);
    Scale::around(first.unwrap_or(picture.as_of).min(last), last, ends)
}

/// Everybody who holds something, in the order in which they first do; owners first, and the greater share first.
fn holders(picture: &Picture) -> Vec<Holder> {
    let mut rights: Vec<&Right> = picture.rights.iter().filter(|it| shown(picture, it)).collect();
    rights.sort_by_key(|it| {
        (it.period.from(), it.kind != RightKind::Ownership, std::cmp::Reverse(it.share), it.holder_id)
    });
    let mut holders: Vec<Holder> = Vec::new();
    for right in rights {
        if !holders.iter().any(|it| it.id == right.holder_id) {
            let name = picture.names.get(&right.holder_id).map_or("", String::as_str);
            holders.push(Holder::new(holders.len(), right.holder_id, name));
        }
    }
    holders
}

/// Whether a right is seen in some lane. Owners are, in any: what nobody was granted rests with them.
fn shown(picture: &Picture, right: &Right) -> bool {
    right.kind == RightKind::Ownership || picture.lanes.contains(&right.kind)
}

fn moments(acts: &[Act], scale: &Scale) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    for (index, act) in acts.iter().enumerate() {
        match moments.last_mut() {
            Some(last) if last.on == act.effective_on => last.acts.end = index + 1,
            _ => moments.push(Moment {
                on: act.effective_on,
                x: scale.x(act.effective_on),
                acts: index..index + 1,
            }),
        }
    }
    moments
}

/// Flags where they have room, tags otherwise; and how high they are in all.
fn marks(picture: &Picture, language: Language, moments: &[Moment], flag_height: i64) -> (Marks, i64) {
    let flags: Vec<(i64, i64)> = moments
        .iter()
        .map(|it| {
            let lines = flag(picture, language, it);
            (it.x, lines.iter().map(|line| width(line, FLAG_LETTERS)).max().unwrap_or(0) + 12)
        })
        .collect();
    if let Some(rows) = rows(&flags) {
        let height = rows.iter().max().map_or(0, |it| (count(*it) + 1) * flag_height);
        if height <= FLAGS_AT_MOST {
            return (Marks::Flags(rows), height);
        }
    }
    let places: Vec<i64> = moments.iter().map(|it| it.x).collect();
    let tags = joined(&places, |group| tag_width(&tag(moments, group)));
    (Marks::Tags(tags), 64)
}

/// The lines of a flag: the day, then for each act what it is and the case behind it.
fn flag(picture: &Picture, language: Language, moment: &Moment) -> Vec<String> {
    let acts = picture.acts.get(moment.acts.clone()).unwrap_or_default();
    let told = acts.iter().flat_map(|it| [act_text(it, language), case_text(it, language)]);
    std::iter::once(moment.on.to_string()).chain(told).collect()
}

/// What an act is, and which rights it moved.
fn act_text(act: &Act, language: Language) -> String {
    let kind = words::act(act.kind, language);
    let rights: Vec<_> = act.moved.iter().map(|it| words::right(*it, language)).collect();
    match language {
        Language::Chinese => format!("{kind}（{}）", rights.join("、")),
        Language::English => format!("{kind}: {}", rights.join(", ").to_lowercase()),
    }
}

/// The case behind an act: the last eight digits of its identifier, which are those that differ.
fn case_text(act: &Act, language: Language) -> String {
    let Some(case) = act.case_id else {
        return language.of_two("无案件", "no case").to_owned();
    };
    let number = case.uuid().simple().to_string();
    let short = number.get(24..).unwrap_or_default();
    format!("{} {short}", language.of_two("案件", "case"))
}

/// The text of a tag: the number of its act, or the first and the last of several.
fn tag(moments: &[Moment], group: &Range<usize>) -> String {
    let of = moments.get(group.clone()).unwrap_or_default();
    let first = of.first().map_or(0, |it| it.acts.start) + 1;
    let last = of.last().map_or(0, |it| it.acts.end);
    if first == last { first.to_string() } else { format!("{first}–{last}") }
}

fn tag_width(tag: &str) -> i64 {
    width(tag, TAG_LETTERS) + 22
}

/// The rows of restrictions below the lanes, the first being the uppermost: none covers another in its row.
fn bars(restrictions: &[Restricted]) -> Vec<usize> {
    let told = restrictions.get(..RESTRICTIONS_LISTED).unwrap_or(restrictions);
    let mut rows: Vec<Vec<Period>> = Vec::new();
    told.iter()
        .map(|it| {
            let free = rows.iter().position(|row| !row.iter().any(|other| other.overlaps(&it.days)));
            let row = free.unwrap_or(rows.len());
            match rows.get_mut(row) {
                Some(taken) => taken.push(it.days),
                None => rows.push(vec![it.days]),
            }
            row
        })
        .collect()
}

/// How many rows so many entries take, when at most so many are listed and a last one gives the number of the others.
const fn legend_rows(entries: usize, told: usize, columns: usize) -> usize {
    let shown = if entries > told { told + 1 } else { entries };
    shown.div_ceil(columns)
}

fn legend_height(picture: &Picture, marks: &Marks) -> i64 {
    let holders = legend_rows(holders(picture).len(), HOLDERS_LISTED, HOLDER_COLUMNS);
    let restrictions = legend_rows(picture.restrictions.len(), RESTRICTIONS_LISTED, RESTRICTION_COLUMNS);
    let acts = match marks {
        Marks::Flags(_) => 0,
        Marks::Tags(_) => legend_rows(picture.acts.len(), ACTS_LISTED, ACT_COLUMNS),
    };
    let section = |rows: usize, height| if rows == 0 { 0 } else { count(rows) * height + 16 };
    // One more row says what full and light colours mean.
    section(holders + 1, HOLDER_ROW) + section(restrictions, RESTRICTION_ROW) + section(acts, ACT_ROW)
}

/// A text at a place; `anchor` as in SVG.
fn text(x: i64, y: i64, size: i64, anchor: &str, said: &str) -> Markup {
    html! { text x=(x) y=(y) font-size=(size) text-anchor=(anchor) { (said) } }
}

#[cfg(test)]
mod tests;
