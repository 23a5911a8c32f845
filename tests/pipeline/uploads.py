"""Files as people upload them, and what has become of them."""

from __future__ import annotations

import io
import json

from openpyxl import Workbook

OFFLINE, REPAIR = "tbl_offline_meter_files", "tbl_data_repair_files"


def workbook(rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def month_of(month, *meters):
    rows = [["Year", "Month"], [month.year, month.month]]
    return workbook(
        rows + [[key, name, None, *(days.get(n) for n in range(1, 32))] for key, name, days in meters]
    )


def repair_file(*readings_, point=1, name="Register 1"):
    rows = [[point, name, f"{when:%Y-%m-%d %H:%M:%S}", value] for when, value in readings_]
    return workbook([["Point", "Name", "Time", "Value"], *rows])


def upload(plant, table, content):
    with plant.dbs.session("historical_db") as session:
        session.execute(
            f"INSERT INTO {table} (file_name, uuid, upload_datetime_utc, status, file_object)"
            " VALUES ('file.xlsx', UUID(), '2026-04-01', 'new', %s)",
            (content,),
        )
        return session.insert_id


def outcome(plant, table, file_id):
    with plant.dbs.session("historical_db") as session:
        status, report = session.row(f"SELECT status, report FROM {table} WHERE id = %s", (file_id,))
    return status, json.loads(report) if report else None
