//! What the server counts, for Prometheus.

use std::{
    sync::atomic::AtomicU64,
    time::{Duration, Instant},
};

use actix_web::http::StatusCode;
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry as Exposition,
};

use crate::{
    http::shell::{hindrance::Hindrance, readiness::Seen, registry::Registry},
    jobs::{JobName, Progress},
    logging,
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct RequestLabels {
    /// One of [`METHODS`] that the address offers, or `other`: anybody may invent methods, and each would be a series for ever.
    method: &'static str,
    /// The pattern of the address, never the address itself, so that their number is bounded.
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    job: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReadLabels {
    server: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

/// The methods that are counted by name.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Declares what is counted: each by its name, what it tells, and its kind.
macro_rules! counted {
    ($($field:ident: $kind:ty = $name:literal, $help:literal;)+) => {
        /// The counters of one server.
        #[derive(Debug)]
        pub(crate) struct Metrics {
            exposition: Exposition,
            seconds: Family<RouteLabels, Histogram, fn() -> Histogram>,
            $($field: $kind,)+
        }

        impl Default for Metrics {
            fn default() -> Self {
                let mut exposition = Exposition::with_prefix("sanquan");
                let seconds: Family<RouteLabels, Histogram, fn() -> Histogram> =
                    Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.0005, 2.0, 16)));
                exposition.register("http_request_duration_seconds", "How long requests took", seconds.clone());
                $(
                    let $field = <$kind>::default();
                    exposition.register($name, $help, $field.clone());
                )+
                Self { exposition, seconds, $($field,)+ }
            }
        }
    };
}

counted! {
    requests: Family<RequestLabels, Counter> = "http_requests", "Requests answered";
    in_use: Gauge = "storage_connections_in_use", "Database connections in use";
    open: Gauge = "storage_connections_open", "Database connections open";
    waits: Counter = "storage_waits", "How often a unit of work waited for a connection, or for its turn to write";
    standby_usable: Gauge = "storage_standby_usable", "1 where reads may go to the standby; 0 where they do not, and where no standby is set";
    standby_lag: Gauge<f64, AtomicU64> = "storage_standby_lag_seconds", "How far the standby is behind the primary at most, in seconds";
    reads: Family<ReadLabels, Counter> = "storage_reads", "Reads that a standby may answer, by who answered them; none where no standby is set";
    free_bytes: Gauge = "storage_free_bytes", "Bytes left on the disk of the data folder, or of the database, whichever has fewer";
    ready: Gauge = "ready", "1 where the registry can do its work";
    hindrances: Family<ReasonLabels, Gauge> = "not_ready", "1 for each reason why the registry cannot do its work";
    sealed: Gauge = "journal_sealed_entries", "Journal entries that have their index";
    signed: Gauge = "journal_signed_entries", "Journal entries that the last checkpoint covers";
    pending: Gauge = "journal_pending_entries", "Journal entries that wait to be sealed";
    pending_age: Gauge = "journal_oldest_pending_age_seconds", "How long the first of them has waited; 0 where none waits";
    seal_age: Gauge = "journal_last_seal_age_seconds", "How long ago an entry was last sealed";
    checkpoint_age: Gauge = "journal_last_checkpoint_age_seconds", "How long ago this server last saw a new checkpoint";
    refused: Gauge = "journal_signing_refused", "1 where the journal does not go on from what was signed before, so that nothing more is signed";
    job_ages: Family<JobLabels, Gauge> = "job_last_success_age_seconds", "How long ago a job of this server last did its work; absent before the first time";
    job_failures: Family<JobLabels, Counter> = "job_failures", "How often a job of this server failed";
    dropped_lines: Counter = "log_lines_dropped", "Lines of the log that were dropped, since they could not be written as fast as they came";
}

/// Whole seconds since an instant.
fn seconds_since(at: Instant) -> i64 {
    i64::try_from(at.elapsed().as_secs()).unwrap_or(i64::MAX)
}

impl Metrics {
    pub(crate) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        // What an address does not offer is one series of it: anybody may ask each of them for each method.
        let is_offered = status != StatusCode::METHOD_NOT_ALLOWED.as_u16();
        let method = METHODS.into_iter().find(|it| is_offered && *it == method).unwrap_or("other");
        let route = route.to_owned();
        self.requests.get_or_create(&RequestLabels { method, route: route.clone(), status }).inc();
        self.seconds.get_or_create(&RouteLabels { method, route }).observe(took.as_secs_f64());
    }

    /// The text that Prometheus reads. The database is not asked: this tells what was last seen of it.
    pub(crate) fn text(
        &self,
        registry: &Registry,
        seen: &Seen,
        jobs: &Progress,
    ) -> Result<String, std::fmt::Error> {
        let (in_use, open) = registry.storage.connections();
        self.in_use.set(in_use.into());
        self.open.set(open.into());
        self.waits.inc_by(registry.storage.waits().saturating_sub(self.waits.get()));
        if let Some(following) = registry.storage.following() {
            self.standby_usable.set(following.is_usable.into());
            // Where it was never found out, it may be any.
            self.standby_lag.set(following.lag.map_or(f64::INFINITY, |it| it.as_secs_f64()));
            for (server, so_far) in [("standby", following.reads), ("primary", following.reads_of_primary)] {
                let reads = self.reads.get_or_create(&ReadLabels { server });
                reads.inc_by(so_far.saturating_sub(reads.get()));
            }
        }
        if let Some(bytes) = seen.free_bytes {
            self.free_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        }
        self.ready.set(seen.hindrances.is_empty().into());
        for hindrance in Hindrance::ALL {
            let labels = ReasonLabels { reason: hindrance.code() };
            self.hindrances.get_or_create(&labels).set(seen.hindrances.contains(hindrance).into());
        }
        if let Some(journal) = seen.journal {
            self.sealed.set(journal.sealed);
            self.signed.set(journal.signed);
            self.pending.set(journal.pending);
            self.pending_age
                .set(journal.oldest_pending.map_or(0, |since| (seen.at - since).num_seconds().max(0)));
            self.seal_age.set((seen.at - journal.sealed_through).num_seconds().max(0));
        }
        if let Some(signed) = seen.signed {
            self.checkpoint_age.set(seconds_since(signed));
        }
        self.refused.set(registry.log.is_refused().into());
        for job in JobName::ALL {
            let (labels, state) = (JobLabels { job: job.code() }, jobs.of(*job));
            if let Some(at) = state.succeeded {
                self.job_ages.get_or_create(&labels).set(seconds_since(at));
            }
            let failures = self.job_failures.get_or_create(&labels);
            failures.inc_by(state.failures.saturating_sub(failures.get()));
        }
        self.dropped_lines.inc_by(logging::dropped_lines().saturating_sub(self.dropped_lines.get()));
        let mut out = String::new();
        text::encode(&mut out, &self.exposition)?;
        Ok(out)
    }
}
