"""What is measured. Labels: data sources (few, and bounded here) and closed sets."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

MOST_SOURCES = 200
READINGS = Counter("ems_acquisition_readings", "Readings that arrived", ["source", "result"])
REFUSED = Counter("ems_acquisition_refused_readings", "Readings that were not stored", ["reason"])
POLL_SECONDS = Histogram(
    "ems_acquisition_poll_seconds",
    "Time to read all points of a source once",
    ["source"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
SOURCE_UP = Gauge("ems_acquisition_source_up", "Whether a source answers", ["source"])
BAD_POINTS = Gauge("ems_acquisition_bad_points", "Points of a source that give no usable value", ["source"])
ERRORS = Counter("ems_acquisition_errors", "Polls or connections that failed", ["source"])
PROBLEMS = Gauge(
    "ems_acquisition_configuration_problems", "Sources and points that cannot be used as configured"
)
COMMIT_SECONDS = Histogram(
    "ems_acquisition_commit_seconds",
    "Time of one transaction of readings",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
DELAY_SECONDS = Histogram(
    "ems_acquisition_delay_seconds",
    "From the arrival of the oldest reading of a batch to its commit",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 30, 300, 3600),
)
ROWS = Counter("ems_acquisition_stored_rows", "Rows written to the history")
SET = Counter("ems_acquisition_set_orders", "Orders to set a point that were closed", ["outcome"])
QUEUED = Gauge("ems_acquisition_queued_rows", "Rows that wait for the writer")

_known_sources: set[str] = set()


def source_label(source_id: int, name: str) -> str:
    """Label of a source; beyond a fixed number of sources they share the label ``other``."""
    label = f"{source_id}:{name}"[:64]
    if label in _known_sources or len(_known_sources) < MOST_SOURCES:
        _known_sources.add(label)
        return label
    return "other"
