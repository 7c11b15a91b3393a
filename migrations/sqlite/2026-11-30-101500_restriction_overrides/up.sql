-- What the county named when it recorded a restriction although a loss rule sent it there, rule by rule: as approvals of cases do.
create table restriction_overrides (
    id blob not null primary key,
    restriction_id blob not null references restrictions (id),
    rule text not null,
    -- Why the county agrees all the same: free text, which the journal knows by a digest only.
    reason text not null,
    -- What the rule had found then.
    findings text not null,
    -- The region of its asset on that day.
    region_code text not null references regions (code),
    named_by blob not null,
    named_at timestamp not null,
    salt blob not null,
    constraint restriction_override_named_once unique (restriction_id, rule)
);
create index restriction_overrides_by_region on restriction_overrides (region_code, id);
create index restriction_overrides_by_rule on restriction_overrides (rule, region_code, id);
create trigger restriction_overrides_no_update before update on restriction_overrides begin
    select raise(abort, 'immutable: restriction_overrides');
end;
create trigger restriction_overrides_no_delete before delete on restriction_overrides begin
    select raise(abort, 'immutable: restriction_overrides');
end;

-- Those that were recorded before, each with the author of its entry. An identifier begins with the instant of the restriction, so that
-- it stands in the order of the approvals.
insert into restriction_overrides (id, restriction_id, rule, reason, findings, region_code, named_by, named_at, salt)
    select unhex(substr(hex(it.id), 1, 12) || '7' || substr(hex(randomblob(2)), 1, 3) || '8' || substr(hex(randomblob(8)), 1, 15)),
        it.id, json_extract(named.value, '$.rule'), json_extract(named.value, '$.reason'),
        (select json_group_array(json(found.value)) from json_each(it.findings, '$.findings') as found
            where json_extract(found.value, '$.rule') = json_extract(named.value, '$.rule')
                and json_extract(found.value, '$.severity') = 'escalate'),
        entry.region_code, entry.actor_id, it.recorded_at, randomblob(16)
    from restrictions as it, json_each(it.findings, '$.overrides') as named
        inner join journal_subjects as subject on subject.subject_id = it.id
        inner join journal_entries as entry on entry.id = subject.entry_id and entry.action = 'restriction_imposed'
    where it.findings like '{%' and entry.actor_id is not null;
