alter table refresh_tokens drop column began_at;
alter table refresh_tokens drop column successor_of;
