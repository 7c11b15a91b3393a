-- What is held is bounded, so that a slip of the pen that was reversed takes no room for ever. What ever passed is bounded by
-- what a number of 64 bits holds alone.
alter table accounts drop constraint account_totals_bounded;
alter table accounts add constraint account_balance_bounded check (credits_fen - debits_fen between -9007199254740991 and 9007199254740991);
alter table accounts add constraint account_passed_bounded check (debits_fen between 0 and 4611686018427387903 and credits_fen between 0 and 4611686018427387903);

-- The balance of a day is what is held now, less what came later: both sides of that are read from these alone.
create index ledger_entries_by_debit_day on ledger_entries (debit_account_id, booked_on, amount_fen);
create index ledger_entries_by_credit_day on ledger_entries (credit_account_id, booked_on, amount_fen);

-- An account is not below zero on any day: what is booked on an earlier day must leave enough for all that was booked since.
drop trigger ledger_moves_balances;
create trigger ledger_moves_balances after insert on ledger_entries begin
    update accounts set debits_fen = debits_fen + new.amount_fen where id = new.debit_account_id;
    update accounts set credits_fen = credits_fen + new.amount_fen where id = new.credit_account_id;
    select raise(abort, 'constraint: account_not_overdrawn')
    from accounts a
    where a.id = new.debit_account_id and not a.may_overdraw and a.credits_fen - a.debits_fen < (
        select max(since.came_fen)
        from (
            select sum(days.net_fen) over (order by days.booked_on desc) as came_fen
            from (
                select sides.booked_on, sum(sides.net_fen) as net_fen
                from (
                    select booked_on, amount_fen as net_fen from ledger_entries
                    where credit_account_id = new.debit_account_id and booked_on > new.booked_on
                    union all
                    select booked_on, -amount_fen as net_fen from ledger_entries
                    where debit_account_id = new.debit_account_id and booked_on > new.booked_on
                ) sides
                group by sides.booked_on
            ) days
        ) since
    );
end;
