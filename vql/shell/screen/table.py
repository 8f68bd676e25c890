"""Aligned tables and expanded records, as psql draws them.

Numbers stand right, all else left; a cell of several lines is continued with `+`. Cells are measured in
columns of a terminal, where many East Asian characters take two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from vql.link.link import Heading, Outcome
from vql.shell.screen.display import Display

# A vector of more numbers than this is shortened on a terminal.
VECTOR_SHOWN = 4
CONTROLS = {code: f"\\x{code:02X}" for code in (*range(32), 127) if code not in (9, 10)}


class Glyphs(NamedTuple):
    """What lines are drawn with: the corners and crossings of a rule from the left, the line, the column, and
    the mark of a cell that goes on in the next line."""

    top: str
    middle: str
    bottom: str
    dash: str
    bar: str
    more: str


STYLES = {
    "ascii": Glyphs("+++", "+++", "+++", "-", "|", "+"),
    "unicode": Glyphs("┌┬┐", "├┼┤", "└┴┘", "─", "│", "↵"),
}


def cell_text(heading: Heading, value: str | None, display: Display) -> str:
    """Return a value as a cell shows it."""
    if value is None:
        return display.null
    if display.shorten and heading.dense:
        numbers = value[1:-1].split(",")
        if len(numbers) > VECTOR_SHOWN:
            return f"[{','.join(numbers[:VECTOR_SHOWN])},... {len(numbers)} numbers]"
    return value.replace("\r", "\\r").translate(CONTROLS).expandtabs(8)


def cell_lines(answer: Outcome, display: Display) -> list[list[list[str]]]:
    """Return the lines of every cell, by row and column."""
    headings = answer.headings or ()
    return [
        [cell_text(h, value, display).split("\n") for h, value in zip(headings, row, strict=True)]
        for row in answer.rows
    ]


def width(text: str) -> int:
    """Return the columns a terminal needs for a line."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def aligned(answer: Outcome, display: Display) -> str:
    """Return the table with its header and count of rows."""
    cells = cell_lines(answer, display)
    headings = answer.headings or ()
    names = [heading.name for heading in headings]
    widths = [width(name) for name in names]
    for row in cells:
        for i, lines in enumerate(row):
            widths[i] = max(widths[i], *map(width, lines))
    glyphs = STYLES[display.linestyle]
    out = []
    if display.title and not display.tuples_only:
        total = sum(widths) + len(widths) * 3 - 1
        out.append(" " * max(0, (total - width(display.title)) // 2) + display.title)
    if display.border == 2:
        out.append(_rule(widths, glyphs.top, glyphs.dash, 2))
    if not display.tuples_only:
        centred = [_centred(name, w) for name, w in zip(names, widths, strict=True)]
        out.append(_joined(centred, [" "] * len(names), glyphs.bar, display.border))
        out.append(_rule(widths, glyphs.middle, glyphs.dash, display.border))
    for row in cells:
        out += _row_lines(row, widths, headings, glyphs, display.border)
    if display.border == 2:
        out.append(_rule(widths, glyphs.bottom, glyphs.dash, 2))
    if display.footer and not display.tuples_only:
        out.append(row_count(answer))
    return "".join(f"{line}\n" for line in out)


def row_count(answer: Outcome) -> str:
    """Return the line below the rows."""
    return f"({len(answer.rows)} row{'' if len(answer.rows) == 1 else 's'})"


def _centred(text: str, columns: int) -> str:
    space = columns - width(text)
    return " " * (space // 2) + text + " " * (space - space // 2)


def _rule(widths: Sequence[int], corners: str, dash: str, border: int) -> str:
    if border == 0:
        return " ".join(dash * w for w in widths)
    line = corners[1].join(dash * (w + 2) for w in widths)
    return f"{corners[0]}{line}{corners[2]}" if border == 2 else line


def _joined(cells: Sequence[str], marks: Sequence[str], bar: str, border: int) -> str:
    """Return a line of cells, each with the mark that says whether it goes on."""
    if border == 0:
        return "".join(f"{cell}{mark}" for cell, mark in zip(cells, marks, strict=True))
    line = bar.join(f" {cell}{mark}" for cell, mark in zip(cells, marks, strict=True))
    return f"{bar}{line}{bar}" if border == 2 else line


def _row_lines(
    row: list[list[str]], widths: Sequence[int], headings: Sequence[Heading], glyphs: Glyphs, border: int
) -> list[str]:
    out = []
    height = max(map(len, row), default=0)
    for line in range(height):
        cells, marks = [], []
        for i, lines in enumerate(row):
            text = lines[line] if line < len(lines) else ""
            pad = " " * (widths[i] - width(text))
            mark = glyphs.more if line < len(lines) - 1 else " "
            if i == len(row) - 1 and mark == " " and border < 2:
                # Nothing stands behind the last cell, no space either.
                mark, pad = "", pad if headings[i].right and line < len(lines) else ""
            cells.append(f"{pad}{text}" if headings[i].right else f"{text}{pad}")
            marks.append(mark)
        out.append(_joined(cells, marks, glyphs.bar, border))
    return out


def expanded(answer: Outcome, display: Display) -> str:
    """Return each row as a record of lines, one a column."""
    if not answer.rows:
        return "(0 rows)\n" if display.footer and not display.tuples_only else ""
    names = [heading.name for heading in answer.headings or ()]
    left = max(map(width, names), default=0)
    cells = cell_lines(answer, display)
    right = max((width(line) for row in cells for lines in row for line in lines), default=0)
    glyphs = STYLES[display.linestyle]
    out = [display.title] if display.title and not display.tuples_only else []
    for number, row in enumerate(cells, 1):
        head = "" if display.tuples_only else f"[ RECORD {number} ]"
        if head or number > 1 or display.border == 2:
            out.append(_record_head(head, number, left, right, glyphs, display.border))
        for name, lines in zip(names, row, strict=True):
            for i, line in enumerate(lines):
                more = glyphs.more if i < len(lines) - 1 else ""
                space = " " * (right - width(line)) if more or display.border == 2 else ""
                label = name if i == 0 else ""
                padded = f"{label}{' ' * (left - width(label))}"
                if display.border == 2:
                    out.append(f"{glyphs.bar} {padded} {glyphs.bar} {line}{space}{more or ' '}{glyphs.bar}")
                else:
                    between = f" {glyphs.bar} " if display.border else " "
                    out.append(f"{padded}{between}{line}{space}{more}")
    if display.border == 2:
        out.append(_rule([left, right], glyphs.bottom, glyphs.dash, 2))
    return "".join(f"{line}\n" for line in out)


def _record_head(head: str, number: int, left: int, right: int, glyphs: Glyphs, border: int) -> str:
    """Return the line above a record, with the crossing where the column's line meets it."""
    if border == 0:
        return f"* Record {number}".ljust(left + right) if head else ""
    if border == 2:
        rule = _rule([left, right], glyphs.top if number == 1 else glyphs.middle, glyphs.dash, 2)
        head = f"{glyphs.dash}{head}" if head else ""
        return f"{rule[0]}{head}{rule[len(head) + 1 :]}"
    rule = f"{glyphs.dash * (left + 1)}{glyphs.middle[1]}{glyphs.dash * (right + 1)}"
    head = f"{glyphs.dash}{head}" if head else ""
    if len(head) <= left:
        return head + rule[len(head) :]
    # psql moves the crossing behind a head that has just reached it.
    head += glyphs.middle[1] if len(head) == left + 2 else ""
    return head.ljust(left + right + 3, glyphs.dash)
