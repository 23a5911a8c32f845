"""The calls of the REST API, each a thin layer over one path."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Literal

import requests

from ems_client.model import Event, Json, Problem, Reading, Series
from ems_client.resources import Resources

Measure = Literal["energy", "billing", "carbon"]
Resolution = Literal["hourly", "daily", "weekly", "monthly", "yearly"]
PAGE = 500


class Client(Resources):
    """A client, signed in or with an API key.

    Args:
        address: Of the API, such as ``https://energy.example.com/api``.
        api_key: A key that an administrator has made; or use :meth:`sign_in`.
        timeout_s: Longest wait for an answer [s].

    Each resource is an attribute whose rows are typed (``client.meters.get(1)``); `list`, `get`, `create` and
    the others below take any path. Used as a context it closes its connections at the end; the package's
    README has an example that is run.
    """

    def __init__(self, address: str, *, api_key: str = "", timeout_s: float = 30.0) -> None:
        self._address = address.rstrip("/") + "/v1"
        self._timeout_s = timeout_s
        self._session = requests.Session()
        if api_key:
            self._session.headers["API-KEY"] = api_key

    @classmethod
    def sign_in(cls, address: str, name: str, password: str, *, timeout_s: float = 30.0) -> Client:
        """A client signed in as a user.

        Raises:
            Problem: Not with this password.
        """
        client = cls(address, timeout_s=timeout_s)
        user = client._json("PUT", "/users/login", {"data": {"name": name, "password": password}})
        client._session.headers.update({"USER-UUID": user["uuid"], "TOKEN": user["token"]})
        return client

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    # --- configuration ---

    def list(self, resource: str, **query: str | int) -> Iterator[Json]:
        """All items of a resource, page by page.

        Args:
            resource: Such as ``meters`` or ``spaces/1/tenants``.
            query: `q`, `sort`, `fields` and filters.
        """
        page = 1
        while True:
            asked = {**query, "page": page, "limit": PAGE}
            answer = self._send("GET", f"/{resource}", params=asked)
            rows = answer.json()
            yield from rows
            if page * PAGE >= int(answer.headers.get("X-Total-Count", "0")) or not rows:
                return
            page += 1

    def get(self, resource: str, key: int) -> Json:
        """One item."""
        item: Json = self._json("GET", f"/{resource}/{key}")
        return item

    def create(self, resource: str, data: Mapping[str, Any], *, idempotency_key: str = "") -> int:
        """Make an item; its key. A request that is sent twice under one key makes one item."""
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        answer = self._send("POST", f"/{resource}", json={"data": dict(data)}, headers=headers)
        return int(answer.headers["Location"].rsplit("/", 1)[1])

    def update(self, resource: str, key: int, data: Mapping[str, Any]) -> None:
        """Replace what may be written of an item."""
        self._send("PUT", f"/{resource}/{key}", json={"data": dict(data)})

    def delete(self, resource: str, key: int) -> None:
        """Remove an item."""
        self._send("DELETE", f"/{resource}/{key}")

    def create_many(self, resource: str, items: Sequence[Mapping[str, Any]]) -> Sequence[int]:
        """Make items, all or none; their keys."""
        answer = self._json("POST", f"/{resource}/bulk", {"data": [dict(item) for item in items]})
        return [int(key) for key in answer["ids"]]

    def update_many(self, resource: str, items: Sequence[Mapping[str, Any]]) -> int:
        """Replace items, each with its `id`, all or none; how many."""
        answer = self._json("PUT", f"/{resource}/bulk", {"data": [dict(item) for item in items]})
        return int(answer["updated"])

    # --- figures ---

    def series(
        self,
        resource: str,
        key: int,
        measure: Measure,
        resolution: Resolution,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        **query: str,
    ) -> Sequence[Series]:
        """Energy, cost or carbon of an entity by period, one series for each category.

        Args:
            resource: Such as ``meters``, ``spaces``, ``tenants``.
            key: The entity's key.
            measure: Energy, cost or carbon.
            resolution: Length of the periods.
            start: Aware; the API's own default when absent.
            end: Aware; now when absent.
            query: `flow` = input or output, `by` = category or item.
        """
        span = {name: when.isoformat() for name, when in (("start", start), ("end", end)) if when is not None}
        answer = self._json("GET", f"/{resource}/{key}/{measure}/{resolution}", params={**query, **span})
        return [Series.of(row) for row in answer["series"]]

    def realtime(self, resource: str, key: int) -> Sequence[Reading]:
        """Latest values of an entity's points and meters."""
        return [Reading.of(row) for row in self._json("GET", f"/{resource}/{key}/realtime")]

    def telemetry(self, device_id: str = "") -> Sequence[Reading]:
        """Latest values of all points, or of those of one data source."""
        params = {"deviceId": device_id} if device_id else {}
        return [Reading.of(row) for row in self._json("GET", "/telemetry", params=params)]

    def push(self, readings: Iterable[Reading]) -> int:
        """Store readings that a device took, all or none; how many.

        Each is converted to the unit of its point; without a unit its value is in that already.
        """
        rows = [reading.as_row() for reading in readings]
        return int(self._json("POST", "/telemetry", {"data": rows})["accepted"])

    def report(self, name: str, **query: str | int | bool) -> Json:
        """A report, such as ``spaceenergycategory``."""
        report: Json = self._json("GET", f"/reports/{name}", params=query)
        return report

    def live(self, topics: Sequence[str] = ("points",), points: Sequence[int] = ()) -> Iterator[Event]:
        """Events as they happen, for as long as the connection holds."""
        params = {"topics": ",".join(topics), "points": ",".join(map(str, points))}
        answer = self._send("GET", "/live", params=params, stream=True)
        with answer:
            yield from events(answer.iter_lines())

    # --- the site ---

    def export_site(self) -> bytes:
        """The whole configuration as one archive."""
        return bytes(self._send("GET", "/archive").content)

    def import_site(self, archive: bytes, *, dry_run: bool = False) -> dict[str, int]:
        """Make the site of an archive in an empty one, or only check the archive; rows by table."""
        headers = {"Content-Type": "application/zip"}
        params = {"dryrun": "true"} if dry_run else {}
        rows: dict[str, int] = self._send(
            "POST", "/archive", data=archive, headers=headers, params=params
        ).json()["rows"]
        return rows

    # --- requests ---

    def _json(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        return self._send(method, path, json=body, **more).json()

    def _send(self, method: str, path: str, **more: Any) -> requests.Response:
        answer = self._session.request(method, self._address + path, timeout=self._timeout_s, **more)
        if answer.status_code >= 400:
            raise _problem(answer)
        return answer


def _problem(answer: requests.Response) -> Problem:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    key = str(body.get("description") or body.get("title") or answer.reason)
    return Problem(answer.status_code, key, str(body.get("detail") or key), list(body.get("errors", ())))


def events(lines: Iterable[bytes]) -> Iterator[Event]:
    """The events of the lines of a stream.

    >>> list(events([b": live", b"", b"event: points", b'data: [{"point_id": 7}]', b""]))
    [Event(name='points', data=[{'point_id': 7}])]
    """
    name, data = "", b""
    for line in lines:
        if line.startswith(b"event: "):
            name = line[7:].decode()
        elif line.startswith(b"data: "):
            data += line[6:]
        elif not line:
            if name:
                yield Event(name, json.loads(data or b"null"))
            name, data = "", b""
