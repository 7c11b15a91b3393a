alter table journal_pending alter column rows set default '[]';
