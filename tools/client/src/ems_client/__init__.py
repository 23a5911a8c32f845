"""A typed client of the REST API below `/api/v1`.

Module map: `client` (the calls), `resources` (the API's resources and the types of their rows, generated),
`resource` (one of them), `model` (what other calls give back, and the one error they raise).
"""

from ems_client.client import Client
from ems_client.model import Event, Problem, Reading, Series, Value
from ems_client.resource import Resource

__all__ = ["Client", "Event", "Problem", "Reading", "Resource", "Series", "Value"]
