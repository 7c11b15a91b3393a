-- One asset, as `GET /v1/assets/{id}` looks it up. Every 50th time the client draws another asset, which costs next to nothing.
\if :chosen = 0
select id as asset from assets offset floor(random() * (select count(*) from assets)) limit 1 \gset
\endif
\set chosen (:chosen + 1) % 50
select id, registry_number, name, class, category, region_code, project_id, parent_id, quantity, unit, original_value_fen, acquired_on, service_life_months, residual_rate_bp, location, specification, status, version, created_at from assets where id = :asset and region_code between '130828101000' and '130828101999' limit 1;
