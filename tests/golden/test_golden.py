"""Every script gives what it says, embedded and over the wire."""

from __future__ import annotations

from pathlib import Path

import pytest
from runner import Runner, Transport, read, write

FOLDER = Path(__file__).parent / "scripts"
SCRIPTS = sorted(FOLDER.rglob("*.sql"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(FOLDER).with_suffix("")))
def test_script(script: Path, transport: Transport, request: pytest.FixtureRequest) -> None:
    blocks = read(script.read_text())
    runner = Runner(transport)
    outputs = [runner.run(block) for block in blocks]
    if request.config.getoption("--rewrite") and "embedded" in request.node.name:
        script.write_text(write(blocks, outputs))
        return
    for block, output in zip(blocks, outputs, strict=True):
        expected = block.expected if transport.shows_beneath else block.answers()
        assert output == expected, block.source
