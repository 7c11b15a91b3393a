-- What is searched for in names, without differences of case, width and composition: derived from the name by the program, which
-- fills it in at its start wherever it is empty.
alter table parties add column name_folded text not null default '';
alter table assets add column name_folded text not null default '';
-- Whoever starts finds at once that there is nothing to fill in.
create index parties_unfolded on parties (id) where name_folded = '';
create index assets_unfolded on assets (id) where name_folded = '';
