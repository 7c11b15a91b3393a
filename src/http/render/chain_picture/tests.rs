//! What holds for every picture: it is XML, it says what is on record, and nothing falls off the sheet.

use roxmltree::{Document, Node};

use super::{
    drawing::draw,
    layout::{MARGIN, WIDTH},
    *,
};
use crate::{
    register::rights::{BreakKind, InstrumentKind, Move, NewRight, model},
    values::Share,
};

const NAMES: [&str; 6] = [
    "东村股份经济合作社",
    "西村股份经济合作社",
    "惠农农业科技有限公司",
    "河湾镇人民政府",
    "绿野果蔬专业合作社",
    "Huinong Agricultural Technology Co., Ltd.",
];

fn party(number: usize) -> Id<kind::Party> {
    Id::from(uuid::Uuid::from_u128(u128::try_from(number).unwrap() + 1))
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn act(
    picture: &mut Picture,
    kind: InstrumentKind,
    on: NaiveDate,
    moved: &[RightKind],
) -> Id<kind::Instrument> {
    let number = u128::try_from(picture.acts.len()).unwrap();
    let instrument_id = Id::from(uuid::Uuid::from_u128(number + 1));
    let case_id = Some(Id::from(uuid::Uuid::from_u128(number * 7_919 * 104_729 + 12_345)));
    let recorded_at = (on + chrono::TimeDelta::days(3)).and_hms_opt(1, 2, 3).unwrap().and_utc();
    picture.acts.push(Act {
        instrument_id,
        kind,
        effective_on: on,
        recorded_at,
        case_id,
        moved: moved.to_vec(),
    });
    instrument_id
}

fn put(picture: &mut Picture, change: &model::Change, by: Id<kind::Instrument>) {
    let mut last = picture.rights.iter().map(|it| it.id.uuid().as_u128()).max().unwrap_or(0);
    picture.rights = model::after(&picture.rights, change, by, || {
        last += 1;
        Id::from(uuid::Uuid::from_u128(last))
    });
}

/// A greenhouse of two villages, registered in 2021.
fn greenhouse() -> Picture {
    let mut picture = Picture {
        asset_name: "日光温室大棚".to_owned(),
        registry_number: "130828101-2026-7C1EX-2F6C8".to_owned(),
        lanes: RightKind::ALL.to_vec(),
        as_of: day("2026-11-25"),
        today: day("2026-11-25"),
        known_at: "2026-11-25T02:00:00Z".parse().unwrap(),
        rights: Vec::new(),
        names: NAMES.iter().enumerate().map(|(number, it)| (party(number), (*it).to_owned())).collect(),
        acts: Vec::new(),
        restrictions: Vec::new(),
        breaks: Vec::new(),
    };
    let from = day("2021-08-01");
    let by = act(&mut picture, InstrumentKind::FirstRegistration, from, &[RightKind::Ownership]);
    let open = [(0, 2), (1, 1)].into_iter().map(|(holder, thirds)| NewRight {
        kind: RightKind::Ownership,
        holder_id: party(holder),
        grantor_id: None,
        through: Vec::new(),
        share: Share::new(thirds, 3).unwrap(),
        period: Period::since(from),
        begun_by: None,
        ended_by: model::EndedBy::Nothing,
    });
    put(&mut picture, &model::Change { open: open.collect(), ..model::Change::default() }, by);
    picture
}

/// Moves a share for good, or for some days where they are given.
fn moves(
    picture: &mut Picture,
    right: RightKind,
    (from, to): (usize, usize),
    share: (i64, i64),
    on: NaiveDate,
    days: Option<i64>,
) -> bool {
    let period = Period::new(on, days.map(|it| on + chrono::TimeDelta::days(it))).unwrap();
    let share = Share::new(share.0, share.1).unwrap();
    let it = Move { kind: right, from_id: party(from), to_id: party(to), share, period };
    let Ok(change) = model::moved(&picture.rights, &it) else { return false };
    let kind = if days.is_some() { InstrumentKind::Grant } else { InstrumentKind::Transfer };
    let by = act(picture, kind, on, &[right]);
    put(picture, &change, by);
    true
}

fn leased_and_mortgaged() -> Picture {
    let mut picture = greenhouse();
    assert!(moves(&mut picture, RightKind::Management, (0, 2), (2, 3), day("2024-01-01"), Some(1827)));
    assert!(moves(&mut picture, RightKind::Income, (1, 3), (1, 6), day("2022-06-01"), Some(700)));
    assert!(moves(&mut picture, RightKind::Ownership, (0, 1), (1, 3), day("2025-02-01"), None));
    picture.acts.sort_by_key(|it| it.effective_on);
    picture.restrictions = vec![
        Restricted {
            kind: RestrictionKind::Mortgage,
            holder_name: "滦平县农村信用联社".to_owned(),
            days: Period::new(day("2022-01-01"), Some(day("2023-03-01"))).unwrap(),
        },
        Restricted {
            kind: RestrictionKind::Dispute,
            holder_name: "河湾镇人民政府".to_owned(),
            days: Period::since(day("2026-05-01")),
        },
    ];
    picture
}

/// Many acts, one soon after the other: somebody who holds a share gives a part of it to somebody else.
fn crowded(acts: usize) -> Picture {
    let mut picture = greenhouse();
    let mut on = day("2021-09-15");
    for number in 0..10_000_usize {
        if picture.acts.len() >= acts {
            break;
        }
        let right = RightKind::ALL[number % 3];
        let held = model::division(&picture.rights, right, on);
        let giver = &held[number * 7 % held.len()];
        let from = usize::try_from(giver.holder_id.uuid().as_u128() - 1).unwrap();
        let days = (right != RightKind::Ownership).then_some(90 + i64::try_from(number * 37 % 400).unwrap());
        let part = [(1, 6), (1, 4), (1, 12), (1, 3)][number % 4];
        if from != number * 5 % 6 && moves(&mut picture, right, (from, number * 5 % 6), part, on, days) {
            on += chrono::TimeDelta::days(i64::try_from(number * 53 % 80).unwrap());
        }
    }
    assert_eq!(picture.acts.len(), acts);
    picture
}

fn all_texts(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap();
    document
        .descendants()
        .filter(|it| it.has_tag_name("text"))
        .filter_map(|it| it.text())
        .map(str::to_owned)
        .collect()
}

fn number(node: Node<'_, '_>, name: &str) -> i64 {
    node.attribute(name).map_or(0, |it| it.parse().unwrap())
}

#[track_caller]
fn stays_on_the_sheet(svg: &str) {
    let document = Document::parse(svg).unwrap();
    for it in document.descendants().filter(|it| it.has_tag_name("rect")) {
        let (right, bottom) = (number(it, "x") + number(it, "width"), number(it, "y") + number(it, "height"));
        assert!(number(it, "x") >= 0 && number(it, "y") >= 0 && number(it, "width") >= 0, "{it:?}");
        assert!(number(it, "height") >= 0 && right <= WIDTH && bottom <= HEIGHT, "{it:?}");
    }
    for it in document.descendants().filter(|it| it.has_tag_name("text")) {
        let wide = width(it.text().unwrap_or(""), number(it, "font-size"));
        let reach = if it.attribute("text-anchor") == Some("start") { wide } else { 0 };
        assert!(
            number(it, "x") + reach <= WIDTH - MARGIN / 4 && number(it, "y") <= HEIGHT,
            "{:?}",
            it.text()
        );
    }
}

#[test]
fn the_picture_speaks_both_languages() {
    let picture = leased_and_mortgaged();
    let chinese = all_texts(&draw(&picture, Language::Chinese));
    let english = all_texts(&draw(&picture, Language::English));

    for said in [
        "所有权",
        "经营权",
        "收益权",
        "2021-08-01",
        "首次登记（所有权）",
        "转让（所有权）",
        "R1 抵押",
        "今天 2026-11-25",
    ] {
        assert!(chinese.iter().any(|it| it == said), "{said}: {chinese:?}");
    }
    for said in [
        "Ownership",
        "Management",
        "Income",
        "First registration: ownership",
        "Grant: management",
        "R1 Mortgage",
        "today 2026-11-25",
    ] {
        assert!(english.iter().any(|it| it == said), "{said}: {english:?}");
    }
    for text in [&chinese, &english] {
        assert!(text.iter().any(|it| it == "A  东村股份经济合作社  2/3"), "{text:?}");
        assert!(text.iter().any(|it| it.starts_with("R1") && it.contains("滦平县农村信用联社")));
        assert!(text.iter().any(|it| it == "2023"));
    }
}

#[test]
fn names_cannot_break_out_of_their_places() {
    let mut picture = leased_and_mortgaged();
    let hostile = "<script>alert(1)</script>&\"'\u{8}\u{0}";
    picture.asset_name = hostile.to_owned();
    picture.registry_number = hostile.to_owned();
    picture.names.values_mut().for_each(|it| *it = hostile.to_owned());
    picture.restrictions[0].holder_name = hostile.to_owned();

    let svg = draw(&picture, Language::Chinese);

    let document = Document::parse(&svg).unwrap();
    assert!(!document.descendants().any(|it| it.has_tag_name("script")));
    let shown = "<script>alert(1)</script>&\"'\u{fffd}\u{fffd}";
    assert!(all_texts(&svg).iter().any(|it| it.contains(shown)), "{:?}", all_texts(&svg));
}

#[test]
fn a_crowd_of_acts_is_numbered_and_told_below() {
    for acts in [1, 2, 8, 30, 50, 90] {
        let picture = crowded(acts);
        for language in [Language::Chinese, Language::English] {
            let svg = draw(&picture, language);
            stays_on_the_sheet(&svg);
            let told = all_texts(&svg);
            for act in picture.acts.iter().take(ACTS_LISTED) {
                let day = act.effective_on.to_string();
                assert!(told.iter().any(|it| it.starts_with(&day)), "{acts} acts: {day} is not told");
            }
            let more = told.iter().any(|it| it == "and 30 more; see the JSON" || it == "另有 30 项，见 JSON");
            assert_eq!(more, acts == 90);
        }
    }
}

#[test]
fn whatever_is_missing_there_is_a_picture() {
    let mut picture = greenhouse();
    picture.rights.clear();
    picture.acts.clear();
    let svg = draw(&picture, Language::English);
    stays_on_the_sheet(&svg);
    assert!(all_texts(&svg).iter().any(|it| it == "not registered yet"));

    let mut picture = leased_and_mortgaged();
    picture.lanes = vec![RightKind::Income];
    picture.as_of = day("2023-01-01");
    picture.breaks =
        vec![Break { kind: BreakKind::MissingDocument, instrument_id: Some(picture.acts[0].instrument_id) }];
    let svg = draw(&picture, Language::English);
    stays_on_the_sheet(&svg);
    let told = all_texts(&svg);
    assert!(told.iter().any(|it| it == "asked about 2023-01-01"));
    assert!(told.iter().any(|it| it == "the chain is broken: a source document is missing"));
    assert!(!told.iter().any(|it| it == "Ownership"));
}

#[test]
fn holders_are_lettered_without_an_end() {
    let letters: Vec<_> = [0, 1, 25, 26, 27, 701, 702].into_iter().map(letter).collect();
    assert_eq!(letters, ["A", "B", "Z", "AA", "AB", "ZZ", "AAA"]);
}
