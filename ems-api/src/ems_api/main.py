"""`ems-api`: the console script.

Nothing that keeps metrics may be imported before the folder that the workers share them in is known.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile


def main() -> int:
    """Serve until told to stop; returns the exit status."""
    folder = tempfile.mkdtemp(prefix="ems-api-metrics-")
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
    try:
        from ems_api.server import serve

        return serve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
