alter table maintenance_assignments add constraint assignment_mode_known check (mode in ('self_managed', 'joint_stock', 'entrusted'));
alter table ledger_entries add constraint ledger_kind_known check (kind in ('receipt', 'distribution', 'payment', 'reversal'));
alter table restrictions add constraint restriction_kind_known check (kind in ('mortgage', 'pledge', 'seizure', 'dispute', 'transfer_ban'));
alter table cases add constraint case_kind_known check (kind in ('registration', 'transfer', 'distribution', 'correction', 'alteration'));
