"""CREATE, ALTER and DROP EXTENSION in a session: whether what an extension brings has names, and where.

What is built in is there whether there is such an extension or not. So what depends on one is looked for
when it is dropped: columns of its types, and stored expressions and queries that call its functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vql import schema
from vql.errors import DuplicateObject, InvalidParameterValue, NotSupportedError, UndefinedObject
from vql.functions.declare import FUNCTIONS, Function
from vql.functions.library import load_families
from vql.functions.text.formatting import quote_ident
from vql.language import ast
from vql.language.ast.walk import nodes_of
from vql.language.parser import parse, parse_expression
from vql.session.objects.schemas import (
    Path,
    cascaded,
    enter_schema,
    name_to_make,
    still_needed,
    table_shown,
)
from vql.session.objects.types import DropColumn
from vql.session.results import Notice, Result
from vql.storage.snapshot import Snapshot
from vql.storage.transactions.transaction import Transaction
from vql.typed import id_of
from vql.types.extensions.extension import EXTENSIONS, VECTORS, Extension, find_extension
from vql.types.type import Domain, Type

# The language of DO: it comes with every database, and is no extension that could be dropped.
LANGUAGE_OF_BLOCKS = "plpgsql"


def create_extension(statement: ast.CreateExtension, transaction: Transaction, path: Path) -> Result:
    """Run CREATE EXTENSION. Raises 0A000, 22023, 3F000, 42710."""
    name, known = statement.name, find_extension(transaction.view().others, statement.name)
    if known is not None and known != VECTORS or name == LANGUAGE_OF_BLOCKS:
        text = f'extension "{name}" already exists'
        if not statement.if_not_exists:
            raise DuplicateObject(text)
        return Result("CREATE EXTENSION", notices=(Notice(f"{text}, skipping", sqlstate="42710"),))
    if name not in EXTENSIONS:
        raise NotSupportedError(
            f'extension "{name}" is not available',
            hint="The extension must first be installed on the system where PostgreSQL is running.",
        )
    _check_version(name, statement.version)
    if statement.schema:
        there = enter_schema(statement.schema, transaction)
    elif known is None:
        there = name_to_make((name,), transaction, path, ast.NOWHERE)[0]
    else:
        there = known.schema
    # The one that is there from the beginning may be made once more, as in a database that has none.
    made = (
        Extension(transaction.new_object_id(), name, there) if known is None else replace(known, schema=there)
    )
    if made != known:
        transaction.define(made.extension_id, made)
    return Result("CREATE EXTENSION")


def _check_version(name: str, version: str) -> None:
    if version not in ("", EXTENSIONS[name].version):
        path = f'extension "{name}" has no installation script nor update path for version "{version}"'
        raise InvalidParameterValue(path)


def _required(name: str, transaction: Transaction) -> Extension:
    found = find_extension(transaction.view().others, name)
    if found is None:
        raise UndefinedObject(f'extension "{name}" does not exist')
    return found


def alter_extension(statement: ast.AlterExtension, transaction: Transaction) -> Result:
    """Run ALTER EXTENSION: another schema, or the version that there is. Raises 42704, 3F000, 22023."""
    found = _required(statement.name, transaction)
    if statement.schema:
        there = enter_schema(statement.schema, transaction)
        transaction.define(found.extension_id, replace(found, schema=there))
        return Result("ALTER EXTENSION")
    version = EXTENSIONS[found.name].version
    if statement.version not in ("", version):
        raise InvalidParameterValue(
            f'extension "{found.name}" has no update path from version "{version}" to version'
            f' "{statement.version}"'
        )
    notice = Notice(f'version "{version}" of extension "{found.name}" is already installed')
    return Result("ALTER EXTENSION", notices=(notice,))


def drop_extensions(statement: ast.DropExtension, transaction: Transaction, drop: DropColumn) -> Result:
    """Run DROP EXTENSION; CASCADE drops columns of its types. Raises 42704, 2BP01, 0A000."""
    notices: list[Notice] = []
    for name in statement.names:
        if statement.if_exists and find_extension(transaction.view().others, name) is None:
            notices.append(Notice(f'extension "{name}" does not exist, skipping'))
            continue
        found = _required(name, transaction)
        notices += release_extension(found, transaction, statement.cascade, drop)
        transaction.define(found.extension_id, None)
    return Result("DROP EXTENSION", notices=tuple(notices))


def release_extension(
    found: Extension, transaction: Transaction, cascade: bool, drop: DropColumn
) -> list[Notice]:
    """Drop the columns of the types of an extension that goes. Raises 2BP01 where there are some, and it does
    not `cascade`, 0A000 where anything else depends on it."""
    view, name = transaction.view(), found.name
    columns, needed = list(_columns(name, view)), dependents(name, view)
    if needed and not cascade:
        raise still_needed([f"extension {name}"], needed)
    for who, _ in needed[len(columns) :]:
        raise NotSupportedError(f"DROP EXTENSION ... CASCADE where {who} depends on it is not supported yet")
    for table, column in columns:
        drop(table, column.name)
    return cascaded([who for who, _ in needed])


def dependents(extension: str, view: Snapshot) -> list[tuple[str, str]]:
    """Return what depends on an extension, columns of tables first, each with what of it that is."""
    columns = [
        (f"column {quote_ident(c.name)} of table {table_shown(table)}", f"type {c.type.element.name}")
        for table, c in _columns(extension, view)
    ]
    return [*columns, *_others(extension, view)]


def _columns(extension: str, view: Snapshot) -> Iterator[tuple[schema.Table, schema.Column]]:
    for table in sorted(view.tables.values(), key=lambda table: table.table_id):
        for column in table.columns:
            if _is_of(column.type, extension):
                yield table, column


def _is_of(type_: Type, extension: str) -> bool:
    """Whether a type is one of an extension, an array of it or has a field of it."""
    composite = type_.element.composite
    if composite is not None:
        return any(_is_of(field.type, extension) for field in composite.fields)
    return type_.element.base.extension == extension


def _others(extension: str, view: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield what depends on an extension and is no column of a table, and on what of it."""
    made = [e for e in view.objects() if isinstance(e, Domain | schema.View | schema.RowType)]
    for each in sorted(made, key=id_of):
        match each:
            case Domain(name=name, over=over) if _is_of(over, extension):
                yield f"type {name}", f"type {over.element.name}"
            case schema.View() | schema.RowType():
                kind = "view" if isinstance(each, schema.View) else "composite type"
                for column in each.columns:
                    if _is_of(column.type, extension):
                        yield (
                            f"column {column.name} of {kind} {table_shown(each)}",
                            f"type {column.type.element.name}",
                        )
    for what, node in _texts(view):
        for call in nodes_of(node, ast.Call):
            found = _called(call, extension)
            if found is not None:
                types = ",".join(argument.type for argument in found.arguments)
                yield what, f"function {'.'.join(call.name)}({types})"


def _called(call: ast.Call, extension: str) -> Function | None:
    """Return a function of an extension that a call may mean, None where it means none."""
    load_families()
    known = [each for each in FUNCTIONS.get(call.name[-1], ()) if each.extension == extension]
    same = [each for each in known if len(each.arguments) == len(call.arguments)]
    return next(iter(same or known), None)


def _texts(view: Snapshot) -> Iterator[tuple[str, object]]:
    """Yield what is computed by stored expressions and queries, with their trees."""
    for table in view.tables.values():
        on = f"of table {table_shown(table)}"
        for column in table.columns:
            for text in filter(None, (column.default, column.generated)):
                yield f"default value for column {quote_ident(column.name)} {on}", parse_expression(text)
        for check in table.checks:
            yield f"constraint {quote_ident(check.name)} {on}", parse_expression(check.text)
        for computed in table.computed:
            yield f"index {on}", parse_expression(computed.name)
        for policy in table.policies:
            for text in filter(None, (policy.using, policy.check)):
                yield f"policy {quote_ident(policy.name)} {on}", parse_expression(text)
        if table.text:
            yield f"materialized view {table_shown(table)}", parse(table.text)
    for each in view.others.values():
        if isinstance(each, schema.View):
            yield f"view {table_shown(each)}", parse(each.text)
        if isinstance(each, Domain):
            for written in filter(None, (each.default, *(check.text for check in each.checks))):
                yield f"type {each.name}", parse_expression(written)
