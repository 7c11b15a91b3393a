alter table journal_leaves drop column content_hash;
