//! The same acts as a village does them: through the interface, each with its papers and through all steps of its case.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    commands::date,
    drawn,
    model::{Act, DAYS, Day, Family, Fraction, Kind, Move, Party, fraction, listed},
    noted,
    wishes::{Means, Wishes},
    written,
};
use crate::town::{EAST, Town, WEST, id};

/// How many acts an asset lives through.
const ACTS: usize = 7;
/// How many sequences are played by commands for one that goes through all cases.
const SHARE: usize = 60;

/// What became of an act.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It was done.
    Done,
    /// It cannot be.
    Refused(Value),
    /// A rule against the loss of assets stands in its way; which ones.
    Blocked(Vec<String>),
}

/// An asset with all that became of it, and those who may hold rights in it.
pub(super) struct Village<'t> {
    town: &'t Town,
    pub parties: Vec<String>,
    pub minutes: String,
    /// What shows that something was lost.
    report: String,
    pub assets: Vec<String>,
    /// What each asset cost.
    costs: Vec<i64>,
    pub family: Family,
    means: Means,
    wishes: Wishes,
    acts: Vec<Act>,
}

fn code(kind: Kind) -> &'static str {
    match kind {
        Kind::Ownership => "ownership",
        Kind::Management => "management",
        Kind::Income => "income",
    }
}

/// Villages that can own, and firms that can be granted rights.
pub(super) async fn parties(town: &Town) -> Vec<String> {
    let mut villages = Vec::new();
    for (number, region) in (1..).zip([EAST, WEST, EAST]) {
        let name = format!("第{number}村股份经济合作社");
        villages.push(town.party("village_collective", &name, region).await);
    }
    let firms = [
        town.party("enterprise", "惠农农业科技有限公司", EAST).await,
        town.party("cooperative", "绿源种植专业合作社", EAST).await,
    ];
    // Made after the villages, the firms come after them in the order of identifiers as well.
    villages.sort();
    let mut firms = firms.to_vec();
    firms.sort();
    villages.into_iter().chain(firms).collect()
}

/// Whether an act was refused since it would end a lease, or a part of it, as if it were a transfer.
fn gives_back(act: &Act, problem: &Value) -> bool {
    matches!(act, Act::Move { .. }) && problem.get("passed_over").is_some()
}

impl<'t> Village<'t> {
    pub async fn of(town: &'t Town, parties: &[String], minutes: &str, seed: u128) -> Self {
        let passed = |day: &Day| date(*day) <= town.clock.now().date_naive();
        let today = (0..DAYS - 1).rev().find(passed).unwrap_or(0);
        let cost = 12_000_000;
        Self {
            town,
            parties: parties.to_vec(),
            minutes: minutes.to_owned(),
            report: town.report().await,
            assets: vec![town.asset("operating", "greenhouse", cost).await],
            costs: vec![cost],
            family: Family::new(),
            means: Means { parties: parties.len(), owners: 3, today, unusual_grants: false },
            wishes: Wishes::of(seed),
            acts: Vec::new(),
        }
    }

    /// Does the next thing, and holds the registry to what the model makes of it.
    pub async fn lives_on(&mut self) -> Option<Outcome> {
        let act = self.wishes.next(&self.family, &self.means)?;
        if self.family.leaves_a_choice(&act) {
            return None;
        }
        self.acts.push(act.clone());
        let outcome = self.does(&act).await;
        let after = self.family.after(&act, None);
        match (&outcome, after) {
            (Outcome::Done, Ok(after)) => {
                self.family = after;
                self.finds_what_was_made(&act).await;
            }
            (Outcome::Done, Err(why)) => panic!("should have been refused ({why:?}): {}", listed(&self.acts)),
            (Outcome::Blocked(rules), Ok(_)) => {
                assert!(!rules.contains(&"L10".to_owned()), "{rules:?}: {}", listed(&self.acts));
            }
            // A case is only about an asset that is there on its first day.
            (Outcome::Refused(_), Ok(_)) if self.nobody_owns(&act) || self.lies_ahead(&act) => {}
            // Nobody gives back what they rent, or a part of it, by a transfer: contracts are nothing to the model.
            (Outcome::Refused(problem), Ok(_)) if gives_back(&act, problem) => {}
            (Outcome::Refused(problem), Ok(after)) => {
                let is_nothing = (0..DAYS).all(|day| {
                    self.family.assets.iter().zip(&after.assets).all(|(it, new)| it.on(day) == new.on(day))
                });
                assert!(is_nothing, "{problem}: {}", listed(&self.acts));
            }
            (Outcome::Blocked(_) | Outcome::Refused(_), Err(_)) => {}
        }
        Some(outcome)
    }

    fn nobody_owns(&self, act: &Act) -> bool {
        let Act::End { asset, on, .. } = act else { return false };
        !self.family.assets[*asset].on(*on).is_owned()
    }

    /// What is put on record for the first time, or corrected, is so already.
    fn lies_ahead(&self, act: &Act) -> bool {
        let (Act::Register { on, .. } | Act::Correct { on, .. }) = act else { return false };
        *on > self.means.today
    }

    async fn does(&self, act: &Act) -> Outcome {
        match act {
            Act::Impose { asset, holder, on, until } => {
                let body = json!({"asset_id": self.assets[*asset], "kind": "mortgage",
                    "holder_id": self.parties[*holder], "document_id": self.minutes, "period": period(*on, *until)});
                let answer = self.town.officer().posts("/v1/restrictions", body).await;
                outcome(answer.status, answer.body)
            }
            Act::Release { asset, holder, on } => {
                let path = format!("/v1/restrictions?asset_id={}", self.assets[*asset]);
                let all = self.town.officer().reads(&path).await;
                let open = |it: &&Value| {
                    it["kind"] == "mortgage"
                        && it["holder_id"] == self.parties[*holder]
                        && it["released_on"].is_null()
                };
                let it = all["items"].as_array().unwrap().iter().find(open).unwrap();
                let path = format!("/v1/restrictions/{}", id(it));
                let tag = self.town.officer().gets(&path).await.header("etag").to_owned();
                let body = json!({"released_on": date(*on)});
                let mut answer = self.town.officer().patches(&path, Some(&tag), body.clone()).await;
                // That it never was, the county says once acts were looked at meanwhile.
                if answer.body["code"] == "four_eyes" {
                    let mut never = body;
                    never["mistake"] = json!("never_so");
                    never["document_id"] = json!(self.minutes);
                    answer = self.town.actor("county_approver").patches(&path, Some(&tag), never).await;
                }
                outcome(answer.status, answer.body)
            }
            _ => {
                let (kind, mut body) = self.case(act);
                body["documents"] = json!([self.minutes]);
                let villages: Vec<&String> = self.parties.iter().take(self.means.owners).collect();
                body = self.town.decided_by(body, &self.minutes, &villages);
                body["recorded_late"] = self.town.late();
                if kind != "registrations" && kind != "corrections" {
                    body["restriction_consents"] = self.consents(act).await;
                }
                self.goes_through(kind, body).await
            }
        }
    }

    async fn goes_through(&self, kind: &str, body: Value) -> Outcome {
        let answer = self.town.officer().posts(&format!("/v1/{kind}"), body).await;
        if answer.status != 201 {
            return outcome(answer.status, answer.body);
        }
        let mut case = answer.body;
        while let Some(step) = case["next_step"].as_str().map(str::to_owned) {
            let answer = self.town.decides(kind, &case, &step).await;
            if answer.status != 200 {
                assert_eq!(step, "submit", "what was looked at goes through: {}", answer.body);
                return match answer.body["code"].as_str() {
                    Some("blocked_by_loss_check") => Outcome::Blocked(rules(&case)),
                    _ => outcome(answer.status, answer.body),
                };
            }
            case = answer.body;
        }
        Outcome::Done
    }

    /// Whoever has something on an asset consents to what is done with it.
    async fn consents(&self, act: &Act) -> Value {
        let assets = match act {
            Act::Merge { assets, .. } => assets.to_vec(),
            Act::Move { asset, .. }
            | Act::End { asset, .. }
            | Act::Divide { asset, .. }
            | Act::Dispose { asset, .. } => vec![*asset],
            _ => vec![],
        };
        let mut consents = BTreeMap::new();
        for asset in assets {
            let path = format!("/v1/restrictions?asset_id={}", self.assets[asset]);
            let all = self.town.officer().reads(&path).await;
            consents.extend(all["items"].as_array().unwrap().iter().map(|it| (id(it), self.minutes.clone())));
        }
        json!(consents)
    }

    fn shares(&self, holders: &[(Party, Fraction)]) -> Value {
        let share = |(party, share): &(Party, Fraction)| {
            json!({
                "holder_id": self.parties[*party], "share": share.to_string(),
            })
        };
        holders.iter().map(share).collect()
    }

    /// What is asked for, and by which kind of case.
    fn case(&self, act: &Act) -> (&'static str, Value) {
        let id = |asset: &usize| &self.assets[*asset];
        match act {
            Act::Register { asset, on, given } => (
                "registrations",
                json!({
                    "asset_id": id(asset), "effective_on": date(*on), "ownership": self.shares(&given[0]),
                }),
            ),
            Act::Move { asset, it } => ("transfers", self.deal(id(asset), it)),
            Act::End { asset, kind, holder, share, on } => {
                let mut body = json!({
                    "kind": "termination", "asset_id": id(asset), "right": code(*kind), "reason": "提前终止",
                    "holder_id": self.parties[*holder], "effective_on": date(*on),
                });
                if let Some(share) = share {
                    body["share"] = json!(share.to_string());
                }
                ("alterations", body)
            }
            Act::Correct { asset, kind, holders, on, until } => (
                "corrections",
                json!({
                    "asset_id": id(asset), "right": code(*kind), "effective_on": date(*on), "reason": "录入有误",
                    "until": until.map(date), "holders": self.shares(holders),
                }),
            ),
            Act::Divide { asset, on } => {
                // A unit of their own: the parts of a part have other quantities than it.
                let part = |cost: i64| {
                    json!({
                        "name": "半间大棚", "quantity": "1", "unit": format!("第{asset}分"), "original_value_fen": cost,
                    })
                };
                let (whole, half) = (self.costs[*asset], self.costs[*asset] / 2);
                (
                    "alterations",
                    json!({
                        "kind": "division", "asset_id": id(asset), "effective_on": date(*on), "reason": "分户经营",
                        "parts": [part(half), part(whole - half)],
                    }),
                )
            }
            Act::Merge { assets, on } => (
                "alterations",
                json!({
                    "kind": "merger", "asset_ids": assets.iter().map(id).collect::<Vec<_>>(), "name": "连栋大棚",
                    "quantity": "1", "unit": format!("第{}合", assets[0]), "effective_on": date(*on), "reason": "合并经营",
                }),
            ),
            Act::Dispose { asset, on } => (
                "alterations",
                json!({
                    "kind": "disposal", "asset_id": id(asset), "cause": "natural_disaster", "effective_on": date(*on),
                    "reason": "洪水冲毁", "technical_report_id": self.report,
                }),
            ),
            Act::Restore { asset, on } => (
                "alterations",
                json!({
                    "kind": "restoration", "asset_id": id(asset), "effective_on": date(*on), "reason": "主体完好",
                }),
            ),
            Act::Impose { .. } | Act::Release { .. } => unreachable!("no case is needed"),
        }
    }

    fn deal(&self, asset: &str, it: &Move) -> Value {
        let mut deal = json!({
            "right": code(it.kind), "effective_on": date(it.on), "consideration": {"kind": "none"},
            "lots": [{"asset_id": asset, "from_id": self.parties[it.from], "to_id": self.parties[it.to],
                "share": it.share.to_string()}],
        });
        if let Some(until) = it.until {
            deal["term"] = period(it.on, Some(until));
        }
        if it.kind == Kind::Management {
            deal["consideration"] = json!({"kind": "rent", "schedule": [
                {"due_on": date(it.on), "amount_fen": 90_000_000}]});
        }
        deal
    }

    async fn finds_what_was_made(&mut self, act: &Act) {
        let officer = self.town.officer();
        match act {
            Act::Divide { asset, .. } => {
                let path = format!("/v1/assets?parent_id={}", self.assets[*asset]);
                for part in officer.reads(&path).await["items"].as_array().unwrap() {
                    self.assets.push(id(part));
                    self.costs.push(part["original_value_fen"].as_i64().unwrap());
                }
            }
            Act::Merge { assets: [one, other], .. } => {
                let merged = officer.reads(&format!("/v1/assets/{}", self.assets[*one])).await;
                self.assets.push(merged["merged_into_id"].as_str().unwrap().to_owned());
                self.costs.push(self.costs[*one] + self.costs[*other]);
            }
            _ => {}
        }
        assert_eq!(self.assets.len(), self.family.assets.len());
    }

    /// What the registry says of a day, as known at an instant, is what the model said then.
    async fn is_as(&self, family: &Family, day: Day, known_at: &str) {
        let ids = &self.assets[..family.assets.len()];
        let asked = json!({"asset_ids": ids, "as_of": date(day), "known_at": known_at});
        let said = self.town.auditor().posts("/v1/queries/holders", asked).await.expect(200);
        let said = said["items"].as_array().unwrap();
        for (place, asset) in family.assets.iter().enumerate() {
            for kind in Kind::ALL {
                let it = |it: &&Value| it["asset_id"] == ids[place] && it["kind"] == code(kind);
                let mut held: BTreeMap<(Party, bool), Fraction> = BTreeMap::new();
                for it in said.iter().find(it).unwrap()["holders"].as_array().unwrap() {
                    let party = self.parties.iter().position(|party| it["holder_id"] == *party).unwrap();
                    let share: Fraction = it["share"].as_str().unwrap().parse().unwrap();
                    let place = (party, it["residual"] == true);
                    *held.entry(place).or_insert_with(|| fraction(0, 1)) += share;
                }
                let wanted = asset.on(day).holders(kind);
                assert_eq!(held, wanted, "{kind:?} on day {day}: {}", listed(&self.acts));
            }
            let path = format!("/v1/assets/{}/rights?as_of={}&known_at={known_at}", ids[place], date(day));
            let rights = self.town.auditor().reads(&path).await;
            let lying = rights["restrictions"].as_array().unwrap().iter();
            let mut lying: Vec<Party> = lying
                .map(|it| self.parties.iter().position(|party| it["holder_id"] == *party).unwrap())
                .collect();
            lying.sort_unstable();
            assert_eq!(lying, asset.mortgaged_to(day), "on day {day}: {}", listed(&self.acts));
        }
    }
}

fn period(on: Day, until: Option<Day>) -> Value {
    json!({"from": date(on), "to": until.map(date)})
}

fn outcome(status: u16, body: Value) -> Outcome {
    match status {
        200 | 201 => Outcome::Done,
        409 | 422 => Outcome::Refused(body),
        _ => panic!("{status} {body}"),
    }
}

fn rules(case: &Value) -> Vec<String> {
    let findings = case["findings"].as_array().unwrap();
    findings.iter().map(|it| it["rule"].as_str().unwrap().to_owned()).collect()
}

pub async fn a_few_villages_live_through_what_the_model_does(town: Town) {
    let (sequences, seed) = drawn(4 * SHARE);
    town.notices_come_down_at_once().await;
    let (parties, minutes) = (parties(&town).await, town.document().await);
    println!("{}: drawn from {seed}", town.engine);
    let (mut done, mut others, mut blocked) = (0, 0, BTreeMap::new());

    for (_, number) in (0..sequences.div_ceil(SHARE)).zip(0..) {
        let mut village = Village::of(&town, &parties, &minutes, (seed << 32) | number).await;
        let mut history = Vec::new();
        for _ in 0..ACTS {
            match village.lives_on().await {
                Some(Outcome::Done) => done += 1,
                Some(Outcome::Blocked(rules)) => *blocked.entry(rules).or_insert(0) += 1,
                Some(Outcome::Refused(_)) => others += 1,
                None => continue,
            }
            history.push((village.family.clone(), written(noted(&town).await)));
        }
        for (round, (family, known_at)) in history.iter().enumerate() {
            let is_last = round + 1 == history.len();
            for day in (0..DAYS).filter(|day| is_last || (day + round) % 4 == 0) {
                village.is_as(family, day, known_at).await;
            }
        }
    }

    println!("{}: {done} acts, {others} refused, blocked by {blocked:?}", town.engine);
    assert!(done > sequences / SHARE, "{done} acts");
}
