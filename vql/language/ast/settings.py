"""SET, RESET and what says with what sessions begin."""

from __future__ import annotations

from vql.dataclass import dataclass
from vql.language.ast.literals import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Set:
    """SET [LOCAL] name = value, or RESET name; `value` None means DEFAULT (RESET ALL has name "all").
    Words are strings; several values are joined with ", "."""

    name: str
    value: str | None
    local: bool = False
    span: Span = NOWHERE
    is_reset: bool = False


@dataclass(frozen=True, slots=True)
class AlterSystem:
    """ALTER SYSTEM SET or RESET."""

    setting: Set
