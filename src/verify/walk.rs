//! The walk along the journal: every entry against its leaf, every tile against the one above, every root against what was
//! signed. One pass, a few tiles in memory.
//!
//! The leaves that the tree has are what entries are held against. A tile is believed where it folds to the hash above it;
//! where it does not, and the entries do, the tile is what was altered. In the end a root that was signed tells whether
//! all of it was right, so nothing that is believed on the way can hide anything.

use std::{collections::VecDeque, ops::Range};

use tlog_tiles::Hash;

use crate::{
    journal::{
        bundle::Part,
        notes::Head,
        tree::{Growing, TILE_WIDTH},
    },
    verify::{Damage, DamageKind, Heads, Kept, Report, VerifyError},
};

/// An entry as stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    /// Its hash as a leaf, computed; none for a gap.
    pub(super) leaf: Option<Hash>,
    /// Whether its content is what it commits to.
    pub(super) content_fits: bool,
}

/// Where a journal is read from.
pub(super) trait Source {
    /// The hashes of leaves that the tree has, with gaps; as many as the range is long.
    fn leaves(&mut self, range: Range<u64>) -> Result<Vec<Option<Hash>>, VerifyError>;

    /// A hash above the leaves: the root of the whole tile below, where it is there.
    fn node(&mut self, level: u8, place: u64) -> Result<Option<Hash>, VerifyError>;

    /// The entries that follow those that were given before; none at the end.
    fn next(&mut self) -> Result<Vec<Found>, VerifyError>;
}

/// Walks along a journal of a size and reports what is wrong.
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
                Kept::Elsewhere => rolled_back(*of),
                Kept::Within => Damage { tree_size: Some(*of), ..Damage::at(DamageKind::TailCut, size) },
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

/// An entry that is not what its leaf says, for the time being.
struct Unexplained {
    index: u64,
    found: Hash,
    wanted: Option<Hash>,
}

/// The leaves of a tile with all that they fold to, so that the root with a few others in their place is soon told.
struct Folded {
    levels: Vec<Vec<Hash>>,
}

impl Folded {
    /// None of no leaves.
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

    /// The root, with other leaves in some places.
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

/// Two neighbours as one; what has none goes up as it is.
fn folded(left: Hash, right: Option<Hash>) -> Hash {
    right.map_or(left, |right| tlog_tiles::node_hash(left, right))
}

struct Walk<'w, S> {
    source: &'w mut S,
    size: u64,
    heads: &'w Heads,
    report: &'w mut Report,
    /// Entries that were read and not yet held against their leaves.
    ahead: VecDeque<Found>,
    /// Whether the source has given all that it has.
    ended: bool,
    /// The next leaf to be accounted for.
    at: u64,
    /// Whether the entries ended too early.
    cut: bool,
    unexplained: Vec<Unexplained>,
    /// Tiles whose leaves and whose hash above contradict each other.
    doubtful: Vec<u64>,
    /// The greatest size at which the leaves came to a root that was signed.
    confirmed: u64,
    /// How many more tiles are looked through for leaves that changed places: what is damaged all over is not.
    searches: u8,
    /// The tree so far; none once a leaf is gone for good, for then no root can be told.
    growing: Option<Growing>,
}

impl<S: Source> Walk<'_, S> {
    fn along(&mut self) -> Result<(), VerifyError> {
        let tiles = self.size.div_ceil(TILE_WIDTH);
        let mut stored = self.stored(0)?;
        for tile in 0..tiles {
            let next = self.stored(tile.saturating_add(1))?;
            self.read_ahead()?;
            let leaves = self.believed(tile, stored)?;
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
            // Where a later root confirms the leaves, the hash above is wrong; else nothing speaks for them.
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

    /// The leaves of a tile as the tree has them.
    fn stored(&mut self, tile: u64) -> Result<Vec<Option<Hash>>, VerifyError> {
        let range = self.range(tile);
        if range.is_empty() { Ok(Vec::new()) } else { self.source.leaves(range) }
    }

    /// Reads so many entries that a whole tile and the next can be looked over.
    fn read_ahead(&mut self) -> Result<(), VerifyError> {
        let enough = usize::try_from(TILE_WIDTH.saturating_mul(2)).unwrap_or(512);
        while !self.ended && self.ahead.len() < enough {
            let some = self.source.next()?;
            self.ended = some.is_empty();
            self.ahead.extend(some);
        }
        Ok(())
    }

    /// The leaves of a tile that are believed: those of the tree, unless the entries alone fit what is above.
    fn believed(&mut self, tile: u64, stored: Vec<Option<Hash>>) -> Result<Vec<Option<Hash>>, VerifyError> {
        let range = self.range(tile);
        let (Some(part), skipped) = (self.part(tile), self.at.saturating_sub(range.start)) else {
            return Ok(stored);
        };
        // Where entries are accounted for beyond the beginning of the tile already, those stand for themselves.
        let known = usize::try_from(skipped).unwrap_or(0);
        let of_tile = self.ahead.iter().map(|it| it.leaf);
        let mut computed: Vec<Option<Hash>> = stored.iter().copied().take(known).collect();
        computed.extend(of_tile.take(stored.len().saturating_sub(known)));
        computed.resize(stored.len(), None);
        let above = if part.is_whole() { self.source.node(1, tile)? } else { None };
        let signed = self.heads.last_in(range.start, range.end);
        let subtrees = self.growing.clone().unwrap_or_default();
        // What the leaves must come to: the hash above them, or else a root that was signed within them.
        let count = match (above, signed) {
            (Some(_), _) => stored.len(),
            (None, Some(head)) if self.growing.is_some() => {
                usize::try_from(head.size.saturating_sub(range.start)).unwrap_or(0)
            }
            _ => 0,
        };
        let comes = |root: Hash| match (above, signed) {
            (Some(above), _) => root == above,
            (None, Some(head)) => subtrees.root_with(root) == head.root,
            (None, None) => false,
        };
        let fits = |leaves: &[Option<Hash>]| -> Option<bool> {
            let whole: Vec<Hash> = leaves.get(..count)?.iter().copied().collect::<Option<_>>()?;
            Folded::of(whole).map(|it| comes(it.root(&[])))
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
            && let Some((one, other)) = self.exchanged(stored.get(..count), comes)
        {
            let mut right = stored;
            right.swap(one, other);
            return Ok(right);
        }
        if stored == computed && above.is_some() && of_tree == Some(false) {
            // Entries and leaves agree with each other and not with the hash above; a signed root will tell who is right.
            self.doubtful.push(tile);
        } else if of_tree == Some(false) && above.is_some() {
            self.report.add(Damage::tile(part.of_hashes(0)));
        }
        // A leaf that is gone is taken from its entry, where that is there.
        Ok(stored.iter().zip(&computed).map(|(stored, computed)| stored.or(*computed)).collect())
    }

    /// The two leaves of a tile that changed places, where that is what is wrong with it: leaves that were moved together
    /// with their entries agree with them, and only the tree knows better.
    fn exchanged(
        &mut self,
        leaves: Option<&[Option<Hash>]>,
        comes: impl Fn(Hash) -> bool,
    ) -> Option<(usize, usize)> {
        self.searches = self.searches.checked_sub(1)?;
        let whole: Vec<Hash> = leaves?.iter().copied().collect::<Option<_>>()?;
        let folded = Folded::of(whole.clone())?;
        let places = whole.iter().enumerate();
        let mut pairs = places
            .clone()
            .flat_map(|one| places.clone().skip(one.0.saturating_add(1)).map(move |other| (one, other)));
        let found = pairs.find(|(one, other)| comes(folded.root(&[(one.0, *other.1), (other.0, *one.1)])));
        found.map(|(one, other)| (one.0, other.0))
    }

    fn part(&self, tile: u64) -> Option<Part> {
        Part::at(0, tile, self.size)
    }

    /// The path of the tile in which a hash above the leaves stands.
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
                    self.take(1);
                }
                Some(leaf) if wanted(self.at).is_none_or(|it| it == leaf) => {
                    if !found.content_fits {
                        self.report.add(Damage::at(DamageKind::ContentAltered, self.at));
                    }
                    self.take(1);
                }
                Some(leaf) => self.mismatch(leaf, &wanted),
            }
        }
        Ok(())
    }

    /// Goes on by so many entries and leaves.
    fn take(&mut self, count: usize) {
        self.ahead.drain(..count.min(self.ahead.len()));
        self.at = self.at.saturating_add(u64::try_from(count).unwrap_or(0));
    }

    /// Finds out from its neighbours what became of an entry that does not fit its leaf.
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
                self.take(2);
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
                self.take(1);
            }
        }
    }

    /// Lets the tree grow by leaves, and compares it with the hashes above and with what was signed.
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
            // A root takes many hashes, so it is told only where one was signed.
            let head = self.heads.by_size.contains_key(&size).then(|| Head { size, root: growing.root() });
            for (level, place, hash) in completed {
                let stored = self.source.node(level, place)?;
                // One of the first level that differs was looked into together with its leaves.
                if stored.is_none() || (level > 1 && stored != Some(hash)) {
                    self.report.add(Damage::tile(self.tile_of(level, place)));
                }
            }
            if let Some(head) = head {
                self.hold(head);
            }
        }
        Ok(())
    }

    fn hold(&mut self, head: Head) {
        for (signed, kept) in self.heads.by_size.get(&head.size).into_iter().flatten() {
            match kept {
                _ if signed.root == head.root => self.confirmed = head.size,
                Kept::Within => self.report.add(Damage {
                    tree_size: Some(head.size),
                    ..Damage::of(DamageKind::InconsistentCheckpoint)
                }),
                Kept::Elsewhere => self.report.add(rolled_back(head.size)),
            }
        }
    }

    /// Distinguishes entries that changed places from those that were altered.
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
