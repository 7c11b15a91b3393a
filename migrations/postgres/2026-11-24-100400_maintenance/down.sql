drop table assignment_versions;
drop table maintenance_assignments;
drop function assignment_one_at_a_time();
