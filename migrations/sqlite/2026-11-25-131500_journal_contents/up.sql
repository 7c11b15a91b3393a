-- SHA-256 of the content of an entry, as its leaf commits to it: so that whoever checks a database can tell a content that was
-- altered from an entry that was. The entries that were sealed before have none.
alter table journal_leaves add column content_hash blob
    constraint journal_leaf_content_hash_whole check (length(content_hash) = 32);
