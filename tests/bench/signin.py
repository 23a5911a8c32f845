"""Whether the time of an answer tells who has an account: `make bench-signin`.

Wrong sign-ins of a user who exists and of one who does not are sent in turn, `EMS_BENCH_SIGN_INS` (default 200) of
each. The figure is how well the time alone tells one from the other: the chance that a known user's answer takes
longer than an unknown one's, 0.5 when nothing can be told (the statistic of Mann and Whitney over its largest
value).
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.stats import mannwhitneyu

from tests.bench.api_server import api_server, call
from tests.bench.figures import Figure, at_most, machine, publish

PAIRS = int(os.environ.get("EMS_BENCH_SIGN_INS", "200"))
WORKERS = 2
NO_LIMITS = {"EMS_MAX_FAILED_LOGINS": "1000000", "EMS_FAILED_LOGINS_PER_MINUTE": "0"}


def latency_ms(port: int, name: str) -> float:
    """Time of one wrong sign-in [ms]."""
    body = {"data": {"name": name, "password": "a wrong password"}}
    began_s = time.perf_counter()
    status, _, _ = call(port, "PUT", "/users/login", body, {})
    if status not in (400, 404):
        raise AssertionError(f"sign-in of {name} answered {status}")
    return 1000 * (time.perf_counter() - began_s)


def main() -> int:
    """Measure, print, write."""
    measured_on = machine()
    with (
        tempfile.TemporaryDirectory(prefix="ems-bench-") as folder,
        api_server(Path(folder), WORKERS, NO_LIMITS) as server,
    ):
        port = server.port
        for name in ("administrator", "nobody") * 5:
            latency_ms(port, name)
        pairs = [(latency_ms(port, "administrator"), latency_ms(port, "nobody")) for _ in range(PAIRS)]
    known, unknown = np.array(pairs).T
    told = float(mannwhitneyu(known, unknown).statistic) / PAIRS**2
    figures = [
        Figure("wrong password, median", round(float(np.median(known)), 2), "ms"),
        Figure("unknown user, median", round(float(np.median(unknown)), 2), "ms"),
        at_most("known told from unknown by time, beyond chance", round(abs(told - 0.5), 3), "", 0.15),
    ]
    publish("signin", figures, measured_on)
    return 0


if __name__ == "__main__":
    sys.exit(main())
