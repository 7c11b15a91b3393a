drop index cases_by_status;
drop trigger party_versions_only_forget;
drop index party_versions_by_successor;
alter table party_versions drop column successor_id;
create trigger party_versions_only_forget before update on party_versions
when new.name <> '（已依法删除）' or new.identifier_shown is not null
    or not (new.party_id is old.party_id and new.version is old.version and new.ended_on is old.ended_on
        and new.identifier_scheme is old.identifier_scheme and new.entry_id is old.entry_id)
begin
    select raise(abort, 'immutable: party_versions');
end;
drop index parties_by_successor;
alter table parties drop column successor_id;
