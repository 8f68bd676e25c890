"""Rows as the page has them: texts in JSON, long ones shortened, pictures as addresses that show them.

A cell is null, a text, or where it is shortened `{"kind", "text", "size"}`: a vector with its first numbers
and how many there are, a text with its beginning and its characters, bytes with their count, a picture with
its address in "row" and "column". The whole of it is asked for by `cell`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vql.errors import Error
from vql.link.link import Heading, Outcome

# Rows that come at once; the page asks for more as it is scrolled.
ROWS_PAGE = 200
TEXT_SHOWN = 240
NUMBERS_SHOWN = 4
# How pictures that browsers draw begin, and what they are.
PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
)

Json = dict[str, Any]
# What reading a question raises that has not the form it should have.
MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def picture_type(start: bytes) -> str | None:
    """Return the media type of a picture by how its bytes begin, None of others."""
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for begins, kind in PICTURES if start.startswith(begins)), None)


def bytea_of(text: str, most: int | None = None) -> bytes:
    """Return the value of a bytea's text, or its first bytes."""
    if text.startswith("\\x"):
        return bytes.fromhex(text[2 : None if most is None else 2 + 2 * most])
    return text.encode()


def shown_cell(heading: Heading, value: str | None, row: int, column: int) -> object:
    """Return a cell as JSON has it."""
    if value is None:
        return None
    if heading.dense:
        numbers = value[1:-1].split(",", NUMBERS_SHOWN)
        if len(numbers) <= NUMBERS_SHOWN:
            return value
        size = value.count(",") + 1
        return {"kind": "vector", "text": ", ".join(numbers[:NUMBERS_SHOWN]), "size": size}
    if heading.binary:
        kind = "picture" if picture_type(bytea_of(value, 16)) else "bytes"
        size = (len(value) - 2) // 2
        return {"kind": kind, "text": value[: 2 + 16], "size": size, "row": row, "column": column}
    if len(value) > TEXT_SHOWN:
        return {"kind": "text", "text": value[:TEXT_SHOWN], "size": len(value)}
    return value


def shown_rows(answer: Outcome, first: int = 0, count: int = ROWS_PAGE) -> list[list[object]]:
    """Return some rows of an answer as JSON has them."""
    headings = answer.headings or ()
    return [
        [
            shown_cell(h, value, first + number, i)
            for i, (h, value) in enumerate(zip(headings, row, strict=True))
        ]
        for number, row in enumerate(answer.rows[first : first + count])
    ]


def columns_json(headings: Sequence[Heading]) -> list[Json]:
    """Return the columns of an answer."""
    return [{"name": h.name, "type": h.type, "right": h.right, "dense": h.dense} for h in headings]


def answer_json(answer: Outcome, number: int | None) -> Json:
    """Return an answer, its first rows with it; `number` is what its rows are asked for by later."""
    remarks = [
        {"severity": r.severity, "text": r.text, "detail": r.detail, "hint": r.hint} for r in answer.remarks
    ]
    found: Json = {"tag": answer.tag, "remarks": remarks, "columns": None}
    if answer.headings is not None:
        found |= {
            "columns": columns_json(answer.headings),
            "rows": shown_rows(answer),
            "total": len(answer.rows),
            "answer": number,
        }
    return found


def error_json(error: Error, offset: int = 0) -> Json:
    """Return an error; `offset` characters stand before the statement in the text."""
    position = None if error.position is None else error.position + offset
    return {
        "message": error.message,
        "sqlstate": error.sqlstate,
        "detail": error.detail,
        "hint": error.hint,
        "context": error.context,
        "position": position,
    }
