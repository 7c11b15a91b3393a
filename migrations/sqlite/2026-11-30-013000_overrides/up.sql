-- An approval names each rule that has a finding which goes to the county, and says why it approves all the same: how many it
-- named. Null for every other step, and for approvals from before they were asked for, which hold as they are.
-- Where a rule finds something after an approval that this did not name, the case is approved anew. Every other step is taken
-- once. A constraint of uniqueness cannot be taken off a table, so it is made anew with all its rows.
create table case_steps_anew (
    case_id blob not null references cases (id),
    ordinal integer not null,
    step text not null,
    taken_by blob not null,
    taken_at timestamp not null,
    comment text,
    salt blob,
    overridden integer,
    primary key (case_id, ordinal),
    constraint case_step_overrides_approved check (overridden is null or step = 'approve')
);
insert into case_steps_anew (case_id, ordinal, step, taken_by, taken_at, comment, salt)
    select case_id, ordinal, step, taken_by, taken_at, comment, salt from case_steps;
drop table case_steps;
alter table case_steps_anew rename to case_steps;
create unique index case_step_taken_once on case_steps (case_id, step) where step <> 'approve';
create trigger case_steps_no_update before update on case_steps begin
    select raise(abort, 'immutable: case_steps');
end;
create trigger case_steps_no_delete before delete on case_steps begin
    select raise(abort, 'immutable: case_steps');
end;
-- Four eyes: whoever drafted a case takes no deciding step in it.
create trigger case_steps_not_by_drafter before insert on case_steps
when new.step in ('review', 'approve')
    and exists (select 1 from cases where cases.id = new.case_id and cases.created_by = new.taken_by)
begin
    select raise(abort, 'constraint: case_drafter_decides');
end;
-- Four eyes: whoever reviewed a case does not approve it, however often it is approved, nor the other way round.
create trigger case_steps_by_four_eyes before insert on case_steps
when new.step in ('review', 'approve')
    and exists (select 1 from case_steps where case_steps.case_id = new.case_id and case_steps.taken_by = new.taken_by
        and case_steps.step in ('review', 'approve') and case_steps.step <> new.step)
begin
    select raise(abort, 'constraint: case_four_eyes');
end;

-- What an approval named, rule by rule.
create table case_overrides (
    id blob not null primary key,
    case_id blob not null references cases (id),
    ordinal integer not null,
    rule text not null,
    -- Why the county approves all the same: free text, which the journal knows by a salted digest only.
    reason text not null,
    -- The same as anybody may read it: those whom the case concerns are named by their surname.
    public_reason text not null,
    -- What the rule had found then.
    findings text not null,
    region_code text not null references regions (code),
    named_by blob not null,
    named_at timestamp not null,
    salt blob not null,
    constraint case_override_of_step foreign key (case_id, ordinal) references case_steps (case_id, ordinal),
    constraint case_override_named_once unique (case_id, ordinal, rule)
);
create index case_overrides_by_region on case_overrides (region_code, id);
create index case_overrides_by_rule on case_overrides (rule, region_code, id);
create trigger case_overrides_no_update before update on case_overrides begin
    select raise(abort, 'immutable: case_overrides');
end;
create trigger case_overrides_no_delete before delete on case_overrides begin
    select raise(abort, 'immutable: case_overrides');
end;

-- Why the county approves a case, as it was when it was last decided on: a JSON array. Null where only its findings tell, since it
-- was last decided on before this was kept.
alter table cases add column county_because text;
