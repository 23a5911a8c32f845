"""Makes the helper module `acq_site` importable in this folder's tests, and its fixture known."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from acq_site import migrated, site

__all__ = ["migrated", "site"]
