-- A person's data can be erased. What may be shown of an identifier belongs to what a version says, so that correcting it
-- leaves what was known before.
alter table parties add column erased_at timestamp
    constraint party_erased_whole check (erased_at is null or (identifier_shown is null and identifier_sealed is null and identifier_digest is null));
drop trigger party_versions_only_forget_names on party_versions;
drop function party_versions_only_forget_names();
alter table party_versions add column identifier_scheme text not null default 'none';
alter table party_versions add column identifier_shown text;
update party_versions v set identifier_scheme = p.identifier_scheme, identifier_shown = p.identifier_shown
    from parties p where p.id = v.party_id;
create function party_versions_only_forget() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or new.name <> '（已依法删除）' or new.identifier_shown is not null
        or not (new.party_id = old.party_id and new.version = old.version and new.ended_on is not distinct from old.ended_on
            and new.identifier_scheme = old.identifier_scheme and new.entry_id = old.entry_id) then
        raise exception 'immutable: party_versions' using errcode = 'integrity_constraint_violation', constraint = 'immutable';
    end if;
    return new;
end $$;
create trigger party_versions_only_forget before update or delete on party_versions
    for each row execute function party_versions_only_forget();
