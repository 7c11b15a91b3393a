drop index journal_subjects_changed;
alter table journal_subjects drop column changed;
