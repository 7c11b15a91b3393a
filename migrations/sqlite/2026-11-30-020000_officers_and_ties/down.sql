drop index party_relations_of_interest_to;
drop index party_relations_of_interest_from;
alter table party_relations drop constraint relation_post_of_officer;
alter table party_relations drop column post;
