-- The roots of complete tiles of 256 hashes, level upon level; level 0 are the leaves themselves. So any root and any proof
-- takes a few short ranges, however long the journal is.
create table journal_nodes (
    level integer not null,
    node_index bigint not null,
    hash blob not null,
    primary key (level, node_index),
    constraint journal_node_above_leaves check (level between 1 and 7 and node_index >= 0),
    constraint journal_node_hash_whole check (length(hash) = 32)
);

-- What was signed: each a note that commits to the whole journal up to its size. One that went out can never be taken back.
create table journal_checkpoints (
    tree_size bigint primary key,
    note text not null,
    signed_at timestamp not null,
    constraint journal_checkpoint_of_something check (tree_size > 0)
);

-- What witnesses said of checkpoints: the signature line of each.
create table journal_cosignatures (
    tree_size bigint not null references journal_checkpoints (tree_size),
    witness text not null,
    line text not null,
    received_at timestamp not null,
    primary key (tree_size, witness)
);
create trigger journal_nodes_no_update before update on journal_nodes begin
    select raise(abort, 'immutable: journal_nodes');
end;
create trigger journal_nodes_no_delete before delete on journal_nodes begin
    select raise(abort, 'immutable: journal_nodes');
end;
create trigger journal_checkpoints_no_update before update on journal_checkpoints begin
    select raise(abort, 'immutable: journal_checkpoints');
end;
create trigger journal_checkpoints_no_delete before delete on journal_checkpoints begin
    select raise(abort, 'immutable: journal_checkpoints');
end;
create trigger journal_cosignatures_no_update before update on journal_cosignatures begin
    select raise(abort, 'immutable: journal_cosignatures');
end;
create trigger journal_cosignatures_no_delete before delete on journal_cosignatures begin
    select raise(abort, 'immutable: journal_cosignatures');
end;
