"""Queries that fold rows: where aggregates and window functions may stand, and which columns a group has.

An aggregate belongs to the innermost query that one of its columns is of, to its own where it has none; a
window function belongs to its own. The columns of a group are the keys of GROUP BY and, of a table whose
primary key is among them in every grouping set, all that it has (SQL's functional dependency).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import is_dataclass
from typing import Any

from vql.errors import NotSupportedError, ProgrammingError
from vql.language.analyze import tree
from vql.language.ast import NOWHERE, Span
from vql.language.ast.walk import parts_of

Scopes = tuple[frozenset[str], ...]  # the relations of the queries around a place, up to the one checked


def folds(node: object) -> bool:
    """Whether an analysed expression has an aggregate or a window function in it, of its own query."""
    if isinstance(node, tree.Aggref):
        return True
    if isinstance(node, tuple):
        return any(map(folds, node))
    if isinstance(node, tree.SubLink):
        return False
    return any(folds(getattr(node, name)) for name in parts_of(type(node)) or ())


def check_rows(node: object, clause: str, scopes: Scopes) -> None:
    """Raise 42803 for an aggregate, 42P20 for a window function in a clause that is about single rows."""
    for found, inner in _folds(node, scopes):
        if found.over is not None and len(inner) == len(scopes):
            raise _error(f"window functions are not allowed in {clause}", found.span, "42P20")
        if _belongs(found, inner):
            raise _error(f"aggregate functions are not allowed in {clause}", found.span)


def check_no_series(node: object, message: str) -> None:
    """Raise 0A000 for a function that gives rows, where each row has one value."""
    found = next(_series(node), None)
    if found is not None:
        position = found.span[0] + 1 if found.span != NOWHERE else None
        raise NotSupportedError(message, position=position)


def has_series(node: object) -> bool:
    """Whether a function in an expression gives rows, but for those of queries in it."""
    return next(_series(node), None) is not None


def _series(node: Any) -> Iterator[tree.FuncExpr]:
    """Yield the functions in an expression that give rows, but for those of queries in it."""
    if isinstance(node, tree.FuncExpr) and node.function.gives_rows:
        yield node
    for part, _ in _parts(node, ()):
        if not isinstance(part, tree.SelectQuery | tree.ValuesQuery | tree.SetQuery):
            yield from _series(part)


def dependent_columns(query: tree.SelectQuery) -> tuple[tree.Var, ...]:
    """Return the columns read of groups that are no keys of them but depend on such. Raises 42803 for one
    that does not, and for what folds within a fold."""
    relations = relations_of(query.sources)
    parts = (query.targets, query.having, query.order_by, query.distinct_on)
    _check_no_window(query.having, "window functions are not allowed in HAVING", (relations,))
    folds = list(_folds(parts, (relations,)))
    for found, scopes in folds:
        _check_within(found, scopes)
    grouped = query.group_by or query.grouping_sets or query.having is not None
    if not grouped and not any(found.over is None and _belongs(found, scopes) for found, scopes in folds):
        return ()
    check = _Groups(query, relations)
    for part in parts:
        check.walk(part, (relations,))
    return tuple(check.dependent)


def relations_of(sources: Sequence[tree.FromItem]) -> frozenset[str]:
    """Return the names of what stands in FROM."""
    return frozenset(source.alias for source in _relations(sources))


class _Groups:
    """What may be read of the groups of one query."""

    def __init__(self, query: tree.SelectQuery, relations: frozenset[str]) -> None:
        self.relations = relations
        self.keys, self.has_sets = query.group_by, bool(query.grouping_sets)
        self.dependent: dict[tree.Var, None] = {}
        sets = query.grouping_sets
        common = {k for i, k in enumerate(query.group_by) if all(i in one for one in sets)}
        self.determined = {
            table.alias
            for table in _relations(query.sources)
            if isinstance(table, tree.RangeTable) and table.key
            and {tree.Var(table.alias, table.columns[i].column, table.columns[i].type) for i in table.key}
            <= common
        }  # fmt: skip

    def walk(self, node: Any, scopes: Scopes) -> None:
        """Take note of the dependent columns in an expression. Raises 42803."""
        if isinstance(node, tree.Const | tree.Param | tree.GroupingFunc):
            return
        if isinstance(node, tree.Var):
            self._column(node, scopes)
        elif self._is_key(node, scopes):
            return
        elif isinstance(node, tree.Aggref) and node.over is None and not _is_within(node, scopes[:-1]):
            self._direct(node, scopes)
        else:
            for part, inner in _parts(node, scopes):
                self.walk(part, inner)

    def _direct(self, node: tree.Aggref, scopes: Scopes) -> None:
        """Look at what an ordered-set aggregate takes of a group. Raises 42803, 0A000."""
        try:
            self.walk(node.direct, scopes)
        except ProgrammingError as error:
            error.detail = "Direct arguments of an ordered-set aggregate must use only grouped columns."
            raise
        if self.has_sets and any(_reads(value, scopes[-1]) for value in node.direct):
            text = "direct arguments of an ordered-set aggregate over GROUPING SETS must be constant"
            raise NotSupportedError(f"{text} so far", position=node.span[0] + 1)

    def _is_key(self, node: Any, scopes: Scopes) -> bool:
        return node in self.keys and not any(_reads(node, scope) for scope in scopes[:-1])

    def _column(self, node: tree.Var, scopes: Scopes) -> None:
        if _level(node, scopes) != len(scopes) - 1 or node in self.keys:
            return
        if node.relation in self.determined:
            self.dependent[node] = None
            return
        name = f'"{node.relation}.{node.column}"'
        if len(scopes) > 1:
            raise _error(f"subquery uses ungrouped column {name} from outer query", node.span)
        raise _error(
            f"column {name} must appear in the GROUP BY clause or be used in an aggregate function", node.span
        )


def _check_within(fold: tree.Aggref, scopes: Scopes) -> None:
    """Raise 42803, 42P20 for a fold within one, of the same rows."""
    check_rows(fold.filter, "FILTER", scopes)
    inside = (fold.arguments, fold.order_by)
    if fold.over is not None:
        _check_no_window(inside, "window function calls cannot be nested", scopes)
        _check_no_window(fold.over, "window functions are not allowed in window definitions", scopes)
        return
    for found, inner in _folds(inside, scopes):
        if found.over is not None and len(inner) == len(scopes):
            raise _error("aggregate function calls cannot contain window function calls", found.span)
        if found.over is None and _home(found, inner) == _home(fold, scopes) + len(inner) - len(scopes):
            raise _error("aggregate function calls cannot be nested", found.span)


def _check_no_window(node: object, message: str, scopes: Scopes) -> None:
    for found, inner in _folds(node, scopes):
        if found.over is not None and len(inner) == len(scopes):
            raise _error(message, found.span, "42P20")


def _folds(node: Any, scopes: Scopes) -> Iterator[tuple[tree.Aggref, Scopes]]:
    """Yield the aggregates and window functions in an expression, those of queries in it too."""
    if isinstance(node, tree.Aggref):
        yield node, scopes
    for part, inner in _parts(node, scopes):
        yield from _folds(part, inner)


def _parts(node: Any, scopes: Scopes) -> Iterator[tuple[Any, Scopes]]:
    """Yield what an expression or a query consists of, with the relations that names may mean there."""
    if isinstance(node, tuple):
        yield from ((part, scopes) for part in node)
    elif is_dataclass(node) and type(node).__module__ == tree.__name__:
        if isinstance(node, tree.SelectQuery):
            scopes = (relations_of(node.sources), *scopes)
        elif isinstance(node, tree.ValuesQuery | tree.SetQuery):
            scopes = (frozenset(), *scopes)
        yield from ((getattr(node, name), scopes) for name in parts_of(type(node)) or ())


def _belongs(fold: tree.Aggref, scopes: Scopes) -> bool:
    """Whether an aggregate is of the outermost of the queries around it."""
    return fold.over is None and _home(fold, scopes) == len(scopes) - 1


def _is_within(fold: tree.Aggref, scopes: Scopes) -> bool:
    return _home(fold, scopes) < len(scopes)


def _home(fold: tree.Aggref, scopes: Scopes) -> int:
    """Return how many queries further out an aggregate belongs: beyond all of them, their number."""
    levels = [
        _level(column, inner) - (len(inner) - len(scopes))
        for column, inner in _columns((fold.arguments, fold.order_by, fold.filter), scopes)
    ]
    return min((level for level in levels if level >= 0), default=0)


def _columns(node: Any, scopes: Scopes) -> Iterator[tuple[tree.Var, Scopes]]:
    if isinstance(node, tree.Var):
        yield node, scopes
    for part, inner in _parts(node, scopes):
        yield from _columns(part, inner)


def _level(column: tree.Var, scopes: Scopes) -> int:
    """Return which query around it a column is of, from the innermost: their number where it is of none."""
    return next((i for i, names in enumerate(scopes) if column.relation in names), len(scopes))


def _reads(node: Any, relations: frozenset[str]) -> bool:
    return any(column.relation in relations for column, _ in _columns(node, ()))


def _relations(
    sources: Sequence[tree.FromItem],
) -> Iterator[tree.RangeTable | tree.RangeQuery | tree.RangeFunction]:
    for source in sources:
        if isinstance(source, tree.JoinExpr):
            yield from _relations((source.left, source.right))
        else:
            yield source


def _error(text: str, span: Span, sqlstate: str = "42803") -> ProgrammingError:
    return ProgrammingError(text, sqlstate=sqlstate, position=span[0] + 1 if span != NOWHERE else None)
