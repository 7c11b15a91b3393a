-- Somebody has another take deciding steps in their place, for some days.
create table delegations (
    id blob not null primary key,
    from_id blob not null references users (id),
    to_id blob not null references users (id),
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
    ended_by blob,
    salt blob not null,
    constraint delegation_to_another check (from_id <> to_id),
    constraint delegation_of_days check (valid_to > valid_from),
    constraint delegation_ended_whole check ((ended_at is null) = (ended_because is null))
);
create index delegations_given on delegations (from_id, id);
create index delegations_received on delegations (to_id, id);
create index delegations_by_region on delegations (listed_in, id);

-- In whose place a step was taken, and by which delegation; null for a step that somebody took for themselves.
alter table case_steps add column on_behalf_of blob
    constraint case_step_for_another check (on_behalf_of <> taken_by);
alter table case_steps add column delegation_id blob references delegations (id)
    constraint case_step_delegated_whole check ((on_behalf_of is null) = (delegation_id is null));

-- Four eyes count whoever takes a decision and whoever delegated it.
create trigger delegations_only_end before update on delegations
when old.ended_at is not null or new.ended_at is null or not (new.id is old.id and new.from_id is old.from_id and new.to_id is old.to_id
    and new.steps is old.steps and new.region_code is old.region_code and new.listed_in is old.listed_in
    and new.valid_from is old.valid_from and new.valid_to is old.valid_to and new.reason is old.reason
    and new.given_at is old.given_at and new.salt is old.salt)
begin
    select raise(abort, 'immutable: delegations');
end;
create trigger delegations_no_delete before delete on delegations begin
    select raise(abort, 'immutable: delegations');
end;
drop trigger case_steps_not_by_drafter;
create trigger case_steps_not_by_drafter before insert on case_steps
when new.step in ('review', 'approve')
    and exists (select 1 from cases where cases.id = new.case_id
        and (cases.created_by = new.taken_by or cases.created_by = new.on_behalf_of))
begin
    select raise(abort, 'constraint: case_drafter_decides');
end;
drop trigger case_steps_by_four_eyes;
create trigger case_steps_by_four_eyes before insert on case_steps
when new.step in ('review', 'approve')
    and exists (select 1 from case_steps where case_steps.case_id = new.case_id
        and case_steps.step in ('review', 'approve') and case_steps.step <> new.step
        and (case_steps.taken_by = new.taken_by or case_steps.taken_by = new.on_behalf_of
            or case_steps.on_behalf_of = new.taken_by or case_steps.on_behalf_of = new.on_behalf_of))
begin
    select raise(abort, 'constraint: case_four_eyes');
end;
