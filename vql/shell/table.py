"""Results as text: aligned tables, expanded records and CSV, as psql draws them.

Numbers stand right, all else left; NULL is empty; a cell of several lines is continued with `+`.
Cells are measured in columns of a terminal, where many East Asian characters take two.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence

from vql.calendar.style import DEFAULT, Style
from vql.session.session import ResultColumn
from vql.types.type import UNKNOWN, Type

# A vector of more numbers than this is shortened on a terminal.
VECTOR_SHOWN = 4
# Numbers and intervals, by pg_type's categories.
RIGHT_ALIGNED = "NT"
CONTROLS = {code: f"\\x{code:02X}" for code in (*range(32), 127) if code not in (9, 10)}

Row = Sequence[object]


def cell_text(type_: Type, value: object, shorten: bool) -> str:
    """Return a value as a cell shows it; NULL is the empty string."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\r", "\\r").translate(CONTROLS).expandtabs(8)
    text = str(value) if type_ == UNKNOWN else type_.to_text(value)
    if shorten and type_.is_dense:
        numbers = text[1:-1].split(",")
        if len(numbers) > VECTOR_SHOWN:
            return f"[{','.join(numbers[:VECTOR_SHOWN])},... {len(numbers)} numbers]"
    return text


def in_style(columns: Sequence[ResultColumn], rows: Sequence[Row], style: Style) -> Sequence[Row]:
    """Return rows with the moments in them as a session of a style writes them."""
    if style is DEFAULT:
        return rows
    styled = [(column.type.base, column.type.base_in(style)) for column in columns]
    writers = [None if base is plain else base.to_text for plain, base in styled]
    return [
        [
            value if write is None or value is None else write(value)
            for write, value in zip(writers, row, strict=True)
        ]
        for row in rows
    ]


def cell_lines(columns: Sequence[ResultColumn], rows: Sequence[Row], shorten: bool) -> list[list[list[str]]]:
    """Return the lines of every cell, by row and column."""
    types = [column.type for column in columns]
    return [
        [cell_text(t, value, shorten).split("\n") for t, value in zip(types, row, strict=True)]
        for row in rows
    ]


def width(text: str) -> int:
    """Return the columns a terminal needs for a line."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def aligned(columns: Sequence[ResultColumn], rows: Sequence[Row], shorten: bool, title: str = "") -> str:
    """Return the table with its header and count of rows."""
    cells = cell_lines(columns, rows, shorten)
    names = [column.name for column in columns]
    widths = [width(name) for name in names]
    for row in cells:
        for i, lines in enumerate(row):
            widths[i] = max(widths[i], *map(width, lines))
    right = [column.type.base.category in RIGHT_ALIGNED for column in columns]
    out = []
    if title:
        total = sum(widths) + 3 * len(widths) - 1
        out.append(" " * max(0, (total - width(title)) // 2) + title)
    out.append("|".join(f" {_centred(n, w)} " for n, w in zip(names, widths, strict=True)))
    out.append("+".join("-" * (w + 2) for w in widths))
    for row in cells:
        out += _row_lines(row, widths, right)
    out.append(f"({len(rows)} row{'' if len(rows) == 1 else 's'})")
    return "\n".join(out) + "\n"


def _centred(text: str, columns: int) -> str:
    space = columns - width(text)
    return " " * (space // 2) + text + " " * (space - space // 2)


def _row_lines(row: list[list[str]], widths: list[int], right: list[bool]) -> list[str]:
    out = []
    height = max(map(len, row), default=0)
    for line in range(height):
        parts = []
        for i, lines in enumerate(row):
            text = lines[line] if line < len(lines) else ""
            pad = " " * (widths[i] - width(text))
            more = "+" if line < len(lines) - 1 else " "
            last = i == len(row) - 1
            if last and more == " ":
                more, pad = "", pad if right[i] and line < len(lines) else ""
            parts.append(f" {pad}{text}{more}" if right[i] else f" {text}{pad}{more}")
        out.append("|".join(parts))
    return out


def expanded(columns: Sequence[ResultColumn], rows: Sequence[Row], shorten: bool) -> str:
    """Return each row as a record of lines, one a column."""
    if not rows:
        return "(0 rows)\n"
    names = [column.name for column in columns]
    left = max(map(width, names), default=0)
    cells = cell_lines(columns, rows, shorten)
    right = max((width(line) for row in cells for lines in row for line in lines), default=0)
    out = []
    for number, row in enumerate(cells, 1):
        head = f"-[ RECORD {number} ]"
        if len(head) <= left:
            head = head.ljust(left + 1, "-") + "+"
        else:
            head += "-" if len(head) == left + 1 else "+" if len(head) == left + 2 else ""
        out.append(head.ljust(left + right + 3, "-"))
        for name, lines in zip(names, row, strict=True):
            for i, line in enumerate(lines):
                more = " " * (right - width(line)) + "+" if i < len(lines) - 1 else ""
                label = name if i == 0 else ""
                out.append(f"{label}{' ' * (left - width(label))} | {line}{more}")
    return "\n".join(out) + "\n"


def comma_separated(columns: Sequence[ResultColumn], rows: Sequence[Row]) -> str:
    """Return the rows as CSV with a header; NULL is an empty field."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(column.name for column in columns)
    for row in rows:
        writer.writerow(
            "" if v is None else v if isinstance(v, str) else c.type.to_text(v)
            for c, v in zip(columns, row, strict=True)
        )
    return sink.getvalue()
