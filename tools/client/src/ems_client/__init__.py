"""A typed client of the REST API below `/api/v1`.

Module map: `client` (the calls), `model` (what they give back, and the one error they raise).
"""

from ems_client.client import Client
from ems_client.model import Event, Problem, Reading, Series, Value

__all__ = ["Client", "Event", "Problem", "Reading", "Series", "Value"]
