"""Metrics of the loop, for Prometheus and for the benchmark."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_FINE = (0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)

JITTER = Histogram("ems_edge_jitter_seconds", "Start of a cycle after its deadline", buckets=_FINE)
CYCLE = Histogram("ems_edge_cycle_seconds", "Computing time of a cycle", buckets=_FINE)
ACTUATION_AGE = Histogram(
    "ems_edge_actuation_age_seconds",
    "Age of the oldest required value when a set-point was confirmed",
    buckets=_FINE,
)
WRITE = Histogram("ems_edge_write_seconds", "From the decision to the device's confirmation", buckets=_FINE)
OVERRUNS = Counter("ems_edge_overruns_total", "Deadlines missed")
CONTROLLER_FAILURES = Counter("ems_edge_controller_failures_total", "Runs of controllers that failed")
LIMITED = Counter("ems_edge_limited_total", "Requests not granted in full")
STATE = Gauge("ems_edge_site_state", "1 for the state the site is in", ["state"])
DEVICES_WELL = Gauge("ems_edge_devices_well", "Devices that answer with sense")
DEVICES = Gauge("ems_edge_devices", "Devices configured")
SPOOLED = Gauge("ems_edge_telemetry_waiting", "Seconds of telemetry not yet in the database")
