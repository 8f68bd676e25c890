"""MERGE with its names resolved: a join of the table with the source, and what is done to each of its rows.

The join says which action a row meets. Conditions and values of WHEN NOT MATCHED see one side of it alone, so
that their names are made ones of that side first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from vql import schema
from vql.errors import (
    DuplicateColumn,
    ProgrammingError,
    SyntaxError,
)
from vql.language import ast, modify, plan
from vql.language.ast.walk import and_of
from vql.language.bind.access.row_security import of_row, with_barriers
from vql.language.bind.changes.beside import Beside, names_in_from, require_other_name
from vql.language.bind.changes.changes import ChangeBinder, with_short_names
from vql.language.bind.changes.identities import require_default, with_defaults
from vql.language.bind.changes.joined_changes import items_of, rows_of_query
from vql.language.bind.changes.parts import require_as_many
from vql.language.bind.conditions import ExpressionBinder
from vql.language.bind.names import find_target
from vql.language.bind.queries import infer

ONE = ast.SelectItem(ast.Literal(1, "integer"))
# Stands beside each row of the source: NULL where the join has none.
SOURCE = ast.Name(("vql__source", "vql__there"))
THERE = ast.QueryRef(
    ast.Select((ast.SelectItem(ast.Literal(True, "boolean"), SOURCE.parts[1]),)), SOURCE.parts[0]
)
KINDS = {
    frozenset[str](): "INNER", frozenset({"source"}): "LEFT", frozenset({"target"}): "RIGHT",
    frozenset({"source", "target"}): "FULL",
}  # fmt: skip


class MergeBinder(ChangeBinder):
    """One statement's binding, MERGE too."""

    def merge(self, node: ast.Merge) -> modify.MergePlan:
        table = find_target(self.tables, node.table, node.span)
        node = with_short_names(node, table, ("source", "on", "whens", "returning"))
        _require_reachable(node.whens)
        require_other_name(node, (node.source,))
        alias = node.alias or table.name
        target = self._seen(ast.TableRef(table.qualified, alias, span=node.span, has_ids=True), node.seen)
        both = (node.source, target)
        infer(ast.Select((ONE,), both, node.on), self.tables, self.types)
        node = replace(node, whens=tuple(self._alone(when, node, table, target) for when in node.whens))
        values = tuple((when.values, when.assignments) for when in node.whens)
        node, known = self._beside(node, table, (node.source,), values)
        returned = tuple(ast.SelectItem(known.of_now(item.expression)) for item in node.returning)
        infer(ast.Select((*returned, ONE), both), self.tables, self.types)
        expressions = self._expressions(replace(known, shows_both=False).whole, node.alias)
        actions = tuple(self._action(when, table, known, expressions) for when in node.whens)
        whole = self._expressions(known.whole, node.alias)
        returning = self._returning(known.returned(node.returning), known.whole, whole)
        rows = rows_of_query(_query(node, target, known), self.tables, self.types)
        checks = self.checks(table, ()) + self._view_checks(node, self._expressions(table, node.alias))
        return modify.MergePlan(
            table, rows, actions, returning, checks, self.computed(table), known.shows_both
        )

    def _seen(self, target: ast.TableRef, seen: ast.Expression | None) -> ast.TableRef | ast.QueryRef:
        """Return the rows of the target that a view has and policies do not hide."""
        conditions = [each for each in (self.policies.seen, seen) if each is not None]
        if not conditions:
            return target
        where = of_row(and_of(conditions), target.alias or "")
        query = ast.Select((ast.SelectItem(ast.Star()),), (target,), where)
        made: ast.QueryRef = with_barriers(
            ast.QueryRef(query, target.alias, span=target.span, is_barrier=True)
        )
        return made

    def _alone(
        self, when: ast.MergeWhen, node: ast.Merge, table: schema.Table, target: ast.From
    ) -> ast.MergeWhen:
        """Return a WHEN whose names say which side of the join they are of. Raises what is wrong in it."""
        sources: tuple[ast.From, ...] = (node.source, target)
        owners: dict[str, str] = {}
        if when.rows == "source":
            sources = (node.source,)
            for relation in filter(None, names_in_from(sources)):
                star = ast.Select((ast.SelectItem(ast.Star(relation)),), sources)
                for column in infer(star, self.tables, self.types):
                    owners[column.name] = "" if column.name in owners else relation
        elif when.rows == "target":
            sources = (target,)
            owners = {column.name: node.alias or table.name for column in table.columns}
        values = (*when.values, *(value for _, value in when.assignments))
        items = items_of(values)
        try:
            infer(ast.Select((*items, ONE), sources, when.condition), self.tables, self.types)
        except ProgrammingError as error:
            raise self._explained(error, node, table) from None
        return _owned(when, owners) if owners else when

    def _explained(self, error: ProgrammingError, node: ast.Merge, table: schema.Table) -> ProgrammingError:
        """Return an error in a WHEN in its words, that of a name of the side it does not see among them."""
        unseen = "but it cannot be referenced from this part of the query."
        error.message = error.message.replace("argument of WHERE must", "argument of WHEN must")
        alias = node.alias or table.name
        for relation in (alias, *names_in_from((node.source,))):
            column = error.message.removeprefix('column "').removesuffix('" does not exist')
            if relation == alias and table.column(column) is not None:
                error.detail = f'There is a column named "{column}" in table "{alias}", {unseen}'
            if error.message == f'missing FROM-clause entry for table "{relation}"':
                error.message = f'invalid reference to FROM-clause entry for table "{relation}"'
                error.detail = f'There is an entry for table "{relation}", {unseen}'
        return error

    def _action(
        self, when: ast.MergeWhen, table: schema.Table, known: Beside, expressions: ExpressionBinder
    ) -> modify.MergeAction:
        given = when.assignments if when.action == "update" else ()
        if when.action == "insert":
            given = self._inserted(when, table)
        made: list[tuple[int, plan.Scalar | plan.Residual | None]] = []
        for name, value in given:
            position = self._target(table, name)
            if when.action == "update":
                require_default(table.columns[position], value)
            if isinstance(value, ast.Default):
                if when.action == "update" and position not in table.generated:
                    made.append((position, None))
                continue
            made.append((position, self._assigned(known.renamed(value), position, expressions)))
        kept = self.policies
        before = {"update": kept.before, "delete": kept.deleted}.get(when.action, ())
        after = {"update": kept.updated, "insert": kept.written}.get(when.action, ())
        return modify.MergeAction(
            when.action, tuple(made), self._policies(table, before), self._policies(table, after)
        )

    def _inserted(
        self, when: ast.MergeWhen, table: schema.Table
    ) -> tuple[tuple[ast.ColumnName, ast.Expression], ...]:
        """Return the values of INSERT by column. Raises 42601, 42703, 428C9."""
        names = when.columns or tuple(ast.ColumnName(column.name) for column in table.columns)
        positions = [self._target(table, name) for name in names]
        if len(set(positions)) < len(positions):
            twice = next(name for place, name in enumerate(names) if name in names[:place])
            raise DuplicateColumn(f'column "{twice}" specified more than once', position=twice.position)
        if when.values:
            require_as_many(names, when.values)
        query = ast.Values((when.values,))
        node = ast.Insert(table.qualified, names, query, overriding=when.overriding)
        made = with_defaults(node, table, positions).query if when.values else query
        assert isinstance(made, ast.Values) and isinstance(made.rows, tuple), "one row"
        return tuple(zip(names, made.rows[0], strict=False))


def _query(node: ast.Merge, target: ast.From, known: Beside) -> ast.Select:
    """Return the join: the target's row id, the number of the action, and what stands beside the row."""
    ids = ast.Name((known.alias, ast.ROW))
    is_target, is_source = ast.IsTest(ids, "NULL", True), ast.IsTest(SOURCE, "NULL", True)
    sides = {
        "matched": and_of([is_target, is_source]), "source": is_source, "target": is_target,
    }  # fmt: skip
    cases = []
    for rows, side in sides.items():
        numbered = [(place, when) for place, when in enumerate(node.whens) if when.rows == rows]
        true = ast.Literal(True, "boolean")
        whens = tuple((w.condition or true, ast.Literal(place, "integer")) for place, w in numbered)
        null = ast.Literal(None, "null")
        cases.append((side, ast.Case(None, whens, null) if whens else null))
    number = ast.Cast(ast.Case(None, tuple(cases), None), ast.TypeName("integer"))
    wanted = frozenset(when.rows for when in node.whens) - {"matched"}
    source = ast.Join("CROSS", node.source, THERE)
    join = ast.Join(KINDS[wanted], source, target, node.on)
    items = (ast.SelectItem(ids, ast.ROW), ast.SelectItem(number, "vql__action"), *known.items)
    return ast.Select(items, (join,))


def _require_reachable(whens: tuple[ast.MergeWhen, ...]) -> None:
    """Raise 42601 where a WHEN stands behind one that every row of its kind meets."""
    met = set[str]()
    for when in whens:
        if when.rows in met:
            raise SyntaxError("unreachable WHEN clause specified after unconditional WHEN clause")
        if when.condition is None:
            met.add(when.rows)


def _owned(part: Any, owners: Mapping[str, str]) -> Any:
    """Return a part of a WHEN in which names alone, outside of queries, say which relation they are of."""
    if isinstance(part, tuple):
        return tuple(_owned(item, owners) for item in part)
    if isinstance(part, ast.Name):
        owner = owners.get(part.parts[0]) if len(part.parts) == 1 else None
        return replace(part, parts=(owner, *part.parts)) if owner else part
    if not is_dataclass(part) or isinstance(part, type | ast.TypeName) or isinstance(part, ast.Query):
        return part
    return replace(part, **{f.name: _owned(getattr(part, f.name), owners) for f in fields(part) if f.init})
