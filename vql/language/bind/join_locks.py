"""Whose rows FOR UPDATE and its kin lock in a join."""

from __future__ import annotations

from collections.abc import Iterator

from vql import schema
from vql.errors import NotSupportedError, UndefinedTable
from vql.functions.declare import FUNCTIONS
from vql.language import ast
from vql.language.ast.walk import walk
from vql.language.bind.names import Tables, require_rows_of_its_own


def tables_locked(node: ast.Select, locking: ast.Locking, tables: Tables) -> dict[str, schema.Table]:
    """Return the tables of a query whose rows are locked, by their names in it. Raises 0A000, 42P01."""
    clause = locking.clause
    _check_form(node, clause)
    common = {each.name for each in node.with_}
    found: dict[str, schema.Table] = {}
    known = set()
    for source, is_nullable in _sources(node.sources, False):
        name = source.alias or (source.name[-1] if isinstance(source, ast.TableRef) else "")
        known.add(name)
        position = locking.place_of(name)
        if locking.tables and name not in locking.tables:
            continue
        if isinstance(source, ast.CallRef) or isinstance(source, ast.TableRef) and source.name[-1] in common:
            if locking.tables:
                what = "a WITH query" if isinstance(source, ast.TableRef) else "a function"
                raise NotSupportedError(f"{clause} cannot be applied to {what}", position=position)
            continue
        if is_nullable:
            raise NotSupportedError(f"{clause} cannot be applied to the nullable side of an outer join")
        if isinstance(source, ast.QueryRef):
            raise NotSupportedError(
                f"{clause} of a sub-query in FROM is not supported yet", position=position
            )
        table = tables.find(source.name)
        if table is None:
            continue  # of the catalog, or nowhere, which analysis tells
        require_rows_of_its_own(table)
        if not table.immediate_key or table.unreadable:
            raise NotSupportedError(
                f'{clause} of a join needs a primary key of table "{table.name}"', position=position
            )
        found[name] = table
    for name in locking.tables:
        if name not in known:
            text = f'relation "{name}" in {clause} clause not found in FROM clause'
            raise UndefinedTable(text, position=locking.place_of(name))
    return found


def _check_form(node: ast.Select, clause: str) -> None:
    """Raise where no row of a table stands behind a row of a query."""
    calls = [call for item in node.items for call in walk(item) if isinstance(call, ast.Call)]
    folds = [call for call in calls if any(f.is_aggregate for f in FUNCTIONS.get(call.name[-1], ()))]
    for is_there, what in (
        (node.distinct or node.distinct_on, "DISTINCT clause"),
        (node.group_by, "GROUP BY clause"),
        (node.having is not None, "HAVING clause"),
        (any(call.over is None for call in folds), "aggregate functions"),
        (folds, "window functions"),
    ):
        if is_there:
            raise NotSupportedError(f"{clause} is not allowed with {what}")


def _sources(
    sources: tuple[ast.From, ...], is_nullable: bool
) -> Iterator[tuple[ast.TableRef | ast.QueryRef | ast.CallRef, bool]]:
    """Yield what a query reads from, and whether an outer join may leave it out."""
    for source in sources:
        if isinstance(source, ast.Join):
            yield from _sources((source.left,), is_nullable or source.kind in ("RIGHT", "FULL"))
            yield from _sources((source.right,), is_nullable or source.kind in ("LEFT", "FULL"))
        else:
            yield source, is_nullable
