"""What a result looks like where it is printed, and in a notebook: its first rows, vectors shortened,
pictures drawn. Texts of the database are escaped; pictures come as data, so that nothing is loaded from
elsewhere."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from vql.session.results import Result
from vql.types.type import Type

# What a terminal would obey.
CONTROLS = {code: f"\\x{code:02X}" for code in (*range(32), *range(127, 160))} | {10: "↵"}
# Rows and characters of a cell that are shown, and numbers of a vector.
ROWS_SHOWN, CHARACTERS_SHOWN, NUMBERS_SHOWN = 20, 60, 4
# Pictures of one table, and bytes of one: a notebook keeps what it has shown in its file.
PICTURES_MAX, PICTURE_BYTES_MAX = 20, 256 << 10
PICTURE_STYLE = "max-height: 96px; max-width: 192px"
# What pictures begin with; WebP has its length between.
SIGNATURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF87a": "gif", b"GIF89a": "gif"}


def picture_kind(data: bytes) -> str | None:
    """Return what kind of picture bytes are, None where they are none that browsers draw."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return next((kind for start, kind in SIGNATURES.items() if data.startswith(start)), None)


def cell_shown(value: Any, type_: Type) -> str:
    """Return a value as a cell shows it: in PostgreSQL's text form, shortened."""
    if value is None:
        return "NULL"
    if isinstance(value, np.ndarray) and len(value) > NUMBERS_SHOWN and type_.is_dense:
        numbers = ", ".join(f"{number:.4g}" for number in value[:NUMBERS_SHOWN].tolist())
        return f"[{numbers}, … {len(value)} numbers]"
    if isinstance(value, bytes) and len(value) > CHARACTERS_SHOWN // 4:
        kind = picture_kind(value)
        return f"({'bytes' if kind is None else kind}: {len(value):,})"
    text = type_.to_text(value)
    return text if len(text) <= CHARACTERS_SHOWN else text[: CHARACTERS_SHOWN - 1] + "…"


def first_rows(result: Result) -> list[tuple[object, ...]]:
    """Return the rows of a result that are shown."""
    batch = result.batch
    if not batch.data:
        return [()] * min(batch.rows, ROWS_SHOWN)
    return list(zip(*(column.part(0, ROWS_SHOWN).values() for column in batch.data), strict=True))


def text_table(result: Result) -> str:
    """Return the first rows of a result as a table of characters, and how many there are; the tag of a
    statement that gives none."""
    if result.columns is None:
        return result.tag
    names = [column.name.translate(CONTROLS) for column in result.columns]
    rows = [
        [
            cell_shown(cell, column.type).translate(CONTROLS)
            for cell, column in zip(row, result.columns, strict=True)
        ]
        for row in first_rows(result)
    ]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    numeric = [column.type.is_number for column in result.columns]

    def line(cells: Sequence[str]) -> str:
        fitted = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, numeric, strict=True)
        ]
        return " " + " | ".join(fitted).rstrip()

    rule = "-+-".join("-" * width for width in widths)
    return "\n".join([line(names), f"-{rule}-", *map(line, rows), count_shown(result.batch.rows)])


def count_shown(rows: int) -> str:
    """Return how many rows there are, and of how many are shown."""
    if rows > ROWS_SHOWN:
        return f"({ROWS_SHOWN} of {rows:,} rows)"
    return "(1 row)" if rows == 1 else f"({rows} rows)"


def html_table(result: Result) -> str:
    """Return the first rows of a result as a table of HTML, with the pictures that bytea columns hold."""
    if result.columns is None:
        return f"<pre>{html.escape(result.tag)}</pre>"
    pictures = 0
    lines = []
    for row in first_rows(result):
        cells = []
        for value, column in zip(row, result.columns, strict=True):
            kind = picture_kind(value) if isinstance(value, bytes) and pictures < PICTURES_MAX else None
            if kind is not None and len(value) <= PICTURE_BYTES_MAX:  # type: ignore[arg-type]
                pictures += 1
                data = base64.b64encode(value).decode()  # type: ignore[arg-type]
                cells.append(f'<td><img style="{PICTURE_STYLE}" src="data:image/{kind};base64,{data}"></td>')
                continue
            side = "right" if column.type.is_number else "left"
            text = html.escape(cell_shown(value, column.type))
            cells.append(f'<td style="text-align: {side}">{text}</td>')
        lines.append(f"<tr>{''.join(cells)}</tr>")
    head = "".join(
        f'<th title="{html.escape(str(column.type))}">{html.escape(column.name)}</th>'
        for column in result.columns
    )
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
        f"<p>{count_shown(result.batch.rows)}</p>"
    )
