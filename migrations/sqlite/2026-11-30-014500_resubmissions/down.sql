drop index cases_by_resubmission;
alter table cases drop column resubmits;
