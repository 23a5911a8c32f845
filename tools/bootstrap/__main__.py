"""Set the repository up; see the package's docstring."""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

if sys.version_info < (3, 11):  # noqa: UP036 - the person may well have an older one
    sys.exit("setup: Python 3.11 or newer is needed; this is Python " + sys.version.split()[0])

from tools.bootstrap import debian, front_end_part, python_part, steps


def main() -> int:
    """Do what is not done yet; print nothing but one line when all is."""
    parser = argparse.ArgumentParser(prog="make setup", description=__doc__)
    parser.add_argument("--for-tests", action="store_true", help="also what only the tests need")
    parser.add_argument("--python-only", action="store_true", help="no Debian packages, no front ends")
    parser.add_argument("--quiet", action="store_true", help="say nothing when everything is there")
    options = parser.parse_args()
    progress = steps.Progress()
    needs = debian.SERVERS + (debian.FOR_TESTS if options.for_tests else ())
    try:
        with _one_at_a_time(progress):
            packages = debian.missing(needs)
            done = not packages and python_part.is_done() and front_end_part.is_done()
            if not done:
                parts = {"Python packages": lambda: python_part.install(progress)}
                if not options.python_only:
                    # The Debian packages first in the list: their fault is the likeliest and the clearest.
                    parts["Debian packages"] = lambda: debian.install(progress, packages)
                    parts["front ends"] = lambda: front_end_part.install(progress)
                steps.side_by_side(progress, parts)
    except steps.SetupError as ex:
        return steps.fail(str(ex))
    except KeyboardInterrupt:
        return steps.fail("interrupted; run it again to go on")
    if not (done and options.quiet):
        progress.say("everything is set up")
    return 0


@contextmanager
def _one_at_a_time(progress: steps.Progress) -> Iterator[None]:
    """Let a second set-up of the same folder wait for the first."""
    path = steps.ROOT / "var" / "setup" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.say("another set-up is at work here; waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
