alter table cases drop column county_because;
drop table case_overrides;
-- Fails where a case was approved twice, which the release before does not know.
create table case_steps_before (
    case_id blob not null references cases (id),
    ordinal integer not null,
    step text not null,
    taken_by blob not null,
    taken_at timestamp not null,
    comment text,
    salt blob,
    primary key (case_id, ordinal),
    constraint case_step_taken_once unique (case_id, step)
);
insert into case_steps_before (case_id, ordinal, step, taken_by, taken_at, comment, salt)
    select case_id, ordinal, step, taken_by, taken_at, comment, salt from case_steps;
drop table case_steps;
alter table case_steps_before rename to case_steps;
create unique index case_four_eyes on case_steps (case_id, taken_by) where step in ('review', 'approve');
create trigger case_steps_no_update before update on case_steps begin
    select raise(abort, 'immutable: case_steps');
end;
create trigger case_steps_no_delete before delete on case_steps begin
    select raise(abort, 'immutable: case_steps');
end;
-- Four eyes: whoever drafted a case takes no deciding step in it.
create trigger case_steps_not_by_drafter before insert on case_steps
when new.step in ('review', 'approve')
    and exists (select 1 from cases where cases.id = new.case_id and cases.created_by = new.taken_by)
begin
    select raise(abort, 'constraint: case_drafter_decides');
end;
