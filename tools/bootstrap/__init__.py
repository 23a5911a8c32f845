"""Sets the repository up on a bare machine, with Python's standard library alone.

`python3 -m tools.bootstrap` (by `make setup`), module map:

- `__main__`: arguments, the three parts side by side.
- `debian`: the system's packages (database, broker, web server, browser).
- `python_part`: virtual environment, locked packages, our own packages.
- `front_end_part`: npm packages and the two built front ends.
- `steps`: progress lines, commands with logs, content stamps.
"""
