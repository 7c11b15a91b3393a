-- An entry commits to the rows that its unit of work wrote: to each by table, key and SHA-256 of its canonical form, as one
-- canonical JSON array. Until the entry is sealed they wait with it.
alter table journal_pending add column rows text not null default '[]';
create table journal_rows (
    entry_id blob not null primary key references journal_entries (id),
    rows text not null
);
create trigger journal_rows_no_update before update on journal_rows begin
    select raise(abort, 'immutable: journal_rows');
end;
create trigger journal_rows_no_delete before delete on journal_rows begin
    select raise(abort, 'immutable: journal_rows');
end;

-- The tables whose rows the journal commits to, with the columns that it commits to: where they change, all rows are
-- committed to anew.
create table journaled_tables (
    name text not null primary key,
    layout text not null
);

-- What is personal cannot be guessed from its digest: each such row has a salt, which is erased with it.
alter table users add column salt blob;
alter table documents add column salt blob;
alter table parties add column salt blob;
alter table party_versions add column salt blob;
alter table case_steps add column salt blob;
alter table objections add column salt blob;
drop trigger party_versions_only_forget;
drop trigger case_steps_no_update;
update users set salt = randomblob(16);
update documents set salt = randomblob(16);
update parties set salt = randomblob(16);
update party_versions set salt = randomblob(16);
update case_steps set salt = randomblob(16);
update objections set salt = randomblob(16);
create trigger party_versions_only_forget before update on party_versions
when new.name <> '（已依法删除）' or new.identifier_shown is not null
    or not (new.party_id is old.party_id and new.version is old.version and new.ended_on is old.ended_on
        and new.identifier_scheme is old.identifier_scheme and new.entry_id is old.entry_id)
begin
    select raise(abort, 'immutable: party_versions');
end;
create trigger case_steps_no_update before update on case_steps begin
    select raise(abort, 'immutable: case_steps');
end;
