-- A receipt, as `POST /v1/receipts` records it. Every 50th time the client draws another asset, with all that a receipt of it
-- says; the texts are those of a receipt on record. New identifiers are numbers that no other client and no other run has.
\if :chosen = 0
select a.id as asset, a.region_code as region, r.payer_id as payer, r.recorded_by as recorder, i.id as income, e.id as external, array[i.id, e.id] as accounts, j.facts, k.body, k.location, k.fingerprint, now() at time zone 'utc' as moment from assets a join receipts r on r.asset_id = a.id join accounts i on i.asset_id = a.id and i.purpose = 'income' join accounts e on e.region_code = a.region_code and e.purpose = 'external' and e.party_id is null and e.asset_id is null join ledger_entries l on l.receipt_id = r.id join journal_entries j on j.id = l.entry_id join idempotent_answers k on k.location = '/v1/receipts/' || r.id offset floor(random() * (select count(*) from assets)) limit 1 \gset
\endif
\set chosen (:chosen + 1) % 50
\set made :made + 1
\set n (:run * 1000 + :client_id) * 10000000 + :made
begin isolation level read committed;
select user_id, idempotency_key, fingerprint, status, location, etag, body, answered_at from idempotent_answers where user_id = :recorder and idempotency_key = :n limit 1;
select region_code, exists (select from parties where id = :payer), exists (select from documents where id = null), exists (select from contract_assets where contract_id = null and asset_id = :asset), exists (select from accounts where id = :income), exists (select from accounts where accounts.region_code = assets.region_code and purpose = 'external' and party_id is null and asset_id is null) from assets where id = :asset and region_code between '130828101000' and '130828101999' limit 1;
insert into receipts (id, asset_id, contract_id, kind, payer_id, amount_fen, received_on, period_from, period_to, document_id, region_code, recorded_by, recorded_at) values (lpad(to_hex(:n::bigint), 32, '0')::uuid, :asset, null, 'rent', :payer, 7200000, '2025-07-03', '2025-01-01', '2026-01-01', null, :region, :recorder, :moment);
select id from accounts where id = any(:accounts) order by id for update;
insert into journal_entries (id, at, actor_id, action, region_code, facts, request_id, feed) values (lpad(to_hex(:n::bigint), 32, '0')::uuid, :moment, :recorder, 'receipt_booked', :region, :facts, '7ea0e8ff-b8af-4267-a378-b84cab8c3aea', 'income');
insert into journal_subjects (subject_id, entry_id, changed) values (:asset, lpad(to_hex(:n::bigint), 32, '0')::uuid, false), (:payer, lpad(to_hex(:n::bigint), 32, '0')::uuid, false), (lpad(to_hex(:n::bigint), 32, '0')::uuid, lpad(to_hex(:n::bigint), 32, '0')::uuid, true);
insert into journal_pending (entry_id) values (lpad(to_hex(:n::bigint), 32, '0')::uuid);
insert into ledger_entries (id, booked_on, recorded_at, debit_account_id, credit_account_id, amount_fen, kind, region_code, asset_id, party_id, purpose, case_id, receipt_id, payment_id, reverses_id, entry_id) values (lpad(to_hex(:n::bigint), 32, '0')::uuid, '2025-07-03', :moment, :external, :income, 7200000, 'receipt', :region, :asset, :payer, 'income', null, lpad(to_hex(:n::bigint), 32, '0')::uuid, null, null, lpad(to_hex(:n::bigint), 32, '0')::uuid);
insert into idempotent_answers (user_id, idempotency_key, fingerprint, status, location, etag, body, answered_at) values (:recorder, :n, :fingerprint, 201, :location, '"1"', :body, :moment);
commit;
