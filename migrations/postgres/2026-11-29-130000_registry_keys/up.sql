-- Which keys the registry uses, and which it used before: by their fingerprints, which say nothing of a secret. The last one of
-- a name counts; whoever starts with another one is told so.
create table registry_keys (
    name text not null,
    -- From 1 on, in the order in which the keys of a name were recorded.
    number integer not null,
    fingerprint text not null,
    -- The public half in base64url, for keys that have one: what they signed can be checked though they are lost.
    public_key text,
    -- Why it was recorded in the place of another one; null for the first, and for one that was renewed.
    reason text,
    recorded_at timestamp not null,
    primary key (name, number),
    constraint registry_key_name_known check (name in ('tokens', 'personal_identifiers', 'journal', 'journal_sm2', 'certificates', 'certificates_sm2')),
    constraint registry_key_number_positive check (number > 0),
    constraint registry_key_fingerprint_whole check (length(fingerprint) = 64),
    constraint registry_key_reason_said check (reason is null or length(reason) between 1 and 500)
);
create trigger registry_keys_immutable before update or delete on registry_keys
    for each row execute function refuse_change();
