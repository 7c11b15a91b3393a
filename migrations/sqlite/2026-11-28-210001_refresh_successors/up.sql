-- Which token a refresh token was handed out for, and when its session began: a second use of a token is forgiven only
-- while nothing that came of the first one was used, and no session lasts for ever.
alter table refresh_tokens add column successor_of text;
alter table refresh_tokens add column began_at timestamp;
