"""Other names for columns, in all that a table's definition says of them."""

from __future__ import annotations

from dataclasses import replace

from vql import schema
from vql.errors import DuplicateColumn, NotSupportedError, UndefinedColumn
from vql.language.bind.definitions.computed import with_renamed
from vql.language.bind.definitions.constraints import renamed_in
from vql.language.bind.definitions.tables import check_name
from vql.naming import SYSTEM_COLUMNS


def renamed(table: schema.Table, name: str, new: str) -> schema.Table:
    """Return a table with another name for a column. Raises 42703, 42701, 0A000."""
    if name in SYSTEM_COLUMNS:
        raise NotSupportedError(f'cannot rename system column "{name}"')
    column = table.column(name)
    if column is None:
        raise UndefinedColumn(f'column "{name}" does not exist')
    check_free(table, new)

    conditions = [index.condition for index in table.indexes if index.condition]
    texts = [*(c.name for c in table.computed), *conditions]
    computed = {text: with_renamed(text, name, new) for text in texts} | {name: new}

    def mapped(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(computed.get(each, each) for each in names)

    return replace(
        table,
        columns=tuple(
            replace(c, name=new)
            if c is column
            else replace(c, generated=c.generated and with_renamed(c.generated, name, new))
            for c in table.columns
        ),
        computed=tuple(replace(c, name=computed[c.name]) for c in table.computed),
        primary_key=mapped(table.primary_key),
        options=tuple(
            (o, new if (o, value) == ("ttl_column", name) else value) for o, value in table.options
        ),
        indexes=tuple(
            replace(
                index,
                columns=mapped(index.columns),
                included=mapped(index.included),
                condition=computed.get(index.condition, ""),
            )
            for index in table.indexes
        ),
        checks=tuple(renamed_in(check, name, new, table) for check in table.checks),
        foreign_keys=tuple(
            replace(key, columns=mapped(key.columns), set_columns=mapped(key.set_columns))
            for key in table.foreign_keys
        ),
    )


def check_free(table: schema.Table, name: str) -> None:
    """Raise 42701 where a column cannot have a name, 42622 where nothing can."""
    check_name(name)
    if table.column(name) is not None:
        raise DuplicateColumn(f'column "{name}" of relation "{table.name}" already exists')
    if name in SYSTEM_COLUMNS:
        raise DuplicateColumn(f'column name "{name}" conflicts with a system column name')
