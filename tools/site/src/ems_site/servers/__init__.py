"""Private servers: each has a folder, a port, `start()`, `stop()` and the `EMS_` names that lead to it.

Used by the demo site (durable settings) and by tests (throw-away, fast settings):

    with MariaDb(folder, fast=True) as server:
        run_something(server.environ)
"""

from ems_site.servers.base import MissingProgram, Server, find_program
from ems_site.servers.mariadb import MariaDb
from ems_site.servers.mosquitto import Mosquitto
from ems_site.servers.nginx import Nginx, Routes
from ems_site.servers.redis import Redis

__all__ = ["MariaDb", "MissingProgram", "Mosquitto", "Nginx", "Redis", "Routes", "Server", "find_program"]
