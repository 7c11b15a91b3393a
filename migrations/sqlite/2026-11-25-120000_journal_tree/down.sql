drop table journal_cosignatures;
drop table journal_checkpoints;
drop table journal_nodes;
