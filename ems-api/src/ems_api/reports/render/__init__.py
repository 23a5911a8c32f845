"""Renderers: a report value as JSON in MyEMS' shape, and as a document that becomes Excel, CSV or PDF."""
