//! The tree over the entries (RFC 9162): roots and proofs, from tiles of 256 hashes wherever they are stored. Pure functions.
//!
//! The arithmetic is that of `tlog_tiles`. This module reads hashes in ranges of one tile at a time, and checks sizes before
//! passing them to that crate, which panics on invalid ones.

use std::{
    cell::RefCell,
    collections::{BTreeMap, btree_map::Entry},
    ops::Range,
};

use tlog_tiles::{Hash, HashReader, Tile};

/// How many hashes a tile has: 256 = 2^8.
pub const TILE_WIDTH: u64 = 256;
/// How many levels of the binary tree a level of tiles spans.
pub const TILE_HEIGHT: u8 = 8;
/// The largest supported tree: both a signed 64-bit index and an exact JSON number can hold its size.
pub const MAX_SIZE: u64 = 1 << 53;

/// A store of the hashes of a tree.
pub trait Tiles {
    /// Why hashes could not be read.
    type Error;

    /// The hashes of a range of a level; level 0 holds the leaves, each level above it the roots of the complete tiles below. A
    /// range never crosses the border of a tile. The result is shorter if hashes at the end are missing.
    fn hashes(&mut self, level: u8, range: Range<u64>) -> Result<Vec<Hash>, Self::Error>;
}

/// Why a root or a proof cannot be computed.
#[derive(Debug, thiserror::Error)]
pub enum TreeError<E> {
    /// The size or index is outside the tree.
    #[error("outside the tree")]
    Outside,
    /// A hash that the tree must have is missing.
    #[error("hashes of the tree are missing")]
    Missing,
    /// The hashes could not be read.
    #[error("the tree cannot be read")]
    Unreadable(#[source] E),
}

/// The root of the tree of a size.
pub fn root<T: Tiles>(tiles: &mut T, size: u64) -> Result<Hash, TreeError<T::Error>> {
    if size > MAX_SIZE {
        return Err(TreeError::Outside);
    }
    reading(tiles, |reader| tlog_tiles::tree_hash(size, reader))
}

/// The proof that the tree of a size contains the leaf at an index.
pub fn inclusion<T: Tiles>(tiles: &mut T, size: u64, index: u64) -> Result<Vec<Hash>, TreeError<T::Error>> {
    if index >= size || size > MAX_SIZE {
        return Err(TreeError::Outside);
    }
    reading(tiles, |reader| tlog_tiles::prove_record(size, index, reader))
}

/// The proof that the tree of a size begins with the tree of a smaller size.
pub fn consistency<T: Tiles>(tiles: &mut T, from: u64, to: u64) -> Result<Vec<Hash>, TreeError<T::Error>> {
    if !(1..=to).contains(&from) || to > MAX_SIZE {
        return Err(TreeError::Outside);
    }
    reading(tiles, |reader| tlog_tiles::prove_tree(to, from, reader))
}

/// Whether a proof shows that a tree (size and root) contains a leaf (index and hash).
pub fn holds(proof: &[Hash], tree: (u64, Hash), leaf: (u64, Hash)) -> bool {
    leaf.0 < tree.0
        && tree.0 <= MAX_SIZE
        && tlog_tiles::check_record(&proof.to_vec(), tree.0, tree.1, leaf.0, leaf.1).is_ok()
}

/// Whether a proof shows that a tree begins with an older one. Every tree begins with the empty one.
pub fn begins_with(proof: &[Hash], newer: (u64, Hash), older: (u64, Hash)) -> bool {
    if older.0 == 0 {
        return true;
    }
    (1..=newer.0).contains(&older.0)
        && newer.0 <= MAX_SIZE
        && tlog_tiles::check_tree(&proof.to_vec(), newer.0, newer.1, older.0, older.1).is_ok()
}

/// The root over the hashes of a complete subtree; `None` if their number is not a power of two.
pub fn tile_root(hashes: &[Hash]) -> Option<Hash> {
    hashes.len().is_power_of_two().then(|| {
        let bytes: Vec<u8> = hashes.iter().flat_map(|it| it.0).collect();
        Tile::subtree_hash(&bytes)
    })
}

/// How many hashes a level of tiles has in the tree of a size.
pub fn width_of_level(level: u8, size: u64) -> u64 {
    u32::from(level)
        .checked_mul(u32::from(TILE_HEIGHT))
        .and_then(|shift| size.checked_shr(shift))
        .unwrap_or(0)
}

/// The tiles of a level, each with its range of hashes.
pub fn tiles_of_level(level: u8, size: u64) -> impl Iterator<Item = (u64, Range<u64>)> {
    let width = width_of_level(level, size);
    (0..width.div_ceil(TILE_WIDTH)).map(move |tile| (tile, tile_range(tile, width)))
}

/// The range of a tile in a level of `width` hashes.
fn tile_range(tile: u64, width: u64) -> Range<u64> {
    let from = tile.saturating_mul(TILE_WIDTH);
    from..from.saturating_add(TILE_WIDTH).min(width)
}

struct Reader<'t, T: Tiles> {
    tiles: RefCell<&'t mut T>,
    failed: RefCell<Option<TreeError<T::Error>>>,
}

/// Runs a computation of `tlog_tiles` over tiles, and distinguishes its failures from those of reading.
fn reading<T: Tiles, R>(
    tiles: &mut T,
    compute: impl FnOnce(&Reader<'_, T>) -> Result<R, tlog_tiles::Error>,
) -> Result<R, TreeError<T::Error>> {
    let reader = Reader { tiles: RefCell::new(tiles), failed: RefCell::new(None) };
    let outcome = compute(&reader);
    match (outcome, reader.failed.into_inner()) {
        (_, Some(failure)) => Err(failure),
        (Ok(done), None) => Ok(done),
        (Err(_), None) => Err(TreeError::Outside),
    }
}

impl<T: Tiles> Reader<'_, T> {
    fn read(&self, indexes: &[u64]) -> Result<Vec<Hash>, TreeError<T::Error>> {
        let wanted: Vec<Span> = indexes.iter().map(|it| Span::of(*it)).collect();
        // One range per tile, since proofs ask for neighbouring hashes again and again.
        let mut ranges: BTreeMap<(u8, u64), Range<u64>> = BTreeMap::new();
        for span in &wanted {
            match ranges.entry((span.level, span.range.start / TILE_WIDTH)) {
                Entry::Vacant(free) => drop(free.insert(span.range.clone())),
                Entry::Occupied(mut known) => {
                    let range = known.get_mut();
                    *range = range.start.min(span.range.start)..range.end.max(span.range.end);
                }
            }
        }
        let mut found: BTreeMap<(u8, u64), (u64, Vec<Hash>)> = BTreeMap::new();
        for ((level, tile), range) in ranges {
            let from = range.start;
            let hashes = self.tiles.borrow_mut().hashes(level, range).map_err(TreeError::Unreadable)?;
            found.insert((level, tile), (from, hashes));
        }
        wanted.iter().map(|span| span.fold(&found).ok_or(TreeError::Missing)).collect()
    }
}

impl<T: Tiles> HashReader for Reader<'_, T> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        self.read(indexes).map_err(|failure| {
            *self.failed.borrow_mut() = Some(failure);
            tlog_tiles::Error::IndexesNotInTree
        })
    }
}

/// The hashes of one tile that combine into a node of the binary tree.
struct Span {
    level: u8,
    range: Range<u64>,
}

impl Span {
    fn of(stored_index: u64) -> Self {
        let (binary_level, n) = tlog_tiles::split_stored_hash_index(stored_index);
        let height = binary_level % TILE_HEIGHT;
        Self { level: binary_level / TILE_HEIGHT, range: n << height..n.saturating_add(1) << height }
    }

    fn fold(&self, found: &BTreeMap<(u8, u64), (u64, Vec<Hash>)>) -> Option<Hash> {
        let (from, hashes) = found.get(&(self.level, self.range.start / TILE_WIDTH))?;
        let at = |index: u64| usize::try_from(index.checked_sub(*from)?).ok();
        tile_root(hashes.get(at(self.range.start)?..at(self.range.end)?)?)
    }
}

/// The roots of the complete subtrees of a growing tree, from which its root can be computed at any time.
#[derive(Debug, Clone, Default)]
pub struct Growing {
    size: u64,
    /// The roots from the largest subtree to the smallest: as many as there are ones in the binary form of the size.
    subtrees: Vec<Hash>,
}

impl Growing {
    /// How many leaves it has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf. Whenever that completes a tile, `complete` is called with the level above, the position there, and the hash.
    pub fn push(&mut self, leaf: Hash, mut complete: impl FnMut(u8, u64, Hash)) {
        let (mut hash, mut binary_level, mut rest) = (leaf, 0_u8, self.size);
        while rest % 2 == 1 {
            let Some(left) = self.subtrees.pop() else { break };
            hash = tlog_tiles::node_hash(left, hash);
            binary_level = binary_level.saturating_add(1);
            rest /= 2;
            if binary_level.is_multiple_of(TILE_HEIGHT) {
                complete(binary_level / TILE_HEIGHT, rest, hash);
            }
        }
        self.subtrees.push(hash);
        self.size = self.size.saturating_add(1);
    }

    /// The root of the tree as it stands.
    pub fn root(&self) -> Hash {
        match self.subtrees.split_last() {
            Some((last, before)) => over(before, *last),
            None => tlog_tiles::EMPTY_HASH,
        }
    }

    /// The root of the tree followed by further leaves, given the root over those. This is the standard's root only if they are
    /// no more than the smallest subtree here has, as is the case for the leaves of a tile after complete tiles.
    pub fn root_with(&self, behind: Hash) -> Hash {
        over(&self.subtrees, behind)
    }
}

/// The root over subtrees from the largest to the smallest, and what follows them.
fn over(subtrees: &[Hash], behind: Hash) -> Hash {
    subtrees.iter().rev().fold(behind, |right, left| tlog_tiles::node_hash(*left, right))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;

    use super::*;
    use crate::journal::entry::leaf_hash;

    fn number(place: u64) -> usize {
        place.try_into().unwrap()
    }

    /// A tree in memory: its levels of tiles.
    struct Kept(Vec<Vec<Hash>>);

    impl Kept {
        fn of(size: u64) -> (Self, Growing) {
            let (mut levels, mut growing) = (vec![Vec::new(); 4], Growing::default());
            for leaf in 0..size {
                let hash = leaf_hash(&leaf.to_be_bytes());
                levels[0].push(hash);
                growing.push(hash, |level, place, hash| {
                    assert_eq!(u64::try_from(levels[usize::from(level)].len()), Ok(place));
                    levels[usize::from(level)].push(hash);
                });
            }
            (Self(levels), growing)
        }
    }

    impl Tiles for Kept {
        type Error = Infallible;

        fn hashes(&mut self, level: u8, range: Range<u64>) -> Result<Vec<Hash>, Infallible> {
            assert_eq!(range.start / TILE_WIDTH, (range.end - 1) / TILE_WIDTH, "one tile at a time");
            let of_level = &self.0[usize::from(level)];
            let (from, to) = (number(range.start), number(range.end).min(of_level.len()));
            Ok(of_level.get(from..to).unwrap_or_default().to_vec())
        }
    }

    fn second_opinion(size: u64) -> MemoryBackedTree<sha2::Sha256, [u8; 8]> {
        let mut tree = MemoryBackedTree::new();
        (0..size).for_each(|leaf| tree.push(leaf.to_be_bytes()));
        tree
    }

    fn flat(proof: &[Hash]) -> Vec<u8> {
        proof.iter().flat_map(|it| it.0).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Roots and proofs are those of another implementation, at any size, with whole tiles and without.
        #[test]
        fn the_tree_is_that_of_the_standard(size in 1_u64..1400, at in 0_u64..1400, from in 1_u64..1400) {
            let (at, from) = (at % size, from % size + 1);
            let (mut kept, growing) = Kept::of(size);
            let judge = second_opinion(size);

            let root = root(&mut kept, size).unwrap();
            let judged = judge.root();
            prop_assert_eq!(root.0.as_slice(), judged.as_bytes().as_slice());
            prop_assert_eq!(growing.root(), root);
            prop_assert_eq!(
                flat(&inclusion(&mut kept, size, at).unwrap()),
                judge.prove_inclusion(number(at)).as_bytes().to_vec()
            );
            let proof = consistency(&mut kept, from, size).unwrap();
            if from < size {
                prop_assert_eq!(flat(&proof), judge.prove_consistency(number(size - from)).as_bytes().to_vec());
            }
            let older = super::root(&mut kept, from).unwrap();
            prop_assert!(begins_with(&proof, (size, root), (from, older)));
            prop_assert!(!begins_with(&proof, (size, older), (from, older)) || from == size);
        }
    }

    #[test]
    fn what_lies_outside_the_tree_is_refused_and_not_computed() {
        let (mut kept, _) = Kept::of(5);
        assert_eq!(root(&mut kept, 0).unwrap(), tlog_tiles::EMPTY_HASH);
        assert!(matches!(inclusion(&mut kept, 5, 5), Err(TreeError::Outside)));
        assert!(matches!(inclusion(&mut kept, 0, 0), Err(TreeError::Outside)));
        assert!(matches!(consistency(&mut kept, 0, 5), Err(TreeError::Outside)));
        assert!(matches!(consistency(&mut kept, 6, 5), Err(TreeError::Outside)));
        assert!(matches!(root(&mut kept, u64::MAX), Err(TreeError::Outside)));
        assert!(matches!(root(&mut kept, 9), Err(TreeError::Missing)));
        assert!(matches!(inclusion(&mut kept, 300, 5), Err(TreeError::Missing)));
        assert!(begins_with(&[], (3, Hash([1; 32])), (0, Hash([2; 32]))));
        assert!(!begins_with(&[], (0, Hash([1; 32])), (3, Hash([2; 32]))));
    }

    #[test]
    fn a_tree_of_70_000_has_the_tiles_that_the_specification_counts() {
        let tiles = |level| tiles_of_level(level, 70_000).collect::<Vec<_>>();
        assert_eq!(tiles(0).len(), 274);
        assert_eq!(tiles(0).last(), Some(&(273, 69_888..70_000)));
        assert_eq!(tiles(1), [(0, 0..256), (1, 256..273)]);
        assert_eq!(tiles(2), [(0, 0..1)]);
        assert_eq!(tiles(3), []);
        assert_eq!(tiles_of_level(9, u64::MAX).count(), 0);
    }
}
