-- An approval names each rule that has a finding which goes to the county, and says why it approves all the same: how many it
-- named. Null for every other step, and for approvals from before they were asked for, which hold as they are.
alter table case_steps add column overridden integer;
alter table case_steps add constraint case_step_overrides_approved check (overridden is null or step = 'approve');
-- Where a rule finds something after an approval that this did not name, the case is approved anew. Every other step is taken
-- once.
alter table case_steps drop constraint case_step_taken_once;
create unique index case_step_taken_once on case_steps (case_id, step) where step <> 'approve';
-- Four eyes: whoever reviewed a case does not approve it, however often it is approved, nor the other way round.
drop index case_four_eyes;
create function refuse_second_decision() returns trigger language plpgsql as $$
begin
    if exists (select 1 from case_steps where case_steps.case_id = new.case_id and case_steps.taken_by = new.taken_by
            and case_steps.step in ('review', 'approve') and case_steps.step <> new.step) then
        raise exception 'nobody takes two deciding steps in one case'
            using errcode = 'integrity_constraint_violation', constraint = 'case_four_eyes';
    end if;
    return new;
end;
$$;
create trigger case_steps_by_four_eyes before insert on case_steps
    for each row when (new.step in ('review', 'approve')) execute function refuse_second_decision();

-- What an approval named, rule by rule.
create table case_overrides (
    id uuid primary key,
    case_id uuid not null references cases (id),
    ordinal integer not null,
    rule text not null,
    -- Why the county approves all the same: free text, which the journal knows by a salted digest only.
    reason text not null,
    -- The same as anybody may read it: those whom the case concerns are named by their surname.
    public_reason text not null,
    -- What the rule had found then.
    findings text not null,
    region_code text not null references regions (code),
    named_by uuid not null,
    named_at timestamp not null,
    salt uuid not null,
    constraint case_override_of_step foreign key (case_id, ordinal) references case_steps (case_id, ordinal),
    constraint case_override_named_once unique (case_id, ordinal, rule)
);
create index case_overrides_by_region on case_overrides (region_code, id);
create index case_overrides_by_rule on case_overrides (rule, region_code, id);
create trigger case_overrides_immutable before update or delete on case_overrides
    for each row execute function refuse_change();

-- Why the county approves a case, as it was when it was last decided on: a JSON array. Null where only its findings tell, since it
-- was last decided on before this was kept.
alter table cases add column county_because text;
