"""The main job, done by a client that openapi-python-client makes of the OpenAPI document.

    python main_job.py TOKENS.json DOCUMENT.json   with what `sanquan demo --json` has printed, and openapi/sanquan.json

It imports every module of the client first, and finds an operation in it for each of the document. Then it registers an
asset with its three rights, leases it, takes in the rent and distributes it, sees a sale below value refused, sells at a
fair price, and reads the chain of ownership. It makes its own parties and assets, so it can run again and again on the same
server. The first thing that is not as it should be ends it with status 1.
"""

import importlib
import io
import json
import pkgutil
import sys
import time
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import sanquan_client
from sanquan_client import AuthenticatedClient
from sanquan_client.api.alterations import draft_alteration
from sanquan_client.api.cases import set_policy
from sanquan_client.api.identity import get_me
from sanquan_client.api.money import (
    decide_on_distribution,
    draft_distribution,
    get_account,
    get_trial_balance,
    list_income_records,
    preview_distribution,
    record_receipt,
)
from sanquan_client.api.register import (
    bring_document,
    decide_on_registration,
    describe_asset,
    draft_registration,
    get_asset,
    get_ownership_chain,
    get_rights,
    list_regions,
    record_asset,
    record_party,
    record_project,
)
from sanquan_client.api.transfers import check_transfer, decide_on_transfer, draft_transfer
from sanquan_client.models import *  # noqa: F403: the names are the document's
from sanquan_client.types import File

GIVEN = json.loads(Path(sys.argv[1]).read_text())
DOCUMENT = json.loads(Path(sys.argv[2]).read_text())
RUN = uuid4().hex[:6]
TODAY = (datetime.now(UTC) + timedelta(hours=8)).date()  # of China, as the days of the register are
STEPS = 0


def by(role):
    return AuthenticatedClient(
        base_url=GIVEN["base_url"], token=GIVEN["tokens"][role], headers={"Accept-Language": "en"}
    )


OFFICER, REVIEWER, APPROVER, AUDITOR, FINANCE = map(
    by, ["township_officer", "township_reviewer", "county_approver", "auditor", "finance"]
)


def day(offset):
    return TODAY + timedelta(days=offset)


def act():
    """A new key for each act, so that a retry of the same act can be told from another one."""
    return {"idempotency_key": str(uuid4())}


def done(what, answer):
    if answer.status_code >= 400 or answer.parsed is None:
        sys.exit(f"{what}: {answer.status_code} {answer.content.decode()}")
    return answer.parsed


def refused(what, answer, status, code):
    assert answer.status_code == status, f"{what}: {answer.status_code} {answer.content.decode()}"
    assert isinstance(answer.parsed, ProblemBody), what
    assert answer.parsed.code == code, f"{what}: {answer.parsed.code}"


def told(text):
    global STEPS
    STEPS += 1
    print(f"ok {STEPS} - {text}")


def decide(kind, case, role, step):
    how = {"registrations": decide_on_registration, "transfers": decide_on_transfer, "distributions": decide_on_distribution}
    return how[kind].sync_detailed(case, client=role, body=DecisionRequest(step=step), **act())


def run_through(kind, current):
    """Takes a case through the steps that it says it needs, each by the role that may take it."""
    taken_by = {
        Step.SUBMIT: OFFICER,
        Step.REVIEW: REVIEWER,
        Step.START_NOTICE: OFFICER,
        Step.CLOSE_NOTICE: REVIEWER,
        Step.APPROVE: APPROVER,
        Step.EXECUTE: APPROVER,
    }
    for _ in range(8):
        if current.status == CaseStatus.EXECUTED:
            return current
        step = current.next_step
        assert step, f"{kind} {current.id} is {current.status} and needs no further step"
        current = done(f"{kind} {step}", decide(kind, current.id, taken_by[step], step))
    assert current.status == CaseStatus.EXECUTED, kind
    return current


# --- every operation of the document is there ---

modules = [it.name for it in pkgutil.walk_packages(sanquan_client.__path__, "sanquan_client.")]
for module in modules:
    importlib.import_module(module)
operations = {
    (operation["tags"][0], operation["operationId"])
    for item in DOCUMENT["paths"].values()
    for operation in item.values()
}
for tag, operation in sorted(operations):
    assert f"sanquan_client.api.{tag}.{operation}" in modules, f"no {operation}"
told(f"{len(operations)} operations, {len(modules)} modules imported")

# --- who and where ---

township = done("me", get_me.sync_detailed(client=OFFICER)).region_code
county = done("me", get_me.sync_detailed(client=APPROVER)).region_code
regions = done(
    "regions", list_regions.sync_detailed(client=OFFICER, prefix=township[:9], level=RegionLevel.VILLAGE, limit=10)
)
village, neighbour = [it.code for it in regions.items][:2]
done(
    "a policy under which notices need not hang for days",
    set_policy.sync_detailed(
        client=APPROVER,
        body=PolicyRequest(
            region_code=county, effective_from=TODAY.replace(year=2021, month=1, day=1), values=PolicyOverrides(notice_days=0)
        ),
        **act(),
    ),
)
told(f"township {township}, where notices hang for no time at all")

# --- parties, a project, assets, a document ---


def party(kind, name, region_code):
    identifier = NoneIdentifierRequest(scheme=NoneIdentifierRequestScheme.NONE)
    body = PartyRequest(kind=kind, name=f"{name} {RUN}", region_code=region_code, identifier=identifier)
    return done(name, record_party.sync_detailed(client=OFFICER, body=body, **act()))


east = party(PartyKind.VILLAGE_COLLECTIVE, "东村股份经济合作社", village)
west = party(PartyKind.VILLAGE_COLLECTIVE, "西村股份经济合作社", neighbour)
firm = party(PartyKind.ENTERPRISE, "惠农农业科技有限公司", village)
appraiser = party(PartyKind.ENTERPRISE, "诚信资产评估有限公司", neighbour)
assert (east.sector, firm.sector) == (Sector.COLLECTIVE, Sector.PRIVATE)

project = done(
    "project",
    record_project.sync_detailed(
        client=OFFICER,
        body=ProjectRequest(
            code=f"PY-{RUN}",
            name="设施蔬菜大棚项目",
            year=2021,
            region_code=township,
            funding=[
                FundingOfProject(source=FundingSource.CENTRAL, amount_fen=121_500_000),
                FundingOfProject(source=FundingSource.COUNTY, amount_fen=60_000_000),
            ],
        ),
        **act(),
    ),
)


def asset(name, asset_class, category):
    body = AssetRequest(
        name=f"{name} {RUN}",
        class_=asset_class,
        category=category,
        region_code=village,
        project_id=project.id,
        quantity="1",
        unit="处",
        original_value_fen=120_000_000,
        acquired_on=TODAY.replace(year=2021, month=7, day=1),
        service_life_months=240,
        residual_rate_bp=500,
    )
    return done(name, record_asset.sync_detailed(client=OFFICER, body=body, **act()))


shed = asset("日光温室大棚", AssetClass.OPERATING, "greenhouse")
road = asset("村组道路", AssetClass.PUBLIC_WELFARE, "road")

def brings(what):
    paper = File(payload=io.BytesIO(f"{what} {RUN}".encode()), file_name=f"{what}.txt", mime_type="text/plain")
    return done("document", bring_document.sync_detailed(client=OFFICER, body=DocumentUpload(file=paper), **act()))


minutes = brings("minutes")
assert len(minutes.sha256) == 64
confirmation = brings("confirmation")


def decision(decided_on=TODAY, kind=DecisionInput, **whose):
    return kind(
        body=DecisionBody.MEMBERS_ASSEMBLY,
        decided_on=decided_on,
        members=100,
        attended=80,
        in_favour=75,
        document_id=minutes.id,
        **whose,
    )


def decisions(decided_on):
    """One decision serves one village: each decides for itself, before what it decides on."""
    return [decision(decided_on, CollectiveDecisionInput, by_id=it.id) for it in (east, west)]


told("four parties, a project with its money, two assets, and a document")

# --- three rights, apart ---

FIRST = TODAY.replace(year=2021, month=8, day=1)


def shares(**of):
    return [AllocationRequest(holder_id=globals()[name].id, share=share) for name, share in of.items()]


def registration_of(thing, **rights):
    return draft_registration.sync_detailed(
        client=OFFICER,
        body=RegistrationRequest(
            asset_id=thing.id, effective_on=FIRST, documents=[minutes.id], decision=decision(), **rights
        ),
        **act(),
    )


registration = run_through(
    "registrations",
    done(
        "registration",
        registration_of(shed, ownership=shares(east="2/3", west="1/3"), income=shares(east="3/7", west="4/7")),
    ),
)
refused(
    "ownership of four thirds",
    registration_of(road, ownership=shares(east="2/3", west="2/3")),
    422,
    Code.SHARE_EXCEEDED,
)


def holders(right, as_of):
    """A holder has a part from each owner that granted one."""
    rights = done("rights", get_rights.sync_detailed(shed.id, client=AUDITOR, as_of=as_of))
    of = {}
    for it in getattr(rights, right):
        of[it.holder_id] = of.get(it.holder_id, 0) + Fraction(it.share)
    assert sum(of.values()) == 1, f"{right} on {as_of}"
    return of


THIRD = Fraction(1, 3)
for right, wanted in [
    ("ownership", {east.id: 2 * THIRD, west.id: THIRD}),
    ("management", {east.id: 2 * THIRD, west.id: THIRD}),
    ("income", {east.id: Fraction(3, 7), west.id: Fraction(4, 7)}),
]:
    assert holders(right, FIRST + timedelta(days=100)) == wanted
told("ownership, management and income registered apart, each of them whole")

# --- a lease moves management alone ---

start = day(-400)


def lease(until):
    return TransferRequest(
        right=RightKind.MANAGEMENT,
        lots=[
            LotRequest(asset_id=shed.id, from_id=east.id, to_id=firm.id, share="2/3"),
            LotRequest(asset_id=shed.id, from_id=west.id, to_id=firm.id, share="1/3"),
        ],
        term=PeriodInput(from_=start, to=until),
        effective_on=start,
        documents=[minutes.id],
        decisions=decisions(day(-420)),
        recorded_late=RecordedLate(reason="补录：租约早于登记簿启用"),
        exchange=ExchangeRequest(
            platform="县农村产权交易中心",
            reference="CD-2025-0117",
            traded_on=day(-410),
            document_id=confirmation.id,
        ),
        consideration=RentConsiderationRequest(
            kind=RentConsiderationRequestKind.RENT,
            schedule=[DueRequest(due_on=day(-400 + 365 * year), amount_fen=7_200_000) for year in range(5)],
        ),
    )


too_long = done("check", check_transfer.sync_detailed(client=OFFICER, body=lease(day(-400 + 365 * 30 + 8))))
assert too_long.outcome == Outcome.BLOCK
finding = next(it for it in too_long.findings if it.rule == "L18")
assert finding.figures.additional_properties
run_through(
    "transfers", done("lease", draft_transfer.sync_detailed(client=OFFICER, body=lease(day(-400 + 5 * 365)), **act()))
)
assert holders("management", TODAY) == {firm.id: 1}
assert holders("ownership", TODAY) == {east.id: 2 * THIRD, west.id: THIRD}
told("a lease for its term; one of thirty years is blocked")

# --- income, to the fen ---

period = ClosedPeriodInput(from_=start, to=day(-400 + 365))


def receipt(amount_fen):
    return ReceiptRequest(
        asset_id=shed.id,
        kind=ReceiptKind.RENT,
        payer_id=firm.id,
        amount_fen=amount_fen,
        received_on=TODAY,
        period=period,
        document_id=minutes.id,
    )


once = act()
first = done("receipt", record_receipt.sync_detailed(client=OFFICER, body=receipt(7_200_001), **once))
again = record_receipt.sync_detailed(client=OFFICER, body=receipt(7_200_001), **once)
assert done("the same receipt", again).id == first.id
assert again.headers["idempotency-replayed"] == "true"
refused(
    "the key for another receipt",
    record_receipt.sync_detailed(client=OFFICER, body=receipt(1), **once),
    422,
    Code.IDEMPOTENCY_KEY_REUSED,
)

plan = {"asset_ids": [shed.id], "period": period}
preview = done("preview", preview_distribution.sync_detailed(client=OFFICER, body=DistributionRequest(**plan)))
assert sum(it.amount_fen for it in preview.lines) == 7_200_001
run_through(
    "distributions",
    done(
        "distribution",
        draft_distribution.sync_detailed(
            client=OFFICER, body=DistributionRequest(**plan, decisions=decisions(TODAY)), **act()
        ),
    ),
)
paid = {}
for line in preview.lines:
    paid[line.account_id] = paid.get(line.account_id, 0) + line.amount_fen
for account, amount in paid.items():
    assert done("account", get_account.sync_detailed(account, client=FINANCE)).balance_fen == amount
trial = done("trial balance", get_trial_balance.sync_detailed(client=FINANCE, region_code=township))
assert trial.debits_fen == trial.credits_fen
told("rent received once, and distributed to the fen")

# --- finance reads every record once, in order ---

after, distributed, indexes = 0, 0, []
for _ in range(500):
    records = done("income records", list_income_records.sync_detailed(client=FINANCE, after=after, limit=50))
    for record in records.items:
        indexes.append(record.index)
        if record.kind == PostingKind.DISTRIBUTION and record.asset_id == shed.id:
            distributed += record.amount_fen
    after = records.next_after
    if distributed == 7_200_001:
        break
    if not records.items:
        # Records appear once they are sealed, shortly after the act.
        time.sleep(0.2)
assert distributed == 7_200_001
assert indexes == sorted(set(indexes))
told("finance reads every record once and in order")

# --- what may not leave the village, and what may ---


def sale(to, share, amount_fen, value_fen, valued_by):
    return TransferRequest(
        right=RightKind.OWNERSHIP,
        lots=[LotRequest(asset_id=shed.id, from_id=east.id, to_id=to.id, share=share)],
        effective_on=TODAY,
        consideration=PriceConsiderationRequest(kind=PriceConsiderationRequestKind.PRICE, amount_fen=amount_fen),
        decision=decision(),
        documents=[minutes.id],
        appraisal=AppraisalRequest(
            value_fen=value_fen,
            appraised_on=day(-30),
            appraiser_id=valued_by.id,
            signatures=2,
            document_id=minutes.id,
        ),
    )


cheap_sale = sale(firm, "2/3", 10_000_000, 70_000_000, firm)
cheap = done("sale", draft_transfer.sync_detailed(client=OFFICER, body=cheap_sale, **act()))
refused(
    "a sale for a seventh of the value",
    decide("transfers", cheap.id, OFFICER, Step.SUBMIT),
    409,
    Code.BLOCKED_BY_LOSS_CHECK,
)
fair_sale = sale(west, "1/3", 36_000_000, 36_000_000, appraiser)
fair = run_through(
    "transfers", done("fair sale", draft_transfer.sync_detailed(client=OFFICER, body=fair_sale, **act()))
)
assert holders("ownership", TODAY) == {east.id: THIRD, west.id: 2 * THIRD}
assert holders("ownership", day(-1)) == {east.id: 2 * THIRD, west.id: THIRD}
told("a sale below value is blocked; a fair one moves the share and leaves yesterday alone")

# --- an act that may be one of several kinds ---

disposal = DisposalAlterationRequest(
    kind=DisposalAlterationRequestKind.DISPOSAL,
    asset_id=road.id,
    cause=DisposalCause.NATURAL_DISASTER,
    reason="路面已毁",
    effective_on=TODAY,
    documents=[minutes.id],
    decision=decision(),
)
refused(
    "a disposal of what nobody owns",
    draft_alteration.sync_detailed(client=OFFICER, body=disposal, **act()),
    409,
    Code.CONFLICT,
)
told("an alteration of one kind among six, refused by its own reason")

# --- what the auditor sees ---

chain = done("chain", get_ownership_chain.sync_detailed(shed.id, client=AUDITOR, kind=RightKind.OWNERSHIP))
assert chain.origin.project_id == project.id
assert chain.complete
assert [it.case_id for it in chain.links] == [registration.id, fair.id]
told("the chain of ownership, back to the money, without a break")

# --- who may not, and what must be known before a change ---

refused(
    "an auditor who acts",
    draft_transfer.sync_detailed(client=AUDITOR, body=cheap_sale, **act()),
    403,
    Code.PERMISSION_DENIED,
)
tag = get_asset.sync_detailed(road.id, client=OFFICER).headers["etag"]


def change(location):
    return describe_asset.sync_detailed(
        road.id, client=OFFICER, body=AssetChangeRequest(location=location), if_match=tag
    )


assert done("a change of what was read", change("东村三组")).location == "东村三组"
refused("a change of what is no longer so", change("东村四组"), 412, Code.PRECONDITION_FAILED)
told("who may not, cannot; and nobody overwrites what they have not seen")

print(f"Python client: {STEPS} passed, 0 failed")
