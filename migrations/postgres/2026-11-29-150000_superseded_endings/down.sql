drop index contract_endings_by_supersession;
alter table contract_endings drop column superseded_by;
