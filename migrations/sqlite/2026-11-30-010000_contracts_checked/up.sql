-- What a contract that was put on record by itself came with, and what the rules said of it, by the version that says it.
create table contract_checks (
    contract_id blob not null,
    version bigint not null,
    -- What was decided and the papers, as they came.
    papers text not null,
    findings text not null,
    policy_version text not null,
    primary key (contract_id, version),
    foreign key (contract_id, version) references contract_versions (contract_id, version)
);
create trigger contract_checks_no_update before update on contract_checks begin
    select raise(abort, 'immutable: contract_checks');
end;
create trigger contract_checks_no_delete before delete on contract_checks begin
    select raise(abort, 'immutable: contract_checks');
end;
