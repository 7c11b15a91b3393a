drop table proceeds;
