"""Rows of pg_operator and pg_cast: the operators and conversions that are declared.

No function stands behind an operator or a cast by name: `oprcode` and `castfunc` are 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from vql.dataclass import dataclass
from vql.executor.bridge.catalog.built_in.routines import extension_of, placed, type_number
from vql.executor.bridge.catalog.constraints import Row
from vql.executor.bridge.catalog.type_rows import OWNER, procedure
from vql.functions.declare import CASTS, OPERATORS, Function
from vql.functions.library import load_families
from vql.language.analyze.resolution.coerce import signature_type
from vql.storage.snapshot import Snapshot

FIRST_OPERATOR, FIRST_CAST = 5_000, 5_000
# The operator that says the same with its sides exchanged, and the one that says the opposite.
COMMUTATORS = {
    "=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<=", "@>": "<@", "<@": "@>", "&&": "&&",
    "<<": ">>", ">>": "<<", "-|-": "-|-", "<->": "<->", "<#>": "<#>", "<=>": "<=>", "<+>": "<+>", "<~>": "<~>",
    "<%>": "<%>",
}  # fmt: skip
NEGATORS = {
    "=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "~~": "!~~", "!~~": "~~",
    "~~*": "!~~*", "!~~*": "~~*", "~": "!~", "!~": "~", "~*": "!~*", "!~*": "~*",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator that is declared, its OID, and those of its sides (0: none) and its result."""

    oid: int
    declared: Function
    left: int
    right: int
    result: int
    extension: str


@cache
def operators() -> tuple[Operator, ...]:
    """Return what is declared, in the order of OIDs."""
    load_families()
    declared = (each for name in sorted(OPERATORS) for each in OPERATORS[name])
    return tuple(_operator(oid, each) for oid, each in enumerate(declared, FIRST_OPERATOR))


@cache
def operators_by_oid() -> dict[int, Operator]:
    """Return what is declared by OIDs."""
    return {each.oid: each for each in operators()}


@cache
def operators_named() -> dict[str, list[Operator]]:
    """Return what is declared by names."""
    found: dict[str, list[Operator]] = {}
    for each in operators():
        found.setdefault(each.declared.name, []).append(each)
    return found


@cache
def operators_by_sides() -> dict[tuple[str, int, int], Operator]:
    """Return what is declared by names and the OIDs of the sides."""
    return {(each.declared.name, each.left, each.right): each for each in operators()}


def operator_rows(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_operator."""
    places = dict(placed(snapshot))
    return [_row(each, places[each.extension]) for each in operators() if each.extension in places]


def cast_rows(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    """Return pg_cast."""
    there = dict(placed(snapshot))
    return [row for row, extension in _casts() if extension in there]


def casts_of(extension: str) -> list[int]:
    """Return the OIDs of the casts that an extension brings."""
    return [int(str(row[0])) for row, of in _casts() if of == extension]


@cache
def _casts() -> list[tuple[Row, str]]:
    load_families()
    made = []
    for oid, found in enumerate(CASTS.values(), FIRST_CAST):
        names = (found.source, found.result)
        extension = next((of for of in (signature_type(name).base.extension for name in names) if of), "")
        context = found.willingness[0]
        made.append(((oid, *map(type_number, names), 0, context, "f"), extension))
    return made


def _operator(oid: int, declared: Function) -> Operator:
    sides = [type_number(each.type) for each in declared.arguments]
    left, right = (0, *sides) if len(sides) == 1 else sides
    return Operator(oid, declared, left, right, type_number(declared.result), extension_of(declared))


def _row(operator: Operator, namespace: int) -> Row:
    name, left, right = operator.declared.name, operator.left, operator.right
    is_equality = name == "=" and left == right
    return (
        operator.oid, name, namespace, OWNER, "b" if left else "l", is_equality, is_equality, left, right, operator.result,
        _oid(COMMUTATORS.get(name, ""), right, left), _oid(NEGATORS.get(name, ""), left, right), *(procedure("-"),) * 3,
    )  # fmt: skip


def _oid(name: str, left: int, right: int) -> int:
    found = operators_by_sides().get((name, left, right))
    return 0 if found is None else found.oid
