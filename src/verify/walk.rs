//! The walk along the journal compares every entry with its leaf, every tile with the hash above it, and every root with the
//! signed checkpoints, in one pass with a few tiles in memory.
//!
//! Entries are compared with the leaves stored in the tree. The leaves of a tile are accepted if they hash to the value above
//! them; if they do not, and those computed from the entries do, it is the tile that was altered. In the end a signed root
//! decides whether all of it was right, so nothing that is accepted on the way can hide a change.

use std::{collections::VecDeque, ops::Range};

use tlog_tiles::Hash;

use crate::{
    journal::{
        bundle::Part,
        notes::Head,
        tree::{Growing, TILE_WIDTH},
    },
    verify::{Damage, DamageKind, HeadSource, Heads, Report, VerifyError},
};

/// An entry as stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// The hash of its leaf, computed from the entry; `None` for a gap.
    pub(super) leaf: Option<Hash>,
    /// Whether its content matches the hash in it.
    pub(super) content_fits: bool,
}

/// Where a journal is read from.
pub(super) trait Source {
    /// The stored hashes of the leaves of a range: one item per leaf, `None` for a gap.
    fn leaves(&mut self, range: Range<u64>) -> Result<Vec<Option<Hash>>, VerifyError>;

    /// A hash above the leaves, which is the root of the complete tile below it; `None` if it is missing.
    fn node(&mut self, level: u8, place: u64) -> Result<Option<Hash>, VerifyError>;

    /// The next batch of entries; empty at the end.
    fn next(&mut self) -> Result<Vec<Found>, VerifyError>;
}

/// Walks along a journal of the given size and reports what is wrong.
pub(super) fn walk(
    source: &mut impl Source,
    size: u64,
    heads: &Heads,
    report: &mut Report,
) -> Result<(), VerifyError> {
    report.entries = size;
    for (of, all) in heads.by_size.range(size.saturating_add(1)..) {
        for (_, kept) in all {
            report.add(match kept {
                HeadSource::Verifier => rolled_back(*of),
                HeadSource::Journal => {
                    Damage { tree_size: Some(*of), ..Damage::at(DamageKind::TailCut, size) }
                }
            });
        }
    }
    let mut walk = Walk {
        source,
        size,
        heads,
        report,
        ahead: VecDeque::new(),
        ended: false,
        at: 0,
        cut: false,
        unexplained: Vec::new(),
        doubtful: Vec::new(),
        confirmed: 0,
        searches: 8,
        growing: Some(Growing::default()),
    };
    walk.along()
}

fn rolled_back(size: u64) -> Damage {
    Damage { tree_size: Some(size), ..Damage::of(DamageKind::RolledBack) }
}

/// An entry that does not match its leaf, for a reason that is not known yet.
struct Unexplained {
    index: u64,
    found: Hash,
    wanted: Option<Hash>,
}

/// The leaves of a tile with all hashes above them, so that the root with a few leaves replaced is cheap to compute.
struct Folded {
    levels: Vec<Vec<Hash>>,
}

impl Folded {
    /// `None` if there are no leaves.
    fn of(leaves: Vec<Hash>) -> Option<Self> {
        if leaves.is_empty() {
            return None;
        }
        let mut levels = vec![leaves];
        while let Some(above) = levels.last().filter(|it| it.len() > 1).map(|level| {
            let pairs = level.chunks(2);
            pairs.filter_map(|pair| {
                pair.split_first().map(|(left, right)| folded(*left, right.first().copied()))
            })
        }) {
            let above = above.collect();
            levels.push(above);
        }
        Some(Self { levels })
    }

    /// The root with some leaves replaced.
    fn root(&self, others: &[(usize, Hash)]) -> Hash {
        let mut others = others.to_vec();
        for level in &self.levels {
            if level.len() == 1 {
                break;
            }
            let at = |place: usize| {
                let other = others.iter().find(|it| it.0 == place).map(|it| it.1);
                other.or_else(|| level.get(place).copied())
            };
            let above = others.iter().filter_map(|(place, _)| {
                let left = place - place % 2;
                Some((place / 2, folded(at(left)?, at(left.saturating_add(1)))))
            });
            others = above.collect();
        }
        let top = self.levels.last().and_then(|it| it.first()).copied();
        others.first().map(|it| it.1).or(top).unwrap_or(tlog_tiles::EMPTY_HASH)
    }
}

/// The hash of two neighbours; one without a neighbour moves up unchanged.
fn folded(left: Hash, right: Option<Hash>) -> Hash {
    right.map_or(left, |right| tlog_tiles::node_hash(left, right))
}

struct Walk<'w, S> {
    source: &'w mut S,
    size: u64,
    heads: &'w Heads,
    report: &'w mut Report,
    /// Entries that were read but not compared with their leaves yet.
    ahead: VecDeque<Found>,
    /// Whether the source is exhausted.
    ended: bool,
    /// The index of the next leaf to compare.
    at: u64,
    /// Whether the entries ended too early.
    cut: bool,
    unexplained: Vec<Unexplained>,
    /// Tiles whose leaves and whose hash above contradict each other.
    doubtful: Vec<u64>,
    /// The greatest size at which the leaves hashed to a signed root.
    confirmed: u64,
    /// How many more tiles are searched for swapped leaves. The limit keeps a journal that is damaged all over from taking for ever.
    searches: u8,
    /// The tree so far; `None` once a leaf is missing for good, since no root can be computed after that.
    growing: Option<Growing>,
}

impl<S: Source> Walk<'_, S> {
    fn along(&mut self) -> Result<(), VerifyError> {
        let tiles = self.size.div_ceil(TILE_WIDTH);
        let mut stored = self.stored(0)?;
        for tile in 0..tiles {
            let next = self.stored(tile.saturating_add(1))?;
            self.read_ahead()?;
            let leaves = self.accepted(tile, stored)?;
            self.account(tile, &leaves, &next)?;
            self.grow(&leaves)?;
            if self.report.is_full() {
                self.report.more = true;
                break;
            }
            stored = next;
        }
        self.read_ahead()?;
        if !self.report.more && !self.ahead.is_empty() {
            self.report.add(Damage::at(DamageKind::EntryAdded, self.size));
        }
        for tile in std::mem::take(&mut self.doubtful) {
            // If a later signed root confirms the leaves, the hash above them is wrong; otherwise the leaves are suspect.
            let from = tile.saturating_mul(TILE_WIDTH);
            let leaves_are_right = self.confirmed >= from.saturating_add(TILE_WIDTH);
            let (level, place) = if leaves_are_right { (1, tile) } else { (0, from) };
            self.report.add(Damage::tile(self.tile_of(level, place)));
        }
        self.explain();
        Ok(())
    }

    fn range(&self, tile: u64) -> Range<u64> {
        let from = tile.saturating_mul(TILE_WIDTH).min(self.size);
        from..from.saturating_add(TILE_WIDTH).min(self.size)
    }

    /// The leaves of a tile as stored in the tree.
    fn stored(&mut self, tile: u64) -> Result<Vec<Option<Hash>>, VerifyError> {
        let range = self.range(tile);
        if range.is_empty() { Ok(Vec::new()) } else { self.source.leaves(range) }
    }

    /// Reads ahead far enough to compare a whole tile and the next one.
    fn read_ahead(&mut self) -> Result<(), VerifyError> {
        let enough = usize::try_from(TILE_WIDTH.saturating_mul(2)).unwrap_or(512);
        while !self.ended && self.ahead.len() < enough {
            let some = self.source.next()?;
            self.ended = some.is_empty();
            self.ahead.extend(some);
        }
        Ok(())
    }

    /// The leaves of a tile to go by: those stored in the tree, unless only those computed from the entries match the hash above.
    fn accepted(&mut self, tile: u64, stored: Vec<Option<Hash>>) -> Result<Vec<Option<Hash>>, VerifyError> {
        let range = self.range(tile);
        let (Some(part), skipped) = (self.part(tile), self.at.saturating_sub(range.start)) else {
            return Ok(stored);
        };
        // Entries beyond the start of the tile may have been compared already; their stored leaves stand.
        let known = usize::try_from(skipped).unwrap_or(0);
        let of_tile = self.ahead.iter().map(|it| it.leaf);
        let mut computed: Vec<Option<Hash>> = stored.iter().copied().take(known).collect();
        computed.extend(of_tile.take(stored.len().saturating_sub(known)));
        computed.resize(stored.len(), None);
        let above = if part.is_whole() { self.source.node(1, tile)? } else { None };
        let signed = self.heads.last_in(range.start, range.end);
        let subtrees = self.growing.clone().unwrap_or_default();
        // What the leaves must hash to: the value above them or, failing that, a root that was signed within them.
        let count = match (above, signed) {
            (Some(_), _) => stored.len(),
            (None, Some(head)) if self.growing.is_some() => {
                usize::try_from(head.size.saturating_sub(range.start)).unwrap_or(0)
            }
            _ => 0,
        };
        let is_right = |root: Hash| match (above, signed) {
            (Some(above), _) => root == above,
            (None, Some(head)) => subtrees.root_with(root) == head.root,
            (None, None) => false,
        };
        let fits = |leaves: &[Option<Hash>]| -> Option<bool> {
            let whole: Vec<Hash> = leaves.get(..count)?.iter().copied().collect::<Option<_>>()?;
            Folded::of(whole).map(|it| is_right(it.root(&[])))
        };
        let of_tree = fits(&stored);
        if of_tree == Some(true) {
            return Ok(stored);
        }
        let of_entries = fits(&computed);
        if of_entries == Some(true) {
            if stored != computed {
                self.report.add(Damage::tile(part.of_hashes(0)));
            }
            return Ok(computed);
        }
        if of_tree == Some(false)
            && let Some((one, other)) = self.swapped(stored.get(..count), is_right)
        {
            let mut right = stored;
            right.swap(one, other);
            return Ok(right);
        }
        if stored == computed && above.is_some() && of_tree == Some(false) {
            // Entries and leaves agree with each other but not with the hash above; a signed root will decide.
            self.doubtful.push(tile);
        } else if of_tree == Some(false) && above.is_some() {
            self.report.add(Damage::tile(part.of_hashes(0)));
        }
        // A missing leaf is taken from its entry, if that exists.
        Ok(stored.iter().zip(&computed).map(|(stored, computed)| stored.or(*computed)).collect())
    }

    /// The two leaves of a tile that were swapped, if that is what is wrong with it. Leaves that were swapped together with their
    /// entries agree with them, so only the tree reveals it.
    fn swapped(
        &mut self,
        leaves: Option<&[Option<Hash>]>,
        is_right: impl Fn(Hash) -> bool,
    ) -> Option<(usize, usize)> {
        self.searches = self.searches.checked_sub(1)?;
        let whole: Vec<Hash> = leaves?.iter().copied().collect::<Option<_>>()?;
        let folded = Folded::of(whole.clone())?;
        let places = whole.iter().enumerate();
        let mut pairs = places
            .clone()
            .flat_map(|one| places.clone().skip(one.0.saturating_add(1)).map(move |other| (one, other)));
        let found = pairs.find(|(one, other)| is_right(folded.root(&[(one.0, *other.1), (other.0, *one.1)])));
        found.map(|(one, other)| (one.0, other.0))
    }

    fn part(&self, tile: u64) -> Option<Part> {
        Part::at(0, tile, self.size)
    }

    /// The path of the tile that holds a hash above the leaves.
    fn tile_of(&self, level: u8, place: u64) -> String {
        let found = Part::at(level, place / TILE_WIDTH, self.size);
        found.map_or_else(|| format!("tile/{level}"), |part| part.of_hashes(level))
    }

    /// Compares the entries of a tile with its leaves.
    fn account(
        &mut self,
        tile: u64,
        leaves: &[Option<Hash>],
        next: &[Option<Hash>],
    ) -> Result<(), VerifyError> {
        let range = self.range(tile);
        let wanted = |index: u64| -> Option<Hash> {
            let place = usize::try_from(index.checked_sub(range.start)?).ok()?;
            leaves.iter().chain(next).nth(place).copied().flatten()
        };
        while self.at < range.end && !self.report.is_full() {
            let Some(found) = self.ahead.front().copied() else {
                if !self.cut {
                    self.cut = true;
                    self.report.add(Damage::at(DamageKind::TailCut, self.at));
                }
                self.at = range.end;
                return Ok(());
            };
            match found.leaf {
                None => {
                    self.report.add(Damage::at(DamageKind::EntryMissing, self.at));
                    self.advance(1);
                }
                Some(leaf) if wanted(self.at).is_none_or(|it| it == leaf) => {
                    if !found.content_fits {
                        self.report.add(Damage::at(DamageKind::ContentAltered, self.at));
                    }
                    self.advance(1);
                }
                Some(leaf) => self.mismatch(leaf, &wanted),
            }
        }
        Ok(())
    }

    /// Moves on by this many entries and leaves.
    fn advance(&mut self, count: usize) {
        self.ahead.drain(..count.min(self.ahead.len()));
        self.at = self.at.saturating_add(u64::try_from(count).unwrap_or(0));
    }

    /// Works out from its neighbours why an entry does not match its leaf.
    fn mismatch(&mut self, leaf: Hash, wanted: &impl Fn(u64) -> Option<Hash>) {
        let at = self.at;
        let behind = self.ahead.get(1).and_then(|it| it.leaf);
        let here = wanted(at);
        if behind.is_some() && behind == here {
            if wanted(at.saturating_add(1)) == Some(leaf) {
                self.report.add(Damage {
                    other_index: Some(at.saturating_add(1)),
                    ..Damage::at(DamageKind::EntriesSwapped, at)
                });
                self.advance(2);
            } else {
                self.report.add(Damage::at(DamageKind::EntryAdded, at));
                self.ahead.pop_front();
            }
            return;
        }
        let moved_up = (1..=TILE_WIDTH).find(|gone| {
            let index = at.saturating_add(*gone);
            let then = wanted(index.saturating_add(1));
            wanted(index) == Some(leaf)
                && behind == then
                && (then.is_some() || index.saturating_add(1) == self.size)
        });
        match moved_up {
            Some(gone) => {
                for index in at..at.saturating_add(gone) {
                    self.report.add(Damage::at(DamageKind::EntryMissing, index));
                }
                self.at = at.saturating_add(gone);
            }
            None => {
                self.unexplained.push(Unexplained { index: at, found: leaf, wanted: here });
                self.advance(1);
            }
        }
    }

    /// Appends leaves to the tree, and compares it with the hashes above and with the signed roots.
    fn grow(&mut self, leaves: &[Option<Hash>]) -> Result<(), VerifyError> {
        for leaf in leaves {
            let Some(growing) = &mut self.growing else { return Ok(()) };
            let Some(leaf) = leaf else {
                self.growing = None;
                return Ok(());
            };
            let mut completed = Vec::new();
            growing.push(*leaf, |level, place, hash| completed.push((level, place, hash)));
            let size = growing.size();
            // Computing a root takes many hashes, so it is done only at sizes that were signed.
            let head = self.heads.by_size.contains_key(&size).then(|| Head { size, root: growing.root() });
            for (level, place, hash) in completed {
                let stored = self.source.node(level, place)?;
                // A difference at the first level was already examined together with its leaves.
                if stored.is_none() || (level > 1 && stored != Some(hash)) {
                    self.report.add(Damage::tile(self.tile_of(level, place)));
                }
            }
            if let Some(head) = head {
                self.compare_with_signed(head);
            }
        }
        Ok(())
    }

    fn compare_with_signed(&mut self, head: Head) {
        for (signed, kept) in self.heads.by_size.get(&head.size).into_iter().flatten() {
            match kept {
                _ if signed.root == head.root => self.confirmed = head.size,
                HeadSource::Journal => self.report.add(Damage {
                    tree_size: Some(head.size),
                    ..Damage::of(DamageKind::InconsistentCheckpoint)
                }),
                HeadSource::Verifier => self.report.add(rolled_back(head.size)),
            }
        }
    }

    /// Distinguishes entries that were swapped from those that were altered.
    fn explain(&mut self) {
        let mut left = std::mem::take(&mut self.unexplained);
        while let Some(first) = left.pop() {
            let partner =
                left.iter().position(|it| it.wanted == Some(first.found) && first.wanted == Some(it.found));
            match partner {
                Some(place) => {
                    let other = left.swap_remove(place);
                    self.report.add(Damage {
                        other_index: Some(first.index.max(other.index)),
                        ..Damage::at(DamageKind::EntriesSwapped, first.index.min(other.index))
                    });
                }
                None => self.report.add(Damage::at(DamageKind::EntryAltered, first.index)),
            }
        }
    }
}
