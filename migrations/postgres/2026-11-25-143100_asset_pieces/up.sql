-- Of which pieces of other costs the cost of an asset is made: "before+amount" in fen, apart by blanks; empty for a cost of its
-- own. Written off like this, parts lose together what the whole would have lost, to the fen.
alter table assets add column pieces text not null default '';
