//! What the server counts, for Prometheus.

use std::time::Duration;

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
    jobs::{JobName, Progress},
    logging,
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct RequestLabels {
    /// One of [`METHODS`], or `other`: anybody may invent methods, and each would be a series for ever.
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

/// The methods that are counted by name.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The counters of one server.
#[derive(Debug)]
pub(crate) struct Metrics {
    exposition: Exposition,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram, fn() -> Histogram>,
    in_use: Gauge,
    open: Gauge,
    sealed: Gauge,
    refused: Gauge,
    job_ages: Family<JobLabels, Gauge>,
    job_failures: Family<JobLabels, Counter>,
    dropped_lines: Counter,
}

fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.0005, 2.0, 16))
}

impl Default for Metrics {
    fn default() -> Self {
        let mut exposition = Exposition::with_prefix("sanquan");
        let requests = Family::default();
        let latency: Family<RouteLabels, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(seconds);
        let (in_use, open) = (Gauge::default(), Gauge::default());
        let (sealed, refused) = (Gauge::default(), Gauge::default());
        exposition.register("http_requests", "Requests answered", requests.clone());
        exposition.register("http_request_duration_seconds", "How long requests took", latency.clone());
        exposition.register("storage_connections_in_use", "Database connections in use", in_use.clone());
        exposition.register("storage_connections_open", "Database connections open", open.clone());
        exposition.register(
            "journal_sealed_entries",
            "Journal entries that have their index",
            sealed.clone(),
        );
        exposition.register(
            "journal_signing_refused",
            "1 where the journal does not go on from what was signed before, so that nothing more is signed",
            refused.clone(),
        );
        let (job_ages, job_failures) =
            (Family::<JobLabels, Gauge>::default(), Family::<JobLabels, Counter>::default());
        exposition.register(
            "job_last_success_age_seconds",
            "How long ago a job of this server last did its work; absent before the first time",
            job_ages.clone(),
        );
        exposition.register("job_failures", "How often a job of this server failed", job_failures.clone());
        let dropped_lines = Counter::default();
        exposition.register(
            "log_lines_dropped",
            "Lines of the log that were dropped, since they could not be written as fast as they came",
            dropped_lines.clone(),
        );
        Self {
            dropped_lines,
            job_ages,
            job_failures,
            exposition,
            requests,
            seconds: latency,
            in_use,
            open,
            sealed,
            refused,
        }
    }
}

impl Metrics {
    pub(crate) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let method = METHODS.into_iter().find(|it| *it == method).unwrap_or("other");
        let route = route.to_owned();
        self.requests.get_or_create(&RequestLabels { method, route: route.clone(), status }).inc();
        self.seconds.get_or_create(&RouteLabels { method, route }).observe(took.as_secs_f64());
    }

    /// The text that Prometheus reads.
    pub(crate) fn text(
        &self,
        connections: (u32, u32),
        sealed: i64,
        signing_refused: bool,
        jobs: &Progress,
    ) -> Result<String, std::fmt::Error> {
        self.in_use.set(connections.0.into());
        self.open.set(connections.1.into());
        self.sealed.set(sealed);
        self.refused.set(signing_refused.into());
        for job in JobName::ALL {
            let (labels, state) = (JobLabels { job: job.code() }, jobs.of(*job));
            if let Some(at) = state.succeeded {
                let age = i64::try_from(at.elapsed().as_secs()).unwrap_or(i64::MAX);
                self.job_ages.get_or_create(&labels).set(age);
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
