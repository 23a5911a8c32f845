"""Database access: one pool per database, transactions as sessions, bulk write, columnar read.

No statement may name two databases: each may live on a server of its own.
"""

from ems_common.db.pool import Databases, DatabaseSettings, Pool
from ems_common.db.session import Session

__all__ = ["DatabaseSettings", "Databases", "Pool", "Session"]
