-- A server of an earlier release, which commits to no rows, must not go on beside one of this: what it writes is refused.
-- An SQLite database has one server at a time, so nothing changes here.
select 1;
