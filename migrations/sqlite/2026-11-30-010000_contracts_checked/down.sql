drop table contract_checks;
