"""REST API, reports, exports and the live stream."""
