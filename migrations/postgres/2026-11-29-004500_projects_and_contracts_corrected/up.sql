-- All that is recorded of a project and of a contract can be corrected, or is void, and is kept with each version as it was
-- said then. What belongs to one, line by line, says from which version on it was said, and until which one.
alter table projects add column status text not null default 'recorded'
    constraint project_status_known check (status in ('recorded', 'voided'));
create table project_versions (
    project_id uuid not null references projects (id),
    version bigint not null,
    code text not null,
    name text not null,
    year integer not null,
    region_code text not null,
    status text not null,
    -- The case that decided it; none for what whoever recorded it said.
    case_id uuid references cases (id),
    entry_id uuid not null references journal_entries (id),
    primary key (project_id, version),
    constraint project_version_status_known check (status in ('recorded', 'voided'))
);
create index project_versions_by_case on project_versions (case_id);
create index project_versions_by_entry on project_versions (entry_id);
insert into project_versions (project_id, version, code, name, year, region_code, status, entry_id)
select it.id, 1, it.code, it.name, it.year, it.region_code, 'recorded', e.id
from projects it
join journal_subjects s on s.subject_id = it.id
join journal_entries e on e.id = s.entry_id and e.action = 'project_recorded';
create trigger project_versions_immutable before update or delete on project_versions
    for each row execute function refuse_change();

alter table funding_lines add column since_version bigint not null default 1;
alter table funding_lines add column until_version bigint
    constraint funding_line_forward check (until_version is null or until_version > since_version);
create function funding_lines_only_close() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.until_version is not null or new.until_version is null
        or not (new.project_id = old.project_id and new.ordinal = old.ordinal and new.source = old.source
            and new.amount_fen = old.amount_fen and new.since_version = old.since_version) then
        raise exception 'immutable: funding_lines' using errcode = 'integrity_constraint_violation', constraint = 'immutable';
    end if;
    return new;
end $$;
create trigger funding_lines_only_close before update or delete on funding_lines
    for each row execute function funding_lines_only_close();

alter table contracts add column status text not null default 'recorded'
    constraint contract_status_known check (status in ('recorded', 'voided'));
create table contract_versions (
    contract_id uuid not null references contracts (id),
    version bigint not null,
    region_code text not null,
    lessor_id uuid not null references parties (id),
    lessee_id uuid not null references parties (id),
    term_from date not null,
    term_to date,
    -- The identifiers of what is let, with a blank between them.
    asset_ids text not null,
    status text not null,
    -- The case that decided the correction; none for what no correction said.
    case_id uuid references cases (id),
    entry_id uuid not null references journal_entries (id),
    primary key (contract_id, version),
    constraint contract_version_term_forward check (term_to is null or term_to > term_from),
    constraint contract_version_status_known check (status in ('recorded', 'voided'))
);
create index contract_versions_by_lessor on contract_versions (lessor_id);
create index contract_versions_by_lessee on contract_versions (lessee_id);
create index contract_versions_by_case on contract_versions (case_id);
create index contract_versions_by_entry on contract_versions (entry_id);
-- Each entry that spoke of a contract made a version of it, and names what it was about then.
insert into contract_versions
    (contract_id, version, region_code, lessor_id, lessee_id, term_from, term_to, asset_ids, status, entry_id)
select it.id, spoke.version, it.region_code, it.lessor_id, it.lessee_id, it.term_from, it.term_to,
    coalesce((select string_agg(a.asset_id::text, ' ' order by a.asset_id) from contract_assets a
        join journal_subjects s on s.subject_id = a.asset_id and s.entry_id = spoke.entry_id
        where a.contract_id = it.id), ''),
    'recorded', spoke.entry_id
from contracts it
join (
    select s.subject_id, e.id as entry_id, row_number() over (partition by s.subject_id order by e.id) as version
    from journal_subjects s join journal_entries e on e.id = s.entry_id
    where e.action in ('contract_concluded', 'contract_ended', 'contract_resumed', 'contract_carried_over')
) spoke on spoke.subject_id = it.id;
create trigger contract_versions_immutable before update or delete on contract_versions
    for each row execute function refuse_change();

alter table contract_dues add column since_version bigint not null default 1;
alter table contract_dues add column until_version bigint
    constraint contract_due_forward check (until_version is null or until_version > since_version);
create function contract_dues_only_close() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.until_version is not null or new.until_version is null
        or not (new.contract_id = old.contract_id and new.ordinal = old.ordinal and new.due_on = old.due_on
            and new.amount_fen = old.amount_fen and new.since_version = old.since_version) then
        raise exception 'immutable: contract_dues' using errcode = 'integrity_constraint_violation', constraint = 'immutable';
    end if;
    return new;
end $$;
create trigger contract_dues_only_close before update or delete on contract_dues
    for each row execute function contract_dues_only_close();
