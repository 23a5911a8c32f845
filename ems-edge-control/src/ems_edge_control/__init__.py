"""The real-time control loop for batteries, PV and chargers."""
