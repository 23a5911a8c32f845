"""A world to walk the contract in: valid bodies, and rows that others may refer to, made through the API
itself."""

from __future__ import annotations

import itertools
from typing import Any

from .facts import Handler, contract

_SPECIAL = {
    "timezone_id": "/timezones",
    "parent_space_id": "/spaces",
    "master_meter_id": "",
    "privilege_id": "/privileges",
    "rule_id": "/rules",
}
_TEXTS = {
    "recipient_openid": "aB3" + "x" * 25,
    "message_template_id": "aB3" + "x" * 40,
    "message_data": "{}",
    "expression": '{"a": 1}',
    "email": "someone@example.com",
    "password": "a long pass word 1",
    "recipient_email": "someone@example.com",
    "from_addr": "ems@example.com",
    "data": '{"spaces": [1]}',
    "protocol": "modbus-tcp",
    "connection": '{"host": "127.0.0.1", "port": 502}',
    "address": '{"offset": 0}',
    "start_time_of_day": "00:00:00",
    "end_time_of_day": "12:00:00",
    "peak_type": "onpeak",
    "utc_offset": "+00:00",
    "date_local": "2026-01-01",
    "meter_type": "meter",
    "equation": "x1 * 2",
    "valid_from": "2026-01-01T00:00:00",
    "valid_through": "2026-12-31T23:59:59",
    "useruuid": "0" * 36,
}
_NUMBERS = {
    "hourly_low_limit": 0,
    "hourly_high_limit": 999,
    "low_limit": 0,
    "high_limit": 1000,
    "price": 0.2,
    "power": 5,
    "power_value": 5,
}


def plural(name: str) -> str:
    """``energy_category`` → ``energycategories``."""
    single = name.replace("_", "")
    return single[:-1] + "ies" if single.endswith("ry") else single + "s"


class World:
    """Makes rows.

    Args:
        api: A client signed in as administrator.
    """

    def __init__(self, api: Any) -> None:
        self.api = api
        self._made: dict[str, int] = {}
        self._count = itertools.count(1)

    @staticmethod
    def handler(method: str, path: str) -> Handler:
        """The contract's handler of a method of a path."""
        return contract().handlers[method, path]

    def name(self) -> str:
        """A name that no other row has."""
        return f"row {next(self._count)}"

    def collection_of(self, field: str) -> str:
        """Collection that a reference is to: ``buy_meter_id`` → ``/meters``."""
        if field in _SPECIAL:
            return _SPECIAL[field]
        name = field.removesuffix("_id")
        for ending in ("point", "meter", "svg"):
            if name.endswith(ending) and name not in ("virtual_meter", "offline_meter"):
                return f"/{ending}s"
        if name.startswith("svg"):
            return "/svgs"
        if name.endswith("_node"):
            return "/energyflowdiagrams/{id_}/nodes"
        return f"/{plural(name)}"

    def row(self, collection: str, parent: int | None = None) -> int:
        """Key of a row of a collection that others may refer to."""
        if collection in ("/timezones", "/spaces"):
            return 1
        at = collection.replace("{id_}", str(parent)) if parent else collection
        if at not in self._made:
            self._made[at] = self.make(collection, parent)
        return self._made[at]

    def make(self, collection: str, parent: int | None = None, **given: Any) -> int:
        """Key of a new row."""
        handler = contract().handlers["POST", collection]
        path = collection.replace("{id_}", str(parent)) if parent else collection
        result = self.api.call("POST", path, {"data": self.body(handler, parent, **given)})
        assert result.status_code == 201, (path, result.status, result.text)
        return int(result.headers["location"].rsplit("/", 1)[1])

    def body(self, handler: Handler, parent: int | None = None, **given: Any) -> dict[str, Any]:
        """A valid `data` for a handler."""
        data: dict[str, Any] = {}
        for path, rules in handler.body.items():
            if "[]" in path:
                continue
            names = path.split(".")
            name = names[-1]
            if rules.get("container") == "array":
                self._put(data, names, [self._row_of(handler, path, parent)])
            elif rules.get("container") == "object":
                continue
            elif rules.get("required") or self._is_wanted(handler, path, rules, data):
                self._put(data, names, self.value(name if name != "id" else f"{names[-2]}_id", rules, parent))
        data.update(given)
        return data

    @staticmethod
    def _is_wanted(handler: Handler, path: str, rules: dict[str, Any], data: dict[str, Any]) -> bool:
        wanted = rules.get("required_if")
        if not wanted:
            return path == "account" or path == "account_expiration_datetime"
        (name, value), *_ = wanted.items()
        return bool(data.get(name.removeprefix("data.")) == value)

    @staticmethod
    def _put(data: dict[str, Any], names: list[str], value: Any) -> None:
        for name in names[:-1]:
            data = data.setdefault(name, {})
        data[names[-1]] = value

    def _row_of(self, handler: Handler, path: str, parent: int | None) -> dict[str, Any]:
        start = f"{path}[]."
        row = {
            inner.removeprefix(start): self.value(inner.removeprefix(start), rules, parent)
            for inner, rules in handler.body.items()
            if inner.startswith(start)
        }
        if "meter_type" in row:
            row["name"] = "x1"
        return row

    def value(self, name: str, rules: dict[str, Any], parent: int | None = None) -> Any:
        """A valid value of a member."""
        if name in _TEXTS:
            return _TEXTS[name]
        if rules.get("allowed"):
            return rules["allowed"][0]
        kind = str(rules.get("type", ""))
        if name.endswith("_meter_uuid") or name == "meter_uuid":
            return self.api.get(f"/meters/{self.row('/meters')}")["uuid"]
        if name.endswith("_id") and kind in ("int", ""):
            return self._reference(name, parent)
        if "bool" in kind:
            return True
        if "number" in kind or kind == "int" or name in _NUMBERS:
            low = rules.get("min", rules.get("exclusive_min", 0))
            return _NUMBERS.get(name, max(1, int(low) + 1))
        return self._text(name, rules)

    def _reference(self, name: str, parent: int | None) -> int:
        collection = self.collection_of(name)
        if name == "target_node_id":
            return self.make(collection, parent)
        return self.row(collection, parent if "{id_}" in collection else None) if collection else 1

    def _text(self, name: str, rules: dict[str, Any]) -> Any:
        if "datetime" in name or "%H" in str(rules.get("format", "")):
            return "2027-01-01T00:00:00"
        if rules.get("format") == "%Y-%m-%d":
            return "2026-01-01"
        if name in ("name", "iccid", "code", "host", "simplified_code"):
            return self.name()
        return 1 if name in ("constant", "efficiency_indicator") else "text"
