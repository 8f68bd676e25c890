"""DDL to schema values: CREATE TABLE and CREATE INDEX, with pgvector's rules and texts."""

from __future__ import annotations

from vql import schema
from vql.errors import (
    DuplicateColumn,
    DuplicateTable,
    InvalidParameterValue,
    LimitExceeded,
    NotSupportedError,
    ProgrammingError,
    UndefinedColumn,
    UndefinedObject,
)
from vql.language import ast
from vql.limits import COLUMNS_MAX, IDENTIFIER_BYTES_MAX
from vql.types.interval import retention_us
from vql.types.opclasses import OWN_METHODS, metric_of
from vql.types.type import type_named

VECTOR_METHODS = ("auto", "hnsw", "ivfflat", "ivfpq", "rabitq", "flat")
SCALAR_METHODS = ("btree", "hash")
LATER_METHODS = (
    "bitmap",
    "fulltext",
    "bm25",
    "inverted",
    "gin",
    "gist",
)
ALL_OWN = tuple(method for methods in OWN_METHODS.values() for method in methods)
# name -> (least, greatest) of integer options of hnsw, as pgvector bounds them.
HNSW_OPTIONS = {"m": (2, 100), "ef_construction": (4, 1000)}
# Lists are about the root of the rows unless given; pgvector's default is 100.
LISTS_OPTION = {"lists": (1, 32768)}
OPTIONS_OF = {
    "hnsw": HNSW_OPTIONS, "binary_hnsw": HNSW_OPTIONS, "ivfflat": LISTS_OPTION,
    "ivfpq": LISTS_OPTION, "rabitq": LISTS_OPTION,
}  # fmt: skip
TABLE_OPTIONS = ("retention", "recall")


def table_of(node: ast.CreateTable) -> schema.Table:
    """Return the table a CREATE TABLE defines, table_id 0. Raises 42xxx, 0A000."""
    if node.temporary:
        raise NotSupportedError("temporary tables are not supported yet")
    check_name(node.name[-1])
    columns = tuple(_column(definition) for definition in node.columns)
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise DuplicateColumn(f'column "{name}" specified more than once')
    if len(columns) > COLUMNS_MAX:
        raise LimitExceeded(f"tables can have at most {COLUMNS_MAX} columns", sqlstate="54011")
    keys: list[tuple[bool, tuple[str, ...]]] = [(True, (d.name,)) for d in node.columns if d.primary_key]
    keys += [key for key in node.keys if key[0]]
    if len(keys) > 1:
        raise ProgrammingError(
            f'multiple primary keys for table "{node.name[-1]}" are not allowed', sqlstate="42P16"
        )
    primary = keys[0][1] if keys else ()
    for name in primary:
        if name not in names:
            raise UndefinedColumn(f'column "{name}" named in key does not exist')
        if columns[names.index(name)].type.is_vector:
            raise NotSupportedError("a vector as primary key is not supported yet")
    if any(d.unique for d in node.columns) or any(not key[0] for key in node.keys):
        raise NotSupportedError("UNIQUE constraints besides the primary key are not supported yet")
    options = tuple((name, option_value(value)) for name, value in node.options)
    for name, value in options:
        if name not in TABLE_OPTIONS:
            raise InvalidParameterValue(f'unrecognized parameter "{name}"')
        if name == "retention":
            retention_us(str(value))
    return schema.Table(0, node.name[-1], columns, primary, options)


def _column(node: ast.ColumnDefinition) -> schema.Column:
    check_name(node.name)
    type_ = type_named(node.type.name, node.type.modifiers)
    if not type_.is_storable:
        raise NotSupportedError(f"columns of type {type_.name} are not supported yet")
    if type_.is_vector and type_.modifier is None:
        raise NotSupportedError(
            f"{type_.name} columns without dimensions are not supported yet",
            hint=f"write {type_.name}(n), n from 1 to {type_.base.dimensions_max}",
        )
    if node.identity and not type_.is_integer:
        raise InvalidParameterValue("identity column type must be smallint, integer, or bigint")
    return schema.Column(
        node.name,
        type_,
        node.not_null or node.primary_key or bool(node.identity),
        node.default_text,
        bool(node.identity),
    )


def check_name(name: str) -> None:
    """Refuse names longer than Postgres keeps."""
    if len(name.encode()) > IDENTIFIER_BYTES_MAX:
        raise ProgrammingError(f'identifier "{name}" is too long', sqlstate="42622")


def index_of(node: ast.CreateIndex, table: schema.Table, taken: frozenset[str]) -> schema.Index:
    """Return the index a CREATE INDEX defines, index_id 0. Raises 42xxx, 22023, 0A000."""
    if node.where is not None:
        raise NotSupportedError("partial indexes are not supported yet")
    names, types = [], []
    for item in node.items:
        if not isinstance(item.expression, ast.Name):
            raise NotSupportedError("indexes on expressions are not supported yet")
        column = table.column(item.expression.parts[-1])
        if column is None:
            raise UndefinedColumn(f'column "{item.expression.parts[-1]}" does not exist')
        names.append(column.name)
        types.append(column.type)
    method = node.method or ("auto" if types[0].is_vector else "btree")
    own = OWN_METHODS.get(types[0].name, ())
    if method in LATER_METHODS and method not in own:
        raise NotSupportedError(f'access method "{method}" is not supported yet')
    if method not in (*VECTOR_METHODS, *ALL_OWN, *SCALAR_METHODS):
        raise UndefinedObject(f'access method "{method}" does not exist')
    name = node.name or _free_name(f"{table.name}_{'_'.join(names)}_idx", taken)
    check_name(name)
    if name in taken:
        raise DuplicateTable(f'relation "{name}" already exists')
    options = tuple((given, option_value(value)) for given, value in node.options)
    if method not in (*VECTOR_METHODS, *ALL_OWN):
        if node.unique:
            raise NotSupportedError("unique indexes besides the primary key are not supported yet")
        if len(names) > 1 and method == "hash":
            raise NotSupportedError('access method "hash" does not support multicolumn indexes')
        for type_ in types:
            if not type_.base.has_order:
                raise NotSupportedError(f"{method} indexes on {type_.name} are not supported yet")
        _check_options(method, options)
        return schema.Index(0, name, table.table_id, tuple(names), method)
    if len(names) > 1:
        raise NotSupportedError(f'access method "{method}" does not support multicolumn indexes')
    if node.unique:
        raise NotSupportedError(f'access method "{method}" does not support unique indexes')
    if not types[0].is_vector or (method in ALL_OWN and method not in own):
        raise ProgrammingError(
            f'data type {types[0].name} has no default operator class for access method "{method}"',
            sqlstate="42704",
            hint="You must specify an operator class for the index or define a default "
            "operator class for the data type.",
        )
    metric, options = metric_of(method, node.items[0].opclass, types[0], options)
    _check_options(method, options)
    return schema.Index(0, name, table.table_id, tuple(names), method, metric, options=options)


def _free_name(base: str, taken: frozenset[str]) -> str:
    name, number = base, 0
    while name in taken:
        number += 1
        name = f"{base}{number}"
    return name


def _check_options(method: str, options: tuple[tuple[str, float | str], ...]) -> None:
    given = dict(options)
    for name, value in options:
        bounds = {**HNSW_OPTIONS, **LISTS_OPTION} if method == "auto" else OPTIONS_OF.get(method, {})
        if name in bounds:
            low, high = bounds[name]
            if not isinstance(value, int | float) or not low <= value <= high:
                raise InvalidParameterValue(
                    f'value {value} out of bounds for option "{name}"',
                    detail=f'Valid values are between "{low}" and "{high}".',
                )
        elif name == "recall" and method in VECTOR_METHODS:
            if not isinstance(value, int | float) or not 0 < value <= 1:
                raise InvalidParameterValue(f'value {value} out of bounds for option "recall"')
        else:
            raise InvalidParameterValue(f'unrecognized parameter "{name}"')
    if method == "hnsw":
        m, ef = given.get("m", 16), given.get("ef_construction", 64)
        if isinstance(m, int | float) and isinstance(ef, int | float) and ef < 2 * m:
            raise InvalidParameterValue("ef_construction must be greater than or equal to 2 * m")


def option_value(node: ast.Expression) -> float | str:
    """Return the value of a WITH option: a number, or its text."""
    match node:
        case ast.Literal(kind="integer", value=value):
            return int(str(value))
        case ast.Literal(kind="decimal", value=value):
            return float(str(value))
        case ast.Literal(value=value):
            return str(value)
        case ast.Name(parts=parts):
            return parts[-1]
        case ast.Unary(op="-", operand=operand):
            inner = option_value(operand)
            return -inner if isinstance(inner, int | float) else f"-{inner}"
    raise InvalidParameterValue("an option's value must be a number, a string or a word")
