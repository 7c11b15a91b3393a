-- Who takes over what a party still held and owed when it ended.
alter table parties add column successor_id blob references parties (id)
    constraint party_succeeded_by_another check (successor_id is null or (ended_on is not null and successor_id <> id));
create index parties_by_successor on parties (successor_id);
drop trigger party_versions_only_forget;
alter table party_versions add column successor_id blob references parties (id);
create index party_versions_by_successor on party_versions (successor_id);
create trigger party_versions_only_forget before update on party_versions
when new.name <> '（已依法删除）' or new.identifier_shown is not null
    or not (new.party_id is old.party_id and new.version is old.version and new.ended_on is old.ended_on
        and new.successor_id is old.successor_id and new.identifier_scheme is old.identifier_scheme
        and new.entry_id is old.entry_id)
begin
    select raise(abort, 'immutable: party_versions');
end;
-- What is still under way is a small part of all cases.
create index cases_by_status on cases (status, id);
