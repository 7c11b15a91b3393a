-- The facts of a case as the loss rules looked at them last, so that they can be looked at again by other numbers. Identifiers,
-- codes, numbers and days alone: no names, and no free text. Cases that an earlier release looked at last have none.
create table case_facts (
    case_id blob not null primary key references cases (id),
    -- Which facts they are: those of a transfer, a registration, a distribution, an alteration.
    kind text not null,
    -- The form in which they are kept.
    format integer not null,
    -- The facts, as JSON.
    facts text not null,
    -- What the act is about, in fen, against the limit above which the county approves.
    worth_fen bigint not null,
    -- Whether it is judged as of its own day.
    of_its_day boolean not null,
    -- Whether the county approves all cases of its kind.
    of_its_kind boolean not null,
    -- The day of the policy by which it is judged.
    policy_on date not null,
    looked_at timestamp not null,
    constraint case_facts_worth_not_negative check (worth_fen >= 0)
);
-- All cases of a region, of whichever kind.
create index cases_by_place on cases (region_code, id);
