-- What a sale by the state or a collective, or a disposal of what is theirs, brings: it falls due on a day, and is settled by what
-- comes in for the asset.
create table proceeds (
    id blob not null primary key,
    case_id blob not null references cases (id),
    -- What brings them: a sale or a disposal.
    kind text not null,
    asset_id blob not null references assets (id),
    region_code text not null references regions (code),
    creditor_id blob not null references parties (id),
    -- Null where nobody was named who pays.
    payer_id blob references parties (id),
    amount_fen bigint not null,
    -- The day from which the act works.
    since date not null,
    due_on date not null,
    -- How much came in, by the receipts for the asset that were not reversed.
    received_fen bigint not null,
    -- Whether they are owed no longer, since what brought them was undone.
    lapsed boolean not null,
    recorded_at timestamp not null,
    constraint proceeds_amount_positive check (amount_fen between 1 and 9007199254740991),
    constraint proceeds_received_within check (received_fen between 0 and amount_fen)
);
create index proceeds_by_region on proceeds (region_code, id);
create index proceeds_by_asset on proceeds (asset_id);
create index proceeds_by_case on proceeds (case_id);
create index proceeds_by_creditor on proceeds (creditor_id);
create index proceeds_by_payer on proceeds (payer_id, due_on);
-- What falls due is said once; what comes in of it is worked out anew.
create trigger proceeds_no_update before update of id, case_id, kind, asset_id, region_code, creditor_id, payer_id, amount_fen, since, due_on, recorded_at on proceeds begin
    select raise(abort, 'immutable: proceeds');
end;
create trigger proceeds_no_delete before delete on proceeds begin
    select raise(abort, 'immutable: proceeds');
end;
