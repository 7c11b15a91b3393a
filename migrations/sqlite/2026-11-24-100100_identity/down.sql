drop table idempotent_answers;
drop table refresh_tokens;
drop table users;
