"""What holds for every test: properties have no deadline, since how long a step takes is no verdict."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("ems", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ems")
