"""A whole site as one archive: its configuration out of a database, and into an empty one."""
