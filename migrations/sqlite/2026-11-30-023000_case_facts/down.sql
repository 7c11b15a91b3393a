drop index cases_by_place;
drop table case_facts;
