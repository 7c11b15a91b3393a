create table users (
    id uuid primary key,
    username text not null,
    password_hash text not null,
    -- Codes of roles, separated by one blank, in the order of the list of roles.
    roles text not null,
    -- Twelve digits; none means the whole register.
    region_code text,
    party_id uuid,
    disabled boolean not null default false,
    -- Tokens made for an older epoch are void: raised by a new password, new roles or being disabled.
    epoch bigint not null default 1,
    version bigint not null default 1,
    created_at timestamp not null,
    constraint user_username_unique unique (username),
    constraint user_username_short check (length(username) between 1 and 64),
    constraint user_region_code_whole check (region_code is null or length(region_code) = 12)
);

-- Refresh tokens of one sign-in form a family (a session); using one twice revokes them all.
create table refresh_tokens (
    digest text primary key,
    session_id uuid not null,
    user_id uuid not null references users (id),
    epoch bigint not null,
    issued_at timestamp not null,
    expires_at timestamp not null,
    rotated_at timestamp,
    revoked_at timestamp
);
create index refresh_tokens_by_session on refresh_tokens (session_id);
create index refresh_tokens_by_user on refresh_tokens (user_id);
create index refresh_tokens_by_expiry on refresh_tokens (expires_at);

-- The first answer to an Idempotency-Key, kept in the transaction of the act itself.
create table idempotent_answers (
    user_id uuid not null,
    idempotency_key text not null,
    fingerprint text not null,
    status integer not null,
    location text,
    etag text,
    body text not null,
    answered_at timestamp not null,
    primary key (user_id, idempotency_key)
);
create index idempotent_answers_by_age on idempotent_answers (answered_at);
