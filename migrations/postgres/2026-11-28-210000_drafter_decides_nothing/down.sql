drop trigger case_steps_not_by_drafter on case_steps;
drop function refuse_decision_of_drafter();
