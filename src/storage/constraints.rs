//! The names of constraints, the same on both engines.
//!
//! PostgreSQL reports them. SQLite names a violated check, but for a unique constraint it lists the columns, and for a foreign
//! key it gives no name; what it does report is only in the message.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind};

/// Every unique constraint by its columns, as SQLite lists them. A test compares this list with the migrations.
pub(super) const UNIQUE: &[(&str, &str)] = &[
    ("users.username", "user_username_unique"),
    ("parties.identifier_digest", "party_identifier_unique"),
    ("projects.code", "project_code_unique"),
    ("assets.registry_number", "asset_registry_number_unique"),
    ("policies.region_code, policies.version", "policy_version_unique"),
    ("case_steps.case_id, case_steps.step", "case_step_taken_once"),
    ("case_overrides.case_id, case_overrides.ordinal, case_overrides.rule", "case_override_named_once"),
    ("restriction_overrides.restriction_id, restriction_overrides.rule", "restriction_override_named_once"),
    ("accounts.party_id, accounts.purpose", "account_of_party_unique"),
    ("accounts.asset_id, accounts.purpose", "account_of_asset_unique"),
    ("accounts.region_code, accounts.purpose", "account_of_region_unique"),
    ("distribution_receipts.receipt_id", "income_held_once"),
    ("ledger_entries.reverses_id", "ledger_reversed_once"),
    ("ledger_entries.entry_id", "ledger_journal_entry_unique"),
];

/// The name of the constraint that refused, if one did.
pub(super) fn name(
    kind: &DatabaseErrorKind,
    info: &(dyn DatabaseErrorInformation + Send + Sync),
) -> Option<String> {
    if matches!(kind, DatabaseErrorKind::ForeignKeyViolation) {
        return Some("foreign_key".to_owned());
    }
    if let Some(name) = info.constraint_name() {
        return Some(name.to_owned());
    }
    let message = info.message();
    if let Some(columns) = message.strip_prefix("UNIQUE constraint failed: ") {
        let named = UNIQUE.iter().find(|(of, _)| *of == columns).map(|(_, name)| *name);
        // Primary keys are not named by us; the name of the table identifies them.
        let primary = || format!("{}_pkey", columns.split('.').next().unwrap_or_default());
        return Some(named.map_or_else(primary, str::to_owned));
    }
    if let Some(name) = message.strip_prefix("CHECK constraint failed: ") {
        return Some(name.to_owned());
    }
    if let Some(name) = message.strip_prefix("constraint: ") {
        return Some(name.to_owned());
    }
    message.starts_with("immutable: ").then(|| "immutable".to_owned())
}
