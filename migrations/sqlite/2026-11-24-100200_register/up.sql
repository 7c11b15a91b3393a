create table regions (
    code text primary key,
    name text not null,
    level text not null,
    version bigint not null default 1,
    created_at timestamp not null,
    constraint region_code_whole check (length(code) = 12),
    constraint region_level_known check (level in ('province', 'city', 'county', 'township', 'village'))
);

create table parties (
    id blob primary key,
    kind text not null,
    sector text not null,
    name text not null,
    region_code text not null references regions (code),
    identifier_scheme text not null,
    -- Personal identifiers are kept sealed; what is shown of them is masked, and equality is told by a keyed digest.
    identifier_shown text,
    identifier_sealed text,
    identifier_digest text,
    ended_on date,
    version bigint not null default 1,
    created_at timestamp not null,
    constraint party_identifier_unique unique (identifier_digest),
    constraint party_name_present check (length(name) >= 1),
    constraint party_sector_known check (sector in ('state', 'collective', 'private'))
);
create index parties_by_region on parties (region_code, id);

create table party_relations (
    id blob primary key,
    from_id blob not null references parties (id),
    to_id blob not null references parties (id),
    kind text not null,
    share_num bigint,
    share_den bigint,
    valid_from date not null,
    valid_to date,
    version bigint not null default 1,
    recorded_at timestamp not null,
    constraint relation_between_two check (from_id <> to_id),
    constraint relation_share_within_whole check (share_num is null or (share_num > 0 and share_num <= share_den)),
    constraint relation_period_forward check (valid_to is null or valid_to > valid_from)
);
create index party_relations_from on party_relations (from_id);
create index party_relations_to on party_relations (to_id);

create table projects (
    id blob primary key,
    code text not null,
    name text not null,
    year integer not null,
    region_code text not null references regions (code),
    version bigint not null default 1,
    created_at timestamp not null,
    constraint project_code_unique unique (code)
);
create index projects_by_region on projects (region_code, id);

create table funding_lines (
    project_id blob not null references projects (id),
    ordinal integer not null,
    source text not null,
    amount_fen bigint not null,
    primary key (project_id, ordinal),
    constraint funding_amount_positive check (amount_fen between 1 and 9007199254740991)
);

create table documents (
    id blob primary key,
    -- SHA-256 of the bytes, in hexadecimal: the name of the object in the store.
    sha256 text not null,
    size bigint not null,
    media_type text not null,
    name text not null,
    region_code text not null,
    created_by blob,
    created_at timestamp not null,
    constraint document_sha256_whole check (length(sha256) = 64)
);
create index documents_by_content on documents (sha256);

create table assets (
    id blob primary key,
    registry_number text not null,
    name text not null,
    class text not null,
    category text not null,
    region_code text not null references regions (code),
    project_id blob references projects (id),
    parent_id blob references assets (id),
    -- What it was merged into.
    merged_into_id blob references assets (id),
    quantity text not null,
    unit text not null,
    original_value_fen bigint not null,
    acquired_on date not null,
    service_life_months integer not null,
    residual_rate_bp integer not null,
    location text,
    specification text,
    status text not null,
    -- The days on which it counts: before them what it came from does, after them what became of it. None for no bound.
    counts_from date,
    counts_to date,
    version bigint not null default 1,
    created_at timestamp not null,
    constraint asset_registry_number_unique unique (registry_number),
    constraint asset_class_known check (class in ('operating', 'public_welfare', 'household')),
    constraint asset_status_known check (status in ('in_use', 'idle', 'under_repair', 'scrapped', 'lost', 'disposed', 'divided', 'merged')),
    constraint asset_original_value_natural check (original_value_fen between 0 and 9007199254740991),
    constraint asset_service_life_positive check (service_life_months > 0),
    constraint asset_residual_rate_within_whole check (residual_rate_bp between 0 and 10000),
    constraint asset_not_its_own_part check (parent_id is null or parent_id <> id),
    constraint asset_merged_into_another check ((status = 'merged') = (merged_into_id is not null) and (merged_into_id is null or merged_into_id <> id)),
    -- Nothing that is divided or gone is counted beside what became of it.
    constraint asset_ended_counts_no_more check ((status in ('in_use', 'idle', 'under_repair')) = (counts_to is null))
);
create index assets_by_region on assets (region_code, id);
create index assets_by_project on assets (project_id);
create index assets_by_parent on assets (parent_id);
create index assets_by_merger on assets (merged_into_id);

-- The act that changed rights. Chains of title are chains of instruments.
create table instruments (
    id blob primary key,
    kind text not null,
    case_id blob,
    effective_on date not null,
    recorded_at timestamp not null,
    entry_id blob not null references journal_entries (id)
);
create index instruments_by_case on instruments (case_id);
create index instruments_by_entry on instruments (entry_id);

create table instrument_documents (
    instrument_id blob not null references instruments (id),
    document_id blob not null references documents (id),
    primary key (instrument_id, document_id)
);
create index instrument_documents_by_document on instrument_documents (document_id);

-- What an instrument moved. Nobody is the giver of a first registration, and nobody the receiver where a right ends.
create table instrument_moves (
    instrument_id blob not null references instruments (id),
    ordinal integer not null,
    asset_id blob not null references assets (id),
    kind text not null,
    from_id blob references parties (id),
    to_id blob references parties (id),
    share_num bigint not null,
    share_den bigint not null,
    consideration_fen bigint,
    primary key (instrument_id, ordinal),
    constraint move_concerns_somebody check (from_id is not null or to_id is not null),
    constraint move_share_within_whole check (share_num > 0 and share_num <= share_den),
    constraint move_consideration_natural check (consideration_fen is null or consideration_fen between 0 and 9007199254740991)
);
create index instrument_moves_by_asset on instrument_moves (asset_id, kind);
create index instrument_moves_from on instrument_moves (from_id);
create index instrument_moves_to on instrument_moves (to_id);

-- Rights in two times: valid_* in the world, recorded_* in the register. A row is never edited; recording something
-- else about it closes the recorded interval and opens another row.
create table rights (
    id blob primary key,
    asset_id blob not null references assets (id),
    kind text not null,
    holder_id blob not null references parties (id),
    -- The owner out of whose part a management or income right was granted; none for all owners pro rata.
    grantor_id blob references parties (id),
    -- The parties through whose hands it came, the owner's grantee first, separated by blanks: no right outlives theirs.
    through text not null default '',
    share_num bigint not null,
    share_den bigint not null,
    valid_from date not null,
    valid_to date,
    begun_by blob not null references instruments (id),
    ended_by blob references instruments (id),
    recorded_from timestamp not null,
    recorded_to timestamp,
    -- The entries that put the row on record and took it off: their places in the journal tell as of when it was known.
    recorded_by blob not null references journal_entries (id),
    superseded_by blob references journal_entries (id),
    constraint right_kind_known check (kind in ('ownership', 'management', 'income')),
    constraint right_share_within_whole check (share_num > 0 and share_num <= share_den),
    constraint right_period_forward check (valid_to is null or valid_to > valid_from),
    constraint right_ownership_not_granted check (kind <> 'ownership' or (grantor_id is null and through = '')),
    constraint right_recorded_forward check (recorded_to is null or recorded_to >= recorded_from),
    constraint right_superseded_whole check ((recorded_to is null) = (superseded_by is null))
);
create index rights_by_asset on rights (asset_id, kind, valid_from);
create index rights_by_holder on rights (holder_id, kind);
create index rights_by_grantor on rights (grantor_id);
create index rights_begun_by on rights (begun_by);
create index rights_ended_by on rights (ended_by);
create index rights_recorded_by on rights (recorded_by);
create index rights_superseded_by on rights (superseded_by);

create table restrictions (
    id blob primary key,
    asset_id blob not null references assets (id),
    kind text not null,
    holder_id blob not null references parties (id),
    amount_fen bigint,
    valid_from date not null,
    valid_to date,
    document_id blob references documents (id),
    released_on date,
    version bigint not null default 1,
    recorded_at timestamp not null,
    constraint restriction_kind_known check (kind in ('mortgage', 'pledge', 'seizure', 'dispute', 'transfer_ban')),
    constraint restriction_amount_natural check (amount_fen is null or amount_fen between 0 and 9007199254740991),
    constraint restriction_period_forward check (valid_to is null or valid_to > valid_from)
);
create index restrictions_by_asset on restrictions (asset_id);
create index restrictions_by_holder on restrictions (holder_id);
create index restrictions_by_document on restrictions (document_id);
create trigger instruments_no_update before update on instruments begin
    select raise(abort, 'immutable: instruments');
end;
create trigger instruments_no_delete before delete on instruments begin
    select raise(abort, 'immutable: instruments');
end;
create trigger instrument_documents_no_update before update on instrument_documents begin
    select raise(abort, 'immutable: instrument_documents');
end;
create trigger instrument_documents_no_delete before delete on instrument_documents begin
    select raise(abort, 'immutable: instrument_documents');
end;
create trigger instrument_moves_no_update before update on instrument_moves begin
    select raise(abort, 'immutable: instrument_moves');
end;
create trigger instrument_moves_no_delete before delete on instrument_moves begin
    select raise(abort, 'immutable: instrument_moves');
end;
-- The only change of a right: the closing of its recorded interval, once.
create trigger rights_only_close before update on rights
when old.recorded_to is not null or new.recorded_to is null
    or not (new.id is old.id and new.asset_id is old.asset_id and new.kind is old.kind and new.holder_id is old.holder_id and new.grantor_id is old.grantor_id and new.through is old.through and new.share_num is old.share_num and new.share_den is old.share_den and new.valid_from is old.valid_from and new.valid_to is old.valid_to and new.begun_by is old.begun_by and new.ended_by is old.ended_by and new.recorded_from is old.recorded_from and new.recorded_by is old.recorded_by)
begin
    select raise(abort, 'immutable: rights');
end;
create trigger rights_no_delete before delete on rights begin
    select raise(abort, 'immutable: rights');
end;

-- What was said of a thing, version by version, each with the journal entry that said it: how the registry knew it then.
create table asset_versions (
    asset_id blob not null references assets (id),
    version bigint not null,
    name text not null,
    location text,
    specification text,
    status text not null,
    merged_into_id blob references assets (id),
    counts_to date,
    entry_id blob not null references journal_entries (id),
    primary key (asset_id, version)
);
create index asset_versions_by_merger on asset_versions (merged_into_id);
create index asset_versions_by_entry on asset_versions (entry_id);
-- The names of persons can be erased when the law asks for it; nothing else here ever changes.
create table party_versions (
    party_id blob not null references parties (id),
    version bigint not null,
    name text not null,
    ended_on date,
    entry_id blob not null references journal_entries (id),
    primary key (party_id, version)
);
create index party_versions_by_entry on party_versions (entry_id);
create table relation_versions (
    relation_id blob not null references party_relations (id),
    version bigint not null,
    valid_to date,
    entry_id blob not null references journal_entries (id),
    primary key (relation_id, version)
);
create index relation_versions_by_entry on relation_versions (entry_id);
create table restriction_versions (
    restriction_id blob not null references restrictions (id),
    version bigint not null,
    released_on date,
    entry_id blob not null references journal_entries (id),
    primary key (restriction_id, version)
);
create index restriction_versions_by_entry on restriction_versions (entry_id);
create trigger asset_versions_no_update before update on asset_versions begin
    select raise(abort, 'immutable: asset_versions');
end;
create trigger asset_versions_no_delete before delete on asset_versions begin
    select raise(abort, 'immutable: asset_versions');
end;
create trigger relation_versions_no_update before update on relation_versions begin
    select raise(abort, 'immutable: relation_versions');
end;
create trigger relation_versions_no_delete before delete on relation_versions begin
    select raise(abort, 'immutable: relation_versions');
end;
create trigger restriction_versions_no_update before update on restriction_versions begin
    select raise(abort, 'immutable: restriction_versions');
end;
create trigger restriction_versions_no_delete before delete on restriction_versions begin
    select raise(abort, 'immutable: restriction_versions');
end;
create trigger party_versions_only_forget_names before update on party_versions
when new.name <> '' or not (new.party_id is old.party_id and new.version is old.version and new.ended_on is old.ended_on and new.entry_id is old.entry_id)
begin
    select raise(abort, 'immutable: party_versions');
end;
create trigger party_versions_no_delete before delete on party_versions begin
    select raise(abort, 'immutable: party_versions');
end;
