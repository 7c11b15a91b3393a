-- What is held is bounded, so that a slip of the pen that was reversed takes no room for ever. What ever passed is bounded by
-- what a number of 64 bits holds alone.
alter table accounts drop constraint account_totals_bounded;
alter table accounts add constraint account_balance_bounded check (credits_fen - debits_fen between -9007199254740991 and 9007199254740991);
alter table accounts add constraint account_passed_bounded check (debits_fen between 0 and 4611686018427387903 and credits_fen between 0 and 4611686018427387903);

-- The balance of a day is what is held now, less what came later: both sides of that are read from these alone.
create index ledger_entries_by_debit_day on ledger_entries (debit_account_id, booked_on, amount_fen);
create index ledger_entries_by_credit_day on ledger_entries (credit_account_id, booked_on, amount_fen);

-- An account is not below zero on any day: what is booked on an earlier day must leave enough for all that was booked since.
-- Asked once for all rows of a statement, when the balances are those after it.
create function ledger_never_overdraws() returns trigger language plpgsql as $$
begin
    if exists (
        select 1
        from (select debit_account_id, min(booked_on) as booked_on from booked group by debit_account_id) taken
        join accounts a on a.id = taken.debit_account_id and not a.may_overdraw
        cross join lateral (
            select max(since.came_fen) as came_fen
            from (
                select sum(days.net_fen) over (order by days.booked_on desc) as came_fen
                from (
                    select sides.booked_on, sum(sides.net_fen) as net_fen
                    from (
                        select booked_on, amount_fen as net_fen from ledger_entries
                        where credit_account_id = taken.debit_account_id and booked_on > taken.booked_on
                        union all
                        select booked_on, -amount_fen as net_fen from ledger_entries
                        where debit_account_id = taken.debit_account_id and booked_on > taken.booked_on
                    ) sides
                    group by sides.booked_on
                ) days
            ) since
        ) later
        where a.credits_fen - a.debits_fen < later.came_fen
    ) then
        raise exception using errcode = 'check_violation', constraint = 'account_not_overdrawn',
            table = 'ledger_entries', message = 'an account would be below zero on an earlier day';
    end if;
    return null;
end $$;
create trigger ledger_never_overdraws after insert on ledger_entries referencing new table as booked
    for each statement execute function ledger_never_overdraws();
