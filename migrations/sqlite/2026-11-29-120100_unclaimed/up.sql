-- What is kept for others is spent by nobody.
create trigger payments_not_of_unclaimed_on_insert before insert on payments
when exists (select 1 from accounts where accounts.id = new.account_id and accounts.purpose = 'unclaimed')
begin
    select raise(abort, 'constraint: unclaimed_spent');
end;
create trigger payments_not_of_unclaimed_on_update before update on payments
when exists (select 1 from accounts where accounts.id = new.account_id and accounts.purpose = 'unclaimed')
begin
    select raise(abort, 'constraint: unclaimed_spent');
end;
