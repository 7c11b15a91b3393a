-- Four eyes: whoever drafted a case takes no deciding step in it.
create function refuse_decision_of_drafter() returns trigger language plpgsql as $$
begin
    if exists (select 1 from cases where cases.id = new.case_id and cases.created_by = new.taken_by) then
        raise exception 'whoever drafted a case decides nothing in it'
            using errcode = 'integrity_constraint_violation', constraint = 'case_drafter_decides';
    end if;
    return new;
end;
$$;
create trigger case_steps_not_by_drafter before insert on case_steps
    for each row when (new.step in ('review', 'approve')) execute function refuse_decision_of_drafter();
