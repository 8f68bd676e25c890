"""Some messages of every kind; `make fuzz` sends a million."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from messages import Server, fuzz  # noqa: E402 - found beside this file


def test_no_message_reaches_an_internal_error(tmp_path: Path) -> None:
    server = Server(tmp_path / "db", workers=1)
    try:
        found = fuzz(server, 1_500, seed=20)
    finally:
        assert server.stop() == 0
    assert found["08P01"] > 0
