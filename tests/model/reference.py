"""The model: rows in a dict, predicates in Python, distances in numpy; what the database must equal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np


class Row(NamedTuple):
    """One row but its key: a number, a word and a vector of whole numbers, each maybe NULL."""

    a: int | None
    s: str | None
    v: tuple[int, ...] | None


Rows = dict[int, Row]


def known(value, test):
    """A comparison with NULL is neither true nor false: None."""
    return None if value is None else test(value)


def negated(truth):
    return None if truth is None else not truth


def either(left, right):
    if left or right:
        return True
    return None if left is None or right is None else False


# SQL beside what it means; a row passes where it is True.
PREDICATES = {
    "true": lambda i, r: True,
    "a < 5": lambda i, r: known(r.a, lambda a: a < 5),
    "NOT a < 5": lambda i, r: negated(known(r.a, lambda a: a < 5)),
    "a IS NULL": lambda i, r: r.a is None,
    "a = 3": lambda i, r: known(r.a, lambda a: a == 3),
    "a IN (1, 2, 7)": lambda i, r: known(r.a, lambda a: a in (1, 2, 7)),
    "a BETWEEN 2 AND 6 AND s = 'x'": lambda i, r: (
        known(r.a, lambda a: 2 <= a <= 6) is True and known(r.s, lambda s: s == "x") is True
    ),
    "s = 'x'": lambda i, r: known(r.s, lambda s: s == "x"),
    "s <> 'x'": lambda i, r: known(r.s, lambda s: s != "x"),
    "s = 'nowhere'": lambda i, r: False,
    "s IS NOT NULL": lambda i, r: r.s is not None,
    "s LIKE 'z%'": lambda i, r: known(r.s, lambda s: s.startswith("z")),
    "a > 7 OR s = 'y'": lambda i, r: either(known(r.a, lambda a: a > 7), known(r.s, lambda s: s == "y")),
    "NOT (a > 7 OR s = 'y')": lambda i, r: negated(
        either(known(r.a, lambda a: a > 7), known(r.s, lambda s: s == "y"))
    ),
    "id = 3": lambda i, r: i == 3,
    "id < 20": lambda i, r: i < 20,
    "v IS NULL": lambda i, r: r.v is None,
}
OPERATORS = {"l2": "<->", "inner_product": "<#>", "cosine": "<=>", "l1": "<+>"}


def passing(rows: Rows, predicate: str) -> Rows:
    """Return the rows a predicate lets pass."""
    test = PREDICATES[predicate]
    return {i: row for i, row in rows.items() if test(i, row) is True}


def distance(metric: str, vector: tuple[int, ...] | None, query: tuple[int, ...]) -> float | None:
    """Whole numbers make every sum exact, so the database's distances must be equal to the bit."""
    if vector is None:
        return None
    v, q = np.array(vector, float), np.array(query, float)
    match metric:
        case "l2":
            return float(np.sqrt(((v - q) ** 2).sum()))
        case "l1":
            return float(np.abs(v - q).sum())
        case "inner_product":
            return -float((v * q).sum())
    norms = np.sqrt((v * v).sum() * (q * q).sum())
    return float(1 - np.clip((v * q).sum() / norms, -1, 1)) if norms else float("nan")


def rank(found: float | None, order: int) -> tuple[int, float, int]:
    """Sort key of a distance: numbers, then NaN, then NULL; equal ones by the order of rows."""
    if found is None:
        return (2, 0.0, order)
    return (1, 0.0, order) if found != found else (0, found, order)


@dataclass(frozen=True)
class Transaction:
    """An open transaction: the rows that are committed, which of those it has ended, its own rows."""

    base: Rows
    ended: frozenset[int] = frozenset()
    own: Rows = field(default_factory=dict)

    def view(self) -> Rows:
        """Return what the transaction sees."""
        return {i: row for i, row in self.base.items() if i not in self.ended} | self.own

    def on(self, base: Rows) -> Transaction:
        """Return the transaction over what others have committed since."""
        return replace(self, base=base)

    def insert(self, rows: Rows) -> Transaction:
        return replace(self, own=self.own | rows)

    def end(self, ids) -> Transaction:
        """Delete rows the transaction sees."""
        own = {i: row for i, row in self.own.items() if i not in ids}
        ended = self.ended | {i for i in ids if i in self.base and i not in self.own}
        return replace(self, own=own, ended=ended)

    def update(self, rows: Rows) -> Transaction:
        return self.end(rows.keys()).insert(rows)
