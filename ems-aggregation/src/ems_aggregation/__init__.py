"""Hourly energy to energy, billing and carbon of every entity."""
