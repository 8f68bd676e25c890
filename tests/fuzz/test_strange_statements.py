"""Some statements that nobody would write; `make fuzz` runs a million."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from strange_statements import fuzz  # noqa: E402 - found beside this file


def test_no_statement_reaches_an_internal_error(tmp_path: Path) -> None:
    found, faults = fuzz(tmp_path / "db", 2_000, seed=20)
    assert not faults, "\n".join(faults)
    assert found["ok"] > 50
