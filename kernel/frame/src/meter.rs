//! What `/metrics` tells: requests by route, answer and time taken.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus::{HistogramOpts, HistogramVec, IntGaugeVec, Opts, Registry, TextEncoder};

struct Meters {
    registry: Registry,
    requests: HistogramVec,
    gauges: IntGaugeVec,
}

fn meters() -> Option<&'static Meters> {
    static METERS: OnceLock<Option<Meters>> = OnceLock::new();
    METERS
        .get_or_init(|| {
            let registry = Registry::new();
            let requests = HistogramVec::new(
                HistogramOpts::new("cityhall_request_seconds", "Requests by route and answer"),
                &["method", "route", "status"],
            )
            .ok()?;
            let gauges =
                IntGaugeVec::new(Opts::new("cityhall_state", "Counts of what waits"), &["what"])
                    .ok()?;
            registry.register(Box::new(requests.clone())).ok()?;
            registry.register(Box::new(gauges.clone())).ok()?;
            Some(Meters { registry, requests, gauges })
        })
        .as_ref()
}

pub(crate) fn count(route: &str, method: &Method, status: StatusCode, took: Duration) {
    if let Some(meters) = meters() {
        let labels = [method.as_str(), route, status.as_str()];
        meters.requests.with_label_values(&labels).observe(took.as_secs_f64());
    }
}

/// Sets a gauge: jobs waiting, acts in the log.
pub fn gauge(what: &str, value: i64) {
    if let Some(meters) = meters() {
        meters.gauges.with_label_values(&[what]).set(value);
    }
}

/// All meters in the text format of Prometheus.
pub fn text() -> String {
    meters()
        .and_then(|meters| TextEncoder::new().encode_to_string(&meters.registry.gather()).ok())
        .unwrap_or_default()
}
