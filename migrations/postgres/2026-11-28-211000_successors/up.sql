-- Who takes over what a party still held and owed when it ended.
alter table parties add column successor_id uuid references parties (id)
    constraint party_succeeded_by_another check (successor_id is null or (ended_on is not null and successor_id <> id));
create index parties_by_successor on parties (successor_id);
alter table party_versions add column successor_id uuid references parties (id);
create index party_versions_by_successor on party_versions (successor_id);
create or replace function party_versions_only_forget() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or new.name <> '（已依法删除）' or new.identifier_shown is not null
        or not (new.party_id = old.party_id and new.version = old.version and new.ended_on is not distinct from old.ended_on
            and new.successor_id is not distinct from old.successor_id and new.identifier_scheme = old.identifier_scheme
            and new.entry_id = old.entry_id) then
        raise exception 'immutable: party_versions' using errcode = 'integrity_constraint_violation', constraint = 'immutable';
    end if;
    return new;
end $$;
-- What is still under way is a small part of all cases.
create index cases_by_status on cases (status, id);
