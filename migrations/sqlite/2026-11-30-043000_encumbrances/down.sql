alter table payments drop column findings;
drop index restrictions_by_debtor;
alter table restrictions drop column findings;
alter table restrictions drop column registered_as;
alter table restrictions drop column registered_by;
alter table restrictions drop column secures_debt_of_id;
