//! What can keep the registry from its work.

use crate::values::closed_enum;

closed_enum! {
    /// What keeps the registry from its work.
    pub(crate) enum Hindrance {
        /// No connection to the database can be opened, or those that are open break.
        DatabaseUnreachable = "database_unreachable",
        /// The database has not answered for some seconds.
        DatabaseBusy = "database_busy",
        /// The database answers, and not as a registry's does: the log says what it said.
        DatabaseFailing = "database_failing",
        /// The file of the database is damaged.
        DatabaseDamaged = "database_damaged",
        /// The role of the database may not do what the registry does.
        DatabaseDenied = "database_denied",
        /// Migrations of this program are missing in the database.
        MigrationsMissing = "migrations_missing",
        /// The database has migrations that this program does not know: it is of a later release.
        MigrationsUnknown = "migrations_unknown",
        /// The database can only be read.
        DatabaseReadOnly = "database_read_only",
        /// There is no room left on a disk.
        StorageFull = "storage_full",
        /// Entries have waited to be sealed for longer than they should.
        SealingBehind = "sealing_behind",
        /// The journal does not go on from what was signed before.
        SigningRefused = "signing_refused",
        /// The keys of this server are not those on record: the log says which.
        KeysUnfit = "keys_unfit",
        /// The clock of the server is behind the last sealed instant.
        ClockBehind = "clock_behind",
        /// The clock of the server is far ahead of the last sealed instant.
        ClockAhead = "clock_ahead",
    }
}
