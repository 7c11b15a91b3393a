//! Sanquan (三权), floor by floor. Every import runs downwards.
//!
//! | floor | answers for |
//! | --- | --- |
//! | [`cli`], [`demo`] | the command line, and the demo county |
//! | [`http`] | the face: the shell that every wing uses, and a wing for each room |
//! | [`backup`] | backups, and registries restored from them |
//! | [`verify`] | checking a journal, and the tables beside it, without trusting who wrote them |
//! | [`acts`] | acts that go through a case and are checked for asset loss |
//! | [`maintenance`] | who keeps assets in repair |
//! | [`money`] | accounts, the ledger, contracts, receipts, distributions |
//! | [`loss`] | facts, loss rules, findings: pure |
//! | [`cases`] | the life of a case, notices, policies |
//! | [`register`] | regions, parties, projects, documents, assets, rights |
//! | [`identity`] | users, roles, scopes, tokens, keys |
//! | [`journal`] | every change, once |
//! | [`jobs`] | work in the background |
//! | [`storage`] | two engines, units of work, schema, migrations |
//! | [`logging`] | what is logged, and that nothing waits for it |
//! | [`values`], [`settings`] | small values that mean the same everywhere; configuration |

pub mod acts;
pub mod backup;
pub mod cases;
pub mod cli;
pub mod demo;
pub mod http;
pub mod identity;
pub mod jobs;
pub mod journal;
pub mod logging;
pub mod loss;
pub mod maintenance;
pub mod money;
pub mod register;
pub mod settings;
pub mod storage;
pub mod values;
pub mod verify;
