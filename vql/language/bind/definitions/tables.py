"""DDL to schema values: CREATE TABLE. CREATE INDEX is in `vql.language.bind.definitions.indexes`, ALTER TABLE
in `vql.language.bind.definitions.alterations`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from vql import schema
from vql.constraints import expiry_of
from vql.errors import (
    DatatypeMismatch,
    DuplicateColumn,
    Error,
    InvalidParameterValue,
    LimitExceeded,
    NotSupportedError,
    ProgrammingError,
    SyntaxError,
    UndefinedColumn,
    UndefinedObject,
)
from vql.language import ast
from vql.language.ast.walk import nodes_of, type_written, walk
from vql.language.bind.definitions.computed import generated_column
from vql.language.bind.definitions.constraints import check_of, foreign_key_of, referred_to
from vql.language.bind.definitions.defined_values import check_default
from vql.language.bind.names import Tables, find_table
from vql.limits import COLUMNS_MAX, IDENTIFIER_BYTES_MAX
from vql.naming import SYSTEM_COLUMNS, is_temporary, refuse_reserved
from vql.settings.parameters import BTREE_OPTIONS, Option, check_options
from vql.types.collations import check_collation
from vql.types.moments.interval import retention_us
from vql.types.type import Type, check_no_pseudo_type

TABLE_OPTIONS = ("retention", "recall", "ttl", "ttl_column")
# What PostgreSQL's storage of a table is told, kept and no more.
STORAGE_OPTIONS = {
    "fillfactor": Option(10, 100), "toast_tuple_target": Option(128, 8160),
    "parallel_workers": Option(0, 1024),
}  # fmt: skip
AUTOVACUUM = "autovacuum_"
# The value of an option in quotes, as PostgreSQL writes all of them.
NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def table_of(node: ast.CreateTable, tables: Tables) -> schema.Table:
    """Return the table a CREATE TABLE defines, table_id 0. Raises 42xxx, 0A000."""
    if node.on_commit and not node.temporary:
        raise ProgrammingError("ON COMMIT can only be used on temporary tables", sqlstate="42P16")
    check_name(node.name[-1])
    liked = [(like, find_table(tables, like.table, like.span)) for like in node.likes]
    defined = [defined_column(definition) for definition in node.columns]
    for definition, column in zip(node.columns, defined, strict=True):
        check_one_default(definition, node.name[-1])
        if definition.default is not None:
            check_default(definition.default, column)
    columns = _with_likes(defined, liked)
    names = [column.name for column in columns]
    check_column_names(names)
    constraints = [*constraints_of(node.columns), *node.constraints]
    keys = [each for each in constraints if isinstance(each, ast.Key)]
    indexes = [index_of_key(key, columns) for key in keys]
    indexes += [
        replace(index, index_id=0, name="", table_id=0, method="")
        for like, table in liked
        for index in table.indexes
        if "indexes" in like.including and index.is_declared
    ]
    primaries = [key for key in keys if key.is_primary]
    if sum(index.primary for index in indexes) > 1:
        raise ProgrammingError(
            f'multiple primary keys for table "{node.name[-1]}" are not allowed',
            sqlstate="42P16",
            position=primaries[1].span[0] + 1 if len(primaries) > 1 else None,
        )
    indexes = _merged(sorted(indexes, key=lambda index: not index.primary))
    primary = indexes[0].columns if indexes and indexes[0].primary else ()
    columns = tuple(replace(c, not_null=c.not_null or c.name in primary) for c in columns)
    options = table_options(node.options)
    made = schema.Table(
        0, node.name[-1], columns, primary, options, tuple(indexes),
        on_commit=node.on_commit, is_unlogged=node.unlogged,
    ).numbered()  # fmt: skip
    for definition in node.columns:
        if definition.generated is not None:
            made = with_generation(made, definition)
    if len(node.name) > 1:
        made = replace(made, schema=node.name[-2])
    for like, table in liked:
        if "constraints" in like.including:
            made = replace(made, checks=made.checks + table.checks)
    made = with_constraints(made, constraints, tables)
    return made if node.query is not None else check_expiry(made)


def with_generation(table: schema.Table, node: ast.ColumnDefinition) -> schema.Table:
    """Return a table with a column of it that is generated, of which nothing else may give the values. Raises
    42601 and what `generated_column` does."""
    assert node.generated is not None, "it is generated"
    other = "default" if node.default is not None else "identity" if node.identity else ""
    if other:
        where = f'column "{node.name}" of table "{table.name}"'
        text = f"both {other} and generation expression specified for {where}"
        raise SyntaxError(text, position=node.generated_at)
    column = table.columns[table.position(node.name)]
    made = generated_column(column, node.generated, table)
    return replace(table, columns=tuple(made if c is column else c for c in table.columns))


def constraints_of(columns: Sequence[ast.ColumnDefinition]) -> Iterator[ast.Constraint]:
    """Yield what columns say of themselves, as their table would."""
    for column in columns:
        for each in column.constraints:
            yield each if isinstance(each, ast.CheckDefinition) else replace(each, columns=(column.name,))


def with_constraints(
    table: schema.Table, constraints: Sequence[ast.Constraint], tables: Tables
) -> schema.Table:
    """Return a table with further conditions, without ids. Raises 42xxx, 0A000."""
    for node in constraints:
        if isinstance(node, ast.ForeignKeyDefinition):
            made = replace(foreign_key_of(node, table, tables), is_validated=True)
            table = replace(table, foreign_keys=(*table.foreign_keys, made))
        if isinstance(node, ast.CheckDefinition):
            table = replace(table, checks=(*table.checks, replace(check_of(node, table), is_validated=True)))
    return table


def _merged(indexes: Sequence[schema.Index]) -> list[schema.Index]:
    """Return keys, the primary one in front, where those of the same columns are one, as in PostgreSQL."""
    made: list[schema.Index] = []

    def what(index: schema.Index) -> tuple[object, ...]:
        return index.columns, index.included, index.nulls_are_alike, index.is_deferrable, index.is_deferred

    for index in indexes:
        same = next((place for place, each in enumerate(made) if what(each) == what(index)), None)
        if same is None or index.primary:
            made.append(index)
        elif not made[same].name:
            made[same] = replace(made[same], name=index.name)
    return made


def index_of_key(key: ast.Key, columns: Sequence[schema.Column]) -> schema.Index:
    """Return the index of a PRIMARY KEY or UNIQUE, without id and method. Raises as `check_key`, 42701."""
    position = key.span[0] + 1 if key.span != ast.NOWHERE else None
    check_key(key.columns, columns, position)
    for place, name in enumerate(key.columns):
        if name in key.columns[:place]:
            what = "primary key" if key.is_primary else "unique"
            text = f'column "{name}" appears twice in {what} constraint'
            raise DuplicateColumn(text, position=position)
    if key.name:
        check_name(key.name)
    for name in key.included:
        if all(column.name != name for column in columns):
            raise UndefinedColumn(f'column "{name}" named in key does not exist', position=position)
    options = tuple((name, option_value(value)) for name, value in key.options)
    check_options(options, BTREE_OPTIONS)
    return schema.Index(
        0, key.name, 0, key.columns, "", unique=True, primary=key.is_primary, is_constraint=True,
        options=options, included=key.included,
        nulls_are_alike=key.nulls_are_alike, is_deferrable=key.is_deferrable, is_deferred=key.is_deferred,
    )  # fmt: skip


def _with_likes(
    columns: list[schema.Column], liked: Sequence[tuple[ast.TableLike, schema.Table]]
) -> tuple[schema.Column, ...]:
    """Return the columns of a definition with those of other tables at their places."""
    for like, table in reversed(liked):
        columns[like.place : like.place] = [_like(column, like.including) for column in table.columns]
    return tuple(columns)


def _like(column: schema.Column, including: frozenset[str]) -> schema.Column:
    """Return a column as one of another table: an identity one names the sequence of that, which its own is
    to be like."""
    is_identity = "identity" in including
    return replace(
        column, column_id=schema.NO_ID, number=0, missing=None, dimensions=0,
        identity=column.identity if is_identity else "", sequence=column.sequence if is_identity else 0,
        default=column.default if "defaults" in including else None,
        generated=column.generated if "generated" in including else "",
    )  # fmt: skip


def check_key(names: Sequence[str], columns: Sequence[schema.Column], position: int | None = None) -> None:
    """Raise 42703, 42704, 0A000 where columns cannot be a unique key."""
    types = {column.name: column.type for column in columns}
    for name in names:
        if name not in types:
            raise UndefinedColumn(f'column "{name}" named in key does not exist', position=position)
        if types[name].is_vector:
            raise NotSupportedError("a vector in a primary key or unique constraint is not supported yet")
        if not types[name].base.is_sortable:
            raise UndefinedObject(
                f'data type {types[name].name} has no default operator class for access method "btree"',
                hint="a key needs a type whose values compare",
            )


def table_options(given: Sequence[tuple[str, ast.Expression]]) -> tuple[tuple[str, float | str], ...]:
    """Return what a table is told WITH. Raises 22023."""
    options = tuple((name, option_value(value)) for name, value in given)
    for name, value in options:
        if name in STORAGE_OPTIONS:
            STORAGE_OPTIONS[name].check(name, value)
        elif name not in TABLE_OPTIONS and not name.startswith(AUTOVACUUM):
            raise InvalidParameterValue(f'unrecognized parameter "{name}"')
        if name == "retention":
            retention_us(str(value))
    return options


def check_expiry(table: schema.Table) -> schema.Table:
    """Return a table. Raises 22023, 42703, 42804, 0A000 where its rows cannot expire as its options say."""
    expiry = expiry_of(table.options)
    if expiry is None:
        return table
    column = table.column(expiry.column)
    if column is None:
        raise UndefinedColumn(
            f'column "{expiry.column}" of relation "{table.name}", by which rows expire, does not exist',
            hint="RESET (ttl, ttl_column) lets rows stay.",
        )
    if not column.type.base.moment_unit_us:
        raise DatatypeMismatch(
            f'rows cannot expire by column "{column.name}" of type {column.type.formatted()}',
            hint="Give it the type timestamptz, timestamp or date.",
        )
    if table.referenced_by or any(key.referenced_id in (0, table.table_id) for key in table.foreign_keys):
        raise referred_to(table)
    return table


def created_names(node: ast.CreateTable, found: Sequence[str]) -> tuple[str, ...]:
    """Return the column names of CREATE TABLE ... AS: those it lists, then those of its query. Raises
    42xxx, 54011."""
    if len(node.column_names) > len(found):
        raise SyntaxError("too many column names were specified")
    names = (*node.column_names, *found[len(node.column_names) :])
    check_column_names(names)
    return names


def declared_types(query: ast.Query, tables: Tables) -> dict[int, Type]:
    """Return the types that a query itself gives its columns, modifiers included, by their place: those
    of casts, and of columns that only one of its tables has."""
    if not isinstance(query, ast.Select) or any(isinstance(i.expression, ast.Star) for i in query.items):
        return {}
    refs = list(nodes_of(query.sources, ast.TableRef))
    read = [table for ref in refs if (table := tables.find(ref.name)) is not None]
    others = [node for node in walk(query.sources) if isinstance(node, ast.QueryRef | ast.CallRef)]
    plain = len(refs) == len(read) and not others
    found: dict[int, Type] = {}
    for place, item in enumerate(query.items):
        match item.expression:
            case ast.Cast(type=type_):
                found[place] = type_written(type_)
            case ast.Name(parts=parts) if plain:
                columns = [column for table in read if (column := table.column(parts[-1])) is not None]
                if len(columns) == 1:
                    found[place] = columns[0].type
    return found


def check_column_names(names: Sequence[str], *, is_view: bool = False) -> None:
    """Refuse names that come twice or are too long, those of columns that every table has, and too many."""
    seen: set[str] = set()
    for name in names:
        check_name(name)
        if name in seen:
            raise DuplicateColumn(f'column "{name}" specified more than once')
        seen.add(name)
    for name in names:
        if name in SYSTEM_COLUMNS and not is_view:
            raise DuplicateColumn(f'column name "{name}" conflicts with a system column name')
    if len(names) > COLUMNS_MAX:
        raise LimitExceeded(f"tables can have at most {COLUMNS_MAX} columns", sqlstate="54011")


def defined_column(node: ast.ColumnDefinition) -> schema.Column:
    """Return the column that a definition says. Raises 42704, 22023, 0A000."""
    try:
        type_ = type_written(node.type)
    except Error as error:
        if error.position is None and node.type.span != ast.NOWHERE:
            error.position = node.type.span[0] + 1
        raise
    check_no_pseudo_type(node.name, type_)
    if not type_.is_storable:
        raise NotSupportedError(f"columns of type {type_.name} are not supported yet")
    collation = ""
    if node.collation is not None:
        collation = check_collation(node.collation[0], type_, node.collation[1])
    if node.identity and not type_.is_integer:
        raise InvalidParameterValue("identity column type must be smallint, integer, or bigint")
    return schema.Column(
        node.name,
        type_,
        node.not_null or node.is_primary or bool(node.identity),
        node.default_text,
        node.identity.removeprefix("serial"),
        dimensions=node.type.dimensions,
        collation=collation,
    )


def check_one_default(node: ast.ColumnDefinition, table: str) -> None:
    """Raise 42601 where a column has a default beside a sequence."""
    if node.identity and node.default is not None:
        both = "multiple default values" if node.identity == "serial" else "both default and identity"
        raise SyntaxError(f'{both} specified for column "{node.name}" of table "{table}"')


def check_name(name: str) -> None:
    """Refuse names longer than Postgres keeps, and those that VQL has for itself."""
    refuse_reserved(name)
    if len(name.encode()) > IDENTIFIER_BYTES_MAX:
        raise ProgrammingError(f'identifier "{name}" is too long', sqlstate="42622")


def option_value(node: ast.Expression) -> float | str:
    """Return the value of a WITH option: a number, or its text."""
    match node:
        case ast.Literal(kind="integer", value=value):
            return int(str(value))
        case ast.Literal(kind="decimal", value=value):
            return float(str(value))
        case ast.Literal(value=str() as value) if NUMBER.fullmatch(value):
            return float(value) if "." in value else int(value)
        case ast.Literal(kind="boolean", value=value):
            return "true" if value else "false"
        case ast.Literal(value=value):
            return str(value)
        case ast.Name(parts=parts):
            return parts[-1]
    raise InvalidParameterValue("an option's value must be a number, a string or a word")


def with_persistence(table: schema.Table, is_logged: bool) -> schema.Table:
    """Return a table as SET LOGGED or UNLOGGED makes it. Raises 42P16, 0A000."""
    if is_temporary(table.schema):
        text = f'cannot change logged status of table "{table.name}" because it is temporary'
        raise ProgrammingError(text, sqlstate="42P16", detail="No such tables are logged.")
    if table.is_unlogged is not is_logged:
        return table
    if table.foreign_keys or table.referenced_by:
        raise NotSupportedError("SET LOGGED of a table with foreign keys is not supported yet")
    return replace(table, is_unlogged=not is_logged)
