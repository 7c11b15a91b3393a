alter table assets drop column name_folded;
alter table parties drop column name_folded;
