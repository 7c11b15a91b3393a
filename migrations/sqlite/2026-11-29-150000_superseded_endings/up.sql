-- Days that were said to be idle, and on some of which the contract runs after all: others are said in their place. Null while they
-- stand.
alter table contract_endings add column superseded_by blob references journal_entries (id);
create index contract_endings_by_supersession on contract_endings (superseded_by);
