"""Every script gives what it says, embedded and over the wire."""

from __future__ import annotations

from pathlib import Path

import pytest
from runner import Runner, Transport, read, write

SCRIPTS = sorted((Path(__file__).parent / "scripts").rglob("*.sql"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(script: Path, transport: Transport, request: pytest.FixtureRequest) -> None:
    blocks = read(script.read_text())
    runner = Runner(transport)
    outputs = [runner.run(block) for block in blocks]
    if request.config.getoption("--rewrite") and "embedded" in request.node.name:
        script.write_text(write(blocks, outputs))
        return
    for block, output in zip(blocks, outputs, strict=True):
        assert output == block.expected, block.source
