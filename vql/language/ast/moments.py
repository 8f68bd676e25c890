"""AS OF: the moments at which the parts of a statement are answered.

A query has the moment of its outermost query, and so have the tables that it reads; a query inside may have
a moment of its own, which is that of all it reads, and so may a single reference to a table. Changes and
definitions have none, the queries in them may. `numbered` calls each table of another moment than the
statement's by a name of its own, which ends with the moment's number: whoever binds the statement finds the
table of then, and whoever runs it knows which snapshot it is of. Calls say their moment, for what functions
that somebody made read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from vql.errors import NotSupportedError
from vql.language import ast
from vql.language.ast.walk import nodes_of

# Stands in no name that a user can write.
MARK = "\0"
# Functions that answer from the catalog, and types whose values are read and written by it.
OF_CATALOG = re.compile(
    r"pg_get_\w+|pg_\w+_is_\w+|pg_describe_object|pg_identify_object|pg_has_role|pg_(total_)?(table|relation|indexes)"
    r"_size|has_\w+_privilege|to_reg\w+|(col|obj|shobj)_description|format_type|enum_(range|first|last)"
)
CATALOG_TYPES = re.compile(r"reg(class|type|proc|procedure|oper|operator|namespace|role|collation)")
# Names of WITH that are seen, each with the number of the moment it is defined at, None for the statement's.
Common = Mapping[str, int | None]


def name_of(name: str) -> str:
    """Return a table's name as it was written."""
    return name.partition(MARK)[0]


def number_of(name: Sequence[str]) -> int | None:
    """Return the number of the moment a table of that name is read at, None for the statement's own."""
    number = name[-1].partition(MARK)[2]
    return int(number) if number else None


def at_moment(ref: ast.TableRef, number: int | None) -> ast.TableRef:
    """Return a reference to a table at a moment."""
    if number is None:
        return ref
    name = (*ref.name[:-1], f"{ref.name[-1]}{MARK}{number}")
    return replace(ref, name=name, alias=ref.alias or ref.name[-1], as_of=None)


def numbered(statement: Any) -> tuple[Any, tuple[ast.AsOf, ...]]:
    """Return a statement whose AS OF, but for that of a query as a whole, have gone into the names of the
    tables they are of, and these moments by number. Raises 0A000 for a common table at a moment that it is
    not computed at."""
    if not any(True for _ in nodes_of(statement, ast.AsOf)):
        return statement, ()
    statement = _lifted(statement)
    numbering = _Numbering(statement)
    return numbering.moved(statement, None, {}), tuple(numbering.moments)


def _lifted(statement: Any) -> Any:
    """Return a query of one table with the table's moment as its own."""
    match statement:
        case ast.Select(sources=(ast.TableRef(as_of=ast.AsOf(until=None) as moment) as ref,), as_of=None):
            if len(list(nodes_of(statement, ast.TableRef))) == 1:
                return replace(statement, sources=(replace(ref, as_of=None),), as_of=moment)
    return statement


def _refuse_catalog(names: re.Pattern[str], name: str, shown: str, span: ast.Span) -> None:
    """Raise 0A000 for what would answer from the catalog of now in a query of another moment."""
    if names.fullmatch(name):
        position = span[0] + 1 if span != ast.NOWHERE else None
        text = f"AS OF a moment of its own is not supported for {shown}"
        raise NotSupportedError(text, hint="Write AS OF behind the whole statement.", position=position)


class _Numbering:
    """One statement's moments, in the order they are met."""

    def __init__(self, root: object) -> None:
        self._root = root
        self.moments: list[ast.AsOf] = []

    def moved(self, node: Any, moment: int | None, common: Common) -> Any:
        """Return a part of the statement that is answered at a moment and sees some names of WITH."""
        if isinstance(node, tuple):
            items = tuple(self.moved(item, moment, common) for item in node)
            return node if all(a is b for a, b in zip(items, node, strict=True)) else items
        if not is_dataclass(node):
            return node
        changed: dict[str, Any] = {}
        if isinstance(node, ast.TableRef):
            return self._table(node, moment, common)
        if isinstance(node, ast.Call) and moment is not None:
            _refuse_catalog(OF_CATALOG, node.name[-1], f"{node.name[-1]}()", node.span)
            changed["moment"] = moment
        if isinstance(node, ast.Cast) and moment is not None:
            _refuse_catalog(CATALOG_TYPES, node.type.name, f"type {node.type.name}", node.type.span)
        if isinstance(node, ast.Query):
            if node.as_of is not None and node is not self._root:
                moment = self._number(node.as_of)
                changed["as_of"] = None
            if node.with_:
                changed["with_"], common = self._with(node, moment, common)
        for field in fields(node):
            before = getattr(node, field.name)
            if field.name not in ("with_", "as_of") and (isinstance(before, tuple) or is_dataclass(before)):
                after = self.moved(before, moment, common)
                if after is not before:
                    changed[field.name] = after
        return replace(node, **changed) if changed else node

    def _with(
        self, node: ast.Query, moment: int | None, common: Common
    ) -> tuple[tuple[ast.CommonTable, ...], Common]:
        """Return the common tables of a query, and the names it sees: each sees those before it, where they
        are recursive all of them."""
        names = {table.name: moment for table in node.with_}
        seen = {**common, **names} if node.recursive else dict(common)
        made = []
        for table in node.with_:
            made.append(replace(table, query=self.moved(table.query, moment, seen)))
            seen = {**seen, table.name: moment}
        return tuple(made), {**common, **names}

    def _table(self, ref: ast.TableRef, moment: int | None, common: Common) -> ast.TableRef:
        if ref.as_of is not None:
            moment = self._number(ref.as_of)
        if len(ref.name) == 1 and ref.name[0] in common:
            if common[ref.name[0]] != moment:
                raise NotSupportedError(
                    "AS OF a moment in a query of a common table is not supported yet",
                    hint="Write AS OF in the WITH query itself.",
                    position=ref.span[0] + 1 if ref.span != ast.NOWHERE else None,
                )
            return ref
        return at_moment(ref, moment)

    def _number(self, moment: ast.AsOf) -> int:
        if moment not in self.moments:
            self.moments.append(moment)
        return self.moments.index(moment)
