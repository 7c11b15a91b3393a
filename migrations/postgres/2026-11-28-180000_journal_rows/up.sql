-- An entry commits to the rows that its unit of work wrote: to each by table, key and SHA-256 of its canonical form, as one
-- canonical JSON array. Until the entry is sealed they wait with it.
alter table journal_pending add column rows text not null default '[]';
create table journal_rows (
    entry_id uuid primary key references journal_entries (id),
    rows text not null
);
create trigger journal_rows_immutable before update or delete on journal_rows
    for each row execute function refuse_change();

-- The tables whose rows the journal commits to, with the columns that it commits to: where they change, all rows are
-- committed to anew.
create table journaled_tables (
    name text primary key,
    layout text not null
);

-- What is personal cannot be guessed from its digest: each such row has a salt, which is erased with it.
alter table users add column salt uuid;
alter table documents add column salt uuid;
alter table parties add column salt uuid;
alter table party_versions add column salt uuid;
alter table case_steps add column salt uuid;
alter table objections add column salt uuid;
alter table party_versions disable trigger party_versions_only_forget;
alter table case_steps disable trigger case_steps_immutable;
update users set salt = gen_random_uuid();
update documents set salt = gen_random_uuid();
update parties set salt = gen_random_uuid();
update party_versions set salt = gen_random_uuid();
update case_steps set salt = gen_random_uuid();
update objections set salt = gen_random_uuid();
alter table party_versions enable trigger party_versions_only_forget;
alter table case_steps enable trigger case_steps_immutable;
