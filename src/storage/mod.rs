//! Storage: two engines behind one connection type, the units of work, the migrations, and the names of the database's
//! constraints.
//!
//! Nothing outside this folder knows which engine runs. A room's store works on a [`Read`] or a [`Write`] and never
//! opens, commits or rolls back a transaction itself.

mod answers;
mod catalogue;
mod clock;
mod constraints;
pub mod copies;
mod copy;
mod engine;
mod error;
pub mod files;
pub mod folding;
mod integrity;
mod lifeline;
mod locks;
mod migrations;
mod outlet;
mod presence;
mod rights;
mod room;
pub mod rows;
pub mod schema;
mod sealing;
pub mod sql;
mod standby;
mod underway;
mod unit;

pub use answers::{Answer, claim_key, forget_answers_about, forget_answers_before, keep_answer, kept_answer};
pub use catalogue::{Difference, OddInstant, catalogue, differences, leave_traces, odd_instants, rows_of};
pub use clock::{Clock, ClockFault, ClockLimits, beginning_of, day_of};
pub use copy::copy_of_abandoned;
pub use engine::{AnyConnection, Engine, NoStandby, Target};
pub use error::{Failure, StorageError, chain, of_the_disk};
pub use integrity::integrity;
pub use locks::{Locked, lock};
pub use migrations::{Release, Standing, migrate, redo, release, standing, versions};
pub use outlet::{Outlet, Pieces};
pub use rights::lacking;
pub use room::{free_bytes, is_writable};
pub use sealing::{
    CLOCKS_APART_SECONDS, EntrySubject, NewLeaf, NewNode, Waiting, become_sealer, is_plausible, is_sealer,
    put_leaves, put_nodes, seal_up_to, seals_for_long, waiting,
};
pub use standby::{Following, Reader, Standby};
pub use unit::{Kept, NotTaken, Read, Storage, StorageSettings, Upkeep, Write, silence};

pub(crate) use engine::{each, insert_all};
pub(crate) use error::failure;
