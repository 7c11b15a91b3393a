-- Whose debt a mortgage or a pledge secures; null for the owners' own.
alter table restrictions add column secures_debt_of_id blob references parties (id);
-- Where a restriction is registered that the loss rules find void, since it is a fact there all the same: the authority, and under what.
alter table restrictions add column registered_by text;
alter table restrictions add column registered_as text;
-- What the loss rules found when it was recorded, as JSON; null where nothing was looked at.
alter table restrictions add column findings text;
create index restrictions_by_debtor on restrictions (secures_debt_of_id);
-- What the loss rules found of a payment when it was recorded, as JSON; null where nothing was looked at.
alter table payments add column findings text;
