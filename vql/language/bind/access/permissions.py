"""Whether a role may do what a statement does, looked at when it is bound.

Every relation that a statement names is looked at here, wherever it stands, and what a view reads as the
view's owner. Where a role has a privilege on some columns alone, a statement uses those that it names
anywhere: it may be refused for a column of that name of another table, and never reads one that it may not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from vql import schema
from vql.errors import NotSupportedError, UndefinedTable
from vql.language import ast
from vql.language.analyze.used import Used, names_used
from vql.language.ast.moments import name_of
from vql.language.ast.walk import nodes_of
from vql.language.bind.access.rights import Rights
from vql.language.bind.definitions.views import query_of_view
from vql.language.bind.names import STEPS, Tables
from vql.language.bind.references import name_in_from, sources_of, tables_read
from vql.roles.role import denied

# What the actions of MERGE take.
RIGHTS = {"insert": "a", "update": "w", "delete": "d"}
# Relations of the catalog that superusers alone read: what is kept of passwords, what a server is told.
SECRET = {
    "pg_authid": "table", "pg_shadow": "view", "pg_config": "view", "pg_file_settings": "view",
    "pg_hba_file_rules": "view", "pg_ident_file_mappings": "view",
}  # fmt: skip


def require_names(statement: ast.Statement, rights: Rights) -> None:
    """Raise 42501 for a name in a schema that is not to be looked into."""
    for ref in nodes_of(statement, ast.TableRef):
        if ref.name[0] == STEPS:
            continue
        rights.require_usage(ref.name, ref.span[0] + 1 if ref.span != ast.NOWHERE else None)
    if isinstance(statement, ast.Change):
        rights.require_usage(statement.table)


def require_rights(statement: ast.Statement, tables: Tables, rights: Rights) -> None:
    """Raise 42501 where a role lacks what a statement takes."""
    if isinstance(statement, ast.Change):
        target = tables.find_view(statement.table) or tables.find(statement.table)
        if target is not None:
            _require_change(statement, target, rights)
        if isinstance(target, schema.View):
            _require_through(target, _changes(statement), rights)
    used = names_used(statement)
    alone = {name.parts for name in nodes_of(statement, ast.Name)}
    locked = {id(ref) for select in nodes_of(statement, ast.Select) for ref in _locked(select)}
    for ref in tables_read(statement):
        if ref.name[0] == STEPS:
            continue
        found = tables.find_view(ref.name) or tables.find(ref.name)
        if found is None:
            _require_system(ref.name)
            continue
        whole = used.whole_rows or bool(ref.columns) or (ref.alias or name_of(ref.name[-1]),) in alone
        _require_read(found, Used(used.names, whole), rights)
        if id(ref) in locked:
            rights.require(found, "w", frozenset())
            if isinstance(found, schema.View):
                _require_locks(found, rights)


def _locked(node: ast.Select) -> list[ast.TableRef]:
    """Return the references to what a query locks rows of."""
    if node.locking is None:
        return []
    named = node.locking.tables
    sources = [each for each, _ in sources_of(node.sources) if not named or name_in_from(each) in named]
    found = []
    for source in sources:
        if isinstance(source, ast.TableRef):
            found.append(source)
        elif isinstance(source, ast.QueryRef) and isinstance(source.query, ast.Select):
            found += _locked(replace(source.query, locking=replace(node.locking, tables=())))
    return found


def _require_locks(view: schema.View, rights: Rights) -> None:
    """Raise 42501 where the owner of a view may not lock the rows of what it reads."""
    query, owner = query_of_view(view.text), rights.of(rights.now(view).owner_id)
    locked = set[int]()
    if isinstance(query, ast.Select):
        locked = {id(ref) for ref in _locked(replace(query, locking=ast.Locking("update")))}
    for reading, ref in zip(view.reads, tables_read(query), strict=True):
        found = rights.present.definition(reading.object_id) if reading.object_id else None
        if id(ref) not in locked or not isinstance(found, schema.Table | schema.View):
            continue
        if owner is not None:
            owner.require(found, "w", frozenset())
        if isinstance(found, schema.View):
            _require_locks(found, rights)


def _require_system(name: tuple[str, ...]) -> None:
    plain = name_of(name[-1])
    if plain in SECRET:
        raise denied(f"for {SECRET[plain]} {plain}")


def _numbers(names: Iterable[str], whole: bool, columns: Iterable[schema.Column]) -> frozenset[int]:
    named = frozenset(names)
    return frozenset(column.number for column in columns if whole or column.name in named)


def _require_read(found: schema.Table | schema.View, used: Used, rights: Rights) -> None:
    """Look at a relation that is read, and at what a view reads."""
    rights.require(found, "r", _numbers(used.names, used.whole_rows, found.columns))
    if isinstance(found, schema.View):
        require_view(found, rights)


def require_view(view: schema.View, rights: Rights) -> None:
    """Raise 42501 where a view's owner, or that of one which it reads, lacks what the view reads."""
    owner = rights.of(rights.now(view).owner_id)
    used = names_used(query_of_view(view.text))
    for reading in view.reads:
        if not reading.object_id:
            continue
        found = rights.present.definition(reading.object_id)
        if owner is not None:
            if not isinstance(found, schema.Table | schema.View):
                raise UndefinedTable(f'relation "{view.name}" does not exist')
            numbers = (number for number, name in reading.columns if used.whole_rows or name in used.names)
            owner.require(found, "r", frozenset(numbers))
        if isinstance(found, schema.View):
            require_view(found, rights)


def _changes(statement: ast.Change) -> str:
    """Return the rights that a change takes."""
    match statement:
        case ast.Insert(conflict=conflict):
            return "aw" if conflict is not None and conflict.assignments else "a"
        case ast.Update():
            return "w"
        case ast.Merge(whens=whens):
            return "".join({RIGHTS[when.action] for when in whens if when.action in RIGHTS})
    return "d"


def _require_through(view: schema.View, changes: str, rights: Rights) -> None:
    """Look at a change of what a view reads: it is its owner's, who has to have the rights on all columns."""
    require_view(view, rights)
    query = query_of_view(view.text)
    source = query.sources[0] if isinstance(query, ast.Select) and query.sources else None
    owner = rights.of(rights.now(view).owner_id)
    for reading, ref in zip(view.reads, tables_read(query), strict=True):
        found = rights.present.definition(reading.object_id) if reading.object_id else None
        if isinstance(found, schema.Table) and found.has_row_security:
            raise NotSupportedError(
                f'a change through view "{view.name}" of a table with row security is not supported yet'
            )
        if isinstance(found, schema.Table | schema.View) and owner is not None:
            for right in changes if ref is source else "":
                owner.require(found, right)
        if isinstance(found, schema.View):
            _require_through(found, changes if ref is source else "", rights)


def reads_row_security(view: schema.View, rights: Rights) -> bool:
    """Whether a view reads a table whose rows are not everybody's."""
    for reading in view.reads:
        found = rights.present.definition(reading.object_id) if reading.object_id else None
        if isinstance(found, schema.Table) and found.has_row_security:
            return True
        if isinstance(found, schema.View) and reads_row_security(found, rights):
            return True
    return False


def _require_change(statement: ast.Change, target: schema.Table | schema.View, rights: Rights) -> None:
    """Look at the rows that are changed, and at what of them is read."""
    read: list[object] = list(statement.returning)
    match statement:
        case ast.Insert():
            written = statement.columns or _first(target, _width(statement.query, len(target.columns)))
            rights.require(target, "a", _numbers(written, False, target.columns))
            conflict = statement.conflict
            if conflict is not None:
                read += [*conflict.target, conflict.where, conflict.condition]
                read += [value for _, value in conflict.assignments]
                if conflict.assignments:
                    names = [name for name, _ in conflict.assignments]
                    rights.require(target, "w", _numbers(names, False, target.columns))
        case ast.Update():
            names = [name for name, _ in statement.assignments]
            rights.require(target, "w", _numbers(names, False, target.columns))
            read += [statement.where, *(value for _, value in statement.assignments)]
        case ast.Delete():
            rights.require(target, "d")
            read.append(statement.where)
        case ast.Merge(whens=whens):
            for when in whens:
                _require_action(when, target, rights)
            read += [statement.on, whens]
    used = names_used(tuple(read))
    whole = used.whole_rows or (statement.alias or target.name,) in {
        n.parts for n in nodes_of(tuple(read), ast.Name)
    }
    numbers = _numbers(used.names, whole, target.columns)
    if numbers:
        rights.require(target, "r", numbers)


def _first(target: schema.Table | schema.View, count: int) -> tuple[str, ...]:
    """Return the names of the columns that so many values are given to where none are named."""
    return tuple(column.name for column in target.columns[:count])


def _width(query: ast.Query | None, most: int) -> int:
    """Return how many values the rows of an INSERT have, as far as its text says."""
    match query:
        case None:
            return 0
        case ast.Values(rows=tuple() as rows):
            return max(map(len, rows))
        case ast.Values(rows=ast.LiteralRows() as rows):
            columns = rows.columns()
            return most if columns is None else len(columns)
        case ast.SetOperation(left=left):
            return _width(left, most)
        case ast.Select(items=items) if not any(
            isinstance(i.expression, ast.Star | ast.Field) for i in items
        ):
            return len(items)
    return most


def _require_action(when: ast.MergeWhen, target: schema.Table | schema.View, rights: Rights) -> None:
    """Look at what an action of MERGE writes."""
    match when.action:
        case "insert":
            written = when.columns or _first(target, len(when.values))
            rights.require(target, "a", _numbers(written, False, target.columns))
        case "update":
            names = [name for name, _ in when.assignments]
            rights.require(target, "w", _numbers(names, False, target.columns))
        case "delete":
            rights.require(target, "d")
