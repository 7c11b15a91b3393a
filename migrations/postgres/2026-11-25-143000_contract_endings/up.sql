-- The days on which a contract did not run: its lease ended before its term, or what it let was gone. Nothing falls due under
-- it on them. The row stays when the lease holds again; the contract then runs on from that day.
create table contract_endings (
    contract_id uuid not null references contracts (id),
    ordinal integer not null,
    ended_on date not null,
    resumed_on date,
    entry_id uuid not null references journal_entries (id),
    resumed_by uuid references journal_entries (id),
    primary key (contract_id, ordinal),
    constraint contract_ending_forward check (resumed_on is null or resumed_on >= ended_on),
    constraint contract_resumed_by_an_entry check ((resumed_on is null) = (resumed_by is null))
);
create index contract_endings_by_entry on contract_endings (entry_id);
create index contract_endings_by_resumption on contract_endings (resumed_by);
