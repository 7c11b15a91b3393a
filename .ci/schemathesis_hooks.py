"""What Schemathesis cannot know about the registry from its OpenAPI document."""

import json
import re
import uuid

import requests
import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import RejectedPositiveData

# Reasons for refusing a field that the document's schemas express. A request that fits the document and is refused
# for one of these shows that document and server disagree; all other reasons depend on what is on record.
REASONS_OF_FORM = {
    "blank",
    "control_character",
    "not_one_of",
    "required",
    "too_large",
    "too_long",
    "too_short",
    "too_small",
    "unknown_field",
    "wrong_form",
    "wrong_type",
}

# Bounds that a schema has for numbers alone: what a list comes to, and which day is too early, it cannot say.
BOUNDS = {"too_large", "too_small"}

# The place in a list is opaque to clients, so the document cannot say which ones there are; and which scheme of identifiers
# fits follows from what a party is, which for a change is on record.
# That an amendment names just one of three things, a schema could say by three forms alone, of which generators of clients
# make no type that can be used.
OPAQUE = {"/cursor", "/identifier/scheme", "/asset"}

# How far the journal has come, the document cannot say either: an index or a size may lie beyond it.
OF_THE_JOURNAL = "/v1/journal/"


# Changes that could shut out the very user who makes them; these keep their made-up entity tag and are refused.
LOCKING_OUT = {"/v1/users/{id}"}


@schemathesis.deserializer("application/octet-stream")
def bytes_of_a_document(context, response):
    """Bytes are a string to JSON Schema, whatever they say."""
    return response.content.decode("latin-1")


@schemathesis.deserializer("application/x-ndjson")
def lines_of_json(context, response):
    """JSON values, one a line: the document describes them as a list."""
    return [json.loads(line) for line in response.content.decode().splitlines()]


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes keys unique and entity tags current, where the case does not test the headers themselves.

    Cases come with few different keys, and the second use of a key for something else is refused before anything
    else is looked at. A made-up entity tag never matches, so no change would ever be tried.
    """
    keep_calls_at_home(case)
    if case.meta is None or case.meta.is_negative_at(ParameterLocation.HEADER):
        return

    key = case.headers.get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch("[!-~]{1,128}", key):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())

    tag = case.headers.get("If-Match")
    if isinstance(tag, str) and re.fullmatch(r'"[^"]+"', tag) and case.path not in LOCKING_OUT:
        case.headers["If-Match"] = current_tag(case, kwargs) or tag


def keep_calls_at_home(case):
    """The registry calls the addresses that it is given; made-up ones belong to somebody."""
    if isinstance(case.body, dict) and isinstance(url := case.body.get("url"), str):
        case.body["url"] = re.sub("^(https?)://.*", r"\1://127.0.0.1:9/", url, flags=re.IGNORECASE | re.DOTALL)


def current_tag(case, kwargs):
    """The entity tag of the resource that the case is about to change, if there is such a resource."""
    headers = {"Authorization": value} if (value := authorization(case, kwargs)) else {}
    try:
        answer = requests.get(case.as_transport_kwargs()["url"], headers=headers, timeout=10)
    except (requests.RequestException, ValueError):
        return None
    return answer.headers.get("ETag") if answer.status_code == 200 else None


def authorization(case, kwargs):
    sent = dict(kwargs.get("headers") or {}) | dict(case.headers or {})
    return sent.get("Authorization")


def is_number(body, pointer):
    """Whether a number stands there, or nothing that can be found: parameters are no part of a body."""
    for name in pointer.split("/")[1:]:
        if isinstance(body, dict) and name in body:
            body = body[name]
        elif isinstance(body, list) and name.isdigit() and int(name) < len(body):
            body = body[int(name)]
        else:
            return True
    return isinstance(body, int | float)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Drops the refusals of well-formed requests that the state of the register explains."""
    if not isinstance(failure, RejectedPositiveData):
        return True
    if response.status_code == 412:
        return False
    if response.status_code != 422:
        return True
    errors = [it for it in response.json().get("errors", []) if it["pointer"] not in OPAQUE]
    errors = [it for it in errors if it["code"] not in BOUNDS or is_number(case.body, it["pointer"])]
    if case.path.startswith(OF_THE_JOURNAL):
        errors = [it for it in errors if it["code"] != "too_large"]
    reasons = {error["code"] for error in errors}
    return bool(reasons & REASONS_OF_FORM)
