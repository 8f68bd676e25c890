"""What a process loads at its first statement, loaded before it, by a process that others are copied from."""

from __future__ import annotations

from vql.functions.library import load_families
from vql.language import parser


def preload() -> None:
    """Load the families of functions and the parser's tables. Opens nothing and starts no thread."""
    load_families()
    parser.parse("SELECT 1")
