create or replace function refuse_second_decision() returns trigger language plpgsql as $$
begin
    if exists (select 1 from case_steps where case_steps.case_id = new.case_id and case_steps.taken_by = new.taken_by
            and case_steps.step in ('review', 'approve') and case_steps.step <> new.step) then
        raise exception 'nobody takes two deciding steps in one case'
            using errcode = 'integrity_constraint_violation', constraint = 'case_four_eyes';
    end if;
    return new;
end;
$$;
create or replace function refuse_decision_of_drafter() returns trigger language plpgsql as $$
begin
    if exists (select 1 from cases where cases.id = new.case_id and cases.created_by = new.taken_by) then
        raise exception 'whoever drafted a case decides nothing in it'
            using errcode = 'integrity_constraint_violation', constraint = 'case_drafter_decides';
    end if;
    return new;
end;
$$;
alter table case_steps drop column delegation_id;
alter table case_steps drop column on_behalf_of;
drop table delegations;
drop function delegations_only_end();
