"""What is found out about a machine: a line each, and how they are printed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

OK, NOTE, BAD = "ok", "note", "bad"


class Finding(NamedTuple):
    """What was looked at, what was found, and, unless it is OK, what to do about it."""

    what: str
    found: str
    state: str = OK
    advice: str = ""


def findings_shown(findings: Iterable[Finding]) -> str:
    """Return the lines of findings, what is to be done below each."""
    lines = []
    for each in findings:
        lines.append(f"{each.state:>4}  {each.what:<18} {each.found}")
        if each.advice:
            lines.append(f"{'':>4}  {'':<18} -> {each.advice}")
    return "\n".join(lines)
