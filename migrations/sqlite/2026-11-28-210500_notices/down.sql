drop index notices_hanging;
drop trigger notices_no_delete;
drop trigger notices_only_come_down;
alter table notices drop constraint notice_closed_when_due;
alter table notices drop constraint notice_closed_whole;
alter table notices drop column closed_because;
alter table notices drop column content;
update notices set closed_on = due_on where closed_on < due_on;
alter table notices add constraint notice_closed_when_due check (closed_on is null or closed_on >= due_on);
