drop trigger party_versions_only_forget;
alter table party_versions drop column identifier_shown;
alter table party_versions drop column identifier_scheme;
create trigger party_versions_only_forget_names before update on party_versions
when new.name <> '' or not (new.party_id is old.party_id and new.version is old.version and new.ended_on is old.ended_on and new.entry_id is old.entry_id)
begin
    select raise(abort, 'immutable: party_versions');
end;
alter table parties drop column erased_at;
