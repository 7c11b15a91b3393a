-- Every change is one entry. Entries are written inside the changing transaction and never altered.
create table journal_entries (
    id blob primary key,
    at timestamp not null,
    actor_id blob,
    action text not null,
    region_code text not null,
    facts text not null,
    request_id text,
    feed text,
    constraint journal_action_named check (length(action) between 1 and 64)
);
create index journal_entries_by_actor on journal_entries (actor_id);

-- What an entry speaks of: an act on a case also speaks of its assets and parties.
create table journal_subjects (
    subject_id blob not null,
    entry_id blob not null references journal_entries (id),
    primary key (subject_id, entry_id)
);
create index journal_subjects_by_entry on journal_subjects (entry_id);

-- Entries that wait for the sealer. The row is all that sealing removes, so that a writer never waits for an index.
create table journal_pending (
    sequence integer primary key autoincrement,
    entry_id blob not null unique references journal_entries (id)
);

-- The place of each sealed entry in commit order: gapless from 0, given once.
create table journal_leaves (
    leaf_index bigint primary key,
    entry_id blob not null unique references journal_entries (id),
    feed text,
    -- Of the entry, as RFC 9162 hashes a leaf.
    hash blob not null,
    -- When its batch was sealed. The instants rise strictly from batch to batch, whatever clocks servers have.
    sealed_at timestamp not null,
    constraint journal_leaf_index_natural check (leaf_index >= 0),
    constraint journal_leaf_hash_whole check (length(hash) = 32)
);
create index journal_leaves_by_feed on journal_leaves (feed, leaf_index) where feed is not null;
create index journal_leaves_by_instant on journal_leaves (sealed_at, leaf_index);

-- Up to when the journal is sealed: nothing will ever be sealed at this instant or before it.
create table journal_progress (
    id integer primary key not null,
    sealed_through timestamp not null,
    constraint journal_progress_only_one check (id = 1)
);
insert into journal_progress (id, sealed_through) values (1, '1970-01-01 00:00:00');
create trigger journal_entries_no_update before update on journal_entries begin
    select raise(abort, 'immutable: journal_entries');
end;
create trigger journal_entries_no_delete before delete on journal_entries begin
    select raise(abort, 'immutable: journal_entries');
end;
create trigger journal_subjects_no_update before update on journal_subjects begin
    select raise(abort, 'immutable: journal_subjects');
end;
create trigger journal_subjects_no_delete before delete on journal_subjects begin
    select raise(abort, 'immutable: journal_subjects');
end;
create trigger journal_leaves_no_update before update on journal_leaves begin
    select raise(abort, 'immutable: journal_leaves');
end;
create trigger journal_leaves_no_delete before delete on journal_leaves begin
    select raise(abort, 'immutable: journal_leaves');
end;
