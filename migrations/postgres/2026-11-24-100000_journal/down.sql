drop table journal_progress;
drop table journal_leaves;
drop table journal_pending;
drop table journal_subjects;
drop table journal_entries;
drop function refuse_change();
