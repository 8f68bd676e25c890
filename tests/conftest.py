"""Options of the whole suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --rewrite: write what golden scripts give into them, to be reviewed as a diff."""
    parser.addoption("--rewrite", action="store_true", help="rewrite the expectations of golden scripts")
