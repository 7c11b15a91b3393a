"""Checks the statements of the Beneficial Ownership Data Standard that a running demo gives, by the standard's own tool.

    python3 -m venv /tmp/bods && /tmp/bods/bin/pip install libcovebods==0.16.0
    cargo run -- demo --json > tokens.json &
    /tmp/bods/bin/python tests/independent/bods.py tokens.json

Into the demo it records shareholdings in a village that owns several assets: a household, and a cooperative in which
another village and a firm have shares; the firm is part of a ring, and of a rest nothing is known. Then it asks for the statements about every asset, and holds each set
against the schema of version 0.4 and against the checks that the schema cannot express. Beside that it does the sums:
the direct shares of each right make up the whole, and every percentage fits the exact fraction that stands by it.
"""

import json
import sys
import tempfile
import urllib.request
import uuid
from decimal import Decimal
from fractions import Fraction

import libcovebods.additionalfields
import libcovebods.config
import libcovebods.data_reader
import libcovebods.jsonschemavalidate
import libcovebods.run_tasks
import libcovebods.schema
from libcovebods.tasks.checks import legacy_checks, record_based_checks

# The tool would fetch the codes of org-id.guide. The registry's identifiers name their schemes in words and use none of
# those codes, so that an empty list judges them the same, and the check needs no network.
for checks in (legacy_checks, record_based_checks):
    checks.get_orgids_prefixes = list


class Registry:
    """The running demo, asked by one of its users."""

    def __init__(self, tokens, role):
        self.base_url, self.token = tokens["base_url"], tokens["tokens"][role]

    def ask(self, path, body=None, accept="application/json"):
        headers = {"Authorization": f"Bearer {self.token}", "Accept": accept}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
            body = json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.base_url + path, body, headers)) as answer:
            return answer.read()

    def get(self, path):
        return json.loads(self.ask(path))

    def post(self, path, body):
        return json.loads(self.ask(path, body))

    def items(self, path):
        cursor = ""
        while cursor is not None:
            page = self.get(f"{path}{cursor}")
            yield from page["items"]
            cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"


def invest(officer):
    """Records who stands behind a village of the demo."""
    parties = {it["name"]: it["id"] for it in officer.items("/v1/parties?limit=500")}
    village, cooperative = parties["营字村股份经济合作社"], parties["惠农蔬菜种植专业合作社"]
    region = "130828101000"

    def party(kind, name):
        body = {"kind": kind, "name": name, "region_code": region, "identifier": {"scheme": "none"}}
        return officer.post("/v1/parties", body)["id"]

    firm, other = party("enterprise", "环甲公司"), party("enterprise", "环乙公司")
    person = party("person", "示例股东")
    for holder, company, share in [
        (parties["营字村示例农户"], village, "1/3"),
        (cooperative, village, "1/2"),
        (parties["东关地村股份经济合作社"], cooperative, "1/3"),
        (firm, cooperative, "1/12"),
        (other, firm, "1/7"),
        (firm, other, "1/7"),
        (person, firm, "1/9223372036854775807"),
    ]:
        body = {"to_id": company, "kind": "shareholder", "share": share, "period": {"from": "2018-01-01"}}
        officer.post(f"/v1/parties/{holder}/relations", body)


def found_by_libcove(text):
    """What the tool has to say about a set of statements."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(text)
        file.flush()
        reader = libcovebods.data_reader.DataReader(file.name)
        config = libcovebods.config.LibCoveBODSConfig()
        schema = libcovebods.schema.SchemaBODS(reader, config)
        assert (schema.schema_version, schema.schema_error) == ("0.4", None), schema.schema_error
        yield from (it.json() for it in libcovebods.jsonschemavalidate.JSONSchemaValidator(schema).validate(reader))
        yield from libcovebods.additionalfields.AdditionalFields(schema).process(reader)
        checked = libcovebods.run_tasks.process_additional_checks(
            reader, config, schema, libcovebods.run_tasks.TASK_CLASSES
        )
        yield from checked["additional_checks"]


def found_by_sums(statements):
    """Where the shares do not add up, or a percentage is not that of its fraction."""
    held = {}
    for statement in statements:
        details = statement["recordDetails"]
        for interest in details.get("interests", []):
            name, fraction = interest["details"].rsplit(" ", 1)
            exact, share = Fraction(fraction), interest["share"]
            least = Fraction(share.get("exact", share.get("minimum"))) / 100
            most = Fraction(share.get("exact", share.get("maximum"))) / 100
            if not least <= exact <= most:
                yield f"{statement['recordId']}: {share} is not {fraction}"
            if details["subject"] == statement["declarationSubject"] and interest["directOrIndirect"] == "direct":
                held[name] = held.get(name, 0) + exact
    for name, total in held.items():
        if total != 1:
            yield f"{statements[0]['declarationSubject']}: the shares of {name} sum to {total}"


def main():
    tokens = json.load(open(sys.argv[1], encoding="utf-8"))
    invest(Registry(tokens, "township_officer"))
    auditor = Registry(tokens, "auditor")
    counted, faults = {}, []
    for asset in list(auditor.items("/v1/assets?limit=500")):
        path = f"/v1/assets/{asset['id']}/beneficial-owners"
        text = auditor.ask(path, accept="application/vnd.bods+json")
        statements = json.loads(text, parse_float=Decimal)
        for statement in statements:
            interests = statement["recordDetails"].get("interests", [])
            for what in {statement["recordType"], *(it["directOrIndirect"] for it in interests)}:
                counted[what] = counted.get(what, 0) + 1
        faults += [f"{asset['name']}: {it}" for it in found_by_libcove(text)]
        faults += [f"{asset['name']}: {it}" for it in found_by_sums(statements)]
    print("statements:", counted)
    for fault in faults:
        print(fault)
    # Without each of these the check would say less than it seems to.
    missing = {"entity", "person", "relationship", "direct", "indirect", "unknown"} - counted.keys()
    if missing:
        print("nothing was stated of:", ", ".join(sorted(missing)))
    sys.exit(bool(faults or missing))


if __name__ == "__main__":
    main()
