#!/usr/bin/env python3
"""Checks an exported journal without the registry and without its code.

    verify.py DIR [--checkpoint FILE]... [--keys FILE] [--json]

Made from the specifications alone, so that an auditor need not believe the program that wrote the bundle: RFC 9162
section 2.1 (the tree), C2SP tlog-tiles, tlog-checkpoint, signed-note and tlog-cosignature (c2sp.org), RFC 8032 (Ed25519)
and RFC 8785 (canonical JSON, for integers only: a journal holds no fractions). Python 3.9 or later, nothing to install.

Prints one line that begins with `ok`, and ends with status 0; or one line for each damage, and ends with status 1. Ends with
status 2 where nothing can be examined: there are no keys, they are those of another journal, or what was brought as a
checkpoint is none of this journal.
`--keys` is a `keys.json` that the auditor got elsewhere; without it, the keys that lie in the bundle are believed.
`--checkpoint` is a copy of a checkpoint that another office kept: the bundle must continue it.
"""
import argparse
import json
import os
import re
import sys
from base64 import b64decode, b64encode
from bisect import bisect_right
from functools import lru_cache
from hashlib import sha256, sha512

ENTRY_FIELDS = {"action", "actor_id", "at", "content_sha256", "id", "region_code"}
CONTENT_FIELDS = {"facts", "feed", "request_id", "subject_ids"}
# An entry of the second form says when it was sealed, and commits to what it changed and to the rows that were written.
LATER_ENTRY_FIELDS, LATER_CONTENT_FIELDS = {"sealed_at"}, {"changes", "rows"}
ED25519, COSIGNATURE = 1, 4  # The types of signatures that are checked here.

# --- Ed25519 (RFC 8032, section 5.1): points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z ---

P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


@lru_cache(maxsize=64)
def doublings(point):
    """The point, twice the point, four times: kept, since the same few keys sign every checkpoint."""
    powers = [point]
    for _ in range(252):
        powers.append(add(powers[-1], powers[-1]))
    return powers


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    for bit, power in enumerate(doublings(point)):
        if scalar >> bit & 1:
            result = add(result, power)
    return result


def encode_point(p):
    inverse = pow(p[2], P - 2, P)
    return (p[1] * inverse % P | (p[0] * inverse % P & 1) << 255).to_bytes(32, "little")


@lru_cache(maxsize=64)
def decode_point(data):
    y, odd = int.from_bytes(data, "little") & (1 << 255) - 1, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and odd):
        return None
    x = x if x & 1 == odd else P - x
    return x, y, 1, x * y % P


BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519(public, message, signature):
    """Whether the signature is the key's: [S]B = R + [k]A, with S below the group's order."""
    point = decode_point(public) if len(public) == 32 and len(signature) == 64 else None
    s = int.from_bytes(signature[32:], "little")
    if point is None or s >= ORDER:
        return False
    k = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % ORDER
    return encode_point(add(multiply(s, BASE), multiply(ORDER - k, point))) == signature[:32]


# --- signed notes and checkpoints ---

class Keys:
    """The keys to believe, by name and identity; those of the log itself are known apart from its witnesses'.

    `until` says of keys that sign no more, or were stolen, from which size of the tree on they are not believed."""

    @classmethod
    def stated(cls, it):
        """The keys of a `keys.json`: those that sign now, and those that signed before."""
        former = {old["key"]: [old["until"], old.get("disbelieved_from")] for old in it.get("former", [])}
        until = {key: min(size for size in sizes if size is not None) for key, sizes in former.items()}
        return cls([*it["keys"], *until], it.get("witnesses", []), until)

    def __init__(self, log, witnesses=(), until=()):
        self.known, self.log, self.until = {}, set(), {}
        for text in [*log, *witnesses]:
            name, identity, blob = text.split("+", 2)
            raw = b64decode(blob, validate=True)
            given = bytes.fromhex(identity)
            if raw[0] in (ED25519, COSIGNATURE) and sha256(name.encode() + b"\n" + raw).digest()[:4] != given:
                raise ValueError(f"the identity of {name} is not that of its key")
            self.known[name, given] = raw[0], raw[1:]
            if text in until:
                self.until[name, given] = int(until[text])
            if raw[0] == ED25519 and text in log:
                self.log.add((name, given))


class Note:
    """A text, and who signed it. A `ValueError` says that it is none."""

    def __init__(self, data):
        self.body, blank, lines = data.decode().rpartition("\n\n")
        if not blank or not lines.endswith("\n") or re.search(r"[\x00-\x09\x0b-\x1f]", data.decode()):
            raise ValueError("not a signed note")
        self.text, self.lines = (self.body + "\n").encode(), lines[:-1].split("\n")
        self.signed, self.witnessed, self.unchecked, self.wrong, self.disbelieved = [], [], [], [], []

    def check(self, keys, size):
        """Checks the signatures, with the keys that are believed at a size."""
        for line in self.lines:
            dash, name, blob = line.split(" ")
            raw = b64decode(blob, validate=True)
            if dash != "\u2014" or not name or len(raw) < 5:
                raise ValueError("not a signature line")
            kind, public = keys.known.get((name, raw[:4]), (None, b""))
            signature = raw[4:]
            if kind == ED25519:
                right = ed25519(public, self.text, signature)
                signers = self.signed if (name, raw[:4]) in keys.log else self.witnessed
                if size >= keys.until.get((name, raw[:4]), size + 1):
                    signers = self.disbelieved
            elif kind == COSIGNATURE:
                time = b"cosignature/v1\ntime %d\n" % int.from_bytes(signature[:8], "big")
                right, signers = ed25519(public, time + self.text, signature[8:]), self.witnessed
            elif kind is None:
                continue  # By a key that nobody named: it says nothing, for or against.
            else:
                right, signers, name = True, self.unchecked, f"{name} (type {kind})"
            (signers if right else self.wrong).append(name)


class Checkpoint(Note):
    """A signed tree head: `origin`, `size`, `root`, and who signed it. A `ValueError` says that it is none."""

    def __init__(self, data, keys):
        super().__init__(data)
        self.origin, size, root, *more = self.body.split("\n")
        self.root = b64decode(root, validate=True)
        if not self.origin or not re.fullmatch("0|[1-9][0-9]*", size) or len(self.root) != 32 or "" in more:
            raise ValueError("not a checkpoint")
        told = [re.fullmatch("after (0|[1-9][0-9]*) ([A-Za-z0-9+/]{43}=)", line) for line in more[:1]]
        self.before = (int(told[0][1]), b64decode(told[0][2])) if told and told[0] else None
        self.size = int(size)
        self.check(keys, self.size)


# --- the tree: hashes lie side by side in bytes, 256 to a block, as in a tile ---

def leaf(entry):
    return sha256(b"\0" + entry).digest()


def subtree(hashes):
    """The hash over a power of two of hashes."""
    while len(hashes) > 32:
        hashes = b"".join(sha256(b"\1" + hashes[i:i + 64]).digest() for i in range(0, len(hashes), 64))
    return hashes


class Tree:
    """The tree over blocks of 256 leaf hashes. A block that is not full ends it."""

    def __init__(self, blocks):
        self.levels, self.count, full = [blocks], 0, []
        for block in blocks:
            self.count += min(len(block) // 32, 256)
            if len(block) != 8192:
                break
            full.append(subtree(block))
        while full:
            tiles = b"".join(full)
            self.levels.append([tiles[i:i + 8192] for i in range(0, len(tiles), 8192)])
            full = [subtree(tile) for tile in self.levels[-1] if len(tile) == 8192]

    def tile(self, level, n, width):
        tiles = self.levels[level] if level < len(self.levels) else []
        return tiles[n][:32 * width] if n < len(tiles) else b""

    def root(self, size):
        """The root over the first `size` entries; none where the tree is shorter."""
        if size > self.count:
            return None
        root, left = b"", size
        for tiles in self.levels:
            if left & 255:
                tile = tiles[left >> 8][:32 * (left & 255)]
                for width in (32 << bit for bit in range(8) if left >> bit & 1):  # From the right, the smallest first.
                    peak, tile = subtree(tile[-width:]), tile[:-width]
                    root = sha256(b"\1" + peak + root).digest() if root else peak
            left >>= 8
        return root or sha256(b"").digest()


def widths(size):
    """How many hashes each block of a tree of that size holds."""
    return [256] * (size >> 8) + [size & 255] * bool(size & 255)


def spelled(n):
    """1234067 is x001/x234/067."""
    groups = re.findall("...", str(n).zfill(-(-len(str(n)) // 3) * 3))
    return "/".join(["x" + group for group in groups[:-1]] + groups[-1:])


def tile_name(kind, n, width, suffix=""):
    return f"{kind}/{spelled(n)}{suffix}" + (f".p/{width}" if width < 256 else "")


# --- canonical JSON ---

def whole_number(text):
    if abs(int(text)) >= 2**53:
        raise ValueError("beyond the integers that a double keeps apart")
    return int(text)


def refuse(text):
    raise ValueError(f"no integer: {text}")


def by_utf16(value):
    if isinstance(value, dict):
        return {key: by_utf16(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    return [by_utf16(item) for item in value] if isinstance(value, list) else value


READ = json.JSONDecoder(parse_float=refuse, parse_constant=refuse, parse_int=whole_number).decode
SORTED = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
AS_IS = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def canonical(data, fields, later=frozenset()):
    """The object that these bytes are the canonical form of, if it has just these fields, or the later ones as well."""
    try:
        value = READ(data.decode())
        # The two orders of keys differ only where a character lies beyond the first plane.
        far = not data.isascii() and max(data) >= 0xF0
        text = AS_IS(by_utf16(value)) if far else SORTED(value)
        whole = isinstance(value, dict) and (value.keys() == fields or value.keys() == fields | later)
        return value if whole and text.encode() == data else None
    except (ValueError, RecursionError):
        return None


def declared(entry):
    """What an entry says of its content, even an entry that is not in order."""
    try:
        return str(json.loads(entry)["content_sha256"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


# --- what differs ---

def differences(found, true):
    """Tells how a sequence came from the true one: altered at i, missing i, swapped i and k, added at i, cut from i on.

    A `None` in the true sequence fits anything."""
    found, places, i, j = list(found), {}, 0, 0
    for at, it in enumerate(true):
        if it is not None:
            places.setdefault(it, []).append(at)
    while i < len(true) and j < len(found):
        known = places.get(found[j], [-1])
        k = known[min(bisect_right(known, i), len(known) - 1)]  # Where it belongs; of several places, the next.
        there = j + k - i
        if true[i] == found[j] or true[i] is None and k <= i:
            i, j = i + 1, j + 1
        elif k > i and there < len(found) and found[there] == true[i]:
            yield "swapped", i, k
            found[j], found[there] = found[there], found[j]
        elif i + 1 < len(true) and j + 1 < len(found) and found[j + 1] == true[i + 1]:
            yield "altered", i
            i, j = i + 1, j + 1
        elif k > i:
            yield from (("missing", at) for at in range(i, k))
            i = k
        elif k >= 0 or j + 1 < len(found) and found[j + 1] == true[i]:
            yield "added", j
            j += 1
        else:
            yield "altered", i
            i, j = i + 1, j + 1
    if i < len(true):
        yield "cut", i
    yield from (("added", at) for at in range(j, len(found)))


def unframed(data):
    """The entries of a bundle, each after its length. Where a length is broken, the rest is one entry: an altered one."""
    entries, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at:at + 2], "big")
        entries.append(data[at + 2:end] if at + 2 <= end <= len(data) else data[at:])
        at = end
    return entries


class Bundle:
    """An exported journal, and what was found wrong with it."""

    def __init__(self, path, keys=None):
        self.path, self.damages, self.read_names, self.keys, self.origin = path, [], set(), Keys([]), None
        self.others, self.claimed, self.unexamined = set(), False, None
        self.unsigned_size = 0
        name = os.path.abspath(keys) if keys else "keys.json"
        try:
            stated = json.loads(self.read(name) or b"{}")
            self.keys, self.origin = Keys.stated(stated), stated["origin"]
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            self.damage("bad_keys", name, note=f"missing or malformed: {error}")
            self.unexamined = f"no keys in {name}"

    def damage(self, kind, *at, note=None):
        self.damages.append({"kind": kind, "at": list(at), **({"note": note} if note else {})})

    def read(self, name):
        try:
            with open(os.path.join(self.path, name), "rb") as file:
                return file.read()
        except OSError:
            return None

    def tile(self, kind, n, width, suffix=""):
        """A tile; where it is gone, what is left of it: the widest narrower one, or nothing."""
        for name in (tile_name(kind, n, it, suffix) for it in range(width, 0, -1)):
            data = self.read(name)
            if data is not None:
                self.read_names.add(name)
                return data
        return b""

    def entries(self, n):
        return unframed(self.tile("tile/entries", n, self.widths[n]))

    def contents(self, n):
        lines = self.tile("contents", n, self.widths[n], ".ndjson").split(b"\n")
        return lines if lines[-1] else lines[:-1]

    def signed(self, name):
        """The checkpoints of a file: one, if the log signed it and all is well with it, otherwise none."""
        try:
            data = self.read(name)
            if data is None:
                self.damage("checkpoint_missing", name)
                return []
            if os.path.isabs(name):
                # A copy that went through a letter or an editor has other ends of lines, and lines behind the last.
                data = data.replace(b"\r\n", b"\n").removeprefix(b"\xef\xbb\xbf").rstrip(b"\n") + b"\n"
            it = Checkpoint(data, self.keys)
            self.others.add(it.origin)
            if it.origin != self.origin:
                raise ValueError(f"of another log, {it.origin}")
            self.claimed |= bool(it.signed or it.wrong or it.disbelieved)
            if name.startswith("checkpoints/") and name != f"checkpoints/{it.size}":
                raise ValueError(f"says {it.size} entries")
        except ValueError as error:
            self.damage("bad_checkpoint", name, note=str(error))
            self.ordered = None
            if os.path.isabs(name):
                self.unexamined = f"{name} is no checkpoint of this journal: {error}"
            return []
        if name.startswith("checkpoints/") and self.ordered is not None:
            self.ordered[it.size] = it
        if it.disbelieved and not it.signed and not it.wrong and name.startswith("checkpoints/"):
            return []  # The registry signed such until it learnt that its key was stolen: it says nothing, for or against.
        if it.wrong or not it.signed:
            why = "signed by a key that is no longer believed" if it.disbelieved else "not signed by the log"
            self.damage("bad_signature", name, note=", ".join(it.wrong) or why)
            self.ordered = None
            if name == "checkpoint":
                self.unsigned_size = it.size
        return [it] if it.signed and not it.wrong else []

    def check(self, copies):
        """Checks everything; `copies` are files outside. Returns the newest checkpoint: what is not signed says nothing."""
        if self.origin is None:
            return None
        self.ordered = {}
        newest = self.signed("checkpoint")
        folder = os.path.join(self.path, "checkpoints")
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        for name in (it for it in names if not it.isdecimal()):
            self.damage("unexpected_file", f"checkpoints/{name}")
        names = [it for it in names if it.isdecimal()]
        stored = newest + [it for name in names for it in self.signed(f"checkpoints/{name}")]
        if self.others and not self.claimed:
            self.unexamined = f"these are keys of {self.origin}, and none of them signed any checkpoint of {', '.join(sorted(self.others))}"
        kept = [it for name in copies for it in self.signed(os.path.abspath(name))]
        if not stored:
            return None
        head = newest[0] if newest else max(stored, key=lambda it: it.size)
        # Where the keys brought along do not know who signed last, the entries go further than what they vouch for: as far as
        # that checkpoint says, if the bundle has them. What is there is neither cut off nor unexpected.
        size = head.size
        if self.unsigned_size > size:
            last = widths(self.unsigned_size)
            if self.read(tile_name("tile/0", len(last) - 1, last[-1])) is not None:
                size = self.unsigned_size
        self.widths, self.malformed, self.contents_differ = widths(size), [], False
        found = [self.check_block(n) for n in range(len(self.widths))]
        tree = self.true_tree(found, head)
        self.compare_entries(found, tree)
        self.compare_tiles(size, tree)
        self.compare_strays()
        self.compare_sequence()
        self.compare_checkpoints(size, tree, {(it.size, it.root): it in kept for it in stored + kept})
        return head

    def check_block(self, n):
        """Checks what up to 256 entries and their contents say by themselves; returns the leaf hashes."""
        entries, contents = self.entries(n), self.contents(n)
        self.contents_differ |= len(entries) != len(contents)
        for i, (entry, content) in enumerate(zip(entries, contents)):
            stated = canonical(entry, ENTRY_FIELDS, LATER_ENTRY_FIELDS)
            if stated is None:
                self.malformed.append(("entry_malformed", n, i))
            if sha256(content).hexdigest() != (stated["content_sha256"] if stated else declared(entry)):
                self.contents_differ = True
                continue
            said = canonical(content, CONTENT_FIELDS, LATER_CONTENT_FIELDS)
            # The two belong together: neither form can be passed off as the other.
            if said is None or stated and ("rows" in said) != ("sealed_at" in stated):
                self.malformed.append(("content_malformed", n, i))
            elif stated and stated["action"] == "journal_loss_acknowledged" and not self.is_signed(said["facts"], 256 * n + i):
                self.damage("bad_signature", 256 * n + i, note="the acknowledgement of a loss was not signed by the log")
        return b"".join(map(leaf, entries))

    def is_signed(self, loss, index):
        """Whether the log signed what the facts of an acknowledgement of a loss say."""
        try:
            trees = [loss["lost"], *([loss["kept"]] if loss["kept"] else [])]
            lines = [str(it[name]) for it in trees for name in ("tree_size", "root")]
            note = Note(loss["statement"].encode())
            note.check(self.keys, index)
        except (ValueError, LookupError, TypeError, AttributeError):
            return False
        wanted = "\n".join([self.origin, "sanquan/loss-acknowledged/v1", *lines])
        return note.body == wanted and bool(note.signed) and not note.wrong

    def true_tree(self, found, signed):
        """The tree that the signed root vouches for: made of the entries, or of the tiles, or of both, block by block.

        Where nothing fits the root, the tree that most speaks for."""
        tiles = [self.tile("tile/0", n, width) for n, width in enumerate(self.widths)]
        above = b"".join(self.tile("tile/1", n, width) for n, width in enumerate(widths(len(self.widths))))

        def mixed(*sources, above=b""):
            for n, width in enumerate(self.widths):
                blocks = [it[n] for it in sources if len(it[n]) == 32 * width] or [max((it[n] for it in sources), key=len)]
                claim = above[32 * n:32 * n + 32] if width == 256 else b""
                yield next((it for it in blocks if claim and subtree(it) == claim), blocks[0])

        for way in mixed(found), mixed(tiles, found), mixed(found, tiles, above=above), mixed(tiles, found, above=above):
            tree = Tree(list(way))
            if tree.root(signed.size) == signed.root:
                break
        return tree

    def compare_entries(self, found, tree):
        for kind, n, i in self.malformed:
            if found[n][32 * i:32 * i + 32] == tree.tile(0, n, 256)[32 * i:32 * i + 32]:  # Otherwise it is altered anyway.
                self.damage(kind, 256 * n + i)
        blocks = [tree.tile(0, n, width) for n, width in enumerate(self.widths)]
        if found == blocks and tree.count == sum(self.widths) and not self.contents_differ:
            return
        true = [block[i:i + 32] or None for block, width in zip(blocks, self.widths) for i in range(0, 32 * width, 32)]
        self.report("entry", "entries", [block[i:i + 32] for block in found for i in range(0, len(block), 32)], true)
        # A content is measured by its entry, where that is the one that was signed.
        places, wanted, contents = {it: at for at, it in enumerate(true)}, [None] * len(true), []
        for n in range(len(self.widths)):
            contents += [sha256(line).hexdigest() for line in self.contents(n)]
            for entry in self.entries(n):
                if leaf(entry) in places:
                    wanted[places[leaf(entry)]] = declared(entry)
        self.report("content", "contents", contents, wanted)

    def report(self, one, many, found, true):
        for kind, *at in differences(found, true):
            if one == "content" and kind in ("missing", "cut"):
                # The content of an entry that is itself gone is not missed.
                for i in at if kind == "missing" else range(at[0], len(true)):
                    if true[i] is not None:
                        self.damage("content_missing", i)
            else:
                self.damage({"cut": "tail_cut", "swapped": f"{many}_swapped"}.get(kind, f"{one}_{kind}"), *at)

    def compare_tiles(self, size, tree):
        level = 0
        while size:
            for n, width in enumerate(widths(size)):
                name = tile_name(f"tile/{level}", n, width)
                held, right = self.tile(f"tile/{level}", n, width), tree.tile(level, n, width)
                if self.read(name) is None:
                    self.damage("tile_missing", name)
                elif len(right) == 32 * width and held != right:
                    self.damage("tile_altered", name)
            level, size = level + 1, size >> 8

    def compare_sequence(self):
        """Each checkpoint says which stand before it, unless it is of an early release; none can be missed out unseen."""
        before = 0, bytes(32)
        for size, it in sorted((self.ordered or {}).items()):
            if it.before and it.before != before:
                self.damage("checkpoint_missing", it.before[0], note=f"as the checkpoint of size {size} tells")
            before = size, sha256((it.before or before)[1] + it.text).digest()

    def compare_checkpoints(self, size, tree, heads):
        fits = 0
        for (signed, root), kept in sorted(heads.items()):
            ours = tree.root(signed)
            if signed > size or kept and ours and ours != root:
                self.damage("rolled_back", signed, note=f"this was signed once; the bundle of {size} does not continue it")
            elif ours == root:
                fits = signed
            elif ours:
                self.damage("inconsistent_checkpoint", signed, note=f"what differs is in entries {fits} to {signed - 1}")

    def compare_strays(self):
        """A narrower tile of an earlier day must begin the one of today; nothing else may lie about."""
        for folder, _, names in (it for top in ("tile", "contents") for it in os.walk(os.path.join(self.path, top))):
            for name in (os.path.relpath(os.path.join(folder, it), self.path).replace(os.sep, "/") for it in names):
                begins = re.escape(name.rpartition(".p/")[0]) + r"(\.p/\d+)?"
                if name not in self.read_names:
                    today = next(filter(re.compile(begins).fullmatch, self.read_names), None) if ".p/" in name else None
                    if today is None:
                        self.damage("unexpected_file", name)
                    elif not (self.read(today) or b"").startswith(self.read(name) or b"?"):
                        self.damage("tile_altered", name)


def main():
    parser = argparse.ArgumentParser(description="Checks an exported journal without the registry.")
    parser.add_argument("bundle", help="the folder that `sanquan export journal --to` wrote")
    parser.add_argument("--checkpoint", action="append", default=[], help="a checkpoint that another office kept")
    parser.add_argument("--keys", help="a `keys.json` to believe, instead of the one in the bundle")
    parser.add_argument("--json", action="store_true", help="say it in JSON")
    asked = parser.parse_args()
    bundle = Bundle(asked.bundle, asked.keys)
    head = bundle.check(asked.checkpoint)
    if bundle.unexamined:
        print(json.dumps({"error": bundle.unexamined}) if asked.json else f"nothing was examined: {bundle.unexamined}",
              file=sys.stdout if asked.json else sys.stderr)
        return 2
    told = {"ok": not bundle.damages, "entries": head and head.size, "root": head and b64encode(head.root).decode(),
            "signed_by": head.signed if head else [], "witnessed_by": head.witnessed if head else [],
            "not_checked": head.unchecked if head else [], "damages": bundle.damages}
    if asked.json:
        print(json.dumps(told, ensure_ascii=False))
    elif bundle.damages:
        for it in bundle.damages:
            print(it["kind"], *it["at"], end=f": {it['note']}\n" if "note" in it else "\n")
    else:
        print(f"ok: {head.size} entries, root {told['root']}, signed by {', '.join(head.signed)}",
              *[f", {what} {', '.join(names)}" for what, names in
                [("witnessed by", head.witnessed), ("not checked:", head.unchecked)] if names], sep="")
    return 1 if bundle.damages else 0


if __name__ == "__main__":
    sys.exit(main())
