drop index proceeds_open;
