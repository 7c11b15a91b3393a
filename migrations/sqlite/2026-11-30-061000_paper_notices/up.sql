-- A notice that hung on paper, and is recorded afterwards: where it hung, the photograph of it, and who recorded it. Its days stand with
-- the notice; it has no content.
create table paper_notices (
    notice_id blob not null primary key references notices (id),
    -- Where it hung: free text, which the journal knows by a salted digest only.
    place text not null,
    document_id blob not null references documents (id),
    recorded_by blob not null,
    recorded_at timestamp not null,
    salt blob not null
);
create trigger paper_notices_no_update before update on paper_notices begin
    select raise(abort, 'immutable: paper_notices');
end;
create trigger paper_notices_no_delete before delete on paper_notices begin
    select raise(abort, 'immutable: paper_notices');
end;
-- The notice on paper by which a step counts as done; null for every step that was taken.
alter table case_steps add column notice_id blob references notices (id)
    constraint case_step_on_paper check (notice_id is null or step in ('start_notice', 'close_notice'));
