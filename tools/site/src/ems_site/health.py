"""Asking the services over HTTP how they are, and the site whether its first dashboard has figures."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit


class NotReady(Exception):
    """The site does not answer as it should yet; the message says where it stands."""


def ready(port: int, host: str = "127.0.0.1") -> tuple[bool, str]:
    """Ask a service's `/health/ready`.

    Returns:
        Whether it is ready, and the reason when it is not.
    """
    connection = http.client.HTTPConnection(host, port, timeout=3.0)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return False, "no answer yet"
    finally:
        connection.close()
    return (True, "") if answer.status == 200 else (False, _reason(body))


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body).get("reason", ""))
    except (ValueError, AttributeError):
        return body[:100].decode(errors="replace")


class ApiClient:
    """The few requests by which the site checks itself, made as a browser makes them: through nginx.

    Args:
        url: Address of the site, with a slash at the end.
    """

    def __init__(self, url: str) -> None:
        """Remember the address; nobody is signed in."""
        self._address = urlsplit(url)
        self._headers: dict[str, str] = {}

    def sign_in(self, account: str, password: str) -> dict[str, Any]:
        """Sign in; later requests carry the session.

        Raises:
            NotReady: The API refused or did not answer.
        """
        body = {"data": {"account": account, "password": password}}
        user: dict[str, Any] = self.request("PUT", "users/login", body)
        self._headers = {"User-UUID": user["uuid"], "Token": user["token"]}
        return user

    def request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Make one request and give its JSON.

        Raises:
            NotReady: No answer, an error status, or no JSON.
        """
        connection = http.client.HTTPConnection(self._address.netloc, timeout=30.0)
        headers = {"Content-Type": "application/json", **self._headers}
        try:
            connection.request(method, f"/api/{path}", None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as ex:
            raise NotReady(f"{method} {path}: {ex}") from ex
        finally:
            connection.close()
        if answer.status >= 300:
            raise NotReady(f"{method} {path}: {answer.status} {text[:200].decode(errors='replace')}")
        try:
            return json.loads(text)
        except ValueError as ex:
            raise NotReady(f"{method} {path}: the answer is not JSON") from ex


def first_dashboard(url: str, account: str, password: str, now_utc: datetime) -> float:
    """Open the demo campus' energy of the last week, as a person does first.

    Returns:
        The sum of its energy over all categories.

    Raises:
        NotReady: The page would be empty or wrong; says why.
    """
    client = ApiClient(url)
    client.sign_in(account, password)
    tree = client.request("GET", "spaces/tree")
    root = tree[0] if isinstance(tree, list) and tree else tree
    if not isinstance(root, dict) or "id" not in root:
        raise NotReady("the space tree is empty")
    end = now_utc.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    start = end - timedelta(days=7)
    report = client.request(
        "GET",
        f"reports/spaceenergycategory?spaceid={root['id']}&periodtype=daily&quickmode=true"
        f"&reportingperiodstartdatetime={start:%Y-%m-%dT%H:%M:%S}"
        f"&reportingperiodenddatetime={end:%Y-%m-%dT%H:%M:%S}",
    )
    try:
        total = sum(float(value or 0.0) for value in report["reporting_period"]["subtotals"])
    except (KeyError, TypeError, ValueError) as ex:
        raise NotReady(f"the report of space {root['id']} has no totals: {ex!r}") from ex
    if total <= 0.0:
        raise NotReady(f"the report of space {root['id']} is still empty")
    return total
