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

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from vql import schema
from vql.dataclass import dataclass
from vql.errors import NotSupportedError, ProgrammingError, UndefinedTable
from vql.language import ast
from vql.language.analyze.used import names_used
from vql.language.ast.moments import name_of
from vql.language.ast.walk import and_of, nodes_of, rewrite, walk
from vql.language.bind.access.rights import Rights
from vql.language.bind.names import Tables
from vql.language.bind.references import with_tables
from vql.language.parser import parse_expression
from vql.roles.access import PUBLIC_ROLE, Policy

# More rows than there are: no condition is moved below a LIMIT.
ALL_ROWS = ast.Literal(1 << 62, "integer")
# What cannot fail, whatever is in a row, and the operators of which that holds.
SAFE = (ast.Name, ast.Literal, ast.LiteralList, ast.Parameter, ast.IsTest, ast.Between, ast.In)
# What policies call the row that they are about, where its columns are not named alone.
ROW = "vql__policed"
# A condition of a policy, and the ids of what it reads.
Text = tuple[str | None, tuple[int, ...]]
SAFE_OPERATORS = ("=", "<>", "<", "<=", ">", ">=", "AND", "OR", "NOT")


@dataclass(frozen=True, slots=True)
class Kept:
    """What policies ask of the rows of a change, each a condition: of those that it writes; of rows that ON
    CONFLICT or MERGE changes, as they are and as they become; of those that MERGE deletes, and of those that
    it sees."""

    written: tuple[ast.Expression, ...] = ()
    before: tuple[ast.Expression, ...] = ()
    updated: tuple[ast.Expression, ...] = ()
    deleted: tuple[ast.Expression, ...] = ()
    seen: ast.Expression | None = None


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
    return _joined(table, rights, command, lambda policy: (policy.using, policy.using_reads))


def rows_written(table: schema.Table, rights: Rights, command: str) -> ast.Expression:
    """Return the condition of rows that a role may write."""

    def text_of(policy: Policy) -> Text:
        if policy.check is None:
            return policy.using, policy.using_reads
        return policy.check, policy.check_reads

    return _joined(table, rights, command, text_of)


def _joined(
    table: schema.Table, rights: Rights, command: str, text_of: Callable[[Policy], Text]
) -> ast.Expression:
    passing: list[ast.Expression] = []
    keeping: list[ast.Expression] = []
    for policy in table.policies:
        text, reads = text_of(policy)
        if text is None or policy.command not in ("*", command) or not _is_of(policy, rights):
            continue
        conditions = passing if policy.is_permissive else keeping
        conditions.append(_condition(text, reads, policy, table, rights))
    if not passing:
        return ast.Literal(False, "boolean")
    joined = passing[0]
    for each in passing[1:]:
        joined = ast.Binary("OR", joined, each)
    return and_of([*keeping, joined])


def _is_of(policy: Policy, rights: Rights) -> bool:
    return PUBLIC_ROLE in policy.role_ids or bool(rights.held & set(policy.role_ids))


def _condition(
    text: str, reads: Sequence[int], policy: Policy, table: schema.Table, rights: Rights
) -> ast.Expression:
    """Return a policy's condition: its columns are named alone, in sub-queries behind ROW where the policy
    names them behind the table. Raises 42501 where the role may not read what they read."""
    given, used = iter(reads), names_used(parse_expression(text))

    def now(ref: ast.TableRef) -> ast.TableRef:
        object_id = next(given, 0)
        found = rights.present.definition(object_id) if object_id else None
        if not object_id:
            return ref
        if not isinstance(found, schema.Table | schema.View):
            raise UndefinedTable(f'relation "{".".join(ref.name)}" does not exist')
        named = (c.number for c in found.columns if used.whole_rows or c.name in used.names)
        rights.require(found, "r", frozenset(named))
        return replace(ref, name=found.qualified, alias=ref.alias or ref.name[-1])

    named = {policy.table_name, table.name}
    made: ast.Expression = _own(with_tables(parse_expression(text), now), named, "")
    return made


def _own(part: Any, named: set[str], row: str) -> Any:
    """Return a part of a policy with the columns of the table's row, whose names there are `named`, behind
    `row`, or alone."""
    if isinstance(part, tuple):
        return tuple(_own(item, named, row) for item in part)
    if isinstance(part, ast.Name):
        is_own = len(part.parts) > 1 and part.parts[-2] in named
        return ast.Name((row, part.parts[-1]) if row else part.parts[-1:]) if is_own else part
    if not is_dataclass(part) or isinstance(part, type | ast.TypeName):
        return part
    if isinstance(part, ast.Query):
        row = ROW
        named = named - set(_relations(part))
    return replace(part, **{f.name: _own(getattr(part, f.name), named, row) for f in fields(part) if f.init})


def _relations(query: ast.Query) -> list[str]:
    """Return what the relations of a query's FROM are called."""
    sources: list[Any] = [*query.sources] if isinstance(query, ast.Select) else []
    found = []
    while sources:
        match sources.pop():
            case ast.Join(left=left, right=right):
                sources += [left, right]
            case ast.TableRef(name=name, alias=alias):
                found.append(alias or name_of(name[-1]))
            case ast.QueryRef(alias=alias) | ast.CallRef(alias=alias):
                found.append(alias or "")
    return found


def of_row(part: Any, name: str, hidden: bool = False, is_inside: bool = True) -> Any:
    """Return policies over a row that the statement calls by a name: in sub-queries, and everywhere where
    they are not `is_inside`. Raises 0A000 where a sub-query has a relation of that name."""
    if isinstance(part, tuple):
        return tuple(of_row(item, name, hidden, is_inside) for item in part)
    if isinstance(part, ast.Name):
        if part.parts[0] == ROW and hidden:
            raise NotSupportedError(
                f'"{name}" is also the name of a table in a policy\'s sub-query, which is not supported yet',
                hint="Call the table by another name: AS ....",
            )
        is_own = part.parts[0] == ROW or not is_inside
        return replace(part, parts=(name, part.parts[-1])) if is_own else part
    if not is_dataclass(part) or isinstance(part, type | ast.TypeName):
        return part
    if isinstance(part, ast.Query):
        is_inside, hidden = True, hidden or name in _relations(part)
    given = {f.name: of_row(getattr(part, f.name), name, hidden, is_inside) for f in fields(part) if f.init}
    return replace(part, **given)


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
    where = rows_seen(now, rights, "r")
    inner = ast.TableRef(ref.name, ROW if has_queries(where) else None, (), ref.as_of, ref.span)
    query = ast.Select((ast.SelectItem(ast.Star()),), (inner,), where=where)
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


def locked_seen(statement: Any, tables: Tables, rights: Rights | None) -> tuple[Any, set[int]]:
    """Return a statement whose queries that lock rows of one table lock those that the role may see and
    change, and the ids of the references to these tables."""
    found = set[int]()

    def seen(node: Any) -> Any:
        match node:
            case ast.Select(locking=ast.Locking(), sources=(ast.TableRef() as ref,)):
                table = tables.find(ref.name)
                now = None if table is None or rights is None else kept_to_policies(table, rights)
                if now is None or rights is None:
                    return node
                found.add(id(ref))
                policies = and_of([rows_seen(now, rights, "r"), rows_seen(now, rights, "w")])
                name = ref.alias or name_of(ref.name[-1])
                return replace(node, where=behind(_named(policies, name), node.where))
        return node

    has_any = rights is not None and next(nodes_of(statement, ast.Locking), None) is not None
    return (rewrite(statement, seen) if has_any else statement), found


def change_seen(statement: ast.Change, tables: Tables, rights: Rights) -> tuple[ast.Change, Kept]:
    """Return a change of the rows that a role may change, and what policies ask of others."""
    target = tables.find(statement.table)
    now = None if target is None else kept_to_policies(target, rights)
    if now is None:
        return statement, Kept()
    name = statement.alias or now.name
    read = rows_seen(now, rights, "r")
    match statement:
        case ast.Insert(conflict=conflict):
            checks = [rows_written(now, rights, "a")]
            if statement.returning or conflict is not None:
                checks.append(read)
            met, made = (rows_seen(now, rights, "w"), read), (rows_written(now, rights, "w"), read)
            return statement, Kept(tuple(checks), met, made)
        case ast.Update():
            reads = _reads(
                now, (statement.where, statement.returning, tuple(v for _, v in statement.assignments))
            )
            seen, checks = [rows_seen(now, rights, "w")], [rows_written(now, rights, "w")]
            if reads:
                seen.append(read)
                checks.append(read)
            where = behind(_named(and_of(seen), name), statement.where)
            return replace(statement, where=where), Kept(tuple(checks))
        case ast.Delete():
            seen = [rows_seen(now, rights, "d")]
            if _reads(now, (statement.where, statement.returning)):
                seen.append(read)
            return replace(statement, where=behind(_named(and_of(seen), name), statement.where)), Kept()
        case ast.Merge():
            written = (rows_written(now, rights, "a"), *((read,) if statement.returning else ()))
            updated = (rows_written(now, rights, "w"), read)
            before, deleted = (rows_seen(now, rights, "w"),), (rows_seen(now, rights, "d"),)
            return statement, Kept(written, before, updated, deleted, read)


def _reads(table: schema.Table, parts: tuple[object, ...]) -> bool:
    used = names_used(tuple(part for part in parts if part is not None))
    return used.whole_rows or any(column.name in used.names for column in table.columns)


def _named(condition: ast.Expression, table: str) -> ast.Expression:
    """Return a condition whose columns say which table they are of."""
    made: ast.Expression = of_row(condition, table, is_inside=False)
    return made


def has_queries(condition: object) -> bool:
    """Whether there are sub-queries in a condition."""
    return next(nodes_of(condition, ast.Select), None) is not None


def has_policies(tables: Iterable[schema.Table]) -> bool:
    """Whether rows of any table are not everybody's."""
    return any(table.has_row_security for table in tables)
