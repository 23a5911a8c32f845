"""Data sources to the historical database and its live values."""
