drop table registry_keys;
