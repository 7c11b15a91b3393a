-- The case that a case asks for anew, after that was rejected or withdrawn.
alter table cases add column resubmits uuid references cases (id);
create index cases_by_resubmission on cases (resubmits);
