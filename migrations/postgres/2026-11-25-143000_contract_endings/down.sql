drop table contract_endings;
