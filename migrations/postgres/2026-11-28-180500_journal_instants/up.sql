-- When a checkpoint was signed and when a cosignature came in is read by nobody and committed to by nothing. What says when is
-- the entries before a checkpoint, and the time that a witness signs.
alter table journal_checkpoints drop column signed_at;
alter table journal_cosignatures drop column received_at;
