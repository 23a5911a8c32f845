"""The tree of spaces, and what is bound below a space."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ems_common.db import Session
from ems_common.db.sql import compose, marks

from ems_api.errors import missing
from ems_api.reports.entities import Kind
from ems_api.reports.facts import CATEGORIES, SYSTEM, parts_of
from ems_api.reports.site import Site

SPACES: Final = "tbl_spaces"


@dataclass(frozen=True, slots=True)
class Listed:
    """An entity in a list of all below a space.

    Attributes:
        id: Its key.
        name: Its name.
        uuid: Its UUID.
        space_id: The space it is bound to; the first of several.
        space_name: Its name.
        cost_center_id: Its cost centre, 0 when none is set.
        cost_center_name: The cost centre's name, "" when none is set.
        description: A free text.
        category_id: Energy category of a meter, else 0.
    """

    id: int
    name: str
    uuid: str
    space_id: int
    space_name: str
    cost_center_id: int
    cost_center_name: str
    description: str | None
    category_id: int = 0


@dataclass(frozen=True, slots=True)
class Space:
    """A node of the tree."""

    id: int
    name: str
    parent_id: int | None


def spaces(site: Site) -> dict[int, Space]:
    """All spaces, by key."""
    found: dict[int, Space] = site.cache.get("spaces", lambda: _spaces(site))
    return found


def is_known(site: Site) -> bool:
    """Whether the spaces need not be read."""
    return site.cache.peek("spaces") is not None


def _spaces(site: Site) -> dict[int, Space]:
    stamp = site.cache.stamp()
    of_spaces = compose("SELECT id, name, parent_space_id FROM {spaces} ORDER BY id", spaces=SPACES)
    with site.dbs.reading(SYSTEM) as session:
        # What is below spaces is listed by category: both come on one way.
        rows, of_categories = session.several((of_spaces, ()), (CATEGORIES, ()))
    site.cache.put_under(stamp, "categories", parts_of(of_categories))
    return {row[0]: Space(*row) for row in rows}


def space(site: Site, space_id: int) -> Space:
    """A space that may be seen.

    Raises:
        ApiError: There is none, or it is out of the caller's reach.
    """
    found = spaces(site).get(space_id)
    if found is None or not site.scope.has(SPACES, space_id):
        raise missing("SPACE_NOT_FOUND")
    return found


def paths(site: Site, space_ids: Collection[int]) -> dict[int, str]:
    """The names of spaces after those of the spaces above them, parted by slashes.

    Spaces above that the caller may not see are left out.
    """
    of = spaces(site)
    return {key: "/".join(reversed(_upwards(site, of, key))) for key in set(space_ids)}


def _upwards(site: Site, of: Mapping[int, Space], space_id: int) -> list[str]:
    names: dict[int, str] = {}
    node = of.get(space_id)
    # A space that was put below itself by hand ends the walk.
    while node is not None and node.id not in names and site.scope.has(SPACES, node.id):
        names[node.id] = node.name
        node = None if node.parent_id is None else of.get(node.parent_id)
    return list(names.values())


def subtree(site: Site, space_id: int) -> list[int]:
    """Keys of a space and all spaces below it."""
    children: dict[int | None, list[int]] = {}
    for node in spaces(site).values():
        children.setdefault(node.parent_id, []).append(node.id)
    found: set[int] = set()
    waiting = [space_id]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += children.get(key, [])
    return sorted(found)


def below(site: Site, kind: Kind, space_ids: Sequence[int]) -> list[Listed]:
    """All entities of a kind that are bound to any of these spaces, in order of their keys."""
    key = ("below", kind.name, tuple(space_ids))
    found: list[Listed] = site.cache.get(key, lambda: _below(site, kind, space_ids))
    return found


def _below(site: Site, kind: Kind, space_ids: Sequence[int]) -> list[Listed]:
    if not space_ids:
        return []
    with site.dbs.reading(SYSTEM) as session:
        return listed(session, kind, space_ids)


def listed(session: Session, kind: Kind, space_ids: Sequence[int]) -> list[Listed]:
    """See :func:`below`."""
    category = "e.energy_category_id" if kind.is_meter else "0"
    rows = session.rows(
        compose(
            "SELECT e.id, e.name, e.uuid, s.id, s.name, COALESCE(e.cost_center_id, 0), COALESCE(c.name, ''),"
            " e.description, {category} FROM tbl_spaces_{plural} b"
            " JOIN {table} e ON e.id = b.{key} JOIN {spaces} s ON s.id = b.space_id"
            " LEFT JOIN tbl_cost_centers c ON c.id = e.cost_center_id WHERE b.space_id IN ({keys})"
            " ORDER BY e.id, s.id",
            category=category,
            plural=kind.plural,
            table=kind.table,
            key=kind.key,
            spaces=SPACES,
            keys=marks(space_ids),
        ),
        space_ids,
    )
    # An entity may be bound to several spaces; it is listed once, at the first.
    return list({row[0]: Listed(*row) for row in reversed(rows)}.values())[::-1]
