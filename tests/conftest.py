"""Fixtures for servers come from `ems_site.pytest_plugin`, a pytest plugin by entry point."""
