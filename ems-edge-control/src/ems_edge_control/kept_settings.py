"""Properties changed at run time, kept beside the other state so that they hold over a restart.

Only what differs from the site file is kept. The file stays what an engineer wrote: a property that nobody
changed follows it, and one that was changed goes back to it when the change is taken back. What no longer
fits – the controller is gone, has another type, or refuses the value – is left out, with a line that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from ems_common import log
from msgspec import Struct

from ems_edge_control import properties, store
from ems_edge_control.names import spelling
from ems_edge_control.site import BadSite, Site

_log = log.get(__name__)
FILE = "settings.json"


class Kept(Struct, frozen=True):
    """What is changed of one controller.

    Attributes:
        type: Code of its type.
        owner: Who changed it last.
        time_utc: When.
        properties: Changed properties and their values.
        enabled: Whether it runs, None where the site file counts.
    """

    type: str
    owner: str
    time_utc: datetime
    properties: dict[str, Any] = {}
    enabled: bool | None = None


class KeptSettings:
    """The changes of a site, in a file.

    Args:
        path: The file; None keeps nothing, for sites without a place of their own.
        now_utc: Wall clock.
    """

    def __init__(self, path: Path | None, now_utc: Callable[[], datetime]) -> None:
        self.path = path
        self.now_utc = now_utc
        self.changes: dict[str, Kept] = {} if path is None else _load(path)

    def apply(self, site: Site) -> int:
        """Give a freshly built site what was changed of it; before its memory is restored.

        Returns:
            How many controllers differ from the site file.
        """
        count = 0
        for id, kept in self.changes.items():
            slot = site.find_slot(id)
            try:
                if slot is None or slot.controller.code != kept.type:
                    raise BadSite([f"there is no controller {id!r} of type {kept.type}"])
                site.reconfigure(id, kept.properties, enabled=kept.enabled)
            except BadSite as ex:
                _log.warning("kept_settings_refused", controller=id, reason="; ".join(ex.faults))
                continue
            count += 1
            _log.info(
                "settings_differ_from_site_file",
                controller=id,
                properties=kept.properties,
                enabled=kept.enabled,
                owner=kept.owner,
                since=kept.time_utc.isoformat(),
            )
        return count

    def keep(self, site: Site, id: str, owner: str) -> bool:
        """Keep how a controller differs from the site file now; whether that is safe on disk."""
        slot, written = site.find_slot(id), site.written(id)
        if slot is None or written is None:
            return False
        changed = _difference(slot.config.properties, written.properties)
        enabled = None if slot.config.enabled == written.enabled else slot.config.enabled
        if changed or enabled is not None:
            self.changes[id] = Kept(slot.controller.code, owner, self.now_utc(), changed, enabled)
        else:
            self.changes.pop(id, None)
        return self._save()

    def told(self, site: Site, id: str) -> dict[str, Any]:
        """The values of the site file, and who changed what since; for whoever asks."""
        slot, written, kept = site.find_slot(id), site.written(id), self.changes.get(id)
        if slot is None or written is None:
            return {}
        read = properties.read(type(slot.controller.config), written.properties, id, [], [])
        return {
            "file": {} if read is None else properties.told(read),
            "changed": None if kept is None else msgspec.to_builtins(kept),
        }

    def _save(self) -> bool:
        if self.path is None:
            return False
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            store.replace(self.path, msgspec.json.format(msgspec.json.encode(self.changes)))
        except OSError as ex:
            _log.error("settings_not_kept", path=str(self.path), reason=str(ex))
            return False
        return True


def _difference(now: Mapping[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    before = {spelling(key): value for key, value in written.items()}
    missing = object()
    return {k: v for k, v in now.items() if before.get(spelling(k), missing) != v}


def _load(path: Path) -> dict[str, Kept]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Kept])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as ex:
        _log.error("kept_settings_unreadable", path=str(path), reason=str(ex))
        return {}
