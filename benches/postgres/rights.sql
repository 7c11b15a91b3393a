-- The rights in an asset, as `GET /v1/assets/{id}/rights` looks them up. Every 50th time the client draws another asset.
\if :chosen = 0
select id as asset, array[id] as assets from assets offset floor(random() * (select count(*) from assets)) limit 1 \gset
\endif
\set chosen (:chosen + 1) % 50
begin isolation level repeatable read read only;
select r.id, r.asset_id, r.kind, r.holder_id, r.grantor_id, r.share_num, r.share_den, r.valid_from, r.valid_to, r.begun_by, r.ended_by, r.recorded_from, r.recorded_to, parties.name from rights r join assets on r.asset_id = assets.id join parties on parties.id = r.holder_id where r.asset_id = :asset and assets.region_code between '130828101000' and '130828101999' and r.recorded_to is null order by r.valid_from, r.id;
select id, asset_id, kind, holder_id, amount_fen, valid_from, valid_to, document_id, released_on, version, recorded_at from restrictions where asset_id = any(:assets) order by asset_id, id;
select id, asset_id, responsible_id, mode, valid_from, valid_to, duties, inspect_every_days, budget_fen, version, recorded_at from maintenance_assignments where asset_id = :asset order by valid_from;
rollback;
