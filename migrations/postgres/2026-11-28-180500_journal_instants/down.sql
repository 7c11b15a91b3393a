alter table journal_checkpoints add column signed_at timestamp not null default '1970-01-01 00:00:00';
alter table journal_cosignatures add column received_at timestamp not null default '1970-01-01 00:00:00';
