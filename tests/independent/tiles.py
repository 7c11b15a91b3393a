#!/usr/bin/env python3
"""Walks the journal of a running registry, as any client of C2SP tlog-tiles would.

    tiles.py BASE_URL TOKEN [--keys FILE] [--keep FILE]

Fetches the checkpoint, every tile and every bundle of entries under `/v1/journal/tiles/`, computes the root anew and
compares it with what was signed. A token that sees only part of the register gets no bundles; the tiles suffice for the
root. `--keys` is a `keys.json` that the auditor got elsewhere; without it, the registry's own word is taken. `--keep` names
a file for the checkpoint: what stands there from the last time must be continued by what the registry shows today, and is
then replaced by it. That is the work of a witness.
"""
import argparse
import gzip
import json
import os
import sys
from base64 import b64encode
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from verify import Checkpoint, Keys, Tree, leaf, tile_name, unframed, widths


class Wrong(Exception):
    """What the registry shows does not fit together."""


class Journal:
    def __init__(self, base, token):
        self.base, self.token = base.rstrip("/"), token

    def get(self, path):
        asked = Request(f"{self.base}/v1/journal/{path}", headers={
            "Authorization": f"Bearer {self.token}", "Accept-Encoding": "gzip, identity"})
        with urlopen(asked, timeout=60) as answer:
            body = answer.read()
            return gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body

    def tile(self, kind, n, width):
        """A tile; where a partial one is gone, the full one that has replaced it, to be cut by the caller."""
        try:
            return self.get("tiles/" + tile_name(kind, n, width))
        except HTTPError as error:
            if error.code != 404 or width == 256:
                raise
            return self.get("tiles/" + tile_name(kind, n, 256))


def head(name, data, keys, origin):
    it = Checkpoint(data, keys)
    if it.origin != origin:
        raise Wrong(f"{name} is of another log: {it.origin}")
    if it.wrong or not it.signed:
        raise Wrong(f"{name} is not signed by the log: {', '.join(it.wrong)}")
    return it


def entries_fit(journal, tree, size):
    """Whether the entries could be read and compared, too."""
    for n, width in enumerate(widths(size)):
        try:
            entries = unframed(journal.tile("tile/entries", n, width))
        except HTTPError as error:
            if error.code == 403 and n == 0:
                return False
            raise
        if len(entries) not in (width, 256) or b"".join(map(leaf, entries[:width])) != tree.tile(0, n, width):
            raise Wrong(f"{tile_name('tile/entries', n, width)} does not hold the entries of its tile")
    return True


def walk(journal, stated=None, keep=None):
    """The newest checkpoint of the registry, seen to be what it says, and whether the entries were seen as well."""
    stated = json.loads(stated or journal.get("keys"))
    keys = Keys.stated(stated)
    note = journal.get("tiles/checkpoint")
    it = head("the checkpoint", note, keys, stated["origin"])

    tree = Tree([journal.tile("tile/0", n, width)[:32 * width] for n, width in enumerate(widths(it.size))])
    if tree.root(it.size) != it.root:
        raise Wrong("the tiles do not have the root that was signed")
    level, size = 1, it.size >> 8
    while size:
        for n, width in enumerate(widths(size)):
            if journal.tile(f"tile/{level}", n, width)[:32 * width] != tree.tile(level, n, width):
                raise Wrong(f"{tile_name(f'tile/{level}', n, width)} is not over the tiles under it")
        level, size = level + 1, size >> 8
    seen = entries_fit(journal, tree, it.size)

    if keep and os.path.exists(keep):
        with open(keep, "rb") as file:
            before = head(keep, file.read(), keys, stated["origin"])
        if tree.root(before.size) != before.root:
            raise Wrong(f"rolled back: {keep} has {before.size} entries, which these {it.size} do not continue")
    if keep:
        with open(keep + ".new", "wb") as file:
            file.write(note)
        os.replace(keep + ".new", keep)
    return it, seen


def main():
    parser = argparse.ArgumentParser(description="Walks the journal of a running registry.")
    parser.add_argument("base_url")
    parser.add_argument("token", help="of a user who may read the journal")
    parser.add_argument("--keys", type=Path, help="a `keys.json` to believe, instead of what the registry says")
    parser.add_argument("--keep", help="the file of the last checkpoint; it must be continued, and is replaced")
    asked = parser.parse_args()
    try:
        it, seen = walk(Journal(asked.base_url, asked.token), asked.keys and asked.keys.read_bytes(), asked.keep)
    except (Wrong, OSError, ValueError, LookupError) as error:
        print(error)
        return 1
    more = f", witnessed by {', '.join(it.witnessed)}" * bool(it.witnessed) + ", entries not shown" * (not seen)
    print(f"ok: {it.size} entries, root {b64encode(it.root).decode()}, signed by {', '.join(it.signed)}{more}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
