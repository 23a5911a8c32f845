"""Uploaded files: costs, data repair, energy plans, offline meters, knowledge.

A file is stored in its row, and a copy for people lies in the upload folder under its UUID, never under a
name that a client has chosen.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import falcon
import orjson
from ems_common.clock import utc_now
from ems_common.db.sql import compose

from ems_api.context import Context, Reply, path_id
from ems_api.errors import ApiError, Cause, Fault, conflict, invalid, missing
from ems_api.routing import Auth, Handler, Route
from ems_api.wall_clock import show_instant, stored

Json = dict[str, Any]
DOCUMENTS: Final = frozenset(
    {
        ".pdf",
        ".doc",
        ".docx",
        ".xls",
        ".xlsx",
        ".ppt",
        ".pptx",
        ".txt",
        ".md",
        ".csv",
        ".png",
        ".jpg",
        ".jpeg",
        ".zip",
    }
)
SHEETS: Final = frozenset({".xlsx"})


@dataclass(frozen=True)
class Files:
    """One kind of uploaded file.

    Attributes:
        table: Its table.
        database: Where that is.
        path: Route of the collection.
        key: Name in error keys.
        list_auth: Who may list.
        item_auth: Who may see one.
        endings: File name endings that are taken.
        has_status: Whether a service works on it.
        has_report: Whether that service writes what it found (`/v1` shows it).
        can_undo: Whether what it did can be taken back.
    """

    table: str
    database: str
    path: str
    key: str
    list_auth: Auth = Auth.ADMIN
    item_auth: Auth = Auth.ADMIN
    endings: frozenset[str] = SHEETS
    has_status: bool = True
    has_report: bool = False
    can_undo: bool = False


KINDS: Final = (
    Files("tbl_cost_files", "historical_db", "/costfiles", "COST_FILE"),
    Files(
        "tbl_data_repair_files",
        "historical_db",
        "/datarepairfiles",
        "DATA_REPAIR_FILE",
        has_report=True,
        can_undo=True,
    ),
    Files("tbl_energy_plan_files", "historical_db", "/energyplanfiles", "ENERGY_PLAN_FILE", Auth.KEY),
    Files(
        "tbl_offline_meter_files",
        "historical_db",
        "/offlinemeterfiles",
        "OFFLINE_METER_FILE",
        Auth.KEY,
        has_report=True,
    ),
    Files(
        "tbl_knowledge_files",
        "system_db",
        "/knowledgefiles",
        "KNOWLEDGE_FILE",
        Auth.KEY,
        Auth.KEY,
        DOCUMENTS,
        has_status=False,
    ),
)


def _upload_path(ctx: Context, name: str) -> Path:
    folder = Path(ctx.services.settings.site.var_dir) / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / str(uuid.UUID(name))


def _write_copy(ctx: Context, name: str, content: bytes) -> None:
    """Write the copy under another name first, so that a half-written one is never taken for it."""
    path = _upload_path(ctx, name)
    waiting = path.with_name(f"{path.name}~")
    waiting.write_bytes(content)
    os.replace(waiting, path)


def read_upload(ctx: Context, kind: Files) -> tuple[str, bytes]:
    """Name and content of the part `file`.

    Raises:
        ApiError: There is none, or it is of a kind that is not taken.
    """
    failed = ApiError(Fault(f"FAILED_TO_UPLOAD_{kind.key}", 400, "ERROR"), Cause.INVALID)
    limit = ctx.services.settings.server.max_body_bytes
    if (ctx.req.content_length or 0) > limit:
        raise ApiError("REQUEST_BODY_IS_TOO_LARGE", Cause.TOO_LARGE)
    if not (ctx.req.content_type or "").startswith("multipart/form-data"):
        raise failed
    try:
        for part in ctx.req.get_media():
            if part.name == "file":
                content = part.stream.read(limit + 1)
                name = PurePosixPath((part.filename or "").replace("\\", "/")).name[:255]
                return _checked(kind, name, content)
    except (falcon.HTTPError, OSError, ValueError) as ex:
        raise failed from ex
    raise failed


def _checked(kind: Files, name: str, content: bytes) -> tuple[str, bytes]:
    ending = PurePosixPath(name).suffix.lower()
    if not name or not content:
        raise ApiError(Fault(f"FAILED_TO_UPLOAD_{kind.key}", 400, "ERROR"), Cause.INVALID)
    if ending not in kind.endings:
        raise invalid(
            "UNSUPPORTED_FILE_TYPE", field="file", detail=f"takes {', '.join(sorted(kind.endings))}"
        )
    if ending == ".xlsx" and not content.startswith(b"PK\x03\x04"):
        raise invalid("INVALID_MIME_TYPE", field="file")
    return name, content


def _readable(report: Any) -> Any:
    """A file's report: what was found, as JSON where it is."""
    try:
        return orjson.loads(report) if report else None
    except orjson.JSONDecodeError:
        return str(report)


class Served:
    """The routes of one kind of file.

    Args:
        kind: The kind.
    """

    def __init__(self, kind: Files) -> None:
        self.kind = kind
        self._last = "status" if kind.has_status else "upload_user_uuid"
        report = ("report",) if kind.has_report else ()
        self._columns = ("id", "file_name", "uuid", "upload_datetime_utc", self._last, *report)

    def routes(self) -> list[Route]:
        """Collection, item and restoring."""
        kind = self.kind
        named = "".join(part.capitalize() for part in kind.key.split("_"))
        return [
            Route(
                kind.path,
                {
                    "GET": Handler(kind.list_auth, self.listing),
                    "POST": Handler(Auth.ADMIN, self.upload, f"{named}Collection"),
                },
            ),
            Route(
                f"{kind.path}/{{id_}}",
                {
                    "GET": Handler(kind.item_auth, self.item),
                    "DELETE": Handler(Auth.ADMIN, self.remove, f"{named}Item"),
                },
            ),
            Route(f"{kind.path}/{{id_}}/restore", {"GET": Handler(Auth.ADMIN, self.restore)}),
            *(
                [Route(f"{kind.path}/{{id_}}/undo", {"PUT": Handler(Auth.ADMIN, self.undo, f"{named}Undo")})]
                if kind.can_undo
                else []
            ),
        ]

    def _shown(self, ctx: Context, row: tuple[Any, ...]) -> Json:
        key, name, text, when, last = row[:5]
        item = {
            "id": key,
            "file_name": name,
            "uuid": text,
            "upload_datetime": show_instant(when, ctx.zone, v1=ctx.v1),
        }
        if self.kind.has_report and ctx.v1:
            item["report"] = _readable(row[5])
        if self.kind.has_status:
            return {**item, "status": last}
        with ctx.dbs.session("user_db") as session:
            user = session.scalar("SELECT display_name FROM tbl_users WHERE uuid = %s", (last,))
        return {**item, "user_display_name": user}

    def listing(self, ctx: Context) -> list[Json]:
        """All files from the newest on, without their content."""
        kind = self.kind
        size = compose("" if kind.has_status else ", OCTET_LENGTH(file_object)")
        with ctx.dbs.session(kind.database) as session:
            rows = session.rows(
                compose(
                    "SELECT {columns}{size} FROM {table} ORDER BY upload_datetime_utc DESC, id DESC",
                    columns=self._columns,
                    size=size,
                    table=kind.table,
                )
            )
        items = [self._shown(ctx, row) for row in rows]
        if not kind.has_status:
            for item, row in zip(items, rows, strict=True):
                item["file_size_bytes"] = row[5]
        return items

    def _one(self, ctx: Context, id_: str, columns: Sequence[str]) -> tuple[Any, ...]:
        kind = self.kind
        key = path_id(id_, f"INVALID_{kind.key}_ID")
        with ctx.dbs.session(kind.database) as session:
            sql = compose("SELECT {columns} FROM {table} WHERE id = %s", columns=columns, table=kind.table)
            row = session.row(sql, (key,))
        if row is None:
            raise missing(f"{kind.key}_NOT_FOUND")
        return row

    def item(self, ctx: Context, id_: str) -> Json:
        """One file, without its content."""
        return self._shown(ctx, self._one(ctx, id_, self._columns))

    def upload(self, ctx: Context) -> Reply:
        """Take a file."""
        kind = self.kind
        name, content = read_upload(ctx, kind)
        text = str(uuid.uuid4())
        last = "new" if kind.has_status else ctx.identity.user_uuid
        _write_copy(ctx, text, content)
        with ctx.dbs.session(kind.database) as session:
            session.execute(
                compose(
                    "INSERT INTO {table} (file_name, uuid, upload_datetime_utc, {last}, file_object)"
                    " VALUES (%s, %s, %s, %s, %s)",
                    table=kind.table,
                    last=self._last,
                ),
                (name, text, stored(utc_now()), last, content),
            )
            key = session.insert_id
        return Reply(201, None, f"{kind.path}/{key}", key)

    def remove(self, ctx: Context, id_: str) -> Reply:
        """Remove a file and its copy."""
        text = self._one(ctx, id_, ("uuid",))[0]
        with ctx.dbs.session(self.kind.database) as session:
            session.execute(compose("DELETE FROM {table} WHERE id = %s", table=self.kind.table), (int(id_),))
        _upload_path(ctx, text).unlink(missing_ok=True)
        return Reply(204)

    def undo(self, ctx: Context, id_: str) -> Reply:
        """Ask for what a file did to be taken back; the service that did it does so at its next pass."""
        kind = self.kind
        (status,) = self._one(ctx, id_, ("status",))
        if status != "done":
            raise conflict(f"{kind.key}_CANNOT_BE_UNDONE")
        with ctx.dbs.session(kind.database) as session:
            session.execute(
                compose(
                    "UPDATE {table} SET status = 'undo' WHERE id = %s AND status = 'done'", table=kind.table
                ),
                (int(id_),),
            )
        return Reply(200, entity_id=int(id_))

    def restore(self, ctx: Context, id_: str) -> str:
        """Write the copy again from the row."""
        text, content = self._one(ctx, id_, ("uuid", "file_object"))
        try:
            _write_copy(ctx, text, bytes(content))
        except OSError as ex:
            raise ApiError(Fault(f"FAILED_TO_RESTORE_{self.kind.key}", 400, "ERROR"), Cause.FAILED) from ex
        return "success"


ROUTES = tuple(route for kind in KINDS for route in Served(kind).routes())
