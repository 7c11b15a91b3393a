//! What the public notice of an act says: assets, parties, rights, terms and days, put together when it is posted.
//!
//! Nothing in it tells strangers who a person is: people and households are named by their surname, wherever their name
//! stands, and where their assets are is not said.

mod text;
pub(super) mod words;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    acts::{
        Act, ActError, ActRefused,
        transfers::asked::{AppraisalRequest, DueRequest, ExchangeRequest},
    },
    cases::{
        Case, Lot,
        decision::DecisionInput,
        notices::{
            self, NoticeDays,
            content::{
                ConsiderationKind, FORM, NoticeContent, NoticeText, NoticedAlteration, NoticedAppraisal,
                NoticedAsset, NoticedConsideration, NoticedDecision, NoticedDue, NoticedExchange,
                NoticedFate, NoticedGivenUp, NoticedIncome, NoticedLine, NoticedObjections, NoticedPart,
                NoticedParty, NoticedProject, NoticedRegion, NoticedRight, NoticedSource,
            },
        },
        policies::values::PolicyValues,
        purpose::Purpose,
    },
    journal::Actor,
    loss::finding::Finding,
    money::contracts::endings::GivenUp,
    register::{
        assets::{self, Asset},
        codes::{AssetClass, RightKind, Sector},
        parties::{self, Heirs, PartyStanding},
        projects::{self, Project},
        regions, rights,
    },
    storage::{Read, StorageError, Write},
    values::{Fen, Id, Period, RegionCode, Scope, id::kind},
};

/// The complaint line of the State's rural-affairs offices.
const COMPLAINTS: &str = "12317";

/// What the notice of an act says beside what moves in which assets.
#[derive(Debug, Default)]
pub struct Terms {
    /// The day from which it would work.
    pub(super) effective_on: Option<NaiveDate>,
    /// The days for which it would.
    pub(super) period: Option<Period>,
    /// Why it is asked for.
    pub(super) reason: Option<String>,
    /// What is given for it.
    pub(super) given: Option<Given>,
    pub(super) appraisal: Option<AppraisalRequest>,
    /// Who auctions what is given.
    pub(super) auctioneer: Option<Id<kind::Party>>,
    pub(super) exchange: Option<ExchangeRequest>,
    pub(super) decisions: Vec<DecisionInput>,
    /// What would become of the assets.
    pub(super) alteration: Option<NoticedAlteration>,
    /// The rent that would be owed no longer.
    pub(super) given_up: Vec<GivenUp>,
    /// Which assets it is about beside those that it locks.
    pub(super) about: Vec<Id<kind::Asset>>,
    /// What should have been recorded, where that was wrong.
    pub(super) amended: Vec<Sentence>,
    /// Whether what was recorded would be void.
    pub(super) voids: bool,
    /// Whether the assets are, or are to be, at somebody's home, so that where they stand is not said.
    pub(super) at_home: bool,
    /// The income that would be distributed, which moves no right.
    pub(super) income: Option<Income>,
    /// Who owns what earned it.
    pub(super) owners: Vec<Id<kind::Party>>,
    /// The day from which moves work, where others begin on another day.
    pub(super) moves_from: Option<NaiveDate>,
    /// What was granted and stands when an asset is registered, by right and holder.
    pub(super) granted: BTreeMap<(RightKind, Id<kind::Party>), Granted>,
}

/// A grant that stands when an asset is registered.
#[derive(Debug, Clone)]
pub(super) struct Granted {
    pub(super) term: Option<Period>,
    /// Who lets, where it is the management that is granted.
    pub(super) lessor: Option<Id<kind::Party>>,
    /// What falls due for it.
    pub(super) rent: Vec<(NaiveDate, Fen)>,
}

impl Granted {
    fn dues(&self) -> Vec<NoticedDue> {
        let mut dues = self.rent.clone();
        dues.sort();
        dues.into_iter().map(|(due_on, amount_fen)| NoticedDue { due_on, amount_fen }).collect()
    }
}

fn granted_by<'a>(terms: &'a Terms, lot: &Lot) -> Option<&'a Granted> {
    terms.granted.get(&(lot.kind, lot.to_id?)).filter(|_| lot.from_id.is_none())
}

/// A sentence of a notice, which may name something that is on record.
#[derive(Debug)]
pub(super) struct Sentence {
    text: NoticeText,
    /// What is called by its name where both texts say `{named}`.
    named: Option<Mention>,
}

/// What a sentence names, so that people know what it is: no code and no identifier stands alone.
#[derive(Debug, Clone)]
pub(super) enum Mention {
    Party(Id<kind::Party>),
    Region(RegionCode),
    Project(Id<kind::Project>),
    Assets(Vec<Id<kind::Asset>>),
}

impl Sentence {
    /// A sentence that names nothing on record.
    pub(super) const fn of(zh: String, en: String) -> Self {
        Self { text: NoticeText { zh, en }, named: None }
    }

    /// A sentence that names something where both texts say `{named}`: a party as it is shown, anything else by its name and
    /// the code or number under which it is known.
    pub(super) fn naming(zh: impl Into<String>, en: impl Into<String>, named: Mention) -> Self {
        Self { text: NoticeText { zh: zh.into(), en: en.into() }, named: Some(named) }
    }

    /// The party that it names.
    const fn party(&self) -> Option<Id<kind::Party>> {
        match self.named {
            Some(Mention::Party(id)) => Some(id),
            _ => None,
        }
    }
}

/// What is given for what moves.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) kind: ConsiderationKind,
    pub(super) amount: Option<Fen>,
    pub(super) schedule: Vec<DueRequest>,
    /// Whom it is paid to, where that is not who gives.
    pub(super) pay_to: Option<Id<kind::Party>>,
}

/// Income that would be distributed.
#[derive(Debug)]
pub(super) struct Income {
    pub(super) amount: Fen,
    pub(super) parts: Vec<Part>,
}

/// A part of the income of an asset that somebody would get.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) asset: Id<kind::Asset>,
    pub(super) party: Id<kind::Party>,
    pub(super) purpose: Purpose,
    pub(super) amount: Fen,
    /// In whose place, where that is another.
    pub(super) successor_of: Vec<Id<kind::Party>>,
}

/// Posts the notice of the case of an act.
pub(super) fn post<A: Act>(
    unit: &mut Write<'_>,
    actor: &Actor,
    case: &Case,
    act: (&A, &A::Plan, &[Lot]),
    policy: &PolicyValues,
) -> Result<(), ActError> {
    let (asked, plan, lots) = act;
    let id = Id::new(unit.now());
    let days = notices::days_from_today(unit, policy);
    let terms = asked.terms(plan);
    let named = Named::look_up(unit, case, &asked.assets(), lots, &terms)?;
    let content = named.content(case, lots, terms, (id, days))?;
    Ok(notices::post(unit, actor, case, id, days, &content)?)
}

/// Texts about the case of an act as anybody may read them: everybody whom it concerns is named by the surname alone.
pub(super) fn as_published<A: Act>(
    unit: &mut Read<'_>,
    case: &Case,
    (asked, plan, lots): (&A, &A::Plan, &[Lot]),
    texts: &[&str],
    findings: &[Finding],
) -> Result<Vec<String>, StorageError> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let mut named = Named::look_up(unit, case, &asked.assets(), lots, &asked.terms(plan))?;
    // Whom the findings name, the reasons name first of all.
    let found = findings.iter().flat_map(Finding::ids).filter_map(|it| it.parse().ok());
    let found: Vec<Id<kind::Party>> = found.collect();
    named.people.extend(masked_names(parties::standing(unit, &found)?.values()));
    named.people.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    named.people.dedup();
    Ok(texts.iter().map(|it| without_numbers(&named.without_people(it))).collect())
}

/// How people and households are named in public, by what they are called.
fn masked_names<'a>(parties: impl Iterator<Item = &'a PartyStanding>) -> Vec<(String, String)> {
    parties
        .filter(|it| it.kind.is_personal())
        .flat_map(|it| {
            let shown = it.shown_name();
            let alone = it.name.trim_end_matches(['户', '家']).to_owned();
            [(it.name.clone(), shown.clone()), (alone, shown)]
        })
        .filter(|(name, _)| name.chars().count() > 1)
        .collect()
}

/// How many digits in a row are a telephone or an identity number, and no amount, share or day.
const NUMBER_OF_SOMEBODY: usize = 11;

/// A text in which no telephone or identity number stands.
fn without_numbers(text: &str) -> String {
    let mut shown = String::new();
    let mut digits = String::new();
    for letter in text.chars().chain(std::iter::once('\0')) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let many = digits.len() >= NUMBER_OF_SOMEBODY;
        shown.push_str(if many { "***" } else { digits.as_str() });
        digits.clear();
        if letter != '\0' {
            shown.push(letter);
        }
    }
    shown
}

/// Something that a notice says and that is no longer so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Untrue {
    /// Where the notice says it, as a JSON pointer into its content.
    pub at: String,
    /// What it says.
    pub noticed: Value,
    /// What it would say now.
    pub now: Value,
}

/// Refuses what would be done to something else than what the notice of the case named: an asset or a party that was renamed
/// since, an asset whose place, quantity, class or value was corrected. Where what changed is changed back, the case goes on.
///
/// # Errors
/// [`ActRefused::NoticeOutdated`] with all that is no longer so.
pub(super) fn still_true<A: Act>(
    unit: &mut Read<'_>,
    case: &Case,
    (asked, plan, lots): (&A, &A::Plan, &[Lot]),
) -> Result<(), ActError> {
    let Some(notice) = notices::of_case(unit, case.id)? else { return Ok(()) };
    let Some(hung) = &notice.content else { return Ok(()) };
    let corrupt = |error| StorageError::Corrupt(format!("notice {}: {error}", notice.id));
    let hung: Value = serde_json::from_str(hung).map_err(corrupt)?;
    let terms = asked.terms(plan);
    let mentioned: Vec<_> = terms.amended.iter().filter_map(Sentence::party).collect();
    let named = Named::look_up(unit, case, &asked.assets(), lots, &terms)?;
    let now = json!(named.content(case, lots, terms, (notice.id, notice.days))?);
    let mut changed = Vec::new();
    let of_this_form = hung.get("form") == now.get("form");
    differences(&hung, &now, (String::new(), of_this_form), &mut changed);
    let amended = hung.get("amended").unwrap_or(&Value::Null);
    let said = amended.to_string();
    // What an earlier release posted names nobody outside of its sentences.
    let unsaid = if hung.get("mentioned").is_some() { Vec::new() } else { mentioned };
    for id in unsaid {
        let name = named.party(id)?.name;
        if !said.contains(&name) {
            let at = "/amended".to_owned();
            changed.push(Untrue { at, noticed: amended.clone(), now: json!(name) });
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    Err(ActRefused::NoticeOutdated { case: case.id, notice: notice.id, changed }.into())
}

/// What may differ although the notice still says what will be done: sentences, which are written anew by each release; how an
/// asset is used and what it is worth in the books from day to day; and the money behind it.
const MAY_DIFFER: &[&str] =
    &["form", "text", "title", "amended", "objections", "status", "book_value_fen", "funding_fen"];

/// In what two contents of a notice differ. What a notice of an earlier form did not say yet is no difference; what one of
/// this form did not say was not so.
fn differences(hung: &Value, now: &Value, (at, of_this_form): (String, bool), found: &mut Vec<Untrue>) {
    match (hung, now) {
        (Value::Object(hung), Value::Object(now)) => {
            let added = now.keys().filter(|it| of_this_form && !hung.contains_key(*it));
            let names = hung.keys().chain(added);
            for name in names.filter(|it| !MAY_DIFFER.contains(&it.as_str())) {
                let [it, other] = [hung, now].map(|of| of.get(name).unwrap_or(&Value::Null));
                differences(it, other, (format!("{at}/{name}"), of_this_form), found);
            }
        }
        (Value::Array(hung), Value::Array(now)) if hung.len() == now.len() => {
            for (index, (it, other)) in hung.iter().zip(now).enumerate() {
                differences(it, other, (format!("{at}/{index}"), of_this_form), found);
            }
        }
        (hung, now) if hung != now => {
            found.push(Untrue { at, noticed: hung.clone(), now: now.clone() });
        }
        _ => {}
    }
}

/// Everything that a notice names.
struct Named {
    assets: Vec<Asset>,
    parties: BTreeMap<Id<kind::Party>, PartyStanding>,
    /// Who takes the place of those of them who are there no more.
    heirs: Heirs,
    projects: BTreeMap<Id<kind::Project>, Project>,
    regions: BTreeMap<RegionCode, String>,
    /// The assets that sentences name, beside those that it is about.
    mentioned: Vec<Asset>,
    /// The names of people that may stand in a text, and how they are shown; the longest first.
    people: Vec<(String, String)>,
}

impl Named {
    fn look_up(
        unit: &mut Read<'_>,
        case: &Case,
        about: &[Id<kind::Asset>],
        lots: &[Lot],
        terms: &Terms,
    ) -> Result<Self, StorageError> {
        let mut ids: Vec<_> = about.to_vec();
        ids.extend(terms.about.iter().filter(|it| !about.contains(it)));
        ids.extend(lots.iter().map(|it| it.asset_id).filter(|it| !about.contains(it)));
        let found = assets::some(unit, &Scope::WHOLE, &ids)?;
        let ordered = ids.iter().filter_map(|id| found.iter().find(|it| it.id == *id).cloned());
        let mut assets: Vec<Asset> = ordered.collect();
        assets.dedup_by_key(|it| it.id);
        let mentions = || terms.amended.iter().filter_map(|it| it.named.as_ref());
        let by_sentence = mentions().flat_map(|it| match it {
            Mention::Assets(ids) => ids.as_slice(),
            _ => &[],
        });
        let by_sentence: Vec<_> = by_sentence.copied().collect();
        let mentioned = assets::some(unit, &Scope::WHOLE, &by_sentence)?;
        ids.extend(by_sentence);
        let mut people: BTreeSet<Id<kind::Party>> =
            lots.iter().flat_map(|it| [it.from_id, it.to_id]).flatten().collect();
        people.extend(terms.decisions.iter().filter_map(|it| it.by_id));
        people.extend(&terms.owners);
        people.extend(terms.given_up.iter().map(|it| it.lessee_id));
        people.extend(rights::standing(unit, &ids)?.into_iter().map(|(_, it)| it.holder_id));
        people.extend(terms.given.as_ref().and_then(|it| it.pay_to));
        people.extend(terms.appraisal.map(|it| it.appraiser_id));
        people.extend(terms.auctioneer);
        people.extend(terms.granted.values().filter_map(|it| it.lessor));
        people.extend(terms.amended.iter().filter_map(Sentence::party));
        let parts = || terms.income.iter().flat_map(|it| &it.parts);
        people.extend(parts().map(|it| it.party));
        people.extend(parts().flat_map(|it| it.successor_of.iter().copied()));
        let mut parties = parties::standing(unit, &people.into_iter().collect::<Vec<_>>())?;
        let heirs = Heirs::among(unit, &mut parties)?;
        let mut of: BTreeSet<_> = assets.iter().filter_map(|it| it.described.project_id).collect();
        of.extend(mentions().filter_map(|it| match it {
            Mention::Project(id) => Some(*id),
            _ => None,
        }));
        let projects = projects::some(unit, &of.into_iter().collect::<Vec<_>>())?;
        let mut codes: BTreeSet<_> = assets.iter().map(|it| it.described.region_code).collect();
        codes.extend(mentions().filter_map(|it| match it {
            Mention::Region(code) => Some(*code),
            _ => None,
        }));
        let codes: Vec<_> = codes.into_iter().chain([case.region_code]).collect();
        let mut people = masked_names(parties.values());
        people.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        people.dedup();
        Ok(Self {
            assets,
            parties,
            heirs,
            projects: projects.into_iter().map(|it| (it.id, it)).collect(),
            regions: regions::names(unit, &codes)?,
            mentioned,
            people,
        })
    }

    fn content(
        &self,
        case: &Case,
        lots: &[Lot],
        terms: Terms,
        (id, days): (Id<kind::Notice>, NoticeDays),
    ) -> Result<NoticeContent, StorageError> {
        let (zh, en) = case.kind.notice_title(terms.voids);
        let assets = self.assets.iter().map(|it| self.asset(it, days.opened_on, &terms)).collect();
        // Money moves no right: whose it would be, its lines say.
        let moving = if terms.income.is_some() { &[][..] } else { lots };
        let rights = moving
            .iter()
            .map(|it| {
                Ok(NoticedRight {
                    asset_id: it.asset_id,
                    right: it.kind,
                    from: it.from_id.map(|id| self.party(id)).transpose()?,
                    to: it.to_id.map(|id| self.party(id)).transpose()?,
                    share: it.share,
                    since: terms.moves_from.filter(|_| it.from_id.is_some()),
                    lessor: granted_by(&terms, it)
                        .and_then(|it| it.lessor)
                        .map(|id| self.party(id))
                        .transpose()?,
                    term: granted_by(&terms, it).and_then(|it| it.term),
                    rent: granted_by(&terms, it).map(Granted::dues).unwrap_or_default(),
                })
            })
            .collect::<Result<_, StorageError>>()?;
        let mut mentioned: Vec<_> = terms.amended.iter().filter_map(Sentence::party).collect();
        mentioned.dedup();
        let mentioned =
            mentioned.into_iter().map(|it| self.party(it)).collect::<Result<_, StorageError>>()?;
        // One decision that says of nobody that they took it is taken for that of whoever has to decide.
        let deciding = self.deciding(lots, &terms);
        let consideration = terms.given.map(|it| self.given(it)).transpose()?;
        let appraisal = terms.appraisal.map(|it| {
            Ok::<_, StorageError>(NoticedAppraisal {
                value_fen: it.value_fen,
                appraised_on: it.appraised_on,
                appraiser: self.party(it.appraiser_id)?,
            })
        });
        let decision = |it: DecisionInput| {
            // From its end on whoever succeeds to one decides in its place.
            let whose = |id: &Id<kind::Party>| {
                let ended = self.parties.get(id).and_then(|it| it.ended_on);
                let gone = ended.is_some_and(|on| it.decided_on >= on);
                self.heirs.successor(*id).filter(|_| gone).unwrap_or(*id)
            };
            let for_whom: BTreeSet<_> = deciding.iter().filter(|_| it.by_id.is_none()).map(whose).collect();
            let for_whom: Vec<_> = for_whom.into_iter().collect();
            let (by, taken_for) = match (it.by_id, for_whom.as_slice()) {
                (Some(by), _) => (Some(self.party(by)?), Vec::new()),
                (None, [only]) => (Some(self.party(*only)?), Vec::new()),
                (None, all) => {
                    (None, all.iter().map(|it| self.party(*it)).collect::<Result<_, StorageError>>()?)
                }
            };
            Ok(NoticedDecision {
                by,
                taken_for,
                body: it.body,
                decided_on: it.decided_on,
                members: it.members,
                attended: it.attended,
                in_favour: it.in_favour,
            })
        };
        let mut content = NoticeContent {
            form: FORM,
            case_kind: case.kind,
            title: NoticeText { zh: zh.to_owned(), en: en.to_owned() },
            text: NoticeText { zh: String::new(), en: String::new() },
            region: self.region(case.region_code),
            assets,
            rights,
            effective_on: terms.effective_on,
            period: terms.period,
            reason: terms.reason.map(|it| self.without_people(&it)),
            consideration,
            appraisal: appraisal.transpose()?,
            auctioneer: terms.auctioneer.map(|it| self.party(it)).transpose()?,
            exchange: terms.exchange.map(|it| NoticedExchange {
                platform: self.without_people(&it.platform),
                reference: self.without_people(&it.reference),
                traded_on: it.traded_on,
            }),
            decisions: terms.decisions.into_iter().map(decision).collect::<Result<_, StorageError>>()?,
            alteration: terms
                .alteration
                .map(|it| self.alteration(it, (&terms.given_up, days.opened_on)))
                .transpose()?,
            amended: terms
                .amended
                .into_iter()
                .map(|it| self.sentence(&it))
                .collect::<Result<_, StorageError>>()?,
            mentioned,
            income: terms.income.map(|it| self.income(&it)).transpose()?,
            objections: NoticedObjections {
                opened_on: days.opened_on,
                last_day: days.last_day(),
                due_on: days.due_on,
                path: format!("/v1/notices/{id}/objections"),
                telephone: COMPLAINTS.to_owned(),
            },
        };
        content.text = text::of(&content);
        Ok(content)
    }

    /// The collectives that have to decide: those that give something up, or own what earned an income or what somebody else is
    /// said to have owned before, or else those that would hold something.
    fn deciding(&self, lots: &[Lot], terms: &Terms) -> Vec<Id<kind::Party>> {
        let collectives = |ids: &mut dyn Iterator<Item = Id<kind::Party>>| -> Vec<Id<kind::Party>> {
            let of_village =
                |it: &Id<kind::Party>| self.parties.get(it).is_some_and(|it| it.sector == Sector::Collective);
            ids.filter(of_village).collect::<BTreeSet<_>>().into_iter().collect()
        };
        if terms.income.is_some() {
            return collectives(&mut terms.owners.iter().copied());
        }
        let asked = lots.iter().filter_map(|it| it.from_id).chain(terms.owners.iter().copied());
        let asked = collectives(&mut asked.into_iter());
        if asked.is_empty() { collectives(&mut lots.iter().filter_map(|it| it.to_id)) } else { asked }
    }

    fn region(&self, code: RegionCode) -> NoticedRegion {
        let name = self.regions.get(&code).cloned().unwrap_or_else(|| code.to_string());
        NoticedRegion { code, name }
    }

    fn party(&self, id: Id<kind::Party>) -> Result<NoticedParty, StorageError> {
        let it =
            self.parties.get(&id).ok_or_else(|| StorageError::Corrupt(format!("party {id} is missing")))?;
        Ok(NoticedParty { id: (!it.kind.is_personal()).then_some(id), kind: it.kind, name: it.shown_name() })
    }

    fn sentence(&self, it: &Sentence) -> Result<NoticeText, StorageError> {
        let text = NoticeText { zh: self.without_people(&it.text.zh), en: self.without_people(&it.text.en) };
        let Some(named) = it.named.as_ref().map(|it| self.called(it)).transpose()? else { return Ok(text) };
        Ok(NoticeText {
            zh: text.zh.replace("{named}", &named.zh),
            en: text.en.replace("{named}", &named.en),
        })
    }

    /// How something on record is called.
    fn called(&self, it: &Mention) -> Result<NoticeText, StorageError> {
        let missing = |what: String| StorageError::Corrupt(format!("{what} is missing"));
        let known_as = |name: &str, as_zh: &str, as_en: &str| NoticeText {
            zh: format!("{name}（{as_zh}）"),
            en: format!("{name} ({as_en})"),
        };
        Ok(match it {
            Mention::Party(id) => {
                let name = self.party(*id)?.name;
                NoticeText { zh: name.clone(), en: name }
            }
            Mention::Region(code) => {
                let region = self.region(*code);
                known_as(&region.name, code.as_str(), code.as_str())
            }
            Mention::Project(id) => {
                let found = self.projects.get(id).ok_or_else(|| missing(format!("project {id}")))?;
                known_as(&self.without_people(&found.name), &found.code, &found.code)
            }
            Mention::Assets(ids) => {
                let all = ids.iter().map(|id| {
                    let found = self.mentioned.iter().find(|it| it.id == *id);
                    let found = found.ok_or_else(|| missing(format!("asset {id}")))?;
                    let (name, number) = (self.without_people(&found.described.name), &found.registry_number);
                    let (zh, en) = (format!("登记编号{number}"), format!("registry number {number}"));
                    Ok(known_as(&name, &zh, &en))
                });
                let all = all.collect::<Result<Vec<_>, StorageError>>()?;
                let joined =
                    |of: fn(&NoticeText) -> &str, by: &str| all.iter().map(of).collect::<Vec<_>>().join(by);
                NoticeText { zh: joined(|it| &it.zh, "、"), en: joined(|it| &it.en, ", ") }
            }
        })
    }

    /// A text in which everybody whom the case concerns is named by the surname alone.
    fn without_people(&self, text: &str) -> String {
        self.people.iter().fold(text.to_owned(), |text, (name, shown)| text.replace(name, shown))
    }

    fn asset(&self, it: &Asset, on: NaiveDate, terms: &Terms) -> NoticedAsset {
        let at_home = terms.at_home;
        let described = &it.described;
        // What is found again is worth what it would be had it never been lost.
        let back = terms.alteration.as_ref().is_some_and(|it| it.kind == NoticedFate::Restoration);
        let value = if back { described.write_off.value_on(on) } else { it.value_on(on) };
        let location = described.details.location.as_ref();
        let project = described.project_id.and_then(|id| self.projects.get(&id));
        NoticedAsset {
            id: it.id,
            registry_number: it.registry_number.clone(),
            name: self.without_people(&described.name),
            class: described.class,
            category: self.without_people(&described.category),
            status: it.status,
            region: self.region(described.region_code),
            location: location
                .filter(|_| described.class != AssetClass::Household && !at_home)
                .map(|it| self.without_people(it)),
            quantity: described.quantity.to_string(),
            unit: described.unit.to_string(),
            original_value_fen: described.write_off.original_value,
            book_value_fen: value.book_value,
            acquired_on: described.write_off.acquired_on,
            project: project.map(|it| NoticedProject {
                code: it.code.clone(),
                name: self.without_people(&it.name),
                year: it.year,
                funding_fen: Fen::sum(it.funding.iter().map(|it| it.amount_fen)).unwrap_or(Fen::ZERO),
            }),
        }
    }

    fn given(&self, it: Given) -> Result<NoticedConsideration, StorageError> {
        let mut schedule: Vec<_> = it
            .schedule
            .iter()
            .map(|due| NoticedDue { due_on: due.due_on, amount_fen: due.amount_fen })
            .collect();
        schedule.sort_by_key(|it| it.due_on);
        Ok(NoticedConsideration {
            kind: it.kind,
            amount_fen: it.amount,
            schedule,
            pay_to: it.pay_to.map(|id| self.party(id)).transpose()?,
        })
    }

    fn alteration(
        &self,
        it: NoticedAlteration,
        (given_up, opened_on): (&[GivenUp], NaiveDate),
    ) -> Result<NoticedAlteration, StorageError> {
        let becomes = it.becomes.into_iter();
        let becomes = becomes.map(|part| NoticedPart { name: self.without_people(&part.name), ..part });
        // What falls due while it hangs is no other rent than what it says.
        let overdue = given_up.iter().map(|it| (it, it.before(opened_on))).filter(|(_, due)| !due.is_zero());
        let rent = overdue.map(|(it, amount_fen)| {
            let lessee = self.party(it.lessee_id)?;
            Ok(NoticedGivenUp { contract_id: it.contract_id, lessee, amount_fen })
        });
        let rent_given_up = rent.collect::<Result<_, StorageError>>()?;
        Ok(NoticedAlteration { becomes: becomes.collect(), rent_given_up, ..it })
    }

    /// The income by what brought it, and by who gets it for what.
    fn income(&self, it: &Income) -> Result<NoticedIncome, StorageError> {
        type Line = (Fen, BTreeSet<Id<kind::Party>>);

        let mut sources: BTreeMap<Id<kind::Asset>, Fen> = BTreeMap::new();
        let mut lines: BTreeMap<(Id<kind::Party>, Purpose), Line> = BTreeMap::new();
        let too_much =
            || StorageError::Corrupt("the lines of a plan exceed what an amount can be".to_owned());
        for part in &it.parts {
            let source = sources.entry(part.asset).or_insert(Fen::ZERO);
            *source = source.checked_add(part.amount).ok_or_else(too_much)?;
            let (line, succeeds) =
                lines.entry((part.party, part.purpose)).or_insert((Fen::ZERO, BTreeSet::new()));
            *line = line.checked_add(part.amount).ok_or_else(too_much)?;
            succeeds.extend(&part.successor_of);
        }
        let line = |((party, purpose), (amount_fen, succeeds)): (_, Line)| {
            let successor_of =
                succeeds.into_iter().map(|it| self.party(it)).collect::<Result<_, StorageError>>()?;
            Ok(NoticedLine { party: self.party(party)?, purpose, amount_fen, successor_of })
        };
        Ok(NoticedIncome {
            amount_fen: it.amount,
            sources: sources
                .into_iter()
                .map(|(asset_id, amount_fen)| NoticedSource { asset_id, amount_fen })
                .collect(),
            lines: lines.into_iter().map(line).collect::<Result<_, StorageError>>()?,
        })
    }
}
