drop trigger ledger_never_overdraws on ledger_entries;
drop function ledger_never_overdraws();
drop index ledger_entries_by_debit_day;
drop index ledger_entries_by_credit_day;
alter table accounts drop constraint account_passed_bounded;
alter table accounts drop constraint account_balance_bounded;
alter table accounts add constraint account_totals_bounded check (debits_fen between 0 and 9007199254740991 and credits_fen between 0 and 9007199254740991);
