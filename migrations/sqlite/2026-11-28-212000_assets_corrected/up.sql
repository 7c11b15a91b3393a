-- All that is recorded of an asset can be corrected, and is kept with each version as it was said then.
drop trigger asset_versions_no_update;
alter table asset_versions add column class text;
alter table asset_versions add column category text;
alter table asset_versions add column region_code text;
alter table asset_versions add column project_id blob references projects (id);
alter table asset_versions add column quantity text;
alter table asset_versions add column unit text;
alter table asset_versions add column original_value_fen bigint;
alter table asset_versions add column acquired_on date;
alter table asset_versions add column service_life_months integer;
alter table asset_versions add column residual_rate_bp integer;
alter table asset_versions add column pieces text;
update asset_versions set
    class = (select it.class from assets it where it.id = asset_id),
    category = (select it.category from assets it where it.id = asset_id),
    region_code = (select it.region_code from assets it where it.id = asset_id),
    project_id = (select it.project_id from assets it where it.id = asset_id),
    quantity = (select it.quantity from assets it where it.id = asset_id),
    unit = (select it.unit from assets it where it.id = asset_id),
    original_value_fen = (select it.original_value_fen from assets it where it.id = asset_id),
    acquired_on = (select it.acquired_on from assets it where it.id = asset_id),
    service_life_months = (select it.service_life_months from assets it where it.id = asset_id),
    residual_rate_bp = (select it.residual_rate_bp from assets it where it.id = asset_id),
    pieces = (select it.pieces from assets it where it.id = asset_id);
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
create trigger asset_versions_no_update before update on asset_versions begin
    select raise(abort, 'immutable: asset_versions');
end;
-- What was recorded by mistake is void: it stays on record and counts on no day.
alter table assets drop constraint asset_status_known;
alter table assets add constraint asset_status_known check (status in ('in_use', 'idle', 'under_repair', 'scrapped', 'lost', 'disposed', 'divided', 'merged', 'voided'));
