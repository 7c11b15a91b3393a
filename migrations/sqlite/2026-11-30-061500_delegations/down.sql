drop trigger case_steps_by_four_eyes;
create trigger case_steps_by_four_eyes before insert on case_steps
when new.step in ('review', 'approve')
    and exists (select 1 from case_steps where case_steps.case_id = new.case_id and case_steps.taken_by = new.taken_by
        and case_steps.step in ('review', 'approve') and case_steps.step <> new.step)
begin
    select raise(abort, 'constraint: case_four_eyes');
end;
drop trigger case_steps_not_by_drafter;
create trigger case_steps_not_by_drafter before insert on case_steps
when new.step in ('review', 'approve')
    and exists (select 1 from cases where cases.id = new.case_id and cases.created_by = new.taken_by)
begin
    select raise(abort, 'constraint: case_drafter_decides');
end;
alter table case_steps drop column delegation_id;
alter table case_steps drop column on_behalf_of;
drop table delegations;
