-- A person's data can be erased. What may be shown of an identifier belongs to what a version says, so that correcting it
-- leaves what was known before.
alter table parties add column erased_at timestamp
    constraint party_erased_whole check (erased_at is null or (identifier_shown is null and identifier_sealed is null and identifier_digest is null));
drop trigger party_versions_only_forget_names;
alter table party_versions add column identifier_scheme text not null default 'none';
alter table party_versions add column identifier_shown text;
update party_versions set
    identifier_scheme = (select p.identifier_scheme from parties p where p.id = party_id),
    identifier_shown = (select p.identifier_shown from parties p where p.id = party_id);
create trigger party_versions_only_forget before update on party_versions
when new.name <> '（已依法删除）' or new.identifier_shown is not null
    or not (new.party_id is old.party_id and new.version is old.version and new.ended_on is old.ended_on
        and new.identifier_scheme is old.identifier_scheme and new.entry_id is old.entry_id)
begin
    select raise(abort, 'immutable: party_versions');
end;
