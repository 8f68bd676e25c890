"""Some statements that nobody would write; `make fuzz` runs a million."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from strange_statements import fuzz  # noqa: E402 - found beside this file


def test_no_statement_reaches_an_internal_error(tmp_path: Path) -> None:
    found = fuzz(tmp_path / "db", 20, range(2_200))
    assert not found.faults, "\n".join(found.faults.values())
    assert found.outcomes["ok"] > 50
