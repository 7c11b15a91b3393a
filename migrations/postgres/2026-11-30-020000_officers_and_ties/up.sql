-- Officers of a party, with the post that each of them holds.
alter table party_relations add column post text;
alter table party_relations add constraint relation_post_of_officer check (post is null or kind = 'officer_of');
-- The search for how parties are related goes along what is an interest: not to all members, employees and small shareholders
-- of whoever has thousands. `register/parties/store.rs` asks in the same words.
create index party_relations_of_interest_from on party_relations (from_id)
    where kind not in ('member', 'employed_by') and (share_num is null or share_num > (share_den - 1) / 20);
create index party_relations_of_interest_to on party_relations (to_id)
    where kind not in ('member', 'employed_by') and (share_num is null or share_num > (share_den - 1) / 20);
