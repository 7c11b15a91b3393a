-- Which of the things that an entry speaks of it changed, so that each can say where it changed last.
alter table journal_subjects add column changed boolean not null default false;
create index journal_subjects_changed on journal_subjects (subject_id, entry_id) where changed;
