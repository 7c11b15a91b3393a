alter table cases drop column county_because;
drop table case_overrides;
drop trigger case_steps_by_four_eyes on case_steps;
drop function refuse_second_decision();
create unique index case_four_eyes on case_steps (case_id, taken_by) where step in ('review', 'approve');
drop index case_step_taken_once;
-- Fails where a case was approved twice, which the release before does not know.
alter table case_steps add constraint case_step_taken_once unique (case_id, step);
alter table case_steps drop constraint case_step_overrides_approved;
alter table case_steps drop column overridden;
