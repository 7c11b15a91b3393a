alter table case_steps drop column notice_id;
drop table paper_notices;
