"""Command line of the site: `ems-site run | up | down | status | doctor`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from ems_common.errors import BadSettings
from ems_common.settings import load

from ems_site import commands, doctor
from ems_site.errors import SiteError
from ems_site.settings import Layout, SiteSettings


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="ems-site", description=__doc__)
    actions: dict[str, tuple[str, Callable[[SiteSettings, Layout], int]]] = {
        "run": ("bring the site up and stay in the foreground; Ctrl-C stops it", commands.run),
        "up": ("bring the site up in the background; returns when it is ready", commands.up),
        "down": ("stop the site, and whatever a killed run left behind", commands.down),
        "status": ("say what runs, where, and how it is", commands.status),
        "doctor": ("look for what is wrong on this machine, and say what to do", doctor.run),
        "prepare": ("do the first steps against servers that others run (for containers)", commands.prepare),
        "supervise": ("what `up` starts in the background", commands.supervise),
    }
    subparsers = parser.add_subparsers(dest="action", required=True)
    for name, (text, _) in actions.items():
        subparsers.add_parser(name, help=text)
    action = actions[parser.parse_args(argv).action][1]
    try:
        settings = load(SiteSettings)
        return action(settings, Layout.of(settings))
    except (BadSettings, SiteError) as ex:
        print(ex, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
