"""Coercions: which conversions PostgreSQL applies by itself, and the type that several values have in common.

The rules are those of PostgreSQL's chapter "Type Conversion". What converts to what is in the registry
(`vql.functions.declare.CASTS`); beyond it everything has a text form, which an assignment writes and an
explicit cast reads; and an array converts as its elements do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from vql.errors import DatatypeMismatch, NotSupportedError, ProgrammingError
from vql.functions.declare import CASTS, Conversion
from vql.language.analyze import tree
from vql.language.analyze.tree import Const, Expr, Param
from vql.types.ranges.made import RangeParts
from vql.types.type import TEXT, UNKNOWN, Type, declared_type

RANKS = {"implicit": 0, "assignment": 1, "explicit": 2}
IMPLICIT, ASSIGNMENT, EXPLICIT = 0, 1, 2
RECORD = Type("record")
# A value of a composite type is a row.
AS_RECORD = Conversion(source="record", result="record", run=lambda row: row, willingness="implicit")
POLYMORPHIC = frozenset({
    "any", '"any"', "anyelement", "anyarray", "anynonarray", "anycompatible", "anycompatiblearray",
    "anycompatiblenonarray", "anyrange", "anymultirange", "anyenum",
})  # fmt: skip


@cache
def signature_type(name: str) -> Type:
    """Return the type that a name in a declaration means."""
    return Type(name) if name in POLYMORPHIC else declared_type(name)


@cache
def _conversions() -> dict[tuple[str, str], Conversion]:
    return {
        (signature_type(found.source).name, signature_type(found.result).name): found
        for found in CASTS.values()
    }


def conversion(source: Type, target: Type) -> Conversion | None:
    """Return the declared conversion between two types; a range becomes a multirange of its type."""
    made = target.made
    if isinstance(made, RangeParts) and made.is_multi and source.made == made.paired(target.name):
        return _conversions()["int4range", "int4multirange"]
    return _conversions().get((source.name, target.name))


def category(type_: Type) -> str:
    """Return pg_type.typcategory."""
    return "A" if type_.is_array else type_.base.category


def is_string(type_: Type) -> bool:
    """Whether every value can be made one by its text form without being asked twice."""
    return type_.base.category == "S"


def can_coerce(source: Type, target: Type, rank: int = IMPLICIT) -> bool:
    """Whether a value of one type may become one of another, so willingly."""
    if source.name == target.name or source == UNKNOWN or target.name in ("any", '"any"'):
        return True
    found = conversion(source, target)
    if found is not None:
        return RANKS[found.willingness] <= rank
    if source.is_array and target.is_array and can_coerce(source.element, target.element, rank):
        return True
    if source.composite and target == RECORD or source == RECORD and target.composite:
        return True
    if target.is_array and source.of_list != source:
        return can_coerce(source.of_list, target, rank)
    if rank >= ASSIGNMENT and is_string(target):
        return True
    return rank >= EXPLICIT and is_string(source)


def as_type(
    node: Expr,
    target: Type,
    note: Callable[[int, Type], Type],
    rank: int = IMPLICIT,
    span: tuple[int, int] = (0, 0),
) -> Expr:
    """Return an expression as one of a type, which it can become (`can_coerce`). `note` is told what type a
    parameter of none is used as, and returns it. Raises 42846 where it cannot become one, 42P08."""
    source = node.type
    target = target.plain
    if (
        target.is_array
        and source.of_list not in (source, target)
        and can_coerce(source.of_list, target, rank)
    ):
        node = as_type(node, source.of_list, note)
        source = node.type
    if source == UNKNOWN and target.base.is_looked_up and isinstance(node, Param | Const):
        found = conversion(TEXT, target)
        if found is not None:  # what its text form means only the catalog knows
            named = as_type(node, TEXT, note)
            is_literal = isinstance(node, Const)
            place = node.span if is_literal else span
            return tree.Coerce(named, target, found, False, False, rank == EXPLICIT, place, is_literal)
    if source.is_string and target.base.is_looked_up and conversion(source, target) is None:
        return as_type(as_type(node, TEXT, note, rank), target, note, rank, span)
    if source == UNKNOWN and target.is_array and target.element.base.is_looked_up:
        return as_type(as_type(node, TEXT.array, note), target, note, EXPLICIT, span)
    if isinstance(node, Param) and source == UNKNOWN:
        noted = note(node.index, target.sized(None))
        if noted.name != target.name:  # the same node is used as two
            raise ProgrammingError(
                f"inconsistent types deduced for parameter ${node.index + 1}", sqlstate="42P08",
                position=node.span[0] + 1, detail=f"{noted} versus {target}",
            )  # fmt: skip
        return _sized(replace(node, type=noted), target, rank)
    if isinstance(node, Const) and source == UNKNOWN:
        return _read(node, target, rank)
    if source == UNKNOWN:
        return tree.Coerce(node, target, by_text=True, is_explicit=rank == EXPLICIT)
    if source.name == target.name:
        return _sized(node, target, rank)
    if isinstance(node, tree.RowExpr) and target.composite is not None and source == RECORD:
        return _as_composite(node, target, note, rank, span)
    if source.composite and target == RECORD:
        if isinstance(node, tree.RowExpr):
            return replace(node, type=RECORD)
        return tree.Coerce(node, RECORD, AS_RECORD)
    found = conversion(source, target)
    if found is not None and RANKS[found.willingness] <= rank:
        made = tree.Coerce(node, target, found, is_explicit=rank == EXPLICIT, span=span)
        return (
            made
            if found.needs_modifier or target.modifier is None
            else _sized(replace(made, type=target.sized(None)), target, rank)
        )
    if source.is_array and target.is_array and can_coerce(source.element, target.element, rank):
        element = conversion(source.element, target.element)
        made = tree.Coerce(
            node, target.sized(None), element,
            by_text=element is None, is_elementwise=True, is_explicit=rank == EXPLICIT,
        )  # fmt: skip
        return _sized(made, target, rank)
    if (rank >= ASSIGNMENT and is_string(target)) or (rank >= EXPLICIT and is_string(source)):
        return tree.Coerce(node, target, by_text=True, is_explicit=rank == EXPLICIT, span=span)
    raise _no_cast(source, target, span)


def _no_cast(source: Type, target: Type, span: tuple[int, int], detail: str = "") -> ProgrammingError:
    return ProgrammingError(
        f"cannot cast type {source.formatted()} to {target.sized(None).formatted()}",
        sqlstate="42846", detail=detail or None, position=span[0] + 1 if span != (0, 0) else None,
    )  # fmt: skip


def _as_composite(
    node: tree.RowExpr, target: Type, note: Callable[[int, Type], Type], rank: int, span: tuple[int, int]
) -> Expr:
    """Return a row whose fields have become those of a composite type. Raises 42846."""
    composite = target.composite
    assert composite is not None, "asked before"
    if len(node.items) != len(composite.fields):
        few = len(node.items) < len(composite.fields)
        raise _no_cast(RECORD, target, span, f"Input has too {'few' if few else 'many'} columns.")
    items = []
    for place, (item, field) in enumerate(zip(node.items, composite.fields, strict=True), 1):
        if not can_coerce(item.type, field.type, rank):
            shown = f"{item.type.sized(None).formatted()} to {field.type.sized(None).formatted()}"
            raise _no_cast(RECORD, target, span, f"Cannot cast type {shown} in column {place}.")
        if field.type.domain is not None:
            raise NotSupportedError(
                f"rows of type {target.formatted()}, which has fields of domains, are not made yet"
            )
        items.append(as_type(item, field.type, note, rank, span))
    return tree.RowExpr(tuple(items), tuple(f.name for f in composite.fields), target, node.nullable, True)


def _read(node: Const, target: Type, rank: int) -> Expr:
    """Return a literal as a value of the type it is read as; its text stands for it till then."""
    if node.value is None:
        return replace(node, type=target)
    if target.name in POLYMORPHIC:
        return replace(node, type=TEXT)
    return tree.Coerce(replace(node, type=UNKNOWN), target, by_text=True, is_explicit=rank == EXPLICIT)


def _sized(node: Expr, target: Type, rank: int) -> Expr:
    """Return a value of a type with the modifier asked for."""
    if target.modifier is None or node.type == target:
        return node
    if isinstance(node, Const) and node.value is None:
        return replace(node, type=target)
    return tree.Coerce(node, target, is_explicit=rank == EXPLICIT)


def shared_type(items: Sequence[Expr]) -> Type:
    """Return the type of expressions of one type, with its modifier where all have the same."""
    first = items[0].type
    if len({item.type.domain for item in items}) > 1:
        first = first.plain
    return first if all(item.type == first for item in items) else first.sized(None)


def common_type(types: Sequence[Type], what: str, position: int | None = None) -> Type:
    """Return the type that values of several types become (UNION, CASE, VALUES, ARRAY ...): text where none
    is known. Raises 42804 naming `what` where they have none in common."""
    modifiers = {type_ for type_ in types}
    if len(modifiers) == 1 and types[0] != UNKNOWN:
        return types[0] if len({type_.domain for type_ in types}) == 1 else types[0].plain
    known = [type_.sized(None).plain for type_ in types if type_ != UNKNOWN]
    if not known:
        return TEXT
    chosen = known[0]
    for type_ in known[1:]:
        if type_.name == chosen.name:
            continue
        if category(type_) != category(chosen):
            raise DatatypeMismatch(
                f"{what} types {chosen.formatted()} and {type_.formatted()} cannot be matched",
                position=position,
            )
        if not chosen.base.is_preferred and can_coerce(chosen, type_) and not can_coerce(type_, chosen):
            chosen = type_
    for type_ in known:
        if not can_coerce(type_, chosen):
            raise DatatypeMismatch(
                f"{what} could not convert type {type_.formatted()} to {chosen.formatted()}",
                position=position,
            )
    return chosen
