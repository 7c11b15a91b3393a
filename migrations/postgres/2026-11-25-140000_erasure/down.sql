drop trigger party_versions_only_forget on party_versions;
drop function party_versions_only_forget();
alter table party_versions drop column identifier_shown;
alter table party_versions drop column identifier_scheme;
create function party_versions_only_forget_names() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or new.name <> ''
        or not (new.party_id = old.party_id and new.version = old.version and new.ended_on is not distinct from old.ended_on and new.entry_id = old.entry_id) then
        raise exception 'immutable: party_versions' using errcode = 'integrity_constraint_violation', constraint = 'immutable';
    end if;
    return new;
end $$;
create trigger party_versions_only_forget_names before update or delete on party_versions
    for each row execute function party_versions_only_forget_names();
alter table parties drop column erased_at;
