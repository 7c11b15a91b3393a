-- A region's own numbers. A later version for the same region overrides an earlier one from its day on.
create table policies (
    id uuid primary key,
    region_code text not null references regions (code),
    version bigint not null,
    effective_from date not null,
    overrides text not null,
    set_by uuid,
    created_at timestamp not null,
    constraint policy_version_unique unique (region_code, version)
);

create table cases (
    id uuid primary key,
    kind text not null,
    status text not null,
    region_code text not null references regions (code),
    -- What was asked, as the room that owns this kind of case wrote it.
    asked text not null,
    findings text not null,
    outcome text not null,
    -- The effective policy that the findings were made with: its parts as region_code@version, separated by blanks.
    policy_version text not null,
    steps_required text not null,
    created_by uuid not null,
    created_at timestamp not null,
    version bigint not null default 1,
    constraint case_kind_known check (kind in ('registration', 'transfer', 'distribution', 'correction', 'alteration')),
    constraint case_status_known check (status in ('draft', 'submitted', 'reviewed', 'noticed', 'approved', 'executed', 'rejected', 'withdrawn'))
);
create index cases_by_region on cases (kind, region_code, id);

create table case_steps (
    case_id uuid not null references cases (id),
    ordinal integer not null,
    step text not null,
    taken_by uuid not null,
    taken_at timestamp not null,
    comment text,
    primary key (case_id, ordinal),
    constraint case_step_taken_once unique (case_id, step)
);
-- Four eyes: nobody takes two deciding steps in one case.
create unique index case_four_eyes on case_steps (case_id, taken_by) where step in ('review', 'approve');

-- What a case would move; rivals over the same right are found here.
create table case_lots (
    case_id uuid not null references cases (id),
    ordinal integer not null,
    asset_id uuid not null references assets (id),
    kind text not null,
    from_id uuid references parties (id),
    to_id uuid references parties (id),
    share_num bigint not null,
    share_den bigint not null,
    primary key (case_id, ordinal),
    constraint lot_share_within_whole check (share_num > 0 and share_num <= share_den)
);
create index case_lots_by_asset on case_lots (asset_id, kind);
create index case_lots_from on case_lots (from_id);
create index case_lots_to on case_lots (to_id);

create table notices (
    id uuid primary key,
    case_id uuid not null unique references cases (id),
    region_code text not null,
    title_zh text not null,
    title_en text not null,
    opened_on date not null,
    -- The first day on which the notice may be closed.
    due_on date not null,
    closed_on date,
    constraint notice_closed_when_due check (closed_on is null or closed_on >= due_on)
);
create index notices_by_region on notices (region_code, id);

create table objections (
    id uuid primary key,
    notice_id uuid not null references notices (id),
    text text not null,
    -- How to reach whoever objects: personal, seen by the offices that answer and by nobody else.
    contact text,
    status text not null,
    raised_at timestamp not null,
    answered_by uuid,
    answered_at timestamp,
    answer text,
    constraint objection_status_known check (status in ('open', 'upheld', 'dismissed')),
    constraint objection_answered_whole check ((status = 'open') = (answered_at is null))
);
create index objections_by_notice on objections (notice_id);
create trigger case_steps_immutable before update or delete on case_steps
    for each row execute function refuse_change();
