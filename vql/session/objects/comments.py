"""COMMENT ON in a session: a comment is an object of the catalog that says of which other one it is.

So it is part of the transaction, AS OF sees those of then, and it stays whatever the object is called. Those
of objects that are dropped go with them; what is left of columns and constraints that are gone is not shown.
"""

from __future__ import annotations

from dataclasses import replace

from vql import schema
from vql.errors import (
    NotSupportedError,
    ProgrammingError,
    SyntaxError,
    UndefinedColumn,
    UndefinedObject,
    UndefinedTable,
    WrongObjectType,
)
from vql.executor.bridge.catalog.built_in.routines import built_ins_named
from vql.executor.bridge.catalog.constraints import constraints_in
from vql.executor.bridge.catalog.rows import DATABASE
from vql.language import ast
from vql.naming import find_object
from vql.routines import RangeDefinition
from vql.session.identity import Identity
from vql.session.objects.routines.routines import find_routine, required_routine
from vql.session.objects.schemas import Path, find_index, require_schema
from vql.session.results import Result, warning
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.transaction import Transaction
from vql.types.extensions.extension import find_extension
from vql.types.type import Domain

# By the kind of a relation: what it is in the catalog.
RELATIONS = {"table": "r", "view": "v", "materialized view": "m", "sequence": "S", "index": "i"}
OF_SEQUENCES = ("last_value", "log_cnt", "is_called")
ARTICLES = {"index": "an"}


def comment_on(statement: ast.CommentOn, transaction: Transaction, path: Path, identity: Identity) -> Result:
    """Run COMMENT ON. Raises 42P01, 42703, 42704, 42809, 3F000, 42601."""
    view = transaction.view()
    if statement.kind == "database" and statement.name[-1] != identity.database:
        told = warning(f'database "{statement.name[-1]}" does not exist', "3D000")
        return Result("COMMENT", notices=(told,))
    of, object_id, number = _meant(statement, view, path, identity)
    bare = schema.Comment(0, of, object_id, number)
    known = view.others.get(bare.qualified)
    text = statement.text or ""
    if isinstance(known, schema.Comment):
        # That of `public`, which has one from the beginning, is kept without a text.
        is_kept = text or object_id == schema.PUBLIC_ID
        transaction.define(known.comment_id, replace(known, text=text) if is_kept else None)
    elif text or object_id == schema.PUBLIC_ID:
        made = transaction.new_object_id()
        transaction.define(made, replace(bare, comment_id=made, text=text))
    return Result("COMMENT")


def copy_comments(source: schema.Table, made: schema.Table, transaction: Transaction) -> None:
    """Say of what a table has copied, columns, checks and indexes, what is said of the originals."""
    copies: dict[tuple[str, int, int], tuple[str, int, int]] = {}
    for column in source.columns:
        number = made.columns[made.position(column.name)].number
        copies["pg_class", source.table_id, column.number] = ("pg_class", made.table_id, number)
    for check in source.checks:
        same = next((each for each in made.checks if each.name == check.name), None)
        if same is not None:
            copies["pg_constraint", check.constraint_id, 0] = ("pg_constraint", same.constraint_id, 0)
    left = list(made.indexes)
    for index in source.indexes:
        alike = replace(index, index_id=0, name="", table_id=0, method="")
        for other in left:
            if replace(other, index_id=0, name="", table_id=0, method="") == alike:
                left.remove(other)
                copies["pg_class", index.index_id, 0] = ("pg_class", other.index_id, 0)
                break
    for each in list(transaction.view().others.values()):
        if isinstance(each, schema.Comment):
            copy = copies.get((each.of, each.object_id, each.number))
            if copy is not None:
                comment_id = transaction.new_object_id()
                transaction.define(comment_id, schema.Comment(comment_id, *copy, each.text))


def forget_comments(transaction: Transaction) -> None:
    """Drop the comments of what the transaction has dropped."""
    changes = transaction.changes
    dropped = {i for i, made in (*changes.tables.items(), *changes.others.items()) if made is None}
    if dropped:
        for each in list(transaction.view().others.values()):
            if isinstance(each, schema.Comment) and each.object_id in dropped:
                transaction.define(each.comment_id, None)


def _meant(statement: ast.CommentOn, view: Snapshot, path: Path, identity: Identity) -> tuple[str, int, int]:
    """Return the catalog, the id and the number of a column, else 0, of what a comment is on."""
    name, kind = statement.name, statement.kind
    match kind:
        case "column":
            return _column(name, view, path)
        case "constraint":
            return _constraint(name[-1], statement.on, view, path)
        case "schema":
            return "pg_namespace", require_schema(name[-1], view).schema_id, 0
        case "type" | "domain":
            found = find_object(view.others, name, path)
            if isinstance(found, schema.RowType):
                raise NotSupportedError("COMMENT ON a composite type is not supported yet")
            if not isinstance(found, schema.Enum | RangeDefinition | Domain):
                raise UndefinedObject(f'type "{".".join(name)}" does not exist')
            if kind == "domain" and not isinstance(found, Domain):
                raise WrongObjectType(f'"{name[-1]}" is not a domain')
            return "pg_type", found.type_id, 0
        case "database":
            return "pg_database", DATABASE, 0
        case "role":
            return "pg_authid", identity.roles(view).named(name[-1]).role_id, 0
        case "function":
            return "pg_proc", _routine(statement, view, path), 0
        case "extension":
            extension = find_extension(view.others, name[-1])
            if extension is None:
                raise UndefinedObject(f'extension "{name[-1]}" does not exist')
            return "pg_extension", extension.extension_id, 0
    return "pg_class", _relation(name, kind, view, path), 0


def _routine(statement: ast.CommentOn, view: Snapshot, path: Path) -> int:
    """Return the id of a function that somebody made. Raises 42883, 42725, 0A000."""
    assert statement.routine is not None, "it is a function"
    if statement.name[-1] in built_ins_named() and find_routine(statement.routine, view, path) is None:
        raise NotSupportedError("COMMENT ON a function that is built in is not supported yet")
    return required_routine(statement.routine, view, path).routine_id


def _relation(name: tuple[str, ...], kind: str, view: Snapshot, path: Path) -> int:
    """Return the id of a relation of a kind. Raises 42P01, 42809."""
    found = _any_relation(name, view, path)
    if found is None:
        raise UndefinedTable(f'relation "{".".join(name)}" does not exist')
    object_id, letter = found
    if letter != RELATIONS[kind]:
        raise WrongObjectType(f'"{name[-1]}" is not {ARTICLES.get(kind, "a")} {kind}')
    return object_id


def _any_relation(name: tuple[str, ...], view: Snapshot, path: Path) -> tuple[int, str] | None:
    table = find_object(view.tables, name, path)
    other = find_object(view.others, name, path)
    owner = find_index(view, name, path)
    if table is not None:
        return table.table_id, "m" if table.text else "r"
    if isinstance(other, schema.View):
        return other.view_id, "v"
    if isinstance(other, schema.Sequence):
        return other.sequence_id, "S"
    if owner is None:
        return None
    return next(index.index_id for index in owner.indexes if index.name == name[-1]), "i"


def _column(name: tuple[str, ...], view: Snapshot, path: Path) -> tuple[str, int, int]:
    if len(name) < 2:
        raise SyntaxError("column name must be qualified")
    relation, called = name[:-1], name[-1]
    found = _any_relation(relation, view, path)
    if found is None:
        raise UndefinedTable(f'relation "{".".join(relation)}" does not exist')
    owner = view.definition(found[0])
    if isinstance(owner, schema.Sequence) and called not in OF_SEQUENCES:
        raise UndefinedColumn(f'column "{called}" of relation "{relation[-1]}" does not exist')
    if not isinstance(owner, schema.Table | schema.View):
        raise ProgrammingError(
            f'cannot set comment on relation "{relation[-1]}"', sqlstate="42809",
            detail=f"This operation is not supported for {'indexes' if found[1] == 'i' else 'sequences'}.",
        )  # fmt: skip
    number = next((column.number for column in owner.columns if column.name == called), 0)
    if not number:
        raise UndefinedColumn(f'column "{called}" of relation "{relation[-1]}" does not exist')
    return "pg_class", found[0], number


def _constraint(name: str, on: tuple[str, ...], view: Snapshot, path: Path) -> tuple[str, int, int]:
    table = find_object(view.tables, on, path)
    if table is None:
        raise UndefinedTable(f'relation "{".".join(on)}" does not exist')
    for each in constraints_in(view):
        if each.table.table_id == table.table_id and each.name == name:
            return "pg_constraint", each.oid, 0
    raise UndefinedObject(f'constraint "{name}" for table "{table.name}" does not exist')
