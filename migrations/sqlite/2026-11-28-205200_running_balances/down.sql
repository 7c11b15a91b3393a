drop trigger ledger_moves_balances;
create trigger ledger_moves_balances after insert on ledger_entries begin
    update accounts set debits_fen = debits_fen + new.amount_fen where id = new.debit_account_id;
    update accounts set credits_fen = credits_fen + new.amount_fen where id = new.credit_account_id;
end;
drop index ledger_entries_by_debit_day;
drop index ledger_entries_by_credit_day;
alter table accounts drop constraint account_passed_bounded;
alter table accounts drop constraint account_balance_bounded;
alter table accounts add constraint account_totals_bounded check (debits_fen between 0 and 9007199254740991 and credits_fen between 0 and 9007199254740991);
