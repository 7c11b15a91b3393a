-- Somebody has another take deciding steps in their place, for some days.
create table delegations (
    id uuid not null primary key,
    from_id uuid not null references users (id),
    to_id uuid not null references users (id),
    -- Codes of the decisions, separated by blanks.
    steps text not null,
    -- Only in this region; none for all that whoever delegates sees.
    region_code text,
    -- The region by which it is listed: that one, or that of whoever delegates; none for the whole register.
    listed_in text,
    valid_from date not null,
    valid_to date not null,
    -- Why: free text, which the journal knows by a salted digest only.
    reason text not null,
    given_at timestamp not null,
    ended_at timestamp,
    ended_because text,
    ended_by uuid,
    salt uuid not null,
    constraint delegation_to_another check (from_id <> to_id),
    constraint delegation_of_days check (valid_to > valid_from),
    constraint delegation_ended_whole check ((ended_at is null) = (ended_because is null))
);
create index delegations_given on delegations (from_id, id);
create index delegations_received on delegations (to_id, id);
create index delegations_by_region on delegations (listed_in, id);

-- In whose place a step was taken, and by which delegation; null for a step that somebody took for themselves.
alter table case_steps add column on_behalf_of uuid
    constraint case_step_for_another check (on_behalf_of <> taken_by);
alter table case_steps add column delegation_id uuid references delegations (id)
    constraint case_step_delegated_whole check ((on_behalf_of is null) = (delegation_id is null));

-- Four eyes count whoever takes a decision and whoever delegated it.
create function delegations_only_end() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.ended_at is not null or new.ended_at is null
        or (new.id, new.from_id, new.to_id, new.steps, new.valid_from, new.valid_to, new.reason, new.given_at, new.salt)
            <> (old.id, old.from_id, old.to_id, old.steps, old.valid_from, old.valid_to, old.reason, old.given_at, old.salt)
        or new.region_code is distinct from old.region_code or new.listed_in is distinct from old.listed_in then
        raise exception 'immutable: delegations' using errcode = 'integrity_constraint_violation', constraint = 'immutable';
    end if;
    return new;
end $$;
create trigger delegations_only_end before update or delete on delegations
    for each row execute function delegations_only_end();
create or replace function refuse_decision_of_drafter() returns trigger language plpgsql as $$
begin
    if exists (select 1 from cases where cases.id = new.case_id
            and (cases.created_by = new.taken_by or cases.created_by = new.on_behalf_of)) then
        raise exception 'whoever drafted a case decides nothing in it'
            using errcode = 'integrity_constraint_violation', constraint = 'case_drafter_decides';
    end if;
    return new;
end;
$$;
create or replace function refuse_second_decision() returns trigger language plpgsql as $$
begin
    if exists (select 1 from case_steps where case_steps.case_id = new.case_id
            and case_steps.step in ('review', 'approve') and case_steps.step <> new.step
            and (case_steps.taken_by = new.taken_by or case_steps.taken_by = new.on_behalf_of
                or case_steps.on_behalf_of = new.taken_by or case_steps.on_behalf_of = new.on_behalf_of)) then
        raise exception 'nobody takes two deciding steps in one case'
            using errcode = 'integrity_constraint_violation', constraint = 'case_four_eyes';
    end if;
    return new;
end;
$$;
