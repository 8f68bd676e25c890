"""The list of what is known to differ (`known.tsv`): operations that random statements leave out, and why.

A line is the operations, how the answers differ, the smallest statement that shows it, and what VQL says or
gives, with tabs between. A line whose statement no longer differs fails a test; `make differential
ARGS=--rewrite` writes the list anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sides import UNSAID, Difference, Sides

PLACE = Path(__file__).with_name("known.tsv")
TOGETHER = " + "
CHANGED = "tame"  # the table that random statements change


@dataclass(frozen=True, order=True)
class Known:
    """One line."""

    operations: str
    kind: str
    sql: str
    reason: str


def read() -> list[Known]:
    """Return the list."""
    return [Known(*line.split("\t")) for line in PLACE.read_text().splitlines() if line]


def present(both: Sides, line: Known) -> Known | None:
    """Return what a line has to say now, None where its statement no longer differs."""
    is_change = line.sql.startswith(("INSERT", "UPDATE", "DELETE"))
    found = both.difference(line.sql, line.kind == "order", CHANGED if is_change else "")
    if found is None or found.kind in UNSAID:
        return None
    return Known(line.operations, found.kind, line.sql, reason_of(found))


def reason_of(found: Difference) -> str:
    """Return what the list says of a difference."""
    return found.ours.shown(found.right)[:160]


def write(lines: Iterable[Known]) -> None:
    """Write the list, in order."""
    PLACE.write_text("".join("\t".join(_flat(line)) + "\n" for line in sorted(lines)))


def _flat(line: Known) -> Sequence[str]:
    fields = (line.operations, line.kind, line.sql, line.reason)
    return [field.replace("\t", " ").replace("\n", " ") for field in fields]
