-- Rows that may never change are guarded by this one function.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'immutable: %', tg_table_name using errcode = 'integrity_constraint_violation', constraint = 'immutable';
end $$;

-- Every change is one entry. Entries are written inside the changing transaction and never altered.
create table journal_entries (
    id uuid primary key,
    at timestamp not null,
    actor_id uuid,
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
    subject_id uuid not null,
    entry_id uuid not null references journal_entries (id),
    primary key (subject_id, entry_id)
);
create index journal_subjects_by_entry on journal_subjects (entry_id);

-- Entries that wait for the sealer. The row is all that sealing removes, so that a writer never waits for an index.
create table journal_pending (
    sequence bigint generated always as identity primary key,
    entry_id uuid not null unique references journal_entries (id)
);

-- The place of each sealed entry in commit order: gapless from 0, given once.
create table journal_leaves (
    leaf_index bigint primary key,
    entry_id uuid not null unique references journal_entries (id),
    feed text,
    -- Of the entry, as RFC 9162 hashes a leaf.
    hash bytea not null,
    -- When its batch was sealed. The instants rise strictly from batch to batch, whatever clocks servers have.
    sealed_at timestamp not null,
    constraint journal_leaf_index_natural check (leaf_index >= 0),
    constraint journal_leaf_hash_whole check (length(hash) = 32)
);
create index journal_leaves_by_feed on journal_leaves (feed, leaf_index) where feed is not null;
create index journal_leaves_by_instant on journal_leaves (sealed_at, leaf_index);

-- Up to when the journal is sealed: nothing will ever be sealed at this instant or before it.
create table journal_progress (
    id integer primary key,
    sealed_through timestamp not null,
    constraint journal_progress_only_one check (id = 1)
);
insert into journal_progress (id, sealed_through) values (1, '1970-01-01 00:00:00');
create trigger journal_entries_immutable before update or delete on journal_entries
    for each row execute function refuse_change();
create trigger journal_subjects_immutable before update or delete on journal_subjects
    for each row execute function refuse_change();
create trigger journal_leaves_immutable before update or delete on journal_leaves
    for each row execute function refuse_change();
