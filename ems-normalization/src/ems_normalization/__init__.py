"""Registers to hourly energy; virtual and offline meters; repair files."""
