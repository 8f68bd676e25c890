"""CREATE INDEX to schema values, with pgvector's rules and texts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from vql import schema
from vql.errors import (
    DuplicateTable,
    InvalidParameterValue,
    NotSupportedError,
    UndefinedColumn,
    UndefinedObject,
)
from vql.language import ast
from vql.language.ast.walk import UNNAMED, output_name
from vql.language.bind.definitions.computed import EXPRESSION, computed_column, condition_of
from vql.language.bind.definitions.tables import check_key, check_name, option_value
from vql.language.bind.names import Tables, find_table
from vql.language.parser import parse_expression
from vql.settings.parameters import Option, check_options
from vql.types.collations import check_collation
from vql.types.opclasses import check_class, default_metric, metric_of
from vql.types.type import Type

# The recall asked of an index that answers distances where nothing else says.
RECALL = Option(0, 1, is_open=True)


class AccessMethod(Protocol):
    """What an index kind says of a definition; `vql.storage.index.kind` says the rest."""

    options: Mapping[str, Option]
    needs_opclass: bool
    many_columns: bool
    opclasses: Collection[str]

    def accepts(self, type_: Type, metric: str) -> bool: ...

    def check(self, options: Mapping[str, float | str]) -> None: ...


class AccessMethods(Protocol):
    """The access methods there are, as `vql.storage.index.registry` has them."""

    def default_class(self, method: str, type_: Type, /) -> str: ...

    def default_method(self, type_: Type, /) -> str: ...

    def kinds_of(self, method: str, /) -> Sequence[AccessMethod]: ...


def index_of(
    node: ast.CreateIndex, table: schema.Table, taken: Callable[[str], bool], kinds: AccessMethods
) -> tuple[schema.Index, tuple[schema.Column, ...]]:
    """Return the index a CREATE INDEX defines, index_id 0, and the columns that are computed for it. Raises
    42xxx, 22023, 0A000, 38000."""
    collated = [_indexed(item.expression, table) for item in node.items]
    columns = [each.column for each in collated]
    names, types = [column.name for column in columns], [column.type for column in columns]
    method = node.method or kinds.default_method(types[0])
    found = kinds.kinds_of(method)
    words = "_".join((*(_word_of(item.expression) for item in node.items), *node.included))
    name = node.name or _free_name(f"{table.name}_{words}_idx", taken)
    check_name(name)
    if taken(name):
        raise DuplicateTable(f'relation "{name}" already exists')
    options = tuple((given, option_value(value)) for given, value in node.options)
    metric = ""
    if types[0].is_vector:
        if not types[0].is_sized:
            raise InvalidParameterValue("column does not have dimensions")
        metric, options = metric_of(method, node.items[0].opclass, types[0], options)
    if len(names) > 1 and not any(kind.many_columns for kind in found):
        raise NotSupportedError(f'access method "{method}" does not support multicolumn indexes')
    opclasses = () if metric else tuple(
        _opclass(item.opclass, method, kinds, type_) for item, type_ in zip(node.items, types, strict=True)
    )  # fmt: skip
    kind, metric = _accepting(found, method, types, metric)
    if node.unique:
        if metric or method != kinds.default_method(types[0]):
            raise NotSupportedError(f'access method "{method}" does not support unique indexes')
        check_key(names, columns)
    for column_name in node.included:
        if table.column(column_name) is None:
            raise UndefinedColumn(f'column "{column_name}" does not exist')
    if node.included and metric and not any(kind.many_columns for kind in found):
        raise NotSupportedError(f'access method "{method}" does not support included columns')
    condition = None if node.where is None else condition_of(node.where, table)
    known = {**kind.options, "recall": RECALL} if metric else kind.options
    check_options(options, known, len(names))
    kind.check(dict(options))
    directions = tuple(item.descending + 2 * item.nulls_first for item in node.items)
    if any(directions) and (metric or method != kinds.default_method(types[0])):
        raise NotSupportedError(f'access method "{method}" does not support ASC/DESC options')
    index = schema.Index(
        0, name, table.table_id, tuple(names), method, metric, node.unique, options=options,
        nulls_are_alike=node.nulls_are_alike, condition="" if condition is None else condition.name,
        included=node.included, opclasses=opclasses, directions=directions,
        collations=tuple(each.collation for each in collated),
    )  # fmt: skip
    read = [*columns, condition] if node.unique and condition is not None else columns
    return index, tuple(column for column in read if column not in table.stored)


def with_index_options(
    index: schema.Index, given: Sequence[tuple[str, ast.Expression]], removed: Sequence[str],
    kinds: AccessMethods,
) -> schema.Index:  # fmt: skip
    """Return an index with other options. Raises 22023, 0A000 for what says what it holds."""
    kind = kinds.kinds_of(index.method)[0]
    known = {**kind.options, "recall": RECALL} if index.metric else kind.options
    options = dict(index.options)
    for name, value in given:
        options[name] = option_value(value)
    kept = {name: value for name, value in options.items() if name not in removed}
    check_options(tuple(kept.items()), known, len(index.columns))
    kind.check(kept)
    for name in (*dict(given), *removed):
        if name in known and known[name].is_fixed:
            raise NotSupportedError(f'option "{name}" of an index cannot be changed', hint="Make it anew.")
    return replace(index, options=tuple(kept.items()))


class _Indexed(NamedTuple):
    """What an index has a column of, and a collation that is not the column's, else ""."""

    column: schema.Column
    collation: str = ""


def _indexed(expression: ast.Expression, table: schema.Table) -> _Indexed:
    """Return the column that an index has of a table, or of an expression over it. Raises 42703."""
    if isinstance(expression, ast.Collate):
        ordered = _indexed(expression.operand, table)
        name = check_collation(expression.collation, ordered.column.type, expression.span[0] + 1)
        return ordered._replace(collation=name if name != ordered.column.collation else "")
    if not isinstance(expression, ast.Name):
        made = computed_column(expression, table, EXPRESSION)
        return _Indexed(next((column for column in table.computed if column.name == made.name), made))
    column = table.column(expression.parts[-1])
    if column is None:
        raise UndefinedColumn(f'column "{expression.parts[-1]}" does not exist')
    return _Indexed(column)


def _opclass(name: str | None, method: str, kinds: AccessMethods, type_: Type) -> str:
    """Return an operator class that is named and not the one that is meant. Raises 42704, 42804."""
    found = kinds.kinds_of(method)
    if name is None or not found[0].opclasses:
        return ""
    if all(name not in kind.opclasses for kind in found):
        raise UndefinedObject(f'operator class "{name}" does not exist for access method "{method}"')
    check_class(name, type_)
    return "" if name == kinds.default_class(method, type_) else name


def _word_of(expression: ast.Expression) -> str:
    """Return what stands for an expression in the name of an index."""
    name = output_name(expression)
    return "expr" if name == UNNAMED else name


def _accepting(
    kinds: Sequence[AccessMethod], method: str, types: Sequence[Type], metric: str
) -> tuple[AccessMethod, str]:
    """Return the kind that accepts columns of some types, and the metric, the type's where none is given."""
    refused: Type | None = types[0]
    for kind in kinds:
        chosen = metric or ("" if kind.needs_opclass else default_metric(types[0]))
        refused = next((type_ for type_ in types if not kind.accepts(type_, chosen)), None)
        if refused is None:
            return kind, chosen
    assert refused is not None
    raise UndefinedObject(
        f'data type {refused.name} has no default operator class for access method "{method}"',
        hint="You must specify an operator class for the index or define a default "
        "operator class for the data type.",
    )


def with_liked_indexes(
    node: ast.CreateTable, made: schema.Table, tables: Tables, taken: Callable[[str], bool]
) -> schema.Table:
    """Return a table with the indexes that it has from others, index_id 0: LIKE ... INCLUDING INDEXES."""
    found: list[schema.Index] = []
    computed: dict[str, schema.Column] = {}

    def is_taken(name: str) -> bool:
        return taken(name) or any(index.name == name for index in found)

    for like in node.likes:
        table = find_table(tables, like.table)
        computed |= {column.name: replace(column, column_id=schema.NO_ID) for column in table.computed}
        for index in table.indexes if "indexes" in like.including else ():
            if not index.is_declared:
                words = "_".join(_word_of(parse_expression(column)) for column in index.columns)
                name = _free_name(f"{made.name}_{words}_idx", is_taken)
                found.append(replace(index, index_id=0, name=name, table_id=made.table_id))
    return made.with_indexes((*made.indexes, *found), tuple(computed.values()))


def _free_name(base: str, taken: Callable[[str], bool]) -> str:
    name, number = base, 0
    while taken(name):
        number += 1
        name = f"{base}{number}"
    return name
