-- What is open is asked for by region, and what somebody owes or is owed when a party ends: only of what is open, however much was settled.
create index proceeds_open on proceeds (region_code, id) where received_fen < amount_fen and lapsed = 0;
