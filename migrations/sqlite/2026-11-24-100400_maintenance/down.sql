drop table assignment_versions;
drop table maintenance_assignments;
