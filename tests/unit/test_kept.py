"""Statements kept by their text take a bounded part of memory."""

from __future__ import annotations

from pathlib import Path

import vql
from vql.session.statements.kept import LENGTH_MAX, TEXTS_KEPT, ByText


def test_the_oldest_are_dropped_by_number() -> None:
    kept = ByText[int]()
    for number in range(TEXTS_KEPT + 10):
        kept.keep((f"text {number}", ()), number)
    assert len(kept) == TEXTS_KEPT
    assert ("text 9", ()) not in kept
    assert kept["text 10", ()] == 10


def test_the_oldest_are_dropped_by_length() -> None:
    kept = ByText[int]()
    for number in range(100):
        kept.keep((f"{number:05}" * (LENGTH_MAX // 50), ()), number)
        kept.keep((f"{number:05}" * (LENGTH_MAX // 50), ()), number)  # counted once
    assert list(kept.values()) == list(range(90, 100))
    kept.keep(("x" * (LENGTH_MAX + 1), ()), 0)
    assert list(kept.values()) == list(range(90, 100))


def test_a_session_keeps_no_long_text(tmp_path: Path) -> None:
    with vql.connect(tmp_path / "db") as connection:
        length = LENGTH_MAX + 1
        found = connection.execute(f"SELECT length('{'x' * length}')").fetchone()
        assert found == (length,)
        assert connection.execute("SELECT 1").fetchone() == (1,)
