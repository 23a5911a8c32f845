"""Reads the first sheet of an uploaded workbook, within bounds.

A workbook comes from outside and may be made to harm: an archive that unpacks to gigabytes, a sheet of a
million rows, entities that multiply. What it would unpack to is known before anything is unpacked, XML is
read by a parser that knows no entities, and formulas are texts that nobody evaluates.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ems_common.errors import BadInput
from ems_common.findings.finding import Unusable, phrase

MAX_FILE_BYTES: Final = 16 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = 32 * 1024 * 1024
MAX_PART_BYTES: Final = 8 * 1024 * 1024
"""Four times a full sheet of either layout. Cells cost thirty times their XML in memory."""
MAX_PARTS: Final = 256
SCANNED_ROWS: Final = 20_000
"""Rows that are looked at for content beyond those that are read."""
_SAVE_AGAIN: Final = phrase("save_again")
_SMALLER: Final = phrase("keep_sheet")

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Cells of a sheet.

    Attributes:
        rows: Its rows from row 1, each of the asked number of cells; None is an empty cell.
        first_unread_row: First row with content after those that were read, or None.
    """

    rows: Sequence[Row]
    first_unread_row: int | None = None


def first_sheet(content: bytes, max_rows: int, columns: int) -> Sheet:
    """The cells of a workbook's first sheet.

    Args:
        content: The bytes of the file.
        max_rows: Rows that are read.
        columns: Cells that are read of each.

    Raises:
        BadInput: It is too large, unpacks to too much, is encrypted, or is no workbook.
    """
    _check_archive(content)
    try:
        return _read(content, max_rows, columns)
    except BadInput:
        raise
    except Exception as ex:
        # The boundary to bytes from outside: on damaged parts the reader fails in a dozen ways, all of which
        # mean the same to the uploader.
        raise Unusable(phrase("file_damaged"), _SAVE_AGAIN) from ex


def _check_archive(content: bytes) -> None:
    if len(content) > MAX_FILE_BYTES:
        raise Unusable(phrase("file_large", limit=MAX_FILE_BYTES // 1024 // 1024), _SMALLER)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError):
        raise Unusable(phrase("file_no_workbook"), _SAVE_AGAIN) from None
    if len(parts) > MAX_PARTS:
        raise Unusable(phrase("file_many_parts"), _SMALLER, len(parts))
    # Reading stops at the size that an entry declares, so a lie here cannot unpack to more. That holds for
    # deflate, the one method Excel uses; the others unpack without bound.
    if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        limit = MAX_UNPACKED_BYTES // 1024 // 1024
        raise Unusable(phrase("file_unpacked", limit=limit), _SMALLER)
    for part in parts:
        if part.file_size > MAX_PART_BYTES:
            raise Unusable(phrase("file_part"), _SMALLER, part.filename)
        if part.flag_bits & 0x1 or part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unusable(phrase("file_locked"), _SAVE_AGAIN)


def _read(content: bytes, max_rows: int, columns: int) -> Sheet:
    # It takes as long to load as all the rest of normalization, and most starts see no workbook.
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions, which do not matter here
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        try:
            if not workbook.worksheets:
                raise Unusable(phrase("file_no_sheet"), _SAVE_AGAIN)
            sheet = workbook.worksheets[0]
            rows: list[Row] = []
            # Bounds are always given: those that the sheet claims for itself may be wrong.
            found = sheet.iter_rows(
                min_row=1, max_row=SCANNED_ROWS, min_col=1, max_col=columns, values_only=True
            )
            for number, row in enumerate(found, 1):
                if number <= max_rows:
                    rows.append(row)
                elif not is_empty(row):
                    return Sheet(rows, number)
            return Sheet(rows)
        finally:
            workbook.close()


def is_empty(row: Row) -> bool:
    """Whether a row has no content."""
    return all(is_blank(cell) for cell in row)


def is_blank(cell: object) -> bool:
    """Whether a cell is empty or holds only blanks."""
    return cell is None or (isinstance(cell, str) and not cell.strip())
