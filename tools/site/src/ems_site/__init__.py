"""Runs a whole site on one machine: private servers, daemons, front ends.

Module map:

- `processes`: start, recognise and stop processes by pid and start time; pid files.
- `ports`: free TCP ports.
- `servers`: private MariaDB (or MySQL), Redis, Mosquitto and nginx under a folder of their own.
- `pytest_plugin`: those servers as test fixtures, one set per test run.
"""
