"""An answer as text, in the format that is set: aligned, expanded, unaligned or CSV."""

from __future__ import annotations

import csv
import io

from vql.link.link import Outcome
from vql.shell.screen.display import AUTO, Display
from vql.shell.screen.table import aligned, expanded, row_count, width


def draw(answer: Outcome, display: Display, screen_columns: int = 0) -> str:
    """Return the rows as text; `screen_columns` is what a terminal shows in a line, 0 where there is none."""
    if display.format == "csv":
        return comma_separated(answer, display)
    if display.format == "unaligned":
        return unaligned(answer, display)
    if not answer.headings:
        return "" if display.tuples_only else f"--\n{row_count(answer)}\n\n"
    if display.expanded == "on":
        return expanded(answer, display) + "\n"
    text = aligned(answer, display)
    limit = display.columns or screen_columns
    if display.expanded == AUTO and limit and answer.rows and widest(text) > limit:
        text = expanded(answer, display)
    return text + "\n"


def widest(text: str) -> int:
    """Return the columns that the widest line takes."""
    return max(map(width, text.split("\n")))


def unaligned(answer: Outcome, display: Display) -> str:
    """Return the rows with a separator between their values, as programs read them."""
    names = [heading.name for heading in answer.headings or ()]
    rows = [[display.null if value is None else value for value in row] for row in answer.rows]
    if display.expanded == "on":
        records = [
            [f"{name}{display.fieldsep}{value}" for name, value in zip(names, row, strict=True)]
            for row in rows
        ]
        return "\n\n".join("\n".join(record) for record in records) + ("\n" if rows else "")
    lines = [] if display.tuples_only else [display.title] if display.title else []
    if not display.tuples_only:
        lines.append(display.fieldsep.join(names))
    lines += [display.fieldsep.join(row) for row in rows]
    if display.footer and not display.tuples_only:
        lines.append(row_count(answer))
    return "".join(f"{line}\n" for line in lines)


def comma_separated(answer: Outcome, display: Display) -> str:
    """Return the rows as CSV with a header, or where records are wanted a name and a value a line."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    names = [heading.name for heading in answer.headings or ()]
    rows = [[display.null if value is None else value for value in row] for row in answer.rows]
    if display.expanded == "on":
        writer.writerows(pair for row in rows for pair in zip(names, row, strict=True))
        return sink.getvalue()
    if not display.tuples_only:
        writer.writerow(names)
    writer.writerows(rows)
    return sink.getvalue()
