"""What a worker counts of statements: how many of each kind, and how long they took.

Written by the event loop alone, which reads them too.
"""

from __future__ import annotations

from collections import Counter

# A list has a place for each length of a time in bits, as microseconds: below 2, 4, 8 ... of them.
BITS_MAX = 63
# Tags differ by numbers of rows.
TAGS_MAX = 1_024


class StatementCounts:
    """The statements of one worker since its start; the last place of a kind is the sum of its times."""

    def __init__(self) -> None:
        self.kinds: dict[str, list[int]] = {}
        self.by_tag: dict[str, list[int]] = {}  # those of kinds, found without a look into the tag
        self.errors: Counter[str] = Counter()  # by SQLSTATE
        self.refused: Counter[str] = Counter()  # clients that were not let in

    def learn(self, tag: str) -> list[int]:
        """Return the list of the kind of a tag, such as `INSERT 0 1`."""
        counts = self.kinds.setdefault(tag.partition(" ")[0], [0] * (BITS_MAX + 2))
        if len(self.by_tag) >= TAGS_MAX:
            self.by_tag.clear()
        self.by_tag[tag] = counts
        return counts
