#!/usr/bin/env python3
"""Records what a program answers about a registry that it keeps: the fixture of `tests/api/upgrades.rs`.

    record.py PROGRAM DATA_DIR ENGINE OUT [DATABASE_URL]

PROGRAM serves a copy of the registry (DATA_DIR, and for PostgreSQL the database of DATABASE_URL). Every reading operation of
its OpenAPI document is asked about everything that the registry holds, with the day and the instant named where they matter.
OUT/ENGINE-answers.json.xz gets the answers, OUT/ENGINE-journal.tar.xz the journal as the program exports it.
"""

import datetime
import itertools
import json
import lzma
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROLES = ["auditor", "administrator", "finance", "township_officer", "township_reviewer", "county_approver", "village_clerk"]
DAYS = ["2021-12-31", "2024-06-30", "2026-11-28"]
RIGHTS = ["ownership", "management", "income"]
# What changes with the moment, with the journal's growth, or with the keys of this start of the program.
LEFT_OUT = {"/healthz", "/readyz", "/metrics", "/v1/me", "/v1/journal/tiles/checkpoint"}
# Which field of an entry's facts names what is asked for by its id, where no list has it.
NAMED_BY = {
    "/v1/documents/{id}": "document_id",
    "/v1/documents/{id}/content": "document_id",
    "/v1/policies/{id}": "policy_id",
    "/v1/payments/{id}": "payment_id",
    "/v1/restrictions/{id}": "restriction_id",
    "/v1/contracts/{id}": "contract_id",
    "/v1/maintenance-assignments/{id}": "assignment_id",
}


class Registry:
    def __init__(self, program, data_dir, database):
        self.flags = ["--data-dir", data_dir] + (["--database-url", database] if database else [])
        self.program = program
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log")
        self.server = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", *self.flags], stdout=self.log, stderr=self.log,
            env={"SANQUAN_HTTP__REQUESTS_PER_MINUTE": "1000000", "SANQUAN_LOG__FORMAT": "json"})
        self.base = None
        while not self.base and self.server.poll() is None:
            time.sleep(0.1)
            said = pathlib.Path(self.log.name).read_text()
            if "127.0.0.1:" in (said.split('"base_url":"http://') + [""])[1]:
                self.base = "http://" + said.split('"base_url":"http://')[1].split('"')[0]
        assert self.base, "the program did not start"
        self.tokens = {role: self.run("token", role).strip() for role in ROLES}
        self.answers = {}

    def run(self, *arguments):
        return subprocess.run([self.program, *arguments, *self.flags], check=True, capture_output=True, text=True).stdout

    def send(self, role, path, accept, body):
        headers = {"Authorization": f"Bearer {self.tokens[role]}", "Accept": accept, "Accept-Language": "en"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers |= {"Content-Type": "application/json", "Idempotency-Key": f"key-{len(self.answers)}"}
        request = urllib.request.Request(self.base + path, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers.get_content_type(), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get_content_type(), error.read()

    def ask(self, path, accept="application/json", body=None, drop=()):
        """Asks by the first role that is answered, keeps the answer without what may change, and gives it."""
        for role in ROLES:
            status, kind, content = self.send(role, path, accept, body)
            if status not in (403, 404):
                break
        text = content.decode("utf-8", "replace") if kind != "application/octet-stream" else content.hex()
        if kind == "application/x-ndjson":
            kept = [json.loads(line) for line in text.splitlines()]
        elif kind.endswith("json"):
            kept = json.loads(text)
        else:
            kept = text
        assert status < 500, (path, status, text)
        if status >= 400:
            kept = {"code": kept["code"]}
        if "known_at" not in path:
            # The instant of the answer is told where none was asked for.
            drop = ["known_at", *drop]
        for part in kept if isinstance(kept, list) else [kept]:
            for name in drop if isinstance(part, dict) else ():
                part.pop(name, None)
            if accept == "application/vnd.bods+json":
                part.get("publicationDetails", {}).pop("publicationDate", None)
        answer = {"as": role, "path": path, "accept": accept, "status": status, "type": kind, "body": kept}
        if body is not None:
            answer["sent"] = body
        self.answers[path, accept, json.dumps(body)] = answer
        return kept

    def known_instants(self, entries):
        sealed = sorted({it["at"] for it in entries})
        return [sealed[len(sealed) * part // 4] for part in (1, 2, 3)]


def crawl(registry):
    document = json.loads(registry.send("auditor", "/openapi.json", "application/json", None)[2])
    entries, after = [], -1
    while True:
        page = registry.ask(f"/v1/journal?after={after}&limit=100", drop=["next", "next_cursor", "next_after"])
        if not page["items"]:
            break
        entries += page["items"]
        after = page["items"][-1]["index"]
    del registry.answers[f"/v1/journal?after={after}&limit=100", "application/json", "null"]
    instants = registry.known_instants(entries)
    named = {}
    for entry in entries:
        for name, value in entry["facts"].items():
            if isinstance(value, str):
                named.setdefault(name, set()).add(value)
    regions = [it["code"] for it in registry.ask("/v1/regions?limit=500")["items"]]
    wide = [regions[0], next(it for it in regions if it.endswith("101000")), next(it for it in regions if it.endswith("101201"))]
    lists = {}
    reading = {path: operations["get"] for path, operations in document["paths"].items() if "get" in operations}
    for path in reading:
        if "{" not in path and path not in LEFT_OUT and any(it["name"] == "limit" for it in reading[path].get("parameters", [])):
            if path == "/v1/journal":
                continue
            page = registry.ask(path + "?limit=500")
            lists[path] = page["items"]
    for path, operation in reading.items():
        names = {it["name"]: it for it in operation.get("parameters", []) if it["in"] != "header"}
        if path in LEFT_OUT or path.startswith(("/v1/journal", "/v1/certificates", "/v1/regions")) or "certificate" in path:
            continue
        choices = []
        of = path.split("/{")[0]
        if "{id}" in path:
            ids = [it["id"] for it in lists.get(of, [])] or sorted(named.get(NAMED_BY.get(path, ""), ()))
            choices.append([("id", it) for it in ids])
        if "{relation_id}" in path:
            continue
        for name, values in (("region_code", wide), ("kind", RIGHTS), ("as_of", DAYS), ("on", DAYS), ("known_at", instants)):
            if name not in names or (name == "kind" and path == "/v1/parties"):
                continue
            optional = not names[name].get("required") and name not in ("as_of", "on", "kind")
            choices.append([(name, it) for it in values] + ([None] if optional else []))
        if "asset_id" in names and "{id}" not in path:
            assets = [("asset_id", it["id"]) for it in lists["/v1/assets"]]
            choices.append(assets if names["asset_id"].get("required") else assets[:6] + [None])
        if path == "/v1/assets/{id}/beneficial-owners" or path == "/v1/parties/{id}/holdings":
            choices = [it if it[0] is None or it[0][0] != "kind" else it[:1] for it in choices]
        for chosen in itertools.product(*choices):
            query = dict(it for it in chosen if it)
            # A past instant is asked about the last day alone: what it knew of earlier days follows from the same rows.
            if "known_at" in query and query.get("as_of", query.get("on", DAYS[-1])) != DAYS[-1]:
                continue
            if "known_at" in query and query.get("kind", RIGHTS[0]) != RIGHTS[0]:
                continue
            filled = path.replace("{id}", query.pop("id", ""))
            if "limit" in names:
                query["limit"] = 500
            address = filled + ("?" + urllib.parse.urlencode(query) if query else "")
            registry.ask(address)
            forms = operation["responses"]["200"].get("content", {})
            if "known_at" not in query and query.get("as_of") == DAYS[-1]:
                if "application/vnd.bods+json" in forms:
                    registry.ask(address, "application/vnd.bods+json")
    for code in regions:
        registry.ask(f"/v1/regions/{code}")
    for asset in lists["/v1/assets"]:
        # A certificate is of the moment of its issue; what this one says is checked by the program of later.
        status, _, content = registry.send("auditor", f"/v1/assets/{asset['id']}/certificate", "application/json", None)
        if status == 200:
            issued = json.loads(content)
            registry.ask("/v1/certificates/verification", body={"jws": issued["jws"]})
            of_now = ["issued_at", "journal", "checkpoint", "log", "inclusion", "jws", "known_at"]
            said = {name: value for name, value in issued["certificate"].items() if name not in of_now}
            path = f"/v1/assets/{asset['id']}/certificate"
            registry.answers[path, "", ""] = {"as": "auditor", "path": path, "accept": "application/json", "status": 200,
                                              "type": "application/json", "body": {"certificate": said}}
    size = entries[-1]["index"] + 1
    notes = [it for it in range(1, size + 1)
             if registry.send("auditor", f"/v1/journal/checkpoint?tree_size={it}", "text/plain", None)[0] == 200]
    for signed in notes:
        registry.ask(f"/v1/journal/checkpoint?tree_size={signed}", "text/plain")
        registry.ask(f"/v1/journal/proofs/consistency?from={signed}&to={size}")
    for index in range(0, size, 13):
        registry.ask(f"/v1/journal/proofs/inclusion?index={index}&tree_size={size}")
    for tile in ("0/000", "0/001", f"0/002.p/{size % 256}"):
        registry.ask(f"/v1/journal/tiles/tile/{tile}", "application/octet-stream")
    registry.ask("/v1/journal/keys")
    registry.ask("/v1/certificates/keys")
    return size


def main():
    program, data_dir, engine, out, *database = sys.argv[1:]
    out = pathlib.Path(out)
    registry = Registry(program, data_dir, database[0] if database else None)
    try:
        asked_at = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
        size = crawl(registry)
        with tempfile.TemporaryDirectory() as folder:
            registry.run("export", "journal", "--to", f"{folder}/journal")
            with tarfile.open(out / f"{engine}-journal.tar.xz", "w:xz") as archive:
                archive.add(f"{folder}/journal", "journal", filter=lambda it: (setattr(it, "mtime", 0), it)[1])
    finally:
        registry.server.terminate()
        registry.server.wait()
    recorded = {"asked_at": asked_at, "journal_size": size, "answers": list(registry.answers.values())}
    text = json.dumps(recorded, ensure_ascii=False, separators=(",", ":"))
    (out / f"{engine}-answers.json.xz").write_bytes(lzma.compress(text.encode(), preset=9))
    print(len(recorded["answers"]), "answers,", len(text), "bytes")


if __name__ == "__main__":
    main()
