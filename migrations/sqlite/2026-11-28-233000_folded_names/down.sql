drop index assets_unfolded;
drop index parties_unfolded;
alter table assets drop column name_folded;
alter table parties drop column name_folded;
