"""Which operators bind closer: a run of operands and operators, in the order of the text, becomes a tree.

The levels are those of PostgreSQL's table (manual, 4.1.6) and of its grammar: comparisons and their kin do
not associate (42601), a prefix operator takes what binds closer than itself wherever it stands, and what an
operator behind its operand has completed may be the operand of any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from lark import Token

from vql.errors import LimitExceeded
from vql.language.build.pieces import left_joined
from vql.language.tables import Unexpected

# Expressions and queries inside each other: what walks a tree takes up to five calls a node, of the 1,000
# that Python allows by default to a program and all that it calls.
NESTING_MAX = 150
# Terminals from those that bind least to those that bind closest.
LEVELS = {
    terminal: level
    for level, terminals in enumerate(
        (
            "OR", "AND", "NOT", "IS_TEST IS_NORMALIZED IS_JSON DISTINCT_FROM", "CMP EQ",
            "BETWEEN NOT_BETWEEN IN NOT_IN LIKE NOT_LIKE ILIKE NOT_ILIKE SIMILAR_TO NOT_SIMILAR_TO OVERLAPS",
            "ESCAPE", "OP", "PLUS MINUS", "STAR MULOP", "POW", "AT_TIME_ZONE AT_LOCAL", "COLLATE", "SIGN",
            "CASTS",
        )
    )
    for terminal in terminals.split()
}  # fmt: skip
SIGN = LEVELS["SIGN"]
NOT_ASSOCIATIVE = frozenset(LEVELS[terminal] for terminal in ("IS_TEST", "CMP", "LIKE", "ESCAPE"))
# Operators whose terms may be grouped at will, by what they may be grouped with.
GROUPS = {"AND": "AND", "OR": "OR", "+": "+", "-": "+", "||": "||"}


class PlacedOperator(NamedTuple):
    """An operator at its `place`, "prefix", "infix" or "suffix"; `rest` is what its rule found behind it."""

    place: str
    token: Token
    level: int
    rest: tuple[Any, ...] = ()


def operator_at(place: str, token: Token, rest: Sequence[Any] = ()) -> PlacedOperator:
    """Return an operator with how close it binds."""
    is_sign = place == "prefix" and token.type in ("PLUS", "MINUS")
    return PlacedOperator(place, token, SIGN if is_sign else LEVELS[token.type], tuple(rest))


def nesting_exceeded() -> LimitExceeded:
    """Return that a statement nests deeper than what walks its tree can go."""
    return LimitExceeded(
        "stack depth limit exceeded",
        sqlstate="54001",
        hint=f"Expressions and queries may stand inside each other {NESTING_MAX} levels deep.",
    )


class PrecedenceClimbing:
    """Operands and operators in the order of the text. `join` makes the tree of two operands, the token
    between them and what its rule has found behind that, `apply` that of one before or behind its operand."""

    def __init__(
        self,
        pieces: Sequence[Any],
        join: Callable[..., Any],
        apply: Callable[[PlacedOperator, Any], Any],
    ) -> None:
        self._pieces = pieces
        self._place = self._depth = 0
        self._join, self._apply = join, apply

    def tree(self) -> Any:
        """Return the whole as a tree. Raises Unexpected for chains that do not associate, 54001."""
        return self._read(0)

    def _read(self, lowest: int) -> Any:
        """Read an operand and the operators behind it that bind at a level or closer."""
        self._depth += 1
        if self._depth > NESTING_MAX:
            raise nesting_exceeded()
        first = self._place
        while isinstance(self._pieces[self._place], PlacedOperator):
            self._place += 1
        prefixes = self._pieces[first : self._place]
        tree = self._pieces[self._place]
        self._place += 1
        for prefix in reversed(prefixes):
            tree = self._apply(prefix, self._behind(tree, prefix.level + 1))
        tree = self._behind(tree, lowest)
        self._depth -= 1
        return tree

    def _behind(self, tree: Any, lowest: int) -> Any:
        closed = -1  # the level of an operator that no other of its level may follow
        while (operator := self._next(lowest)) is not None:
            if operator.level == closed:
                raise Unexpected(operator.token, set())
            if operator.place == "suffix":
                self._place += 1
                tree, closed = self._apply(operator, tree), -1
                continue
            if operator.level in NOT_ASSOCIATIVE:
                self._place += 1
                tree = self._join(tree, operator.token, self._read(operator.level + 1), *operator.rest)
                closed = operator.level
                continue
            operands = []
            while (following := self._next(lowest)) is not None and following.level == operator.level:
                if following.place == "suffix":
                    break
                self._place += 1
                operands.append((following.token, self._read(following.level + 1)))
            tree, closed = left_joined(tree, operands, self._join, _group), -1
        return tree

    def _next(self, lowest: int) -> PlacedOperator | None:
        if self._place == len(self._pieces):
            return None
        operator: PlacedOperator = self._pieces[self._place]
        return operator if operator.level >= lowest else None


def _group(token: Token) -> str | None:
    return GROUPS.get(str(token).upper())
