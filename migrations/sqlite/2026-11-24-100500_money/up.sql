-- Balances are kept by the ledger's own trigger and by nothing else.
create table accounts (
    id blob primary key,
    party_id blob references parties (id),
    asset_id blob references assets (id),
    region_code text not null references regions (code),
    purpose text not null,
    -- The code in the accounting system for rural collective economic organisations (财会〔2023〕14号).
    code text not null,
    may_overdraw boolean not null default 0,
    debits_fen bigint not null default 0,
    credits_fen bigint not null default 0,
    opened_at timestamp not null,
    constraint account_of_party_unique unique (party_id, purpose),
    constraint account_of_asset_unique unique (asset_id, purpose),
    constraint account_has_one_owner check (party_id is null or asset_id is null),
    constraint account_not_overdrawn check (may_overdraw or credits_fen >= debits_fen),
    constraint account_totals_bounded check (debits_fen between 0 and 9007199254740991 and credits_fen between 0 and 9007199254740991)
);
create unique index account_of_region_unique on accounts (region_code, purpose) where party_id is null and asset_id is null;
create index accounts_by_region on accounts (region_code, id);

create table contracts (
    id blob primary key,
    case_id blob references cases (id),
    region_code text not null references regions (code),
    lessor_id blob not null references parties (id),
    lessee_id blob not null references parties (id),
    term_from date not null,
    term_to date,
    version bigint not null default 1,
    recorded_at timestamp not null,
    constraint contract_term_forward check (term_to is null or term_to > term_from)
);
create index contracts_by_region on contracts (region_code, id);
create index contracts_by_case on contracts (case_id);
create index contracts_by_lessor on contracts (lessor_id);
create index contracts_by_lessee on contracts (lessee_id);

create table contract_assets (
    contract_id blob not null references contracts (id),
    asset_id blob not null references assets (id),
    primary key (contract_id, asset_id)
);
create index contract_assets_by_asset on contract_assets (asset_id);

create table contract_dues (
    contract_id blob not null references contracts (id),
    ordinal integer not null,
    due_on date not null,
    amount_fen bigint not null,
    primary key (contract_id, ordinal),
    constraint due_amount_positive check (amount_fen between 1 and 9007199254740991)
);

create table receipts (
    id blob primary key,
    asset_id blob not null references assets (id),
    contract_id blob references contracts (id),
    kind text not null,
    payer_id blob not null references parties (id),
    amount_fen bigint not null,
    received_on date not null,
    period_from date not null,
    period_to date not null,
    document_id blob references documents (id),
    region_code text not null references regions (code),
    recorded_by blob,
    recorded_at timestamp not null,
    constraint receipt_amount_positive check (amount_fen between 1 and 9007199254740991),
    constraint receipt_period_forward check (period_to > period_from)
);
create index receipts_by_asset on receipts (asset_id, period_from);
create index receipts_by_region on receipts (region_code, id);
create index receipts_by_contract on receipts (contract_id);
create index receipts_by_payer on receipts (payer_id);
create index receipts_by_document on receipts (document_id);

create table payments (
    id blob primary key,
    account_id blob not null references accounts (id),
    payee_id blob not null references parties (id),
    purpose text not null,
    amount_fen bigint not null,
    paid_on date not null,
    document_id blob references documents (id),
    region_code text not null references regions (code),
    recorded_by blob,
    recorded_at timestamp not null,
    constraint payment_amount_positive check (amount_fen between 1 and 9007199254740991)
);
create index payments_by_account on payments (account_id);
create index payments_by_payee on payments (payee_id);
create index payments_by_document on payments (document_id);

-- What a distribution divides, and how: written when it is drafted, executed to the letter.
create table distributions (
    case_id blob primary key references cases (id),
    period_from date not null,
    period_to date not null,
    amount_fen bigint not null,
    constraint distribution_amount_positive check (amount_fen between 1 and 9007199254740991),
    constraint distribution_period_forward check (period_to > period_from)
);
create table distribution_lines (
    case_id blob not null references distributions (case_id),
    ordinal integer not null,
    asset_id blob not null references assets (id),
    party_id blob not null references parties (id),
    account_id blob not null,
    purpose text not null,
    amount_fen bigint not null,
    because text not null,
    primary key (case_id, ordinal),
    constraint line_amount_natural check (amount_fen between 0 and 9007199254740991)
);
create index distribution_lines_by_account on distribution_lines (account_id);
create index distribution_lines_by_asset on distribution_lines (asset_id);
create index distribution_lines_by_party on distribution_lines (party_id);

create table distribution_receipts (
    case_id blob not null references distributions (case_id),
    receipt_id blob not null references receipts (id),
    primary key (case_id, receipt_id)
);
create index distribution_receipts_by_receipt on distribution_receipts (receipt_id);

-- A receipt is distributed at most once.
create table distributed_receipts (
    receipt_id blob primary key references receipts (id),
    case_id blob not null references distributions (case_id)
);
create index distributed_receipts_by_case on distributed_receipts (case_id);

-- Each row moves an amount from one account (debit) to another (credit), so the ledger balances by construction.
create table ledger_entries (
    id blob primary key,
    booked_on date not null,
    recorded_at timestamp not null,
    debit_account_id blob not null references accounts (id),
    credit_account_id blob not null references accounts (id),
    amount_fen bigint not null,
    kind text not null,
    region_code text not null,
    asset_id blob references assets (id),
    party_id blob references parties (id),
    purpose text not null,
    case_id blob references cases (id),
    receipt_id blob references receipts (id),
    payment_id blob references payments (id),
    reverses_id blob references ledger_entries (id),
    entry_id blob not null references journal_entries (id),
    constraint ledger_amount_positive check (amount_fen between 1 and 9007199254740991),
    constraint ledger_between_two_accounts check (debit_account_id <> credit_account_id),
    constraint ledger_kind_known check (kind in ('receipt', 'distribution', 'payment', 'reversal')),
    constraint ledger_reversed_once unique (reverses_id),
    constraint ledger_journal_entry_unique unique (entry_id)
);
create index ledger_entries_by_debit on ledger_entries (debit_account_id, id);
create index ledger_entries_by_credit on ledger_entries (credit_account_id, id);
create index ledger_entries_by_region on ledger_entries (region_code, booked_on);
create index ledger_entries_by_asset on ledger_entries (asset_id);
create index ledger_entries_by_party on ledger_entries (party_id);
create index ledger_entries_by_case on ledger_entries (case_id);
create index ledger_entries_by_receipt on ledger_entries (receipt_id);
create index ledger_entries_by_payment on ledger_entries (payment_id);
create trigger ledger_entries_no_update before update on ledger_entries begin
    select raise(abort, 'immutable: ledger_entries');
end;
create trigger ledger_entries_no_delete before delete on ledger_entries begin
    select raise(abort, 'immutable: ledger_entries');
end;
create trigger receipts_no_update before update on receipts begin
    select raise(abort, 'immutable: receipts');
end;
create trigger receipts_no_delete before delete on receipts begin
    select raise(abort, 'immutable: receipts');
end;
create trigger payments_no_update before update on payments begin
    select raise(abort, 'immutable: payments');
end;
create trigger payments_no_delete before delete on payments begin
    select raise(abort, 'immutable: payments');
end;
create trigger distributed_receipts_no_update before update on distributed_receipts begin
    select raise(abort, 'immutable: distributed_receipts');
end;
create trigger distributed_receipts_no_delete before delete on distributed_receipts begin
    select raise(abort, 'immutable: distributed_receipts');
end;
create trigger ledger_moves_balances after insert on ledger_entries begin
    update accounts set debits_fen = debits_fen + new.amount_fen where id = new.debit_account_id;
    update accounts set credits_fen = credits_fen + new.amount_fen where id = new.credit_account_id;
end;
