"""Where golden scripts differ from PostgreSQL, and why: `deviations.txt`, which docs/sql.md shows.

A line that begins with `#` is a reason, the lines below it are what deviates for it: the script, a colon, the
statement. A statement that no longer deviates fails a test, as one does that is not listed.
"""

from __future__ import annotations

from pathlib import Path

LIST = Path(__file__).with_name("deviations.txt")


def listed() -> dict[str, list[str]]:
    """Return what deviates, by its reason."""
    found: dict[str, list[str]] = {}
    reason = ""
    for line in filter(None, LIST.read_text().splitlines()):
        if line.startswith("#"):
            reason = line[1:].strip()
        found.setdefault(reason, [])
        if not line.startswith("#"):
            found[reason].append(line)
    return found


def entry(script: str, sql: str) -> str:
    """Return the line of a statement."""
    return f"{script}: {' '.join(sql.split())}"


def document() -> str:
    """Return what docs/sql.md says of it."""
    lines = []
    for reason, statements in sorted(listed().items()):
        example = min((line.partition(": ")[2] for line in statements), key=len)
        lines.append(f"* {reason}: `{example}`")
    return "\n".join(lines)
