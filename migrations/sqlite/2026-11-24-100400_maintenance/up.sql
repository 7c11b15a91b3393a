create table maintenance_assignments (
    id blob primary key,
    asset_id blob not null references assets (id),
    responsible_id blob not null references parties (id),
    mode text not null,
    valid_from date not null,
    valid_to date,
    duties text not null,
    inspect_every_days integer not null,
    budget_fen bigint,
    version bigint not null default 1,
    recorded_at timestamp not null,
    constraint assignment_mode_known check (mode in ('self_managed', 'joint_stock', 'entrusted')),
    constraint assignment_period_forward check (valid_to is null or valid_to > valid_from),
    constraint assignment_inspection_positive check (inspect_every_days > 0),
    constraint assignment_budget_natural check (budget_fen is null or budget_fen between 0 and 9007199254740991)
);
create index maintenance_assignments_by_asset on maintenance_assignments (asset_id, valid_from);
create index maintenance_assignments_by_responsible on maintenance_assignments (responsible_id);
-- An asset has at most one responsible body on any day.
create trigger assignment_one_at_a_time_on_insert before insert on maintenance_assignments
when exists (select 1 from maintenance_assignments it where it.asset_id = new.asset_id and it.id <> new.id
        and (it.valid_to is null or it.valid_to > new.valid_from)
        and (new.valid_to is null or new.valid_to > it.valid_from))
begin
    select raise(abort, 'constraint: assignment_one_at_a_time');
end;
create trigger assignment_one_at_a_time_on_update before update on maintenance_assignments
when exists (select 1 from maintenance_assignments it where it.asset_id = new.asset_id and it.id <> new.id
        and (it.valid_to is null or it.valid_to > new.valid_from)
        and (new.valid_to is null or new.valid_to > it.valid_from))
begin
    select raise(abort, 'constraint: assignment_one_at_a_time');
end;

-- What was said of an assignment, version by version, each with the journal entry that said it.
create table assignment_versions (
    assignment_id blob not null references maintenance_assignments (id),
    version bigint not null,
    valid_to date,
    entry_id blob not null references journal_entries (id),
    primary key (assignment_id, version)
);
create index assignment_versions_by_entry on assignment_versions (entry_id);
create trigger assignment_versions_no_update before update on assignment_versions begin
    select raise(abort, 'immutable: assignment_versions');
end;
create trigger assignment_versions_no_delete before delete on assignment_versions begin
    select raise(abort, 'immutable: assignment_versions');
end;
