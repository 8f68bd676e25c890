"""Rows of information_schema, but for those of constraints, made from a snapshot's catalog."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from vql import schema
from vql.executor.bridge.catalog.constraints import (
    YES,
    Row,
    check_clauses,
    columns_used,
    default_shown,
    key_columns,
    referential_constraints,
    table_constraints,
)
from vql.executor.bridge.catalog.namespaces import namespaces, sequences_in, tables_in, view_text, views_in
from vql.executor.bridge.catalog.roles import owner_name, roles_in, schema_access, visible
from vql.language.bind.changes.updatable import events_of, updatable_columns
from vql.naming import is_temporary
from vql.storage.snapshot import Snapshot
from vql.types.base import BaseType
from vql.types.type import BASE_TYPES, Type

Maker = Callable[[Snapshot, Mapping[str, str]], "list[Row]"]


def identity_shown(column: schema.Column) -> str:
    """Return how an identity column is generated, "" of others."""
    return {"": "", "always": "ALWAYS"}.get(column.identity, "BY DEFAULT")


def _information_tables(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    database = session["vql__database"]
    tables = visible(tables_in(snapshot), snapshot, session)
    found = [(name, "BASE TABLE", "YES") for name in sorted(table.qualified for table in tables)]
    found += [
        (view.qualified, "VIEW", YES[events_of(view, snapshot) & 8 == 8])
        for view in visible(views_in(snapshot), snapshot, session)
    ]
    own = session["vql__temporary"]
    return [
        (database, *name, "LOCAL TEMPORARY" if name[0] == own else kind, takes, "NO")
        for name, kind, takes in found
        if name[0] == own or not is_temporary(name[0])
    ]


def _precision(type_: Type) -> int | None:
    """Return the binary digits of a number."""
    if type_.is_integer:
        return 8 * type_.dtype.itemsize
    return np.finfo(type_.dtype).nmant + 1 if type_.is_float else None


def _fraction_digits(base: BaseType) -> int | None:
    """Return the decimals of the seconds of a moment."""
    return (6 if base.length == 8 else 0) if base.category == "D" else None


def _domain_of(type_: Type, database: str) -> tuple[str | None, str | None, str | None]:
    """Return the domain of a column's values."""
    if type_.domain is None or type_.is_of_domains:
        return None, None, None
    return database, type_.domain.schema, type_.domain.name


def _information_columns(snapshot: Snapshot, session: Mapping[str, str]) -> list[Row]:
    database = session["vql__database"]
    rows: list[Row] = []
    relations: list[schema.Table | schema.View] = [
        *visible(tables_in(snapshot), snapshot, session),
        *visible(views_in(snapshot), snapshot, session),
    ]
    for table in relations:
        changed = updatable_columns(table, snapshot) if isinstance(table, schema.View) else None
        for column in table.columns:
            type_, base = column.type, column.type.base
            if type_.is_array:
                shown = "ARRAY"
            else:
                shown = (
                    "USER-DEFINED" if base.is_extension or type_.made else type_.sized(None).plain.formatted()
                )
            rows.append((
                database, table.schema, table.name, column.name, column.number,
                default_shown(column, snapshot),
                "NO" if column.not_null else "YES", shown, type_.modifier if type_.is_string else None,
                _precision(type_), 0 if type_.is_integer else None, _fraction_digits(base), database,
                "public" if base.is_extension else "pg_catalog",
                f"_{type_.domain.name}" if type_.domain and type_.is_of_domains else base.short_name,
                "YES" if column.identity else "NO", identity_shown(column) or None,
                "ALWAYS" if column.generated else "NEVER", column.generated or None,
                YES[changed is None or column.name in changed], *_domain_of(type_, database),
            ))  # fmt: skip
    return rows


INFORMATION: dict[str, Maker] = {
    "information_schema.schemata": lambda n, s: [
        (s["vql__database"], name, owner_name(schema_access(n, name), roles_in(n, s))) for name in namespaces(n)],
    "information_schema.tables": _information_tables,
    "information_schema.columns": _information_columns,
    "information_schema.sequences": lambda n, s: [
        (s["vql__database"], q.schema, q.name, q.type, 8 * BASE_TYPES[q.type].length, 2, 0, str(q.start),
         str(q.minimum), str(q.maximum), str(q.increment), "YES" if q.cycles else "NO")
        for q in sequences_in(n)],
    "information_schema.views": lambda n, s: [
        (s["vql__database"], v.schema, v.name, view_text(v), v.check_option.upper() or "NONE",
         YES[events_of(v, n) & 20 == 20], YES[events_of(v, n) & 8 == 8], *["NO"] * 3)
        for v in visible(views_in(n), n, s)],
    "information_schema.table_constraints": table_constraints,
    "information_schema.key_column_usage": key_columns,
    "information_schema.check_constraints": check_clauses,
    "information_schema.referential_constraints": referential_constraints,
    "information_schema.constraint_column_usage": columns_used,
}  # fmt: skip
