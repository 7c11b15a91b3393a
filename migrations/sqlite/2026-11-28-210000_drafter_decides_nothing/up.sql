-- Four eyes: whoever drafted a case takes no deciding step in it.
create trigger case_steps_not_by_drafter before insert on case_steps
when new.step in ('review', 'approve')
    and exists (select 1 from cases where cases.id = new.case_id and cases.created_by = new.taken_by)
begin
    select raise(abort, 'constraint: case_drafter_decides');
end;
