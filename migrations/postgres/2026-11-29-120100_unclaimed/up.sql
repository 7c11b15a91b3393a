-- What is kept for others is spent by nobody.
create function refuse_spending_of_unclaimed() returns trigger language plpgsql as $$
begin
    if exists (select 1 from accounts where accounts.id = new.account_id and accounts.purpose = 'unclaimed') then
        raise exception 'what is kept for others is not spent'
            using errcode = 'integrity_constraint_violation', constraint = 'unclaimed_spent';
    end if;
    return new;
end;
$$;
create trigger payments_not_of_unclaimed before insert or update on payments
    for each row execute function refuse_spending_of_unclaimed();
