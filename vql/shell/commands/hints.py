"""What was meant: the nearest of the words there are, where a name is not known."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Protocol

from vql.errors import Error
from vql.shell.commands.usage import statement_words

# How near a word has to be, of 1: `selct` is 0.91 from select, `shose` 0.8 from shoes.
NEARNESS = 0.7
MISSING = re.compile(r'(?:relation|table) "([^"]+)" does not exist')


class KnownNames(Protocol):
    """The names of a database."""

    relations: dict[str, tuple[str, ...]]

    def refresh(self) -> None:
        """Read them."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was meant, None where none is near."""
    found = difflib.get_close_matches(word.lower(), list(known), 1, NEARNESS)
    return found[0] if found else None


def hint_for(error: Error, source: str, names: KnownNames) -> str | None:
    """Return a hint for a misspelled word at a statement's begin, or for a misspelled table."""
    if error.sqlstate == "42601" and error.position is not None:
        first = re.match(r"\s*(\w+)", source)
        if first is None or error.position != first.start(1) + 1:
            return None
        meant = nearest(first[1], statement_words())
        return f"Did you mean {meant.upper()}?" if meant and meant != first[1].lower() else None
    missing = MISSING.match(error.message) if error.sqlstate == "42P01" else None
    if missing is None:
        return None
    names.refresh()
    meant = nearest(missing[1].rpartition(".")[2], names.relations)
    return f'Did you mean "{meant}"?' if meant else None
