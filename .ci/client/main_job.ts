// The main job, done by a client that is generated from the OpenAPI document and knows nothing else.
//
//     node main_job.ts TOKENS.json        with what `sanquan demo --json` has printed
//
// It registers an asset with its three rights, leases it, takes in the rent and distributes it, sees a sale below
// value refused, sells at a fair price, and reads the chain of ownership. It makes its own parties and assets, so it
// can run again and again on the same server. The first thing that is not as it should be ends it with status 1.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { paths } from "./registry.d.ts";

type Step = paths["/v1/transfers/{id}/decisions"]["post"]["requestBody"]["content"]["application/json"]["step"];
type Problem = paths["/v1/me"]["get"]["responses"]["401"]["content"]["application/problem+json"];
type Case = { id: string; status: string; steps_required: Step[]; steps_done: { step: Step }[] };
type Role = "township_officer" | "township_reviewer" | "county_approver" | "auditor" | "finance";
type Answer<T> = { data?: T; error?: unknown; response: Response };

const given: { base_url: string; tokens: Record<Role, string> } = JSON.parse(readFileSync(process.argv[2]!, "utf8"));
const client = (role: Role) =>
    createClient<paths>({
        baseUrl: given.base_url,
        headers: { Authorization: `Bearer ${given.tokens[role]}`, "Accept-Language": "en" },
    });

const officer = client("township_officer");
const approver = client("county_approver");
const auditor = client("auditor");
const finance = client("finance");

const run = crypto.randomUUID().slice(0, 6);
const today = day(0);
let steps = 0;

// --- what the story is told with ---

function day(offset: number): string {
    return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
}

/** A new key for each act, so that a retry of the same act can be told from another one. */
function act() {
    return { header: { "Idempotency-Key": crypto.randomUUID() } };
}

function done<T>(what: string, answer: Answer<T>): T {
    if (!answer.response.ok || answer.data === undefined) {
        throw new Error(`${what}: ${answer.response.status} ${JSON.stringify(answer.error)}`);
    }
    return answer.data;
}

function refused(what: string, answer: Answer<unknown>, status: number, code: Problem["code"]): Problem {
    assert.equal(answer.response.status, status, `${what}: ${JSON.stringify(answer.data ?? answer.error)}`);
    assert.equal(answer.response.headers.get("content-type"), "application/problem+json", what);
    const problem = answer.error as Problem;
    assert.equal(problem.code, code, what);
    return problem;
}

function told(text: string): void {
    steps += 1;
    console.log(`ok ${steps} - ${text}`);
}

type Kind = "registrations" | "transfers" | "distributions";

async function decide(kind: Kind, id: string, role: Role, step: Step) {
    const request = { params: { path: { id }, ...act() }, body: { step } };
    const caller = client(role);
    switch (kind) {
        case "registrations":
            return caller.POST("/v1/registrations/{id}/decisions", request);
        case "transfers":
            return caller.POST("/v1/transfers/{id}/decisions", request);
        case "distributions":
            return caller.POST("/v1/distributions/{id}/decisions", request);
    }
}

/** Takes a case through the steps that it says it needs, each by the role that may take it. */
async function runThrough(kind: Kind, started: Case): Promise<Case> {
    const takenBy: Partial<Record<Step, Role>> = {
        submit: "township_officer",
        review: "township_reviewer",
        start_notice: "township_officer",
        close_notice: "township_reviewer",
        approve: "county_approver",
        execute: "county_approver",
    };
    let current = started;
    for (let step = 0; step < 8 && current.status !== "executed"; step += 1) {
        const taken = new Set(current.steps_done.map((it) => it.step));
        const next = current.steps_required.find((it) => !taken.has(it));
        assert.ok(next, `${kind} ${current.id} is ${current.status} and needs no further step`);
        const role = takenBy[next];
        assert.ok(role, `nobody is known to take the step ${next}`);
        current = done(`${kind} ${next}`, await decide(kind, current.id, role, next));
    }
    assert.equal(current.status, "executed", kind);
    return current;
}

/** The exact sum of shares as written: "2/3" and "1/3" are "1/1". */
function sum(shares: string[]): string {
    const gcd = (one: bigint, other: bigint): bigint => (other === 0n ? one : gcd(other, one % other));
    return shares.reduce((total, share) => {
        const [over, under] = total.split("/").map(BigInt) as [bigint, bigint];
        const [more, part] = share.split("/").map(BigInt) as [bigint, bigint];
        const [numerator, denominator] = [over * part + more * under, under * part];
        const common = gcd(numerator, denominator);
        return `${numerator / common}/${denominator / common}`;
    }, "0/1");
}

// --- who and where ---

const township = done("me", await officer.GET("/v1/me")).region_code;
const county = done("me", await approver.GET("/v1/me")).region_code;
assert.ok(township && county);
const regions = done(
    "regions",
    await officer.GET("/v1/regions", {
        params: { query: { prefix: township.slice(0, 9), level: "village", limit: 10 } },
    }),
);
const [village, neighbour] = regions.items.map((it) => it.code);
assert.ok(village && neighbour);
done(
    "a policy under which notices need not hang for days",
    await approver.POST("/v1/policies", {
        params: act(),
        body: { region_code: county, effective_from: "2021-01-01", values: { notice_days: 0 } },
    }),
);
told(`township ${township}, where notices hang for no time at all`);

// --- parties, a project, assets, a document ---

const party = async (kind: "village_collective" | "enterprise", name: string, region_code: string) =>
    done(
        name,
        await officer.POST("/v1/parties", {
            params: act(),
            body: { kind, name: `${name} ${run}`, region_code, identifier: { scheme: "none" } },
        }),
    );
const east = await party("village_collective", "东村股份经济合作社", village);
const west = await party("village_collective", "西村股份经济合作社", neighbour);
const firm = await party("enterprise", "惠农农业科技有限公司", village);
const appraiser = await party("enterprise", "诚信资产评估有限公司", neighbour);
assert.deepEqual([east.sector, firm.sector], ["collective", "private"]);

const project = done(
    "project",
    await officer.POST("/v1/projects", {
        params: act(),
        body: {
            code: `TS-${run}`,
            name: "设施蔬菜大棚项目",
            year: 2021,
            region_code: township,
            funding: [
                { source: "central", amount_fen: 121_500_000 },
                { source: "county", amount_fen: 60_000_000 },
            ],
        },
    }),
);

const asset = async (name: string, assetClass: "operating" | "public_welfare", category: "greenhouse" | "road") =>
    done(
        name,
        await officer.POST("/v1/assets", {
            params: act(),
            body: {
                name: `${name} ${run}`,
                class: assetClass,
                category,
                region_code: village,
                project_id: project.id,
                quantity: "1",
                unit: "处",
                original_value_fen: 120_000_000,
                acquired_on: "2021-07-01",
                service_life_months: 240,
                residual_rate_bp: 500,
            },
        }),
    );
const shed = await asset("日光温室大棚", "operating", "greenhouse");
const road = await asset("村组道路", "public_welfare", "road");

const brings = async (what: string) =>
    done(
        "document",
        await officer.POST("/v1/documents", {
            params: act(),
            body: { file: `${what} ${run}` },
            bodySerializer: ({ file }) => {
                const form = new FormData();
                form.append("file", new Blob([file], { type: "text/plain" }), `${what}.txt`);
                return form;
            },
        }),
    );
const minutes = await brings("minutes");
assert.equal(minutes.sha256.length, 64);
const confirmation = await brings("confirmation");
const documents = [minutes.id];
const decision = {
    body: "members_assembly" as const,
    decided_on: today,
    members: 100,
    attended: 80,
    in_favour: 75,
    document_id: minutes.id,
};
/** One decision serves one village: each decides for itself, before what it decides on. */
const decisionsOf = (decided_on: string) => [east, west].map((it) => ({ ...decision, decided_on, by_id: it.id }));
told("four parties, a project with its money, two assets, and a document");

// --- three rights, apart ---

const registration = await runThrough(
    "registrations",
    done(
        "registration",
        await officer.POST("/v1/registrations", {
            params: act(),
            body: {
                asset_id: shed.id,
                effective_on: "2021-08-01",
                documents,
                decision,
                ownership: [
                    { holder_id: east.id, share: "2/3" },
                    { holder_id: west.id, share: "1/3" },
                ],
                income: [
                    { holder_id: east.id, share: "3/7" },
                    { holder_id: west.id, share: "4/7" },
                ],
            },
        }),
    ),
);
refused(
    "ownership of four thirds",
    await officer.POST("/v1/registrations", {
        params: act(),
        body: {
            asset_id: road.id,
            effective_on: "2021-08-01",
            documents,
            decision,
            ownership: [
                { holder_id: east.id, share: "2/3" },
                { holder_id: west.id, share: "2/3" },
            ],
        },
    }),
    422,
    "share_exceeded",
);

const holders = async (right: "ownership" | "management" | "income", as_of: string) => {
    const rights = done(
        "rights",
        await auditor.GET("/v1/assets/{id}/rights", { params: { path: { id: shed.id }, query: { as_of } } }),
    )[right];
    assert.equal(sum(rights.map((it) => it.share)), "1/1", `${right} on ${as_of}`);
    // A holder has a part from each owner that granted one.
    const of: Record<string, string> = {};
    for (const { holder_id, share } of rights) {
        of[holder_id] = sum([of[holder_id] ?? "0/1", share]);
    }
    return of;
};
assert.deepEqual(await holders("ownership", "2022-01-01"), { [east.id]: "2/3", [west.id]: "1/3" });
assert.deepEqual(await holders("management", "2022-01-01"), { [east.id]: "2/3", [west.id]: "1/3" });
assert.deepEqual(await holders("income", "2022-01-01"), { [east.id]: "3/7", [west.id]: "4/7" });
told("ownership, management and income registered apart, each of them whole");

// --- a lease moves management alone ---

const start = day(-400);
const lease = {
    right: "management" as const,
    lots: [
        { asset_id: shed.id, from_id: east.id, to_id: firm.id, share: "2/3" },
        { asset_id: shed.id, from_id: west.id, to_id: firm.id, share: "1/3" },
    ],
    term: { from: start, to: day(-400 + 5 * 365) },
    effective_on: start,
    documents,
    decisions: decisionsOf(day(-420)),
    recorded_late: { reason: "补录：租约早于登记簿启用" },
    exchange: {
        platform: "县农村产权交易中心",
        reference: "CD-2025-0117",
        traded_on: day(-410),
        document_id: confirmation.id,
    },
    consideration: {
        kind: "rent" as const,
        schedule: [0, 1, 2, 3, 4].map((year) => ({ due_on: day(-400 + 365 * year), amount_fen: 7_200_000 })),
    },
};
const tooLong = done(
    "check",
    await officer.POST("/v1/transfers/check", {
        body: { ...lease, term: { from: start, to: day(-400 + 365 * 30 + 8) } },
    }),
);
assert.equal(tooLong.outcome, "block");
assert.ok(tooLong.findings.some((it) => it.rule === "L18"));
await runThrough("transfers", done("lease", await officer.POST("/v1/transfers", { params: act(), body: lease })));
assert.deepEqual(await holders("management", today), { [firm.id]: "1/1" });
assert.deepEqual(await holders("ownership", today), { [east.id]: "2/3", [west.id]: "1/3" });
told("a lease for its term; one of thirty years is blocked");

// --- income, to the fen ---

const period = { from: start, to: day(-400 + 365) };
const receipt = {
    asset_id: shed.id,
    kind: "rent" as const,
    payer_id: firm.id,
    amount_fen: 7_200_001,
    received_on: today,
    period,
    document_id: minutes.id,
};
const once = act();
const first = done("receipt", await officer.POST("/v1/receipts", { params: once, body: receipt }));
const again = await officer.POST("/v1/receipts", { params: once, body: receipt });
assert.equal(done("the same receipt", again).id, first.id);
assert.equal(again.response.headers.get("idempotency-replayed"), "true");
refused(
    "the key for another receipt",
    await officer.POST("/v1/receipts", { params: once, body: { ...receipt, amount_fen: 1 } }),
    422,
    "idempotency_key_reused",
);

const plan = { asset_ids: [shed.id], period };
const preview = done("preview", await officer.POST("/v1/distributions/preview", { body: plan }));
assert.equal(
    preview.lines.reduce((sum, line) => sum + line.amount_fen, 0),
    7_200_001,
);
await runThrough(
    "distributions",
    done("distribution", await officer.POST("/v1/distributions", { params: act(), body: { ...plan, decisions: decisionsOf(today) } })),
);
const paid = new Map<string, number>();
for (const line of preview.lines) {
    paid.set(line.account_id, (paid.get(line.account_id) ?? 0) + line.amount_fen);
}
for (const [id, amount] of paid) {
    const account = done("account", await finance.GET("/v1/accounts/{id}", { params: { path: { id } } }));
    assert.equal(account.balance_fen, amount);
}
const trial = done("trial balance", await finance.GET("/v1/trial-balance", { params: { query: { region_code: township } } }));
assert.equal(trial.debits_fen, trial.credits_fen);
told("rent received once, and distributed to the fen");

// --- finance reads every record once, in order ---

let after = 0;
let distributed = 0;
const indexes: number[] = [];
for (let patience = 50; distributed < 7_200_001; ) {
    const records = done(
        "income records",
        await finance.GET("/v1/income-records", { params: { query: { after, limit: 50 } } }),
    );
    for (const record of records.items) {
        indexes.push(record.index);
        if (record.kind === "distribution" && record.asset_id === shed.id) {
            distributed += record.amount_fen;
        }
    }
    if (records.items.length > 0) {
        assert.ok(records.next_after > after);
        after = records.next_after;
    } else {
        // Records appear once they are sealed, shortly after the act.
        assert.ok((patience -= 1) > 0, "the records of the distribution do not appear");
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
}
assert.equal(distributed, 7_200_001);
assert.deepEqual(indexes, [...new Set(indexes)].sort((one, other) => one - other));
told("finance reads every record once and in order");

// --- what may not leave the village, and what may ---

const appraisal = (value_fen: number, appraiser_id: string) => ({
    value_fen,
    appraised_on: day(-30),
    appraiser_id,
    signatures: 2,
    document_id: minutes.id,
});
const sale = {
    right: "ownership" as const,
    lots: [{ asset_id: shed.id, from_id: east.id, to_id: firm.id, share: "2/3" }],
    effective_on: today,
    consideration: { kind: "price" as const, amount_fen: 10_000_000 },
    decision,
    documents,
    appraisal: appraisal(70_000_000, firm.id),
};
const cheap = done("sale", await officer.POST("/v1/transfers", { params: act(), body: sale }));
refused(
    "a sale for a seventh of the value",
    await decide("transfers", cheap.id, "township_officer", "submit"),
    409,
    "blocked_by_loss_check",
);
const fair = await runThrough(
    "transfers",
    done(
        "fair sale",
        await officer.POST("/v1/transfers", {
            params: act(),
            body: {
                ...sale,
                lots: [{ asset_id: shed.id, from_id: east.id, to_id: west.id, share: "1/3" }],
                consideration: { kind: "price", amount_fen: 36_000_000 },
                appraisal: appraisal(36_000_000, appraiser.id),
            },
        }),
    ),
);
assert.deepEqual(await holders("ownership", today), { [east.id]: "1/3", [west.id]: "2/3" });
assert.deepEqual(await holders("ownership", day(-1)), { [east.id]: "2/3", [west.id]: "1/3" });
told("a sale below value is blocked; a fair one moves the share and leaves yesterday alone");

// --- what the auditor sees ---

const chain = done(
    "chain",
    await auditor.GET("/v1/assets/{id}/ownership-chain", {
        params: { path: { id: shed.id }, query: { kind: "ownership" } },
    }),
);
// As a picture it would be a text.
assert.ok(typeof chain === "object");
assert.equal(chain.origin?.project_id, project.id);
assert.equal(chain.complete, true);
assert.deepEqual(
    chain.links.map((it) => it.case_id),
    [registration.id, fair.id],
);
told("the chain of ownership, back to the money, without a break");

// --- who may not, and what must be known before a change ---

refused(
    "an auditor who acts",
    await auditor.POST("/v1/transfers", { params: act(), body: sale }),
    403,
    "permission_denied",
);
const { response: read } = await officer.GET("/v1/assets/{id}", { params: { path: { id: road.id } } });
const tag = read.headers.get("etag");
assert.ok(tag);
const change = (location: string) =>
    officer.PATCH("/v1/assets/{id}", {
        params: { path: { id: road.id }, header: { "If-Match": tag } },
        body: { location },
    });
done("a change of what was read", await change("东村三组"));
refused("a change of what is no longer so", await change("东村四组"), 412, "precondition_failed");
told("who may not, cannot; and nobody overwrites what they have not seen");

console.log(`client: ${steps} passed, 0 failed`);
