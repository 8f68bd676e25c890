"""Row security: which rows of a table a role sees and writes, put into statements before they are bound.

A policy is a condition over a row. Those that let rows through are joined by OR, those that keep rows back by
AND; where none lets through, there are no rows. A SELECT of one table gets the condition into its WHERE: a
mask as any other, so that it goes through the table's indexes. Elsewhere a query of the rows that may be seen
stands in the table's place. A condition of the statement itself is looked at behind the policies, in a CASE
where it could fail on a row: else an error would tell what is in rows that are not seen.

Kept to policies are roles that are no superusers, have not BYPASSRLS and do not own the table, or own it
where that is FORCEd. The policies are those of the present, also at another moment; of a table that is gone,
those that it had then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from vql import schema
from vql.errors import NotSupportedError, ProgrammingError
from vql.language import ast
from vql.language.analyze.used import names_used
from vql.language.ast.moments import name_of
from vql.language.ast.walk import and_of, rewrite, walk
from vql.language.bind.access.rights import Rights
from vql.language.bind.names import Tables
from vql.language.parser import parse_expression
from vql.roles.access import PUBLIC_ROLE, Policy

# More rows than there are: no condition is moved below a LIMIT.
ALL_ROWS = ast.Literal(1 << 62, "integer")
# What cannot fail, whatever is in a row, and the operators of which that holds.
SAFE = (ast.Name, ast.Literal, ast.LiteralList, ast.Parameter, ast.IsTest, ast.Between, ast.In)
SAFE_OPERATORS = ("=", "<>", "<", "<=", ">", ">=", "AND", "OR", "NOT")


def kept_to_policies(table: schema.Table, rights: Rights) -> schema.Table | None:
    """Return a table as it is by now, where a role is kept to its policies; None where it is not. Raises
    42501 where the session would rather have an error."""
    now = rights.present.definition(table.table_id)
    if not isinstance(now, schema.Table):  # it is there no more
        named = rights.present.tables.get(table.qualified)
        now = table if named is None or table.has_row_security else named
    if not now.has_row_security or rights.role.bypasses_row_security:
        return None
    if rights.owns(now.access) and not now.forces_row_security:
        return None
    if not rights.row_security:
        raise ProgrammingError(
            f'query would be affected by row-level security policy for table "{now.name}"', sqlstate="42501"
        )
    return now


def rows_seen(table: schema.Table, rights: Rights, command: str) -> ast.Expression:
    """Return the condition of rows that a role may see, change or delete."""
    return _joined(table, rights, command, lambda policy: policy.using)


def rows_written(table: schema.Table, rights: Rights, command: str) -> ast.Expression:
    """Return the condition of rows that a role may write."""
    return _joined(
        table, rights, command, lambda policy: policy.using if policy.check is None else policy.check
    )


def _joined(table: schema.Table, rights: Rights, command: str, text_of: Any) -> ast.Expression:
    mine = [p for p in table.policies if p.command in ("*", command) and _is_of(p, rights)]
    passing = [_condition(text_of(p), table) for p in mine if p.is_permissive and text_of(p) is not None]
    if not passing:
        return ast.Literal(False, "boolean")
    joined = passing[0]
    for each in passing[1:]:
        joined = ast.Binary("OR", joined, each)
    keeping = [_condition(text_of(p), table) for p in mine if not p.is_permissive and text_of(p) is not None]
    return and_of([*keeping, joined])


def _is_of(policy: Policy, rights: Rights) -> bool:
    return PUBLIC_ROLE in policy.role_ids or bool(rights.held & set(policy.role_ids))


def _condition(text: str, table: schema.Table) -> ast.Expression:
    """Return a policy's condition, its columns named alone."""
    expression = parse_expression(text)

    def alone(node: Any) -> Any:
        is_own = isinstance(node, ast.Name) and len(node.parts) > 1 and node.parts[-2] == table.name
        return ast.Name(node.parts[-1:]) if is_own else node

    made: ast.Expression = rewrite(expression, alone)
    return made


def is_safe(condition: ast.Expression) -> bool:
    """Whether a condition can fail on no row."""
    for node in walk(condition):
        match node:
            case ast.Binary(op=op) | ast.Unary(op=op) if op in SAFE_OPERATORS:
                pass
            case _ if isinstance(node, SAFE):
                pass
            case _:
                return False
    return True


def behind(policies: ast.Expression, condition: ast.Expression | None) -> ast.Expression:
    """Return policies and a statement's own condition, which is looked at behind them."""
    if condition is None:
        return policies
    if not is_safe(condition):
        condition = ast.Case(None, ((policies, condition),), ast.Literal(False, "boolean"))
    return and_of([policies, condition])


def in_place_of(ref: ast.TableRef, tables: Tables, rights: Rights | None) -> ast.TableRef | ast.QueryRef:
    """Return what stands in the place of a reference: of a table with hidden rows, a query of the others."""
    table = None if rights is None else tables.find(ref.name)
    now = None if table is None or rights is None else kept_to_policies(table, rights)
    if table is None or now is None or rights is None:
        return ref
    inner = ast.TableRef(ref.name, None, (), ref.as_of, ref.span)
    query = ast.Select((ast.SelectItem(ast.Star()),), (inner,), where=rows_seen(now, rights, "r"))
    alias = ref.alias or name_of(ref.name[-1])
    in_schema = "" if ref.alias is not None else table.schema
    return ast.QueryRef(query, alias, ref.columns, span=ref.span, view=in_schema, is_barrier=True)


def with_barriers(statement: Any) -> Any:
    """Return a statement in which what is left of such queries keeps conditions outside."""

    def limited(node: Any) -> Any:
        if isinstance(node, ast.QueryRef) and node.is_barrier and node.query.limit is None:
            return replace(node, query=replace(node.query, limit=ALL_ROWS))
        return node

    return rewrite(statement, limited)


def change_seen(
    statement: ast.Change, tables: Tables, rights: Rights
) -> tuple[ast.Change, tuple[ast.Expression, ...]]:
    """Return a change of the rows that a role may change, and the conditions of rows that it writes."""
    target = tables.find(statement.table)
    now = None if target is None else kept_to_policies(target, rights)
    if now is None:
        return statement, ()
    name = statement.alias or now.name
    match statement:
        case ast.Insert(conflict=conflict):
            if conflict is not None and conflict.assignments:
                raise NotSupportedError(
                    "ON CONFLICT DO UPDATE of a table with row security is not supported yet"
                )
            checks = [rows_written(now, rights, "a")]
            if statement.returning or conflict is not None:
                checks.append(rows_seen(now, rights, "r"))
            return statement, tuple(checks)
        case ast.Update():
            reads = _reads(
                now, (statement.where, statement.returning, tuple(v for _, v in statement.assignments))
            )
            seen, checks = [rows_seen(now, rights, "w")], [rows_written(now, rights, "w")]
            if reads:
                seen.append(rows_seen(now, rights, "r"))
                checks.append(rows_seen(now, rights, "r"))
            where = behind(_named(and_of(seen), name), statement.where)
            return replace(statement, where=where), tuple(checks)
        case ast.Delete():
            seen = [rows_seen(now, rights, "d")]
            if _reads(now, (statement.where, statement.returning)):
                seen.append(rows_seen(now, rights, "r"))
            return replace(statement, where=behind(_named(and_of(seen), name), statement.where)), ()
    raise NotSupportedError("MERGE of a table with row security is not supported yet")


def _reads(table: schema.Table, parts: tuple[object, ...]) -> bool:
    used = names_used(tuple(part for part in parts if part is not None))
    return used.whole_rows or any(column.name in used.names for column in table.columns)


def _named(condition: ast.Expression, table: str) -> ast.Expression:
    """Return a condition whose columns say which table they are of."""

    def named(node: Any) -> Any:
        return ast.Name((table, *node.parts)) if isinstance(node, ast.Name) else node

    made: ast.Expression = rewrite(condition, named)
    return made


def has_policies(tables: Iterable[schema.Table]) -> bool:
    """Whether rows of any table are not everybody's."""
    return any(table.has_row_security for table in tables)
