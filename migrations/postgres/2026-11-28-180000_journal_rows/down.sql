alter table objections drop column salt;
alter table case_steps drop column salt;
alter table party_versions drop column salt;
alter table parties drop column salt;
alter table documents drop column salt;
alter table users drop column salt;
drop table journaled_tables;
drop table journal_rows;
alter table journal_pending drop column rows;
