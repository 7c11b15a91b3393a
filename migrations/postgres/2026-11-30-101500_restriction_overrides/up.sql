-- What the county named when it recorded a restriction although a loss rule sent it there, rule by rule: as approvals of cases do.
create table restriction_overrides (
    id uuid primary key,
    restriction_id uuid not null references restrictions (id),
    rule text not null,
    -- Why the county agrees all the same: free text, which the journal knows by a digest only.
    reason text not null,
    -- What the rule had found then.
    findings text not null,
    -- The region of its asset on that day.
    region_code text not null references regions (code),
    named_by uuid not null,
    named_at timestamp not null,
    salt uuid not null,
    constraint restriction_override_named_once unique (restriction_id, rule)
);
create index restriction_overrides_by_region on restriction_overrides (region_code, id);
create index restriction_overrides_by_rule on restriction_overrides (rule, region_code, id);
create trigger restriction_overrides_immutable before update or delete on restriction_overrides
    for each row execute function refuse_change();

-- Those that were recorded before, each with the author of its entry. An identifier begins with the instant of the restriction, so that
-- it stands in the order of the approvals.
insert into restriction_overrides (id, restriction_id, rule, reason, findings, region_code, named_by, named_at, salt)
    select overlay(gen_random_uuid()::text placing substr(it.id::text, 1, 13) || '-7' from 1)::uuid,
        it.id, named.value ->> 'rule', named.value ->> 'reason',
        (select coalesce(jsonb_agg(found.value), '[]'::jsonb) from jsonb_array_elements(it.findings::jsonb -> 'findings') as found (value)
            where found.value ->> 'rule' = named.value ->> 'rule' and found.value ->> 'severity' = 'escalate')::text,
        entry.region_code, entry.actor_id, it.recorded_at, gen_random_uuid()
    from restrictions as it
        cross join lateral jsonb_array_elements(
            case when it.findings like '{%' then it.findings::jsonb -> 'overrides' else '[]'::jsonb end
        ) as named (value)
        inner join journal_subjects as subject on subject.subject_id = it.id
        inner join journal_entries as entry on entry.id = subject.entry_id and entry.action = 'restriction_imposed'
    where entry.actor_id is not null;
