drop index income_held_once;
alter table distribution_receipts drop column held;
alter table distributions drop column terms;
