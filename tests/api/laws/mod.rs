//! The laws of the three rights, held against a small model: the registry and the model live through the same random
//! acts, some of which cannot be, and must say the same of every day, now and as known at any time before.
//!
//! `LAWS_SEQUENCES` says how many sequences of acts are played on each engine, `LAWS_SEED` from which number they are
//! drawn; a sequence that fails names it.

mod cases;
mod commands;
mod exactness;
mod model;
mod readings;
mod wishes;

pub use cases::a_few_villages_live_through_what_the_model_does;
pub use commands::many_assets_live_through_what_the_model_does;
pub use exactness::a_share_is_divided_until_it_would_be_too_fine;
pub use readings::no_later_act_changes_what_was_known;

use chrono::{DateTime, TimeDelta, Utc};
use sanquan::journal;

use crate::town::Town;

/// The instant at which the town is, once everything that was done is known; the next thing happens a minute later.
async fn noted(town: &Town) -> DateTime<Utc> {
    town.journal_size().await;
    let now = town.clock.now();
    journal::settle(&town.registry.storage, now).await.unwrap();
    town.clock.advance(TimeDelta::minutes(1));
    now
}

/// An instant, as an auditor writes it down.
fn written(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// How many sequences to play, and the seed from which they are drawn.
fn drawn(usual: usize) -> (usize, u128) {
    let number = |name: &str| std::env::var(name).ok().map(|it| it.parse::<u128>().unwrap());
    let sequences = number("LAWS_SEQUENCES").map_or(usual, |it| usize::try_from(it).unwrap());
    let seed = number("LAWS_SEED").unwrap_or_else(|| uuid::Uuid::new_v4().as_u128() >> 96);
    (sequences, seed)
}
