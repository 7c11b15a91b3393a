-- A server of an earlier release, which commits to no rows, must not go on beside one of this: what it writes is refused.
alter table journal_pending alter column rows drop default;
