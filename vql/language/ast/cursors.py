"""Nodes of cursor statements, a part of `vql.language.ast.nodes`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from vql.language.ast.nodes import Query


@dataclass(frozen=True, slots=True)
class DeclareCursor:
    """DECLARE name [BINARY] CURSOR [WITH HOLD] FOR query."""

    name: str
    query: Query | None
    hold: bool = False
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Fetch:
    """FETCH or MOVE. `direction`: forward, backward (`count` rows, EVERY for all), absolute (from
    the end where negative), relative."""

    EVERY: ClassVar[int] = -(1 << 62)

    name: str
    direction: str
    count: int
    move: bool = False
