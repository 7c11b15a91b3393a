"""The independent verifier, tried: it says what published examples say, it passes whole bundles of every awkward size, and
it names whatever was done to them.

    python3 -m unittest discover -s tests/independent

The bundles are made here, by the definitions of the specifications word for word (RFC 9162's recursion, tlog-tiles'
formula), so that maker and verifier share only the curve, which RFC 8032's own examples hold to.
"""
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import unittest
from base64 import b64decode, b64encode
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256, sha512
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import tiles
import verify

SIZES = (0, 1, 2, 255, 256, 257, 70_000)
ORIGIN = "registry.example/journal"


# --- a registry, small and honest until told otherwise ---

class Signer:
    def __init__(self, name, kind, seed):
        digest = sha512(bytes([seed]) * 32).digest()
        self.scalar = (int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254) % verify.ORDER
        self.prefix, self.name, self.kind = digest[32:], name, kind
        self.public = verify.encode_point(verify.multiply(self.scalar, verify.BASE))
        raw = bytes([kind]) + self.public
        self.identity = sha256(name.encode() + b"\n" + raw).digest()[:4]
        self.key = f"{name}+{self.identity.hex()}+{b64encode(raw).decode()}"

    def sign(self, message):
        r = int.from_bytes(sha512(self.prefix + message).digest(), "little") % verify.ORDER
        point = verify.encode_point(verify.multiply(r, verify.BASE))
        k = int.from_bytes(sha512(point + self.public + message).digest(), "little")
        return point + ((r + k * self.scalar) % verify.ORDER).to_bytes(32, "little")

    def line(self, text):
        """A signature line: of the log, of a witness, or of a kind that is not checked."""
        if self.kind == verify.COSIGNATURE:
            time = 1_790_000_000
            signature = time.to_bytes(8, "big") + self.sign(b"cosignature/v1\ntime %d\n" % time + text)
        else:
            signature = self.sign(text)
        return f"\u2014 {self.name} {b64encode(self.identity + signature).decode()}\n".encode()


LOG, WITNESS, STRANGER = Signer(ORIGIN, 1, 1), Signer("discipline.example/w", 4, 2), Signer(ORIGIN, 1, 3)
SM2 = Signer("registry.example/sm2", 0xFF, 4)


def mth(hashes):
    """RFC 9162, section 2.1.1."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def content(i, at=None):
    """What is said by entry i, in the form of the entry at a place."""
    crop = "\U0001f33d" if i % 50 == 0 else "\u0007\"\\"
    later = {} if first_form(i if at is None else at) else {"changes": f"subject-{i % 11}", "rows": [["assets", f"asset-{i}", "ab" * 32]]}
    return {"facts": {"amount_fen": i * 1_000_003, "note": f"第{i}号 {crop}", "share": f"1/{i + 1}"},
            "feed": i % 7 == 0, "request_id": f"request-{i // 3}", "subject_ids": [f"subject-{i % 11}"], **later}


def first_form(i):
    return i < 3


def entry(i, content):
    later = {} if first_form(i) else {"sealed_at": f"2026-01-01T00:00:01.{i % 1000:03}Z"}
    return {**later, "action": "asset_registered", "actor_id": f"user-{i % 5}", "at": f"2026-01-01T00:00:00.{i % 1000:03}Z",
            "content_sha256": sha256(content).hexdigest(), "id": f"entry-{i}", "region_code": "130828101201"}


@lru_cache(maxsize=None)
def honest(size):
    contents = [canonical(content(i)) for i in range(size)]
    return [canonical(entry(i, it)) for i, it in enumerate(contents)], contents


def note(entries, size, signers=(LOG, WITNESS, SM2)):
    root = mth([sha256(b"\0" + it).digest() for it in entries[:size]])
    text = f"{ORIGIN}\n{size}\n{b64encode(root).decode()}\n".encode()
    return text + b"\n" + b"".join(it.line(text) for it in signers)


def tiled(entries, contents):
    """The files of tiles, bundles and contents."""
    files, level, nodes = {}, 0, [sha256(b"\0" + it).digest() for it in entries]
    while nodes:
        for n in range(0, len(nodes), 256):
            files[verify.tile_name(f"tile/{level}", n // 256, len(nodes[n:n + 256]))] = b"".join(nodes[n:n + 256])
        nodes = [mth(nodes[n:n + 256]) for n in range(0, len(nodes) - 255, 256)]
        level += 1
    files.update(bundled(entries))
    for n in range(0, len(contents), 256):
        lines = contents[n:n + 256]
        files[verify.tile_name("contents", n // 256, len(lines), ".ndjson")] = b"".join(it + b"\n" for it in lines)
    return files


def bundled(entries):
    return {verify.tile_name("tile/entries", n // 256, len(entries[n:n + 256])):
            b"".join(len(it).to_bytes(2, "big") + it for it in entries[n:n + 256]) for n in range(0, len(entries), 256)}


def keys(log=(LOG, SM2), witnesses=(WITNESS,)):
    return json.dumps({"origin": ORIGIN, "keys": [it.key for it in log], "witnesses": [it.key for it in witnesses]}).encode()


def stored_sizes(size):
    return sorted({0, size // 3, size // 2, size})


@lru_cache(maxsize=None)
def exported(size):
    entries, contents = honest(size)
    stored = {f"checkpoints/{it}": note(entries, it) for it in stored_sizes(size)}
    return {**tiled(entries, contents), **stored, "checkpoint": note(entries, size), "keys.json": keys()}


def changes(size, files):
    """What turns the export of that size into these files."""
    return {name: files.get(name) for name in {*exported(size), *files} if files.get(name) != exported(size).get(name)}


def altered(data, at=None):
    """One byte made another; in JSON text a letter, so that it stays text."""
    at = data.index(b'_') + 1 if at is None else at
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


# --- the stories ---

class Tampering(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.holder.cleanup)

    def at(self, size):
        """An export of that size lies in the folder; it is made once."""
        self.folder = Path(self.holder.name, str(size))
        if not self.folder.exists():
            for name, data in exported(size).items():
                self.put(name, data)

    def put(self, name, data):
        path = self.folder / name
        if data is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    @contextmanager
    def changed(self, size, files):
        self.at(size)
        for name, data in files.items():
            self.put(name, data)
        try:
            yield
        finally:
            for name in files:
                self.put(name, exported(size).get(name))

    def finds(self, size, files, *expected, copies=(), believing=None):
        """With these files changed, the verifier says just this, in any order."""
        with self.changed(size, files), tempfile.TemporaryDirectory() as elsewhere:
            for i, data in enumerate(copies):
                Path(elsewhere, str(i)).write_bytes(data)
            if believing:
                Path(elsewhere, "keys").write_bytes(believing)
            bundle = verify.Bundle(self.folder, believing and str(Path(elsewhere, "keys")))
            bundle.check([str(Path(elsewhere, str(i))) for i in range(len(copies))])
        said = [" ".join(map(str, [it["kind"], *it["at"]])).replace(elsewhere, "copy") for it in bundle.damages]
        self.assertEqual(sorted(said), sorted(expected), f"{size} entries")
        return bundle

    def each(self, least=0, greatest=SIZES[-1]):
        """Every size, with indexes worth trying: the first, the last, those at the edges of blocks."""
        for size in SIZES:
            if least <= size <= greatest:
                near = (0, 1, 17, 254, 255, 256, size // 2, size - 1) if size < 1000 else (65_537, size - 1)
                yield size, sorted({i for i in near if 0 <= i < size})

    def test_whole_bundles_pass(self):
        for size in SIZES:
            bundle = self.finds(size, {})
            self.assertEqual(bundle.keys.log, {(LOG.name, LOG.identity)})

    def test_an_altered_entry(self):
        for size, places in self.each(1):
            entries, _ = honest(size)
            for i in places:
                changed = entries[:i] + [altered(entries[i])] + entries[i + 1:]
                self.finds(size, changes(size, {**exported(size), **bundled(changed)}), f"entry_altered {i}")

    def test_an_entry_in_place_of_another(self):
        for size, _ in self.each(255):
            entries, _ = honest(size)
            changed = entries[:17] + [entries[200]] + entries[18:]
            self.finds(size, changes(size, {**exported(size), **bundled(changed)}), "entry_altered 17")

    def test_a_broken_length(self):
        for size, _ in self.each(255):
            name = verify.tile_name("tile/entries", 0, min(size, 256))
            rest = ["tail_cut 1"] if size <= 256 else [f"entry_missing {i}" for i in range(1, 256)]
            self.finds(size, {name: b"\xff" + exported(size)[name][1:]}, "entry_altered 0", *rest)
            self.finds(size, {name: exported(size)[name] + b"\0"}, f"entry_added {min(size, 256)}")

    def test_an_altered_content(self):
        for size, places in self.each(1):
            entries, contents = honest(size)
            for i in places:
                changed = contents[:i] + [altered(contents[i])] + contents[i + 1:]
                self.finds(size, changes(size, {**exported(size), **tiled(entries, changed)}), f"content_altered {i}")

    def test_a_missing_entry(self):
        for size, places in self.each(2):
            entries, contents = honest(size)
            for i in places[:-1]:
                less, short = entries[:i] + entries[i + 1:], contents[:i] + contents[i + 1:]
                # Out of its bundle alone; then with all that follows moved up, and its content gone, too.
                name = verify.tile_name("tile/entries", i // 256, min(256, size - i // 256 * 256))
                block = entries[i // 256 * 256:i] + entries[i + 1:i // 256 * 256 + 256]
                self.finds(size, {name: b"".join(len(it).to_bytes(2, "big") + it for it in block)}, f"entry_missing {i}")
                kept = {name: data for name, data in exported(size).items() if not name.startswith(("tile/entries", "contents"))}
                moved = {name: data for name, data in tiled(less, short).items() if name.startswith(("tile/entries", "contents"))}
                self.finds(size, changes(size, {**kept, **moved}), f"entry_missing {i}")

    def test_a_missing_content(self):
        for size, places in self.each(1):
            entries, contents = honest(size)
            for i in places:
                kept = {name: data for name, data in exported(size).items() if not name.startswith("contents")}
                moved = {name: data for name, data in tiled([], contents[:i] + contents[i + 1:]).items()}
                self.finds(size, changes(size, {**kept, **moved}), f"content_missing {i}")

    def test_swapped(self):
        for size, places in self.each(2):
            entries, contents = honest(size)
            for i, k in {(places[0], places[0] + 1), (places[0], places[-1])} if size < 1000 else {(17, 65_537)}:
                turned, told = list(entries), list(contents)
                turned[i], turned[k], told[i], told[k] = entries[k], entries[i], contents[k], contents[i]
                self.finds(size, changes(size, {**exported(size), **bundled(turned)}), f"entries_swapped {i} {k}")
                self.finds(size, changes(size, {**exported(size), **tiled([], told)}), f"contents_swapped {i} {k}")
                self.finds(size, changes(size, {**exported(size), **tiled([], told), **bundled(turned)}),
                           f"entries_swapped {i} {k}", f"contents_swapped {i} {k}")

    def test_a_cut_tail(self):
        for size, places in self.each(1):
            entries, contents = honest(size)
            for i in {places[0], places[-1], size * 2 // 3} if size < 1000 else {places[0]}:
                other = {name: data for name, data in exported(size).items() if not name.startswith(("tile/entries", "contents"))}
                shorter = tiled(entries[:i], contents[:i])
                cut = {name: data for name, data in shorter.items() if name.startswith(("tile/entries", "contents"))}
                self.finds(size, changes(size, {**other, **cut}), f"tail_cut {i}")
                # And with the tiles cut as well: only what was signed remembers.
                tileless = {name: data for name, data in other.items() if not name.startswith("tile/")}
                gone = [f"tile_missing {name}" for name in exported(size)
                        if name.startswith("tile/") and not name.startswith("tile/entries") and name not in shorter]
                self.finds(size, changes(size, {**tileless, **shorter}), f"tail_cut {i}", *gone)

    def test_altered_and_missing_tiles(self):
        for size, _ in self.each(1):
            names = [name for name in exported(size) if name.startswith("tile/") and not name.startswith("tile/entries")]
            for name in names if size < 1000 else names[-2:]:
                data = exported(size)[name]
                self.finds(size, {name: altered(data, len(data) - 1)}, f"tile_altered {name}")
                self.finds(size, {name: data[:-1]}, f"tile_altered {name}")
                self.finds(size, {name: None}, f"tile_missing {name}")

    def test_damage_of_several_kinds_at_once(self):
        for size, _ in self.each(257):
            entries, contents = honest(size)
            changed = [*entries[:3], altered(entries[3]), *entries[4:9], *entries[10:200], entries[201], entries[200], *entries[202:]]
            other = {name: data for name, data in exported(size).items() if not name.startswith("tile/entries")}
            told = [*contents[:20], altered(contents[20]), *contents[21:]]
            self.finds(size, changes(size, {**other, **bundled(changed), **tiled([], told)}),
                       "entry_altered 3", "entry_missing 9", "entries_swapped 200 201", "content_altered 20")

    def test_each_side_mends_the_other(self):
        """An entry of one block and the tile of another are damaged: the level above tells which is right."""
        size = 70_000
        entries, _ = honest(size)
        changed = entries[:17] + [altered(entries[17])] + entries[18:]
        tile = altered(exported(size)["tile/0/100"], 5)
        self.finds(size, changes(size, {**exported(size), **bundled(changed), "tile/0/100": tile}),
                   "entry_altered 17", "tile_altered tile/0/100")

    def test_a_history_written_anew_without_the_key(self):
        for size, places in self.each(2):
            entries, contents = honest(size)
            i = size // 2
            told = [*contents[:i], canonical(content(size + i, at=i)), *contents[i + 1:]]
            forged = [*entries[:i], canonical(entry(i, told[i])), *entries[i + 1:]]
            self.finds(size, changes(size, {**exported(size), **tiled(forged, told)}),
                       *[f"inconsistent_checkpoint {it}" for it in stored_sizes(size) if it > i])

    def test_a_history_written_anew_with_the_key(self):
        """Nothing in the bundle tells. What another office kept does."""
        for size, _ in self.each(2, 257):
            entries, contents = honest(size)
            told = [canonical(content(size, at=0)), *contents[1:]]
            forged = [canonical(entry(0, told[0])), *entries[1:]]
            signed = {name: note(forged, int(name.rpartition("/")[2] or size) if "/" in name else size)
                      for name in exported(size) if name.startswith("checkpoint")}
            files = changes(size, {**exported(size), **tiled(forged, told), **signed})
            self.finds(size, files)
            self.finds(size, files, f"rolled_back {size // 2}" if size > 2 else "rolled_back 1",
                       copies=[note(entries, max(size // 2, 1))])

    def test_an_old_database_over_a_new_checkpoint(self):
        for size, _ in self.each(2, 257):
            entries, contents = honest(size)
            old = size * 2 // 3
            restored = {**tiled(entries[:old], contents[:old]), "checkpoint": note(entries, old), "keys.json": keys()}
            self.finds(size, changes(size, restored))
            self.finds(size, changes(size, restored), f"rolled_back {size}", copies=[note(entries, size)])
            self.finds(size, changes(size, {**restored, f"checkpoints/{size}": note(entries, size)}), f"rolled_back {size}")

    def test_copies_that_are_continued(self):
        for size, _ in self.each():
            entries, _ = honest(size)
            self.finds(size, {}, copies=[note(entries, it) for it in stored_sizes(size)])

    def test_signatures(self):
        for size, _ in self.each(0, 257):
            entries, _ = honest(size)
            for name in ("checkpoint", f"checkpoints/{size}"):
                self.finds(size, {name: note(entries, size, [STRANGER])}, f"bad_signature {name}")
                self.finds(size, {name: note(entries, size, [WITNESS, SM2])}, f"bad_signature {name}")
                for signer in LOG, WITNESS:
                    line = signer.line(exported(size)[name].rpartition(b"\n\n")[0] + b"\n")
                    forged = line[:-12] + (b"AAAA" if line[-12:-8] != b"AAAA" else b"BBBB") + line[-8:]
                    self.finds(size, {name: exported(size)[name].replace(line, forged)}, f"bad_signature {name}")
                self.finds(size, {name: exported(size)[name].replace(f"\n{size}\n".encode(), f"\n{size + 1}\n".encode())},
                           f"bad_signature {name}" if name == "checkpoint" else f"bad_checkpoint {name}")
                self.finds(size, {name: b"no note"}, f"bad_checkpoint {name}")
            self.finds(size, {"checkpoint": None}, "checkpoint_missing checkpoint")
            mailed = b"\xef\xbb\xbf" + note(entries, size).replace(b"\n", b"\r\n") + b"\r\n\n"
            self.finds(size, {}, copies=[mailed])
            self.finds(size, {}, "bad_signature copy/0", copies=[note(entries, size, [STRANGER])])

    def test_whose_keys_are_believed(self):
        size = 257
        signed = [f"bad_signature {name}" for name in exported(size) if name.startswith("checkpoint")]
        self.finds(size, {"keys.json": keys([STRANGER])}, *signed)
        self.finds(size, {}, *signed, believing=keys([STRANGER]))
        self.finds(size, {"keys.json": keys([STRANGER])}, believing=keys())
        self.finds(size, {"keys.json": None}, "bad_keys keys.json")
        wrong = LOG.key.replace(LOG.identity.hex(), "00000000").encode()
        self.finds(size, {"keys.json": keys().replace(LOG.key.encode(), wrong)}, "bad_keys keys.json")

    def test_keys_that_followed_each_other(self):
        size, (entries, _) = 257, honest(257)
        old = {"key": STRANGER.key, "from": 0, "until": 200, "disbelieved_from": None}
        named = lambda **changed: json.dumps({**json.loads(keys()), "from": 200, "former": [{**old, **changed}]}).encode()
        early = {f"checkpoints/{it}": note(entries, it, [STRANGER]) for it in stored_sizes(size) if it < 200}
        forked = note([b"{}", *entries[1:]], 128, [STRANGER])
        self.finds(size, {**early, "keys.json": named()})
        self.finds(size, early, *[f"bad_signature {name}" for name in early], believing=keys())
        self.finds(size, {**early, "keys.json": named(), "checkpoints/128": forked}, "inconsistent_checkpoint 128")
        # Beyond its time a key is not believed, as it may lie in an old copy of the registry's keys.
        late = note([b"{}", *entries[1:]], 240, [STRANGER])
        self.finds(size, {**early, "keys.json": named()}, "bad_signature copy/0", copies=[late])
        # Stolen, and since when: what it signed from then on says nothing where it lies there, and is shown where it was kept.
        stolen = {**early, "keys.json": named(disbelieved_from=128)}
        self.finds(size, {**stolen, "checkpoints/128": forked})
        self.finds(size, stolen, "bad_signature copy/0", copies=[forked])
        self.finds(size, {**stolen, "checkpoint": note(entries, size, [STRANGER])}, "bad_signature checkpoint")
        self.finds(size, {**stolen, "keys.json": named(disbelieved_from=85)}, copies=[note(entries, 84, [STRANGER])])

    def test_a_signed_checkpoint_of_another_tree(self):
        for size, _ in self.each(2):
            entries, _ = honest(size)
            forked = note([b"{}", *entries[1:]], size // 2)
            self.finds(size, {f"checkpoints/{size // 2}": forked}, f"inconsistent_checkpoint {size // 2}")

    def test_what_was_sealed_was_not_in_order(self):
        contents = [canonical(content(i)) for i in range(4)]
        contents[1] = json.dumps(content(1)).encode()
        contents[2] = canonical({**content(2), "more": 1})
        entries = [canonical(entry(i, it)) for i, it in enumerate(contents)]
        entries[3] = canonical({**entry(3, contents[3]), "phone": "138"})
        files = {**tiled(entries, contents), "checkpoint": note(entries, 4), "keys.json": keys()}
        self.finds(0, changes(0, files), "content_malformed 1", "content_malformed 2", "entry_malformed 3")

    def test_files_of_earlier_days_and_strays(self):
        size = 257
        entries, contents = honest(size)
        earlier = {name: data for name, data in tiled(entries[:100], contents[:100]).items()}
        self.finds(size, earlier)
        self.finds(size, {"tile/0/000.p/100": altered(earlier["tile/0/000.p/100"], 7)}, "tile_altered tile/0/000.p/100")
        self.finds(size, {"contents/002.ndjson.p/7": b"{}\n"}, "unexpected_file contents/002.ndjson.p/7")
        self.finds(size, {"checkpoints/note.txt": b"{}\n"}, "unexpected_file checkpoints/note.txt")
        name = "contents/001.ndjson.p/1"
        self.finds(size, {name: exported(size)[name] + b"{}\n"}, "content_added 257")

    def test_no_byte_is_unguarded(self):
        size, dice = 257, random.Random(8032)
        names = sorted(name for name in exported(size) if name.startswith(("tile/", "contents/")))
        for _ in range(150):
            name = dice.choice(names)
            data = exported(size)[name]
            at = dice.randrange(len(data))
            with self.changed(size, {name: data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1:]}):
                bundle = verify.Bundle(self.folder)
                bundle.check([])
                self.assertTrue(bundle.damages, f"{name} at {at}")

    def test_the_command(self):
        def run(*more):
            done = subprocess.run([sys.executable, verify.__file__, str(self.folder), *more], capture_output=True, text=True)
            return done.returncode, done.stdout, done.stderr
        self.at(257)
        root = exported(257)["checkpoint"].decode().split("\n")[2]
        self.assertEqual(run(), (0, f"ok: 257 entries, root {root}, signed by {ORIGIN}, witnessed by discipline.example/w, "
                                    "not checked: registry.example/sm2 (type 255)\n", ""))
        name = "tile/entries/001.p/1"
        with self.changed(257, {name: altered(exported(257)[name])}):
            self.assertEqual(run(), (1, "entry_altered 256\n", ""))
            told = json.loads(run("--json")[1])
        self.assertEqual((told["ok"], told["entries"], told["damages"]), (False, 257, [{"kind": "entry_altered", "at": [256]}]))
        # Where nothing can be examined, nothing is said to be damaged.
        with tempfile.TemporaryDirectory() as elsewhere:
            other, junk = Path(elsewhere, "keys"), Path(elsewhere, "junk")
            other.write_bytes(keys([STRANGER], []))
            junk.write_bytes(b"no checkpoint")
            for more in (["--keys", str(other)], ["--keys", str(junk)], ["--checkpoint", str(junk)]):
                code, said, wrong = run(*more)
                self.assertEqual((code, said), (2, ""))
                self.assertIn("nothing was examined", wrong)

    def test_the_tiles_of_a_running_registry(self):
        for size in (0, 1, 257, 1000):
            entries, contents = honest(size)
            files = {**tiled(entries, contents), "checkpoint": note(entries, size)}
            with served(files) as url, tempfile.TemporaryDirectory() as elsewhere:
                kept = Path(elsewhere, "kept")
                it, seen = tiles.walk(tiles.Journal(url, "token"), keep=str(kept))
                self.assertEqual((it.size, it.witnessed, seen), (size, [WITNESS.name], True))
                self.assertEqual(kept.read_bytes(), files["checkpoint"])
                tiles.walk(tiles.Journal(url, "token"), keys(), str(kept))
                self.assertEqual(tiles.walk(tiles.Journal(url, "of a township"))[1], size == 0)
                with self.assertRaises(tiles.Wrong):
                    tiles.walk(tiles.Journal(url, "token"), keys([STRANGER]))
                kept.write_bytes(note([b"{}", *entries], size + 1))
                with self.assertRaisesRegex(tiles.Wrong, "rolled back"):
                    tiles.walk(tiles.Journal(url, "token"), keep=str(kept))
                for name in [it for it in list(files) if it.startswith("tile/")]:
                    held = files[name]
                    files[name] = altered(held, len(held) // 2)
                    with self.assertRaises(tiles.Wrong, msg=name):
                        tiles.walk(tiles.Journal(url, "token"))
                    files[name] = held


@contextmanager
def served(files):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            data = {**{f"/v1/journal/tiles/{name}": data for name, data in files.items()}, "/v1/journal/keys": keys()}.get(self.path)
            denied = "/entries/" in self.path and self.headers["Authorization"] != "Bearer token"
            self.send_response(403 if denied else 404 if data is None else 200)
            self.end_headers()
            self.wfile.write(b"" if denied else data or b"")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class PublishedExamples(unittest.TestCase):
    """What others wrote down, and what the verifier makes of it."""

    def test_ed25519_of_rfc_8032_section_7_1(self):
        for public, message, signature in [
                ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                 "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
                ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                 "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
                ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                 "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]:
            public, message, signature = map(bytes.fromhex, (public, message, signature))
            self.assertTrue(verify.ed25519(public, message, signature))
            self.assertFalse(verify.ed25519(public, message + b"!", signature))
            self.assertFalse(verify.ed25519(public, message, altered(signature, 3)))
            s = int.from_bytes(signature[32:], "little") + verify.ORDER
            self.assertFalse(verify.ed25519(public, message, signature[:32] + s.to_bytes(32, "little")))
            self.assertFalse(verify.ed25519(public, message, signature[:-1]))

    def test_the_tree_of_certificate_transparency(self):
        leaves = [bytes.fromhex(it) for it in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                               "606162636465666768696a6b6c6d6e6f")]
        tree = verify.Tree([b"".join(map(verify.leaf, leaves))])
        for size, root in [(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                           (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
                           (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
                           (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]:
            self.assertEqual(tree.root(size).hex(), root)

    def test_the_tree_is_rfc_9162s_at_every_size(self):
        hashes = [verify.leaf(bytes([i % 256, i // 256])) for i in range(600)]
        tree = verify.Tree([b"".join(hashes[i:i + 256]) for i in range(0, 600, 256)])
        for size in range(601):
            self.assertEqual(tree.root(size), mth(hashes[:size]), size)
        self.assertIsNone(tree.root(601))

    def test_the_counts_of_tlog_tiles(self):
        self.assertEqual(verify.spelled(1234067), "x001/x234/067")
        self.assertEqual([verify.spelled(n) for n in (0, 999, 1000)], ["000", "999", "x001/000"])
        self.assertEqual([(len(verify.widths(70_000 >> 8 * level)), verify.widths(70_000 >> 8 * level)[-1])
                          for level in range(3)], [(274, 112), (2, 17), (1, 1)])

    def test_the_note_of_the_go_checksum_database(self):
        key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        text = (b"If you think cryptography is the answer to your problem,\n"
                b"then you don't know what your problem is.\n")
        signature = b64decode("x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=")
        (_, identity), (_, public) = next(iter(verify.Keys([key]).known.items()))
        self.assertEqual(identity, signature[:4])
        self.assertTrue(verify.ed25519(public, text, signature[4:]))

    def test_a_checkpoint_of_a_public_log_with_its_witnesses(self):
        data = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

\u2014 arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
\u2014 arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
\u2014 remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
""".encode()
        trusted = verify.Keys(["arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"],
                              ["remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"])
        it = verify.Checkpoint(data, trusted)
        self.assertEqual((it.size, it.signed, it.witnessed, it.unchecked, it.wrong),
                         (1432088532, ["arche2025h1.staging.ct.transparency.dev"], ["remora.n621.de"], [], []))
        it = verify.Checkpoint(data.replace(b"1432088532", b"1432088533"), trusted)
        self.assertEqual((it.signed, it.witnessed, len(it.wrong)), ([], [], 2))

    def test_canonical_json_of_rfc_8785(self):
        # Section 3.2.3's example of the order of keys, by UTF-16 units; escapes as in section 3.2.2.2.
        keys = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
        text = json.dumps(dict.fromkeys(keys, 1), ensure_ascii=False, separators=(",", ":")).encode()
        self.assertEqual(verify.canonical(text, set(keys)), dict.fromkeys(keys, 1))
        keys[-2:] = keys[:-3:-1]
        self.assertIsNone(verify.canonical(json.dumps(dict.fromkeys(keys, 1), ensure_ascii=False,
                                                      separators=(",", ":")).encode(), set(keys)))
        good = [b'{"a":"\\u000f\\n\\"\\\\\x7f/\xe2\x82\xac"}', b'{"a":[1,-1,9007199254740991,true,null,{}]}']
        bad = [b'{"a":1 }', b'{"a":1.0}', b'{"a":1e2}', b'{"a":-0}', b'{"a":9007199254740992}', b'{"a":NaN}', b'{"a":1,"a":1}',
               b'{"a":"\\u000F"}', b'{"a":"\\/"}', b'{"a":"\\u20ac"}', b'{"a":"\\ud800"}', b'{"a":"\xff"}', b'\xef\xbb\xbf{"a":1}',
               b'["a"]', b'{"b":1}', b"", b"[" * 60_000]
        for data in good:
            self.assertIsNotNone(verify.canonical(data, {"a"}), data)
        for data in bad:
            self.assertIsNone(verify.canonical(data, {"a"}), data)


if __name__ == "__main__":
    os.chdir(Path(__file__).parent)
    unittest.main()
