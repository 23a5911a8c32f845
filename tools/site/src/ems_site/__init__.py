"""Runs a whole site on one machine: private servers, daemons, front ends."""
