-- What a notice says, in the very bytes that hang there. Those that were posted before this said no more than their titles.
alter table notices add column content text;
-- Why it came down: its days were over, or its case came to another end.
alter table notices add column closed_because text;
alter table notices drop constraint notice_closed_when_due;
update notices set closed_because = 'period_over' where closed_on is not null;
-- Notices that were left hanging when their cases ended.
update notices set
    closed_on = (select date(max(taken_at), '+8 hours') from case_steps
        where case_steps.case_id = notices.case_id and step in ('reject', 'withdraw')),
    closed_because = (select 'case_' || status from cases where cases.id = notices.case_id)
where closed_on is null and case_id in (select id from cases where status in ('rejected', 'withdrawn'));
alter table notices add constraint notice_closed_whole check ((closed_on is null) = (closed_because is null));
alter table notices add constraint notice_closed_when_due
    check (closed_on is null or closed_on >= due_on or closed_because <> 'period_over');
-- What hung there stays as it hung: the only change is that it comes down, once.
create trigger notices_only_come_down before update on notices
when old.closed_on is not null or new.closed_on is null
    or not (new.id is old.id and new.case_id is old.case_id and new.region_code is old.region_code
        and new.title_zh is old.title_zh and new.title_en is old.title_en and new.content is old.content
        and new.opened_on is old.opened_on and new.due_on is old.due_on)
begin
    select raise(abort, 'immutable: notices');
end;
create trigger notices_no_delete before delete on notices begin
    select raise(abort, 'immutable: notices');
end;
create index notices_hanging on notices (region_code, id) where closed_on is null;
