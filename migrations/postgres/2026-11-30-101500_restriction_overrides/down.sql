drop table restriction_overrides;
