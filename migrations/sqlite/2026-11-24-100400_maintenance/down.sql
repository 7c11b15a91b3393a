drop table maintenance_assignments;
