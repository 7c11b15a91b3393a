//! Chains of title: the acts that moved a right in an asset, from first registration to a day, and what breaks them.
//!
//! The chain of a part goes through its division into that of the whole, and the chain of what was merged into those of
//! all that it was merged from.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use chrono::{DateTime, NaiveDate, Utc};
use num_rational::BigRational;
use num_traits::{One as _, Signed as _, Zero as _};

use crate::{
    identity::{Caller, Permission},
    journal::Known,
    register::{
        assets,
        codes::RightKind,
        rights::{InstrumentKind, RecordError, RecordRefused, RightsError, model, store},
    },
    storage::{Read, StorageError},
    values::{Fen, Id, Scope, Share, closed_enum, id::kind, share::Total},
};

/// The chain of a right in an asset.
#[derive(Debug, Clone)]
pub struct Chain {
    /// The asset.
    pub asset_id: Id<kind::Asset>,
    /// The projects whose money made the asset: one, or for what was merged those of all that it was merged from.
    pub project_ids: Vec<Id<kind::Project>>,
    /// The acts, in the order in which they took effect.
    pub links: Vec<Link>,
    /// Where the chain does not hold together; empty where it does.
    pub breaks: Vec<Break>,
}

/// An act in a chain.
#[derive(Debug, Clone)]
pub struct Link {
    /// The act.
    pub instrument_id: Id<kind::Instrument>,
    /// The asset on which it worked: that of the chain, or one that it came from.
    pub asset_id: Id<kind::Asset>,
    /// The assets that became this one by the act: the whole of a part, all that were merged; none for any other act.
    pub became_of: Vec<Id<kind::Asset>>,
    /// What kind of act.
    pub kind: InstrumentKind,
    /// The day from which it works.
    pub effective_on: NaiveDate,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Its place in the journal; none until it is sealed.
    pub journal_index: Option<i64>,
    /// The case that it executed.
    pub case_id: Option<Id<kind::Case>>,
    /// Its source documents.
    pub sources: Vec<Source>,
    /// What it moved.
    pub moved: Vec<MovedShare>,
    /// Who held the right once it had worked, and how much.
    pub holders_after: Vec<(Id<kind::Party>, Total)>,
}

/// A source document, known by its content.
#[derive(Debug, Clone)]
pub struct Source {
    /// The document.
    pub document_id: Id<kind::Document>,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// A share that an act moved.
#[derive(Debug, Clone)]
pub struct MovedShare {
    /// Who gave it; nobody where rights begin: at first registration, in a part, in what was merged, at a restoration.
    pub from_id: Option<Id<kind::Party>>,
    /// Who received it; nobody where rights end, or rest with all owners again.
    pub to_id: Option<Id<kind::Party>>,
    /// How much of the whole.
    pub share: Share,
    /// What was given for it.
    pub consideration: Option<Fen>,
}

closed_enum! {
    /// How a chain is broken.
    pub enum BreakKind {
        /// The chain does not begin with a first registration.
        NoBeginning = "no_beginning",
        /// A giver did not hold what it gave.
        GiverNotHolder = "giver_not_holder",
        /// After a division or a merger others hold than before.
        HoldersDiffer = "holders_differ",
        /// On some day nobody owned what has an owner by the acts before, or not all of it was owned.
        GapInTime = "gap_in_time",
        /// An act has no source document.
        MissingDocument = "missing_document",
        /// The holders at the end of the chain are not those that the register names.
        RegisterDiffers = "register_differs",
        /// The asset was made with no funded project on record.
        NoProject = "no_project",
    }
}

/// A place where a chain does not hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// What is wrong.
    pub kind: BreakKind,
    /// The act at which it shows; none for the chain as a whole.
    pub instrument_id: Option<Id<kind::Instrument>>,
}

/// How many generations of divisions and mergers a chain is followed through. More than a few are a defect of the data.
const GENERATIONS: usize = 64;

/// Follows a right in an asset from its first registration to a day.
pub fn chain(
    unit: &mut Read<'_>,
    caller: &Caller,
    asset: Id<kind::Asset>,
    right: RightKind,
    as_of: Option<NaiveDate>,
    known: Known,
) -> Result<Chain, RecordError> {
    let scope = caller.permit(Permission::AssetsRead)?;
    if !assets::is_known(unit, &scope, asset, known)? {
        return Err(RecordRefused::NotFound.into());
    }
    let as_of = as_of.unwrap_or_else(|| unit.today());
    let lines = lines(unit, &scope, asset, right, as_of, known)?;
    if !lines.contains_key(&asset) {
        return Err(RecordRefused::NotFound.into());
    }
    let assets: Vec<_> = lines.keys().copied().collect();
    let acts: BTreeSet<_> = lines.values().flat_map(|it| &it.moves).map(|it| it.instrument_id).collect();
    let sources = store::sources_of(unit, &acts.into_iter().collect::<Vec<_>>())?;
    let rights = store::known_rights(unit, &scope, &assets, known)?;
    let mut walk = Walk {
        lines: &lines,
        sources: &sources,
        rights: &rights,
        right,
        links: BTreeMap::new(),
        breaks: Vec::new(),
        followed: BTreeMap::new(),
    };
    let held = walk.follow(asset, None)?;
    if right == RightKind::Ownership {
        walk.seek_gaps(asset, as_of)?;
        if held != walk.registered(asset, as_of)? {
            walk.broken(BreakKind::RegisterDiffers, None);
        }
    }
    let roots: Vec<&Line> = lines.values().filter(|it| it.origins.is_empty()).collect();
    if roots.iter().any(|it| it.project_id.is_none()) {
        walk.broken(BreakKind::NoProject, None);
    }
    let project_ids: BTreeSet<_> = roots.iter().filter_map(|it| it.project_id).collect();
    Ok(Chain {
        asset_id: asset,
        project_ids: project_ids.into_iter().collect(),
        links: walk.links.into_values().collect(),
        breaks: walk.breaks,
    })
}

/// An asset with what it came from, and the moves of the right in it.
#[derive(Debug)]
struct Line {
    project_id: Option<Id<kind::Project>>,
    origins: Vec<Id<kind::Asset>>,
    moves: Vec<store::Recorded>,
}

impl Line {
    /// The act by which the asset became of others, and the day of it.
    fn birth(&self) -> Option<(Id<kind::Instrument>, NaiveDate)> {
        self.moves.iter().find(|it| is_birth(it)).map(|it| (it.instrument_id, it.effective_on))
    }
}

/// Whether an asset became of others by an act.
fn is_birth(it: &store::Recorded) -> bool {
    matches!(it.kind, InstrumentKind::Division | InstrumentKind::Merger) && it.moved.from_id.is_none()
}

/// Whether an act says who owned an asset when that began: its first registration, or what was said later of days before it.
fn is_beginning(act: &[&store::Recorded]) -> bool {
    act.first().is_some_and(|it| match it.kind {
        InstrumentKind::FirstRegistration => true,
        InstrumentKind::PriorOwnership | InstrumentKind::Correction => {
            act.iter().all(|it| it.moved.from_id.is_none())
        }
        _ => false,
    })
}

type Lines = BTreeMap<Id<kind::Asset>, Line>;

/// The asset and everything that it came from, a generation at a time.
fn lines(
    unit: &mut Read<'_>,
    scope: &Scope,
    asset: Id<kind::Asset>,
    right: RightKind,
    as_of: NaiveDate,
    known: Known,
) -> Result<Lines, StorageError> {
    let mut lines = Lines::new();
    let mut generation = vec![asset];
    for _ in 0..GENERATIONS {
        generation.sort_unstable();
        generation.dedup();
        generation.retain(|it| !lines.contains_key(it));
        if generation.is_empty() {
            break;
        }
        let mut descents = store::descents(unit, scope, &generation)?;
        if let Known::Through(index) = known {
            let projects = assets::store::projects_through(unit, &generation, index)?;
            for it in &mut descents {
                it.project_id = projects.get(&it.asset_id).copied().unwrap_or(it.project_id);
            }
        }
        let merged: Vec<_> = descents.iter().filter(|it| it.is_merged()).map(|it| it.asset_id).collect();
        let merged = if merged.is_empty() { Vec::new() } else { store::merged_into(unit, &merged)? };
        let mut moves = store::moves_of(unit, &generation, right, as_of, known)?;
        generation.clear();
        for it in descents {
            let sources = merged.iter().filter(|(_, into)| *into == it.asset_id).map(|(from, _)| *from);
            let origins: Vec<_> = it.parent_id.into_iter().chain(sources).collect();
            generation.extend(&origins);
            let (own, others) = moves.into_iter().partition(|of| of.moved.asset_id == it.asset_id);
            moves = others;
            lines.insert(it.asset_id, Line { project_id: it.project_id, origins, moves: own });
        }
    }
    Ok(lines)
}

/// The moves in an asset in the order in which they took effect: those in what it first came from, and then its own.
fn moves_in(lines: &Lines, asset: Id<kind::Asset>) -> Vec<&store::Recorded> {
    let Some(line) = lines.get(&asset) else { return Vec::new() };
    let birth = line.birth().map(|(act, _)| act);
    let mut moves = line.origins.first().map(|it| moves_in(lines, *it)).unwrap_or_default();
    moves.retain(|it| Some(it.instrument_id) != birth);
    moves.extend(&line.moves);
    moves.sort_by_key(|it| (it.effective_on, it.place));
    moves
}

/// Whether what an act says from a day on never took effect, since the asset had ended by then and was not found again.
fn is_void(place: store::Place, from: NaiveDate, moves: &[&store::Recorded]) -> bool {
    let ends = |other: &store::Recorded| {
        matches!(
            other.kind,
            InstrumentKind::Division
                | InstrumentKind::Merger
                | InstrumentKind::Disposal
                | InstrumentKind::Voiding
        ) && other.moved.to_id.is_none()
    };
    moves.iter().filter(|end| ends(end)).any(|end| {
        let found_again = |other: &&store::Recorded| {
            other.kind == InstrumentKind::Restoration && other.place > end.place && other.effective_on <= from
        };
        place < end.place
            && end.effective_on < from
            && !moves.iter().copied().any(|other| found_again(&other))
    })
}

/// Something that an act does to who holds the right, on a day.
#[derive(Debug)]
struct Turn<'a> {
    /// The day.
    on: NaiveDate,
    /// The act.
    act: &'a [&'a store::Recorded],
    /// What it does.
    does: Does,
    /// By how much more each holds by it, over what was on record before it.
    by: Held,
}

/// What an act does on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    /// It said who held the right on days up to this one, and no longer does.
    Ends,
    /// It takes effect.
    Works,
    /// It took effect, until it was said that somebody held the right earlier than from its day on, and who.
    Worked,
    /// The asset ends, by an act that says who held the right before this one was recorded.
    Rests,
    /// The asset is found again, by such an act.
    Resumes,
}

impl Does {
    /// Whether it comes before what others do on the day.
    const fn comes_first(self) -> bool {
        matches!(self, Self::Ends | Self::Rests)
    }
}

/// When an asset ended and was found again, each as it was recorded.
type Absence<'a> = (&'a store::Recorded, &'a store::Recorded);

/// When assets ended and were found again.
fn absences<'a>(moves: &[&'a store::Recorded]) -> Vec<Absence<'a>> {
    let again = |ended: &store::Recorded| {
        let later = moves.iter().filter(|it| {
            it.kind == InstrumentKind::Restoration
                && it.moved.asset_id == ended.moved.asset_id
                && it.place > ended.place
        });
        later.min_by_key(|it| it.place).copied()
    };
    let ended = moves.iter().filter(|it| it.kind == InstrumentKind::Disposal);
    let mut absences: Vec<_> = ended.filter_map(|it| Some((*it, again(it)?))).collect();
    absences.dedup_by_key(|(ended, _)| ended.instrument_id);
    absences
}

/// What the moves of a right in an asset do, in the order of the days.
///
/// Each act is followed in the order in which they were recorded, since what it says is about what was on record before it: who
/// held the right on the day from which somebody held it takes the place of whatever was said of that day, and who
/// held it before a change of holders is said of the days up to that.
fn turns<'a>(moves: &'a [&'a store::Recorded]) -> Vec<Turn<'a>> {
    let acts: Vec<&[&store::Recorded]> =
        moves.chunk_by(|one, other| one.instrument_id == other.instrument_id).collect();
    let mut recorded: Vec<(&store::Recorded, &'a [&'a store::Recorded])> =
        acts.into_iter().filter_map(|act| Some((*act.first()?, act))).collect();
    recorded.sort_by_key(|(first, _)| first.place);
    let absences = absences(moves);
    let mut changes: BTreeMap<NaiveDate, Held> = BTreeMap::new();
    let mut turns: Vec<Turn<'a>> = Vec::new();
    for (first, act) in recorded {
        let on = first.effective_on;
        let by = moved(Held::new(), act, &mut Vec::new());
        let mut until = None;
        let mut more = by.clone();
        if first.kind == InstrumentKind::PriorOwnership {
            let next = changes.range((Bound::Excluded(on), Bound::Unbounded)).next().map(|(day, _)| *day);
            if let Some(day) = next {
                change(&mut changes, day, by.iter().map(|(party, share)| (*party, -share)));
                turns.push(Turn { on: day, act, does: Does::Ends, by: Held::new() });
            }
            until = next;
        } else if is_beginning(act)
            && let Some(began) = changes.keys().next().copied().filter(|began| on < *began)
        {
            // Whoever was said to be the first is so no longer, and may have been the same.
            for (party, share) in changes.remove(&began).unwrap_or_default() {
                *more.entry(party).or_insert_with(BigRational::zero) -= share;
            }
            more.retain(|_, share| !share.is_zero());
            for it in turns.iter_mut().filter(|it| it.on == began && it.does == Does::Works) {
                it.does = Does::Worked;
            }
        }
        // What an asset has from what it came from was there before.
        if !is_birth(first) {
            change(&mut changes, on, by);
        }
        turns.push(Turn { on, act, does: Does::Works, by: Held::new() });
        // What was recorded of the end of the asset, and of its being found again, is about whoever held the right by then.
        for (ended, again) in &absences {
            if !more.is_empty()
                && again.place < first.place
                && again.moved.asset_id == first.moved.asset_id
                && on < ended.effective_on
                && until.is_none_or(|until| until > ended.effective_on)
            {
                let less: Held = more.iter().map(|(party, share)| (*party, -share)).collect();
                change(&mut changes, ended.effective_on, less.clone());
                change(&mut changes, again.effective_on, more.clone());
                turns.push(Turn { on: ended.effective_on, act, does: Does::Rests, by: less });
                turns.push(Turn { on: again.effective_on, act, does: Does::Resumes, by: more.clone() });
            }
        }
    }
    turns.retain(|it| it.act.first().is_some_and(|first| !is_void(first.place, it.on, moves)));
    turns.sort_by_key(|it| (it.on, !it.does.comes_first(), it.act.first().map(|first| first.place)));
    turns
}

/// Adds to what changes on a day.
fn change(
    changes: &mut BTreeMap<NaiveDate, Held>,
    day: NaiveDate,
    by: impl IntoIterator<Item = (Id<kind::Party>, BigRational)>,
) {
    let of_day = changes.entry(day).or_default();
    for (party, share) in by {
        *of_day.entry(party).or_insert_with(BigRational::zero) += share;
    }
    of_day.retain(|_, share| !share.is_zero());
    if of_day.is_empty() {
        changes.remove(&day);
    }
}

/// The place of an act in a chain: when it took effect, where it stands in the journal, and on which asset it worked.
type Place = (NaiveDate, store::Place, Id<kind::Instrument>, Id<kind::Asset>);

/// How much of a right each party holds.
type Held = BTreeMap<Id<kind::Party>, BigRational>;

/// A chain that is being followed.
#[derive(Debug)]
struct Walk<'a> {
    lines: &'a Lines,
    sources: &'a [(Id<kind::Instrument>, Source)],
    rights: &'a [(Id<kind::Asset>, model::Right)],
    right: RightKind,
    links: BTreeMap<Place, Link>,
    breaks: Vec<Break>,
    /// What was followed already: all parts of a division came from the same, which is followed once for all of them.
    followed: BTreeMap<(Id<kind::Asset>, Until), Held>,
}

/// The act by which an asset became another, and its day; none for the asset at the end of the chain.
type Until = Option<(Id<kind::Instrument>, NaiveDate)>;

impl Walk<'_> {
    fn broken(&mut self, kind: BreakKind, instrument_id: Option<Id<kind::Instrument>>) {
        let found = Break { kind, instrument_id };
        if !self.breaks.contains(&found) {
            self.breaks.push(found);
        }
    }

    /// Follows the acts on everything that an asset came from, and then its own; tells who holds at the end. `until` is
    /// the act by which the asset became another, and its day: how it stood then is told, and that act is left out.
    fn follow(&mut self, asset: Id<kind::Asset>, until: Until) -> Result<Held, RightsError> {
        if let Some(held) = self.followed.get(&(asset, until)) {
            return Ok(held.clone());
        }
        let held = self.followed_anew(asset, until)?;
        self.followed.insert((asset, until), held.clone());
        Ok(held)
    }

    fn followed_anew(&mut self, asset: Id<kind::Asset>, until: Until) -> Result<Held, RightsError> {
        let lines = self.lines;
        let Some(line) = lines.get(&asset) else { return Ok(Held::new()) };
        let birth = line.birth();
        let origins = line.origins.iter().map(|it| self.follow(*it, birth)).collect::<Result<Vec<_>, _>>()?;
        let mut moves = moves_in(lines, asset);
        moves.retain(|it| until.is_none_or(|(act, _)| it.instrument_id != act));
        let (mut held, mut until_then) = (Held::new(), Held::new());
        let (mut begun, mut handed_over) = (false, None);
        for Turn { on, act, does, by } in turns(&moves) {
            let Some(first) = act.first() else { continue };
            let mut found = Vec::new();
            if matches!(does, Does::Rests | Does::Resumes) {
                for (party, share) in by {
                    *held.entry(party).or_insert_with(BigRational::zero) += share;
                }
                held.retain(|_, share| !share.is_zero());
                // Whoever it was given back to by then is not who holds it.
                let found_again = |it: &&mut Link| {
                    it.asset_id == asset && it.kind == InstrumentKind::Restoration && it.effective_on == on
                };
                if self.right == RightKind::Ownership
                    && does == Does::Resumes
                    && let Some(link) = self.links.values_mut().rfind(found_again)
                {
                    link.holders_after = totals(held.clone());
                }
            } else if does == Does::Ends {
                held = ended(held, act);
                handed_over = Some(on).filter(|_| is_beginning(act)).or(handed_over);
            } else {
                // Whoever is on record for the days up to this one is followed by who was said to be the first.
                let again = does == Does::Worked || handed_over == Some(on);
                if if begun { is_beginning(act) && !again } else { !is_beginning(act) } {
                    found.push(BreakKind::NoBeginning);
                }
                begun = true;
                // What is carried over must be what was there before, and is not there twice.
                if is_birth(first) {
                    let is_own = first.moved.asset_id == asset;
                    let carried = moved(Held::new(), act, &mut found);
                    if carried != held || (is_own && origins.iter().any(|it| *it != held)) {
                        found.push(BreakKind::HoldersDiffer);
                    }
                    held = carried;
                } else if does == Does::Works {
                    held = moved(held, act, &mut found);
                }
            }
            if until.is_none_or(|(_, day)| on <= day) {
                until_then.clone_from(&held);
            }
            if matches!(does, Does::Works | Does::Worked) && first.moved.asset_id == asset {
                self.link(act, &held, found)?;
            }
        }
        Ok(until_then)
    }

    /// Adds an act to the chain, with what is wrong with it.
    fn link(
        &mut self,
        act: &[&store::Recorded],
        held: &Held,
        found: Vec<BreakKind>,
    ) -> Result<(), RightsError> {
        let Some(it) = act.first() else { return Ok(()) };
        let asset = it.moved.asset_id;
        let line = self.lines.get(&asset);
        let is_birth = line.and_then(Line::birth).is_some_and(|(birth, _)| birth == it.instrument_id);
        let of_act = self.sources.iter().filter(|(instrument, _)| *instrument == it.instrument_id);
        let sources: Vec<_> = of_act.map(|(_, source)| source.clone()).collect();
        if sources.is_empty() {
            self.broken(BreakKind::MissingDocument, Some(it.instrument_id));
        }
        // Grants end by themselves, so who holds after an act is read from the rights on record; ownership moves for good,
        // so its chain can be played again from nothing and must end where the register is.
        let holders = match self.right {
            RightKind::Ownership => {
                for kind in found {
                    self.broken(kind, Some(it.instrument_id));
                }
                held.clone()
            }
            RightKind::Management | RightKind::Income => self.registered(asset, it.effective_on)?,
        };
        let link = Link {
            instrument_id: it.instrument_id,
            asset_id: asset,
            became_of: line.filter(|_| is_birth).map(|it| it.origins.clone()).unwrap_or_default(),
            kind: it.kind,
            effective_on: it.effective_on,
            recorded_at: it.recorded_at.and_utc(),
            journal_index: it.journal_index,
            case_id: it.case_id,
            sources,
            moved: act
                .iter()
                .map(|it| MovedShare {
                    from_id: it.moved.from_id,
                    to_id: it.moved.to_id,
                    share: it.moved.share,
                    consideration: it.moved.consideration,
                })
                .collect(),
            holders_after: totals(holders),
        };
        self.links.insert((it.effective_on, it.place, it.instrument_id, asset), link);
        Ok(())
    }

    /// Looks for days until `as_of` on which the register names no owners of the whole asset, though its last act left it
    /// with some. Owners change on the days of acts, and on the days on which rights on record begin and end.
    fn seek_gaps(&mut self, asset: Id<kind::Asset>, as_of: NaiveDate) -> Result<(), RightsError> {
        // What was recorded by mistake was owned on no day, and its acts say only what was thought.
        if self.links.values().any(|it| it.asset_id == asset && it.kind == InstrumentKind::Voiding) {
            return Ok(());
        }
        let acts: Vec<_> = self
            .links
            .values()
            .filter(|it| it.asset_id == asset)
            .map(|it| (it.effective_on, it.instrument_id, !it.holders_after.is_empty()))
            .collect();
        let of_asset = self.rights.iter().filter(|(of, it)| *of == asset && it.kind == RightKind::Ownership);
        let bounds = of_asset.flat_map(|(_, it)| [Some(it.period.from()), it.period.to()]).flatten();
        let days: BTreeSet<_> = bounds.chain(acts.iter().map(|(day, ..)| *day)).collect();
        for day in days.into_iter().filter(|it| *it <= as_of) {
            let Some((_, act, true)) = acts.iter().rev().find(|(from, ..)| *from <= day) else { continue };
            let owned: BigRational = self.registered(asset, day)?.into_values().sum();
            if !owned.is_one() {
                self.broken(BreakKind::GapInTime, Some(*act));
            }
        }
        Ok(())
    }

    /// Who holds the right in an asset on a day, as the register says.
    fn registered(&self, asset: Id<kind::Asset>, on: NaiveDate) -> Result<Held, RightsError> {
        let rights: Vec<model::Right> =
            self.rights.iter().filter(|(of, _)| *of == asset).map(|(_, right)| right.clone()).collect();
        let mut held = Held::new();
        for it in model::holders(&rights, self.right, on)? {
            *held.entry(it.holder_id).or_insert_with(BigRational::zero) += it.share.to_ratio();
        }
        Ok(held)
    }
}

/// Who holds how much. A party that gave what it did not hold is no holder; the break at that act reports it.
fn totals(held: Held) -> Vec<(Id<kind::Party>, Total)> {
    let holders = held.into_iter().filter(|(_, share)| share.is_positive());
    holders.map(|(id, share)| (id, Total::of(share))).collect()
}

/// What parties hold once what an act said is so no longer.
fn ended(mut held: Held, act: &[&store::Recorded]) -> Held {
    for (party, share) in moved(Held::new(), act, &mut Vec::new()) {
        *held.entry(party).or_insert_with(BigRational::zero) -= share;
    }
    held.retain(|_, share| !share.is_zero());
    held
}

/// What parties hold once an act has moved shares.
fn moved(mut held: Held, act: &[&store::Recorded], found: &mut Vec<BreakKind>) -> Held {
    for it in act.iter().map(|it| &it.moved) {
        if let Some(from) = it.from_id {
            let left = held.entry(from).or_insert_with(BigRational::zero);
            *left -= it.share.to_ratio();
            if left.is_negative() {
                found.push(BreakKind::GiverNotHolder);
            }
        }
        if let Some(to) = it.to_id {
            *held.entry(to).or_insert_with(BigRational::zero) += it.share.to_ratio();
        }
    }
    held.retain(|_, share| !share.is_zero());
    held
}
