drop trigger payments_not_of_unclaimed on payments;
drop function refuse_spending_of_unclaimed();
