-- The figures of the policy that a plan was made with, as JSON; none for the plans of earlier releases.
alter table distributions add column terms text;

-- From its submission on a plan holds its income, until its case is rejected or withdrawn: no other plan is decided on that
-- would distribute the same. Of plans that were on their way together before this was so, the first one holds it.
alter table distribution_receipts add column held boolean not null default 0;
update distribution_receipts set held = 1
where case_id in (select id from cases where status = 'executed');
update distribution_receipts set held = 1
where case_id in (select id from cases where status in ('submitted', 'reviewed', 'noticed', 'approved'))
    and not exists (
        select 1 from distribution_receipts other join cases c on c.id = other.case_id
        where other.receipt_id = distribution_receipts.receipt_id and other.case_id <> distribution_receipts.case_id
            and (c.status = 'executed'
                or (c.status in ('submitted', 'reviewed', 'noticed', 'approved')
                    and other.case_id < distribution_receipts.case_id))
    );
create unique index income_held_once on distribution_receipts (receipt_id) where held;
