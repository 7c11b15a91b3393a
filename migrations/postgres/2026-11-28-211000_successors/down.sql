drop index cases_by_status;
create or replace function party_versions_only_forget() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or new.name <> '（已依法删除）' or new.identifier_shown is not null
        or not (new.party_id = old.party_id and new.version = old.version and new.ended_on is not distinct from old.ended_on
            and new.identifier_scheme = old.identifier_scheme and new.entry_id = old.entry_id) then
        raise exception 'immutable: party_versions' using errcode = 'integrity_constraint_violation', constraint = 'immutable';
    end if;
    return new;
end $$;
drop index party_versions_by_successor;
alter table party_versions drop column successor_id;
drop index parties_by_successor;
alter table parties drop column successor_id;
