-- What was entered by mistake ends on its first day: it holds on no day, and keeps nothing else out.
alter table party_relations drop constraint relation_period_forward;
alter table party_relations add constraint relation_period_forward check (valid_to is null or valid_to >= valid_from);
alter table maintenance_assignments drop constraint assignment_period_forward;
alter table maintenance_assignments add constraint assignment_period_forward check (valid_to is null or valid_to >= valid_from);
create or replace function assignment_one_at_a_time() returns trigger language plpgsql as $$
begin
    if (new.valid_to is null or new.valid_to > new.valid_from)
        and exists (select 1 from maintenance_assignments it where it.asset_id = new.asset_id and it.id <> new.id
        and (it.valid_to is null or it.valid_to > it.valid_from)
        and (it.valid_to is null or it.valid_to > new.valid_from)
        and (new.valid_to is null or new.valid_to > it.valid_from)) then
        raise exception 'one responsible body at a time'
            using errcode = 'integrity_constraint_violation', constraint = 'assignment_one_at_a_time';
    end if;
    return new;
end $$;
