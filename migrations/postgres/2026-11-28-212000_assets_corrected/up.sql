-- All that is recorded of an asset can be corrected, and is kept with each version as it was said then.
alter table asset_versions disable trigger asset_versions_immutable;
alter table asset_versions add column class text;
alter table asset_versions add column category text;
alter table asset_versions add column region_code text;
alter table asset_versions add column project_id uuid references projects (id);
alter table asset_versions add column quantity text;
alter table asset_versions add column unit text;
alter table asset_versions add column original_value_fen bigint;
alter table asset_versions add column acquired_on date;
alter table asset_versions add column service_life_months integer;
alter table asset_versions add column residual_rate_bp integer;
alter table asset_versions add column pieces text;
update asset_versions v set
    class = it.class,
    category = it.category,
    region_code = it.region_code,
    project_id = it.project_id,
    quantity = it.quantity,
    unit = it.unit,
    original_value_fen = it.original_value_fen,
    acquired_on = it.acquired_on,
    service_life_months = it.service_life_months,
    residual_rate_bp = it.residual_rate_bp,
    pieces = it.pieces
    from assets it where it.id = v.asset_id;
alter table asset_versions alter column class set not null;
alter table asset_versions alter column category set not null;
alter table asset_versions alter column region_code set not null;
alter table asset_versions alter column quantity set not null;
alter table asset_versions alter column unit set not null;
alter table asset_versions alter column original_value_fen set not null;
alter table asset_versions alter column acquired_on set not null;
alter table asset_versions alter column service_life_months set not null;
alter table asset_versions alter column residual_rate_bp set not null;
alter table asset_versions alter column pieces set not null;
create index asset_versions_by_project on asset_versions (project_id);
alter table asset_versions enable trigger asset_versions_immutable;
-- What was recorded by mistake is void: it stays on record and counts on no day.
alter table assets drop constraint asset_status_known;
alter table assets add constraint asset_status_known check (status in ('in_use', 'idle', 'under_repair', 'scrapped', 'lost', 'disposed', 'divided', 'merged', 'voided'));
