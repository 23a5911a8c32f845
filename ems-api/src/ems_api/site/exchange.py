"""Export and import of a whole site: the statements, the routes and what the command line calls."""

from __future__ import annotations

import uuid
from typing import Any, Final

from ems_common import journal
from ems_common.catalog.model import Table
from ems_common.db import Databases, Session
from ems_common.db.sql import compose, marks
from ems_common.journal import BEGINNING_UTC, END_UTC, Change, Why

from ems_api.context import NOTHING, Context, Reply, is_true
from ems_api.errors import ApiError, Cause
from ems_api.resources.declare import SYSTEM
from ems_api.resources.journal import STAGES
from ems_api.resources.serving import changing
from ems_api.routing import Auth, Handler, Route
from ems_api.schemas import schema
from ems_api.site import soundness
from ems_api.site.archive import Faults, Json, columns, pack, tables, unpack

_FIRST: Final = compose("id = 1")
INSTALLED: Final = {
    "tbl_timezones": compose(""),
    "tbl_protocols": compose(""),
    "tbl_gateways": _FIRST,
    "tbl_contacts": _FIRST,
    "tbl_cost_centers": _FIRST,
    "tbl_spaces": _FIRST,
}
"""Tables that an installation fills, and with which rows; "" = any. An import replaces these."""

MEDIA_TYPE: Final = "application/zip"


class Unsound(ApiError):
    """An archive that cannot be imported, with all its faults."""

    def __init__(self, faults: Faults) -> None:
        first = faults.found[0]
        super().__init__(
            "INVALID_SITE_ARCHIVE",
            Cause.INVALID,
            detail=f"{faults.count} fault(s); the first: {first['pointer']}: {first['detail']}",
        )
        self.errors = faults.found


def export_site(dbs: Databases) -> bytes:
    """The archive of the site, of one moment."""
    with dbs.session(SYSTEM) as session:
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return pack({spec.name: _stored(session, spec) for spec in tables()})


def _stored(session: Session, spec: Table) -> list[tuple[Any, ...]]:
    names = [column.name for column in columns(spec)]
    return session.rows(
        compose("SELECT {names} FROM {table} ORDER BY {key}", names=names, table=spec.name, key=spec.key)
    )


def checked(raw: bytes) -> dict[str, list[Json]]:
    """The rows of an archive, when all of it is sound.

    Raises:
        Unsound: It is not; nothing has been written.
    """
    faults = Faults()
    rows = unpack(raw, faults)
    if not faults.count:
        soundness.check(rows, faults)
    if faults.count:
        raise Unsound(faults)
    return rows


def write_site(session: Session, rows: dict[str, list[Json]]) -> dict[str, int]:
    """Make a site of an archive's rows in an empty database; how many rows each table got.

    Raises:
        ApiError: The site is not empty.
    """
    for spec in tables():
        _refuse_taken(session, spec.name)
    counts: dict[str, int] = {}
    for spec in tables():
        found = rows.get(spec.name, [])
        if spec.name in INSTALLED:
            session.execute(compose("DELETE FROM {table}", table=spec.name))
        if not found:
            continue
        names = [column.name for column in columns(spec)]
        extra = ["token"] if spec.name == "tbl_gateways" else []
        session.executemany(
            compose(
                "INSERT INTO {table} ({columns}) VALUES ({values})",
                table=spec.name,
                columns=[*names, *extra],
                values=marks([*names, *extra]),
            ),
            [[*(row[name] for name in names), *(str(uuid.uuid4()) for _ in extra)] for row in found],
        )
        counts[spec.name] = len(found)
    journal.write(
        session,
        [
            Change(stage, kind, 0, BEGINNING_UTC, END_UTC, Why.SITE_IMPORTED)
            for kind, stages in STAGES.items()
            for stage, _ in stages
        ],
    )
    return counts


def _refuse_taken(session: Session, table: str) -> None:
    installed = INSTALLED.get(table)
    if installed == "":
        return
    where = compose(" WHERE NOT ({installed})", installed=installed) if installed else compose("")
    if session.row(compose("SELECT 1 FROM {table}{where} LIMIT 1", table=table, where=where)):
        raise ApiError(
            "SITE_IS_NOT_EMPTY", Cause.CONFLICT, detail=f"{table} holds rows; import into an empty site"
        )


def import_site(dbs: Databases, raw: bytes) -> dict[str, int]:
    """Make a site of an archive, in one transaction, after all of it was checked.

    Raises:
        Unsound: Something in it is wrong.
        ApiError: The site is not empty.
    """
    rows = checked(raw)
    with dbs.session(SYSTEM) as session:
        return write_site(session, rows)


def _export(ctx: Context) -> object:
    ctx.resp.data = export_site(ctx.dbs)
    ctx.resp.content_type = MEDIA_TYPE
    ctx.resp.set_header("Content-Disposition", 'attachment; filename="site.zip"')
    ctx.resp.set_header("Cache-Control", "no-store")
    return NOTHING


def _import(ctx: Context) -> Reply:
    rows = checked(ctx.raw_body())
    if is_true(ctx.query("dryrun")):
        return Reply(200, {"rows": {name: len(found) for name, found in rows.items() if found}})
    with changing(ctx, SYSTEM) as session:
        counts = write_site(session, rows)
    return Reply(201, {"rows": counts}, "/archive")


ROUTES: Final = (
    Route(
        "/archive",
        {
            "GET": Handler(
                Auth.ADMIN, _export, summary="The whole configuration as one archive", media_type=MEDIA_TYPE
            ),
            "POST": Handler(
                Auth.ADMIN,
                _import,
                "Archive",
                "Make the site of an archive in an empty one; `dryrun=true` only checks it",
                query=(("dryrun", "boolean"),),
                answer=schema({"rows": {"*": "int"}}),
            ),
        },
    ),
)
