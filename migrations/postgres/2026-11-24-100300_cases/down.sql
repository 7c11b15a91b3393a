drop table objections;
drop table notices;
drop table case_lots;
drop table case_steps;
drop table cases;
drop table policies;
